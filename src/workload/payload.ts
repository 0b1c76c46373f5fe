/**
 * What is written. Buffers get their content once; then, per write, they are left alone (`scramble_buffers=0`, zeroes, a
 * pattern), scrambled (the default: enough to defeat deduplication at sector size, cheap), or filled anew
 * (`refill_buffers`, and what needs it: compressible and duplicate content, and a pattern beside reads).
 *
 * Of contents asked for together one wins, as in fio: duplicates and compressibility, then the pattern, then zeroes.
 */

import { sizeLimits } from '../job/block-sizes.js';
import type { Job } from '../job/job.js';
import type { Random } from '../support/random.js';
import { drawContentKey, fillContent, laneCount, startContent } from './content.js';

const sectorWords = 128;

/** What happens to a buffer before a write. */
const Before = { nothing: 0, scramble: 1, refill: 2 } as const;
const Content = { random: 0, zero: 1, pattern: 2, mixed: 3 } as const;

/** Places in `#numbers`: contents are known by number (see content.ts). */
const nextUnique = 0;
const current = 1;

interface PayloadParts {
  /** One view per slot, as a single one over all may exceed what a typed array can span. */
  readonly slots: readonly Int32Array[];
  readonly job: Pick<Job, 'workload' | 'payload'>;
  /** The bytes of `buffer_pattern`; null = none. */
  readonly pattern: Uint8Array | null;
  readonly random: Random;
  /** For `dedupe_mode=working_set`. */
  readonly workingSet: WorkingSet | null;
}

/** The contents that duplicates are taken from. Pages go round the owners, as many in a row of each. */
export interface WorkingSet {
  readonly pageCount: number;
  /** Random streams of the payloads of all workers that share the set; the first is this worker's own. */
  readonly owners: readonly Random[];
}

/** Where a workload gets the content of its writes. */
export interface WriteBuffers {
  /** Row `slot` is filled, and about to be queued as a write of `byteCount` bytes: makes its buffer ready. */
  prepare(slot: number, byteCount: number): void;
}

export class Payload implements WriteBuffers {
  readonly #slots: readonly Int32Array[];
  readonly #bytes: readonly Uint8Array[];
  readonly #before: number;
  readonly #content: number;
  /** The pattern over the length of a slot; empty where there is none. */
  readonly #template: Int32Array;
  readonly #templateBytes: Uint8Array;
  readonly #startRandom: Random;
  readonly #random: Random;
  /** `laneCount` words for each owner of the working set, this worker first. */
  readonly #keys: Int32Array;
  readonly #lanes = new Int32Array(laneCount);
  readonly #numbers = new Float64Array(2);
  /** Of duplicates: a 32-bit draw below this is one. */
  readonly #duplicateBelow: number;
  readonly #dedupes: boolean;
  readonly #allSame: boolean;
  readonly #pageCount: number;
  readonly #pagesPerOwner: number;
  readonly #ownerCount: number;
  readonly #compressPercent: number;
  /** Smallest block that is written, and the chunks of it that are compressible each by itself. */
  readonly #unitBytes: number;
  readonly #chunkBytes: number;
  readonly #chunkRandomBytes: number;
  /** Reads leave their data in the buffers, so that nothing in them is as it was. */
  readonly #spoiled: boolean;
  /** By slot: what it holds (number, place of its key) and the length for which its constant parts are laid. */
  readonly #heldNumber: Float64Array;
  readonly #heldKey: Int32Array;
  readonly #laidBytes: Int32Array;
  readonly #edge = new Int32Array(2);
  readonly #edgeBytes = new Uint8Array(this.#edge.buffer);
  #serial = 0;

