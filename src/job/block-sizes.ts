/**
 * How large the blocks of a job are: one size, a range or a list with shares. Pure, and known before anything runs: the
 * plan sizes buffers and checks alignment by it.
 */
import type { SizeShare, WorkloadOptions } from './job.js';
import type { Direction } from './per-direction.js';

type SizedOptions = Pick<WorkloadOptions, 'directions' | 'random' | 'blockBytes' | 'sizes'>;

/** Directions that the job really uses. */
export function directionsOf({ directions }: Pick<WorkloadOptions, 'directions'>): Direction[] {
  switch (directions) {
    case 'readwrite':
      return ['read', 'write'];
    case 'trimwrite':
      return ['trim', 'write'];
    default:
      return [directions];
  }
}

/** Smallest and largest size of one direction, as given. */
export function sizeLimits(
  { blockBytes, sizes }: Pick<WorkloadOptions, 'blockBytes' | 'sizes'>,
  direction: Direction,
): { readonly min: number; readonly max: number } {
  const split = sizes.split[direction];
  if (split !== null) {
    const all = split.map(({ bytes }) => bytes);
    return { min: Math.min(...all), max: Math.max(...all) };
  }
  return sizes.range[direction] ?? { min: blockBytes[direction], max: blockBytes[direction] };
}

/** Of one direction over many I/Os. */
export function meanBlockBytes(options: Pick<WorkloadOptions, 'blockBytes' | 'sizes'>, direction: Direction): number {
  const split = options.sizes.split[direction];
  if (split !== null) return split.reduce((sum, { bytes, percent }) => sum + (bytes * percent) / 100, 0);
  const { min, max } = sizeLimits(options, direction);
  return (min + max) / 2;
}

/** Directions whose sizes are drawn from: with `bs_is_seq_rand` those of reads and writes stand for the order. */
function sizeSources(options: SizedOptions): Direction[] {
  if (!options.sizes.bySequence) return directionsOf(options);
  return options.random ? ['read', 'write'] : ['read'];
}

/**
 * Every size that may come, smallest and largest of each direction in use among them; of ranges only these two. With
 * `bs_is_seq_rand` the direction's own smallest size counts too: random offsets are multiples of it.
 */
export function sizesUsed(options: SizedOptions): number[] {
  const sources = [...new Set([...sizeSources(options), ...directionsOf(options)])];
  return sources.flatMap((direction) => {
    const split = options.sizes.split[direction];
    if (split !== null) return effectiveShares(split, options.sizes.unaligned).map(({ bytes }) => bytes);
    const { min, max } = sizeLimits(options, direction);
    return [min, max];
  });
}

/** True when the size of an I/O is not the same every time for its direction. */
export function drawsSizes(options: SizedOptions): boolean {
  if (options.sizes.bySequence) return true;
  return directionsOf(options).some((direction) => {
    const { min, max } = sizeLimits(options, direction);
    return min !== max;
  });
}

/** True of a random mix whose directions have blocks of different sizes: they share one random map all the same. */
export function mixesSizes(options: SizedOptions): boolean {
  if (!options.random || options.directions !== 'readwrite') return false;
  return sizeLimits(options, 'read').min !== sizeLimits(options, 'write').min;
}

/** True of a trimwrite whose trims and writes are not of the same sizes. */
export function hasTwoSizes(options: SizedOptions): boolean {
  if (options.directions !== 'trimwrite') return false;
  const text = (direction: Direction) =>
    JSON.stringify([options.sizes.split[direction], sizeLimits(options, direction)]);
  return text('trim') !== text('write');
}

/** As fio: sizes that are no multiple of the smallest one are rounded down to one, unless `bs_unaligned` says not to. */
export function effectiveShares(shares: readonly SizeShare[], unaligned: boolean): readonly SizeShare[] {
  const min = Math.min(...shares.map(({ bytes }) => bytes));
  return unaligned ? shares : shares.map(({ bytes, percent }) => ({ bytes: bytes - (bytes % min), percent }));
}

/** Random offsets of the direction are multiples of this. */
export function offsetAlignBytes(options: SizedOptions, direction: Direction): number {
  return (options.random ? options.sizes.alignBytes[direction] : null) ?? sizeLimits(options, direction).min;
}
