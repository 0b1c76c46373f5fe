import { describe, expect, it } from 'vitest';
import { characterizeSummary } from '../characterize/text.js';
import { plainStyle } from '../report/terminal.js';
import { buildResult } from '../results/build.js';
import type { CharacterizePart, CharacterizeSection } from '../results/characterize-part.js';
import type { IotestDocument } from '../results/document.js';
import {
  sampleDirection,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { iopsOf, joinRounds, splitSubjects } from './characterization.js';
import { characterizeBlocks, glanceTable } from './characterize-sections.js';
import { htmlPage, pageCharts } from './page.js';

interface JobFacts {
  readonly name: string;
  readonly readCount?: number;
  readonly writeCount?: number;
  readonly depth?: number;
  readonly readPercent?: number;
  readonly blockBytes?: number;
  readonly engine?: 'io_uring' | 'psync';
}

function section(
  name: CharacterizeSection,
  jobs: readonly JobFacts[],
  given: {
    readonly id?: string;
    readonly round?: number;
    readonly interrupted?: boolean;
    readonly minute?: number;
    readonly target?: string;
  } = {},
): IotestDocument {
  const steps = jobs.map((facts, index) => {
    const {
      name: jobName,
      readCount = 0,
      writeCount = 0,
      depth = 32,
      readPercent,
      blockBytes = 4096,
      engine = 'io_uring',
    } = facts;
    const directions = readCount > 0 && writeCount > 0 ? 'readwrite' : writeCount > 0 ? 'write' : 'read';
    const base = sampleJob();
    const job = sampleJob({
      name: jobName,
      source: { file: 'c.ini', line: index + 1, section: jobName },
      workload: {
        ...base.workload,
        directions,
        readPercent: readPercent ?? 50,
        blockBytes: { read: blockBytes, write: blockBytes, trim: blockBytes },
      },
      engine: { ...base.engine, name: engine, depth },
    });
    const worker = samplePlannedWorker({ job, engine: { ...base.engine, name: engine, depth }, engineLabel: engine });
    const report = sampleWorkerReport({
      directions: {
        read: sampleDirection(readCount === 0 ? [] : sampleLatencies(readCount, 100_000)),
        write: sampleDirection(writeCount === 0 ? [] : sampleLatencies(writeCount, 300_000)),
        trim: sampleDirection([]),
      },
    });
    const p99 = { endMs: [1000, 2000, 3000], ns: [400_000, 500_000, 450_000] };
    return {
      ...sampleStep({ workers: [sampleOutcome({ worker, report })] }),
      engineLabel: engine,
      variant: engine,
      p99,
    };
  });
  const { id = 'one', round = null, interrupted = false, minute = 0, target = '/srv/a' } = given;
  const document = buildResult(sampleResultInput(steps));
  const characterize: CharacterizePart = {
    id,
    section: name,
    title: `Title of ${name}`,
    round,
    settings: { target, level: 'quick', scale: 1, sizeBytes: null, engines: ['io_uring', 'psync'], writes: true },
    leftOut: ['Something is left out.'],
  };
  const startedAt = `2026-11-22T12:${String(minute).padStart(2, '0')}:00.000Z`;
  return { ...document, iotest: { ...document.iotest, startedAt, interrupted, characterize } };
}

const matrixRound = (round: number, factor: number, more: Parameters<typeof section>[2] = {}) =>
  section(
    'matrix',
    [
      { name: 'randread-4k', readCount: 400 * factor, readPercent: 100 },
      { name: 'randread-64k', readCount: 100 * factor, blockBytes: 65_536 },
      { name: 'randread-1m', readCount: 20 * factor, blockBytes: 1_048_576 },
      { name: 'mix65-4k', readCount: 65 * factor, writeCount: 35 * factor, readPercent: 65 },
      { name: 'mix65-64k', readCount: 65 * factor, writeCount: 35 * factor, readPercent: 65, blockBytes: 65_536 },
      { name: 'mix65-1m', readCount: 13 * factor, writeCount: 7 * factor, readPercent: 65, blockBytes: 1_048_576 },
      { name: 'randwrite-4k', writeCount: 200 * factor },
      { name: 'randwrite-64k', writeCount: 50 * factor, blockBytes: 65_536 },
      { name: 'randwrite-1m', writeCount: 10 * factor, blockBytes: 1_048_576 },
    ],
    { round, minute: round, ...more },
  );

const all = (id = 'one', target = '/srv/a'): IotestDocument[] => [
  section(
    'throughput',
    [
      { name: 'read-1m', readCount: 500, blockBytes: 2 ** 20 },
      { name: 'write-1m', writeCount: 300, blockBytes: 2 ** 20 },
      { name: 'write-128k', writeCount: 200 },
      { name: 'read-128k', readCount: 700 },
    ],
    { id, target },
  ),
  matrixRound(1, 10, { id, target }),
  section(
    'latency',
    [
      { name: 'randread-4k-depth1', readCount: 2000, depth: 1 },
      { name: 'randwrite-4k-depth1', writeCount: 2000, depth: 1 },
    ],
    { id, target },
  ),
  section(
    'load',
    [1, 2, 4].flatMap((depth) => [
      { name: `randread-depth${depth}`, readCount: 1000 * depth, depth },
      { name: `randwrite-depth${depth}`, writeCount: 500 * depth, depth },
    ]),
    { id, target },
  ),
  section(
    'engines',
    [
      { name: 'randread-depth32', readCount: 2000 },
      { name: 'randread-depth32', readCount: 1000, engine: 'psync' },
    ],
    { id, target },
  ),
  section('response', [{ name: 'response-mix65', readCount: 1300, writeCount: 700, readPercent: 65 }], { id, target }),
  section('saturation', [{ name: 'sustained-writes', writeCount: 3000 }], { id, target }),
];

const asSubjects = (documents: readonly IotestDocument[]) =>
  documents.map((document, index) => ({ label: `d${index}`, document }));

describe('the documents of a characterization', () => {
  it('are put in the order of the sections, and what was interrupted gives way to what is whole', () => {
    const whole = section('latency', [{ name: 'a', readCount: 10 }], { minute: 1 });
    const partial = section('latency', [{ name: 'a', readCount: 5 }], { minute: 2, interrupted: true });
    const [first, second] = joinRounds([partial, whole, section('throughput', [{ name: 'b', readCount: 3 }])]);
    expect([first!.section, second!.section]).toEqual(['throughput', 'latency']);
    expect(second!.document).toBe(whole);
    expect(joinRounds([partial])[0]!.document).toBe(partial);
  });

  it('join rounds as repetitions: the last five', () => {
    const documents = [7, 6, 5, 4, 3, 2, 1].map((round) => matrixRound(round, round));
    const [matrix] = joinRounds(documents);
    expect(matrix).toMatchObject({ roundCount: 5 });
    expect(matrix!.rounds).toHaveLength(7);
    expect(matrix!.document.jobs).toHaveLength(45);
    expect(matrix!.document.iotest.jobs.map(({ repetition }) => repetition)).toEqual(
      Array.from({ length: 45 }, (_, index) => Math.floor(index / 9)),
    );
    const indexes = matrix!.document.iotest.steps.flatMap(({ jobIndexes }) => jobIndexes);
    expect(indexes).toEqual(Array.from({ length: 45 }, (_, index) => index));
  });

  it('are told apart by target, or by more where that is the same', () => {
    const labels = (documents: readonly IotestDocument[]) =>
      splitSubjects(asSubjects(documents)).characterizations.map(({ label }) => label);
    expect(labels([...all('one', '/a'), ...all('two', '/b')])).toEqual(['/a', '/b']);
    expect(labels([...all('one', '/a'), ...all('two', '/a')])).toEqual(['/a (one)', '/a (two)']);
  });

  it('add up reads and writes of a job', () => {
    const { jobs } = matrixRound(1, 10);
    const mix = jobs.find(({ jobname }) => jobname === 'mix65-4k')!;
    expect(iopsOf(matrixRound(1, 10), 'mix65-4k')).toBeCloseTo(mix.read.iops + mix.write.iops, 6);
    expect(iopsOf(matrixRound(1, 10), 'nobody')).toBeNull();
  });
});

describe('a page of a characterization', () => {
  const input = { title: 'Disk', subjects: asSubjects(all()), comparisons: [], fingerprints: [], notes: [] };

  it('has the charts of every section', () => {
    expect(pageCharts(input).map(({ id }) => id)).toEqual([
      'throughput-read',
      'throughput-write',
      'matrix-0',
      'matrix-bandwidth-0',
      'latency-percentiles',
      'latency-histogram',
      'load-depth',
      'load-p50',
      'load-p99',
      'engines-randread-depth32',
      'engines-randread-depth32-cost',
      'response-histogram',
      'response-percentiles',
      'response-iops',
      'response-p99',
      'saturation-iops',
      'saturation-latency',
      'saturation-p99',
    ]);
  });

  it('begins with what people ask first, and names what is left out', () => {
    const html = htmlPage(input);
    expect(html.indexOf('At a glance')).toBeLessThan(html.indexOf('Title of throughput'));
    expect(html).toContain('Something is left out.');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
    const { characterizations } = splitSubjects(input.subjects);
    const rows = glanceTable(characterizations).rows.map(([name]) => name);
    expect(rows).toEqual([
      'disk',
      'machine',
      'kernel',
      'engine',
      'sequential reads',
      'sequential writes',
      'random reads, the most',
      'random writes, the most',
      'depth enough for random reads',
      'depth enough for random writes',
      'one read at a time, p50 / p99',
      'one write at a time, p50 / p99',
      'least CPU per random read',
      'sustained random writes, first / last third',
    ]);
  });

  it('draws two in the same charts, and names each chart once', () => {
    const two = { ...input, subjects: asSubjects([...all('one', '/a'), ...all('two', '/b')]) };
    const ids = pageCharts(two).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const depth = pageCharts(two).find(({ id }) => id === 'load-depth')!;
    const identity = glanceTable(splitSubjects(two.subjects).characterizations);
    expect(identity.head).toEqual(['', '/a', '/b']);
    expect(identity.rows.find(([name]) => name === 'engine')).toEqual(['engine', 'io_uring', 'io_uring']);
    expect(depth.legend).toEqual(['/a randread', '/a randwrite', '/b randread', '/b randwrite']);
    expect(htmlPage(two)).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('judges the rounds of the matrix by the last five', () => {
    const rounds = [10, 7, 5, 5, 5, 5, 5].map((factor, index) => matrixRound(index + 1, factor * 10));
    const { characterizations } = splitSubjects(asSubjects(rounds));
    const [block] = characterizeBlocks(characterizations);
    const chart = block!.charts.find(({ id }) => id === 'convergence')!;
    expect(chart.table.rows.map((row) => [row[0], row[1], row.at(-1)])).toEqual([
      ['randwrite-4k', '7', 'yes'],
      ['mix65-64k', '7', 'yes'],
      ['randread-1m', '7', 'yes'],
    ]);
    expect(block!.text).toContain('medians of 5 rounds of 7');
    const drifting = [10, 9, 8, 7, 6].map((factor, index) => matrixRound(index + 1, factor * 10));
    const [other] = characterizeBlocks(splitSubjects(asSubjects(drifting)).characterizations);
    expect(other!.charts.find(({ id }) => id === 'convergence')!.table.rows[0]!.at(-1)).toBe('no');
  });

  it('names as the most what no job of any section exceeds, and how it was reached', () => {
    const fastInMatrix = matrixRound(1, 100, {});
    const documents = all().map((each) => (each.iotest.characterize!.section === 'matrix' ? fastInMatrix : each));
    const { rows } = glanceTable(splitSubjects(asSubjects(documents)).characterizations);
    // 40,000 reads in 2 s, in the matrix; 4000 at the most under load.
    expect(rows.find(([name]) => name === 'random reads, the most')![1]).toBe('20.0k IOPS (4KiB, depth 32, io_uring)');
  });

  it('draws the matrices of two with one scale', () => {
    const opacities = (factor: number) => {
      const subjects = asSubjects([
        matrixRound(1, 10, { id: 'a', target: '/a' }),
        matrixRound(1, factor, { id: 'b', target: '/b' }),
      ]);
      const charts = pageCharts({ ...input, subjects }).filter(({ id }) => /^matrix-\d/.test(id));
      expect(charts).toHaveLength(2);
      return charts.map(({ drawing }) =>
        Math.max(...[...drawing.text.matchAll(/fill-opacity="([\d.]+)"/g)].map((found) => Number(found[1]))),
      );
    };
    expect(opacities(10)).toEqual([0.8, 0.8]);
    const [slower, faster] = opacities(100);
    expect(faster).toBe(0.8);
    expect(slower).toBeLessThan(0.2);
  });

  it('says what an interruption left unmeasured, and what it cut short', () => {
    const planned = ['Title of latency', 'Title of load', 'Title of response'];
    const withPlan = (document: IotestDocument): IotestDocument => ({
      ...document,
      iotest: { ...document.iotest, characterize: { ...document.iotest.characterize!, planned } },
    });
    const latency = withPlan(section('latency', [{ name: 'a', readCount: 10 }]));
    const load = withPlan(section('load', [{ name: 'b', readCount: 10 }], { interrupted: true, minute: 1 }));
    const missing = 'not complete: Title of response was not measured';
    const broken = 'not complete: Title of load was interrupted, and shows what was measured until then';
    const html = htmlPage({ ...input, subjects: asSubjects([latency, load]) });
    expect(html.indexOf(missing)).toBeGreaterThan(0);
    expect(html.indexOf(missing)).toBeLessThan(html.indexOf('<table'));
    expect(html).toContain(broken);
    expect(characterizeSummary([latency, load], plainStyle(true))).toMatch(new RegExp(`^${missing}\n${broken}\n`));
    expect(htmlPage(input)).not.toContain('not complete');
  });

  it('of one section alone is a page, too', () => {
    const html = htmlPage({ ...input, subjects: asSubjects([all()[5]!]) });
    expect(html).toContain('Title of response');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });
});

it('is summed up for a terminal, a line per job, the matrix as such, and the glance at the end', () => {
  const text = characterizeSummary(all(), plainStyle(true));
  expect(text).toMatch(/reads\/writes +4KiB +64KiB +1MiB\n +100\/0 +2000 +500 +100\n +65\/35 +500 +500 +100\n/);
  expect(text).toMatch(/\n\nAt a glance\n {2}disk +[\s\S]*\n {2}random reads, the most +\S+ IOPS \([^)]*\)\n/);
  expect(text.split('\n\n').at(-1)).toMatch(/^At a glance/);
  expect(text).toContain('Title of load');
  expect(text).toMatch(/randread-depth4 +\S+ +\S+/);
  expect(text).toMatch(/response-mix65 write/);
  expect(text).toMatch(/randread-depth32 io_uring .*\n.*randread-depth32 psync /);
});
