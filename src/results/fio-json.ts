/**
 * fio's JSON: its keys, order, units and layout, as fio 3.42 writes them, so that its readers accept ours.
 *
 * What differs in meaning, on purpose:
 * - Without timing submission by itself (the default) one latency exists: submission begun → completion seen. It is
 *   given as `lat_ns` and as `clat_ns`; `slat_ns` has N = 0. For synchronous engines fio's clat spans the same. For the
 *   others compare our figures with fio's `lat_ns`.
 * - Percentiles and bins carry the largest ns of our buckets (histogram.ts), not the middle of fio's wider ones.
 * - Shares (`iodepth_*`, `latency_*`) are true per cents: fio lifts small ones to 0.01 or 0.1, and its depth levels can
 *   exceed 100 in sum.
 * - `bw_*` and `iops_*` of merged jobs: see summary.ts. Windows without I/O count as 0.
 * - `total_ios` and `iops` count I/Os that were done; fio counts those that failed as well (continue_on_error).
 * - `error` is never 0 for a job that failed, not even when it failed in its setup.
 */

import { unpackPriority } from '../engines/command-priority.js';
import { sizeLimits } from '../job/block-sizes.js';
import type { EngineOptions, Job } from '../job/job.js';
import { directions, type PerDirection, type ReadWrite } from '../job/per-direction.js';
import type { DiskUse } from '../machine/block-device.js';
import { decodeHistogram, type EncodedHistogram } from '../stats/encoded-histogram.js';
import { bins, meanNs, percentilesNs, stddevNs } from '../stats/histogram.js';
import { completionOf, type DirectionSummary, type JobSummary } from '../stats/summary.js';
import type { LatencyCounts, PriorityReport, SteadyStateReport } from '../stats/worker-report.js';
import { escapedJson } from '../support/printable.js';
import type { DirectionHistograms, FioDirection, FioDisk, FioJob, FioLatency, ResultDocument } from './document.js';
import { fioSteadyState } from './fio-steady-state.js';
import { isMixedOnly } from './unified.js';

export interface FioJobInput {
  /** The first job of those merged. */
  readonly job: Job;
  /** With the engine variant applied. */
  readonly engine: EngineOptions;
  /** What `latency_target` came to; null without one. */
  readonly depthFound: number | null;
  readonly globalOptions: Readonly<Record<string, string>>;
  readonly groupId: number;
  /** errno, 0 = none. */
  readonly error: number;
  /** Of the whole run. */
  readonly elapsedMs: number;
  /** null when no worker came to measure. */
  readonly summary: JobSummary | null;
  /** Bytes per second of all job objects of the group, for `bw_agg`. */
  readonly groupBytesPerSecond: PerDirection<number> & { readonly mixed: number };
  /** Where there are several of them. */
  readonly priorities: ReadWrite<readonly PriorityReport[]> & { readonly mixed: readonly PriorityReport[] };
  /** Errors in directions where they are counted (continue_on_error), and the first of them. */
  readonly countedErrorCount: number;
  readonly firstCountedErrno: number;
  /** null when it was not looked for, or the job never ran. */
  readonly steadyState: SteadyStateReport | null;
  /** null of jobs that reset no zones. */
  readonly zoneResetCount: number | null;
}

const levelNames = ['1', '2', '4', '8', '16', '32', '>=64'];
const batchNames = ['0', '4', '8', '16', '32', '64', '>=64'];
const shareNames = ['2', '4', '10', '20', '50', '100', '250', '500', '750', '1000'];
const shareMsNames = [...shareNames, '2000', '>=2000'];

