/** Where random offsets of a file come from, by direction, and what keeps account of those that were used. */
import { directionsOf, drawsSizes, mixesSizes, offsetAlignBytes, sizeLimits } from '../job/block-sizes.js';
import type { WorkloadOptions } from '../job/job.js';
import { directions } from '../job/per-direction.js';
import type { RandomStreams } from '../support/random.js';
import { Coverage, coverageBytes } from './coverage.js';
import { type OffsetStream, type Region, SequenceOffsets } from './offsets.js';
import { createRandomOffsets, offsetDraws, type WorkloadRegion } from './workload.js';

/** Random offsets of one file and one block size, with what they have left in this pass. */
export class BlockSource {
  readonly stream: OffsetStream;
  /** Blocks that are left in the pass; where a map keeps account, or nothing does, there is no end. */
  readonly left: Float64Array;
  readonly blockCount: number;
  /** null unless several sizes share a random map. */
  readonly coverage: Coverage | null;

  constructor(stream: OffsetStream, blockCount: number, coverage: Coverage | null) {
    this.stream = stream;
    this.blockCount = blockCount;
    this.left = Float64Array.of(blockCount);
    this.coverage = coverage;
  }

  restart(): void {
    this.stream.restart();
    this.left[0] = this.blockCount;
    this.coverage?.clear();
  }
}

/** By file × direction; null for directions that the job does not use. Offsets are counted from the file's base. */
export function createBlockSources(
  options: WorkloadOptions,
  files: readonly WorkloadRegion[],
  random: RandomStreams,
  issued: Float64Array,
): (BlockSource | null)[] {
  const used = directionsOf(options);
  const { distribution, zoneMode, zoneRangeBytes, sequenceStrides, generator } = options.order;
  const perDirection = ['zoned', 'zoned_abs', 'sequence'].includes(distribution.kind);
  const once = distribution.kind === 'random' && (options.randomMap || generator === 'lfsr');
  const mapped = needsMap(options);
  return files.flatMap((file, fileIndex) => {
    const ofFile: (BlockSource | null)[] = [];
    const bySize = new Map<number, BlockSource>();
    const span = zoneMode === 'strided' ? Math.min(zoneRangeBytes, file.regionBytes) : file.regionBytes;
    const unitCount = Math.max(1, Math.floor(mapSpanBytes(options, file.regionBytes) / mapUnitBytes(options)));
    const coverage = mapped ? createCoverage(unitCount, options.order.softRandomMap) : null;
    directions.forEach((direction, index) => {
      if (!used.includes(direction)) {
        ofFile.push(null);
        return;
      }
      const blockBytes = offsetAlignBytes(options, direction);
      const twin = perDirection ? undefined : bySize.get(blockBytes);
      if (twin !== undefined) {
        ofFile.push(twin);
        return;
      }
      const { min } = sizeLimits(options, direction);
      const blockCount = Math.max(1, Math.floor((span - Math.max(0, min - blockBytes)) / blockBytes));
      const region: Region = { startBytes: 0, blockBytes, blockCount };
      const stream =
        distribution.kind === 'sequence'
          ? new SequenceOffsets(region, distribution.blocks, sequenceStrides, issued, index)
          : createRandomOffsets(
              // The map keeps account of what was used.
              mapped ? { ...options, randomMap: false } : options,
              direction,
              region,
              offsetDraws(options, random, fileIndex, direction),
            );
      const source = new BlockSource(stream, once && !mapped ? blockCount : Number.POSITIVE_INFINITY, coverage);
      bySize.set(blockBytes, source);
      ofFile.push(source);
    });
    return ofFile;
  });
}

/** Each block is used once in a pass. */
export function hasRandomMap({ order, random, randomMap }: WorkloadOptions): boolean {
  return random && order.distribution.kind === 'random' && randomMap && order.generator !== 'lfsr';
}

/** Several sizes need a map of what has been used; with one, a permutation does without. */
function needsMap(options: WorkloadOptions): boolean {
  return hasRandomMap(options) && (drawsSizes(options) || mixesSizes(options));
}

/** What the map is of. As in fio, the last block of a zone may go beyond the zone. */
function mapSpanBytes(options: WorkloadOptions, regionBytes: number): number {
  const { zoneMode, zoneRangeBytes } = options.order;
  if (zoneMode !== 'strided') return regionBytes;
  const largest = Math.max(...directionsOf(options).map((direction) => sizeLimits(options, direction).max));
  return Math.min(regionBytes, zoneRangeBytes + largest);
}

/** The map has a bit for each of these. */
function mapUnitBytes(options: WorkloadOptions): number {
  return Math.min(...directionsOf(options).map((direction) => sizeLimits(options, direction).min));
}

/** Bytes of memory that the random maps of a job take; 0 where it needs none. */
export function randomMapBytes(options: WorkloadOptions, files: readonly WorkloadRegion[]): number {
  if (!needsMap(options)) return 0;
  const unit = mapUnitBytes(options);
  return files.reduce((sum, { regionBytes }) => sum + coverageBytes(regionBytes / unit), 0);
}

/** null where there is no memory for the map and the job may go on without (`softrandommap`). */
function createCoverage(unitCount: number, isSoft: boolean): Coverage | null {
  try {
    return new Coverage(unitCount);
  } catch (error) {
    if (isSoft && error instanceof RangeError) return null;
    throw error;
  }
}
