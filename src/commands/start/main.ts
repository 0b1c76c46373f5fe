/** From the command line to an exit status: finds the command, runs it, and shows whatever went wrong. */
import { Config, flush, run } from '@oclif/core';
import { ExitCode } from '../../support/errors.js';
import { fail } from './fail.js';
import { refuseUnknownCommand } from './unknown-command.js';

/** `root` is the package's folder. Sets `process.exitCode`; throws nothing. */
export async function start(commandLine: readonly string[], root: string): Promise<void> {
  endQuietlyWhenNobodyReads();
  const argv = helpAsFlag(commandLine);
  try {
    const config = await Config.load({ root, enablePerf: false, userPlugins: false, devPlugins: false });
    refuseUnknownCommand(argv, config.commandIDs);
    await run(argv, config);
    await flush();
  } catch (error) {
    process.exitCode = fail(error, argv);
  }
}

/** `iotest help run` is what many try first. */
function helpAsFlag(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
}

/** `iotest run … | head`: the reader has what it wanted, so there is nothing to complain about. */
function endQuietlyWhenNobodyReads(): void {
  // oclif's own listener throws.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    process.stderr.write(`iotest: the result cannot be written to stdout: ${error.code ?? error.message}\n`);
    process.exit(ExitCode.failed);
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
