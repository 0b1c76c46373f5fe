/**
 * What is written. Buffers are filled with random bytes once; then, per write, left alone (`zero_buffers`), scrambled
 * (the default: enough to defeat deduplication at sector size, cheap), or filled anew (`refill_buffers`).
 */
import type { WorkloadOptions } from '../job/job.js';
import type { Random } from './random.js';

const sectorWords = 128;

/** Every 512-byte sector gets its place and a serial number: no two sectors written in a run are alike. */
const scramble = 1;
const refill = 2;

export class Payload {
  /** One view per slot, as a single one over all may exceed what a typed array can span. */
  readonly #slots: readonly Int32Array[];
  readonly #random: Random;
  readonly #mode: number;
  #serial = 0;

  constructor(slots: readonly Int32Array[], options: WorkloadOptions, random: Random) {
    this.#slots = slots;
    this.#random = random;
    this.#mode = options.refillBuffers ? refill : options.zeroBuffers || !options.scrambleBuffers ? 0 : scramble;
  }

  /** Random bytes in every buffer; leaves them zero with `zero_buffers`. */
  fillAll(isZero: boolean): void {
    for (const slot of this.#slots) {
      if (isZero) slot.fill(0);
      else this.#fill(slot, slot.length);
    }
  }

  /** Prepares the slot's buffer for a write of `byteCount` bytes. */
  prepare(slot: number, byteCount: number): void {
    if (this.#mode === scramble) this.#scramble(this.#slots[slot]!, byteCount >> 2);
    else if (this.#mode === refill) this.#fill(this.#slots[slot]!, byteCount >> 2);
  }

  #scramble(words: Int32Array, wordCount: number): void {
    let serial = this.#serial;
    for (let word = 0; word < wordCount; word += sectorWords) {
      words[word] = serial;
      // A second word from the same serial, so that a 32-bit wrap alone does not repeat a sector.
      words[word + 1] = words[word + 1]! + 0x9e3779b9;
      serial = (serial + 1) | 0;
    }
    this.#serial = serial;
  }

  #fill(words: Int32Array, wordCount: number): void {
    for (let word = 0; word < wordCount; word++) words[word] = this.#random.nextInt32();
  }
}
