/**
 * Where the next I/O goes. One stream serves one region of one file; a worker uses streams of one class only, so that
 * the loop stays monomorphic. `draw` writes into the request's row: a returned double would be boxed.
 */
import type { Requests } from '../engines/requests.js';
import type { AccessZone, SkewedDistribution } from '../job/job.js';
import type { Random } from '../support/random.js';
import { createSkewedPlaces, type SkewedPlaces } from './skewed-places.js';

export interface Region {
  /** Bytes from the start of the file. */
  readonly startBytes: number;
  readonly blockBytes: number;
  /** Whole blocks in the region, at least 1; up to 2^53 / blockBytes. */
  readonly blockCount: number;
}

export interface OffsetStream {
  /** Writes the next offset, in bytes from the start of the file, into row `slot`. */
  draw(requests: Requests, slot: number): void;
  /** Begins a new pass, where there are passes. */
  restart(): void;
}

/** Block after block, from the start again after the last. */
export class SequentialOffsets implements OffsetStream {
  /** [next, start, end, step] in bytes. */
  readonly #state: Float64Array;
  readonly #wrapped: (() => void) | null;

  /** @param wrapped told when it begins from the start again */
  constructor(region: Region, wrapped: (() => void) | null = null) {
    this.#wrapped = wrapped;
    const end = region.startBytes + region.blockCount * region.blockBytes;
    this.#state = Float64Array.of(region.startBytes, region.startBytes, end, region.blockBytes);
  }

  draw(requests: Requests, slot: number): void {
    const state = this.#state;
    if (state[0]! >= state[2]!) {
      this.restart();
      if (this.#wrapped !== null) this.#wrapped();
    }
    requests.offset[slot] = state[0]!;
    state[0] = state[0]! + state[3]!;
  }

  restart(): void {
    this.#state[0] = this.#state[1]!;
  }
}

/** Any block at any time (norandommap). */
export class UniformOffsets implements OffsetStream {
  readonly #random: Random;
  readonly #region: Float64Array;

  constructor(region: Region, random: Random) {
    this.#random = random;
    this.#region = Float64Array.of(region.startBytes, region.blockBytes, region.blockCount);
  }

  draw(requests: Requests, slot: number): void {
    const region = this.#region;
    const blockCount = region[2]!;
    // 32 bits leave a bias below 2^-11 where blocks are few, at half the price.
    const fraction = blockCount <= 2097152 ? this.#random.nextShortFraction() : this.#random.nextFraction();
    const block = Math.floor(fraction * blockCount);
    requests.offset[slot] = region[0]! + block * region[1]!;
  }

  restart(): void {}
}

const rounds = 6;
const multiplier = 0x9e3779b1 | 0;

/**
 * Each block once per pass, in random order, without the memory or the search of a bitmap: a keyed permutation of
 * [0, blockCount). A block number is cut into two halves of bits; each round XORs one half with a keyed hash of the
 * other, which can be undone and so is a permutation (an unbalanced Feistel network). The halves span the next power of
 * two; numbers from blockCount on are sent through again, which stays a permutation (cycle walking; Black and Rogaway,
 * "Ciphers with arbitrary finite domains", 2002) and takes two turns at worst on average. New keys every pass.
 */
export class OnceEachOffsets implements OffsetStream {
  readonly #random: Random;
  readonly #keys: Int32Array;
  /** [next high half, next low half] */
  readonly #next: Int32Array;
  readonly #lowBits: number;
  /** The top so many bits of a 32-bit product make one half: 32 − bits of that half. */
  readonly #highShift: number;
  readonly #lowShift: number;
  readonly #region: Float64Array;
  readonly #wrapped: (() => void) | null;
  readonly #keepsOrder: boolean;

  /**
   * @param wrapped told when a pass begins by itself
   * @param keepsOrder every pass has the order of the first one
   */
  constructor(region: Region, random: Random, wrapped: (() => void) | null = null, keepsOrder = false) {
    this.#random = random;
    this.#wrapped = wrapped;
    this.#keepsOrder = keepsOrder;
    const bits = Math.max(2, Math.ceil(Math.log2(region.blockCount)));
    this.#lowBits = bits >> 1;
    this.#lowShift = 32 - this.#lowBits;
    this.#highShift = 32 - (bits - this.#lowBits);
    this.#region = Float64Array.of(region.startBytes, region.blockBytes, region.blockCount);
    this.#keys = new Int32Array(rounds);
    this.#next = new Int32Array(2);
    this.#drawKeys();
  }

