import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { parseJobFileTolerances, parseToleranceFlags, tolerancesFrom } from './tolerances.js';

const problemsOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  return [];
};

describe('tolerances', () => {
  it('have defaults; p90 and max are not judged', () => {
    const tolerances = tolerancesFrom([]);
    expect(
      ['iops', 'bw', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max', 'cpu'].map((name) => tolerances('a', name as 'iops')),
    ).toEqual([0.05, 0.05, 0.05, 0.05, null, 0.1, 0.2, null, 0.1]);
  });

  it('of one job go before those of all, later before earlier', () => {
    const tolerances = tolerancesFrom(
      parseToleranceFlags(['rd:p99=3%', 'p99=20%', 'p99=30%', 'cpu=off', 'a:b:p90=2.5%']),
    );
    expect([tolerances('rd', 'p99'), tolerances('wr', 'p99'), tolerances('wr', 'cpu')]).toEqual([0.03, 0.3, null]);
    expect(tolerances('a:b', 'p90')).toBe(0.025);
  });

  it('that cannot be read are all named', () => {
    const problems = problemsOf(() => parseToleranceFlags(['p99', 'p98=5%', 'iops=5', 'max=5%', 'cpu=0%', 'iosp=1%']));
    expect(problems.map(({ message }) => message)).toEqual([
      '--tolerance p99 is not METRIC=PER_CENT',
      '--tolerance p98=5%: there is no metric "p98"',
      '--tolerance iops=5: "5" is no tolerance',
      '--tolerance max=5%: the maximum is one sample and cannot be judged',
      '--tolerance cpu=0%: "0%" is no tolerance',
      '--tolerance iosp=1%: there is no metric "iosp"',
    ]);
    expect(problems.at(-1)!.advice).toBe('did you mean "iops"?');
  });
});

describe('tolerances of a job file', () => {
  it('stand in comments: for all, for one job, and for all again', () => {
    const text =
      '[global]\nbs=4k\n; gate_iops=3%\n\n[rd] ; the job\nrw=read\n# gate_p99 = 15%\n\n; [gate]\n;gate_cpu=off\n';
    expect(parseJobFileTolerances(text, 'a.ini')).toEqual([
      { jobName: null, metric: 'iops', tolerance: 0.03 },
      { jobName: 'rd', metric: 'p99', tolerance: 0.15 },
      { jobName: null, metric: 'cpu', tolerance: null },
    ]);
  });

  it('are named with their line when they cannot be read, as is a real section', () => {
    const problems = problemsOf(() => parseJobFileTolerances('[rd]\n; gate_p9=5%\n[gate]\n', 'a.ini'));
    expect(problems.map(({ place, message }) => [place!.line, place!.column, message])).toEqual([
      [2, 3, 'there is no metric "p9"'],
      [3, 1, '[gate] is read as a job, by fio too'],
    ]);
  });

  it('leave prose alone', () => {
    expect(parseJobFileTolerances('; what gate_p99=10% means: see the docs\n[a]\n', 'a.ini')).toEqual([]);
  });
});
