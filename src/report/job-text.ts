/** One job (or reporting group) of a result as text: rates, latencies, percentiles, histogram, and what it cost. */

import { type Direction, directions } from '../job/per-direction.js';
import { jobKeys } from '../results/compared-variants.js';
import type { FioDirection, FioJob, FioLatency, IotestDocument, IotestJob } from '../results/document.js';
import { isMixedOnly } from '../results/unified.js';
import { bins } from '../stats/histogram.js';
import { latencyOf } from '../stats/latencies.js';
import { printable } from '../support/printable.js';
import {
  formatBytesIec,
  formatCount,
  formatLatencyNs,
  formatMilliseconds,
  formatPercent,
  formatTimeExtreme,
  formatTimeMean,
  pickTimeUnit,
} from '../support/units.js';
import { besideIoLines, besideIoWork, isBesideIo } from './beside-io-text.js';
import { blockRange } from './block-range.js';
import { chainLines } from './chain-text.js';
import { amounts, type Figures, iopsText, rates, shownFigures } from './job-figures.js';
import { chartLines, chartRows } from './latency-chart.js';
import { factLines, wrap } from './layout.js';
import { openLoopLatency, rateLines } from './open-loop-text.js';
import { percentileCurveLines } from './percentile-curve.js';
import { percentileGrid } from './percentiles.js';
import { seriesLines } from './sparkline.js';
import { steadyStateLines } from './steady-state-text.js';
import type { Style } from './terminal.js';
import { verifyLines } from './verify-text.js';

/** Both descriptions of the same job object. */
export interface JobPair {
  readonly fio: FioJob;
  readonly iotest: IotestJob;
}

/** Runs of the same job, whatever the variant and the repetition, in the order of the first one. */
export function pairsByJob(document: IotestDocument): JobPair[][] {
  const byJob = new Map<string, JobPair[]>();
  const keys = jobKeys(document.iotest.jobs);
  document.iotest.jobs.forEach((iotest, index) => {
    const key = keys[index]!;
    byJob.set(key, [...(byJob.get(key) ?? []), { fio: document.jobs[index]!, iotest }]);
  });
  return [...byJob.values()];
}

/** The same without jobs that run beside I/O: they have no figures to compare. */
export function jobsWithIo(document: IotestDocument): JobPair[][] {
  return pairsByJob(document).filter(([pair]) => !isBesideIo(pair!.iotest.options.engine));
}

/** The job's name, and which of its clones it is where each is reported by itself. */
export function nameOf({ iotest }: JobPair): string {
  const { jobName, options } = iotest;
  return options.cloneCount > 1 && !options.groupReporting ? `${jobName} (clone ${options.cloneIndex})` : jobName;
}

export function jobLines({ fio, iotest }: JobPair, style: Style): string[] {
  if (isBesideIo(iotest.options.engine)) {
    const did = iotest.ended === 'unstarted' ? ['  did not begin'] : besideIoLines(fio, iotest);
    return [
      ...jobTitle({ fio, iotest }, style),
      ...did,
      ...cpuLines({ fio, iotest }),
      ...statusLines(iotest, style, ''),
    ];
  }
  const used = directions.filter((name) => fio[name].total_ios > 0);
  return [
    ...jobTitle({ fio, iotest }, style),
    ...used.flatMap((name) => directionLines(isMixedOnly(fio) ? 'mixed' : name, { fio, iotest }, style)),
    ...(fio.mixed === undefined || isMixedOnly(fio) || used.length === 0
      ? []
      : directionLines('mixed', { fio, iotest }, style)),
    ...(used.length === 0 ? [iotest.ended === 'unstarted' ? '  did not begin' : '  no I/O was completed'] : []),
    ...syncLines({ fio, iotest }, style),
    ...chainLines(iotest, style),
    ...verifyLines(iotest, style),
    ...(fio.zone_resets === undefined ? [] : factLines('  zones   : ', [`resets ${formatCount(fio.zone_resets)}`])),
    ...steadyStateLines(fio, style, iotest.steadyState),
    ...costLines({ fio, iotest }),
    ...statusLines(iotest, style, ''),
  ];
}

