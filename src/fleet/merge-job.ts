/**
 * One job object of several hosts as one, from their documents alone. Each host stands as a worker of a group, so the
 * arithmetic is that of group_reporting (stats/summary.ts): counts of one bucket geometry add exactly.
 */
import { packPriority } from '../engines/command-priority.js';
import { type Direction, directions, type PerDirection } from '../job/per-direction.js';
import { cpuPart, gravestEnding, mergeFacts } from '../results/build.js';
import type { DirectionHistograms, FioDirection, FioJob, IotestJob, JobError } from '../results/document.js';
import { fioJob } from '../results/fio-json.js';
import { isMixedOnly } from '../results/unified.js';
import { decodeHistogram, type EncodedHistogram, encodeHistogram } from '../stats/encoded-histogram.js';

import { mergeKernelWork } from '../stats/kernel-work.js';
import { emptyLatencyCounts, mergeLatencyCounts } from '../stats/latency.js';
import { prioritiesOf } from '../stats/priorities.js';
import { type JobSummary, summarise } from '../stats/summary.js';
import { mergeVerifyReports } from '../stats/verify-report.js';
import type {
  DirectionReport,
  LatencyCounts,
  PriorityReport,
  SeriesWindow,
  WorkerReport,
} from '../stats/worker-report.js';
import { onHost } from './names.js';

/** A job object of one host. */
export interface JobPart {
  readonly hostName: string;
  readonly fio: FioJob;
  readonly iotest: IotestJob;
  /** Begin of its measured part after that of the first host, ms. Wall clocks of hosts do not agree, so they are not asked. */
  readonly lateMs: number;
}

/** @param parts of hosts that measured something, at least one; null where none of them did */
export function summaryOf(parts: readonly JobPart[]): JobSummary | null {
  const measured = parts.filter(({ iotest }) => iotest.engine !== null);
  if (measured.length === 0) return null;
  const [first] = measured;
  const beginMs = first!.iotest.startedEpochMs ?? first!.fio.job_start ?? 0;
  const reports = measured.map((part) => reportOf(part, beginMs + part.lateMs - first!.lateMs));
  const summary = summarise(reports, first!.iotest.series.windowMs);
  // The workers of a host ran side by side: their times add up to more than the longest.
  const workerTimeNs = measured.reduce((sum, { fio, iotest }) => sum + workerTimeNsOf(fio, iotest), 0);
  const percent = (ns: number) => (workerTimeNs === 0 ? 0 : (ns / workerTimeNs) * 100);
  return {
    ...summary,
    workerTimeNs,
    userCpuPercent: percent(summary.userCpuNs),
    systemCpuPercent: percent(summary.systemCpuNs),
  };
}

function workerTimeNsOf(fio: FioJob, iotest: IotestJob): number {
  return fio.job_runtime === undefined ? iotest.elapsedNs * iotest.workerCount : fio.job_runtime * 1e6;
}

function reportOf({ fio, iotest }: JobPart, startedEpochMs: number): WorkerReport {
  const { histograms, cpu, elapsedNs } = iotest;
  const of = (direction: Direction) => directionOf(fio, iotest, direction);
  const runtimeNs = (direction: Direction) => {
    const { runtime } = fio[direction];
    // fio's is in whole ms, ours is exact; they differ by more where a direction did not take all of the time.
    return runtime === Math.ceil(elapsedNs / 1e6) || runtime === 0 ? elapsedNs : runtime * 1e6;
  };
  const ioCount = fio.read.total_ios + fio.write.total_ios + fio.trim.total_ios;
  const levels = (shares: Readonly<Record<string, number>> | undefined) =>
    Object.values(shares ?? {}).map((percent) => (percent / 100) * ioCount);
  const sync = histograms.sync === undefined ? emptyLatencyCounts() : decodeHistogram(histograms.sync.total);
  return {
    startedEpochMs,
    jobStartMs: fio.job_start ?? 0,
    elapsedNs,
    directions: { read: of('read'), write: of('write'), trim: of('trim') },
    directionNs: { read: runtimeNs('read'), write: runtimeNs('write'), trim: runtimeNs('trim') },
    sync: { ...nothing, ioCount: fio.sync?.total_ios ?? 0, total: sync },
    ...prioritiesPart(fio, histograms),
    series: windowsOf(iotest),
    userCpuNs: cpu.userNs,
    systemCpuNs: cpu.systemNs,
    ringThreadCpuNs: cpu.ringThreadNs,
    voluntarySwitchCount: cpu.voluntarySwitchCount,
    involuntarySwitchCount: cpu.involuntarySwitchCount,
    majorFaultCount: fio.majf,
    minorFaultCount: fio.minf,
    depthLevels: levels(fio.iodepth_level),
    submitLevels: levels(fio.iodepth_submit),
    completeLevels: levels(fio.iodepth_complete),
    engine: iotest.engine!,
    clockReadNs: iotest.clock?.readNs ?? 0,
    loopNsPerIo: iotest.clock?.loopNsPerIo ?? 0,
    garbageCollectionCount: iotest.garbageCollectionCount,
    seed: iotest.seeds[0] ?? 0,
    error: null,
    toleratedErrorCount: iotest.toleratedErrorCount,
    firstToleratedErrno: fio.first_error ?? 0,
    fatalIsCounted: false,
    toleratedErrors: [],
    depthFound: iotest.depthFound ?? null,
    ended: 'runtime',
  };
}

