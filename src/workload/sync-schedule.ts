/** After which writes a sync follows: `fsync`, `fdatasync` and `sync_file_range`, each every so many writes. */

import type { SyncRangeOptions, WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';

export class SyncSchedule {
  readonly isOn: boolean;
  /** By kind, in the order of strength: of those that fall due together only the first is done, as in fio. */
  readonly #every: Int32Array;
  readonly #left: Int32Array;

  constructor({ fsyncEvery, fdatasyncEvery, syncRange }: WorkloadOptions) {
    this.#every = Int32Array.of(fsyncEvery, fdatasyncEvery, syncRange === null ? 0 : syncRange.every);
    this.#left = this.#every.slice();
    this.isOn = this.#every.some((every) => every > 0);
  }

  /** Counts one write. The `Operation` that is due now, or −1. */
  dueAfterWrite(): number {
    const every = this.#every;
    const left = this.#left;
    let due = -1;
    for (let kind = every.length - 1; kind >= 0; kind--) {
      if (every[kind] === 0) continue;
      left[kind] = left[kind]! - 1;
      if (left[kind] !== 0) continue;
      left[kind] = every[kind]!;
      due = Operation.sync + kind;
    }
    return due;
  }
}

/** SYNC_FILE_RANGE_WAIT_BEFORE, _WRITE and _WAIT_AFTER of linux/fs.h. */
export function syncRangeFlags(range: SyncRangeOptions | null): number {
  if (range === null) return 0;
  return (range.waitBefore ? 1 : 0) | (range.write ? 2 : 0) | (range.waitAfter ? 4 : 0);
}
