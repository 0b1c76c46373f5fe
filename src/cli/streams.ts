/** What becomes of the program when its output can go nowhere. */
import { ExitCode } from '../support/errors.js';

/** `iotest run … | head`: the reader has what it wanted, so there is nothing to complain about. */
export function endQuietlyWhenNobodyReads(): void {
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
