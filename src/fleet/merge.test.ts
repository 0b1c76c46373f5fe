import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildResult } from '../results/build.js';
import { hostsOf, type IotestDocument, misfits, type ResultHost } from '../results/document.js';
import { serialiseResult } from '../results/fio-json.js';
import { parseResult } from '../results/parse.js';
import { decodeHistogram } from '../stats/encoded-histogram.js';
import {
  sampleDirection,
  sampleEnginesResult,
  sampleFingerprintFields,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResult,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
  usedBuckets,
} from '../testing/sample-result.js';
import { mergeHosts } from './merge.js';

const context = { commandLine: ['iotest', 'run'], jobFile: { path: 'sample.ini', text: '' } };

function hostOf(name: string, document: IotestDocument | null, overrides: Partial<ResultHost> = {}): ResultHost {
  return {
    name,
    hostname: name,
    bootId: null,
    clock: { offsetNs: 1000, boundNs: 50, driftNs: 0 },
    steps: document === null ? [] : document.iotest.steps.map(() => ({ lateNs: 0, durationNs: 2e9 })),
    lost: document === null ? 'the connection ended' : null,
    document,
    ...overrides,
  };
}

const merged = (documents: readonly IotestDocument[]) =>
  mergeHosts(
    documents.map((document, index) => hostOf(`h${index}`, document)),
    context,
  );

interface Load {
  readonly readCount: number;
  readonly writeCount: number;
  readonly medianNs: number;
  readonly seed: number;
}

const loads = fc.array(
  fc.record({
    // Made-up reports have six I/Os at depths of their own.
    readCount: fc.integer({ min: 6, max: 300 }),
    writeCount: fc.integer({ min: 0, max: 100 }),
    medianNs: fc.integer({ min: 200, max: 50_000_000 }),
    seed: fc.integer(),
  }),
  { minLength: 1, maxLength: 4 },
);

const job = sampleJob({ groupReporting: true });

function workerOf({ readCount, writeCount, medianNs, seed }: Load, cloneIndex: number) {
  const directions = {
    read: sampleDirection(sampleLatencies(readCount, medianNs, seed)),
    write: sampleDirection(sampleLatencies(writeCount, medianNs / 3, seed + 1)),
    trim: sampleDirection([]),
  };
  const worker = samplePlannedWorker({ job: { ...job, cloneIndex } });
  return sampleOutcome({ worker, report: sampleWorkerReport({ directions }) });
}

const documentOf = (workers: ReturnType<typeof workerOf>[]) =>
  buildResult(sampleResultInput([sampleStep({ workers })]));

/** What a total is, whoever was added first. */
function figuresOf({ jobs, iotest }: IotestDocument) {
  return {
    jobs: jobs.map(({ job_start: _, ...fio }) => rounded(fio)),
    latencies: iotest.jobs.map(({ histograms }) =>
      Object.fromEntries(
        Object.entries(histograms).map(([name, own]) => [name, usedBuckets(decodeHistogram(own!.total))]),
      ),
    ),
    series: rounded(iotest.jobs.map(({ series }) => series)),
    cpu: rounded(iotest.jobs.map(({ cpu }) => cpu)),
    elapsedNs: iotest.jobs.map(({ elapsedNs }) => elapsedNs),
  };
}

