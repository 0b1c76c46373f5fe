/**
 * A result in the arrangement of fio's text output: the same lines in the same order, so that what reads fio's reads
 * ours. Layout of fio 3.42 (its HOWTO, "Interpreting the output"). All figures are those of the document; shares below
 * what two decimals show are lifted to 0.01 and 0.1, as fio does.
 */

import { directions } from '../job/per-direction.js';
import { amounts, type Figures, fioIopsText, rates, shownFigures } from '../report/job-figures.js';
import type { FioDirection, FioDisk, FioJob, FioLatency, IotestDocument, IotestJob } from '../results/document.js';
import { directionName, isMixedOnly } from '../results/unified.js';
import { printable } from '../support/printable.js';
import { strerror } from '../support/strerror.js';
import { formatCount, formatTimeExtreme, formatTimeMean, pickTimeUnit } from '../support/units.js';

/** How the numbers of a job look. */

/**
 * The part of the output that follows the run: a block per job object, the groups, the disks. Begins with an empty line.
 * @param pid stands where fio names the process of a job.
 */
export function formatFioResult(document: IotestDocument, pid: number): string {
  const jobs = document.jobs.map((job, index) => ({ job, own: document.iotest.jobs[index]! }));
  const lines = [...jobs.flatMap(({ own }) => failureLines(own, pid)), ''];
  for (const { job, own } of jobs) lines.push(...jobLines(job, own, document.time, pid));
  const groupIds = [...new Set(jobs.map(({ job }) => job.groupid))];
  for (const id of groupIds)
    lines.push(
      ...groupLines(
        id,
        jobs.filter(({ job }) => job.groupid === id),
      ),
    );
  lines.push(...diskLines(document.disk_util ?? []));
  return `${lines.join('\n')}\n`;
}

/** What fio says when a job has ended with an error. */
function failureLines({ errors }: IotestJob, pid: number): string[] {
  return errors.flatMap(({ errno }) =>
    errno === null ? [] : [`fio: pid=${pid}, err=${errno}/error=${strerror(errno)}`],
  );
}

function jobLines(job: FioJob, own: IotestJob, time: string, pid: number): string[] {
  const used = directions.filter((name) => job[name].total_ios > 0 || job[name].io_bytes > 0);
  if (used.length === 0 && job.error === 0) return [];
  const moved = used.filter((name) => job[name].io_bytes > 0);
  const figures = shownFigures(own);
  const precision = percentilePrecision(own.options.measure.percentiles);
  const error = job.error === 0 ? '' : ` (error=${strerror(job.error)})`;
  const resets = job.zone_resets === undefined ? '' : `; ${job.zone_resets} zone resets`;
  const head = `${printable(job.jobname)}: (groupid=${job.groupid}, jobs=${own.workerCount}): err=${pad(job.error, 2)}${error}: `;
  return [
    `${head}pid=${pid}: ${time}`,
    ...(job.desc === undefined ? [] : [`  Description  : [${printable(job.desc)}]`]),
    ...moved.flatMap((name) => directionLines(directionName(job, name), job[name], figures, precision, resets)),
    ...(job.mixed === undefined || isMixedOnly(job)
      ? []
      : directionLines('mixed', job.mixed, figures, precision, resets)),
    ...(own.options.measure.completion ? latencyShares(job) : []),
    ...syncLines(job, precision),
    `  cpu          : usr=${percent(job.usr_cpu)}, sys=${percent(job.sys_cpu)}, ctx=${job.ctx}, majf=${job.majf}, minf=${job.minf}`,
    `  IO depths    : ${levels(job.iodepth_level)}`,
    `     submit    : ${levels(job.iodepth_submit ?? {})}`,
    `     complete  : ${levels(job.iodepth_complete ?? {})}`,
    `     issued rwts: total=${issued(job)} short=${of(job, 'short_ios')},0 dropped=${of(job, 'drop_ios')},0`,
    ...errorLines(job),
    ...latencyTargetLines(job),
    ...steadyStateLines(job, figures),
  ];
}

