/** The random map of a job: whether it has one, of what, and how much memory it takes. */

import { directionsOf, drawsSizes, mixesSizes, sizeLimits } from '../job/block-sizes.js';
import type { WorkloadOptions } from '../job/job.js';
import { Coverage, coverageBytes } from './coverage.js';
import type { WorkloadRegion } from './workload.js';

/** Each block is used once in a pass. */
export function hasRandomMap({ order, random, randomMap }: WorkloadOptions): boolean {
  return random && order.distribution.kind === 'random' && randomMap && order.generator !== 'lfsr';
}

/** Several sizes need a map of what has been used; with one, a permutation does without. */
export function needsMap(options: WorkloadOptions): boolean {
  return hasRandomMap(options) && (drawsSizes(options) || mixesSizes(options));
}

/** What the map is of. As in fio, the last block of a zone may go beyond the zone. */
export function mapSpanBytes(options: WorkloadOptions, regionBytes: number): number {
  const { zoneMode, zoneRangeBytes } = options.order;
  if (zoneMode !== 'strided') return regionBytes;
  const largest = Math.max(...directionsOf(options).map((direction) => sizeLimits(options, direction).max));
  return Math.min(regionBytes, zoneRangeBytes + largest);
}

/** The map has a bit for each of these. */
export function mapUnitBytes(options: WorkloadOptions): number {
  return Math.min(...directionsOf(options).map((direction) => sizeLimits(options, direction).min));
}

/** Bytes of memory that the random maps of a job take; 0 where it needs none. */
export function randomMapBytes(options: WorkloadOptions, files: readonly WorkloadRegion[]): number {
  if (!needsMap(options)) return 0;
  const unit = mapUnitBytes(options);
  return files.reduce((sum, { regionBytes }) => sum + coverageBytes(regionBytes / unit), 0);
}

/** null where there is no memory for the map and the job may go on without (`softrandommap`). */
export function createCoverage(unitCount: number, isSoft: boolean): Coverage | null {
  try {
    return new Coverage(unitCount);
  } catch (error) {
    if (isSoft && error instanceof RangeError) return null;
    throw error;
  }
}
