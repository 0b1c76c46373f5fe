/** A result as fio's terse output: a line per job object, fields between semicolons. Versions 2 to 5 (HOWTO, "Terse output"). */

import { directions } from '../job/per-direction.js';
import type { FioDirection, FioDisk, FioJob, FioLatency, IotestDocument, IotestJob } from '../results/document.js';
import { isMixedOnly } from '../results/unified.js';
import { printable } from '../support/printable.js';

/** fio's limit on `percentile_list`, and so the number of fields. */
const percentileFields = 20;

/** All job objects, a line each. */
export function formatFioTerse(document: IotestDocument, version: 2 | 3 | 4 | 5): string {
  const disks = version === 2 ? [] : (document.disk_util ?? []).flatMap(diskFields);
  return document.jobs
    .map((job, index) => jobLine(job, document.iotest.jobs[index]!, document['fio version'], disks, version))
    .join('');
}

function jobLine(
  job: FioJob,
  own: IotestJob,
  fioVersion: string,
  disks: readonly string[],
  version: 2 | 3 | 4 | 5,
): string {
  const each = version === 3 ? (['read', 'write'] as const) : directions;
  // All together stands in the place of the reads, or after the directions.
  const names = isMixedOnly(job) ? (['read'] as const) : each;
  const parts = [...names.map((name) => job[name]), ...(isMixedOnly(job) || !job.mixed ? [] : [job.mixed])];
  const ns = Object.values(job.latency_ns).reduce((sum, share) => sum + share, 0);
  const fields = [
    ...(version === 2 ? ['2'] : [String(version), fioVersion]),
    printable(job.jobname),
    String(job.groupid),
    String(job.error),
    ...parts.flatMap((part) => directionFields(part, own, version)),
    `${job.usr_cpu.toFixed(6)}%`,
    `${job.sys_cpu.toFixed(6)}%`,
    ...[job.ctx, job.majf, job.minf].map(String),
    ...Object.values(job.iodepth_level).map((share) => `${(share > 0 ? Math.max(share, 0.1) : 0).toFixed(1)}%`),
    // What lay below 1 us is part of the first column.
    ...Object.values(job.latency_us).map((share, index) => shareField(index === 0 ? share + ns : share)),
    ...Object.values(job.latency_ms).map(shareField),
    ...disks,
    ...(job.total_err === undefined ? [] : [String(job.total_err), String(job.first_error ?? 0)]),
  ];
  // Version 2 has the description on a line of its own.
  const description = job.desc === undefined ? '' : `${version === 2 ? '\n' : ''};${printable(job.desc)}`;
  return `${fields.join(';')}${description}\n`;
}

function shareField(share: number): string {
  return `${(share > 0 ? Math.max(share, 0.01) : 0).toFixed(2)}%`;
}

function directionFields(direction: FioDirection, own: IotestJob, version: 2 | 3 | 4 | 5): string[] {
  const bandwidth = [
    String(direction.bw_min),
    String(direction.bw_max),
    `${direction.bw_agg.toFixed(6)}%`,
    direction.bw_mean.toFixed(6),
    direction.bw_dev.toFixed(6),
  ];
  const iops = [
    String(direction.bw_samples ?? 0),
    String(direction.iops_min ?? 0),
    String(direction.iops_max ?? 0),
    (direction.iops_mean ?? 0).toFixed(6),
    (direction.iops_stddev ?? 0).toFixed(6),
    String(direction.iops_samples ?? 0),
  ];
  return [
    ...[direction.io_kbytes, direction.bw, Math.floor(direction.iops), direction.runtime].map(String),
    ...latencyFields(direction.slat_ns),
    ...latencyFields(direction.clat_ns),
    ...percentileFieldsOf(direction, own),
    ...latencyFields(direction.lat_ns),
    ...bandwidth,
    ...(version === 5 ? iops : []),
  ];
}

/** In microseconds. */
function latencyFields({ min, max, mean, stddev }: FioLatency): string[] {
  return [...[min, max].map(wholeUs), ...[mean, stddev].map((ns) => (ns / 1000).toFixed(6))];
}

function wholeUs(ns: number): string {
  return String(Math.floor(ns / 1000));
}

/** Of the total latency when it has them, else of the completion latency; a direction without I/O has zeros. */
function percentileFieldsOf(direction: FioDirection, own: IotestJob): string[] {
  const { measure } = own.options;
  const latency = measure.totalPercentiles ? direction.lat_ns : direction.clat_ns;
  const wanted = measure.totalPercentiles || measure.completionPercentiles;
  const shares = wanted ? [...measure.percentiles].sort((left, right) => left - right) : [];
  const fields = shares.map((share) => {
    const key = share.toFixed(6);
    return `${key}%=${wholeUs(latency.percentile?.[key] ?? 0)}`;
  });
  return [...fields, ...Array<string>(Math.max(0, percentileFields - fields.length)).fill('0%=0')];
}

function diskFields(disk: FioDisk): string[] {
  return [
    disk.name,
    ...[disk.read_ios, disk.write_ios, disk.read_merges, disk.write_merges].map(String),
    ...[disk.read_ticks, disk.write_ticks, disk.in_queue].map(String),
    `${disk.util.toFixed(2)}%`,
  ];
}
