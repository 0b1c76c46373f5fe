/** What a run begins while its code is loaded and its job file read: `bin/run.js` loads this first. */
import { beginLook } from '../machine/noise.js';
import { bootWorkerThread } from './worker-boot.js';

/** Boots a thread, and begins to look at what else is at work. Throws nothing. */
export function headStart(): void {
  bootWorkerThread();
  beginLook();
}