/** Sums of fractions depend on their order in the last bits; a mean of a window is kept in whole ns. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each) => {
      if (typeof each !== 'number') return each;
      return key === 'meanNs' ? Math.round(each / 10) : Number(each.toPrecision(7));
    }),
  );
}

describe('the total of hosts', () => {
  it('is that of one recorder that saw all', () => {
    fc.assert(
      fc.property(loads, (all) => {
        const workers = all.map(workerOf);
        const total = figuresOf(merged(workers.map((worker) => documentOf([worker]))));
        const { series: _, ...whole } = figuresOf(documentOf(workers));
        expect(total).toMatchObject(whole);
      }),
      { numRuns: 12 },
    );
  });

  it('does not depend on the order of the hosts', () => {
    fc.assert(
      fc.property(loads, (all) => {
        const documents = all.map((load, index) => documentOf([workerOf(load, index)]));
        expect(figuresOf(merged(documents.toReversed()))).toEqual(figuresOf(merged(documents)));
      }),
      { numRuns: 6 },
    );
  });

  it('is the host itself where there is one', () => {
    const document = sampleEnginesResult();
    // Clones that began a millisecond apart: their windows are told to that.
    const { series: _, ...whole } = figuresOf(document);
    expect(figuresOf(merged([document]))).toMatchObject(whole);
  });

  it('has the directions, syncs, steps and errors of each engine apart', () => {
    const document = sampleEnginesResult();
    const { jobs, iotest } = merged([document, document, document]);
    expect(jobs.map(({ read, write, sync }) => [read.total_ios, write.total_ios, sync?.total_ios])).toEqual(
      document.jobs.map(({ read, write, sync }) => [3 * read.total_ios, 3 * write.total_ios, 3 * sync!.total_ios]),
    );
    expect(jobs.map(({ read }) => read.lat_ns.percentile)).toEqual(
      document.jobs.map(({ read }) => read.lat_ns.percentile),
    );
    expect(iotest.steps.map(({ engineLabel, jobIndexes }) => [engineLabel, jobIndexes])).toEqual([
      ['psync', [0]],
      ['io_uring+sqpoll', [1]],
    ]);
    expect(iotest.jobs.map(({ workerCount, ended }) => [workerCount, ended])).toEqual([
      [6, 'runtime'],
      [6, 'error'],
    ]);
    expect(jobs[1]!.error).toBe(5);
    expect(iotest.jobs[1]!.errors.map(({ message }) => message.slice(0, 12))).toEqual([
      'h0: read of ',
      'h1: read of ',
      'h2: read of ',
    ]);
  });

  it('names disks, files and targets with their host', () => {
    const { disk_util, iotest } = merged([sampleResult(), sampleResult()]);
    expect(disk_util!.map(({ name }) => name)).toEqual(['h0:vda', 'h1:vda']);
    expect(iotest.targets.map(({ path }) => path)).toEqual(['h0:/srv/bench/data', 'h1:/srv/bench/data']);
    expect(iotest.jobs[0]!.files.map(({ path }) => path)).toEqual(['h0:/srv/bench/data', 'h1:/srv/bench/data']);
  });

  it('lays windows over each other by when hosts began, and not by their wall clocks', () => {
    const late = sampleResult();
    const far = structuredClone(late);
    for (const each of far.iotest.jobs) each.startedEpochMs = each.startedEpochMs! + 3_600_000;
    const { iotest } = merged([late, far]);
    expect(iotest.jobs[0]!.series.startMs).toEqual(late.iotest.jobs[0]!.series.startMs);
    const second = hostOf('b', far, { steps: [{ lateNs: 500e6, durationNs: 2e9 }] });
    const shifted = mergeHosts([hostOf('a', late), second], context);
    expect(shifted.iotest.jobs[0]!.series.startMs).toEqual([0, 500, 1000, 1500, 2000]);
  });

  it('says once what all hosts warn of, and with names what some do', () => {
    const warning = { code: 'x', jobName: null, message: 'careful', advice: null };
    const quiet = sampleResult();
    const warned = sampleResult({ warnings: [warning] });
    expect(merged([warned, warned]).iotest.warnings).toEqual([warning]);
    expect(merged([quiet, warned]).iotest.warnings).toEqual([{ ...warning, message: 'h1: careful' }]);
  });

  it('has a fingerprint of what hosts have alike, and lists what differs', () => {
    const field = (value: string) =>
      sampleFingerprintFields.map((each) => (each.name === 'disk.scheduler' ? { ...each, value } : each));
    const one = merged([sampleResult(), sampleResult()]).iotest.fingerprint!;
    const other = merged([sampleResult(), sampleResult({ fingerprint: field('bfq') })]).iotest.fingerprint!;
    const fieldOf = ({ fields }: typeof one, name: string) => fields.find((each) => each.name === name)?.value;
    expect(fieldOf(one, 'disk.scheduler')).toBe('none');
    expect(fieldOf(other, 'disk.scheduler')).toEqual(['bfq', 'none']);
    expect(fieldOf(one, 'hosts.count')).toBe(2);
    expect(other.identity).not.toBe(one.identity);
    const threeHosts = merged([sampleResult(), sampleResult(), sampleResult()]).iotest.fingerprint!;
    expect(threeHosts.identity).not.toBe(one.identity);
  });

  it('is incomparable with others once a host was lost', () => {
    const whole = merged([sampleResult(), sampleResult()]);
    const torn = mergeHosts([hostOf('h0', sampleResult()), hostOf('h1', null)], context);
    expect(torn.jobs[0]!.read.total_ios).toBe(sampleResult().jobs[0]!.read.total_ios);
    expect(torn.iotest.fingerprint!.identity).not.toBe(whole.iotest.fingerprint!.identity);
    expect(hostsOf(torn).map(({ lost }) => lost)).toEqual([null, 'the connection ended']);
  });
});

describe('the document', () => {
  it('fits the schema, with the document of each host, and reads back as it was written', () => {
    const document = merged([sampleEnginesResult(), sampleEnginesResult()]);
    expect(misfits(document)).toEqual([]);
    const read = parseResult(serialiseResult(document), 'x');
    expect(figuresOf(read as IotestDocument)).toEqual(figuresOf(document));
    expect(hostsOf(read).map(({ document: own }) => figuresOf(own!))).toEqual([
      figuresOf(sampleEnginesResult()),
      figuresOf(sampleEnginesResult()),
    ]);
  });

  it.each([
    [
      'a job',
      (host: IotestDocument) => Object.assign(host.iotest.jobs[0]!, { elapsedNs: -1 }),
      /document\.iotest\.jobs\[0\]\.elapsedNs/,
    ],
    ['its missing part', (host: IotestDocument) => Object.assign(host, { iotest: undefined }), /document\.iotest/],
    [
      'hosts of its own',
      (host: IotestDocument) => Object.assign(host.iotest, { hosts: [] }),
      /document\.iotest\.hosts/,
    ],
    [
      'a loose end',
      (host: IotestDocument) => Object.assign(host.iotest.steps[0]!, { jobIndexes: [7] }),
      /names job 7 of 1/,
    ],
  ])('is refused where %s of a host does not fit', (_, spoil, expected) => {
    const document = merged([sampleResult()]);
    spoil(hostsOf(document)[0]!.document as IotestDocument);
    expect(() => parseResult(serialiseResult(document), 'x')).toThrow(expected);
  });
});
