import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDraft } from '../job/draft.js';
import type { ReplayOptions } from '../job/job.js';
import { isBlktrace, parseIolog } from './iolog.js';
import type { Recording } from './recording.js';

const v3 = 'fio version 3 iolog\n';
const v2 = 'fio version 2 iolog\n';

function parse(text: string, options: Partial<ReplayOptions> = {}) {
  return parseIolog(Buffer.from(text), 'il', { ...createDraft().replay, ...options });
}

function rowsOf({ count, operation, fileIndex, byteCount, offset, dueNs }: Recording): number[][] {
  return Array.from({ length: count }, (_, row) => [
    operation[row]!,
    fileIndex[row]!,
    offset[row]!,
    byteCount[row]!,
    dueNs[row]! / 1000,
  ]);
}

function rows(text: string, options: Partial<ReplayOptions> = {}): number[][] {
  const { recording, problems } = parse(text, options);
  expect(problems).toEqual([]);
  return rowsOf(recording);
}

/** `line: message`, by line. */
const problemsOf = (text: string, options: Partial<ReplayOptions> = {}) =>
  parse(text, options).problems.map(({ place, message }) => `${place?.line}: ${message}`);

const files = '100 a add\n100 /srv/b add\n150 a open\n160 /srv/b open\n';

describe('version 3', () => {
  it('is read in order, timed from the first I/O', () => {
    const text = `${v3}${files}200 a read 0 4096\n250 /srv/b write 8192 512\n250 a sync 0 0\n300 a datasync 77 0\n310 /srv/b trim 4096 1024\n400 a close\n`;
    expect(parse(text).recording.files).toEqual(['a', '/srv/b']);
    expect(rows(text)).toEqual([
      [0, 0, 0, 4096, 0],
      [1, 1, 8192, 512, 50],
      [3, 0, 0, 0, 50],
      [4, 0, 0, 0, 100],
      [2, 1, 4096, 1024, 110],
    ]);
  });

  it('keeps its pace when a time goes back, as where fio added to a file', () => {
    const text = `${v3}0 a add\n0 a read 0 512\n500 a read 512 512\n${v3}0 a add\n0 a open\n10 a read 0 512\n`;
    expect(rows(text).map((row) => row[4])).toEqual([0, 500, 510]);
  });

  it.each([
    [100, 400],
    [200, 200],
    [50, 800],
  ])('runs at %d %% of its speed', (timeScalePercent, us) => {
    expect(rows(`${v3}0 a add\n100 a read 0 512\n500 a read 0 512\n`, { timeScalePercent })[1]![4]).toBe(us);
  });

  it('has no times with replay_no_stall', () => {
    expect(rows(`${v3}0 a add\n5 a read 0 512\n9 a read 0 512\n`, { noStall: true }).map((row) => row[4])).toEqual([
      0, 0,
    ]);
  });

  it('is scaled, then aligned', () => {
    const text = `${v3}0 a add\n0 a read 100000 512\n`;
    expect(rows(text, { offsetScale: 3 })[0]![2]).toBe(33333);
    expect(rows(text, { offsetScale: 3, offsetAlignBytes: 4096 })[0]![2]).toBe(32768);
  });

  it('goes to one target with replay_redirect', () => {
    const text = `${v3}${files}0 a read 0 512\n0 /srv/b read 512 512\n`;
    const { recording } = parse(text, { redirect: '/dev/vdb' });
    expect(recording.files).toEqual(['/dev/vdb']);
    expect(rowsOf(recording).map((row) => row[1])).toEqual([0, 0]);
  });

  it('leaves out what replay_skip names; sync means fsync alone, as in fio', () => {
    const text = `${v3}0 a add\n0 a read 0 1\n0 a write 0 1\n0 a trim 0 1\n0 a sync 0 0\n0 a datasync 0 0\n`;
    expect(rows(text, { skip: ['write', 'sync'] }).map((row) => row[0])).toEqual([0, 2, 4]);
    expect(rows(text, { skip: ['read', 'trim'] }).map((row) => row[0])).toEqual([1, 3, 4]);
  });

  it('has large trims cut into pieces', () => {
    const { recording, splitTrimCount } = parse(`${v3}0 a add\n0 a trim 4096 2147483648\n`);
    expect(splitTrimCount).toBe(1);
    expect(rowsOf(recording).map((row) => row.slice(2, 4))).toEqual([
      [4096, 2 ** 30],
      [4096 + 2 ** 30, 2 ** 30],
    ]);
  });

  it('may have empty lines, ends of line of other systems, and no last one', () => {
    expect(rows('fio version 3 iolog\r\n0 a add\r\n\r\n0 a read 0 512\r\n0 a read 512 512')).toHaveLength(2);
  });
});

