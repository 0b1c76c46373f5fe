/**
 * The zones of a run (`zonemode=zbd`): one table for each file, which all jobs of a way and repetition share. As another run
 * of fio would, each of these begins with what the device says, or with empty zones where they are emulated.
 */
import fs from 'node:fs';
import { heldTargets } from '../machine/held-targets.js';
import { openHeld } from '../machine/open-target.js';
import type { Plan, PlannedWorker, Step } from '../plan/types.js';
import { assert } from '../support/errors.js';
import { createZones } from '../worker/zones.js';

export class ZoneTables {
  readonly #plan: Plan;
  readonly #tables = new Map<string, SharedArrayBuffer>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** null of a job without zones. Throws `UserError` when a device does not tell its zones. */
  memoryFor({ wayIndex, repetition }: Pick<Step, 'wayIndex' | 'repetition'>, worker: PlannedWorker) {
    const [file] = worker.files;
    if (worker.zones === undefined || file === undefined) return null;
    const number = heldTargets.get(file.path)?.identity.number ?? file.path;
    const key = `${wayIndex}:${repetition}:${number}`;
    const table = this.#tables.get(key) ?? this.#create(worker.zones, file.path);
    this.#tables.set(key, table);
    return table;
  }

  #create(zones: NonNullable<PlannedWorker['zones']>, path: string): SharedArrayBuffer {
    const facts = this.#plan.targets.find((target) => target.path === path);
    const all = this.#plan.steps.flatMap(({ workers }) => workers.flatMap(({ files }) => files));
    const sizeBytes = Math.max(...all.filter((file) => file.path === path).map(({ fileBytes }) => fileBytes));
    if (!zones.isDevice) return createZones(zones, { path, descriptor: -1, sizeBytes }, 0);
    const held = heldTargets.get(path);
    assert(held !== null, 'every device was checked');
    const { descriptor } = openHeld(held, {});
    try {
      return createZones(zones, { path, descriptor, sizeBytes }, facts?.zoned?.activeMax ?? 0);
    } finally {
      fs.closeSync(descriptor);
    }
  }
}
