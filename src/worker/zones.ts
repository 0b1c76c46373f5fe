/** The zones that a worker writes by their pointers (`zonemode=zbd`): its part of the table that jobs share, and the device. */
import type { Engine, OpenFile } from '../engines/engine.js';
import type { Requests } from '../engines/requests.js';
import { directionsOf, sizeLimits } from '../job/block-sizes.js';
import { Operation } from '../job/operation.js';
import { directions } from '../job/per-direction.js';
import { zonesOf } from '../machine/zoned-device.js';
import { destroysData } from '../plan/files.js';
import type { PlannedWorker, PlannedZones } from '../plan/types.js';
import { assert, UserError } from '../support/errors.js';
import { finishZone, resetZone } from '../system/zone-calls.js';
import type { WriteBuffers } from '../workload/payload.js';
import { VariedWorkload } from '../workload/varied-workload.js';
import type { JobWorkload, WorkloadRegion } from '../workload/workload.js';
import { createZoneMemory, emptyZones, type ZoneFacts, ZoneTable } from '../workload/zones/zone-table.js';
import { type MovableSource, type ZoneControl, ZonedWorkload } from '../workload/zones/zoned-workload.js';
import type { ErrorPolicy } from './error-policy.js';

/** The table of one file, for all jobs of a run. Throws `UserError` when a device does not tell its zones. */
export function createZones(
  { zoneBytes, capacityBytes, isDevice }: PlannedZones,
  { path, descriptor, sizeBytes }: Pick<OpenFile, 'path' | 'descriptor' | 'sizeBytes'>,
  activeMax: number,
): SharedArrayBuffer {
  if (!isDevice) return createZoneMemory(emptyZones(sizeBytes, zoneBytes, capacityBytes), zoneBytes);
  const reported = zonesOf(path, descriptor, sizeBytes);
  const isUneven = reported.some(({ startBytes }, index) => startBytes !== index * zoneBytes);
  if (isUneven) throw UserError.of(`${path} has zones of different sizes`, 'use another device', 1);
  const zones = reported.map((zone): ZoneFacts => {
    const takesResources = zone.isOpen || (zone.isClosed && activeMax > 0);
    return { ...zone, isOpen: takesResources };
  });
  return createZoneMemory(zones, zoneBytes);
}

export function asMovable(workload: JobWorkload): MovableSource {
  assert(workload instanceof VariedWorkload, 'jobs with zones have no plain workload');
  return workload;
}

interface ZonedInput {
  readonly planned: PlannedWorker;
  /** Of the run; a rehearsal has its own. */
  readonly memory: SharedArrayBuffer;
  readonly requests: Requests;
  readonly payload: WriteBuffers | null;
  readonly createSource: (requests: Requests) => MovableSource;
  readonly region: WorkloadRegion;
  /** null in a rehearsal. */
  readonly file: OpenFile | null;
}

/** Throws `UserError` when more zones are open than the limits allow. */
export function createZonedWorkload(input: ZonedInput): ZonedWorkload {
  const { planned, region, file } = input;
  const { job, workerIndex } = planned;
  const zones = planned.zones!;
  const { workload, verify } = job;
  const rehearses = file === null;
  const verifies = verify.kind !== 'none' && destroysData(job) && !rehearses;
  const workloadOfZones = new ZonedWorkload({
    requests: input.requests,
    payload: input.payload,
    createSource: input.createSource,
    table: new ZoneTable(rehearses ? rehearsedZones(region) : input.memory),
    rules: {
      job: workerIndex + 1,
      regionOffsetBytes: region.regionOffsetBytes,
      regionBytes: region.regionBytes,
      random: workload.random,
      readsBeyondPointer: workload.zones.readsBeyondPointer,
      verifies,
      openMax: zones.openMax,
      jobOpenMax: workload.zones.jobOpenMax,
      resetThreshold: workload.zones.resetThreshold,
      resetFrequency: workload.zones.resetFrequency,
      keepsOrder: zones.keepsOrder || rehearses,
      smallestBytes: directions.map((direction) => sizeLimits(workload, direction).min),
    },
    control: file === null || !zones.isDevice ? null : controlOf(file),
    writesFirst:
      workload.directions === 'readwrite' && !workload.zones.readsBeyondPointer && workload.readPercent < 100,
    startsEmpty: verifies,
  });
  if (!rehearses && directionsOf(workload).includes('write') && !workloadOfZones.adoptOpenZones()) {
    throw UserError.of(
      `more zones of ${planned.files[0]!.path} are open than max_open_zones=${zones.openMax} allows`,
      'raise max_open_zones, or reset or finish zones first (blkzone)',
      1,
    );
  }
  return workloadOfZones;
}

