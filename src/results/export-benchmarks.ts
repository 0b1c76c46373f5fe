/** A result as the benchmark tools of others read it: benchstat's text, and Bencher's metric format. */

import { median } from '../stats/median.js';
import { jsonText, printable } from '../support/printable.js';
import type { ResultDocument } from './document.js';
import { type ExportSample, exportSamples } from './export-samples.js';

/** What is told of each job and direction; null where it is not known. */
function figuresOf({ row, iotest }: ExportSample) {
  const perIo = iotest?.cpu.perIo ?? null;
  return {
    iops: row.iops,
    bytesPerSecond: row.bytesPerSecond,
    meanNs: row.latencyMeanNs,
    p50Ns: row.p50Ns,
    p99Ns: row.p99Ns,
    p999Ns: row.p999Ns,
    cpuNsPerIo: perIo === null ? null : perIo.userNs + perIo.systemNs + perIo.ringThreadNs,
  };
}

type Figures = ReturnType<typeof figuresOf>;

/** benchstat takes `ns` in a unit for nanoseconds, and shows seconds. */
const benchstatUnits: Readonly<Record<keyof Figures, { readonly unit: string; readonly better: 'higher' | 'lower' }>> =
  {
    iops: { unit: 'IO/s', better: 'higher' },
    bytesPerSecond: { unit: 'B/s', better: 'higher' },
    meanNs: { unit: 'mean-ns', better: 'lower' },
    p50Ns: { unit: 'p50-ns', better: 'lower' },
    p99Ns: { unit: 'p99-ns', better: 'lower' },
    p999Ns: { unit: 'p99.9-ns', better: 'lower' },
    cpuNsPerIo: { unit: 'cpu-ns/IO', better: 'lower' },
  };

/**
 * The Go benchmark format (golang.org/design/14313-benchmark-format): a line per job, direction and repetition, the
 * engine and the variant as parts of the name, so that `benchstat -col /engine` sets them side by side.
 */
export function benchstatText(document: ResultDocument): string {
  const { iotest } = document;
  const machine = (name: string) => iotest?.machine[name] ?? null;
  const settings = [
    ['goos', 'linux'],
    ['pkg', iotest?.jobFile?.path ?? null],
    ['cpu', machine('cpuModel')],
    ['kernel', machine('kernel')],
    ['tool', document['fio version']],
  ] as const;
  const units = Object.values(benchstatUnits).flatMap(({ unit, better }) => [
    `Unit ${benchstatUnit(unit)} better=${better}`,
  ]);
  const lines = exportSamples(document).map((sample) => {
    const figures = figuresOf(sample);
    const values = Object.entries(benchstatUnits).flatMap(([key, { unit }]) => {
      const value = figures[key as keyof Figures];
      return value === null ? [] : [`${value} ${unit}`];
    });
    return [`Benchmark${benchmarkName(sample)}`, String(sample.row.ios), ...values].join('\t');
  });
  return `${[
    ...settings.flatMap(([key, value]) =>
      value === null ? [] : [`${key}: ${printable(String(value).replace(/\s+/g, ' '))}`],
    ),
    ...units,
    '',
    ...lines,
  ].join('\n')}\n`;
}

/** As benchstat calls it once it has turned nanoseconds into seconds. */
function benchstatUnit(unit: string): string {
  return unit.replace(/\bns\b/, 'sec');
}

/** The first letter after `Benchmark` must not be a small one; blanks end the name, and slashes part it. */
function benchmarkName({ row }: ExportSample): string {
  const word = (text: string) => printable(text.replace(/\s+/g, ',')).replaceAll('/', '_');
  const name = word(row.job);
  return [
    name.charAt(0).toUpperCase() + name.slice(1),
    ...(row.clone === 0 ? [] : [`clone=${row.clone}`]),
    `engine=${word(row.engine)}`,
    ...(row.variant === null || row.variant === row.engine ? [] : [`variant=${word(row.variant)}`]),
    // Last, for a name that ends in -4 is taken for one on four CPUs.
    `op=${row.direction}`,
  ].join('/');
}

const bencherMeasures: Readonly<Record<keyof Figures, string>> = {
  iops: 'iops',
  bytesPerSecond: 'bytes-per-second',
  meanNs: 'latency-mean',
  p50Ns: 'latency-p50',
  p99Ns: 'latency-p99',
  p999Ns: 'latency-p999',
  cpuNsPerIo: 'cpu-per-io',
};

/**
 * Bencher Metric Format (bencher.dev/docs/reference/bencher-metric-format): for each benchmark and measure the median
 * over the repetitions, and as bounds the lowest and the highest of them. Latencies and CPU time in ns.
 */
export function bencherJson(document: ResultDocument): string {
  const groups = new Map<string, Figures[]>();
  for (const sample of exportSamples(document)) {
    const { job, engine, variant, direction, clone } = sample.row;
    const number = clone === 0 ? [] : [`clone ${clone}`];
    const parts = [job, ...number, engine, ...(variant === null || variant === engine ? [] : [variant]), direction];
    const name = parts.join(' / ');
    groups.set(name, [...(groups.get(name) ?? []), figuresOf(sample)]);
  }
  const benchmarks = [...groups].map(([name, all]) => {
    const measures = Object.entries(bencherMeasures).flatMap(([key, measure]) => {
      const values = all.flatMap((figures) => figures[key as keyof Figures] ?? []);
      const value = median(values);
      if (value === null) return [];
      const bounds = values.length < 2 ? {} : { lower_value: Math.min(...values), upper_value: Math.max(...values) };
      return [[measure, { value, ...bounds }] as const];
    });
    return [name, Object.fromEntries(measures)] as const;
  });
  return jsonText(Object.fromEntries(benchmarks));
}
