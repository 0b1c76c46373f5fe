/**
 * Signals at moments drawn by chance, from the start of the program on: nothing half made is left, and the status tells
 * the signal. A small seeded run; `SIGNAL_STARTS=100 SIGNAL_SEED=1` makes another.
 */
import fs from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ended, scratchFolder, start } from '../cli/command.js';
import { documentIn, expectNoCrash, namesIn } from './fault-lab.js';

const seed = Number(process.env.SIGNAL_SEED ?? 20261130);
const starts = Number(process.env.SIGNAL_STARTS ?? 12);

/** Numbers from 0 to below 1: the generator of Park and Miller. */
function drawing(from: number): () => number {
  let state = (from % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

const files = {
  'job.ini': '[job]\nfilename=data\nsize=64m\nrw=randread\nioengine=io_uring\niodepth=4\nruntime=3\ntime_based\n',
  'other.ini': '[job]\nioengine=null\nsize=1g\nrw=randrw\nruntime=3\ntime_based\n',
};

const verbs: readonly (readonly string[])[] = [
  ['run', 'job.ini', '--format', 'json', '--output', 'output.json'],
  ['run', 'other.ini', '--format', 'json', '--output', 'output.json'],
  ['fio', 'job.ini', '--output-format=json', '--output=output.json'],
  ['sweep', 'job.ini', '--vary', 'iodepth=1,2'],
  ['gate', '--ab', 'other.ini', 'other.ini', '--no-save'],
  ['check', 'job.ini'],
];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGUSR1'] as const;

const draw = drawing(seed);
const cases = Array.from({ length: starts }, (_, index) => {
  const argv = verbs[index % verbs.length]!;
  const signal = signals[Math.floor(draw() * signals.length)]!;
  return { argv, signal, delayMs: Math.floor(draw() * 4000), words: argv.slice(0, 2).join(' ') };
});

/** All files below a folder, by their paths in it. */
function below(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile());
}

it.each(cases)('$signal after $delayMs ms of iotest $words', async ({ argv, signal, delayMs }) => {
  const cwd = scratchFolder(files);
  const temporary = scratchFolder();
  const child = start(argv, { cwd, environment: { TMPDIR: temporary } });
  const end = ended(child);
  await sleep(delayMs);
  const { exitCode } = child;
  child.kill(signal);
  const result = await end;
  expectNoCrash(result);
  // null: Node was not up yet, and the signal did what it does to every process. fio's own status is 128.
  const ofSignal = argv[0] === 'fio' ? [128, 128 + constants.signals[signal]] : [128 + constants.signals[signal]];
  const allowed = signal === 'SIGUSR1' ? [0, 2, null] : [0, 2, ...ofSignal, null];
  expect(allowed).toContain(exitCode ?? result.status);
  if (result.status === null) expect(child.signalCode).toBe(signal);
  const left = below(cwd);
  expect(left.filter((name) => /\.part|\.tmp|~$/.test(name))).toEqual([]);
  // Laid out whole, or gone.
  if (left.includes('data')) expect(fs.statSync(path.join(cwd, 'data')).size).toBe(64 << 20);
  for (const name of left.filter((name) => /^results\/[^/]+\.json$|^output\.json$/.test(name))) {
    const text = fs.readFileSync(path.join(cwd, name), 'utf8');
    if (argv[0] === 'fio') JSON.parse(text.slice(text.indexOf('{')));
    else documentIn(text);
  }
  expect(namesIn(temporary)).toEqual([]);
});
