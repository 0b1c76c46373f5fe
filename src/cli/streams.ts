/** stdout and stderr: what becomes of the program when its output can go nowhere, and what may not get out. */
import { ExitCode } from '../support/errors.js';
import { withoutForeignControls } from '../support/printable.js';

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

/** Every text is made harmless where it is laid out; this is for what was forgotten there. Bytes (a picture) pass. */
export function holdBackForeignControls(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...words: unknown[]) => boolean;
    stream.write = (chunk: unknown, ...more: unknown[]) =>
      write(typeof chunk === 'string' ? withoutForeignControls(chunk) : chunk, ...more);
  }
}