  draw(requests: Requests, slot: number): void {
    const next = this.#next;
    const keys = this.#keys;
    const region = this.#region;
    if (next[0]! * (1 << this.#lowBits) + next[1]! >= region[2]!) {
      this.restart();
      if (this.#wrapped !== null) this.#wrapped();
    }
    const highShift = this.#highShift;
    const lowShift = this.#lowShift;
    const columns = 1 << this.#lowBits;
    const blockCount = region[2]!;
    let high = next[0]!;
    let low = next[1]!;
    let block = 0;
    do {
      for (let round = 0; round < rounds; round += 2) {
        high ^= Math.imul(low ^ keys[round]!, multiplier) >>> highShift;
        low ^= Math.imul(high ^ keys[round + 1]!, multiplier) >>> lowShift;
      }
      block = high * columns + low;
    } while (block >= blockCount);
    requests.offset[slot] = region[0]! + block * region[1]!;
    this.#advance();
  }

  restart(): void {
    this.#next.fill(0);
    if (!this.#keepsOrder) this.#drawKeys();
  }

  #advance(): void {
    const next = this.#next;
    const low = next[1]! + 1;
    if (low < 1 << this.#lowBits) {
      next[1] = low;
    } else {
      next[1] = 0;
      next[0] = next[0]! + 1;
    }
  }

  #drawKeys(): void {
    for (let round = 0; round < rounds; round++) this.#keys[round] = this.#random.nextInt32();
  }
}

/** Some blocks much more often than others: zipf, pareto, normal. */
export class SkewedOffsets implements OffsetStream {
  readonly #places: SkewedPlaces;
  readonly #region: Float64Array;

  constructor(region: Region, distribution: SkewedDistribution, random: Random) {
    this.#places = createSkewedPlaces(distribution, region.blockCount, random, true);
    this.#region = Float64Array.of(region.startBytes, region.blockBytes);
  }

  draw(requests: Requests, slot: number): void {
    this.#places.draw(requests.offset, slot);
    requests.offset[slot] = this.#region[0]! + requests.offset[slot]! * this.#region[1]!;
  }

  restart(): void {}
}

/** Blocks of a zone, before the region's start is added. */
interface BlockZone {
  readonly accessPercent: number;
  readonly firstBlock: number;
  readonly blockCount: number;
}

/**
 * The zones' blocks: they lie one behind the other from the start of the region. Sizes in per cent are cut at whole
 * blocks as fio cuts them; sizes in bytes likewise.
 */
export function blockZones(
  zones: readonly AccessZone[],
  { blockBytes, blockCount }: Omit<Region, 'startBytes'>,
): BlockZone[] {
  let before = 0;
  return zones.map(({ accessPercent, size }) => {
    if ('bytes' in size) {
      const firstBlock = Math.floor(before / blockBytes);
      before += size.bytes;
      return { accessPercent, firstBlock, blockCount: Math.floor(before / blockBytes) - firstBlock };
    }
    const firstBlock = Math.floor((before * blockCount) / 100);
    before += size.percent;
    return { accessPercent, firstBlock, blockCount: Math.floor((size.percent * blockCount) / 100) };
  });
}

/** Zones of the region, each with its share of the draws, evenly within. */
export class ZonedOffsets implements OffsetStream {
  readonly #random: Random;
  readonly #region: Float64Array;
  /** By zone: [draws below this fraction are in it, first block, block count]. */
  readonly #zones: Float64Array;

  constructor(region: Region, zones: readonly AccessZone[], random: Random) {
    this.#random = random;
    this.#region = Float64Array.of(region.startBytes, region.blockBytes);
    let share = 0;
    const rows = blockZones(zones, region).map(({ accessPercent, firstBlock, blockCount }, index) => {
      share += accessPercent / 100;
      // The last one ends at 1 whatever the rounding; a zone without access is never met.
      return [index === zones.length - 1 ? 2 : share, firstBlock, Math.max(1, blockCount)];
    });
    this.#zones = Float64Array.from(rows.flat());
  }

  draw(requests: Requests, slot: number): void {
    const zones = this.#zones;
    const fraction = this.#random.nextShortFraction();
    let at = 0;
    while (fraction >= zones[at]!) at += 3;
    const block = zones[at + 1]! + Math.floor(this.#random.nextFraction() * zones[at + 2]!);
    requests.offset[slot] = this.#region[0]! + block * this.#region[1]!;
  }

  restart(): void {}
}

/**
 * A fixed row of blocks again and again, counted by the I/Os of the direction over all its files, as in fio. With
 * strides each turn begins behind the one before; behind the end of the region the offset is the region's end.
 */
export class SequenceOffsets implements OffsetStream {
  readonly #blocks: Float64Array;
  readonly #strides: boolean;
  readonly #region: Float64Array;
  /** By direction. */
  readonly #issued: Float64Array;
  readonly #direction: number;

  /** @param issued I/Os issued so far, by direction; counted by the owner */
  constructor(region: Region, blocks: readonly number[], strides: boolean, issued: Float64Array, direction: number) {
    this.#blocks = Float64Array.from(blocks);
    this.#strides = strides;
    this.#region = Float64Array.of(region.startBytes, region.blockBytes, region.blockCount);
    this.#issued = issued;
    this.#direction = direction;
  }

  draw(requests: Requests, slot: number): void {
    const count = this.#issued[this.#direction]!;
    const length = this.#blocks.length;
    const turn = Math.floor(count / length);
    let block = this.#blocks[count - turn * length]!;
    if (this.#strides) block += turn * length;
    const region = this.#region;
    requests.offset[slot] = region[0]! + Math.min(block, region[2]!) * region[1]!;
  }

  restart(): void {
    this.#issued[this.#direction] = 0;
  }
}
