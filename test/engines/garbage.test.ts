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
import { engineTraits } from '../../src/engines/registry.js';
import { fileOperationOf } from '../../src/job/file-engines.js';
import { engineNames } from '../../src/job/job.js';
import { engineOptions } from '../../src/testing/engine-contract.js';

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
  for (const name of engineNames.filter((name) => fileOperationOf(name) === null && !name.endsWith('net'))) {
    it(`none by ${name}`, async () => {
      const measured = await measure(name);
      expect(measured.provenCount, 'the counter works').toBeGreaterThan(0);
      expect(measured.bad).toBe(0);
      expect(measured.collectionCount).toBe(0);
    });
  }
});
