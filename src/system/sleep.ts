/** Waiting without a call to the system: readers of files need no foreign functions for it. */

const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));

/** The calling thread does nothing for so long, its event loop neither. */
export function sleepThread(durationMs: number): void {
  Atomics.wait(nobodyWakes, 0, 0, durationMs);
}