  constructor({ slots, job, pattern, random, workingSet }: PayloadParts) {
    const { workload, payload } = job;
    this.#slots = slots;
    this.#bytes = slots.map((words) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    // All zeroes cannot be told from any other compressible content: fio makes them without the chunks.
    const compressPercent = payload.compressPercent === 100 ? 0 : payload.compressPercent;
    this.#content =
      compressPercent > 0 || payload.dedupePercent > 0
        ? Content.mixed
        : pattern !== null
          ? Content.pattern
          : workload.zeroBuffers
            ? Content.zero
            : Content.random;
    this.#before = workload.refillBuffers ? Before.refill : workload.scrambleBuffers ? Before.scramble : Before.nothing;
    this.#templateBytes = pattern === null ? new Uint8Array(0) : repeat(pattern, slots[0]?.byteLength ?? 0);
    this.#template = new Int32Array(this.#templateBytes.buffer);
    this.#startRandom = random;
    const owners = workingSet?.owners ?? [];
    this.#keys = new Int32Array(Math.max(1, owners.length) * laneCount);
    this.#keys.set(drawContentKey(random.clone()));
    for (const [index, owner] of owners.entries()) {
      if (index > 0) this.#keys.set(drawContentKey(owner.clone()), index * laneCount);
    }
    // The key took the first draws of the stream, the lots take the rest.
    this.#random = random.clone();
    this.#dedupes = payload.dedupePercent > 0;
    this.#allSame = payload.dedupePercent === 100;
    this.#duplicateBelow = Math.round((payload.dedupePercent / 100) * 4294967296) - 2147483648;
    this.#pageCount = workingSet?.pageCount ?? 0;
    this.#ownerCount = Math.max(1, owners.length);
    this.#pagesPerOwner = Math.max(1, Math.floor(this.#pageCount / this.#ownerCount));
    this.#compressPercent = compressPercent;
    this.#unitBytes = sizeLimits(workload, 'write').min;
    const { compressChunkBytes } = payload;
    this.#chunkBytes = compressChunkBytes === 0 ? this.#unitBytes : Math.min(compressChunkBytes, this.#unitBytes);
    this.#chunkRandomBytes = Math.floor((this.#chunkBytes * (100 - compressPercent)) / 100);
    this.#spoiled = workload.directions === 'readwrite';
    this.#heldNumber = new Float64Array(slots.length);
    this.#heldKey = new Int32Array(slots.length);
    this.#laidBytes = new Int32Array(slots.length);
    this.#startOver();
  }

