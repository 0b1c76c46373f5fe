/** What every command has in common. */
import { Command, Flags } from '@oclif/core';
import { decideStyle, type Style } from '../../report/terminal.js';

export const colorFlag = Flags.boolean({ description: 'no colours (NO_COLOR and a pipe do the same)', default: false });

/** Leaves errors to `start`, which shows them; oclif would print them by itself. */
export abstract class BaseCommand extends Command {
  protected override async catch(error: unknown): Promise<never> {
    throw error;
  }

  /** What stdout (the result) or stderr (all else) can show. */
  protected styleOf(stream: NodeJS.WriteStream, noColor: boolean): Style {
    return decideStyle({ environment: process.env, isTerminal: stream.isTTY === true, noColor });
  }
}
