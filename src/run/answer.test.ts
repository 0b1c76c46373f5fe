import { describe, expect, it } from 'vitest';
import { plainStyle } from '../report/terminal.js';
import { buildResult } from '../results/build.js';
import type { IotestDocument } from '../results/document.js';
import {
  sampleDirection,
  sampleEngineOptions,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResultInput,
  sampleStep,
  sampleWarning,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { answerLines } from './answer.js';
import { formatRun } from './text.js';

interface Given {
  readonly name: string;
  readonly engine?: 'psync' | 'libaio' | 'io_uring';
  readonly medianNs: number;
  readonly repetition?: number;
  readonly fails?: boolean;
  readonly isRated?: boolean;
}

const none = sampleDirection([]);

/** A step of one job: reads around `medianNs` for 1 s, one at a time. */
function stepOf({ name, engine = 'io_uring', medianNs, repetition = 0, fails = false, isRated = false }: Given) {
  const latencies = sampleLatencies(Math.round(1e9 / medianNs), medianNs, repetition + 1);
  const read = sampleDirection(
    latencies,
    isRated ? { openLoop: sampleDirection(latencies.map((ns) => 3 * ns)).total } : {},
  );
  const line = 5 + [...name].reduce((sum, character) => sum * 7 + character.charCodeAt(0), 0);
  const job = sampleJob({ name, source: { file: 'sample.ini', line, section: name } });
  const report = sampleWorkerReport({
    elapsedNs: 1e9,
    directions: { read, write: none, trim: none },
    error: fails ? { errno: 28, during: 'write of 4096 bytes' } : null,
    ended: fails ? 'error' : 'runtime',
  });
  const worker = samplePlannedWorker({ job, engine: sampleEngineOptions({ name: engine }), engineLabel: engine });
  return sampleStep({ engineLabel: engine, repetition, workers: [sampleOutcome({ worker, report })] });
}

const documentOf = (...given: readonly Given[]): IotestDocument => buildResult(sampleResultInput(given.map(stepOf)));
const answerOf = (document: IotestDocument, columns = 80) =>
  answerLines(document, plainStyle(true, false, columns)).join('\n');

describe('the answer of a run', () => {
  it('is a row for each job, with what it did', () => {
    const document = documentOf({ name: 'fast', medianNs: 100_000 }, { name: 'slow', medianNs: 1e6 });
    expect(answerOf(document)).toMatch(
      /^ +IOPS +BW +p50 +p99 +CPU\/IO\n {2}fast +randread 4k QD8 +10\.0k +39\.1MiB\/s +\d+us +\d+us +26\.0us\n {2}slow +randread 4k QD8 +1000 /,
    );
  });

  it('stands at the end, after one line for each kind of warning with the jobs it is about', () => {
    const document = documentOf({ name: 'a', medianNs: 100_000 }, { name: 'b', medianNs: 1e6 });
    const warnings = ['a', 'b', 'c', 'd'].map((jobName) => ({
      ...sampleWarning,
      jobName,
      message: `${jobName} waits`,
    }));
    const text = formatRun(document, warnings, plainStyle(true), { details: false });
    expect(text).toContain('\n\nwarning: a, b, 2 more jobs: a waits\n\n');
    expect(text.match(/warning: /g)).toHaveLength(1);
    expect(text.endsWith(`${answerOf(document).trimEnd()}\n`)).toBe(true);
    expect(text).not.toContain('percentiles');
    expect(formatRun(document, warnings, plainStyle(true))).toContain('percentiles');
  });

  it('names the best engine only where that is more than chance', () => {
    const runs = (count: number, scatter: number, medians: readonly number[]) =>
      documentOf(
        ...Array.from({ length: count }, (_, repetition) =>
          (['psync', 'libaio', 'io_uring'] as const).map((engine, index) => ({
            name: 'rd',
            engine,
            repetition,
            medianNs: medians[index]! * (1 + scatter * Math.sin(7 * repetition + index)),
          })),
        ).flat(),
      );
    const far = [400_000, 200_000, 100_000];
    expect(answerOf(runs(1, 0, far), 200).split('\n')[0]).toBe(
      'rd (randread 4k QD8): io_uring came first with 10.0k IOPS, 2.000x libaio; one run of each cannot tell that from chance (--repeat 10)',
    );
    expect(answerOf(runs(10, 0.01, far), 200)).toMatch(
      /^rd \(randread 4k QD8\): best is io_uring with 9\d\d\d IOPS, [12]\.\d+x libaio \([\d.-]+\), the next\n {2}median of 10 +IOPS/,
    );
    expect(answerOf(runs(10, 0.2, [400_000, 101_000, 100_000]), 200)).toMatch(
      /: \w+ with \S+ IOPS and \w+ cannot be told apart: [\d.]+x \([\d.-]+\)\n/,
    );
    expect(answerOf(runs(10, 0.002, [400_000, 100_100, 100_000]), 200)).toMatch(/ are the same within the tolerance: /);
  });

  it('judges what had a rate by how long requests took', () => {
    const document = documentOf(
      { name: 'rd', engine: 'psync', medianNs: 100_000, isRated: true },
      { name: 'rd', engine: 'io_uring', medianNs: 200_000, isRated: true },
    );
    const text = answerOf(document, 200);
    expect(text).toMatch(/psync came first with an open-loop p99 of \d+us, 0\.\d+x io_uring/);
    expect(text).toMatch(/IOPS .*p99 +open-loop p99 /);
  });

  it('crowns and ranks nothing that failed, and says why it did', () => {
    const document = documentOf(
      { name: 'rd', engine: 'psync', medianNs: 100_000 },
      { name: 'rd', engine: 'io_uring', medianNs: 1000, fails: true },
    );
    const text = answerOf(document, 200);
    expect(text).toMatch(/^rd \(randread 4k QD8\): fewer than two ran to their end, so there is nothing to compare\n/);
    expect(text).toMatch(/io_uring \(not whole\) /);
    expect(text).toMatch(/\n {2}rd io_uring: error: write of 4096 bytes/);
    const many = documentOf(
      ...Array.from({ length: 14 }, (_, index) => ({
        name: `j${index}`,
        medianNs: 100_000 + 1000 * index,
        fails: index === 0,
      })),
    );
    expect(answerOf(many)).toMatch(/^14 jobs, the most IOPS first\n.*\n {2}j1 [\s\S]*\n {2}j0 \(not whole\) /);
  });

  it('is short: four engines, two jobs, three repetitions below 60 lines, fifty jobs a line each', () => {
    const engines = ['psync', 'libaio', 'io_uring'] as const;
    const steps = [0, 1, 2].flatMap((repetition) =>
      ['a', 'b'].flatMap((name) => engines.map((engine) => ({ name, engine, repetition, medianNs: 100_000 }))),
    );
    const text = formatRun(documentOf(...steps), [sampleWarning], plainStyle(true), { details: false });
    expect(text.split('\n').length).toBeLessThan(30);
    const fifty = Array.from({ length: 50 }, (_, index) => ({ name: `job-${index}`, medianNs: 1e6 + 10_000 * index }));
    expect(
      answerOf(documentOf(...fifty))
        .trimEnd()
        .split('\n'),
    ).toHaveLength(52);
    const compared = fifty.flatMap((each) => engines.map((engine) => ({ ...each, engine })));
    const matrix = answerOf(documentOf(...compared))
      .trimEnd()
      .split('\n');
    expect(matrix).toHaveLength(52);
    expect(matrix[1]).toMatch(/psync +libaio +io_uring +best$/);
    expect(matrix[2]).toMatch(/^ {2}job-0 +\d+ +\d+ +\d+ +cannot be told$/);
  });

  it.each([60, 80, 120, 200])('keeps to %i columns', (columns) => {
    const long = 'a-name-that-is-as-long-as-those-of-generated-jobs';
    const given = [1, 2].map((index) => ({ name: `${long}-${index}`, medianNs: 100_000 }));
    for (const document of [
      documentOf(...given),
      documentOf(...given.flatMap((each) => (['psync', 'io_uring'] as const).map((engine) => ({ ...each, engine })))),
    ]) {
      const lines = answerOf(document, columns).split('\n');
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
      expect(new Set(lines.map((line) => line.trim().split(/ {2}/)[0])).size).toBeGreaterThan(2);
    }
  });
});
