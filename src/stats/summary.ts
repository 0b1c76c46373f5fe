/**
 * From what workers measured to what a result says: one summary per job object, of one worker or of several merged.
 * Pure arithmetic; names and units are ours, `fio-json.ts` gives them fio's.
 *
 * How several workers become one (group_reporting):
 * - latencies: counts added, so percentiles are as exact as for one worker; sum, minimum and maximum exact.
 * - runtime = the longest; IOPS and bandwidth = totals / runtime.
 * - windows: the workers' rates are added window by window (the workers start together), then minimum, mean and
 *   deviation are taken of the sums. The mean is fio's (sum of the workers' means); minimum, maximum and deviation are
 *   real ones of the group, where fio adds up those of the workers.
 * - CPU per cent = CPU time / time, both summed over the workers.
 */
import { type Direction, directions } from '../job/per-direction.js';
import { assert } from '../support/errors.js';
import { bucketCount, bucketMidNs, emptyLatencyCounts, mergeLatencyCounts } from './latency.js';
import type { Series, SeriesColumns } from './series.js';
import type { DirectionReport, LatencyCounts, SeriesWindow, WorkerReport } from './worker-report.js';

/** Rates over the complete windows of the run. All 0 when no window was complete. */
interface WindowStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Sample standard deviation; 0 with fewer than two windows. */
  readonly stddev: number;
  readonly windowCount: number;
}

export interface DirectionSummary {
  readonly ioCount: number;
  readonly byteCount: number;
  readonly shortCount: number;
  readonly errorCount: number;
  /** 0 when the direction had no I/O. */
  readonly runtimeNs: number;
  readonly iops: number;
  readonly bytesPerSecond: number;
  readonly total: LatencyCounts;
  readonly completion: LatencyCounts;
  readonly submission: LatencyCounts;
  readonly openLoop: LatencyCounts;
  readonly iopsWindows: WindowStatistics;
  readonly bytesPerSecondWindows: WindowStatistics;
}

interface CpuPerIo {
  readonly userNs: number;
  readonly systemNs: number;
  readonly ringThreadNs: number;
}

/** Per cent of I/Os whose latency lay below each bound and not below the one before; columns as `latencyBoundsNs`. */
interface LatencyShares {
  readonly ns: readonly number[];
  readonly us: readonly number[];
  readonly ms: readonly number[];
}

export interface JobSummary {
  readonly startedEpochMs: number;
  readonly jobStartMs: number;
  /** Longest measured time of a worker. */
  readonly runtimeNs: number;
  /** Sum of the workers' measured times. */
  readonly workerTimeNs: number;
  readonly directions: Readonly<Record<Direction, DirectionSummary>>;
  readonly sync: DirectionSummary;
  /** Reads, writes and trims together, as if they were of one direction. */
  readonly mixed: DirectionSummary;
  /** Reads, writes and trims. */
  readonly ioCount: number;
  readonly userCpuNs: number;
  readonly systemCpuNs: number;
  readonly ringThreadCpuNs: number;
  /** Of the measured time of one worker, so 100 is one CPU per worker. Ring threads are not in it. */
  readonly userCpuPercent: number;
  readonly systemCpuPercent: number;
  /** null without I/O. */
  readonly cpuPerIo: CpuPerIo | null;
  readonly voluntarySwitchCount: number;
  readonly involuntarySwitchCount: number;
  readonly majorFaultCount: number;
  readonly minorFaultCount: number;
  /** Per cent; columns as in `WorkerReport`. All 0 when nothing was counted. */
  readonly depthPercents: readonly number[];
  readonly submitPercents: readonly number[];
  readonly completePercents: readonly number[];
  readonly latencyShares: LatencyShares;
  readonly series: Series;
}

/** Upper bounds (exclusive) of the latency shares in ns; the last of `ms` has none. As fio's latency_ns, _us, _ms. */
const latencyBoundsNs = {
  ns: [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000],
  us: [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000].map((bound) => bound * 1e3),
  ms: [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000, Infinity].map((bound) => bound * 1e6),
} as const;