/** One entry of fio's `jobs`. Key order is fio's. */
export function fioJob(input: FioJobInput): FioJob {
  const { job, summary } = input;
  const { measure } = job;
  const direction = (name: 'read' | 'write' | 'trim') =>
    fioDirection(
      summary?.directions[name] ?? null,
      job,
      input.groupBytesPerSecond[name],
      name === 'trim' ? [] : input.priorities[name],
    );
  const together = fioDirection(summary?.mixed ?? null, job, input.groupBytesPerSecond.mixed, input.priorities.mixed);
  const nothing = fioDirection(null, job, 0, []);
  const steadystate = fioSteadyState(job, input.steadyState);
  const continues = Object.values(job.continueOnError).includes(true);
  // As fio: shares and syncs are of the completion latency, and go with it.
  const shares = measure.completion ? summary?.latencyShares : undefined;
  const syncPercentiles = measure.completionPercentiles || measure.totalPercentiles ? measure.percentiles : null;
  return {
    jobname: job.name,
    groupid: input.groupId,
    job_start: Math.round(summary?.jobStartMs ?? 0),
    // As fio: what was passed over shows here as well.
    error: input.error === 0 ? input.firstCountedErrno : input.error,
    eta: 0,
    elapsed: Math.ceil(input.elapsedMs / 1000),
    'job options': jobOptionTexts(job, input.engine, input.globalOptions),
    ...(measure.unified === 'mixed'
      ? { read: together, write: nothing, trim: nothing }
      : { read: direction('read'), write: direction('write'), trim: direction('trim') }),
    sync: {
      total_ios: summary?.sync.ioCount ?? 0,
      lat_ns: fioLatency(measure.completion ? (summary?.sync.total ?? null) : null, syncPercentiles),
    },
    ...(measure.unified === 'none' ? {} : { mixed: together }),
    job_runtime: Math.round((summary?.workerTimeNs ?? 0) / 1e6),
    usr_cpu: summary?.userCpuPercent ?? 0,
    sys_cpu: summary?.systemCpuPercent ?? 0,
    ctx: (summary?.voluntarySwitchCount ?? 0) + (summary?.involuntarySwitchCount ?? 0),
    majf: summary?.majorFaultCount ?? 0,
    minf: summary?.minorFaultCount ?? 0,
    iodepth_level: named(levelNames, summary?.depthPercents),
    iodepth_submit: named(batchNames, summary?.submitPercents),
    iodepth_complete: named(batchNames, summary?.completePercents),
    latency_ns: named(shareNames, shares?.ns),
    latency_us: named(shareNames, shares?.us),
    latency_ms: named(shareMsNames, shares?.ms),
    ...(continues ? { total_err: input.countedErrorCount, first_error: input.firstCountedErrno } : {}),
    latency_depth: input.depthFound ?? input.engine.depth,
    latency_target: Math.round((job.latencyTarget.targetMs ?? 0) * 1e6),
    latency_target_ns: Math.round((job.latencyTarget.targetMs ?? 0) * 1e6),
    latency_percentile: job.latencyTarget.percent,
    latency_window: Math.round(job.latencyTarget.windowMs * 1e3),
    latency_window_us: Math.round(job.latencyTarget.windowMs * 1e3),
    ...(job.description === null ? {} : { desc: job.description }),
    ...(steadystate === null || steadystate === undefined ? {} : { steadystate }),
    ...(input.zoneResetCount === null ? {} : { zone_resets: input.zoneResetCount }),
  };
}

function named(names: readonly string[], values: readonly number[] | undefined): Record<string, number> {
  return Object.fromEntries(names.map((name, index) => [name, values?.[index] ?? 0]));
}

function fioPriorities(priorities: readonly PriorityReport[], { measure }: Job): Pick<FioDirection, 'prios'> {
  if (priorities.length === 0) return {};
  const name = measure.totalPercentiles ? 'lat_ns' : 'clat_ns';
  const percents = measure.totalPercentiles || measure.completionPercentiles ? measure.percentiles : null;
  return {
    prios: priorities.map(({ priority, latency }) => {
      const { priorityClass, level, hint } = unpackPriority(priority);
      return { prioclass: priorityClass, prio: level, priohint: hint, [name]: fioLatency(latency, percents) };
    }),
  };
}