const nothing: DirectionReport = {
  ioCount: 0,
  byteCount: 0,
  shortCount: 0,
  errorCount: 0,
  total: emptyLatencyCounts(),
  completion: emptyLatencyCounts(),
  submission: emptyLatencyCounts(),
  openLoop: emptyLatencyCounts(),
};

function directionOf(fio: FioJob, { histograms, series }: IotestJob, name: Direction): DirectionReport {
  const own = histograms[name];
  const decoded = (one: EncodedHistogram | undefined): LatencyCounts =>
    one === undefined ? emptyLatencyCounts() : decodeHistogram(one);
  // Under unified_rw_reporting=mixed fio has no figures of the directions; ours are kept apart all the same.
  const figures = isMixedOnly(fio)
    ? {
        ioCount: own?.total.count ?? 0,
        byteCount: (series.directions[name]?.byteCount ?? []).reduce((sum, bytes) => sum + bytes, 0),
        shortCount: name === 'read' ? fio.read.short_ios : 0,
      }
    : { ioCount: fio[name].total_ios, byteCount: fio[name].io_bytes, shortCount: fio[name].short_ios };
  return {
    ...figures,
    errorCount: 0,
    total: decoded(own?.total),
    completion: decoded(own?.completion),
    submission: decoded(own?.submission),
    openLoop: decoded(own?.openLoop),
  };
}

function windowsOf({ series, workerCount }: IotestJob): SeriesWindow[] {
  // Windows of workers that began at slightly different times are told from the first begin to the last end.
  const lengthMsMax = workerCount > 1 ? series.windowMs : Number.POSITIVE_INFINITY;
  return series.startMs.map((startMs, index) => {
    const each = (value: (columns: NonNullable<IotestJob['series']['directions']['read']>) => number) => {
      const of = (direction: Direction) => {
        const columns = series.directions[direction];
        return columns === undefined ? 0 : value(columns);
      };
      return { read: of('read'), write: of('write'), trim: of('trim') };
    };
    return {
      startNs: startMs * 1e6,
      endNs: (startMs + Math.min(lengthMsMax, series.durationMs[index] ?? 0)) * 1e6,
      ioCount: each((columns) => columns.ioCount[index] ?? 0),
      byteCount: each((columns) => columns.byteCount[index] ?? 0),
      totalNsSum: each((columns) => (columns.meanNs[index] ?? 0) * (columns.ioCount[index] ?? 0)),
    };
  });
}

function prioritiesPart(fio: FioJob, histograms: IotestJob['histograms']): Pick<WorkerReport, 'priorities'> {
  const of = (figures: FioDirection, own: DirectionHistograms | undefined): PriorityReport[] | null => {
    const entries = figures.prios ?? [];
    if (entries.length === 0) return null;
    return entries.flatMap(({ prioclass, prio, priohint = 0 }, index) => {
      const histogram = own?.priorities?.[index];
      const priority = packPriority(prioclass, prio, priohint);
      return histogram === undefined ? [] : [{ priority, latency: decodeHistogram(histogram) }];
    });
  };
  const [read, write] = [of(fio.read, histograms.read), of(fio.write, histograms.write)];
  return read === null && write === null ? {} : { priorities: { own: 0, read, write } };
}

/** The two halves of the total: fio's job and ours. */
export function mergedJob(
  parts: readonly JobPart[],
  summary: JobSummary | null,
  groupBytesPerSecond: PerDirection<number> & { readonly mixed: number },
): { readonly fio: FioJob; readonly iotest: IotestJob } {
  return { fio: fioHalf(parts, summary, groupBytesPerSecond), iotest: ownHalf(parts, summary) };
}

