/** Values of options that have parts, of those that say which block comes next; and how they stand in results. */
import type { PerDirection } from './per-direction.js';
import {
  anyNumber,
  anyOf,
  listOf,
  membersOf,
  oneOfThese,
  orNull,
  perDirectionOf,
  type Schema,
  trueOrFalse,
} from './schema.js';
import { type Amount, amountSchema } from './value-type.js';

/** One size of `bssplit` with its share of the I/Os; the shares of a list add up to 100. */
export interface SizeShare {
  readonly bytes: number;
  readonly percent: number;
}

/** A distribution over the places of a row, most of it on few of them. */
export type SkewedDistribution =
  /** `center`: where in the row, from 0 to 1, the most frequent place lies; null = anywhere (zipf, pareto), 0.5 (normal). */
  | { readonly kind: 'zipf'; readonly theta: number; readonly center: number | null }
  | { readonly kind: 'pareto'; readonly power: number; readonly center: number | null }
  | { readonly kind: 'normal'; readonly deviationPercent: number; readonly center: number | null };

/** So many per cent of the I/Os go to a part of the region. */
export interface AccessZone {
  readonly accessPercent: number;
  readonly size: Amount;
}

/** `random_distribution`. */
export type Distribution =
  | { readonly kind: 'random' }
  | SkewedDistribution
  /** null = evenly, for that direction. `zoned` has sizes in per cent, `zoned_abs` in bytes. */
  | { readonly kind: 'zoned' | 'zoned_abs'; readonly zones: PerDirection<readonly AccessZone[] | null> }
  /** Numbers of blocks, in this order again and again. */
  | { readonly kind: 'sequence'; readonly blocks: readonly number[] };

/** `file_service_type`: which of several files comes next. */
export type FileServiceOptions =
  | { readonly kind: 'roundrobin' | 'random'; readonly ioCount: number }
  /** One file to its end, then the next. */
  | { readonly kind: 'sequential' }
  | SkewedDistribution;

/** `sync_file_range`: what to wait for (sync_file_range(2)), after every so many writes. */
export interface SyncRangeOptions {
  readonly waitBefore: boolean;
  readonly write: boolean;
  readonly waitAfter: boolean;
  readonly every: number;
}

const skewed: readonly Schema<SkewedDistribution>[] = [
  membersOf({ kind: oneOfThese('zipf'), theta: anyNumber, center: orNull(anyNumber) }),
  membersOf({ kind: oneOfThese('pareto'), power: anyNumber, center: orNull(anyNumber) }),
  membersOf({ kind: oneOfThese('normal'), deviationPercent: anyNumber, center: orNull(anyNumber) }),
];

const zones = listOf(membersOf<AccessZone>({ accessPercent: anyNumber, size: amountSchema }));

export const distributionSchema = anyOf<Distribution>(
  membersOf({ kind: oneOfThese('random') }),
  ...skewed,
  membersOf({ kind: oneOfThese('zoned', 'zoned_abs'), zones: perDirectionOf(orNull(zones)) }),
  membersOf({ kind: oneOfThese('sequence'), blocks: listOf(anyNumber) }),
);

export const fileServiceSchema = anyOf<FileServiceOptions>(
  membersOf({ kind: oneOfThese('roundrobin', 'random'), ioCount: anyNumber }),
  membersOf({ kind: oneOfThese('sequential') }),
  ...skewed,
);

export const syncRangeSchema = membersOf<SyncRangeOptions>({
  waitBefore: trueOrFalse,
  write: trueOrFalse,
  waitAfter: trueOrFalse,
  every: anyNumber,
});

export const sizeShareSchema = membersOf<SizeShare>({ bytes: anyNumber, percent: anyNumber });
