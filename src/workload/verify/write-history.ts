/**
 * What a job has written, in the order in which it completed: file, offset, length and number of each write. Grows by
 * pieces of half a megabyte, so that nothing is copied while the job runs.
 */
import type { Requests } from '../../engines/requests.js';

const chunkLength = 16_384;

/** Writes that are remembered before the first look at which of them still count. */
const compactMin = 4_000_000;

/** bytes of a row, and of its place in the order in which rows are read back. */
const rowBytes = 24;
const orderBytes = 4;

/** Bits of the map of what has been written again; more would be no map but the data itself. */
const mapBitsMax = 2 ** 33;

interface Chunk {
  readonly file: Int32Array;
  readonly byteCount: Int32Array;
  readonly offset: Float64Array;
  readonly number: Float64Array;
}

/**
 * bytes that the history of so many writes takes at its largest, and what looking for the last write of each place takes.
 * @param placeCount blocks that there are: of each only the last write is kept in the end
 */
export function writeHistoryBytes(writeCount: number, placeCount: number): number {
  const rows = Math.min(writeCount, Math.max(compactMin, 2 * placeCount));
  return rows * (rowBytes + orderBytes) + Math.ceil(Math.min(rows, placeCount) / 8);
}

/** The number of a row that stands for no write but for a trim: what was there before is gone. */
const trimmedNumber = -1;
/** Likewise, and what is there must be zeros. */
export const zeroedNumber = -2;

export interface WrittenPiece {
  readonly file: number;
  readonly offset: number;
  readonly byteCount: number;
  readonly number: number;
}

export class WriteHistory {
  readonly #chunks: (Chunk | null)[] = [];
  #count = 0;
  #compactAt = compactMin;
  /** Rows before this one are dropped. */
  #first = 0;

  get count(): number {
    return this.#count;
  }

  get first(): number {
    return this.#first;
  }

  /** Notes that row `slot` is written; its number is `numberOf[slot]`, `trimmedNumber` where it was trimmed. */
  append(requests: Requests, slot: number, numberOf: Float64Array, isTrim: boolean, leavesZeros = false): void {
    const number = isTrim ? (leavesZeros ? zeroedNumber : trimmedNumber) : numberOf[slot]!;
    this.#put(requests.fileIndex[slot]!, requests.byteCount[slot]!, requests.offset[slot]!, number);
  }