/**
 * Summarises the workers of one job object.
 * @param reports at least one.
 * @param windowMs nominal width of the series' windows.
 * @param iopsWindowMs that of `iopsSeries`.
 */
export function summarise(reports: readonly WorkerReport[], windowMs: number, iopsWindowMs = windowMs): JobSummary {
  assert(reports.length > 0, 'a summary needs a report');
  const sum = (value: (report: WorkerReport) => number) => reports.reduce((total, report) => total + value(report), 0);
  const runtimeNs = Math.max(...reports.map((report) => report.elapsedNs));
  const workerTimeNs = sum((report) => report.elapsedNs);
  const windows = addWindows(reports, windowMs, ({ series }) => series);
  const iopsWindows =
    iopsWindowMs === windowMs
      ? windows
      : addWindows(reports, iopsWindowMs, ({ series, iopsSeries }) => iopsSeries ?? series);
  const grids: RateGrids = {
    bandwidth: completeWindows(windows, windowMs),
    iops: completeWindows(iopsWindows, iopsWindowMs),
  };
  const summaryOf = (direction: Direction) =>
    summariseDirection(
      reports.map((report) => report.directions[direction]),
      Math.max(...reports.map((report) => report.directionNs?.[direction] ?? report.elapsedNs)),
      windowRates(grids, direction),
    );
  const byDirection = { read: summaryOf('read'), write: summaryOf('write'), trim: summaryOf('trim') };
  const ioCount = directions.reduce((total, direction) => total + byDirection[direction].ioCount, 0);
  const userCpuNs = sum((report) => report.userCpuNs);
  const systemCpuNs = sum((report) => report.systemCpuNs);
  const ringThreadCpuNs = sum((report) => report.ringThreadCpuNs);
  return {
    startedEpochMs: Math.min(...reports.map((report) => report.startedEpochMs)),
    jobStartMs: Math.min(...reports.map((report) => report.jobStartMs)),
    runtimeNs,
    workerTimeNs,
    directions: byDirection,
    mixed: summariseDirection(
      reports.flatMap((report) => directions.map((direction) => report.directions[direction])),
      runtimeNs,
      mixedRates(grids),
    ),
    sync: summariseDirection(
      reports.map((report) => report.sync),
      runtimeNs,
      { iops: [], bytesPerSecond: [] },
    ),
    ioCount,
    userCpuNs,
    systemCpuNs,
    ringThreadCpuNs,
    userCpuPercent: percentOf(userCpuNs, workerTimeNs),
    systemCpuPercent: percentOf(systemCpuNs, workerTimeNs),
    cpuPerIo:
      ioCount === 0
        ? null
        : { userNs: userCpuNs / ioCount, systemNs: systemCpuNs / ioCount, ringThreadNs: ringThreadCpuNs / ioCount },
    voluntarySwitchCount: sum((report) => report.voluntarySwitchCount),
    involuntarySwitchCount: sum((report) => report.involuntarySwitchCount),
    majorFaultCount: sum((report) => report.majorFaultCount),
    minorFaultCount: sum((report) => report.minorFaultCount),
    depthPercents: sharePercents(reports.map((report) => report.depthLevels)),
    submitPercents: sharePercents(reports.map((report) => report.submitLevels)),
    completePercents: sharePercents(reports.map((report) => report.completeLevels)),
    latencyShares: latencyShares(directions.map((direction) => completionOf(byDirection[direction]))),
    series: seriesOf(windows, windowMs),
  };
}

/** Latency from the hand-over to the kernel; where that was not timed by itself, from the begin of the submission. */
export function completionOf(summary: Pick<DirectionReport, 'completion' | 'total'>): LatencyCounts {
  return summary.completion.counts.length > 0 ? summary.completion : summary.total;
}