function fioHalf(
  parts: readonly JobPart[],
  summary: JobSummary | null,
  groupBytesPerSecond: PerDirection<number> & { readonly mixed: number },
): FioJob {
  const first = parts[0]!;
  const options = first.iotest.options as unknown as Parameters<typeof fioJob>[0]['job'];
  const fio = fioJob({
    job: options,
    engine: options.engine,
    depthFound: leastDepth(parts),
    globalOptions: {},
    groupId: first.fio.groupid,
    error: parts.map((part) => part.fio.error).find((error) => error !== 0) ?? 0,
    elapsedMs: Math.max(...parts.map((part) => part.fio.elapsed ?? 0)) * 1000,
    summary,
    groupBytesPerSecond,
    priorities: mergedPriorities(parts, options.measure.totalPercentiles),
    countedErrorCount: parts.reduce((total, part) => total + (part.fio.total_err ?? 0), 0),
    firstCountedErrno: parts.map((part) => part.fio.first_error ?? 0).find((errno) => errno !== 0) ?? 0,
    zoneResetCount: zoneResetsOf(parts),
    steadyState: null,
  });
  const steadystate = slowestToSteady(parts)?.fio.steadystate;
  return {
    ...fio,
    // As the section had them; some may be the host's own by now (--hosts @FILE).
    ...(first.fio['job options'] === undefined ? {} : { 'job options': first.fio['job options'] }),
    ...(steadystate === undefined ? {} : { steadystate }),
  };
}

/** null where no host had zones to reset. */
function zoneResetsOf(parts: readonly JobPart[]): number | null {
  const counts = parts.flatMap(({ fio }) => fio.zone_resets ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

function leastDepth(parts: readonly JobPart[]): number | null {
  const depths = parts.flatMap(({ iotest: { depthFound } }) => depthFound ?? []);
  return depths.length === 0 ? null : Math.min(...depths);
}

function ownHalf(parts: readonly JobPart[], summary: JobSummary | null): IotestJob {
  const ours = parts.map(({ iotest }) => iotest);
  const sum = (value: (job: IotestJob) => number) => ours.reduce((total, job) => total + value(job), 0);
  const { chain: _, verify: __, kernelWork: ___, endedInRamp: ____, ...first } = ours[0]!;
  const depthFound = leastDepth(parts);
  const steadyState = slowestToSteady(parts)?.iotest.steadyState;
  const toleratedErrors = parts.flatMap((part) => errorsOf(part, part.iotest.toleratedErrors ?? []));
  return {
    ...first,
    workerCount: sum((job) => job.workerCount),
    seeds: ours.flatMap(({ seeds }) => seeds),
    engine: mergeFacts(ours.flatMap(({ engine }) => engine ?? [])),
    clock: mergedClock(ours),
    elapsedNs: summary?.runtimeNs ?? 0,
    garbageCollectionCount: sum((job) => job.garbageCollectionCount),
    histograms: mergedHistograms(ours),
    ...chainPart(ours),
    ...verifyPart(parts),
    series: summary?.series ?? first.series,
    cpu: cpuPart(summary),
    ...kernelWorkPart(ours),
    files: parts.flatMap(({ hostName, iotest }) =>
      iotest.files.map((file) => ({ ...file, path: onHost(hostName, file.path) })),
    ),
    ended: gravestEnding(ours.map(({ ended }) => ended)),
    ...(ours.some(({ endedInRamp }) => endedInRamp === true) ? { endedInRamp: true } : {}),
    errors: parts.flatMap((part) => errorsOf(part, part.iotest.errors)),
    ...(first.toleratedErrors === undefined ? {} : { toleratedErrors }),
    toleratedErrorCount: sum((job) => job.toleratedErrorCount),
    ...(depthFound === null ? {} : { depthFound }),
    ...(steadyState === undefined ? {} : { steadyState }),
    warnings: [],
  };
}

function errorsOf({ hostName }: JobPart, errors: readonly JobError[]): JobError[] {
  return errors.map((error) => ({ ...error, message: onHost(hostName, error.message, ' ') }));
}

/** The total is steady when every host is: one that did not get there stands for all. */
function slowestToSteady(parts: readonly JobPart[]): JobPart | undefined {
  const looking = parts.filter(({ fio }) => fio.steadystate !== undefined);
  return looking.find(({ fio }) => fio.steadystate!.attained !== 1) ?? looking[0];
}

function mergedClock(jobs: readonly IotestJob[]): IotestJob['clock'] {
  const clocks = jobs.flatMap(({ clock }) => clock ?? []);
  if (clocks.length === 0) return null;
  return {
    readNs: Math.max(...clocks.map(({ readNs }) => readNs)),
    loopNsPerIo: Math.max(...clocks.map(({ loopNsPerIo }) => loopNsPerIo)),
  };
}

function mergedPriorities(parts: readonly JobPart[], wantsTotal: boolean): Parameters<typeof fioJob>[0]['priorities'] {
  if (parts.every(({ fio }) => fio.read.prios === undefined && fio.write.prios === undefined)) {
    return { read: [], write: [], mixed: [] };
  }
  const reports = parts.map((part) => reportOf(part, 0));
  const of = (wanted: readonly Direction[]) => prioritiesOf(reports, wanted, wantsTotal);
  const isMixed = parts.some(({ fio }) => fio.mixed !== undefined);
  return { read: of(['read']), write: of(['write']), mixed: isMixed ? of(directions) : [] };
}

/** Exactly what one recorder would hold that had seen all. */
export function mergeEncoded(parts: readonly EncodedHistogram[]): EncodedHistogram {
  return parts.length === 1 ? parts[0]! : encodeHistogram(mergeLatencyCounts(parts.map(decodeHistogram)));
}

const histogramKinds = ['total', 'completion', 'submission', 'openLoop'] as const;

function mergedHistograms(jobs: readonly IotestJob[]): IotestJob['histograms'] {
  const names = ['read', 'write', 'trim', 'sync', 'mixed'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const parts = jobs.flatMap(({ histograms }) => histograms[name] ?? []);
      if (parts.length === 0) return [];
      const kinds = histogramKinds.flatMap((kind) => {
        const own = parts.flatMap((part) => part[kind] ?? []);
        return own.length === 0 ? [] : [[kind, mergeEncoded(own)] as const];
      });
      return [[name, Object.fromEntries(kinds)] as const];
    }),
  ) as IotestJob['histograms'];
}

