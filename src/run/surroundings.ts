/** The machine around a run: what it is, and how busy it was with other things before and after. */
import { type FingerprintField, readFingerprint } from '../machine/fingerprint.js';
import { readMachine } from '../machine/machine.js';
import { endLook, readBusyCounters } from '../machine/noise.js';
import type { Plan } from '../plan/types.js';
import type { MachineFields } from '../results/document.js';
import type { NoiseReadings } from '../results/noise.js';
import type { RunOutcome } from '../worker/outcome.js';

export interface Surroundings {
  readonly machine: MachineFields;
  readonly fingerprint: readonly FingerprintField[];
  readonly readings: NoiseReadings;
  /** Some job goes through the page cache. */
  readonly isBuffered: boolean;
}

/** Runs from this length on are also followed by a look. */
const longRunMs = 5000;

/** Looks at the machine, waits a moment to see what others do, runs, and looks again. */
export async function withSurroundings(
  plan: Plan,
  run: () => Promise<RunOutcome>,
): Promise<{ readonly outcome: RunOutcome; readonly surroundings: Surroundings }> {
  const { machine, isBuffered, fingerprint } = lookAt(plan);
  const disks = [...new Set(plan.targets.flatMap(({ queue }) => (queue === null ? [] : [queue.disk])))];
  const before = await endLook(disks);
  const outcome = await run();
  // Whoever interrupts wants to see the result now, and could lose it with a second Ctrl-C; a short run is not worth it.
  const looksAfter = !outcome.interrupted && outcome.elapsedMs >= longRunMs;
  const end = readBusyCounters(disks);
  const after = looksAfter ? await endLook(disks) : ([end, end] as const);
  return { outcome, surroundings: { machine: { ...machine }, fingerprint, readings: { before, after }, isBuffered } };
}

/** The machine that the plan would run on. */
export function lookAt({ steps, targets }: Plan) {
  const machine = readMachine();
  const isBuffered = steps.some((step) =>
    step.workers.some(({ job, files }) => !job.target.direct && files.some(({ kind }) => kind !== 'memory')),
  );
  return {
    machine,
    isBuffered,
    fingerprint: readFingerprint({ machine, targets, isBuffered, environment: process.env }),
  };
}