function summariseDirection(
  parts: readonly DirectionReport[],
  runtimeNs: number,
  rates: { readonly iops: readonly number[]; readonly bytesPerSecond: readonly number[] },
): DirectionSummary {
  const sum = (value: (part: DirectionReport) => number) => parts.reduce((total, part) => total + value(part), 0);
  const ioCount = sum((part) => part.ioCount);
  const byteCount = sum((part) => part.byteCount);
  // As fio: what moved nothing (cpuio) has no time of its own, and no rates.
  const ownNs = byteCount === 0 ? 0 : runtimeNs;
  const seconds = ownNs / 1e9;
  return {
    ioCount,
    byteCount,
    shortCount: sum((part) => part.shortCount),
    errorCount: sum((part) => part.errorCount),
    runtimeNs: ownNs,
    iops: seconds === 0 ? 0 : ioCount / seconds,
    bytesPerSecond: seconds === 0 ? 0 : byteCount / seconds,
    total: together(parts.map((part) => part.total)),
    completion: together(parts.map((part) => part.completion)),
    submission: together(parts.map((part) => part.submission)),
    openLoop: together(parts.map((part) => part.openLoop)),
    iopsWindows: windowStatistics(ioCount === 0 ? [] : rates.iops),
    bytesPerSecondWindows: windowStatistics(ioCount === 0 ? [] : rates.bytesPerSecond),
  };
}

/** As `mergeLatencyCounts`, of reports alone: what only one part has is taken as it is, without walking its buckets. */
function together(parts: readonly LatencyCounts[]): LatencyCounts {
  const measured = parts.filter(({ counts }) => counts.length > 0);
  const used = measured.filter(({ count }) => count > 0);
  return used.length > 1 ? mergeLatencyCounts(used) : (used[0] ?? measured[0] ?? emptyLatencyCounts());
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}

/** Columns of several workers added, in per cent of their sum. */
function sharePercents(rows: readonly (readonly number[])[]): number[] {
  const columns = rows[0]!.map((_, column) => rows.reduce((total, row) => total + row[column]!, 0));
  const whole = columns.reduce((total, value) => total + value, 0);
  return columns.map((value) => percentOf(value, whole));
}

/** Shares over all directions. A bucket counts where its middle lies, so a bound is sharp to 0.05 %. */
function latencyShares(parts: readonly LatencyCounts[]): LatencyShares {
  const merged = together(parts);
  const bounds = [...latencyBoundsNs.ns, ...latencyBoundsNs.us, ...latencyBoundsNs.ms];
  const counts = new Array<number>(bounds.length).fill(0);
  let column = 0;
  for (let index = 0; index < merged.counts.length && index < bucketCount; index++) {
    if (merged.counts[index] === 0) continue;
    while (bucketMidNs(index) >= bounds[column]!) column++;
    counts[column] = counts[column]! + merged.counts[index]!;
  }
  const percents = counts.map((value) => percentOf(value, merged.count));
  const usBegin = latencyBoundsNs.ns.length;
  const msBegin = usBegin + latencyBoundsNs.us.length;
  return { ns: percents.slice(0, usBegin), us: percents.slice(usBegin, msBegin), ms: percents.slice(msBegin) };
}

/** A window of one worker or of several added. Times since the measured start of the earliest worker. */
interface AddedWindow extends SeriesWindow {
  /** I/O and bytes per second, the workers' rates added: right also where their windows differ a little in width. */
  readonly iops: Record<Direction, number>;
  readonly bytesPerSecond: Record<Direction, number>;
}

/**
 * The workers' windows laid over each other. Workers of a group start together to within a fraction of a window, and
 * those that started later (startdelay) are moved by whole windows.
 */
function addWindows(
  reports: readonly WorkerReport[],
  windowMs: number,
  seriesOf: (report: WorkerReport) => readonly SeriesWindow[],
): AddedWindow[] {
  const firstStartMs = Math.min(...reports.map((report) => report.startedEpochMs));
  const grid: (AddedWindow | undefined)[] = [];
  for (const report of reports) {
    const shiftMs = report.startedEpochMs - firstStartMs;
    const shift = reports.length === 1 || windowMs <= 0 ? 0 : Math.round(shiftMs / windowMs);
    for (const [index, window] of seriesOf(report).entries()) {
      if (window.endNs <= window.startNs) continue;
      grid[index + shift] = addWindow(grid[index + shift], window, shiftMs * 1e6);
    }
  }
  return grid.filter((window) => window !== undefined);
}

