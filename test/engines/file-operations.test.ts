/** Operations on files through system calls and through io_uring: the same names, the same results. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine, EngineSetup } from '../../src/engines/engine.js';
import { AT_FDCWD } from '../../src/engines/file-names.js';
import { engineModule } from '../../src/engines/registry.js';
import { createRequests } from '../../src/engines/requests.js';
import type { EngineName, EngineOptions } from '../../src/job/job.js';
import { Operation } from '../../src/job/operation.js';
import { Errno } from '../../src/system/errno.js';
import { allocateSlotBuffers, type SlotBuffers } from '../../src/system/memory.js';
import { engineOptions } from '../../src/testing/engine-contract.js';

const blockBytes = 4096;
const fileCount = 12;
const EEXIST = 17;
const ENOTEMPTY = 39;

let folder = '';
let buffers: SlotBuffers;
let engines: Engine[] = [];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-names-'));
  buffers = allocateSlotBuffers({ slotCount: 4, blockBytesMax: blockBytes });
});
afterEach(() => {
  for (const engine of engines) engine.close();
  engines = [];
  buffers.free();
  fs.rmSync(folder, { recursive: true });
});

const ringDisabled = (): boolean => {
  try {
    return fs.readFileSync('/proc/sys/kernel/io_uring_disabled', 'utf8').trim() === '2';
  } catch {
    return false;
  }
};

const names = (): string[] => Array.from({ length: fileCount }, (_, index) => path.join(folder, `f.${index}`));

interface Opened {
  /** Does the operation on all files, as many at once as there are slots; results by file. */
  all(paths?: number): number[];
  readonly engine: Engine;
}

async function open(name: EngineName, options: Partial<EngineOptions> = {}, paths = names()): Promise<Opened> {
  const depth = name.startsWith('io_uring') ? 4 : 1;
  const requests = createRequests(depth);
  const setup: EngineSetup = {
    options: engineOptions(name, { depth, ...options }),
    depth,
    requests,
    files: [{ path: folder, descriptor: -1, kind: 'memory', sizeBytes: 0 }],
    buffers,
    blockBytesMax: blockBytes,
    writes: true,
    fileWork: { names: paths, folders: paths.map(() => AT_FDCWD), openFlags: 0 },
  };
  const engine = (await engineModule(name)).openEngine(setup);
  engines.push(engine);
  return {
    engine,
    all(count = paths.length) {
      const results: number[] = [];
      for (let file = 0; file < count; ) {
        const batch = Math.min(depth, count - file);
        for (let slot = 0; slot < batch; slot++) {
          requests.operation[slot] = Operation.write;
          requests.byteCount[slot] = blockBytes;
          requests.fileIndex[slot] = file + slot;
          engine.queue(slot);
        }
        for (let done = 0; done < batch; ) {
          const reaped = engine.submitAndReap(batch - done);
          for (let index = 0; index < reaped; index++) {
            results[file + engine.completedSlot[index]!] = engine.completedResult[index]!;
          }
          done += reaped;
        }
        file += batch;
      }
      return results;
    },
  };
}

const all = (result: number, count = fileCount): number[] => Array<number>(count).fill(result);
const listed = (): string[] => fs.readdirSync(folder).sort();
const expected = (suffix = ''): string[] =>
  names()
    .map((name) => `${path.basename(name)}${suffix}`)
    .sort();
const openDescriptors = (): number => fs.readdirSync('/proc/self/fd').length;

