/**
 * What a job with `verify` writes: content by seed, pattern or salt, and over it the headers with their checksums. Stands
 * where `Payload` stands in other jobs.
 */
import type { Requests } from '../../engines/requests.js';
import { bareHeaderBytes } from '../../job/verify.js';
import type { WriteBuffers } from '../payload.js';
import type { BlockView } from './crc.js';
import type { BlockFormat } from './format.js';
import { fillHeader, HeaderScratch } from './header.js';
import { fillSalt } from './salt.js';
import { fillSeeded, seedOfWrite } from './seeds.js';

interface BlockWriterParts {
  readonly format: BlockFormat;
  readonly requests: Requests;
  /** One for each slot. */
  readonly views: readonly BlockView[];
  /** Two words, the job's own. */
  readonly key: Int32Array;
  /** Job and clone as fio counts them, from 1. */
  readonly thread: number;
  /** Makes other content than random (compressible, duplicate); null = content is by seed. */
  readonly content: { fill(slot: number, byteCount: number): void } | null;
  /** Time of the writer in ns into `into[at]`. */
  readonly clock: { record(into: Float64Array, at: number): void };
}

/** Columns of `#numbers`, the first four as `HeaderValues` has them. */
const offsetNow = 0;
const numberNow = 1;
const secondsNow = 2;
const nsNow = 3;
const nextNumber = 4;
const timeNow = 5;

export class BlockWriter implements WriteBuffers {
  /** By slot: the number of the write that it holds. */
  readonly numberOf: Float64Array;
  /** Writes are counted, and nothing is filled: `verify_only`. */
  isDry = false;
  readonly #parts: BlockWriterParts;
  readonly #numbers = new Float64Array(6);
  readonly #seed = new Int32Array(2);
  readonly #scratch = new HeaderScratch();
  readonly #checksum = new Uint8Array(128);
  readonly #values: { readonly numbers: Float64Array; readonly seed: Int32Array };

  constructor(parts: BlockWriterParts) {
    this.#parts = parts;
    this.numberOf = new Float64Array(parts.views.length);
    this.#values = { numbers: this.#numbers, seed: this.#seed };
  }

  /** As from the start. */
  restart(): void {
    this.#numbers.fill(0);
  }

  /** How many writes were begun. */
  get writeCount(): number {
    return this.#numbers[nextNumber]!;
  }

  /** Row `slot` is filled: makes the buffer that is written. */
  prepare(slot: number, byteCount: number): void {
    const numbers = this.#numbers;
    numbers[numberNow] = numbers[nextNumber]!;
    numbers[nextNumber] = numbers[nextNumber]! + 1;
    this.numberOf[slot] = numbers[numberNow]!;
    if (this.isDry) return;
    const { format, requests, views, key, content, clock } = this.#parts;
    const view = views[slot]!;
    numbers[offsetNow] = requests.offset[slot]!;
    seedOfWrite(key, numbers, numberNow, this.#seed);
    if (format.pattern !== null) format.pattern.lay(view.bytes, byteCount, numbers);
    else if (format.salt !== null) fillSalt(view, byteCount, numbers, format.salt);
    else if (content !== null) content.fill(slot, byteCount);
    else fillSeeded(view, byteCount, this.#seed);
    if (format.header === null) return;
    clock.record(numbers, timeNow);
    numbers[secondsNow] = Math.floor(numbers[timeNow]! / 1e9);
    numbers[nsNow] = numbers[timeNow]! % 1e9;
    const interval = format.intervalBytes === 0 ? byteCount : format.intervalBytes;
    for (let at = 0; at < byteCount; at += interval) this.#putHead(view, at, interval);
  }

  #putHead(view: BlockView, at: number, length: number): void {
    const { format, thread } = this.#parts;
    const { form, diskType, checksum, byteCount } = format.header!;
    const headBytes = byteCount[form];
    const { bytes } = view;
    fillHeader(this.#scratch, form, diskType, length, this.#values, thread);
    this.#scratch.store(bytes, at, bareHeaderBytes[form]);
    if (checksum !== null) {
      const digest = form === 'fio-3.33' ? (checksum.olderDigest ?? checksum.digest) : checksum.digest;
      digest(view, at + headBytes, at + length, this.#checksum);
      const checksumAt = at + bareHeaderBytes[form];
      for (let index = checksumAt; index < at + headBytes; index++) bytes[index] = this.#checksum[index - checksumAt]!;
    }
    this.#numbers[offsetNow] = this.#numbers[offsetNow]! + length;
    if (format.headerOffsetBytes > 0) swap(bytes, at, at + format.headerOffsetBytes, headBytes);
  }
}

/** As fio: the head is made at the start of its part, and then changes places with what stands at its offset. */
export function swap(bytes: Uint8Array, one: number, other: number, count: number): void {
  for (let index = 0; index < count; index++) {
    const byte = bytes[one + index]!;
    bytes[one + index] = bytes[other + index]!;
    bytes[other + index] = byte;
  }
}
