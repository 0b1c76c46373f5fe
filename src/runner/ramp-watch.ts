/** `ramp_size` of groups: the ramp of all ends when together they have done so much. The coordinator calls `look` often. */

import { bytesDone, controlPhase, controlRampOver, Phase } from '../worker/shared-state.js';
import type { WatchedWorker } from './live-view.js';

export class RampWatch {
  #groups: readonly (readonly WatchedWorker[])[];

  constructor(workers: readonly WatchedWorker[]) {
    const groups = new Map<number, WatchedWorker[]>();
    for (const worker of workers) {
      const { groupReporting, groupIndex, schedule } = worker.planned.job;
      if (!groupReporting || schedule.rampBytes === 0) continue;
      groups.set(groupIndex, [...(groups.get(groupIndex) ?? []), worker]);
    }
    // One alone counts its own bytes.
    this.#groups = [...groups.values()].filter((group) => group.length > 1);
  }

  get isNeeded(): boolean {
    return this.#groups.length > 0;
  }

  look(): void {
    this.#groups = this.#groups.filter((group) => {
      if (!isOver(group)) return true;
      for (const { shared } of group) Atomics.store(shared.control, controlRampOver, 1);
      return false;
    });
  }
}

function isOver(group: readonly WatchedWorker[]): boolean {
  // Whoever has come through has done it all alone; its bytes count from there on.
  if (group.some(({ shared }) => shared.control[controlPhase]! > Phase.ramp)) return true;
  const bytes = group.reduce((sum, { shared }) => sum + bytesDone(shared), 0);
  return bytes >= group[0]!.planned.job.schedule.rampBytes;
}