for (const prefix of ['', 'io_uring_'] as const) {
  const engine = (name: string): EngineName => `${prefix}${name}` as EngineName;
  describe.skipIf(prefix !== '' && ringDisabled())(prefix === '' ? 'system calls' : 'io_uring', () => {
    it.each(['open', 'write', 'commit'] as const)('make files (%s)', async (fileCreate) => {
      const bytes = buffers.slot(0);
      bytes.fill(7);
      const { all: run } = await open(engine('filecreate'), { fileCreate });
      const before = openDescriptors();
      expect(run()).toEqual(all(blockBytes));
      expect(openDescriptors(), 'every file is closed again').toBe(before);
      expect(listed()).toEqual(expected());
      for (const name of names()) {
        const stat = fs.statSync(name);
        expect(stat.size).toBe(fileCreate === 'open' ? 0 : blockBytes);
        expect(stat.mode & 0o777).toBe(0o600);
      }
      if (fileCreate !== 'open') expect(fs.readFileSync(names()[0]!).equals(Buffer.alloc(blockBytes, 7))).toBe(true);
    });

    it('never open what is there, and go on after it', async () => {
      const own = Buffer.from('precious');
      fs.writeFileSync(names()[3]!, own);
      fs.symlinkSync('elsewhere', names()[4]!);
      const { all: run } = await open(engine('filecreate'), { fileCreate: 'commit' });
      const results = all(blockBytes);
      results[3] = -EEXIST;
      results[4] = -EEXIST;
      expect(run()).toEqual(results);
      expect(fs.readFileSync(names()[3]!).equals(own)).toBe(true);
      expect(fs.existsSync(path.join(folder, 'elsewhere'))).toBe(false);
    });

    it('look at files and directories', async () => {
      for (const name of names()) fs.writeFileSync(name, '');
      for (const statType of ['stat', 'lstat', 'statx'] as const) {
        expect((await open(engine('filestat'), { statType })).all()).toEqual(all(blockBytes));
        expect((await open(engine('dirstat'), { statType })).all()).toEqual(all(blockBytes));
      }
      fs.rmSync(names()[5]!);
      fs.rmSync(names()[6]!);
      fs.symlinkSync('nowhere', names()[6]!);
      const results = all(blockBytes);
      results[5] = -Errno.ENOENT;
      expect((await open(engine('filestat'), { statType: 'lstat' })).all()).toEqual(results);
      results[6] = -Errno.ENOENT;
      expect((await open(engine('filestat'))).all()).toEqual(results);
    });

    it('delete files, and never directories', async () => {
      for (const name of names()) fs.writeFileSync(name, 'x');
      fs.rmSync(names()[2]!);
      fs.mkdirSync(names()[2]!);
      const results = (await open(engine('filedelete'))).all();
      const refused = results[2]!;
      results[2] = blockBytes;
      expect(results).toEqual(all(blockBytes));
      expect(refused).toBeLessThan(0);
      expect(listed()).toEqual([path.basename(names()[2]!)]);
    });

    it('rename files, and replace none', async () => {
      for (const name of names()) fs.writeFileSync(name, '');
      fs.writeFileSync(`${names()[1]!}.renamed`, 'precious');
      const results = all(blockBytes);
      results[1] = -EEXIST;
      expect((await open(engine('filerename'))).all()).toEqual(results);
      expect(fs.readFileSync(`${names()[1]!}.renamed`, 'utf8')).toBe('precious');
      expect(listed()).toEqual([...expected('.renamed'), path.basename(names()[1]!)].sort());
    });

    it('make and delete directories, and never full ones', async () => {
      expect((await open(engine('dircreate'))).all()).toEqual(all(blockBytes));
      expect(listed()).toEqual(expected());
      expect(fs.statSync(names()[0]!).mode & 0o777).toBe(0o700);
      fs.writeFileSync(path.join(names()[7]!, 'inside'), '');
      const results = all(blockBytes);
      results[7] = -ENOTEMPTY;
      expect((await open(engine('dirdelete'))).all()).toEqual(results);
      expect(listed()).toEqual([path.basename(names()[7]!)]);
    });

    it('touch nothing in a rehearsal', async () => {
      for (const name of ['filecreate', 'filedelete', 'filerename', 'dircreate', 'filestat']) {
        const depth = prefix === '' ? 1 : 2;
        const requests = createRequests(depth);
        requests.byteCount.fill(blockBytes);
        requests.operation.fill(Operation.write);
        requests.fileIndex.fill(fileCount - 1);
        const setup = { depth, requests, files: [{ path: '', descriptor: -1, kind: 'memory', sizeBytes: 0 }], buffers };
        const rehearsed = (await engineModule(engine(name))).openEngine({
          ...(setup as unknown as EngineSetup),
          options: engineOptions(engine(name), { depth, fileCreate: 'commit' }),
          blockBytesMax: blockBytes,
          writes: true,
          rehearses: true,
        });
        engines.push(rehearsed);
        for (let round = 0; round < 20; round++) {
          for (let slot = 0; slot < depth; slot++) rehearsed.queue(slot);
          let count = 0;
          while (count < depth) {
            const reaped = rehearsed.submitAndReap(depth - count);
            for (let index = 0; index < reaped; index++) expect(rehearsed.completedResult[index]).toBe(blockBytes);
            count += reaped;
          }
        }
      }
      expect(listed()).toEqual([]);
    });
  });
}

describe.skipIf(ringDisabled())('a chain', () => {
  it('enters the kernel once for all of its requests, and for all slots', async () => {
    const { engine, all: run } = await open('io_uring_filecreate', { fileCreate: 'commit' });
    run(4);
    const { enterCount, fixedFiles, label } = engine.describe();
    expect(enterCount).toBeLessThanOrEqual(4);
    expect({ fixedFiles, label }).toEqual({ fixedFiles: true, label: 'io_uring_filecreate' });
  });

  it('says which error broke it, whichever request that was', async () => {
    // The directory is not there, and later a full device cannot be filled: the write fails behind the open.
    const paths = [path.join(folder, 'none', 'file'), path.join(folder, 'good')];
    const { all: run } = await open('io_uring_filecreate', { fileCreate: 'commit' }, paths);
    expect(run()).toEqual([-Errno.ENOENT, blockBytes]);
  });
});
