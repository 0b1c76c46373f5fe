/**
 * From result documents to samples: one repetition of one job of one variant is one sample, whatever number of I/Os it
 * holds. I/Os of one run depend on each other; repetitions are what a difference must show against.
 */

import { comparedVariants } from '../results/compared-variants.js';
import type { FioDirection, FioJob, FioLatency, IotestJob, ResultDocument } from '../results/document.js';
import { bytesPerSecondOf, cpuNsPerIo, interruption, troubleOf } from '../results/figures.js';
import { usedDirections } from '../results/unified.js';
import { decodeHistogram, type EncodedHistogram } from '../stats/encoded-histogram.js';
import { meanNs, percentilesNs } from '../stats/histogram.js';
import { latencyPercents } from './metrics.js';
import type { ComparedDirection, LatencyKind, MetricName } from './types.js';
import { type Workload, workloadOf } from './workload.js';

export interface LatencySample {
  readonly count: number;
  readonly meanNs: number;
  readonly maxNs: number;
  /** Those of `latencyPercents` that are known. */
  readonly percentileNs: Partial<Readonly<Record<MetricName, number>>>;
  /** To merge and draw; null in fio's documents. */
  readonly histogram: EncodedHistogram | null;
  /** All percentiles that a document without histogram tells. */
  readonly points: readonly { readonly percent: number; readonly ns: number }[];
}

interface DirectionSample {
  readonly iops: number;
  readonly bytesPerSecond: number;
  readonly latency: Readonly<Record<LatencyKind, LatencySample | null>>;
  /** From the start that a rate intended; null without a rate. */
  readonly openLoop: LatencySample | null;
}

export interface Sample {
  /** What pairs it with samples of other variants. */
  readonly repetition: number;
  readonly directions: Partial<Readonly<Record<ComparedDirection, DirectionSample>>>;
  readonly cpuNsPerIo: number | null;
}

export interface JobSamples {
  readonly jobName: string;
  /** In which way it ran, as a document names it; null where it does not. */
  readonly variant: string | null;
  readonly workload: Workload;
  readonly samples: readonly Sample[];
}

/** All samples of one variant. */
export interface SampleSet {
  readonly label: string;
  /** By name and number among jobs of that name. */
  readonly jobs: ReadonlyMap<string, JobSamples>;
  /** What was left out and why. */
  readonly notes: readonly string[];
  /** Repetitions that met errors, and were left out. */
  readonly failedCount: number;
}

/**
 * The sample sets of a document: one per variant, in the document's order; fio's documents have one, and so have those
 * whose jobs ran in one way each.
 */
export function sampleSets(document: ResultDocument, label: string): SampleSet[] {
  const variants = comparedVariants(document);
  if (variants.length === 0) return [sampleSet(document, label, () => true)];
  return variants.map((variant) => sampleSet(document, variant, (job) => job?.variant === variant));
}

function sampleSet(document: ResultDocument, label: string, belongs: (job: IotestJob | null) => boolean): SampleSet {
  const jobs = new Map<string, JobSamples & { samples: Sample[] }>();
  const notes: string[] = [];
  let failedCount = 0;
  const seen = new Map<string, number>();
  const globals = document['global options'] ?? {};
  document.jobs.forEach((fio, index) => {
    const iotest = document.iotest?.jobs[index] ?? null;
    if (!belongs(iotest)) return;
    const repetition = iotest?.repetition ?? 0;
    const occurrenceKey = `${repetition}\n${fio.jobname}`;
    const occurrence = seen.get(occurrenceKey) ?? 0;
    seen.set(occurrenceKey, occurrence + 1);
    const key = `${fio.jobname}\n${occurrence}`;
    const trouble = troubleOf(fio, iotest);
    if (trouble !== null) {
      if (trouble !== interruption) failedCount++;
      notes.push(`${label}: ${fio.jobname}, repetition ${repetition + 1} left out: ${trouble}`);
      if (jobs.has(key)) return;
    }
    const known = jobs.get(key) ?? {
      jobName: occurrence === 0 ? fio.jobname : `${fio.jobname} (${occurrence + 1})`,
      variant: iotest?.variant ?? null,
      workload: workloadOf(fio, iotest, globals),
      samples: [],
    };
    jobs.set(key, known);
    if (trouble === null) known.samples.push(sampleOf(fio, iotest, repetition));
  });
  return { label, jobs, notes, failedCount };
}

function sampleOf(fio: FioJob, iotest: IotestJob | null, repetition: number): Sample {
  const directions = Object.fromEntries(
    usedDirections(fio).map(([name, figures]) => [name, directionOf(figures, iotest, name)]),
  );
  return { repetition, directions, cpuNsPerIo: iotest === null ? fioCpuNsPerIo(fio) : cpuNsPerIo(iotest) };
}