/** Absent unless all have the same chain: there is no sum of different ones. */
function chainPart(jobs: readonly IotestJob[]): Pick<IotestJob, 'chain'> {
  const chains = jobs.flatMap(({ chain }) => chain ?? []);
  const [first] = chains;
  if (first === undefined || chains.some(({ elements }) => elements !== first.elements)) return {};
  const sum = (value: (chain: NonNullable<IotestJob['chain']>) => number) =>
    chains.reduce((total, chain) => total + value(chain), 0);
  return {
    chain: {
      ...first,
      completeCount: sum((chain) => chain.completeCount),
      brokenCount: sum((chain) => chain.brokenCount),
      tornCount: sum((chain) => chain.tornCount),
      perElement: first.perElement.map(({ name }, index) => {
        const own = chains.map(({ perElement }) => perElement[index]!);
        const total = (value: (element: (typeof own)[number]) => number) =>
          own.reduce((before, element) => before + value(element), 0);
        const latencies = own.flatMap(({ latency }) => latency ?? []);
        return {
          name,
          doneCount: total((element) => element.doneCount),
          byteCount: total((element) => element.byteCount),
          shortCount: total((element) => element.shortCount),
          failedCount: total((element) => element.failedCount),
          cancelledCount: total((element) => element.cancelledCount),
          togetherCount: total((element) => element.togetherCount),
          ...(latencies.length === 0 ? {} : { latency: mergeEncoded(latencies) }),
        };
      }),
    },
  };
}

function verifyPart(parts: readonly JobPart[]): Pick<IotestJob, 'verify'> {
  const reports = parts.flatMap(({ hostName, iotest: { verify } }) => {
    if (verify === undefined) return [];
    const mismatches = verify.mismatches.map((each) => ({ ...each, path: onHost(hostName, each.path) }));
    return [{ ...verify, mismatches }];
  });
  const merged = mergeVerifyReports(reports);
  return merged === null ? {} : { verify: structuredClone(merged) as NonNullable<IotestJob['verify']> };
}

function kernelWorkPart(jobs: readonly IotestJob[]): Pick<IotestJob, 'kernelWork'> {
  const parts = jobs.flatMap(({ kernelWork }) => kernelWork ?? []);
  const merged = parts.length === jobs.length ? mergeKernelWork(parts) : null;
  return merged === null ? {} : { kernelWork: structuredClone(merged) as NonNullable<IotestJob['kernelWork']> };
}