function latencyShares(job: FioJob): string[] {
  return [
    ...shareLines('nsec', job.latency_ns),
    ...shareLines('usec', job.latency_us),
    ...shareLines('msec', job.latency_ms),
  ];
}

function of(job: FioJob, key: 'total_ios' | 'short_ios' | 'drop_ios'): string {
  return directions.map((name) => job[name][key]).join(',');
}

function issued(job: FioJob): string {
  return `${of(job, 'total_ios')},${job.sync?.total_ios ?? 0}`;
}

function errorLines({ total_err: count, first_error: first }: FioJob): string[] {
  if (count === undefined || first === undefined) return [];
  return [`     errors    : total=${count}, first_error=${first}/<${strerror(first)}>`];
}

function latencyTargetLines(job: FioJob): string[] {
  if (job.latency_depth === undefined || job.latency_depth === 0) return [];
  const target = scaledDown(job.latency_target ?? 0);
  const window = scaledDown((job.latency_window ?? 0) * 1000);
  const share = (job.latency_percentile ?? 100).toFixed(2);
  return [`     latency   : target=${target}, window=${window}, percentile=${share}%, depth=${job.latency_depth}`];
}

function steadyStateLines({ steadystate }: FioJob, figures: Figures): string[] {
  if (steadystate === undefined) return [];
  const { ss, attained, criterion, data } = steadystate;
  const [name, isSlope] = [ss.startsWith('snia:') ? ss.slice(5) : ss.split(/[_:]/)[0], ss.includes('_slope:')];
  const [first, second] = rates(data.bw_mean, figures);
  const isPercent = criterion.endsWith('%');
  const value = Number(isPercent ? criterion.slice(0, -1) : criterion).toFixed(3);
  const verdict = `${name} ${isSlope ? 'slope' : ss.startsWith('snia:') ? 'range' : 'mean dev'}=${value}${isPercent ? '%' : ''}`;
  const iops = fioIopsText(data.iops_mean, figures);
  const unit = pickTimeUnit(data.lat_mean ?? 0, data.lat_mean ?? 0);
  const latency =
    data.lat_mean === undefined
      ? ''
      : `, lat=${formatCount(data.lat_mean / unit.nanoseconds, figures.width)}${unit.name}`;
  return [
    `  steadystate  : attained=${attained === 1 ? 'yes' : 'no'}, bw=${first} (${second}), iops=${iops}${latency}, ${verdict}`,
  ];
}

function scaledDown(ns: number): string {
  if (ns >= 2e9) return `${(ns / 1e9).toFixed(2)}s`;
  if (ns >= 2e6) return `${(ns / 1e6).toFixed(2)}ms`;
  return ns >= 2e3 ? `${(ns / 1e3).toFixed(2)}us` : `${ns.toFixed(2)}ns`;
}

// ---- one direction -------------------------------------------------------------------------------------------------

function directionLines(
  name: string,
  direction: FioDirection,
  figures: Figures,
  precision: number,
  resets: string,
): string[] {
  const [first, second] = rates(direction.bw_bytes ?? direction.bw * 1024, figures);
  const [amount] = amounts(direction.io_bytes, figures);
  const priorities = prioritiesOf(direction);
  return [
    `  ${name}: IOPS=${fioIopsText(direction.iops, figures)}, BW=${first} (${second})(${amount}/${direction.runtime}msec)${resets}`,
    ...latencyLine('slat', direction.slat_ns),
    ...latencyLine('clat', direction.clat_ns),
    ...latencyLine(' lat', direction.lat_ns),
    ...priorities.flatMap(({ label, latency }) => latencyLine(label, latency)),
    ...percentileLines('slat', direction.slat_ns, precision),
    ...percentileLines('clat', direction.clat_ns, precision),
    ...percentileLines('lat', direction.lat_ns, precision),
    ...priorities.flatMap(({ label, latency, share }) =>
      percentileLines(`${label} (${percent(share)} of IOs)`, latency, precision),
    ),
    ...bandwidthLine(direction, figures),
    ...iopsLine(direction),
  ];
}

