import { describe, expect, it } from 'vitest';
import { buildResult } from '../results/build.js';
import type { ResultDocument } from '../results/document.js';
import { serialiseResult } from '../results/fio-json.js';
import { parseResult } from '../results/parse.js';
import {
  sampleDirection,
  sampleEngineOptions,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResult,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { findBest } from './best.js';
import { compareSets } from './compare.js';
import { differenceText } from './figures.js';
import { joinSets, type SampleSet, sampleSets, setsByVariant } from './samples.js';
import { compareVariants } from './within-run.js';

/** A document as `iotest run a.ini b.ini --repeat N` leaves it; `slowness` is that of the second. */
function variantsDocument(repeat: number, slowness: number, failing: number | null = null): ResultDocument {
  const steps = Array.from({ length: repeat }, (_, repetition) =>
    ['old', 'new'].map((variant) => {
      const median = (variant === 'new' ? slowness : 1) * 100_000 * (1 + 0.01 * Math.sin(repetition * 3));
      const seed = repetition * 2 + (variant === 'new' ? 1 : 0) + 1;
      const directions = {
        read: sampleDirection(sampleLatencies(Math.round(2e8 / median), median, seed)),
        write: sampleDirection([]),
        trim: sampleDirection([]),
      };
      const fails = failing === repetition && variant === 'new';
      const report = sampleWorkerReport({
        directions,
        error: fails ? { errno: 5, during: 'read of 4096 bytes' } : null,
        ended: fails ? 'error' : 'runtime',
      });
      const outcome = sampleOutcome({ worker: samplePlannedWorker(), report });
      return sampleStep({ variant, repetition, workers: [outcome] });
    }),
  ).flat();
  const document = buildResult(sampleResultInput(steps));
  // What readers get has been through a file.
  return parseResult(serialiseResult(document), 'variants.json');
}

describe('samples of a document', () => {
  it('are its repetitions, for each variant', () => {
    const sets = sampleSets(variantsDocument(3, 1.2), 'run');
    expect(sets.map(({ label }) => label)).toEqual(['old', 'new']);
    const job = sets[1]!.jobs.get('randread\n0')!;
    expect(job.workload).toMatchObject({ readWrite: 'randread', blockBytes: { read: 4096 }, workerCount: 1 });
    expect(job.samples.map(({ repetition }) => repetition)).toEqual([0, 1, 2]);
    const { read } = job.samples[0]!.directions;
    expect(read!.bytesPerSecond).toBe(read!.iops * 4096);
    expect(read!.latency.total!.percentileNs.p50).toBeGreaterThan(110_000);
    expect(job.samples[0]!.cpuNsPerIo).toBeGreaterThan(0);
  });

  it('leave out repetitions that met errors, and say so', () => {
    const [, after] = sampleSets(variantsDocument(3, 1, 1), 'run');
    expect(after!.jobs.get('randread\n0')!.samples.map(({ repetition }) => repetition)).toEqual([0, 2]);
    expect(after!.notes).toHaveLength(1);
    expect(after!.notes[0]).toMatch(/^new: randread, repetition 2 left out: /);
  });

  it('count on when files are joined', () => {
    const [set] = sampleSets(sampleResult(), 'one');
    const joined = joinSets([set!, set!, set!], 'folder');
    expect(joined.jobs.get('randread\n0')!.samples.map(({ repetition }) => repetition)).toEqual([0, 1, 2]);
  });

  it('compare with documents of fio, whose percentiles are of the completion', () => {
    const ours = sampleResult();
    const { iotest: _, ...fio } = JSON.parse(serialiseResult(ours)) as ResultDocument;
    const [left, right] = [sampleSets(fio, 'fio')[0]!, sampleSets(ours, 'ours')[0]!];
    const comparison = compareSets(left, right, { design: 'independent' });
    const job = comparison.jobs[0]!;
    expect(job.workloadDifferences).toEqual([]);
    expect(job.latencyKind).toBe('completion');
    const p50 = job.metrics.find(({ label }) => label === 'read p50')!;
    expect(p50.baseline).toBe(p50.current);
    expect(p50).toMatchObject({ ratio: 1, interval: null, detectablePercent: null });
  });

  it('do without percentiles where fio was told to write none', () => {
    const { iotest: _, ...fio } = JSON.parse(serialiseResult(sampleResult())) as ResultDocument;
    for (const job of fio.jobs) {
      delete job.read.clat_ns.percentile;
      delete job.read.lat_ns.percentile;
    }
    const [left] = sampleSets(fio, 'a');
    const metrics = compareSets(left!, left!, { design: 'independent' }).jobs[0]!.metrics;
    expect(metrics.find(({ label }) => label === 'read p99')).toMatchObject({
      ratio: null,
      note: 'missing on both sides',
    });
    expect(metrics.find(({ label }) => label === 'read IOPS')!.ratio).toBe(1);
  });
});

/** As a job file with two engines of its own leaves it: each job in one way. */
function ownEnginesDocument(fileOfSecond = 'sample.ini'): ResultDocument {
  const steps = (['psync', 'io_uring'] as const).map((name, index) => {
    const source = { file: index === 0 ? 'sample.ini' : fileOfSecond, line: 5 + 10 * index, section: name };
    const job = sampleJob({ name: `on-${name}`, source, engine: sampleEngineOptions({ name }) });
    return sampleStep({ engineLabel: name, workers: [sampleOutcome({ worker: samplePlannedWorker({ job }) })] });
  });
  return parseResult(serialiseResult(buildResult(sampleResultInput(steps))), 'own.json');
}

describe('jobs that name engines of their own', () => {
  it('are one set: no variants of each other', () => {
    for (const document of [ownEnginesDocument(), ownEnginesDocument('included.ini')]) {
      const sets = sampleSets(document, 'run');
      expect(sets.map(({ label, jobs }) => [label, [...jobs.keys()]])).toEqual([
        ['run', ['on-psync\n0', 'on-io_uring\n0']],
      ]);
    }
    expect(compareVariants(ownEnginesDocument())).toEqual([]);
  });
});

describe('sets of several documents', () => {
  it('hold each engine against the same engine, also where one document has that alone', () => {
    const of = (variants: readonly ('psync' | 'io_uring')[]) => {
      const steps = variants.map((engineLabel) => sampleStep({ engineLabel, workers: [sampleOutcome()] }));
      return sampleSets(buildResult(sampleResultInput(steps)), '');
    };
    const sets = setsByVariant([
      { label: 'both', sets: of(['psync', 'io_uring']) },
      { label: 'one', sets: of(['io_uring']) },
    ]);
    expect(sets.map(({ label, jobs }) => [label, [...jobs.values()].map(({ jobName }) => jobName)])).toEqual([
      ['both', ['randread psync', 'randread io_uring']],
      ['one', ['randread io_uring']],
    ]);
    const comparison = compareSets(sets[0]!, sets[1]!, { design: 'independent' });
    expect(comparison.jobs.map(({ jobName }) => jobName)).toEqual(['randread io_uring']);
    expect(comparison.onlyBaseline).toEqual(['randread psync']);
  });
});

describe('variants of one run', () => {
  it('are compared with the first, in pairs', () => {
    const [comparison, ...others] = compareVariants(variantsDocument(10, 1.2));
    expect(others).toEqual([]);
    expect(comparison).toMatchObject({ design: 'paired', baselineLabel: 'old', currentLabel: 'new' });
    const mean = comparison!.jobs[0]!.metrics.find(({ label }) => label === 'read mean')!;
    expect(mean.ratio).toBeCloseTo(1.2, 1);
    expect(mean.interval!.low).toBeGreaterThan(1.1);
    expect(mean.pAdjusted).toBeLessThan(0.05);
    expect(compareVariants(sampleResult())).toEqual([]);
  });

  it('tell a large difference from six pairs on', () => {
    const [comparison] = compareVariants(variantsDocument(6, 1.5));
    expect(comparison!.design).toBe('paired');
    const mean = comparison!.jobs[0]!.metrics.find(({ label }) => label === 'read mean')!;
    expect(mean.finding).toBe('worse');
    expect(mean.interval!.low).toBeGreaterThan(1.2);
    expect(differenceText(mean)).toMatch(/^1\.\d+x \(1\.\d+-1\.\d+\)$/);
  });

  it.each([2, 3, 5])('%i repetitions tell nothing, and nobody says that there was no difference', (repeat) => {
    const [comparison] = compareVariants(variantsDocument(repeat, 8));
    expect(comparison!.design).toBe('paired');
    for (const metric of comparison!.jobs[0]!.metrics.filter(({ ratio }) => ratio !== null)) {
      expect(metric.detectablePercent).toBeNull();
      expect(differenceText(metric)).toContain(`too few repetitions to tell (${repeat})`);
    }
  });

  it('could have seen less where more figures are compared at once', () => {
    const [left, right] = sampleSets(variantsDocument(20, 1.1), '');
    const key = 'randread\n0';
    // The second job goes the other way: evidence of its own.
    const withOther = (set: SampleSet, other: SampleSet): SampleSet => ({
      ...set,
      jobs: new Map([...set.jobs, ['other\n0', { ...other.jobs.get(key)!, jobName: 'other' }]]),
    });
    const seen = (one: SampleSet, other: SampleSet) =>
      compareSets(one, other, { design: 'paired' }).jobs[0]!.metrics[0]!.detectablePercent!;
    expect(seen(withOther(left!, right!), withOther(right!, left!))).toBeGreaterThan(seen(left!, right!));
  });

  it('have a best only where it is really better than each other', () => {
    const best = (slowness: number) => {
      const document = variantsDocument(10, slowness);
      const sets = sampleSets(document, '').map((set) => ({ set, run: 0 }));
      const [comparison] = compareVariants(document);
      const mean = comparison!.jobs[0]!.metrics.find(({ label }) => label === 'read mean')!;
      return findBest(sets)('randread', mean);
    };
    expect([best(1.5), best(0.5), best(1)]).toEqual([0, 1, null]);
  });

  it('draw curves of all repetitions merged, as far as there are samples', () => {
    const [left, right] = sampleSets(variantsDocument(3, 1.2), '');
    const [curve] = compareSets(left!, right!, { design: 'paired', curves: true }).jobs[0]!.curves;
    expect(curve!.direction).toBe('read');
    // 6000 samples: 10 lie beyond p99.8, 6 beyond p99.9.
    expect(curve!.baseline.at(-1)!.percent).toBe(99.8);
    expect(curve!.baseline.map(({ ns }) => ns)).toEqual(curve!.baseline.map(({ ns }) => ns).sort((a, b) => a - b));
  });
});
