import { describe, expect, it } from 'vitest';
import type { ListedResult } from '../results/index-file.js';
import { csv, formatResultList, resultListCsv, shortIds, skippedLines } from './results-text.js';
import { plainStyle } from './terminal.js';

const result: ListedResult = {
  id: '20261122-120000-sample-00aa11',
  file: '20261122-120000-sample-00aa11.json',
  startedAt: '2026-11-22T12:00:00.000Z',
  source: 'iotest',
  name: 'sample',
  jobs: ['randread'],
  engines: ['io_uring+sqpoll', 'psync'],
  repetitionCount: 1,
  headline: { iops: 123_456, bytesPerSecond: 505_675_776, latencyMeanNs: 64_800 },
  interrupted: false,
  failedJobCount: 0,
  isNoisy: false,
  identity: 'abc',
  full: 'def',
  jobHash: '123',
  label: null,
  isAccepted: false,
};

const table = (results: readonly ListedResult[]) => formatResultList(results, results, plainStyle(true)).split('\n');

describe('formatResultList', () => {
  it('is a line for each result', () => {
    expect(table([result])).toEqual([
      'ID               NAME    JOBS      ENGINES            IOPS    MEAN',
      '20261122-120000  sample  randread  io_uring+sqpo… +1  123k  64.8us',
      '',
    ]);
  });

  it('stays within 80 columns, whatever the names', () => {
    const long = 'x'.repeat(200);
    const lines = table([
      {
        ...result,
        name: long,
        jobs: [long, long],
        engines: [long, long],
        label: long,
        isNoisy: true,
        failedJobCount: 1,
      },
      { ...result, id: '20261122-120001-b', headline: { iops: 0, bytesPerSecond: 0, latencyMeanNs: null } },
    ]);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines[1]).toMatch(/ne$/);
    const twins = ['1', '2'].map((end) => ({ ...result, id: `20261122-120000-sample-00aa1${end}`, name: long }));
    expect(table(twins).filter((line) => line.length > 80)).toEqual([]);
  });

  it('explains the marks that it uses, and no others', () => {
    const text = table([{ ...result, isNoisy: true, interrupted: true }]).join('\n');
    expect(text).toContain('n noisy: something else was at work, i interrupted\n');
    expect(table([result]).join('\n')).not.toContain('interrupted');
    expect(table([{ ...result, source: 'fio', isNoisy: null }]).join('\n')).toContain("f fio's own");
  });

  it('shows labels below, and nothing that a terminal would obey', () => {
    const lines = table([{ ...result, name: '\u001b[2Jx', label: 'before\u0007 the update' }]);
    expect(lines[2]).toBe('  before? the update');
    expect(lines.join('')).not.toContain('\u001b');
  });

  it('says when there is nothing', () => {
    expect(table([])).toEqual(['no results', '']);
  });
});

it('short ids begin no other one', () => {
  const ids = ['a-1', 'a-12', 'a-2', 'b', 'abc'];
  const short = shortIds(ids, 1);
  expect(Object.fromEntries(short)).toEqual({ 'a-1': 'a-1', 'a-12': 'a-12', 'a-2': 'a-2', abc: 'ab', b: 'b' });
});

describe('csv', () => {
  it('quotes what needs it, and defuses formulas', () => {
    expect(csv([{ a: 'x,y', b: 'say "no"', c: null, d: 1.5, e: true, f: '=cmd()', g: 'two\nlines' }])).toBe(
      'a,b,c,d,e,f,g\n"x,y","say ""no""",,1.5,true,\'=cmd(),two?lines\n',
    );
    expect(csv([])).toBe('');
  });

  it('has the list with a line of names', () => {
    const [head, row] = resultListCsv([result]).split('\n');
    expect(head!.split(',').slice(0, 3)).toEqual(['id', 'file', 'startedAt']);
    expect(row!.split(',')).toHaveLength(head!.split(',').length);
    expect(row).toContain('io_uring+sqpoll psync');
  });
});

it('skipped files are named with what to do', () => {
  const skipped = [{ file: 'a.json', message: 'the file is empty', advice: 'give a result' }];
  expect(skippedLines(skipped, plainStyle(true))).toEqual(['skipped a.json: the file is empty', '  → give a result']);
});