function addWindow(sum: AddedWindow | undefined, window: SeriesWindow, shiftNs: number): AddedWindow {
  const perSecond = 1e9 / (window.endNs - window.startNs);
  const each = (value: (direction: Direction) => number): Record<Direction, number> => ({
    read: value('read'),
    write: value('write'),
    trim: value('trim'),
  });
  return {
    startNs: sum === undefined ? window.startNs + shiftNs : Math.min(sum.startNs, window.startNs + shiftNs),
    endNs: sum === undefined ? window.endNs + shiftNs : Math.max(sum.endNs, window.endNs + shiftNs),
    ioCount: each((direction) => window.ioCount[direction] + (sum?.ioCount[direction] ?? 0)),
    byteCount: each((direction) => window.byteCount[direction] + (sum?.byteCount[direction] ?? 0)),
    totalNsSum: each((direction) => window.totalNsSum[direction] + (sum?.totalNsSum[direction] ?? 0)),
    iops: each((direction) => window.ioCount[direction] * perSecond + (sum?.iops[direction] ?? 0)),
    bytesPerSecond: each(
      (direction) => window.byteCount[direction] * perSecond + (sum?.bytesPerSecond[direction] ?? 0),
    ),
  };
}

/** The complete windows that rates are taken of; often the same for both. */
interface RateGrids {
  readonly bandwidth: readonly AddedWindow[];
  readonly iops: readonly AddedWindow[];
}

/** A last window cut short (below 90 % of the width) says little and is left out, as fio does. */
function completeWindows(windows: readonly AddedWindow[], windowMs: number): readonly AddedWindow[] {
  return windows.filter((window) => window.endNs - window.startNs >= windowMs * 0.9e6);
}

/** A window without I/O counts as 0 (fio skips it, which hides stalls). */
function windowRates({ bandwidth, iops }: RateGrids, direction: Direction) {
  return {
    iops: iops.map((window) => window.iops[direction]),
    bytesPerSecond: bandwidth.map((window) => window.bytesPerSecond[direction]),
  };
}

function mixedRates(grids: RateGrids) {
  const each = directions.map((direction) => windowRates(grids, direction));
  const sum = (of: (rates: ReturnType<typeof windowRates>) => readonly number[]) =>
    of(each[0]!).map((_, index) => each.reduce((total, rates) => total + of(rates)[index]!, 0));
  return { iops: sum((rates) => rates.iops), bytesPerSecond: sum((rates) => rates.bytesPerSecond) };
}

function windowStatistics(rates: readonly number[]): WindowStatistics {
  if (rates.length === 0) return { min: 0, max: 0, mean: 0, stddev: 0, windowCount: 0 };
  const mean = rates.reduce((total, rate) => total + rate, 0) / rates.length;
  const squares = rates.reduce((total, rate) => total + (rate - mean) ** 2, 0);
  return {
    min: rates.reduce((least, rate) => Math.min(least, rate), Infinity),
    max: rates.reduce((most, rate) => Math.max(most, rate), 0),
    mean,
    stddev: rates.length < 2 ? 0 : Math.sqrt(squares / (rates.length - 1)),
    windowCount: rates.length,
  };
}

/** Three decimals of a ms are enough for a chart and keep files small. */
function msOf(ns: number): number {
  return Math.round(ns / 1e3) / 1e3;
}

function seriesOf(windows: readonly AddedWindow[], windowMs: number): Series {
  const columns = (direction: Direction): SeriesColumns => ({
    ioCount: windows.map((window) => window.ioCount[direction]),
    byteCount: windows.map((window) => window.byteCount[direction]),
    meanNs: windows.map((window) =>
      window.ioCount[direction] === 0 ? null : Math.round(window.totalNsSum[direction] / window.ioCount[direction]),
    ),
  });
  const used = directions.filter((direction) => windows.some((window) => window.ioCount[direction] > 0));
  return {
    windowMs,
    startMs: windows.map((window) => msOf(window.startNs)),
    durationMs: windows.map((window) => msOf(window.endNs - window.startNs)),
    directions: Object.fromEntries(used.map((direction) => [direction, columns(direction)])),
  };
}
