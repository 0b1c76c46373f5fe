/**
 * Whether two ways of running the same job differ for certain, from one invocation. A single run has its windows, several
 * have their figures; where the two ranges touch, or the difference is small, nothing is claimed.
 */

import type { JobPair } from '../report/job-text.js';
import { median } from '../stats/median.js';

export type Figure = 'iops' | 'latency';

/** Medians of both, which differ for certain. */
export interface Difference {
  readonly own: number;
  readonly other: number;
}

const runsMin = 3;
const windowsMin = 3;
/** Smaller differences are not worth a sentence; of single runs, where drift is not told from effect, larger ones. */
const shareMinOfRuns = 0.05;
const shareMinOfWindows = 0.1;

/** @returns null when they do not differ for certain. */
export function differenceOf(figure: Figure, own: readonly JobPair[], other: readonly JobPair[]): Difference | null {
  if (own.length >= runsMin && other.length >= runsMin) {
    return apart(runValues(figure, own), runValues(figure, other), shareMinOfRuns);
  }
  const [ownWindows, otherWindows] = [own, other].map((runs) => runs.flatMap((run) => windowValues(figure, run)));
  if (ownWindows!.length < windowsMin || otherWindows!.length < windowsMin) return null;
  return apart(withoutTails(ownWindows!), withoutTails(otherWindows!), shareMinOfWindows);
}

function apart(own: readonly number[], other: readonly number[], shareMin: number): Difference | null {
  const touch = Math.max(...own) >= Math.min(...other) && Math.max(...other) >= Math.min(...own);
  const [ownMedian, otherMedian] = [median(own)!, median(other)!];
  if (touch || otherMedian <= 0 || Math.abs(ownMedian / otherMedian - 1) < shareMin) return null;
  return { own: ownMedian, other: otherMedian };
}

function runValues(figure: Figure, runs: readonly JobPair[]): number[] {
  return runs.map((run) => (figure === 'iops' ? iopsOf(run) : (meanLatencyNs(run) ?? 0)));
}

/** One tenth at either end: a hiccup is no property of an engine. */
function withoutTails(values: readonly number[]): number[] {
  const cut = Math.floor(values.length / 10);
  return [...values].sort((a, b) => a - b).slice(cut, values.length - cut);
}

function windowValues(figure: Figure, { iotest }: JobPair): number[] {
  const { durationMs, directions, windowMs } = iotest.series;
  return durationMs.flatMap((ms, index) => {
    // The last window may be a sliver.
    if (ms < windowMs / 2) return [];
    let [count, sumNs] = [0, 0];
    for (const columns of Object.values(directions).filter((each) => each !== undefined)) {
      count += columns.ioCount[index]!;
      sumNs += columns.ioCount[index]! * (columns.meanNs[index] ?? 0);
    }
    if (figure === 'iops') return [(count * 1000) / ms];
    return count === 0 ? [] : [sumNs / count];
  });
}

export function ioCountOf({ fio }: JobPair): number {
  return fio.read.total_ios + fio.write.total_ios + fio.trim.total_ios;
}

export function iopsOf(pair: JobPair): number {
  const { elapsedNs } = pair.iotest;
  return elapsedNs > 0 ? (ioCountOf(pair) * 1e9) / elapsedNs : 0;
}

/** Over all directions; null without I/O. */
export function meanLatencyNs({ fio }: JobPair): number | null {
  const parts = [fio.read.lat_ns, fio.write.lat_ns, fio.trim.lat_ns];
  const count = parts.reduce((sum, { N }) => sum + N, 0);
  return count === 0 ? null : parts.reduce((sum, { mean, N }) => sum + mean * N, 0) / count;
}

/** How many were in flight on the average, per worker: arrivals times the time that each stays (Little). null without I/O. */
export function inFlightOf(pair: JobPair): number | null {
  const latency = meanLatencyNs(pair);
  const { elapsedNs, workerCount } = pair.iotest;
  return latency === null || elapsedNs <= 0 ? null : (ioCountOf(pair) * latency) / elapsedNs / Math.max(1, workerCount);
}
