/**
 * Our JSON beside fio's: the same jobs, run by the fio that is installed, must have no key and no type that ours lacks;
 * fio's own reader of json+ must take ours. Numbers are not compared here: ours are made up.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '../../src/job/job.js';
import { buildResult } from '../../src/results/build.js';
import type { FioJob } from '../../src/results/document.js';
import { serialiseResult, withBins } from '../../src/results/fio-json.js';
import { parseResult } from '../../src/results/parse.js';
import {
  sampleDirection,
  sampleEnginesResult,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from '../../src/testing/sample-result.js';
import type { WorkerOutcome } from '../../src/worker/outcome.js';

const installed = (command: string) => spawnSync(command, ['--version']).error === undefined;
const missing = installed('fio') ? '' : ' (skipped: fio is not installed)';
const reader = spawnSync('fio_jsonplus_clat2csv', ['--help']).status === 0;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'iotest-fio-json-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A text as `fio --output-format` writes it; the path ends in a file that fio may use. */
function fio(format: 'json' | 'json+', lines: readonly string[]): string {
  const jobFile = path.join(directory, 'job.fio');
  writeFileSync(jobFile, `${lines.join('\n')}\n`);
  return execFileSync('fio', [`--output-format=${format}`, jobFile], { cwd: directory, encoding: 'utf8' });
}

interface Case {
  readonly name: string;
  readonly format: 'json' | 'json+';
  readonly fioLines: readonly string[];
  readonly job: Partial<Job>;
  readonly cloneCount: number;
  /** Submission is timed in fio's asynchronous engines. */
  readonly submission: boolean;
}

const global = ['[global]', 'filename=data', 'size=1m', 'bs=4k'];
const base = sampleJob();
const cases: readonly Case[] = [
  {
    name: 'one reading job',
    format: 'json',
    fioLines: [...global, '[a]', 'rw=randread', 'ioengine=psync'],
    job: {},
    cloneCount: 1,
    submission: false,
  },
  {
    name: 'mixed with fsync, json+, errors passed over, a description',
    format: 'json+',
    fioLines: [
      ...[
        ...global,
        '[a]',
        'rw=randrw',
        'fsync=16',
        'ioengine=psync',
        'continue_on_error=read',
        'description=two words',
      ],
      'lat_percentiles=1',
    ],
    job: {
      workload: { ...base.workload, directions: 'readwrite', fsyncEvery: 16 },
      continueOnError: { read: true, write: false, verify: false },
      description: 'two words',
      measure: { ...base.measure, totalPercentiles: true },
    },
    cloneCount: 1,
    submission: false,
  },
  {
    name: 'two clones apart, libaio',
    format: 'json',
    fioLines: [...global, '[a]', 'rw=randread', 'ioengine=libaio', 'iodepth=4', 'numjobs=2'],
    job: { measure: { ...base.measure, submission: true } },
    cloneCount: 2,
    submission: true,
  },
  {
    name: 'two clones in one report, libaio, every percentile, json+',
    format: 'json+',
    fioLines: [
      ...[...global, '[a]', 'rw=randrw', 'ioengine=libaio', 'iodepth=4', 'numjobs=2', 'group_reporting=1'],
      ...['slat_percentiles=1', 'lat_percentiles=1'],
    ],
    job: {
      groupReporting: true,
      workload: { ...base.workload, directions: 'readwrite' },
      measure: { ...base.measure, submission: true, submissionPercentiles: true, totalPercentiles: true },
    },
    cloneCount: 2,
    submission: true,
  },
];

/** What our worker would have measured in the case: all that fio's did, made up. */
function ourText({ job, cloneCount, submission, format }: Case): string {
  const direction = (medianNs: number) => {
    const values = sampleLatencies(256, medianNs);
    if (!submission) return sampleDirection(values);
    return sampleDirection(values, {
      completion: sampleDirection(values.map((value) => value - 1000)).total,
      submission: sampleDirection(values.map(() => 1000)).total,
    });
  };
  const mixed = job.workload?.directions === 'readwrite';
  const workers: WorkerOutcome[] = Array.from({ length: cloneCount }, (_, cloneIndex) => {
    const directions = {
      read: direction(1e5),
      write: mixed ? direction(2e4) : sampleDirection([]),
      trim: sampleDirection([]),
    };
    const sync = job.workload?.fsyncEvery ? sampleDirection([1e6, 2e6], { byteCount: 0 }) : sampleDirection([]);
    const worker = samplePlannedWorker({ job: sampleJob({ ...job, name: 'a', cloneIndex, cloneCount }) });
    return sampleOutcome({ worker, report: sampleWorkerReport({ directions, sync }) });
  });
  const document = buildResult(sampleResultInput([sampleStep({ workers })]));
  return serialiseResult(format === 'json+' ? withBins(document) : document);
}

