/**
 * What a sweep found: rates and latencies along the depth, the knee, and the smallest depth that is nearly as fast as the
 * best. From the sweep's result alone.
 *
 * The knee is the point of greatest *power*, IOPS over mean latency (L. Kleinrock, "Power and deterministic rules of
 * thumb for probabilistic problems in computer communications", ICC 1979): beyond it latency grows by a larger factor
 * than the rate. It needs no parameter and no smooth curve, and depends on the points that were measured: between two
 * depths it finds nothing.
 */

import { type Direction, directions } from '../job/per-direction.js';
import type { FioJob, IotestJob } from '../results/document.js';
import type { SweepPoint } from '../results/sweep-part.js';
import { isMixedOnly } from '../results/unified.js';
import { decodeHistograms } from '../stats/encoded-histogram.js';
import { hasTail, meanNs, percentilesNs } from '../stats/histogram.js';
import { mergeLatencyCounts } from '../stats/latency.js';
import type { LatencyCounts } from '../stats/worker-report.js';
import type { SweepDocument } from './document.js';

/** Of one repetition: all job objects of the name together. */
interface SweepRunFigures {
  readonly repetition: number;
  readonly iops: number;
  readonly bytesPerSecond: number;
  /** null without samples. */
  readonly meanNs: number | null;
}

/** One job at one point, one direction of it. Rates are medians over the repetitions; latencies of all I/Os together. */
export interface SweepFigures {
  readonly values: Readonly<Record<string, string>>;
  readonly runs: readonly SweepRunFigures[];
  readonly iops: number;
  readonly bytesPerSecond: number;
  readonly meanNs: number | null;
  /** null with fewer than 10 samples beyond. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  readonly p999Ns: number | null;
  /** Requests that the engine could have in flight; null when it never began. */
  readonly depthGranted: number | null;
}

interface SweepStep {
  readonly depth: number;
  readonly figures: SweepFigures;
}

/** A finding of each repetition by itself, to show what is noise. */
export interface DepthFinding {
  /** From the medians over the repetitions. */
  readonly depth: number;
  /** From each repetition in which all depths were measured. */
  readonly perRepetition: readonly number[];
}

/** One job, one direction, all values but the depth the same. */
export interface SweepSeries {
  readonly jobName: string;
  readonly direction: Direction;
  /** Values of the other axes. */
  readonly fixed: Readonly<Record<string, string>>;
  /** By rising depth. */
  readonly steps: readonly SweepStep[];
  /** The depth with the highest rate. */
  readonly best: SweepStep;
  /** null where no latency was measured. */
  readonly knee: DepthFinding | null;
  /** The smallest depth within `nearlyBest` of the best rate. */
  readonly sufficient: DepthFinding;
  /** The depth that the engine had at every step, whatever was asked for (synchronous engines have 1); else null. */
  readonly depthFixed: number | null;
}

/** The share of the best rate that counts as nearly the best. */
export const nearlyBest = 0.95;

/** What stands for depth: requests of one job in flight, else the number of jobs; null when neither was varied. */
export function depthOption({ iotest }: SweepDocument): string | null {
  const options = iotest.sweep.axes.map(({ option }) => option);
  return ['iodepth', 'numjobs'].find((option) => options.includes(option)) ?? null;
}

export interface SweepCell {
  readonly jobName: string;
  readonly direction: Direction;
  readonly figures: SweepFigures;
}

/** Every job, direction and point that did any I/O, in the order of the matrix. */
export function sweepCells(document: SweepDocument): SweepCell[] {
  const { points } = document.iotest.sweep;
  const jobNames = [...new Set(points.flatMap(({ jobs }) => jobs.map(({ jobName }) => jobName)))];
  return jobNames.flatMap((jobName) =>
    directions.flatMap((direction) =>
      points.flatMap((point): SweepCell[] => {
        const figures = figuresOf(document, point, jobName, direction);
        return figures === null ? [] : [{ jobName, direction, figures }];
      }),
    ),
  );
}

/** Empty when no depth was varied. Depths that are no numbers are left out. */
export function sweepSeries(document: SweepDocument): SweepSeries[] {
  const option = depthOption(document);
  if (option === null) return [];
  const found = new Map<string, { cell: SweepCell; fixed: Record<string, string>; steps: SweepStep[] }>();
  for (const cell of sweepCells(document)) {
    const { [option]: typed, ...fixed } = cell.figures.values;
    const depth = Number(typed);
    if (!Number.isFinite(depth)) continue;
    const key = JSON.stringify([cell.jobName, cell.direction, fixed]);
    const known = found.get(key) ?? { cell, fixed, steps: [] };
    found.set(key, known);
    known.steps.push({ depth, figures: cell.figures });
  }
  return [...found.values()].map(({ cell: { jobName, direction }, fixed, steps }) => {
    const ascending = steps.sort((a, b) => a.depth - b.depth);
    const best = ascending.reduce((most, step) => (step.figures.iops > most.figures.iops ? step : most));
    const granted = new Set(ascending.map(({ figures }) => figures.depthGranted));
    const isFixed = option === 'iodepth' && granted.size === 1 && ascending.length > 1;
    const depthFixed = isFixed ? ascending[0]!.figures.depthGranted : null;
    return { jobName, direction, fixed, steps: ascending, best, depthFixed, ...findingsOf(ascending) };
  });
}

