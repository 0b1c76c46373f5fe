/**
 * A result as metrics: the text format of Prometheus (version 0.0.4, for node_exporter's textfile collector), and
 * OpenMetrics 1.0 with the latencies as histograms.
 */

import { bins } from '../stats/histogram.js';
import type { LatencyCounts } from '../stats/worker-report.js';
import { UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import type { ResultDocument } from './document.js';
import { type ExportSample, exportSamples } from './export-samples.js';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  /** Behind the family's name: `_total`, `_bucket`. */
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
}

interface Family {
  /** Without `_total`. */
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'summary' | 'histogram' | 'info';
  readonly unit: string | null;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** @param id the result's, which becomes a label */
export function prometheusText(document: ResultDocument, id: string): string {
  const families = [...commonFamilies(document, id), latencySummary(exportSamples(document), id)];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map((family) => {
      // Before OpenMetrics a counter's family bears its whole name, and there is no type for facts.
      const name =
        family.type === 'counter'
          ? `${family.name}_total`
          : family.type === 'info'
            ? `${family.name}_info`
            : family.name;
      const type = family.type === 'info' ? 'gauge' : family.type;
      return [
        `# HELP ${name} ${family.help}`,
        `# TYPE ${name} ${type}`,
        ...family.samples.map((each) => lineOf(family, each)),
        '',
      ].join('\n');
    })
    .join('');
}

/**
 * @param id the result's, which becomes a label
 * @throws UserError for results without histograms (fio's).
 */
export function openMetricsText(document: ResultDocument, id: string): string {
  const samples = exportSamples(document);
  if (samples.some(({ latency }) => latency === null)) {
    throw UserError.of(
      "fio's JSON holds no histogram that could be written as OpenMetrics",
      'export it with --format prometheus, or run the job with iotest',
    );
  }
  const families = [...commonFamilies(document, id), latencyHistogram(samples, id)];
  const blocks = families
    .filter((family) => family.samples.length > 0)
    .flatMap((family) => [
      `# TYPE ${family.name} ${family.type}`,
      ...(family.unit === null ? [] : [`# UNIT ${family.name} ${family.unit}`]),
      `# HELP ${family.name} ${family.help}`,
      ...family.samples.map((each) => lineOf(family, each)),
    ]);
  return `${[...blocks, '# EOF'].join('\n')}\n`;
}

function lineOf({ name, type }: Family, { suffix, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${type === 'info' ? '_info' : suffix}{${pairs.join(',')}} ${numberText(value)}`;
}

function escaped(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line).replaceAll('\\', '\\\\').replaceAll('"', '\\"'))
    .join('\\n');
}

function numberText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : Number.isFinite(value) ? String(value) : 'NaN';
}

/** Prometheus has a label `job` of its own. */
function labelsOf(sample: ExportSample, id: string): Labels {
  return { ...jobLabels(sample, id), direction: sample.row.direction };
}

function jobLabels({ row, iotest }: ExportSample, id: string): Labels {
  const isClone = iotest !== null && iotest.options.cloneCount > 1 && !iotest.options.groupReporting;
  return {
    result: id,
    job_name: row.job,
    engine: row.engine,
    ...(row.variant === null || row.variant === row.engine ? {} : { variant: row.variant }),
    repetition: String(row.repetition + 1),
    ...(isClone || row.clone > 0 ? { clone: String(row.clone) } : {}),
  };
}

function commonFamilies(document: ResultDocument, id: string): Family[] {
  const samples = exportSamples(document);
  const { iotest } = document;
  const perDirection = (value: (sample: ExportSample) => number, suffix = '') =>
    samples.map((sample) => ({ suffix, labels: labelsOf(sample, id), value: value(sample) }));
  const jobs = samples.filter((sample, index) => samples.findIndex(({ fio }) => fio === sample.fio) === index);
  const machine = (name: string) => {
    const value = iotest?.machine[name];
    return value === undefined || value === null ? '' : String(value);
  };
  const facts: Labels = {
    result: id,
    version: document['fio version'],
    ...(iotest === undefined
      ? {}
      : {
          kernel: machine('kernel'),
          cpu: machine('cpuModel'),
          identity: iotest.fingerprint?.identity ?? '',
          interrupted: String(iotest.interrupted),
        }),
  };
  const startMs = iotest === undefined ? document.jobs[0]?.job_start : Date.parse(iotest.startedAt);
  const gauge = { type: 'gauge', unit: null } as const;
  return [
    {
      name: 'iotest_result',
      type: 'info',
      unit: null,
      help: 'What the result is of.',
      samples: [{ suffix: '', labels: facts, value: 1 }],
    },
    {
      name: 'iotest_start_time_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'When the run began, since 1970.',
      samples: startMs === undefined ? [] : [{ suffix: '', labels: { result: id }, value: startMs / 1000 }],
    },
    {
      ...gauge,
      name: 'iotest_ios_per_second',
      help: 'Completed I/Os per second.',
      samples: perDirection(({ row }) => row.iops),
    },
    {
      ...gauge,
      name: 'iotest_bytes_per_second',
      help: 'Bytes transferred per second.',
      samples: perDirection(({ row }) => row.bytesPerSecond),
    },
    {
      name: 'iotest_ios',
      type: 'counter',
      unit: null,
      help: 'Completed I/Os.',
      samples: perDirection(({ row }) => row.ios, '_total'),
    },
    {
      name: 'iotest_transferred_bytes',
      type: 'counter',
      unit: 'bytes',
      help: 'Bytes transferred.',
      samples: perDirection(({ row }) => row.bytes, '_total'),
    },
    {
      name: 'iotest_runtime_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'Measured time.',
      samples: perDirection(({ row }) => row.runtimeMs / 1000),
    },
    {
      name: 'iotest_latency_max_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'Longest latency.',
      samples: samples.flatMap((sample) =>
        sample.row.latencyMaxNs === null
          ? []
          : [{ suffix: '', labels: labelsOf(sample, id), value: sample.row.latencyMaxNs / 1e9 }],
      ),
    },
    {
      name: 'iotest_errors',
      type: 'counter',
      unit: null,
      help: 'Errors of a job, those passed over among them.',
      samples: jobs.map((sample) => ({
        suffix: '_total',
        labels: jobLabels(sample, id),
        value: sample.row.errorCount,
      })),
    },
    {
      name: 'iotest_cpu_seconds_per_io',
      ...gauge,
      help: 'CPU time of a job for each I/O, by where it was spent; ring is the kernel threads of io_uring.',
      samples: jobs.flatMap((sample) => {
        const perIo = sample.iotest?.cpu.perIo ?? null;
        if (perIo === null) return [];
        const modes = { user: perIo.userNs, system: perIo.systemNs, ring: perIo.ringThreadNs };
        return Object.entries(modes).map(([mode, ns]) => ({
          suffix: '',
          labels: { ...jobLabels(sample, id), mode },
          value: ns / 1e9,
        }));
      }),
    },
  ];
}

const latencyFacts = {
  name: 'iotest_latency_seconds',
  unit: 'seconds',
  help: 'Latency of an I/O, from just before its submission until its completion was seen.',
} as const;

function latencySummary(samples: readonly ExportSample[], id: string): Family {
  return {
    ...latencyFacts,
    type: 'summary',
    samples: samples.flatMap((sample): Sample[] => {
      const { row, latency, direction } = sample;
      const labels = labelsOf(sample, id);
      const quantiles = [
        ['0.5', row.p50Ns],
        ['0.9', row.p90Ns],
        ['0.99', row.p99Ns],
        ['0.999', row.p999Ns],
      ] as const;
      const fio = direction.lat_ns.N > 0 ? direction.lat_ns : direction.clat_ns;
      const count = latency?.count ?? fio.N;
      if (count === 0) return [];
      return [
        ...quantiles.flatMap(([quantile, ns]) =>
          ns === null ? [] : [{ suffix: '', labels: { ...labels, quantile }, value: ns / 1e9 }],
        ),
        { suffix: '_sum', labels, value: (latency?.sumNs ?? fio.mean * fio.N) / 1e9 },
        { suffix: '_count', labels, value: count },
      ];
    }),
  };
}

/** 1 µs to 10 s, six to a decade. */
export const bucketEdgesNs: readonly number[] = [3, 4, 5, 6, 7, 8, 9]
  .flatMap((power) => [1, 1.5, 2, 3, 5, 7].map((step) => step * 10 ** power))
  .concat(1e10);

function latencyHistogram(samples: readonly ExportSample[], id: string): Family {
  return {
    ...latencyFacts,
    type: 'histogram',
    samples: samples.flatMap((sample): Sample[] => {
      const labels = labelsOf(sample, id);
      const latency = sample.latency!;
      const counts = countsUpTo(latency, bucketEdgesNs);
      return [
        ...counts.map((value, index) => ({
          suffix: '_bucket',
          labels: { ...labels, le: String(bucketEdgesNs[index]! / 1e9) },
          value,
        })),
        { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: latency.count },
        { suffix: '_count', labels, value: latency.count },
        { suffix: '_sum', labels, value: latency.sumNs / 1e9 },
      ];
    }),
  };
}

/**
 * How many latencies are at or below each edge. Ours are kept in buckets 0.1 % wide: of one that an edge lies in, all
 * count as above.
 */
export function countsUpTo(latency: LatencyCounts, edgesNs: readonly number[]): number[] {
  const used = bins(latency);
  let place = 0;
  let count = 0;
  return edgesNs.map((edge) => {
    while (place < used.length && used[place]!.valueNs <= edge) count += used[place++]!.count;
    return count;
  });
}
