/** A result in other programs' terms: rows for spreadsheets, and a histogram log. */

import { directions } from '../job/per-direction.js';
import { decodeHistogram, type HistogramLogEntry, histogramLog } from '../stats/encoded-histogram.js';
import { percentilesNs } from '../stats/histogram.js';

import { UserError } from '../support/errors.js';
import type { FioDirection, FioJob, IotestJob, ResultDocument } from './document.js';

/** One direction of one job. Times in ns; what is not known is null. */
export interface ResultRow {
  readonly job: string;
  readonly engine: string;
  readonly variant: string | null;
  /** 0-based. */
  readonly repetition: number;
  readonly direction: string;
  /** Number among job objects of one name, variant and repetition (clones without group_reporting). 0-based. */
  readonly clone: number;
  /** Threads that report together. */
  readonly workers: number | null;
  readonly depth: number | null;
  /** Bytes over I/Os: the block size where there is one. */
  readonly meanBlockBytes: number;
  readonly ios: number;
  readonly bytes: number;
  readonly runtimeMs: number;
  readonly iops: number;
  readonly bytesPerSecond: number;
  readonly latencyMinNs: number | null;
  readonly latencyMeanNs: number | null;
  readonly latencyMaxNs: number | null;
  /** `total` from the begin of the submission; `completion` (fio's clat) where there is nothing else. */
  readonly percentilesOf: 'total' | 'completion' | null;
  readonly p50Ns: number | null;
  readonly p90Ns: number | null;
  readonly p99Ns: number | null;
  readonly p999Ns: number | null;
  /** Of all threads of the job, all directions together, in per cent of its run time. */
  readonly userCpuPercent: number;
  readonly systemCpuPercent: number;
  /** Of the job, all directions together; those passed over count. */
  readonly errorCount: number;
}

const percents = [50, 90, 99, 99.9] as const;

/** A row for each direction that had I/O, in the order of the document. */
export function resultRows(document: ResultDocument): ResultRow[] {
  const clones = cloneNumbers(document);
  return document.jobs.flatMap((_, index) =>
    directions.flatMap((name) => resultRowOf(document, index, name, clones[index]!) ?? []),
  );
}

/** Of each job object, which of those with the same name, variant and repetition it is. */
export function cloneNumbers(document: ResultDocument): number[] {
  const seen = new Map<string, number>();
  return document.jobs.map(({ jobname }, index) => {
    const ours = document.iotest?.jobs[index];
    const key = [jobname, ours?.variant, ours?.repetition].join('\n');
    const number = seen.get(key) ?? 0;
    seen.set(key, number + 1);
    return number;
  });
}

/** null for a direction without I/O. */
export function resultRowOf(
  document: ResultDocument,
  index: number,
  name: (typeof directions)[number],
  clone: number,
): ResultRow | null {
  const job = document.jobs[index]!;
  const ours = document.iotest?.jobs[index];
  const direction = job[name];
  if (direction.total_ios === 0) return null;
  const { lat_ns: latency } = direction;
  const [p50Ns, p90Ns, p99Ns, p999Ns] = percentilesOf(direction, ours, name);
  const total = ours?.histograms[name] !== undefined;
  return {
    job: job.jobname,
    engine: ours?.engineLabel ?? fioEngine(document, job),
    variant: ours?.variant ?? null,
    repetition: ours?.repetition ?? 0,
    direction: name,
    ios: direction.total_ios,
    bytes: direction.io_bytes,
    runtimeMs: direction.runtime,
    iops: direction.iops,
    bytesPerSecond: direction.bw_bytes ?? direction.bw * 1024,
    latencyMinNs: latency.N === 0 ? null : latency.min,
    latencyMeanNs: latency.N === 0 ? null : latency.mean,
    latencyMaxNs: latency.N === 0 ? null : latency.max,
    percentilesOf: p50Ns === null ? null : total || direction.clat_ns.percentile === undefined ? 'total' : 'completion',
    p50Ns,
    p90Ns,
    p99Ns,
    p999Ns,
    userCpuPercent: job.usr_cpu,
    systemCpuPercent: job.sys_cpu,
    clone,
    workers: ours?.workerCount ?? null,
    depth: ours?.options.engine.depth ?? null,
    meanBlockBytes: direction.io_bytes / direction.total_ios,
    errorCount:
      ours === undefined
        ? Math.max(job.total_err ?? 0, job.error === 0 ? 0 : 1)
        : ours.errors.length + ours.toleratedErrorCount,
  };
}

type Percentiles = [number | null, number | null, number | null, number | null];

/** From the histogram where there is one; else those that fio wrote, if it wrote these. */
function percentilesOf(
  direction: FioDirection,
  job: IotestJob | undefined,
  name: (typeof directions)[number],
): Percentiles {
  const histogram = job?.histograms[name]?.total;
  if (histogram !== undefined) return percentilesNs(decodeHistogram(histogram), percents) as Percentiles;
  const written = direction.clat_ns.percentile ?? direction.lat_ns.percentile ?? {};
  return percents.map((percent) => written[percent.toFixed(6)] ?? null) as Percentiles;
}

function fioEngine(document: ResultDocument, job: FioJob): string {
  return job['job options']?.ioengine ?? document['global options']?.ioengine ?? 'psync';
}

/**
 * All total latencies as a histogram log: one interval per job, direction and repetition, tagged
 * `job:NAME/eng:ENGINE/op:read`, with `/var:VARIANT` where that is not the engine, and `/rep:2` from the second
 * repetition on.
 * @throws UserError when the result has no histograms (fio's), or one is damaged.
 */
export function resultHistogramLog(document: ResultDocument): string {
  const { iotest } = document;
  if (iotest === undefined) {
    throw UserError.of(
      "fio's JSON holds no HdrHistogram, so there is nothing to write as .hlog",
      'export it as csv or json, or run the job with iotest',
    );
  }
  const entries = iotest.jobs.flatMap((job, index) => {
    const { jobName, engineLabel, variant, repetition, elapsedNs } = job;
    // fio's job_start may be of another clock (job_start_clock_id), and is before the ramp.
    const startEpochMs = job.startedEpochMs ?? document.jobs[index]!.job_start ?? Date.parse(iotest.startedAt);
    const tail = `${variant === engineLabel ? '' : `/var:${variant}`}${repetition === 0 ? '' : `/rep:${repetition + 1}`}`;
    return Object.entries(job.histograms).flatMap(([operation, histograms]): HistogramLogEntry[] => {
      if (histograms === undefined) return [];
      const tag = `job:${jobName}/eng:${engineLabel}/op:${operation}${tail}`;
      return [{ tag, startEpochMs, durationMs: elapsedNs / 1e6, latency: decodeHistogram(histograms.total) }];
    });
  });
  if (entries.length === 0) throw UserError.of('the result has no latency histogram: no job completed any I/O');
  return histogramLog(entries);
}