/** Each priority that I/Os had, where there are several: `clat prio 1/0/0`, class, level and hint. */
function prioritiesOf({ prios = [], ...all }: FioDirection): { label: string; latency: FioLatency; share: number }[] {
  return prios.flatMap(({ prioclass, prio, priohint = 0, clat_ns, lat_ns }) => {
    const latency = lat_ns ?? clat_ns;
    if (latency === undefined) return [];
    const [name, { N: count }] = lat_ns === undefined ? ['clat', all.clat_ns] : ['lat', all.lat_ns];
    return [{ label: `${name} prio ${prioclass}/${prio}/${priohint}`, latency, share: (latency.N / count) * 100 }];
  });
}

/** A rate in the base asked for, and in the other one. */
function latencyLine(name: string, latency: FioLatency): string[] {
  if (latency.N === 0) return [];
  const unit = pickTimeUnit(latency.min, latency.max, latency.stddev);
  const extreme = (ns: number) => formatTimeExtreme(ns, unit);
  const mean = (ns: number) => formatTimeMean(ns, unit).padStart(5);
  const range = `min=${extreme(latency.min)}, max=${extreme(latency.max)}`;
  return [`    ${name} (${unit.name}): ${range}, avg=${mean(latency.mean)}, stdev=${mean(latency.stddev)}`];
}

function percentileLines(name: string, { percentile }: FioLatency, precision: number): string[] {
  if (percentile === undefined) return [];
  const entries = Object.entries(percentile).map(([share, ns]) => [Number(share), ns] as const);
  if (entries.length === 0) return [];
  const values = entries.map(([, ns]) => ns);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const unit = pickTimeUnit(least, most);
  const valueWidth = Math.max(5, String(Math.floor(most / unit.nanoseconds)).length);
  const perLine = Math.max(1, Math.floor(73 / (precision + 10 + valueWidth)));
  const cells = entries.map(([share, ns]) => {
    const value = pad(Math.ceil(ns / unit.nanoseconds), valueWidth);
    return ` ${share.toFixed(precision).padStart(precision + 3)}th=[${value}]`;
  });
  const rows: string[] = [];
  for (let begin = 0; begin < cells.length; begin += perLine) {
    const last = begin + perLine >= cells.length;
    rows.push(`     |${cells.slice(begin, begin + perLine).join(',')}${last ? '' : ','}`);
  }
  return [`    ${name} percentiles (${unit.name}):`, ...rows];
}

/** Decimals of the longest of the list. */
function percentilePrecision(percentiles: readonly number[]): number {
  return Math.max(0, ...percentiles.map((share) => String(share).split('.')[1]?.length ?? 0));
}

function bandwidthLine(direction: FioDirection, { kiloBase, inBits }: Figures): string[] {
  const count = direction.bw_samples ?? 0;
  if (count === 0) return [];
  const binary = kiloBase === 1024;
  const bits = inBits ? 8 : 1;
  const scaled = direction.bw_mean * bits > kiloBase * kiloBase;
  const divisor = (scaled ? kiloBase : 1) / bits;
  const unit = scaled ? (inBits ? 'Mibit' : 'MiB') : inBits ? (binary ? 'Kibit' : 'kbit') : binary ? 'KiB' : 'kB';
  const whole = (value: number) => pad(Math.floor(value / divisor), 5);
  const real = (value: number) => (value / divisor).toFixed(2).padStart(5);
  const range = `min=${whole(direction.bw_min)}, max=${whole(direction.bw_max)}, per=${percent(direction.bw_agg)}`;
  const spread = `avg=${real(direction.bw_mean)}, stdev=${real(direction.bw_dev)}, samples=${count}`;
  return [`   bw (${unit.padStart(5)}/s): ${range}, ${spread}`];
}

function iopsLine(direction: FioDirection): string[] {
  const { iops_samples: count = 0, iops_min = 0, iops_max = 0, iops_mean = 0, iops_stddev = 0 } = direction;
  if (count === 0) return [];
  const real = (value: number) => value.toFixed(2).padStart(5);
  const range = `min=${pad(iops_min, 5)}, max=${pad(iops_max, 5)}`;
  return [`   iops        : ${range}, avg=${real(iops_mean)}, stdev=${real(iops_stddev)}, samples=${count}`];
}

