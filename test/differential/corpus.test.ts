/**
 * fio's own example job files, given to fio and to `iotest fio`, in a folder each: those that run agree with fio in what
 * can be equal, the others are refused by the lines that are the reason. What comes out of it stands in
 * corpus-states.json, from which docs/compatibility.md is made: after a change on purpose
 * `IOTEST_UPDATE_CORPUS=1 npx vitest run test/differential/corpus.test.ts`, `npx biome check --write test` and
 * `npm run docs` renew both.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fioExamples } from '../../scripts/corpus.js';
import { parseJobFile } from '../../src/job/expand.js';
import { type Problem, UserError } from '../../src/support/errors.js';
import { executable, scratchFolder } from '../cli/command.js';
import {
  type Agreement,
  agreementOf,
  type CorpusStates,
  changeOf,
  deviceBytes,
  deviceFile,
  type ExampleState,
  environmentOf,
  fioCannot,
  fioTriesOf,
  readStates,
  refusals,
  refusedByPlan,
  shrunk,
  statesFile,
} from './corpus.js';
import { fioMissing } from './fio.js';

const examples = fioExamples();
const missing = fioMissing() ?? (examples === null ? 'the package fio-examples cannot be had' : null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);
const recorded = readStates();
const updating = process.env.IOTEST_UPDATE_CORPUS === '1';
const found: Record<string, ExampleState> = {};

const inPackage = examples === null ? [] : fs.readdirSync(examples).filter((name) => name.endsWith('.fio'));
const names = [...new Set([...Object.keys(recorded.examples), ...inPackage])].sort();

afterAll(() => {
  if (!updating || missing !== null) return;
  const fioVersion = spawnSync('fio', ['--version'], { encoding: 'utf8' }).stdout.trim().replace('fio-', '');
  const all = Object.fromEntries(names.map((name) => [name, found[name] ?? recorded.examples[name]!]));
  fs.writeFileSync(statesFile, `${JSON.stringify({ fioVersion, examples: all } satisfies CorpusStates, null, 2)}\n`);
});

describe.skipIf(missing !== null)(withFio('fio’s examples'), () => {
  it('are those that the states know', () => expect(inPackage.sort()).toEqual(Object.keys(recorded.examples).sort()));

  it.each(names)('%s', async (name) => {
    const text = fs.readFileSync(path.join(examples!, name), 'utf8');
    const problems = problemsOf(text, environmentOf(name));
    const planned = refusedByPlan[name];
    if (planned !== undefined) {
      const { status, stderr } = spawnSync(executable, ['check', '-'], { input: text, encoding: 'utf8' });
      expect({ status, problems }).toEqual({ status: 2, problems: [] });
      expect(stderr.replace(/\s+/g, ' ')).toContain(planned);
    } else if (problems.length > 0) expectNamed(problems, refusals[name] ?? []);
    else await compare(name, shrunk(name, text));
    found[name] = stateOf(name, problems);
    if (!updating)
      expect(found[name], `the recorded state is stale: see the head of this file`).toEqual(recorded.examples[name]);
  });
});

function stateOf(name: string, problems: readonly Problem[]): ExampleState {
  if (problems.length > 0) {
    return { state: 'refused', agreement: null, reasons: [...new Set(problems.map(({ message }) => message))] };
  }
  const planned = refusedByPlan[name];
  if (planned !== undefined) return { state: 'refused', agreement: null, reasons: [`the plan refuses ${planned}`] };
  const impossible = fioCannot(name);
  if (impossible !== null) return { state: 'fio cannot run it', agreement: null, reasons: [impossible] };
  return { state: 'equal', agreement: agreementOf(name), reasons: [changeOf(name)].filter((each) => each !== null) };
}

/** With as many CPUs as any example wants. */
function problemsOf(text: string, environment: Readonly<Record<string, string>>): readonly Problem[] {
  const machine = { cpuCount: 1024, pageBytes: 4096, memoryBytes: 2 ** 34 };
  try {
    parseJobFile(text, 'job.fio', { overrides: [], sections: [], environment, ...machine });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems;
  }
}