/** Name, engine and workload, and the job's description. */
export function jobTitle({ fio, iotest }: JobPair, style: Style): string[] {
  const { options, engineLabel, workerCount } = iotest;
  const workers = workerCount === 1 ? '' : `, ${workerCount} workers`;
  const name = printable(fio.jobname);
  const [first, ...rest] = wrap(printable(`${engineLabel}, ${workloadOf(options)}${workers}`), `${name}: `);
  const head = [`${style.heading(name)}${style.strong(first!.slice(name.length))}`, ...rest];
  const description = options.description === null ? [] : wrap(printable(options.description), '  ');
  return [...head, ...description];
}

/** `randread 4KiB, depth 32, O_DIRECT`; block sizes per direction where they differ. */
function workloadOf({ workload, engine, target }: IotestJob['options']): string {
  if (isBesideIo(engine)) return besideIoWork(engine);
  const names = { read: 'read', write: 'write', trim: 'trim', readwrite: 'rw', trimwrite: 'trimwrite' } as const;
  const rw = `${workload.random ? 'rand' : ''}${names[workload.directions]}`;
  const mix = workload.directions === 'readwrite' ? ` ${workload.readPercent}% reads` : '';
  const directions = {
    read: ['read'],
    write: ['write'],
    trim: ['trim'],
    readwrite: ['read', 'write'],
    trimwrite: ['trim', 'write'],
  } as const;
  const sizes = directions[workload.directions].map((direction) => sizeText(workload, direction));
  const blocks = [...new Set(sizes)].join('/');
  const what = engine.chain.elements.length === 0 ? 'depth' : 'chains, depth';
  return `${rw}${mix}, ${blocks}, ${what} ${engine.depth}, ${target.direct ? 'O_DIRECT' : 'buffered'}`;
}

/** `4KiB`, or `512B-64KiB` where sizes are drawn. */
function sizeText(workload: IotestJob['options']['workload'], direction: Direction): string {
  const { min, max } = blockRange(workload, direction);
  return min === max ? formatBytesIec(min) : `${formatBytesIec(min)}-${formatBytesIec(max)}`;
}

function directionLines(name: Direction | 'mixed', { fio, iotest }: JobPair, style: Style): string[] {
  const direction = name === 'mixed' ? fio.mixed! : fio[name];
  const figures = shownFigures(iotest);
  const histogram = iotest.histograms[name];
  const openLoop = openLoopLatency(iotest, name);
  const bandwidth = direction.bw_bytes ?? direction.bw * 1024;
  const [rate, otherRate] = rates(bandwidth, figures);
  const head = `IOPS=${iopsText(direction.iops, figures)}, BW=${rate} (${otherRate})`;
  const amount = `${amounts(direction.io_bytes, figures)[0]} in ${formatMilliseconds(direction.runtime)}`;
  const short = direction.short_ios > 0 ? [`    short transfers: ${formatCount(direction.short_ios)}`] : [];
  return [
    `  ${style.strong(`${name}:`)} ${style.strong(head)}, ${amount}`,
    ...short,
    ...rateLines(iotest, direction, name),
    ...(openLoop === null ? [] : ['    lat (service, from issue):']),
    ...latencyLines(direction, iotest, style),
    ...(openLoop === null ? [] : openLoopLines(openLoop, style)),
    ...windowLines(direction, figures),
    ...seriesLines('iops, from 0:', name === 'mixed' ? [] : ratesOf(iotest.series, name), style),
    ...(histogram === undefined ? [] : chartOf(histogram, `${name} latency histogram`, style)),
    ...(histogram === undefined ? [] : percentileCurveLines(histogram.total, `${name} latency by percentile`, style)),
  ];
}

/** slat and clat only where submission was timed by itself: without that, clat is lat. */
function latencyLines(direction: FioDirection, { options }: IotestJob, style: Style): string[] {
  const timed = options.measure.submission;
  const kinds = [
    { name: 'slat', latency: direction.slat_ns, shown: timed },
    { name: 'clat', latency: direction.clat_ns, shown: timed || direction.lat_ns.N === 0 },
    { name: 'lat', latency: direction.lat_ns, shown: true },
  ].filter(({ latency, shown }) => shown && latency.N > 0);
  if (kinds.length === 0) return ['    latency: not measured'];
  const lines = kinds.map(({ name, latency }) => spreadLine(name, latency));
  const withPercentiles = kinds.filter(({ latency }) => latency.percentile !== undefined);
  // Asked for as clat percentiles (the default) and not timed apart from lat: they are lat's.
  const shown =
    withPercentiles.length > 0 || timed || direction.clat_ns.percentile === undefined
      ? withPercentiles
      : [{ name: 'lat', latency: direction.clat_ns }];
  return [...lines, ...shown.flatMap(({ name, latency }) => percentileLines(`${name} percentiles`, latency, style))];
}