  /** Content in every buffer, as from the start: what follows depends on the seed alone. */
  fillAll(): void {
    this.#startOver();
    for (let slot = 0; slot < this.#slots.length; slot++) this.fill(slot, this.#slots[slot]!.byteLength);
  }

  /** Prepares the slot's buffer for a write of `byteCount` bytes. */
  prepare(slot: number, byteCount: number): void {
    if (this.#before === Before.scramble) this.#scramble(this.#slots[slot]!, byteCount >> 2);
    else if (this.#before === Before.refill) this.fill(slot, byteCount);
  }

  /** New content in the slot's buffer. A last word that is only partly written is filled whole. */
  fill(slot: number, byteCount: number): void {
    const words = this.#slots[slot]!;
    const wordCount = (byteCount + 3) >> 2;
    switch (this.#content) {
      case Content.mixed:
        this.#fillMixed(slot, byteCount);
        break;
      case Content.pattern:
        // One copy, as fast as memory; a part of it would need a view of its own.
        if (wordCount << 1 >= words.length) words.set(this.#template);
        else for (let word = 0; word < wordCount; word++) words[word] = this.#template[word]!;
        break;
      case Content.zero:
        words.fill(0, 0, wordCount);
        break;
      default:
        this.#numbers[current] = this.#numbers[nextUnique]!++;
        startContent(this.#lanes, this.#keys, 0, this.#numbers, current);
        fillContent(words, 0, wordCount, this.#lanes);
    }
  }

  #startOver(): void {
    this.#random.goTo(this.#startRandom);
    for (let draw = 0; draw < laneCount; draw++) this.#random.nextInt32();
    this.#numbers.fill(0);
    this.#heldNumber.fill(-1);
    this.#laidBytes.fill(-1);
    this.#serial = 0;
  }

  /**
   * Every 512-byte sector gets its place and a serial number: no two sectors written in a run are alike. What is less than
   * a sector stays, as in fio: of a block of 4 bytes nothing else would be left.
   */
  #scramble(words: Int32Array, wordCount: number): void {
    let serial = this.#serial;
    for (let word = 0; word + sectorWords <= wordCount; word += sectorWords) {
      words[word] = serial;
      // A second word from the same serial, so that a 32-bit wrap alone does not repeat a sector.
      words[word + 1] = words[word + 1]! + 0x9e3779b9;
      serial = (serial + 1) | 0;
    }
    this.#serial = serial;
  }

  #fillMixed(slot: number, byteCount: number): void {
    const keyAt = this.#chooseContent();
    const isLaid = !this.#spoiled && this.#laidBytes[slot] === byteCount;
    if (isLaid && this.#dedupes && this.#heldNumber[slot] === this.#numbers[current] && this.#heldKey[slot] === keyAt)
      return;
    this.#heldNumber[slot] = this.#numbers[current]!;
    this.#heldKey[slot] = keyAt;
    this.#laidBytes[slot] = byteCount;
    startContent(this.#lanes, this.#keys, keyAt, this.#numbers, current);
    if (this.#compressPercent === 0) fillContent(this.#slots[slot]!, 0, (byteCount + 3) >> 2, this.#lanes);
    else this.#fillChunks(slot, byteCount, isLaid);
  }

  /** Sets the number of the content to write next; gives the place of its key. */
  #chooseContent(): number {
    const numbers = this.#numbers;
    if (this.#dedupes && (this.#allSame || this.#random.nextInt32() < this.#duplicateBelow)) {
      if (this.#allSame) {
        numbers[current] = 0;
        return 0;
      }
      if (this.#pageCount > 0) return this.#choosePage();
      // The last one again; before there is any, the first.
      if (numbers[nextUnique]! > 0) {
        numbers[current] = numbers[nextUnique]! - 1;
        return 0;
      }
    }
    numbers[current] = numbers[nextUnique]!++;
    return 0;
  }

  #choosePage(): number {
    const page = Math.floor(((this.#random.nextInt32() >>> 0) / 4294967296) * this.#pageCount);
    const turn = Math.floor(page / this.#pagesPerOwner);
    this.#numbers[current] = page - turn * this.#pagesPerOwner;
    return (turn % this.#ownerCount) * laneCount;
  }

  /** Each chunk: random bytes, then constant ones. */
  #fillChunks(slot: number, byteCount: number, isLaid: boolean): void {
    const whole = this.#chunkBytes;
    for (let at = 0; at < byteCount; ) {
      const left = byteCount - at;
      const chunk = Math.min(left, whole);
      const randomBytes = chunk === whole ? this.#chunkRandomBytes : this.#randomBytesOf(chunk);
      this.#fillRandom(slot, at, at + randomBytes);
      if (!isLaid) this.#layConstant(slot, at + randomBytes, at + chunk);
      at += chunk;
    }
  }

  #randomBytesOf(chunk: number): number {
    return Math.floor((chunk * (100 - this.#compressPercent)) / 100);
  }

  #fillRandom(slot: number, from: number, to: number): void {
    const words = this.#slots[slot]!;
    if (((from | to) & 3) === 0) {
      fillContent(words, from >> 2, to >> 2, this.#lanes);
      return;
    }
    const first = (from + 3) & ~3;
    const last = Math.max(first, to & ~3);
    if (first < last) fillContent(words, first >> 2, last >> 2, this.#lanes);
    fillContent(this.#edge, 0, 2, this.#lanes);
    const bytes = this.#bytes[slot]!;
    for (let at = from; at < first && at < to; at++) bytes[at] = this.#edgeBytes[at & 3]!;
    for (let at = last; at < to; at++) bytes[at] = this.#edgeBytes[4 + (at & 3)]!;
  }

  #layConstant(slot: number, from: number, to: number): void {
    const bytes = this.#bytes[slot]!;
    if (this.#templateBytes.length === 0) bytes.fill(0, from, to);
    else for (let at = from; at < to; at++) bytes[at] = this.#templateBytes[at - from]!;
  }
}

function repeat(pattern: Uint8Array, byteCount: number): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  for (let at = 0; at < byteCount; at += pattern.length) {
    bytes.set(pattern.subarray(0, Math.min(pattern.length, byteCount - at)), at);
  }
  return bytes;
}