function fioDirection(
  summary: DirectionSummary | null,
  job: Job,
  groupBytesPerSecond: number,
  priorities: readonly PriorityReport[],
): FioDirection {
  const { measure } = job;
  const none = null;
  const percentilesIf = (wanted: boolean) => (wanted ? measure.percentiles : none);
  const bytesPerSecond = Math.floor(summary?.bytesPerSecond ?? 0);
  const bandwidth = summary?.bytesPerSecondWindows;
  const iops = summary?.iopsWindows;
  const bandwidthMean = (bandwidth?.mean ?? 0) / 1024;
  const groupKiB = groupBytesPerSecond / 1024;
  return {
    io_bytes: summary?.byteCount ?? 0,
    io_kbytes: Math.floor((summary?.byteCount ?? 0) / 1024),
    bw_bytes: bytesPerSecond,
    bw: Math.floor(bytesPerSecond / 1024),
    iops: summary?.iops ?? 0,
    // Up, as in fio: 0 would say that there was no I/O.
    runtime: Math.ceil((summary?.runtimeNs ?? 0) / 1e6),
    total_ios: summary?.ioCount ?? 0,
    short_ios: summary?.shortCount ?? 0,
    drop_ios: 0,
    slat_ns: fioLatency(
      measure.submission ? (summary?.submission ?? null) : null,
      percentilesIf(measure.submissionPercentiles),
    ),
    clat_ns: fioLatency(
      measure.completion && summary !== null ? completionOf(summary) : null,
      percentilesIf(measure.completionPercentiles),
    ),
    lat_ns: fioLatency(measure.total ? (summary?.total ?? null) : null, percentilesIf(measure.totalPercentiles)),
    ...fioPriorities(priorities, job),
    bw_min: Math.floor((bandwidth?.min ?? 0) / 1024),
    bw_max: Math.floor((bandwidth?.max ?? 0) / 1024),
    bw_agg: groupKiB === 0 ? 0 : Math.min(100, (bandwidthMean / groupKiB) * 100),
    bw_mean: bandwidthMean,
    bw_dev: (bandwidth?.stddev ?? 0) / 1024,
    bw_samples: bandwidth?.windowCount ?? 0,
    iops_min: Math.floor(iops?.min ?? 0),
    iops_max: Math.floor(iops?.max ?? 0),
    iops_mean: iops?.mean ?? 0,
    iops_stddev: iops?.stddev ?? 0,
    iops_samples: iops?.windowCount ?? 0,
  };
}

/** @param percents null = percentiles are not wanted. */
function fioLatency(latency: LatencyCounts | null, percents: readonly number[] | null): FioLatency {
  if (latency === null || latency.count === 0) return { min: 0, max: 0, mean: 0, stddev: 0, N: 0 };
  const numbers = {
    min: latency.minNs,
    max: latency.maxNs,
    mean: meanNs(latency),
    stddev: stddevNs(latency),
    N: latency.count,
  };
  if (percents === null || percents.length === 0) return numbers;
  const ascending = [...percents].sort((a, b) => a - b);
  const values = percentilesNs(latency, ascending);
  const percentile = Object.fromEntries(ascending.map((percent, index) => [percent.toFixed(6), values[index]!]));
  return { ...numbers, percentile };
}

/**
 * What was typed in the section, and always the options that readers look for, even where they were defaulted or given
 * in [global]. `ioengine` and its modes are those in effect, also where `--engine` overrode the file.
 */
function jobOptionTexts(
  job: Job,
  engine: EngineOptions,
  globalOptions: Readonly<Record<string, string>>,
): Record<string, string> {
  const typed = job.typedOptions;
  const sizes = directions.map((direction) => {
    const { min, max } = sizeLimits(job.workload, direction);
    return min === max ? String(min) : `${min}-${max}`;
  });
  const oneSize = sizes.every((size) => size === sizes[0]);
  const { random, directions: asked } = job.workload;
  // Not typed, and yet not the default: a variant or a sweep has set it.
  const effective: readonly (readonly [name: string, text: string, byDefault: string])[] = [
    ['rw', `${random ? 'rand' : ''}${asked === 'readwrite' ? 'rw' : asked}`, 'read'],
    ['bs', oneSize ? sizes[0]! : sizes.join(','), '4096'],
    ['iodepth', String(engine.depth), '1'],
    ['numjobs', String(job.cloneCount), '1'],
  ];
  const isTyped = (name: string): boolean => name in typed || name in globalOptions;
  const texts: Record<string, string> = { ...typed };
  for (const [name, text, byDefault] of effective) if (!isTyped(name) && text !== byDefault) texts[name] = text;
  if (engine.name !== (typed.ioengine ?? globalOptions.ioengine ?? 'psync')) texts.ioengine = engine.name;
  const modes = {
    hipri: engine.iopoll || engine.highPriority,
    sqthread_poll: engine.sqpoll,
    fixedbufs: engine.fixedBuffers,
    registerfiles: engine.fixedFiles,
  };
  for (const [name, on] of Object.entries(modes)) {
    if (on && !isTyped(name)) texts[name] = '';
    else if (!on) delete texts[name];
  }
  return texts;
}