  #put(file: number, byteCount: number, offset: number, number: number): void {
    const at = this.#count % chunkLength;
    if (at === 0) this.#chunks.push(createChunk());
    const chunk = this.#chunks[this.#chunks.length - 1]!;
    chunk.file[at] = file;
    chunk.byteCount[at] = byteCount;
    chunk.offset[at] = offset;
    chunk.number[at] = number;
    this.#count++;
  }

  /** Fills the place of row `slot` with piece `index`, and `number[at]` with its number. */
  load(index: number, requests: Requests, slot: number, number: Float64Array, at: number): void {
    const chunk = this.#chunks[Math.floor(index / chunkLength)]!;
    const row = index % chunkLength;
    requests.fileIndex[slot] = chunk.file[row]!;
    requests.byteCount[slot] = chunk.byteCount[row]!;
    requests.offset[slot] = chunk.offset[row]!;
    number[at] = chunk.number[row]!;
  }

  isTrim(index: number): boolean {
    return this.#chunks[Math.floor(index / chunkLength)]!.number[index % chunkLength] === trimmedNumber;
  }

  piece(index: number): WrittenPiece {
    const chunk = this.#chunks[Math.floor(index / chunkLength)]!;
    const row = index % chunkLength;
    return {
      file: chunk.file[row]!,
      offset: chunk.offset[row]!,
      byteCount: chunk.byteCount[row]!,
      number: chunk.number[row]!,
    };
  }

  /** Forgets rows before `index`, by whole pieces of memory. */
  drop(index: number): void {
    this.#first = index;
    const chunkCount = Math.floor(index / chunkLength);
    for (let at = chunkCount - 1; at >= 0 && this.#chunks[at] !== null; at--) this.#chunks[at] = null;
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#count = 0;
    this.#first = 0;
  }

  /**
   * Forgets what was written again, once the rows are many: memory stays within that of the places. Rows have other
   * numbers afterwards; none may have been dropped.
   * @param at how many are many; not given = at the first look four million, then twice what was left
   */
  compact(at = this.#compactAt): void {
    if (this.#count - this.#first < at) return;
    const kept = this.lasting();
    // In place: a row never moves behind itself, and no row is read after it was written over.
    for (const [to, from] of kept.entries()) this.#move(from, to);
    this.#count = kept.length;
    this.#first = 0;
    this.#chunks.length = Math.ceil(this.#count / chunkLength);
    this.#compactAt = Math.max(compactMin, this.#count * 2);
  }

  #move(from: number, to: number): void {
    const source = this.#chunks[Math.floor(from / chunkLength)]!;
    const target = this.#chunks[Math.floor(to / chunkLength)]!;
    const [at, into] = [from % chunkLength, to % chunkLength];
    target.file[into] = source.file[at]!;
    target.byteCount[into] = source.byteCount[at]!;
    target.offset[into] = source.offset[at]!;
    target.number[into] = source.number[at]!;
  }

  /** The last row before `index` that touches bytes [offset, offset + byteCount) of a file, or −1. */
  lastBefore(index: number, file: number, offset: number, byteCount: number): number {
    for (let at = index - 1; at >= this.#first; at--) if (this.#touches(at, file, offset, byteCount)) return at;
    return -1;
  }

  /** Some row from `index` on touches these bytes. */
  isTouchedFrom(index: number, file: number, offset: number, byteCount: number): boolean {
    for (let at = index; at < this.#count; at++) if (this.#touches(at, file, offset, byteCount)) return true;
    return false;
  }

  #touches(index: number, file: number, offset: number, byteCount: number): boolean {
    const piece = this.piece(index);
    return piece.file === file && piece.offset < offset + byteCount && offset < piece.offset + piece.byteCount;
  }

  /**
   * Rows whose bytes nothing later has touched, in order: where a place was written several times only the last counts.
   * Throws `RangeError` when the places are too many and too scattered to keep account of.
   */
  lasting(): Int32Array {
    const unit = this.#unitBytes();
    const ends = new Map<number, number>();
    for (let at = this.#first; at < this.#count; at++) {
      const { file, offset, byteCount } = this.piece(at);
      ends.set(file, Math.max(ends.get(file) ?? 0, (offset + byteCount) / unit));
    }
    const total = [...ends.values()].reduce((sum, bits) => sum + bits, 0);
    if (total > mapBitsMax) throw new RangeError(`${total} places of ${unit} bytes`);
    const maps = new Map([...ends].map(([file, bits]) => [file, new Uint8Array(Math.ceil(bits / 8) + 1)]));
    const kept = new Int32Array(this.#count - this.#first);
    let left = kept.length;
    for (let at = this.#count - 1; at >= this.#first; at--) {
      const { file, offset, byteCount, number } = this.piece(at);
      const isFree = claim(maps.get(file)!, offset / unit, byteCount / unit);
      if (isFree && number !== trimmedNumber) kept[--left] = at;
    }
    return kept.subarray(left);
  }

  /** Of which all offsets and lengths are multiples. */
  #unitBytes(): number {
    let unit = 0;
    for (let at = this.#first; at < this.#count; at++) {
      const { offset, byteCount } = this.piece(at);
      unit = commonDivisor(commonDivisor(unit, byteCount), offset);
      if (unit === 1) break;
    }
    return Math.max(1, unit);
  }
}

/** Marks the units; true when none of them was marked. */
function claim(map: Uint8Array, from: number, count: number): boolean {
  let isFree = true;
  for (let unit = from; unit < from + count; unit++) {
    const at = Math.floor(unit / 8);
    const bit = 1 << (unit % 8);
    if ((map[at]! & bit) !== 0) isFree = false;
    map[at] = map[at]! | bit;
  }
  return isFree;
}

function commonDivisor(left: number, right: number): number {
  let a = left;
  let b = right;
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

function createChunk(): Chunk {
  return {
    file: new Int32Array(chunkLength),
    byteCount: new Int32Array(chunkLength),
    offset: new Float64Array(chunkLength),
    number: new Float64Array(chunkLength),
  };
}
