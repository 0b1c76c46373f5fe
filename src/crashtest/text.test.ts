import { expect, it } from 'vitest';
import { plainStyle } from '../report/terminal.js';
import { type CrashRound, documentOf, statusOf } from './document.js';
import type { CrashJob } from './plan.js';
import type { BrokenPromise } from './read-back.js';
import { crashtestText } from './text.js';

const jobs: CrashJob[] = [
  { name: 'wal\u001b[31m', workerIndex: 0, promise: 'fsync=1', unitBytes: 512, files: [] },
  { name: 'noise', workerIndex: 1, promise: null, unitBytes: 512, files: [] },
];
const first: BrokenPromise = {
  ...{ job: 'wal', path: 'a\u001b[2Jb', offset: 512, byteCount: 512, write: 7, sync: 3 },
  ...{ syncedEpochMs: 0, syncTookMs: 0.25, likeness: 'older', found: 'older data, of write 2' },
};

function round(more: Partial<CrashRound> = {}): CrashRound {
  return {
    ...{ ended: 'killed', wroteMs: 1234, promisedWriteCount: 8, promisedBytes: 4096, syncCount: 8 },
    ...{ checkedBytes: 4096, brokenCount: 0, likenesses: {}, first: null, jobs: [], unwrittenPaths: [] },
    ...more,
  };
}

function say(
  rounds: readonly CrashRound[],
  more: { isInterrupted?: boolean; restarted?: boolean | null; way?: 'kill' | 'power' } = {},
) {
  const { isInterrupted = false, restarted = false, way = 'kill' } = more;
  const document = documentOf({ way, jobs, rounds, restarted, leftOutBytes: 0 }, isInterrupted);
  return { text: crashtestText(document, plainStyle(false)).replaceAll(/\s+/g, ' '), status: statusOf(document) };
}

it('begins with the answer, and says what it rests on', () => {
  const { text, status } = say([round(), round()]);
  expect(text).toMatch(
    /^every promise was kept: 16 writes promised by 16 syncs in 2 rounds; 8192B read back, all as promised /,
  );
  expect(text).toContain('round 2 : killed after 1.2 s: 8 promised by 8, all kept');
  expect(text).toContain('promise : wal?[31m: fsync=1 ');
  expect(text).toContain('silent : noise: no sync follows');
  expect(status).toBe(0);
});

it('names the first broken promise, and what is there', () => {
  const { text, status } = say([round(), round({ brokenCount: 2, likenesses: { zeros: 1, older: 1 }, first })]);
  expect(text).toMatch(/^a promise was broken: of 16 writes promised by 16 syncs in 2 rounds, 2 are not there /);
  expect(text).toContain('first : a?[2Jb, 512 bytes at offset 512: older data: the promised write was lost');
  expect(text).toContain('by sync 3, which returned at 1970-01-01T00:00:00.000Z after 0.250 ms');
  expect(text).toContain('all kept round 2 : killed after 1.2 s: 8 promised by 8, 1 zeros, 1 older');
  expect(text).not.toContain('\u001b');
  expect(status).toBe(3);
});

it('claims nothing where nothing was promised, or nothing was cut', () => {
  const none = { promisedWriteCount: 0, syncCount: 0, checkedBytes: 0 };
  expect(say([round(none)])).toMatchObject({
    status: 4,
    text: expect.stringMatching(/^nothing can be told: no sync had returned/),
  });
  expect(say([round({ ended: 'done' })])).toMatchObject({
    status: 4,
    text: expect.stringMatching(/^nothing can be told: the writer ended by itself/),
  });
});

it('tells a broken promise also of a writer that ended by itself, or was stopped', () => {
  const broken = { brokenCount: 1, likenesses: { older: 1 }, first };
  expect(say([round({ ended: 'done', ...broken })]).status).toBe(3);
  expect(say([round({ ended: 'stopped', ...broken })], { isInterrupted: true }).status).toBe(3);
});

it('keeps what is known so far when it is interrupted', () => {
  expect(say([round()], { isInterrupted: true })).toMatchObject({
    status: 130,
    text: expect.stringMatching(
      /^interrupted: so far every promise was kept: 8 writes promised by 8 syncs in 1 round /,
    ),
  });
  expect(say([], { isInterrupted: true }).text).toMatch(/^interrupted: nothing was checked /);
});

it.each([
  [true, 'this machine was started anew between --before and --after'],
  [false, 'at most the device itself lost power'],
  [null, 'whether power was cut is not known here'],
])('says what is known of the power: restarted %s', (restarted, words) => {
  expect(say([round({ ended: 'power', wroteMs: null })], { restarted, way: 'power' }).text).toContain(words);
});

it('says what was read from memory, for it was not written yet', () => {
  const of = (...unwrittenPaths: string[]) => say([round({ unwrittenPaths })], { way: 'power' }).text;
  expect(of()).not.toContain('cache : ');
  expect(of('a\u001b[2Jb', 'b')).toContain('cache : of a?[2Jb (and of 1 other file) the kernel has data in memory');
});