/** fio's `disk_util`: one entry per disk over all steps. `util` is weighted by the steps' durations. */
export function fioDisks(
  steps: readonly { readonly diskUse: readonly DiskUse[]; readonly durationMs: number }[],
): FioDisk[] {
  const disks = new Map<string, FioDisk & { busyMs: number; durationMs: number }>();
  for (const step of steps) {
    for (const use of step.diskUse) {
      const before = disks.get(use.name);
      const durationMs = (before?.durationMs ?? 0) + step.durationMs;
      const busyMs = (before?.busyMs ?? 0) + (use.utilPercent / 100) * step.durationMs;
      disks.set(use.name, {
        name: use.name,
        read_ios: use.readIos + (before?.read_ios ?? 0),
        write_ios: use.writeIos + (before?.write_ios ?? 0),
        read_sectors: use.readSectors + (before?.read_sectors ?? 0),
        write_sectors: use.writeSectors + (before?.write_sectors ?? 0),
        read_merges: use.readMerges + (before?.read_merges ?? 0),
        write_merges: use.writeMerges + (before?.write_merges ?? 0),
        read_ticks: use.readTicksMs + (before?.read_ticks ?? 0),
        write_ticks: use.writeTicksMs + (before?.write_ticks ?? 0),
        in_queue: use.inQueueMs + (before?.in_queue ?? 0),
        util: durationMs === 0 ? use.utilPercent : (busyMs / durationMs) * 100,
        busyMs,
        durationMs,
      });
    }
  }
  return [...disks.values()].map(({ busyMs: _, durationMs: __, ...disk }) => disk);
}

/**
 * The document as json+ has it: `bins` (ns → count) beside each percentile table, from the histograms of the document.
 * The ns are those that percentiles report. fio's own documents come back as they are.
 * @throws UserError when a histogram of the document is damaged.
 */
export function withBins(document: ResultDocument): ResultDocument {
  const ours = document.iotest?.jobs;
  if (ours === undefined) return document;
  const jobs = document.jobs.map((job, index) => {
    const { histograms } = ours[index]!;
    const sync = job.sync === undefined ? undefined : { ...job.sync };
    if (sync !== undefined) sync.lat_ns = latencyWithBins(sync.lat_ns, histograms.sync?.total);
    const changed = { ...job, ...(sync === undefined ? {} : { sync }) };
    for (const direction of directions) changed[direction] = directionWithBins(job[direction], histograms[direction]);
    if (job.mixed !== undefined) changed.mixed = directionWithBins(job.mixed, histograms.mixed);
    if (isMixedOnly(job)) changed.read = changed.mixed!;
    return changed;
  });
  return { ...document, jobs };
}

function directionWithBins(direction: FioDirection, histograms: DirectionHistograms | undefined): FioDirection {
  const completion = histograms?.completion ?? histograms?.total;
  return {
    ...direction,
    slat_ns: latencyWithBins(direction.slat_ns, histograms?.submission),
    clat_ns: latencyWithBins(direction.clat_ns, completion),
    lat_ns: latencyWithBins(direction.lat_ns, histograms?.total),
    ...(direction.prios === undefined
      ? {}
      : {
          prios: direction.prios.map(({ clat_ns, lat_ns, ...entry }, index) => {
            const own = histograms?.priorities?.[index];
            return {
              ...entry,
              ...(clat_ns === undefined ? {} : { clat_ns: latencyWithBins(clat_ns, own, completion) }),
              ...(lat_ns === undefined ? {} : { lat_ns: latencyWithBins(lat_ns, own, histograms?.total) }),
            };
          }),
        }),
  };
}

/**
 * @param whole what this is a part of: its bins give theirs the names, so that bins of the parts add up to those of the
 * whole. The last one has the exact maximum, which would differ.
 */
