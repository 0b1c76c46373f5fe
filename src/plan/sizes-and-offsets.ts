/** What of a job's sizes, offsets and zones cannot work on its files, found before anything runs. */

import { directionsOf, hasTwoSizes, offsetAlignBytes, sizeLimits, sizesUsed } from '../job/block-sizes.js';
import type { Job } from '../job/job.js';
import type { Direction } from '../job/per-direction.js';
import type { Amount } from '../job/value-type.js';
import { blockZones } from '../workload/offsets.js';
import type { Findings } from './findings.js';

/** Where the region begins, in bytes. */
export function startOffset(job: Job, wholeBytes: number): number {
  const { offset, offsetIncrement, offsetAlignBytes: align } = job.target;
  const unit = align ?? Math.min(...sizesUsed(job.workload));
  const bytes = rawBytes(offset, wholeBytes) + rawBytes(offsetIncrement, wholeBytes) * job.cloneIndex;
  // As fio: shares of a file are rounded up.
  return 'percent' in offset || 'percent' in offsetIncrement ? Math.ceil(bytes / unit) * unit : bytes;
}

function rawBytes(amount: Amount, wholeBytes: number): number {
  return 'bytes' in amount ? amount.bytes : Math.floor((wholeBytes * amount.percent) / 100);
}

/** trimwrite writes the block that it has trimmed: two sizes need a word. */
export function checkSizes(job: Job, findings: Findings): void {
  const { workload } = job;
  if (!hasTwoSizes(workload)) return;
  const text = (direction: Direction): string => {
    const split = workload.sizes.split[direction];
    const { min, max } = sizeLimits(workload, direction);
    if (split !== null) return split.map(({ bytes, percent }) => `${bytes}/${percent}`).join(':');
    return min === max ? String(min) : `${min}-${max}`;
  };
  const what = workload.random
    ? `rw=randtrimwrite writes the blocks that it has trimmed: ${text('trim')} bytes, not ${text('write')}`
    : `rw=trimwrite trims ${text('trim')} bytes at a time and writes ${text('write')}: as in fio a trim follows only ` +
      'where a write began at the place of the last trim, and what ends first ends the job';
  findings.warn(job, 'trimwrite-sizes', what, 'use one block size for both');
}

/** Zones and fixed blocks against the region of one file. */
export function checkOrder(job: Job, path: string, regionBytes: number, findings: Findings): void {
  const { order, random } = job.workload;
  if (order.zoneMode === 'strided') checkStrides(job, path, regionBytes, findings);
  if (!random) return;
  const { distribution } = order;
  for (const direction of directionsOf(job.workload)) {
    const blockBytes = offsetAlignBytes(job.workload, direction);
    const blockCount = Math.floor(regionBytes / blockBytes);
    if (distribution.kind === 'sequence') {
      const outside = distribution.blocks.find((block) => block >= blockCount);
      if (outside === undefined) continue;
      findings.usage(
        job,
        `${path}: random_distribution=sequence names block ${outside}, and the job's part has ${blockCount} blocks of ${blockBytes} bytes`,
        `blocks count from 0 to ${blockCount - 1}; use a larger size`,
      );
    }
    if (distribution.kind !== 'zoned' && distribution.kind !== 'zoned_abs') continue;
    const zones = blockZones(distribution.zones[direction] ?? [], { blockBytes, blockCount });
    const used = zones.filter(({ accessPercent }) => accessPercent > 0);
    const end = Math.max(0, ...used.map((zone) => zone.firstBlock + zone.blockCount));
    if (end > blockCount) {
      findings.usage(
        job,
        `${path}: the zones of random_distribution reach ${end * blockBytes} bytes, and the job's part has ${regionBytes}`,
        'use smaller zones, a larger size, or zoned with shares',
      );
    } else if (used.some((zone) => zone.blockCount === 0)) {
      findings.usage(
        job,
        `${path}: a zone of random_distribution holds no block of ${blockBytes} bytes`,
        'use larger zones, a larger size, or a smaller bs',
      );
    }
  }
}

function checkStrides(job: Job, path: string, regionBytes: number, findings: Findings): void {
  const { zoneRangeBytes } = job.workload.order;
  const largest = Math.max(...sizesUsed(job.workload));
  if (zoneRangeBytes < largest) {
    findings.usage(
      job,
      `a zone of ${zoneRangeBytes} bytes holds no block of ${largest}`,
      `use zonerange=${largest} or more`,
    );
  } else if (regionBytes < zoneRangeBytes) {
    findings.warn(
      job,
      'zone-larger-than-region',
      `${path}: a zone has ${zoneRangeBytes} bytes, and the job's part of the file ${regionBytes}`,
      'use a smaller zonerange, or a larger size',
    );
  }
}

/** Sizes and steps that O_DIRECT would refuse one I/O after another. */
export function checkOrderAlignment(job: Job, path: string, align: number, findings: Findings): void {
  const { workload } = job;
  const { sizes, order, random } = workload;
  const needs = `${path}: direct I/O needs multiples of ${align} bytes`;
  const up = (bytes: number): number => Math.ceil(bytes / align) * align;
  const isDrawn = (direction: Direction): boolean => sizes.split[direction] !== null || sizes.range[direction] !== null;
  for (const direction of directionsOf(workload)) {
    if (isDrawn(direction) || sizes.bySequence || workload.blockBytes[direction] % align === 0) continue;
    const { [direction]: blockBytes } = workload.blockBytes;
    findings.usage(
      job,
      `${needs}, and the ${direction} block size is ${blockBytes}`,
      `use bs=${up(blockBytes)}, or direct=0`,
    );
  }
  if (sizes.bySequence || directionsOf(workload).some(isDrawn)) {
    const odd = sizesUsed(workload).filter((bytes) => bytes % align !== 0);
    const ranges = directionsOf(workload).some((direction) => {
      const { min, max } = sizeLimits(workload, direction);
      return sizes.split[direction] === null && min !== max;
    });
    if (odd.length > 0) {
      findings.usage(
        job,
        `${needs}, and there are blocks of ${[...new Set(odd)].join(', ')} bytes`,
        `use multiples of ${align}, or direct=0`,
      );
    } else if (sizes.unaligned && ranges) {
      findings.usage(job, `${needs}, and bs_unaligned draws any number`, 'leave bs_unaligned out, or use direct=0');
    }
  }
  const steps: readonly (readonly [option: string, bytes: number])[] = [
    ...(random
      ? directionsOf(workload).map((direction) => ['blockalign', sizes.alignBytes[direction] ?? 0] as const)
      : []),
    ['the hole after rw', Math.abs(order.holeBytes)],
    ['zonerange', order.zoneRangeBytes],
    ['zoneskip', order.zoneSkipBytes],
  ];
  const reported = new Set<string>();
  for (const [option, bytes] of steps) {
    if (bytes % align === 0 || reported.has(option)) continue;
    reported.add(option);
    findings.usage(job, `${needs}, and ${option} is ${bytes}`, `use ${up(bytes)}, or direct=0`);
  }
}
