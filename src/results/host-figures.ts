/** What each host of a run did, beside the others: rates, latencies, how late it began. From the document alone. */
import { directions } from '../job/per-direction.js';
import { decodeHistograms } from '../stats/encoded-histogram.js';
import { mergeLatencyCounts, percentileNs } from '../stats/latency.js';
import { median } from '../stats/median.js';
import { hostsOf, type IotestDocument, type ResultHost } from './document.js';
import { isDifferent } from './fingerprint-meaning.js';

export interface HostFigures {
  readonly name: string;
  readonly iops: number;
  readonly bytesPerSecond: number;
  /** Of all I/Os of the steps together; null without any. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  /** IOPS by the median of the hosts; null where that is 0. */
  readonly byMedian: number | null;
  /** After the instant that was agreed on, the largest of the steps; null = nothing was heard of it. */
  readonly lateNs: number | null;
  /** Why it is not like the others, in some words; empty when it is. */
  readonly notes: readonly string[];
}

/** Steps that are one thing done several times. */
export interface StepGroup {
  readonly variant: string;
  readonly stepIndexes: readonly number[];
}

/** Steps of the same jobs of a variant, in all repetitions. */
export function stepGroups({ iotest }: IotestDocument): StepGroup[] {
  const groups = new Map<string, { readonly variant: string; readonly stepIndexes: number[] }>();
  for (const [stepIndex, { variant, jobIndexes }] of iotest.steps.entries()) {
    const names = jobIndexes.map((index) => iotest.jobs[index]!.jobName);
    const key = JSON.stringify([variant, names]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { variant, stepIndexes: [stepIndex] });
    else known.stepIndexes.push(stepIndex);
  }
  return [...groups.values()];
}

/** A host does so much less than the others, or its tail is so much longer, that it is named. */
const shareMin = 0.8;
const tailMax = 2;

/** Hosts in their order, those without a result left out. */
export function hostFigures(document: IotestDocument, { stepIndexes }: StepGroup): HostFigures[] {
  const hosts = hostsOf(document).filter((host) => host.document !== null);
  const raw = hosts.map((host) => ({ host, ...figuresOf(host, stepIndexes) }));
  const medianIops = median(raw.map(({ iops }) => iops)) ?? 0;
  const medianP99Ns = median(raw.map(({ p99Ns }) => p99Ns));
  const isSlow = (iops: number) => raw.length > 1 && iops < shareMin * medianIops;
  const hasTail = (p99Ns: number | null) =>
    raw.length > 1 && p99Ns !== null && medianP99Ns !== null && p99Ns > tailMax * medianP99Ns;
  const usual = raw.filter(({ iops, p99Ns }) => !isSlow(iops) && !hasTail(p99Ns)).map(({ host }) => host);
  return raw.map(({ host, ...figures }) => {
    const complaint = isSlow(figures.iops) ? 'slower' : hasTail(figures.p99Ns) ? 'longer tail' : null;
    const differences = complaint === null ? [] : differencesOf(host, usual);
    return {
      name: host.name,
      ...figures,
      byMedian: medianIops === 0 ? null : figures.iops / medianIops,
      lateNs: lateNsOf(host, stepIndexes),
      notes: [
        ...(complaint === null ? [] : [[complaint, ...differences].join(', ')]),
        ...(host.lost === null ? [] : [host.lost]),
      ],
    };
  });
}

function figuresOf({ document }: ResultHost, stepIndexes: readonly number[]) {
  const steps = stepIndexes.flatMap((index) => document!.iotest.steps[index] ?? []);
  const jobIndexes = steps.flatMap((step) => step.jobIndexes);
  const sum = (value: (index: number) => number) => jobIndexes.reduce((total, index) => total + value(index), 0);
  const each = (index: number, value: (direction: { iops: number; bw_bytes?: number | undefined }) => number) =>
    directions.reduce((total, name) => total + value(document!.jobs[index]![name]), 0);
  const encoded = jobIndexes.flatMap((index) =>
    directions.flatMap((name) => document!.iotest.jobs[index]!.histograms[name]?.total ?? []),
  );
  const { counts, count } = mergeLatencyCounts(decodeHistograms(encoded));
  return {
    iops: steps.length === 0 ? 0 : sum((index) => each(index, ({ iops }) => iops)) / steps.length,
    bytesPerSecond: steps.length === 0 ? 0 : sum((index) => each(index, ({ bw_bytes = 0 }) => bw_bytes)) / steps.length,
    p50Ns: percentileNs(counts, count, 50),
    p99Ns: percentileNs(counts, count, 99),
  };
}

