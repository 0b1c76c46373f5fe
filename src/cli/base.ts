/** What every command has in common. */
import { Command, Flags, type Interfaces } from '@oclif/core';
import { decideStyle, type Style } from '../report/terminal.js';

export const colorFlag = Flags.boolean({ description: 'no colours (NO_COLOR and a pipe do the same)', default: false });

/** What becomes of the small pictures in a report. */
export const pictureFlags = {
  charts: Flags.boolean({
    description: 'draw small charts also where stdout is no terminal; --no-charts: draw none',
    allowNo: true,
  }),
  ascii: Flags.boolean({ description: 'ASCII alone, in tables, charts and progress', default: false }),
};

interface PictureFlags {
  readonly charts?: boolean | undefined;
  readonly ascii?: boolean | undefined;
}

export type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<T['flags']>;

/** Leaves errors to `start`, which shows them; oclif would print them by itself. */
export abstract class BaseCommand extends Command {
  protected override async catch(error: unknown): Promise<never> {
    throw error;
  }

  /** As recorded in results: without the paths of Node and of the package. */
  protected get commandLine(): string[] {
    return [this.config.bin, ...process.argv.slice(2)];
  }

  /** What stdout (the result) or stderr (all else) can show. */
  protected styleOf(stream: NodeJS.WriteStream, noColor: boolean, pictures: PictureFlags = {}): Style {
    return decideStyle({
      environment: process.env,
      isTerminal: stream.isTTY === true,
      columns: stream.columns,
      noColor,
      ...pictures,
    });
  }
}