function openLoopLines(latency: FioLatency, style: Style): string[] {
  return [
    '    lat (open loop, from the intended start):',
    spreadLine('lat', latency),
    ...percentileLines('open-loop lat percentiles', latency, style),
  ];
}

function spreadLine(name: string, { min, max, mean, stddev }: FioLatency): string {
  const unit = pickTimeUnit(min, max, stddev);
  const label = `${name} (${unit.name})`.padStart(15);
  const extremes = `min=${formatTimeExtreme(min, unit)}, max=${formatTimeExtreme(max, unit)}`;
  return `${label}: ${extremes}, avg=${formatTimeMean(mean, unit)}, stdev=${formatTimeMean(stddev, unit)}`;
}

function percentileLines(title: string, { percentile, N }: FioLatency, style: Style): string[] {
  if (percentile === undefined || Object.keys(percentile).length === 0) return [];
  const grid = percentileGrid(percentile, N, style);
  return [`    ${title}:${grid.hasThinTail ? style.faint(' (* fewer than 10 samples beyond)') : ''}`, ...grid.lines];
}

function windowLines(direction: FioDirection, figures: Figures): string[] {
  const { bw_samples, iops_samples, iops_min, iops_max, iops_mean, iops_stddev } = direction;
  if (!bw_samples || bw_samples < 2 || !iops_samples) return [];
  const bandwidth = (kib: number) => rates(kib * 1024, figures)[0];
  const iops = (value: number | undefined) => iopsText(value ?? 0, figures);
  return [
    `    bw over ${bw_samples} windows: min=${bandwidth(direction.bw_min)}, max=${bandwidth(direction.bw_max)}, ` +
      `stdev=${bandwidth(direction.bw_dev)}`,
    `    iops over ${iops_samples} windows: min=${iops(iops_min)}, max=${iops(iops_max)}, ` +
      `avg=${iops(iops_mean)}, stdev=${iops(iops_stddev)}`,
  ];
}

/** I/Os per second in each window; a last sliver, whose rate means nothing, is left out. */
function ratesOf({ windowMs, durationMs, directions }: IotestJob['series'], name: Direction): number[] {
  const counts = directions[name]?.ioCount ?? [];
  return counts.flatMap((count, index) =>
    durationMs[index]! < windowMs / 2 ? [] : [(count * 1000) / durationMs[index]!],
  );
}

function chartOf(histogram: NonNullable<IotestJob['histograms']['read']>, title: string, style: Style): string[] {
  const rows = chartRows(bins(latencyOf(histogram.total)));
  return rows.length === 0 ? [] : [`    ${title}:`, ...chartLines(rows, style)];
}

function syncLines({ fio, iotest }: JobPair, style: Style): string[] {
  const sync = fio.sync;
  if (sync === undefined || sync.total_ios === 0) return [];
  const histogram = iotest.histograms.sync;
  return [
    `  ${style.strong('fsync/fdatasync:')} ${formatCount(sync.total_ios)} calls`,
    ...(sync.lat_ns.N > 0 ? [spreadLine('sync', sync.lat_ns)] : []),
    ...percentileLines('sync percentiles', sync.lat_ns, style),
    ...(histogram === undefined ? [] : chartOf(histogram, 'sync latency histogram', style)),
  ];
}

function cpuLines({ fio, iotest: { cpu, elapsedNs } }: JobPair): string[] {
  const ringShare = cpu.ringThreadNs > 0 && elapsedNs > 0 ? (cpu.ringThreadNs / elapsedNs) * 100 : 0;
  return factLines(label('cpu'), [
    `usr=${formatPercent(fio.usr_cpu)}`,
    `sys=${formatPercent(fio.sys_cpu)}`,
    ...(ringShare > 0 ? [`ring=${formatPercent(ringShare)}`] : []),
    `ctx=${fio.ctx}`,
    `majf=${fio.majf}`,
    `minf=${fio.minf}`,
  ]);
}