describe('version 2', () => {
  it('waits until so many ms after the start, as fio does whatever its manual says', () => {
    const text = `${v2}a add\na open\na wait 5 0\na read 0 512\na wait 9 0\na read 512 512\na wait 7 0\na write 0 512\na close\n`;
    expect(rows(text).map((row) => row[4])).toEqual([5000, 9000, 9000]);
    expect(rows(text, { noStall: true }).map((row) => row[4])).toEqual([0, 0, 0]);
  });
});

describe('damage is told with all its lines', () => {
  it('of every kind', () => {
    const text = [
      'fio version 3 iolog',
      '0 a add',
      'x a read 0 512',
      '0 a read 0',
      '0 a read -1 512',
      '0 a read 0 0x200',
      '0 a read 0 0',
      '0 b read 0 512',
      '0 a wait 10 0',
      '0 a frobnicate 0 512',
      '0 a rename',
      '0 a read',
      '0 a',
      '0 a read 0 512 9',
      '0 a write 0 4294967295',
      '0 a read 99999999999999999999 512',
    ].join('\n');
    expect(problemsOf(text)).toEqual([
      '3: "x" is not a time in microseconds',
      '4: "read" has an offset and no length',
      '5: "-1" is not an offset in bytes',
      '6: "0x200" is not a length in bytes',
      '7: a read of 0 bytes',
      '8: the file "b" was not added before',
      '9: "wait" is not allowed in version 3',
      '10: unknown action "frobnicate"',
      '11: unknown action "rename"',
      '12: "read" has no offset and no length',
      '13: this line has 1 words',
      '14: this line has 5 words',
      '15: a write of 4294967295 bytes is too long',
      '16: "99999999999999999999" is not an offset in bytes',
    ]);
  });

  it.each([
    ['', ['1: the recording is empty']],
    ['fio version 9 iolog\n', ['1: version 9 of iologs is not supported']],
    ['0, 4096, 512\n', ['1: version 1 of iologs is not supported']],
    ['hello\nworld\n', ['1: this is not an iolog: its first line is not "fio version 3 iolog"']],
    [`${v3}0 a add\n0 a open\n0 a close\n`, ['1: there is no I/O to replay in it']],
    [`${v2}a add\n${v3}`, ['3: version 3 begins inside of version 2']],
  ])('of the whole: %j', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('but not for ever', () => {
    const problems = problemsOf(`${v3}${'nonsense\n'.repeat(1000)}`);
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toBe('0: 950 more problems in il');
  });

  it('and whatever the bytes are, nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, hasHeader) => {
        const text = Buffer.concat([Buffer.from(hasHeader ? v3 : ''), Buffer.from(bytes)]);
        const { problems, recording } = parseIolog(text, 'il', createDraft().replay);
        expect(problems.length > 0 || recording.count > 0).toBe(true);
      }),
    );
  });
});

it('knows binary traces by their first bytes', () => {
  expect(isBlktrace(Buffer.from([0x07, 0x74, 0x61, 0x65, 0, 0]))).toBe(true);
  expect(isBlktrace(Buffer.from([0x65, 0x61, 0x74, 0x07, 0, 0]))).toBe(true);
  expect(isBlktrace(Buffer.from(v3))).toBe(false);
  expect(isBlktrace(Buffer.from([0x07]))).toBe(false);
});
