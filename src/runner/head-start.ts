/** What a run begins while its job file is still to be read. */
import { bootWorkerThreads } from './worker-thread.js';

/** Boots threads, and begins to look at what else is at work. Throws nothing. */
export async function headStart(): Promise<void> {
  bootWorkerThreads();
  const { beginLook } = await import('../machine/noise.js');
  beginLook();
}