/** What the run cost and how it was done: CPU, queue depths, the ruler. */
function costLines({ fio, iotest }: JobPair): string[] {
  const { cpu, clock, engine, garbageCollectionCount } = iotest;
  return [
    ...cpuLines({ fio, iotest }),
    ...(cpu.perIo === null ? [] : factLines(label('per I/O'), perIoFacts(cpu.perIo))),
    ...shareLines('depths', fio.iodepth_level),
    ...shareLines('submit', fio.iodepth_submit),
    ...shareLines('complete', fio.iodepth_complete),
    ...(engine === null || engine.enterCount === 0 ? [] : factLines(label('kernel'), kernelFacts(engine))),
    ...(clock === null
      ? []
      : factLines(label('ruler'), [
          `clock ${formatLatencyNs(clock.readNs)} a reading`,
          `loop ${clock.loopNsPerIo.toFixed(1)}ns per I/O`,
          `garbage collections ${garbageCollectionCount}`,
        ])),
  ];
}

function label(name: string): string {
  return `  ${name.padEnd(8)}: `;
}

function perIoFacts({ userNs, systemNs, ringThreadNs }: NonNullable<IotestJob['cpu']['perIo']>): string[] {
  const facts = [`user ${formatLatencyNs(userNs)}`, `system ${formatLatencyNs(systemNs)}`];
  if (ringThreadNs > 0) facts.push(`ring threads ${formatLatencyNs(ringThreadNs)}`);
  return facts;
}

function kernelFacts(engine: NonNullable<IotestJob['engine']>): string[] {
  const seldom = [
    { count: engine.retryCount, what: 'refused and retried' },
    { count: engine.wakeupCount, what: 'wake-ups' },
    { count: engine.overflowCount, what: 'overflows' },
  ].filter(({ count }) => count > 0);
  return [
    `${formatCount(engine.enterCount)} calls`,
    ...seldom.map(({ count, what }) => `${formatCount(count)} ${what}`),
  ];
}

/** Only levels that were seen: `32=100.0%`. */
function shareLines(title: string, shares: Readonly<Record<string, number>> | undefined): string[] {
  const seen = Object.entries(shares ?? {}).filter(([, percent]) => percent > 0);
  if (seen.length === 0) return [];
  return factLines(
    label(title),
    seen.map(([level, percent]) => `${level}=${shareText(percent)}`),
  );
}

/** A level that was seen once in a million is not 0. */
function shareText(percent: number): string {
  return percent < 0.1 ? '<0.1%' : `${percent.toFixed(1)}%`;
}

/**
 * Errors, and how a job ended other than by itself.
 * @param who its name, where that does not stand above
 */
export function statusLines(iotest: IotestJob, style: Style, who: string): string[] {
  const bad = (line: string) => style.bad(line);
  const mark = style.unicode ? '→' : '->';
  const before = who === '' ? '  ' : `  ${who}: `;
  const lines = iotest.errors.flatMap(({ cloneIndex, message, advice }) => [
    ...wrap(
      printable(message),
      iotest.workerCount > 1 ? `${before}error in worker ${cloneIndex}: ` : `${before}error: `,
    ).map(bad),
    ...(advice === null ? [] : wrap(printable(advice), `    ${mark} `)),
  ]);
  if (iotest.toleratedErrorCount > 0) {
    lines.push(bad(`${before}errors passed over (continue_on_error): ${formatCount(iotest.toleratedErrorCount)}`));
    const told = (iotest.toleratedErrors ?? []).map(({ message }) => message);
    lines.push(...told.flatMap((message) => wrap(printable(message), '    passed over: ').map(bad)));
    if (told.length > 0 && told.length < iotest.toleratedErrorCount) lines.push(bad('    … and those after them'));
  }
  if (iotest.endedInRamp === true)
    lines.push(style.caution(`${before}ended before its ramp was over: nothing was measured`));
  else if (iotest.ended === 'interrupted') lines.push(style.caution(`${before}stopped before its end`));
  else if (iotest.ended === 'unstarted' && who !== '') lines.push(style.caution(`${before}did not begin`));
  if (iotest.ended === 'exitall') {
    const isBeside = isBesideIo(iotest.options.engine) && !iotest.options.ending.exitAll;
    lines.push(
      `${before}${isBeside ? 'ended with the jobs that do I/O' : 'ended by the end of another job (exitall)'}`,
    );
  }
  return lines;
}
