/**
 * No engine allocates per I/O: 200 000 reads, half of them beyond 4 GiB, without one garbage collection. Each engine runs
 * compiled and alone in a worker, for V8's optimisations, which this is about, depend on what else an isolate has run.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineTraits } from '../../src/job/engine-traits.js';
import { fileOperationOf } from '../../src/job/file-engines.js';
import { engineNames } from '../../src/job/job.js';
import type { IotestDocument } from '../../src/results/document.js';
import { engineOptions } from '../../src/testing/engine-contract.js';
import { iotest, scratchFolder } from '../cli/command.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fileBytes = 5 * 2 ** 30;
let build = '';
let folder = '';

beforeAll(() => {
  // Inside the project, so that imports of packages resolve.
  build = fs.mkdtempSync(path.join(root, 'node_modules', '.iotest-garbage-'));
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const compiled = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', build], {
    cwd: root,
  });
  // Errors of type are the type check's business; what was emitted is what runs.
  expect(fs.existsSync(path.join(build, 'engines', 'registry.js')), String(compiled.stdout)).toBe(true);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-garbage-'));
  fs.writeFileSync(path.join(folder, 'sparse'), '');
  fs.truncateSync(path.join(folder, 'sparse'), fileBytes);
});

afterAll(() => {
  fs.rmSync(build, { recursive: true, force: true });
  fs.rmSync(folder, { recursive: true, force: true });
});

interface Measured {
  readonly collectionCount: number;
  readonly provenCount: number;
  readonly bad: number;
  readonly nsPerIo: number;
}

function measure(name: (typeof engineNames)[number]): Promise<Measured> {
  const depth = Math.min(16, engineTraits(name).depthMax ?? 16);
  const offsets = [0, 1, 2, 3].flatMap((block) => [block * 4096, 2 ** 32 + block * 4096]);
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./garbage-worker.mjs', import.meta.url), {
      workerData: { build, name, offsets, path: path.join(folder, 'sparse'), options: engineOptions(name, { depth }) },
    });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

describe('garbage collections during 200 000 reads', () => {
  const movesBlocks = (name: (typeof engineNames)[number]) => {
    const { changesSpace, besideIo } = engineTraits(name);
    return fileOperationOf(name) === null && !name.endsWith('net') && !changesSpace && !besideIo;
  };
  for (const name of engineNames.filter(movesBlocks)) {
    it(`none by ${name}`, async () => {
      const measured = await measure(name);
      expect(measured.provenCount, 'the counter works').toBeGreaterThan(0);
      expect(measured.bad).toBe(0);
      expect(measured.collectionCount).toBe(0);
    });
  }
});

/** As whole runs: these need names that are there, or another end. */
describe('garbage collections of engines that move no data of files', () => {
  const common = '[global]\nbs=4k\nfilesize=4k\ndirectory=.\nstonewall\n';
  const statIni = `${common}nrfiles=500\nloops=400\n[calls]\nioengine=filestat\n[ring]\nioengine=io_uring_filestat\niodepth=8\n`;
  const making = 'rw=write\nfile_create=write\nunlink=1\n';
  const makeIni = `${common}nrfiles=20000\n[calls]\nioengine=filecreate\n${making}[ring]\nioengine=io_uring_filecreate\niodepth=8\n${making}`;
  const netIni = (engine: string) =>
    `[global]\nioengine=${engine}\nbs=64\nsize=6400k\npingpong\nprotocol=unix\nhostname=socket\n[receiver]\nrw=read\n[sender]\nrw=write\n`;

  const run = async (ini: string): Promise<IotestDocument> => {
    const cwd = scratchFolder({ 'job.ini': ini });
    const end = await iotest(['run', 'job.ini', '--no-save', '--format', 'json'], { cwd });
    expect(end.status, end.stderr).toBe(0);
    return JSON.parse(end.stdout) as IotestDocument;
  };

  it.each([
    ['looking at files', statIni, 200_000],
    ['making files', makeIni, 20_000],
    ['blocks through a socket', netIni('net'), 102_400],
    ['blocks through a socket and a ring', netIni('io_uring_net'), 102_400],
  ])('at most one by %s, which was begun before', async (_name, ini, ioCount) => {
    const { jobs, iotest: own } = await run(ini);
    expect(jobs.map(({ read, write }) => read.total_ios + write.total_ios)).toEqual([ioCount, ioCount]);
    for (const { garbageCollectionCount } of own.jobs) expect(garbageCollectionCount).toBeLessThanOrEqual(1);
  });
});