function lateNsOf({ steps }: ResultHost, stepIndexes: readonly number[]): number | null {
  const known = stepIndexes.flatMap((index) => steps[index] ?? []);
  return known.length === 0 ? null : Math.max(...known.map(({ lateNs }) => lateNs));
}

const differencesMax = 2;

/** Fields of a host that are other than on all hosts that are as usual, as `nr_requests 64 (others 256)`. */
function differencesOf(host: ResultHost, usual: readonly ResultHost[]): string[] {
  const own = host.document?.iotest.fingerprint?.fields ?? [];
  const others = usual.map(
    ({ document }) => new Map(document?.iotest.fingerprint?.fields.map((each) => [each.name, each])),
  );
  if (others.length === 0) return [];
  const text = (value: unknown) => (Array.isArray(value) ? value.join(' ') : String(value ?? 'unknown'));
  return own
    .filter(
      ({ name, class: kind, momentary }) => kind !== 'informative' && momentary !== true && !name.startsWith('job'),
    )
    .flatMap(({ name, value }) => {
      const theirs = others.map((fields) => fields.get(name)?.value ?? null);
      const agree = theirs.every((each) => !isDifferent(name, each, theirs[0]!));
      if (!agree || !isDifferent(name, value, theirs[0]!)) return [];
      return [`${name} ${text(value)} (others ${text(theirs[0])})`];
    })
    .slice(0, differencesMax);
}

interface StepTimes {
  /** Between the first and the last host that began; null with fewer than two. */
  readonly skewNs: number | null;
  readonly skewBoundNs: number;
  /** In which all were at work, and from the first begin to the last end. */
  readonly overlapNs: number;
  readonly wholeNs: number;
  readonly firstDone: string;
  readonly lastDone: string;
  /** Rates in the overlap, from the windows of the hosts; part of a window counts by its share. */
  readonly overlapIops: number;
  readonly overlapBytesPerSecond: number;
}

/** When hosts began and ended a step; null where nothing is known of that. */
export function stepTimes(document: IotestDocument, stepIndex: number): StepTimes | null {
  const taking = hostsOf(document).flatMap((host) => {
    const timing = host.steps[stepIndex] ?? null;
    if (timing === null || host.document === null) return [];
    return [{ host, beginNs: timing.lateNs, endNs: timing.lateNs + timing.durationNs }];
  });
  if (taking.length === 0) return null;
  const begins = taking.map(({ beginNs }) => beginNs);
  const byEnd = [...taking].sort((a, b) => a.endNs - b.endNs);
  const bounds = taking.map(({ host }) => host.clock?.boundNs ?? 0).sort((a, b) => b - a);
  const beginNs = Math.max(...begins);
  const overlapNs = Math.max(0, byEnd[0]!.endNs - beginNs);
  const amounts = taking.map(({ host, beginNs: ownNs }) =>
    amountsIn(host, stepIndex, (beginNs - ownNs) / 1e6, (beginNs - ownNs + overlapNs) / 1e6),
  );
  const perSecond = (value: (amount: { readonly ios: number; readonly bytes: number }) => number) =>
    overlapNs === 0 ? 0 : (amounts.reduce((total, amount) => total + value(amount), 0) * 1e9) / overlapNs;
  return {
    skewNs: taking.length < 2 ? null : beginNs - Math.min(...begins),
    skewBoundNs: (bounds[0] ?? 0) + (bounds[1] ?? 0),
    overlapNs,
    wholeNs: byEnd.at(-1)!.endNs - Math.min(...begins),
    firstDone: byEnd[0]!.host.name,
    lastDone: byEnd.at(-1)!.host.name,
    overlapIops: perSecond(({ ios }) => ios),
    overlapBytesPerSecond: perSecond(({ bytes }) => bytes),
  };
}

/** What a host did between two instants of its own step, ms after it began. */
function amountsIn({ document }: ResultHost, stepIndex: number, fromMs: number, toMs: number) {
  let [ios, bytes] = [0, 0];
  for (const index of document!.iotest.steps[stepIndex]?.jobIndexes ?? []) {
    const { startMs, durationMs, directions: columns } = document!.iotest.jobs[index]!.series;
    for (const [window, beginMs] of startMs.entries()) {
      const lengthMs = durationMs[window] ?? 0;
      const sharedMs = Math.min(toMs, beginMs + lengthMs) - Math.max(fromMs, beginMs);
      if (sharedMs <= 0 || lengthMs <= 0) continue;
      for (const name of directions) {
        ios += ((columns[name]?.ioCount[window] ?? 0) * sharedMs) / lengthMs;
        bytes += ((columns[name]?.byteCount[window] ?? 0) * sharedMs) / lengthMs;
      }
    }
  }
  return { ios, bytes };
}
