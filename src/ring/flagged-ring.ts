/** A ring whose completions bring their flags along: for requests that complete more than once, or into a buffer of the kernel's choice. */
import { Enter, SqFlag } from './abi.js';
import { Ring, type RingOptions } from './ring.js';

export class FlaggedRing extends Ring {
  /** cqe->flags of what the last reap found. */
  readonly completedFlags: Int32Array;

  constructor(options: RingOptions) {
    super(options);
    this.completedFlags = new Int32Array(options.slotCount);
  }

  protected override reap(): number {
    const words = this.words;
    let count = this.take(0);
    // The kernel moves over what it could not post once there is room (see `Ring`).
    for (let round = 0; round < 4 && (words[this.sqFlags]! & SqFlag.CQ_OVERFLOW) !== 0; round++) {
      if (count === this.completionsMax) break;
      this.flush(Enter.GETEVENTS | Enter.EXT_ARG);
      count = this.take(count);
    }
    return count;
  }

  private take(from: number): number {
    const words = this.words;
    let head = words[this.cqHead]!;
    const available = (Atomics.load(words, this.cqTail) - head) | 0;
    const until = Math.min(from + available, this.completionsMax);
    for (let index = from; index < until; index++) {
      const cqe = this.cqes + ((head & this.cqMask) << 2);
      this.completedSlot[index] = words[cqe]!;
      this.completedResult[index] = words[cqe + 2]!;
      this.completedFlags[index] = words[cqe + 3]!;
      head = (head + 1) | 0;
    }
    if (until > from) Atomics.store(words, this.cqHead, head);
    return until;
  }
}
