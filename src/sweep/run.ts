/** Measures the points of a sweep one after another, and keeps each as soon as it is there. */

import type { JobFile } from '../cli/job-input.js';
import type { Plan } from '../plan/types.js';
import { anyDocumentOf } from '../run/document.js';
import { withSurroundings } from '../run/surroundings.js';
import type { WatchedRuns } from '../run/watched-runs.js';
import { pauseMsAfter } from '../runner/step-schedule.js';
import type { Progress } from '../worker/outcome.js';
import { asSweepPart, placeOf, type SweepDocument, type SweepFacts } from './document.js';
import { layOutPlan, type Point, planPoint, textOf } from './matrix.js';
import type { SweepRun } from './order.js';
import { keyOf, type SweepStore } from './store.js';
import { formatPartLine } from './text.js';
import type { TimeLeft } from './time-left.js';

interface SweepInput {
  readonly points: readonly Point[];
  /** Of the first run of each point. */
  readonly plans: readonly Plan[];
  readonly order: readonly SweepRun[];
  readonly facts: SweepFacts;
  /** Where parts are kept; null = in memory alone. */
  readonly store: SweepStore | null;
  /** What was measured before the sweep was broken off. */
  readonly done: readonly SweepDocument[];
  readonly time: TimeLeft;
  readonly jobFile: JobFile;
  readonly commandLine: readonly string[];
  /** The package's folder. */
  readonly root: string;
}

/**
 * All parts that there are in the end; fewer than asked for when it was stopped: a part is whole or not there.
 * @throws UserError when files cannot be made or parts cannot be kept.
 */
export async function runSweep(input: SweepInput, runs: WatchedRuns): Promise<SweepDocument[]> {
  const parts = [...input.done];
  const known = new Set(parts.map((part) => keyOf(placeOf(part))));
  const left = input.order.filter((run) => !known.has(keyOf(run)));
  await runs.layOut(layOutPlan(left.map(({ pointIndex }) => input.plans[pointIndex]!)));
  for (const [place, run] of left.entries()) {
    if (runs.isStopping) break;
    const beganMs = performance.now();
    const point = input.points[run.pointIndex]!;
    const plan = planPoint(point, run.repetition);
    const later = left.slice(place + 1).map(({ pointIndex }) => pointIndex);
    const shown = (progress: Progress): Progress => ({
      ...progress,
      stepIndex: parts.length,
      stepCount: input.order.length,
      jobNames: [textOf(point)],
      engineLabel: point.values.engine === undefined ? progress.engineLabel : '',
      etaSeconds: sumOrNull(progress.etaSeconds, input.time.of(later)),
    });
    const part = await measure(input, plan, point, () => runs.run(plan, shown));
    if (part === null) break;
    await input.store?.save(part);
    parts.push(part);
    if (later.length > 0) await runs.pause(pauseMsAfter(part.iotest.elapsedMs));
    input.time.note(run.pointIndex, (performance.now() - beganMs) / 1000);
    runs.say(formatPartLine(part, parts.length, input.order.length, input.time.of(later)));
  }
  return parts;
}

/** null when it was interrupted. */
async function measure(
  { facts, jobFile, commandLine, root }: SweepInput,
  plan: Plan,
  point: Point,
  run: () => ReturnType<WatchedRuns['run']>,
): Promise<SweepDocument | null> {
  const { outcome, surroundings } = await withSurroundings(plan, run);
  if (outcome.interrupted) return null;
  const { machine } = surroundings;
  const document = anyDocumentOf({ outcome, plan, machine, surroundings, jobFile, commandLine, root });
  return asSweepPart(document, facts, point);
}

function sumOrNull(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
