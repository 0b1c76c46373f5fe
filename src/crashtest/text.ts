/** What a crash test found, for people: the answer, then what it rests on, and what it cannot show. */
import { wrap } from '../report/layout.js';
import type { Style } from '../report/terminal.js';
import { printable } from '../support/printable.js';
import { formatBytesIec, formatCount } from '../support/units.js';
import type { CrashRound, CrashtestDocument } from './document.js';
import { type BrokenPromise, likenesses } from './read-back.js';

export function crashtestText(document: CrashtestDocument, style: Style): string {
  const { rounds, first, jobs } = document;
  const silent = jobs.filter(({ promise }) => promise === null).map(({ name }) => printable(name));
  const lines = [
    ...wrap(answerOf(document, style), ''),
    ...(first === null ? [] : firstLines(first)),
    ...(document.way === 'kill'
      ? rounds.flatMap((round, index) => fact(`round ${index + 1}`, roundText(round)))
      : rounds.filter(({ brokenCount }) => brokenCount > 0).flatMap((round) => fact('found', brokenText(round)))),
    ...fact(
      'promise',
      jobs
        .flatMap(({ name, promise }) => (promise === null ? [] : [`${printable(name)}: ${printable(promise)}`]))
        .join(', '),
    ),
    ...(silent.length === 0 ? [] : fact('silent', `${silent.join(', ')}: no sync follows, so that nothing is checked`)),
    ...fact('crash', howText(document)),
    ...rounds.flatMap(({ unwrittenPaths }) =>
      unwrittenPaths.length === 0 ? [] : fact('cache', cacheText(unwrittenPaths)),
    ),
    ...fact('shows', showsText(document)),
    ...(document.leftOutBytes === 0
      ? []
      : fact('state', `${document.leftOutBytes} bytes at its end are no whole record, and were left out`)),
  ];
  return `${lines.join('\n')}\n`;
}

function fact(label: string, text: string): string[] {
  return wrap(text, `  ${label.padEnd(8)}: `);
}

function answerOf({ verdict, rounds, way }: CrashtestDocument, style: Style): string {
  const sum = (value: (round: CrashRound) => number) => rounds.reduce((total, round) => total + value(round), 0);
  const writes = countOf(
    sum(({ promisedWriteCount }) => promisedWriteCount),
    'write',
  );
  const syncs = countOf(
    sum(({ syncCount }) => syncCount),
    'sync',
  );
  const kills = way === 'kill' ? ` in ${countOf(rounds.length, 'round')}` : '';
  const read = formatBytesIec(sum(({ checkedBytes }) => checkedBytes));
  const brokenCount = sum((round) => round.brokenCount);
  switch (verdict) {
    case 'kept':
      return `${style.good('every promise was kept')}: ${writes} promised by ${syncs}${kills}; ${read} read back, all as promised`;
    case 'broken':
      return `${style.bad('a promise was broken')}: of ${writes} promised by ${syncs}${kills}, ${formatCount(brokenCount)} ${brokenCount === 1 ? 'is' : 'are'} not there`;
    case 'interrupted':
      return `interrupted: ${rounds.length === 0 ? 'nothing was checked' : `so far every promise was kept: ${writes} promised by ${syncs}${kills}`}`;
    case 'nothing was promised':
      return `nothing can be told: ${nothingText(rounds)}`;
  }
}

function nothingText(rounds: readonly CrashRound[]): string {
  return rounds.some(({ promisedWriteCount }) => promisedWriteCount > 0)
    ? 'the writer ended by itself each time, before it was killed'
    : 'no sync had returned that promised anything';
}

function firstLines(first: BrokenPromise): string[] {
  const { path, offset, byteCount, likeness, found, write, sync, job, syncedEpochMs, syncTookMs } = first;
  const when = new Date(syncedEpochMs).toISOString();
  return [
    ...fact('first', printable(`${path}, ${byteCount} bytes at offset ${offset}: ${likenessText[likeness]}`)),
    ...fact(
      'promised',
      printable(
        `write ${write} of job ${job}, by sync ${sync}, which returned at ${when} after ${syncTookMs.toFixed(3)} ms`,
      ),
    ),
    ...fact('there is', printable(found)),
  ];
}

const likenessText: Readonly<Record<BrokenPromise['likeness'], string>> = {
  zeros: 'zeros in place of a promised write',
  older: 'older data: the promised write was lost',
  foreign: 'data of an earlier run: the promised write was lost',
  misplaced: "another place's data (a misdirected write or read)",
  torn: 'a torn write: a part of it is there',
  damaged: 'damaged data',
  missing: 'nothing is there',
  unreadable: 'it cannot be read',
};

export function roundText(round: CrashRound): string {
  const { ended, wroteMs, syncCount, promisedWriteCount, brokenCount } = round;
  const after = wroteMs === null ? '' : ` after ${(wroteMs / 1000).toFixed(1)} s`;
  const end = { killed: 'killed', done: 'ended by itself', stopped: 'stopped', power: 'read back' }[ended];
  const result = brokenCount === 0 ? 'all kept' : brokenText(round);
  return `${end}${after}: ${formatCount(promisedWriteCount)} promised by ${formatCount(syncCount)}, ${result}`;
}

function brokenText({ likenesses: counts }: CrashRound): string {
  return likenesses.flatMap((name) => (counts[name] === undefined ? [] : [`${counts[name]} ${name}`])).join(', ');
}

function howText({ way, restarted }: CrashtestDocument): string {
  if (way === 'kill') return 'kill -9 of the writer; no power was cut';
  if (restarted === null)
    return 'whatever happened between --before and --after; whether power was cut is not known here';
  return restarted
    ? 'this machine was started anew between --before and --after'
    : 'this machine was not started anew between --before and --after: at most the device itself lost power';
}

function cacheText([path, ...others]: readonly string[]): string {
  const more = others.length === 0 ? '' : ` (and of ${countOf(others.length, 'other file')})`;
  return printable(
    `of ${path}${more} the kernel has data in memory that is not on the device yet: it was read from there, and nothing of it shows what the device kept`,
  );
}

function showsText({ way, verdict, rounds }: CrashtestDocument): string {
  if (verdict === 'broken') return 'data that a sync had promised is not on the device';
  if (verdict === 'nothing was promised' || rounds.length === 0) return 'nothing';
  return way === 'kill'
    ? 'that what was promised can be read from the device when its writer is gone. Not that it survives a loss of power: the caches of kernel and device lived on (--before and --after around a power cut show that)'
    : 'that what was promised survived. Not that it always will: a device may lose what it has in its cache another time';
}

function countOf(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
