import { describe, expect, it } from 'vitest';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import { bugDocument, errorDocument, formatBug, formatProblems } from './problems.js';
import { plainStyle } from './terminal.js';

const ascii = plainStyle(false);

const typo: Problem = {
  place: { file: 'job.ini', line: 12, column: 1, text: 'iodpeth=32' },
  message: 'unknown option "iodpeth"',
  advice: 'did you mean "iodepth"?',
};

describe('formatProblems', () => {
  it('shows place, line, caret and advice', () => {
    expect(formatProblems([typo], ascii)).toMatchInlineSnapshot(`
      "job.ini:12:1: unknown option "iodpeth"
          iodpeth=32
          ^
        -> did you mean "iodepth"?
      "
    `);
  });

  it('shows every problem and counts them', () => {
    const flag: Problem = { place: null, message: 'no job file', advice: null };
    expect(formatProblems([typo, flag], ascii).split('\n')).toEqual([
      'job.ini:12:1: unknown option "iodpeth"',
      '    iodpeth=32',
      '    ^',
      '  -> did you mean "iodepth"?',
      'iotest: no job file',
      '2 problems',
      '',
    ]);
  });

  it('gives each line of an advice that is a list a line of its own', () => {
    const problem: Problem = { place: null, message: 'which chart?', advice: 'one of\n--chart a (A)\n--chart b (B)' };
    expect(formatProblems([problem], ascii).split('\n')).toEqual([
      'iotest: which chart?',
      '  -> one of',
      '    --chart a (A)',
      '    --chart b (B)',
      '',
    ]);
  });

  it('puts the caret below its character after tabs, and in a long line', () => {
    const tabbed = formatProblems(
      [{ place: { file: 'a', line: 1, column: 4, text: '\tbs=4q' }, message: 'm', advice: null }],
      ascii,
    );
    expect(tabbed.split('\n')[2]).toBe('    \t  ^');
    const long = `${'x'.repeat(150)}=Q${'y'.repeat(50)}`;
    const [, source, caret] = formatProblems(
      [{ place: { file: 'a', line: 1, column: 152, text: long }, message: 'm', advice: null }],
      ascii,
    ).split('\n');
    expect(source![caret!.indexOf('^')]).toBe('Q');
    expect(source!.length).toBeLessThanOrEqual(80);
  });

  it('lets no escape sequence of a job file through', () => {
    const place = { file: 'a', line: 1, column: 1, text: '\u001b[2Jx' };
    expect(formatProblems([{ place, message: 'bad \u001b[31m', advice: '\u001b[1m' }], ascii)).not.toContain('\u001b');
  });

  it('leaves line and column out where there are none', () => {
    const place = { file: '--set', line: 0, column: 0, text: 'iodpeth=4' };
    expect(formatProblems([{ place, message: 'm', advice: null }], ascii)).toBe('--set: m\n    iodpeth=4\n');
  });
});

describe('errorDocument', () => {
  it('says the same to machines', () => {
    expect(errorDocument(new UserError([typo]))).toEqual({
      error: {
        code: 'usage',
        message: 'unknown option "iodpeth"',
        problems: [
          {
            file: 'job.ini',
            line: 12,
            column: 1,
            text: 'iodpeth=32',
            message: 'unknown option "iodpeth"',
            advice: 'did you mean "iodepth"?',
          },
        ],
      },
    });
    expect(errorDocument(UserError.of('x', null, ExitCode.failed)).error.code).toBe('failed');
  });
});

describe('a bug of ours', () => {
  it('is called one, without a stack', () => {
    const text = formatBug(new TypeError('x is undefined'), ascii);
    expect(text).toContain('this is a bug of iotest: x is undefined');
    expect(text).not.toContain('    at ');
    expect(bugDocument('boom').error).toMatchObject({ code: 'internal', message: 'boom' });
  });
});