/**
 * The text without its values: keys, nesting, order, and of each value whether it is a string, an integer or has six
 * decimals. Members whose names depend on the run (bins, options, dates) are left out.
 */
function shape(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const path: string[] = [];
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*"(.+?)" : (.*?),?$/.exec(line) ?? [];
    const closes = /^\s*[}\]],?$/.test(line);
    if (closes) path.pop();
    if (key === undefined) {
      if (/^\s*\{$/.test(line)) path.push('*');
      continue;
    }
    const place = [...path, key].join('/');
    if (value === '{' || value === '[') path.push(key);
    if (/\/bins\/|options\/|\/iotest|^\*\/disk_util/.test(place)) continue;
    found.set(place, typeOf(value!));
  }
  return found;
}

function typeOf(value: string): string {
  if (/^-?\d+\.\d{6}$/.test(value)) return 'float';
  if (/^-?\d+$/.test(value)) return 'integer';
  return value === '{' || value === '[' ? value : 'string';
}

describe(`the same jobs run by fio${missing}`, () => {
  it.skipIf(missing !== '').each(cases)('$name: has all keys of fio, in its order and types', (one) => {
    const theirs = shape(fio(one.format, one.fioLines));
    const ours = shape(ourText(one));
    expect(theirs.size).toBeGreaterThan(100);
    // What fio says may be less (an older version), never more.
    const common = [...ours].filter(([place]) => theirs.has(place));
    expect(common).toEqual([...theirs]);
  });

  it.skipIf(missing !== '').each(cases)('$name: gives as many job objects, and bins where fio has them', (one) => {
    const theirs = parseResult(fio(one.format, one.fioLines), 'fio.json');
    const ours = parseResult(ourText(one), 'ours.json');
    expect(ours.jobs.map((job) => [job.jobname, job.groupid])).toEqual(
      theirs.jobs.map((job) => [job.jobname, job.groupid]),
    );
    const withPercentilesAndBins = (job: FioJob) =>
      (['read', 'write', 'trim'] as const).flatMap((direction) =>
        (['slat_ns', 'clat_ns', 'lat_ns'] as const).map((latency) => {
          const { percentile, bins } = job[direction][latency];
          return `${direction} ${latency} ${Object.keys(percentile ?? {})} ${bins !== undefined}`;
        }),
      );
    expect(ours.jobs.map(withPercentilesAndBins)).toEqual(theirs.jobs.map(withPercentilesAndBins));
  });

  it.skipIf(missing !== '').each(cases)('$name: read and laid out by us is byte for byte what fio wrote', (one) => {
    const text = fio(one.format, one.fioLines);
    expect(serialiseResult(parseResult(text, 'fio.json'))).toBe(text.slice(text.indexOf('{\n')));
  });

  it.skipIf(missing !== '')('echoes every option that fio echoes', () => {
    const theirs = parseResult(fio('json', cases[2]!.fioLines), 'fio.json').jobs[0]!['job options']!;
    const typedOptions = { rw: 'randread', ioengine: 'libaio', iodepth: '4', numjobs: '2' };
    const engine = { ...base.engine, name: 'libaio' as const, depth: 4 };
    const worker = samplePlannedWorker({ job: sampleJob({ typedOptions }), engine });
    const input = sampleResultInput([sampleStep({ engineLabel: 'libaio', workers: [sampleOutcome({ worker })] })]);
    expect(buildResult(input).jobs[0]!['job options']).toMatchObject(theirs);
  });
});

describe(`fio's own reader of json+${reader ? '' : ' (skipped: fio_jsonplus_clat2csv is not installed)'}`, () => {
  it.skipIf(!reader)('takes ours and finds all samples', () => {
    const file = path.join(directory, 'ours.json');
    writeFileSync(file, serialiseResult(withBins(sampleEnginesResult())));
    const csv = path.join(directory, 'out.csv');
    execFileSync('fio_jsonplus_clat2csv', [file, csv], { stdio: 'pipe' });
    // Its own check: percentiles of the table it wrote against those in the document.
    execFileSync('fio_jsonplus_clat2csv', ['--validate', file, csv], { stdio: 'pipe' });
    const [head, ...rows] = readFileSync(path.join(directory, 'out_job0.csv'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(',').map((cell) => cell.trim()));
    const totalOf = (column: string) => Math.max(...rows.map((row) => Number(row[head!.indexOf(column)])));
    expect(totalOf('read_clat_ns_cumulative')).toBe(2800);
    expect(totalOf('write_clat_ns_cumulative')).toBe(1200);
  });
});
