import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { buildResult } from '../results/build.js';
import { serialiseResult } from '../results/fio-json.js';
import {
  sampleEngineOptions,
  sampleJob,
  sampleOutcome,
  samplePlannedWorker,
  sampleResultInput,
  sampleStep,
} from '../testing/sample-result.js';
import { readCompareInputs } from './inputs.js';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'iotest-inputs-'));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A run of the same job on each of these engines. */
const onEngines = (...labels: readonly string[]) =>
  serialiseResult(
    buildResult(
      sampleResultInput(labels.map((engineLabel) => sampleStep({ engineLabel, workers: [sampleOutcome()] }))),
    ),
  );

/** A run of a job file whose jobs name an engine each. */
const ownEngines = () => {
  const steps = (['psync', 'io_uring'] as const).map((name, index) => {
    const source = { file: 'sample.ini', line: 5 + 10 * index, section: name };
    const job = sampleJob({ name, source, engine: sampleEngineOptions({ name }) });
    return sampleStep({ engineLabel: name, workers: [sampleOutcome({ worker: samplePlannedWorker({ job }) })] });
  });
  return serialiseResult(buildResult(sampleResultInput(steps)));
};

async function subjectsOf(words: readonly string[], folder: string): Promise<[string, string[]][]> {
  const { subjects } = await readCompareInputs(words, folder);
  return subjects.map(({ set }) => [set.label, [...set.jobs.values()].map(({ jobName }) => jobName)]);
}

describe('what is compared with what', () => {
  it('keeps every job of a file with engines of its own', async () => {
    const folder = folderWith({ 'a.json': ownEngines(), 'b.json': ownEngines() });
    const words = ['a.json', 'b.json'].map((name) => join(folder, name));
    expect(await subjectsOf(words, folder)).toEqual([
      ['a', ['psync', 'io_uring']],
      ['b', ['psync', 'io_uring']],
    ]);
  });

  it('keeps every engine of folders, and joins repetitions by engine', async () => {
    const both = onEngines('psync', 'io_uring');
    const folder = folderWith({ 'x/1.json': both, 'x/2.json': both, 'y/1.json': both });
    const words = ['x', 'y'].map((name) => join(folder, name));
    expect((await subjectsOf(words, folder)).map(([, jobs]) => jobs)).toEqual([
      ['randread psync', 'randread io_uring'],
      ['randread psync', 'randread io_uring'],
    ]);
    const { subjects } = await readCompareInputs(words, folder);
    expect([...subjects[0]!.set.jobs.values()].map(({ samples }) => samples.length)).toEqual([2, 2]);
  });

  it('makes variants of one run by itself, and of runs that have no engine in common', async () => {
    const folder = folderWith({ 'a.json': onEngines('psync', 'io_uring'), 'b.json': onEngines('libaio') });
    const [a, b] = ['a.json', 'b.json'].map((name) => join(folder, name)) as [string, string];
    expect(await subjectsOf([a], folder)).toEqual([
      ['psync', ['randread']],
      ['io_uring', ['randread']],
    ]);
    expect(await subjectsOf([a, b], folder)).toEqual([
      ['a psync', ['randread']],
      ['a io_uring', ['randread']],
      ['b', ['randread']],
    ]);
  });
});