function latencyWithBins(
  latency: FioLatency,
  histogram: EncodedHistogram | undefined,
  whole: EncodedHistogram | undefined = histogram,
): FioLatency {
  if (latency.percentile === undefined || histogram === undefined || whole === undefined) return latency;
  const used = bins(decodeHistogram(histogram));
  const names = new Map(bins(decodeHistogram(whole)).map(({ lowestNs, valueNs }) => [lowestNs, valueNs]));
  const entries = used.map(({ lowestNs, valueNs, count }) => [String(names.get(lowestNs) ?? valueNs), count]);
  return { ...latency, bins: Object.fromEntries(entries) };
}

// ---- layout --------------------------------------------------------------------------------------------------------

/** Keys that fio prints with six decimals, also where the value is whole. */
const floatKeys = new Set([
  ...['iops', 'mean', 'stddev', 'bw_agg', 'bw_mean', 'bw_dev', 'iops_mean', 'iops_stddev'],
  ...['usr_cpu', 'sys_cpu', 'latency_percentile', 'util', 'aggr_util', 'max_deviation', 'slope'],
]);
/** Objects whose members all are floats. */
const floatObjects = new Set([
  ...['iodepth_level', 'iodepth_submit', 'iodepth_complete', 'latency_ns', 'latency_us', 'latency_ms'],
]);

/**
 * A result as text in fio's layout: two blanks of indent, `"key" : value`, one member per line, floats with six
 * decimals; first line `{`, last line `}`, then a line end. Below `iotest` numbers keep all their digits and lists of
 * plain values stand in one line.
 */
export function serialiseResult(document: ResultDocument): string {
  return `${escapedJson(fioObject(document, 0, 'named'))}\n`;
}

function hasMixedOnly(value: object): value is FioJob {
  return 'mixed' in value && 'read' in value && isMixedOnly(value as FioJob);
}

/** With unified_rw_reporting=mixed fio writes `mixed` where the directions and `sync` stand elsewhere. */
function withoutDirections({ read, write: _, trim: __, sync: ___, mixed, ...job }: FioJob): object {
  const entries = Object.entries(job);
  const after = entries.findIndex(([key]) => key === 'job_runtime' || key === 'usr_cpu');
  return Object.fromEntries([...entries.slice(0, after), ['mixed', mixed ?? read], ...entries.slice(after)]);
}

/** Which members are floats: all, none, or those that `floatKeys` names. */
type Floats = 'all' | 'none' | 'named';

function floatsOf(key: string): Floats {
  // The means of a steady state's window are whole, unlike others of these names.
  return floatObjects.has(key) ? 'all' : key === 'data' ? 'none' : 'named';
}

function fioObject(value: object, depth: number, floats: Floats): string {
  const inner = '  '.repeat(depth + 1);
  const members = Object.entries(hasMixedOnly(value) ? withoutDirections(value) : value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${inner}${JSON.stringify(key)} : ${fioMember(key, member, depth + 1, floats)}`);
  return `{\n${members.join(',\n')}\n${'  '.repeat(depth)}}`;
}

function fioMember(key: string, value: unknown, depth: number, floats: Floats): string {
  if (typeof value === 'number') {
    return floats === 'all' || (floats === 'named' && floatKeys.has(key)) ? value.toFixed(6) : fioInteger(value);
  }
  if (key === 'iotest' && depth === 1) return ownValue(value, depth);
  if (Array.isArray(value)) {
    const inner = '  '.repeat(depth + 1);
    const items = value.map((item) => `${inner}${fioMember('', item, depth + 1, 'named')}`);
    return `[\n${items.join(',\n')}\n${'  '.repeat(depth)}]`;
  }
  if (typeof value === 'object' && value !== null) return fioObject(value, depth, floatsOf(key));
  return JSON.stringify(value);
}

/** fio's integers have 64 bits; ours are whole already but for times above 2^53 ns, which no run reaches. */
function fioInteger(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : value.toFixed(6);
}

function ownValue(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = '  '.repeat(depth + 1);
  const end = '  '.repeat(depth);
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) {
      return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    }
    return `[\n${value.map((item) => inner + ownValue(item, depth + 1)).join(',\n')}\n${end}]`;
  }
  const members = Object.entries(hasMixedOnly(value) ? withoutDirections(value) : value).filter(
    ([, member]) => member !== undefined,
  );
  if (members.length === 0) return '{}';
  const lines = members.map(([key, member]) => `${inner}${JSON.stringify(key)} : ${ownValue(member, depth + 1)}`);
  return `{\n${lines.join(',\n')}\n${end}}`;
}
