/** Chooses the class of workload that a job needs: the plain one wherever it can do what is asked. */
import type { Requests } from '../engines/requests.js';
import { directionsOf, drawsSizes, hasTwoSizes, mixesSizes, offsetAlignBytes } from '../job/block-sizes.js';
import type { AccessZone, WorkloadOptions } from '../job/job.js';
import type { RandomStreams } from '../support/random.js';
import { hasRandomMap } from './block-sources.js';
import type { PassSurroundings, WorkloadAmount } from './passes.js';
import type { WriteBuffers } from './payload.js';
import { VariedWorkload, type WorkloadFile } from './varied-workload.js';
import { type JobWorkload, Workload, type WorkloadRegion } from './workload.js';

/**
 * @param plain what `isPlain` says of the job and its real files: rehearsals must not choose otherwise
 * @param openMax `openfiles`; null = all
 */
export function createWorkload(
  plain: boolean,
  requests: Requests,
  options: WorkloadOptions,
  files: readonly WorkloadFile[],
  random: RandomStreams,
  payload: WriteBuffers | null,
  amount: WorkloadAmount,
  openMax: number | null,
  surroundings?: PassSurroundings,
): JobWorkload {
  return plain
    ? new Workload(requests, options, files, random, payload, amount, surroundings)
    : new VariedWorkload(requests, options, files, random, payload, amount, openMax, surroundings);
}

/** True when one size per direction goes through all files in turn, in one order. */
export function isPlain(
  options: WorkloadOptions,
  files: readonly Pick<WorkloadRegion, 'regionBytes'>[],
  openMax: number | null,
): boolean {
  const { order, fileService, random } = options;
  const used = directionsOf(options);
  const inTurn = fileService.kind === 'roundrobin' && fileService.ioCount === 1;
  // Directions that go on by themselves come to the end of a file at different times.
  const isMixedSequence = !random && options.directions === 'readwrite';
  const isOnePass = options.loops === 1 && options.ioSize === null && files.length === 1;
  const areEven = files.every(({ regionBytes }) => regionBytes === files[0]!.regionBytes);
  return (
    !drawsSizes(options) &&
    !hasTwoSizes(options) &&
    (!mixesSizes(options) || !hasRandomMap(options)) &&
    (!isMixedSequence || isOnePass) &&
    used.every((direction) => offsetAlignBytes(options, direction) === options.blockBytes[direction]) &&
    (files.length === 1 || (inTurn && areEven && (openMax ?? files.length) >= files.length)) &&
    order.holeBytes === 0 &&
    order.zoneMode === 'none' &&
    options.syncRange === null &&
    (!random ||
      (order.randomEvery === 1 &&
        order.distribution.kind !== 'sequence' &&
        used.every((direction) => order.randomPercent[direction] === 100)))
  );
}

/** The same code on a file of a few MiB: what is given in bytes or blocks of the real files would lie outside of it. */
export function forRehearsal(options: WorkloadOptions): WorkloadOptions {
  const { distribution } = options.order;
  const order = {
    ...options.order,
    distribution:
      distribution.kind === 'zoned_abs'
        ? {
            ...distribution,
            zones: {
              read: evenZones(distribution.zones.read),
              write: evenZones(distribution.zones.write),
              trim: evenZones(distribution.zones.trim),
            },
          }
        : distribution.kind === 'sequence'
          ? { ...distribution, blocks: distribution.blocks.map((_, index) => index % 4) }
          : distribution,
  };
  return { ...options, order, ioCountMax: null };
}

function evenZones(zones: readonly AccessZone[] | null): readonly AccessZone[] | null {
  return zones === null
    ? null
    : zones.map(({ accessPercent }) => ({ accessPercent, size: { percent: 100 / zones.length } }));
}