interface Sample {
  readonly depth: number;
  readonly iops: number;
  readonly meanNs: number | null;
}

function findingsOf(steps: readonly SweepStep[]): Pick<SweepSeries, 'knee' | 'sufficient'> {
  const overall = steps.map(({ depth, figures }) => ({ depth, iops: figures.iops, meanNs: figures.meanNs }));
  const repetitions = [...new Set(steps.flatMap(({ figures }) => figures.runs.map(({ repetition }) => repetition)))];
  const whole = repetitions
    .sort((a, b) => a - b)
    .map((repetition) =>
      steps.flatMap(({ depth, figures }): Sample[] => {
        const run = figures.runs.find((each) => each.repetition === repetition);
        return run === undefined ? [] : [{ depth, iops: run.iops, meanNs: run.meanNs }];
      }),
    )
    .filter((samples) => samples.length === steps.length);
  const knee = kneeOf(overall);
  return {
    knee: knee === null ? null : { depth: knee, perRepetition: whole.flatMap((samples) => kneeOf(samples) ?? []) },
    sufficient: { depth: sufficientOf(overall), perRepetition: whole.map(sufficientOf) },
  };
}

/** Where equal, the smaller depth. */
function kneeOf(samples: readonly Sample[]): number | null {
  let best: { depth: number; power: number } | null = null;
  for (const { depth, iops, meanNs: latencyNs } of samples) {
    if (latencyNs === null || latencyNs === 0) continue;
    const power = iops / latencyNs;
    if (best === null || power > best.power) best = { depth, power };
  }
  return best?.depth ?? null;
}

function sufficientOf(samples: readonly Sample[]): number {
  const best = Math.max(...samples.map(({ iops }) => iops));
  return samples.find(({ iops }) => iops >= nearlyBest * best)!.depth;
}

function figuresOf(
  { jobs, iotest }: SweepDocument,
  point: SweepPoint,
  jobName: string,
  direction: Direction,
): SweepFigures | null {
  const indexes = point.jobs.find((each) => each.jobName === jobName)?.jobIndexes ?? [];
  const pairs = indexes.map((index) => ({ fio: jobs[index]!, own: iotest.jobs[index]! }));
  const active = pairs.filter(({ fio }) => fio[direction].total_ios > 0);
  if (active.length === 0) return null;
  const repetitions = [...new Set(active.map(({ own }) => own.repetition))].sort((a, b) => a - b);
  const perRun = repetitions.map((repetition) => {
    const own = active.filter((pair) => pair.own.repetition === repetition);
    return { repetition, own, latency: latencyOf(own, direction) };
  });
  const merged = mergeLatencyCounts(perRun.map(({ latency }) => latency));
  const [p50Ns, p99Ns, p999Ns] = percentilesNs(merged, [50, 99, 99.9]) as [number, number, number];
  const known = (percent: number, ns: number) => (hasTail(merged.count, percent) ? ns : null);
  const runs = perRun.map(({ repetition, own, latency }) => ({
    repetition,
    iops: sum(own.map(({ fio }) => fio[direction].iops)),
    bytesPerSecond: sum(own.map(({ fio }) => fio[direction].bw_bytes ?? fio[direction].bw * 1024)),
    meanNs: latency.count === 0 ? null : meanNs(latency),
  }));
  return {
    values: point.values,
    runs,
    iops: medianOf(runs.map(({ iops }) => iops)),
    bytesPerSecond: medianOf(runs.map(({ bytesPerSecond }) => bytesPerSecond)),
    meanNs: merged.count === 0 ? null : meanNs(merged),
    p50Ns: known(50, p50Ns),
    p99Ns: known(99, p99Ns),
    p999Ns: known(99.9, p999Ns),
    depthGranted: greatest(active.map(({ own }) => own.engine?.depth ?? null)),
  };
}

function latencyOf(
  pairs: readonly { readonly fio: FioJob; readonly own: IotestJob }[],
  direction: Direction,
): LatencyCounts {
  const histograms = pairs.flatMap(
    ({ fio, own }) => own.histograms[isMixedOnly(fio) ? 'mixed' : direction]?.total ?? [],
  );
  return mergeLatencyCounts(decodeHistograms(histograms));
}

function greatest(values: readonly (number | null)[]): number | null {
  return values.reduce((most, value) => (most === null || (value !== null && value > most) ? value : most), null);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
