/** How `iotest fio` writes to stderr: colours where a person reads. */
import { decideStyle, type Style } from '../report/terminal.js';

export function stderrStyle(): Style {
  return decideStyle({ environment: process.env, isTerminal: process.stderr.isTTY === true, noColor: false });
}
