/** What is peculiar to single engines, and the registry. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineSetup, OpenFile } from '../../src/engines/engine.js';
import { LibaioEngine } from '../../src/engines/libaio.js';
import { engineModule } from '../../src/engines/registry.js';
import { createRequests } from '../../src/engines/requests.js';
import { engineTraits } from '../../src/job/engine-traits.js';
import { fileOperationOf } from '../../src/job/file-engines.js';
import { type EngineName, engineNames } from '../../src/job/job.js';
import { Operation } from '../../src/job/operation.js';
import { openTarget } from '../../src/machine/open-target.js';
import { inspectTarget } from '../../src/machine/target.js';
import { UserError } from '../../src/support/errors.js';
import { Errno } from '../../src/system/errno.js';
import { allocateSlotBuffers } from '../../src/system/memory.js';
import { dropPageCache } from '../../src/system/page-cache.js';
import { EngineBench, engineOptions } from '../../src/testing/engine-contract.js';

let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-engines-'));
  fs.writeFileSync(path.join(folder, 'data'), Buffer.alloc(1 << 20, 1));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function withFile<T>(use: (file: OpenFile) => Promise<T>, direct = false): Promise<T> {
  const file = openTarget(path.join(folder, 'data'), { write: true, direct });
  return use(file).finally(() => fs.closeSync(file.descriptor));
}

const variant = (name: EngineName, options = {}): Parameters<typeof EngineBench.open>[0] => ({
  title: name,
  name,
  direct: false,
  options,
  skip: null,
});

describe('registry', () => {
  it('loads each engine by its name', async () => {
    for (const name of engineNames) expect((await engineModule(name)).openEngine).toBeTypeOf('function');
  });

  it('knows which engines can queue', () => {
    const moving = engineNames.filter((name) => fileOperationOf(name) === null && !name.endsWith('net'));
    const queueing = moving.filter((name) => engineTraits(name).depthMax === null);
    expect(queueing).toEqual(['io_uring', 'io_uring_cmd', 'libaio', 'null']);
    expect(moving.filter((name) => engineTraits(name).asynchronous)).toEqual(['io_uring', 'io_uring_cmd', 'libaio']);
    expect(engineTraits('libaio').needsDirectForAsync).toBe(true);
    expect(engineTraits('mmap')).toMatchObject({ direct: false, mapsFiles: true });
  });
});

describe('mmap', () => {
  it('refuses O_DIRECT', async (context) => {
    if (inspectTarget(path.join(folder, 'data')).directAlignBytes === null) context.skip('no O_DIRECT here');
    await withFile(async (file) => {
      await expect(EngineBench.open(variant('mmap'), [file], 1)).rejects.toThrow(/direct=1/);
    }, true);
  });

  it('does not touch memory beyond the end of the file', async () => {
    await withFile(async (file) => {
      const bench = await EngineBench.open(variant('mmap'), [file], 1);
      expect(bench.one(Operation.write, (1 << 20) - 4096, 8192)).toBe(-Errno.EFAULT);
      expect(bench.one(Operation.write, 1 << 30, 4096)).toBe(-Errno.EFAULT);
      expect(bench.one(Operation.read, (1 << 20) - 4096, 8192)).toBe(4096);
      bench.close();
    });
  });
});

describe('flags of single calls', () => {
  const isExt4 = () => inspectTarget(path.join(folder, 'data')).fileSystem?.type === 'ext4';

  it.each(['pvsync2', 'io_uring', 'libaio'] as const)('%s gives EAGAIN under nowait', async (name) => {
    await withFile(async (file) => {
      const bench = await EngineBench.open(variant(name, { nowait: true }), [file], 1);
      fs.readFileSync(file.path);
      expect(bench.one(Operation.read, 0, 4096)).toBe(4096);
      // Where a read would have to wait; some file systems never do. The kernel may keep a page that it is just looking at.
      let result = 4096;
      for (let attempt = 0; attempt < 20 && result === 4096; attempt += 1) {
        expect(dropPageCache(file)).toBeNull();
        result = bench.one(Operation.read, 0, 4096);
      }
      if (isExt4()) expect(result).toBe(-Errno.EAGAIN);
      expect(bench.engine.describe().label).toBe(`${name}+nowait`);
      bench.close();
    });
  });

  it.for(['pvsync2', 'io_uring'] as const)(
    '%s leaves nothing in the page cache with uncached',
    async (name, context) => {
      if (!isExt4()) context.skip('known of ext4 only');
      await withFile(async (file) => {
        const cached = await EngineBench.open(variant('pvsync2', { nowait: true }), [file], 1);
        const bench = await EngineBench.open(variant(name, { uncached: true }), [file], 1);
        expect(dropPageCache(file)).toBeNull();
        const result = bench.one(Operation.read, 8192, 4096);
        expect([4096, -Errno.EOPNOTSUPP]).toContain(result);
        if (result > 0) expect(cached.one(Operation.read, 8192, 4096)).toBe(-Errno.EAGAIN);
        expect(bench.engine.describe().label).toBe(`${name}+uncached`);
        bench.close();
        cached.close();
      });
    },
  );

  it.for(['pvsync2', 'io_uring', 'libaio'] as const)('%s asks for atomic writes', async (name, context) => {
    const { atomicWrite } = inspectTarget(path.join(folder, 'data'));
    if (atomicWrite != null) context.skip('atomic writes are possible here');
    await withFile(async (file) => {
      const bench = await EngineBench.open(variant(name, { atomic: true }), [file], 1);
      expect(bench.one(Operation.read, 0, 4096)).toBe(4096);
      // Linux before 6.11 has no such flag and says the same.
      expect(bench.one(Operation.write, 0, 4096)).toBe(-Errno.EOPNOTSUPP);
      bench.close();
    });
  });

  it('leaves them out while rehearsing', async () => {
    await withFile(async (file) => {
      const bench = await EngineBench.open(
        {
          ...variant('pvsync2', { atomic: true, highPriority: true }),
          open: async (setup) => (await engineModule('pvsync2')).openEngine({ ...setup, rehearses: true }),
        },
        [file],
        1,
      );
      expect(bench.one(Operation.write, 0, 4096)).toBe(4096);
      bench.close();
    });
  });
});

describe('libaio', () => {
  function setupFor(file: OpenFile, depth: number): EngineSetup {
    const buffers = allocateSlotBuffers({ slotCount: Math.min(depth, 64), blockBytesMax: 4096 });
    return {
      options: engineOptions('libaio', { depth }),
      depth,
      requests: createRequests(depth),
      files: [file],
      buffers,
      blockBytesMax: 4096,
      writes: false,
    };
  }

  it('says which limit refuses a context', async () => {
    await withFile(async (file) => {
      const limit = Number(fs.readFileSync('/proc/sys/fs/aio-max-nr', 'utf8'));
      let caught: unknown = null;
      try {
        new LibaioEngine(setupFor(file, limit + 1)).close();
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(UserError);
      const { problems, exitCode } = caught as UserError;
      expect(problems[0]!.message).toContain('fs.aio-max-nr');
      expect(problems[0]!.advice).toMatch(/sysctl fs\.aio-max-nr=\d+/);
      expect(exitCode).toBe(1);
    });
  });

  it('reads completions from the mapped ring, without io_getevents', async () => {
    await withFile(async (file) => {
      for (const [method, callsPerRound] of [
        ['ring', 1],
        ['events', 2],
      ] as const) {
        const setup = setupFor(file, 8);
        const engine = new LibaioEngine(setup, method);
        setup.requests.byteCount.fill(4096);
        for (let round = 0; round < 300; round++) {
          for (let slot = 0; slot < 8; slot++) engine.queue(slot);
          // Buffered reads of cached pages are complete when io_submit returns.
          expect(engine.submitAndReap(8)).toBe(8);
        }
        expect(engine.describe().enterCount).toBe(300 * callsPerRound);
        expect(engine.describe().fallbacks).toEqual([]);
        engine.close();
      }
    });
  });

  it('gives its context back', async () => {
    await withFile(async (file) => {
      // Together they are several times fs.aio-max-nr's default of 65536.
      for (let i = 0; i < 12; i++) new LibaioEngine(setupFor(file, 16384)).close();
    });
  });
});