const rehearsedZoneCount = 4;

/** Full zones in the file on which a worker warms up: reads find data there, and writes begin with a reset. */
function rehearsedZones({ regionOffsetBytes, regionBytes }: WorkloadRegion): SharedArrayBuffer {
  const zoneBytes = regionBytes / rehearsedZoneCount;
  const all = emptyZones(regionOffsetBytes + regionBytes, zoneBytes, zoneBytes);
  return createZoneMemory(
    all.map((zone) => ({ ...zone, pointerBytes: zone.startBytes + zoneBytes })),
    zoneBytes,
  );
}

function controlOf({ descriptor }: OpenFile): ZoneControl {
  return {
    reset: (startBytes, byteCount) => resetZone(descriptor, startBytes, byteCount),
    finish: (startBytes, byteCount) => finishZone(descriptor, startBytes, byteCount),
  };
}

/** Resets that fail end the job. */
export function noteResetsTo(workload: JobWorkload, { zones }: PlannedWorker, errors: ErrorPolicy): void {
  if (!(workload instanceof ZonedWorkload)) return;
  workload.onFailure((errno, offset) =>
    errors.noteFatal({ errno, operation: Operation.trim, byteCount: zones!.zoneBytes, offset, fileIndex: 0 }),
  );
}

/** The job is over, or failed: others go on with its zones. What it adds to its report. */
export function endZones(workload: JobWorkload): { readonly zoneResetCount?: number } {
  if (!(workload instanceof ZonedWorkload)) return {};
  workload.end();
  return { zoneResetCount: workload.resetCount };
}

/** The engine of a job: where it trims zones that have a write pointer, that is a reset, which no engine knows. */
export function trimmingZones(
  engine: Engine,
  planned: PlannedWorker,
  requests: Requests,
  workload: JobWorkload,
): Engine {
  const trims = directionsOf(planned.job.workload).includes('trim');
  return trims && workload instanceof ZonedWorkload ? new ZoneTrimmingEngine(engine, requests, workload) : engine;
}

class ZoneTrimmingEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  readonly waitLimit?: Int32Array;
  readonly #inner: Engine;
  readonly #requests: Requests;
  readonly #workload: ZonedWorkload;
  /** Slots whose reset is due or done, in order, and the results of those that are done. */
  readonly #slots: Int32Array;
  readonly #results: Int32Array;
  #queuedCount = 0;
  #doneCount = 0;

  constructor(inner: Engine, requests: Requests, workload: ZonedWorkload) {
    const depth = requests.operation.length;
    this.#inner = inner;
    this.completedSlot = inner.completedSlot;
    this.completedResult = inner.completedResult;
    if (inner.waitLimit !== undefined) this.waitLimit = inner.waitLimit;
    this.#requests = requests;
    this.#workload = workload;
    this.#slots = new Int32Array(depth);
    this.#results = new Int32Array(depth);
  }

  queue(slot: number): void {
    if (!this.#workload.trimsZone(slot)) {
      this.#inner.queue(slot);
      return;
    }
    this.#slots[this.#queuedCount++] = slot;
  }

  queueRest(slot: number, doneBytes: number): void {
    this.#inner.queueRest(slot, doneBytes);
  }

  submit(): void {
    this.#reset();
    this.#inner.submit();
  }

  submitAndReap(completionsMin: number): number {
    this.#reset();
    const own = this.#doneCount;
    const reaped = this.#inner.submitAndReap(own > 0 ? 0 : completionsMin);
    for (let k = 0; k < own; k++) {
      this.completedSlot[reaped + k] = this.#slots[k]!;
      this.completedResult[reaped + k] = this.#results[k]!;
    }
    this.#queuedCount = 0;
    this.#doneCount = 0;
    return reaped + own;
  }

  #reset(): void {
    for (; this.#doneCount < this.#queuedCount; this.#doneCount++) {
      const slot = this.#slots[this.#doneCount]!;
      const error = this.#workload.trim(slot);
      this.#results[this.#doneCount] = error === 0 ? this.#requests.byteCount[slot]! : -error;
    }
  }

  establish(isStopping: () => boolean): void {
    this.#inner.establish?.(isStopping);
  }

  leavePages(fileIndex: number): void {
    this.#inner.leavePages?.(fileIndex);
  }

  endInput(): void {
    this.#inner.endInput?.();
  }

  cancelAll(): void {
    this.#inner.cancelAll();
  }

  close(): void {
    this.#inner.close();
  }

  describe(): ReturnType<Engine['describe']> {
    return this.#inner.describe();
  }
}
