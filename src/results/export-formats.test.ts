import { describe, expect, it } from 'vitest';
import { mergeLatencyCounts } from '../stats/latency.js';
import { sampleEnginesResult, sampleLatency, sampleResult } from '../testing/sample-result.js';
import { sampleSweep } from '../testing/sample-sweep.js';
import type { ResultDocument } from './document.js';
import { bencherJson, benchstatText } from './export-benchmarks.js';
import { bucketEdgesNs, countsUpTo, openMetricsText, prometheusText } from './export-metrics.js';

const fio: ResultDocument = (({ iotest: _, ...rest }) => rest)(sampleResult());
const sweep = sampleSweep({ depths: [1, 2], engines: ['io_uring', 'libaio'], repeat: 2 });

/** Lines of samples as name, labels and value. */
function samplesOf(text: string): { name: string; labels: string; value: number }[] {
  return [...text.matchAll(/^(\w+)\{(.*)\} (\S+)$/gm)].map(([, name, labels, value]) => ({
    name: name!,
    labels: labels!,
    value: Number(value === '+Inf' ? Infinity : value),
  }));
}

describe('metrics', () => {
  it('have each set of labels once, and nothing but numbers', () => {
    for (const document of [sampleResult(), sampleEnginesResult(), sweep]) {
      for (const text of [prometheusText(document, 'a'), openMetricsText(document, 'a')]) {
        const samples = samplesOf(text);
        const keys = samples.map(({ name, labels }) => `${name}{${labels}}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(samples.filter(({ value }) => Number.isNaN(value))).toEqual([]);
        expect(samples).toHaveLength(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length);
      }
    }
  });

  it('say what the result says', () => {
    const document = sampleResult();
    const samples = samplesOf(prometheusText(document, 'run 1'));
    const of = (name: string) => samples.filter((sample) => sample.name === name);
    expect(of('iotest_ios_total')[0]!.value).toBe(document.jobs[0]!.read.total_ios);
    expect(of('iotest_ios_per_second')[0]!.value).toBe(document.jobs[0]!.read.iops);
    expect(of('iotest_latency_seconds_count')[0]!.value).toBe(2000);
    expect(of('iotest_latency_seconds')).toHaveLength(4);
    expect(of('iotest_result_info')[0]!.labels).toContain('result="run 1"');
    expect(of('iotest_ios_total')[0]!.labels).toBe(
      'result="run 1",job_name="randread",engine="io_uring",repetition="1",direction="read"',
    );
  });

  it('escape what job files can have in names', () => {
    const { jobs, iotest, ...rest } = sampleResult();
    const name = 'a"b\\c\nd';
    const named = { ...rest, iotest, jobs: jobs.map((job) => ({ ...job, jobname: name })) };
    expect(prometheusText(named, 'x')).toContain('job_name="a\\"b\\\\c\\nd"');
  });

  it('have histograms whose buckets rise to the count', () => {
    const text = openMetricsText(sampleResult(), 'a');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    const buckets = samplesOf(text).filter(({ name }) => name === 'iotest_latency_seconds_bucket');
    expect(buckets).toHaveLength(bucketEdgesNs.length + 1);
    const counts = buckets.map(({ value }) => value);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(2000);
  });

  it('count up to an edge within the width of our buckets', () => {
    const latency = mergeLatencyCounts([sampleLatency([900, 1000, 1001, 5_000_000, 5_020_000])]);
    expect(countsUpTo(latency, [999, 1000, 2000, 5_010_000, 1e10])).toEqual([1, 2, 3, 4, 5]);
  });

  it("take fio's results as a summary, and have no histogram of them", () => {
    expect(prometheusText(fio, 'a')).toContain('iotest_latency_seconds_count{');
    expect(() => openMetricsText(fio, 'a')).toThrow(/no histogram/);
  });
});

describe('benchstat text', () => {
  it('has a line for each job, direction and repetition', () => {
    const lines = benchstatText(sweep)
      .split('\n')
      .filter((line) => line.startsWith('Benchmark'));
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(/^BenchmarkRandread,iodepth=1\/engine=io_uring\/op=read\t\d+\t[\d.]+ IO\/s\t/);
    for (const line of lines) {
      const [name, count, ...values] = line.split('\t');
      expect(name).toMatch(/^Benchmark[^a-z\s]\S*$/);
      expect(Number.isInteger(Number(count))).toBe(true);
      for (const value of values) expect(value).toMatch(/^[\d.e+-]+ \S+$/);
    }
  });

  it('says which way is better, in the units that benchstat makes of ours', () => {
    const text = benchstatText(sampleResult());
    expect(text).toMatch(/^Unit IO\/s better=higher$/m);
    expect(text).toMatch(/^Unit p99-sec better=lower$/m);
    expect(text).toMatch(/^goos: linux$/m);
  });
});

describe('Bencher metric format', () => {
  it('has medians with the range of the repetitions', () => {
    const benchmarks = JSON.parse(bencherJson(sweep));
    expect(Object.keys(benchmarks)).toHaveLength(4);
    const { iops } = benchmarks['randread iodepth=1 / io_uring / read'];
    expect(iops.lower_value).toBeLessThanOrEqual(iops.value);
    expect(iops.upper_value).toBeGreaterThanOrEqual(iops.value);
    const single = JSON.parse(bencherJson(sampleResult()));
    expect(single['randread / io_uring / read'].iops).toEqual({ value: sampleResult().jobs[0]!.read.iops });
    expect(JSON.parse(bencherJson(fio))['randread / io_uring / read'].iops.value).toBeGreaterThan(0);
  });
});