function directionOf(fio: FioDirection, iotest: IotestJob | null, name: ComparedDirection): DirectionSample {
  const histograms = iotest?.histograms[name];
  const total = histograms === undefined ? fromFio(fio.lat_ns) : fromHistogram(histograms.total);
  return {
    iops: fio.iops,
    bytesPerSecond: bytesPerSecondOf(fio),
    latency: {
      total,
      completion:
        histograms === undefined
          ? fromFio(fio.clat_ns)
          : histograms.completion === undefined
            ? total
            : fromHistogram(histograms.completion),
    },
    openLoop: histograms?.openLoop === undefined ? null : fromHistogram(histograms.openLoop),
  };
}

const names = Object.keys(latencyPercents) as MetricName[];
function fromHistogram(histogram: EncodedHistogram): LatencySample {
  const counts = decodeHistogram(histogram);
  const values = percentilesNs(
    counts,
    names.map((name) => latencyPercents[name]!),
  );
  return {
    count: counts.count,
    meanNs: meanNs(counts),
    maxNs: counts.maxNs,
    percentileNs: Object.fromEntries(names.map((name, index) => [name, values[index]!])),
    histogram,
    points: [],
  };
}

/** null: fio did not measure this latency. */
function fromFio(latency: FioLatency): LatencySample | null {
  if (latency.N === 0) return null;
  const points = Object.entries(latency.percentile ?? {})
    .map(([percent, ns]) => ({ percent: Number(percent), ns }))
    .sort((a, b) => a.percent - b.percent);
  const at = (name: MetricName) => points.find(({ percent }) => percent === latencyPercents[name])?.ns;
  return {
    count: latency.N,
    meanNs: latency.mean,
    maxNs: latency.max,
    percentileNs: Object.fromEntries(names.flatMap((name) => (at(name) === undefined ? [] : [[name, at(name)]]))),
    histogram: null,
    points,
  };
}

/** From the per cents of the job's time; fio tells nothing of the ring's threads. */
function fioCpuNsPerIo(fio: FioJob): number | null {
  const ioCount = usedDirections(fio).reduce((sum, [, figures]) => sum + figures.total_ios, 0);
  if (fio.job_runtime === undefined || ioCount === 0) return null;
  return ((fio.usr_cpu + fio.sys_cpu) / 100) * ((fio.job_runtime * 1e6) / ioCount);
}

/**
 * All that a document measured as one set: jobs of several variants (as engines are) keep their own places, by the name of
 * the variant where a job ran in more than one.
 */
export function wholeSet(document: ResultDocument, label: string): SampleSet {
  return mergedVariants(sampleSets(document, label), label);
}

/** @param names of the variants, where they are not called as their sets are */
export function mergedVariants(
  sets: readonly SampleSet[],
  label: string,
  names: readonly string[] = sets.map((set) => set.label),
): SampleSet {
  if (sets.length === 1) return { ...sets[0]!, label };
  const isShared = (key: string) => sets.filter((set) => set.jobs.has(key)).length > 1;
  const jobs = sets.flatMap((set, index) =>
    [...set.jobs].map(([key, job]) =>
      isShared(key)
        ? ([`${names[index]}\n${key}`, { ...job, jobName: `${job.jobName} ${names[index]}` }] as const)
        : ([key, job] as const),
    ),
  );
  return {
    label,
    jobs: new Map(jobs),
    notes: sets.flatMap((set) => set.notes),
    failedCount: sets.reduce((sum, set) => sum + set.failedCount, 0),
  };
}

/**
 * Each document as one set, so that a job of one is held against the same job of another, and an engine against the same
 * engine: what ran in several variants in any of the documents goes by the names of its variants in all of them.
 */
export function setsByVariant(
  documents: readonly { readonly label: string; readonly sets: readonly SampleSet[] }[],
): SampleSet[] {
  const isShared = (key: string) => documents.some(({ sets }) => sets.filter((set) => set.jobs.has(key)).length > 1);
  return documents.map(({ label, sets }) => ({
    label,
    jobs: new Map(
      sets.flatMap((set) =>
        [...set.jobs].map(([key, job]) =>
          job.variant !== null && isShared(key)
            ? ([`${job.variant}\n${key}`, { ...job, jobName: `${job.jobName} ${job.variant}` }] as const)
            : ([key, job] as const),
        ),
      ),
    ),
    notes: sets.flatMap((set) => set.notes),
    failedCount: sets.reduce((sum, set) => sum + set.failedCount, 0),
  }));
}

/**
 * Several sets as one, their repetitions counted on: the files of a folder, each a run of the same thing.
 * The workload is that of the first.
 */
export function joinSets(sets: readonly SampleSet[], label: string): SampleSet {
  const jobs = new Map<string, JobSamples & { samples: Sample[] }>();
  let offset = 0;
  for (const set of sets) {
    let next = offset;
    for (const [key, job] of set.jobs) {
      const known = jobs.get(key) ?? { ...job, samples: [] };
      jobs.set(key, known);
      for (const sample of job.samples) {
        known.samples.push({ ...sample, repetition: offset + sample.repetition });
        next = Math.max(next, offset + sample.repetition + 1);
      }
    }
    offset = next;
  }
  return {
    label,
    jobs,
    notes: sets.flatMap((set) => set.notes),
    failedCount: sets.reduce((sum, set) => sum + set.failedCount, 0),
  };
}
