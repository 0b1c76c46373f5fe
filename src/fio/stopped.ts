/** What fio says of a signal, and its exit status then. */
import { constants } from 'node:os';
import type { StopSignal } from '../cli/signals.js';

export const stoppedStatus = 128;

export function terminatingLine(signal: StopSignal): string {
  return `\nfio: terminating on signal ${constants.signals[signal]}\n`;
}