function expectNamed(problems: readonly Problem[], lines: readonly string[]): void {
  expect(lines, 'a refused example needs its lines in the table of refusals').not.toEqual([]);
  for (const { place, message } of problems) {
    expect(place?.line, message).toBeGreaterThan(0);
    expect(place!.text, message).not.toBe('');
  }
  for (const line of lines) {
    const own = problems.filter(({ place }) => place!.text.replace(/\s+[;#].*$/, '').trim() === line);
    expect(own.map(({ message }) => message).join('\n'), line).toContain(line.split('=')[0]);
  }
}

interface Run {
  readonly status: number | null;
  readonly messages: string;
  readonly jobs: readonly FioJob[];
  /** Sizes of the I/Os of each direction, as the bandwidth log has them; empty without one. */
  readonly sizes: readonly Sample[];
}

/** I/Os by their size in bytes. */
type Sample = ReadonlyMap<number, number>;

interface FioCounts {
  readonly total_ios: number;
  readonly io_bytes: number;
}

interface FioJob {
  readonly jobname: string;
  readonly groupid: number;
  readonly error: number;
  readonly read: FioCounts;
  readonly write: FioCounts;
  readonly trim: FioCounts;
}

async function run(program: readonly string[], name: string, text: string): Promise<Run> {
  const cwd = scratchFolder({ 'job.fio': text });
  fs.writeFileSync(path.join(cwd, deviceFile), Buffer.alloc(deviceBytes));
  // fio's jobs leave its session and would hold a pipe open for ever if they hang: what it says goes to files.
  const words = ['-s', 'KILL', '50', ...program, '--output-format=json', '--output=out.json', 'job.fio'];
  const env = { ...process.env, ...environmentOf(name) };
  const messageFile = fs.openSync(path.join(cwd, 'messages'), 'w');
  const child = spawn('timeout', words, { cwd, env, stdio: ['ignore', messageFile, messageFile] });
  fs.closeSync(messageFile);
  const [status] = (await once(child, 'exit')) as [number | null];
  const readBack = (file: string) =>
    fs.existsSync(path.join(cwd, file)) ? fs.readFileSync(path.join(cwd, file), 'utf8') : '';
  const stdout = readBack('out.json');
  const stderr = readBack('messages');
  // fio 3.33 writes -nan for the steady state of a job that did not reach it.
  const document = stdout.slice(stdout.search(/^\{$/m), stdout.search(/^\}$/m) + 1).replaceAll(/: -?nan\b/g, ': null');
  const jobs = document === '' ? [] : (JSON.parse(document) as { jobs: FioJob[] }).jobs;
  return { status, messages: stderr, jobs, sizes: sizesIn(cwd) };
}

/** `time, bandwidth, direction, size, …`, an I/O each. */
function sizesIn(folder: string): Sample[] {
  const samples = [0, 1, 2].map(() => new Map<number, number>());
  for (const file of fs.readdirSync(folder).filter((each) => each.startsWith('sizes_bw.'))) {
    for (const line of fs.readFileSync(path.join(folder, file), 'utf8').trim().split('\n')) {
      const [, , direction, size] = line.split(',').map(Number);
      const sample = samples[direction!];
      if (sample !== undefined) sample.set(size!, (sample.get(size!) ?? 0) + 1);
    }
  }
  return samples;
}

/** Each size has the share that it has in the other sample, within five standard deviations of what was drawn. */
function expectSameShares(ours: Sample, theirs: Sample): void {
  const count = (sample: Sample): number => [...sample.values()].reduce((sum, each) => sum + each, 0);
  const [n, m] = [count(ours), count(theirs)];
  expect(n > 0).toBe(m > 0);
  for (const size of new Set([...ours.keys(), ...theirs.keys()])) {
    const [a, b] = [(ours.get(size) ?? 0) / n, (theirs.get(size) ?? 0) / m];
    const share = (a * n + b * m) / (n + m);
    const deviation = Math.sqrt(share * (1 - share) * (1 / n + 1 / m));
    expect(Math.abs(a - b), `blocks of ${size} bytes: ${a} here, ${b} there`).toBeLessThanOrEqual(5 * deviation + 1e-9);
  }
}

async function runFio(name: string, text: string): Promise<Run> {
  const isExpected = ({ status }: Run) => (status === 0) === (fioCannot(name) === null);
  let fio = await run(['fio'], name, text);
  for (let tries = 1; !isExpected(fio) && tries < fioTriesOf(name); tries++) fio = await run(['fio'], name, text);
  return fio;
}

async function compare(name: string, example: string): Promise<void> {
  const text = agreementOf(name) === 'bytes' ? `[global]\nwrite_bw_log=sizes\n${example}` : example;
  const first = runFio(name, text);
  // Both would listen at the same port.
  if (/^ioengine=net$/m.test(text)) await first;
  const [fio, ours] = await Promise.all([first, run([executable, 'fio'], name, text)]);
  if (fioCannot(name) !== null) {
    expect(fio.status, `fio can run it now\n${fio.messages}`).not.toBe(0);
    return;
  }
  expect(fio.status, fio.messages).toBe(0);
  expect(ours.status, ours.messages).toBe(0);
  expect(ours.messages).toBe('');
  const agreement = agreementOf(name);
  expect(ours.jobs.map((job) => whatMustBeEqual(job, agreement))).toEqual(
    fio.jobs.map((job) => whatMustBeEqual(job, agreement)),
  );
  for (const [direction, sizes] of ours.sizes.entries()) expectSameShares(sizes, fio.sizes[direction]!);
  if (agreement === 'bytes') expect(ours.sizes.some((sizes) => sizes.size > 1)).toBe(true);
  expect(fio.jobs.some(({ read, write, trim }) => read.total_ios + write.total_ios + trim.total_ios > 0)).toBe(true);
}

/** What two clones may write beyond their amount: a block each, of at most 64k in the examples whose sizes are drawn. */
const excessBytesMax = 2 * (64 << 10);

function whatMustBeEqual({ jobname, groupid, error, read, write, trim }: FioJob, agreement: Agreement): unknown {
  const identity = { jobname, groupid, error };
  const counts = [read, write, trim].map(({ total_ios, io_bytes }) => [total_ios, io_bytes] as const);
  const sums = [0, 1].map((index) => counts.reduce((all, each) => all + each[index]!, 0));
  switch (agreement) {
    case 'counts':
      return { ...identity, counts };
    case 'sums':
      return { ...identity, sums };
    case 'bytes':
      // The amount is a multiple of this; what goes beyond it is less.
      return { ...identity, parts: Math.floor(sums[1]! / excessBytesMax) };
    case 'directions':
      return { ...identity, directions: counts.map(([count]) => count > 0) };
  }
}