function syncLines({ sync }: FioJob, precision: number): string[] {
  if (sync === undefined || sync.lat_ns.N === 0) return [];
  return [
    '  fsync/fdatasync/sync_file_range/syncfs:',
    ...latencyLine('sync', sync.lat_ns),
    ...percentileLines('sync', sync.lat_ns, precision),
  ];
}

// ---- distributions -------------------------------------------------------------------------------------------------

const sharesPerLine = 5;

function shareLines(unit: string, shares: Readonly<Record<string, number>>): string[] {
  const used = Object.entries(shares).filter(([, share]) => share > 0);
  const cells = used.map(([bound, share]) => `${bound}=${percent(Math.max(share, 0.01))}`);
  const lines: string[] = [];
  for (let begin = 0; begin < cells.length; begin += sharesPerLine) {
    lines.push(`  lat (${unit})   : ${cells.slice(begin, begin + sharesPerLine).join(', ')}`);
  }
  return lines;
}

function levels(shares: Readonly<Record<string, number>>): string {
  return Object.entries(shares)
    .map(([level, share]) => `${level}=${(share > 0 ? Math.max(share, 0.1) : 0).toFixed(1)}%`)
    .join(', ');
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width);
}

// ---- groups and disks ----------------------------------------------------------------------------------------------

function groupLines(id: number, jobs: readonly { readonly job: FioJob; readonly own: IotestJob }[]): string[] {
  const figures = shownFigures(jobs.at(-1)!.own);
  // The sum of all follows the directions where any job asks for both.
  const both = jobs.filter(({ job }) => job.mixed !== undefined && !isMixedOnly(job));
  const names = [...directions, ...(both.length > 0 ? (['mixed'] as const) : [])];
  const lines = names.flatMap((name) => {
    const used = (name === 'mixed' ? both : jobs).filter(({ job }) => (job[name]?.runtime ?? 0) > 0);
    if (used.length === 0) return [];
    const label = name === 'mixed' ? name : directionName(used[0]!.job, name);
    const parts = used.map(({ job }) => job[name]!);
    const runtimes = parts.map(({ runtime }) => runtime);
    const bytes = parts.reduce((sum, part) => sum + part.io_bytes, 0);
    const [least, most] = [Math.min(...runtimes), Math.max(...runtimes)];
    const each = parts.map((part) => part.bw_bytes ?? part.bw * 1024);
    // Of this direction: reading back what was written counts for reads alone.
    const longestSeconds = Math.max(
      ...parts.map((part, index) => (part.io_bytes > 0 ? part.io_bytes / each[index]! : 0)),
    );
    const all = rates(longestSeconds === 0 ? 0 : bytes / longestSeconds, figures);
    const [slow, fast] = [rates(Math.min(...each), figures), rates(Math.max(...each), figures)];
    const [io, ioOther] = amounts(bytes, figures);
    const bandwidth = `bw=${all[0]} (${all[1]}), ${slow[0]}-${fast[0]} (${slow[1]}-${fast[1]})`;
    return [`${label.toUpperCase().padStart(7)}: ${bandwidth}, io=${io} (${ioOther}), run=${least}-${most}msec`];
  });
  return ['', `Run status group ${id} (all jobs):`, ...lines];
}

function diskLines(disks: readonly FioDisk[]): string[] {
  if (disks.length === 0) return [];
  const lines = disks.map((disk) => {
    const sectors = `sectors=${disk.read_sectors ?? 0}/${disk.write_sectors ?? 0}`;
    const counts = `ios=${disk.read_ios}/${disk.write_ios}, ${sectors}, merge=${disk.read_merges}/${disk.write_merges}`;
    const times = `ticks=${disk.read_ticks}/${disk.write_ticks}, in_queue=${disk.in_queue}`;
    return `  ${disk.name}: ${counts}, ${times}, util=${percent(disk.util)}`;
  });
  return ['', 'Disk stats (read/write):', ...lines];
}
