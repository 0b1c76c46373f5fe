/** The contract suite over every engine that this machine has. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { LibaioEngine } from '../../src/engines/libaio.js';
import type { EngineName } from '../../src/job/job.js';
import { inspectTarget } from '../../src/machine/target.js';
import { loadLibrary } from '../../src/system/libc.js';
import { type ContractVariant, describeEngineContract } from '../../src/testing/engine-contract.js';

const directHere = inspectTarget(path.join(os.tmpdir(), 'iotest-none')).directAlignBytes !== null;
const skipDirect = directHere ? null : `${os.tmpdir()} refuses O_DIRECT`;
const hasLiburing = loadLibrary(['liburing.so.2']) !== null;
const ringDisabled = readFlag('/proc/sys/kernel/io_uring_disabled');

describeEngineContract({ title: 'null', name: 'null', direct: false, skip: null });

for (const name of ['sync', 'psync', 'vsync', 'pvsync', 'pvsync2', 'splice'] satisfies EngineName[]) {
  describeEngineContract({ title: name, name, direct: false, skip: null });
  describeEngineContract({ title: `${name}, direct`, name, direct: true, skip: skipDirect });
}

describeEngineContract({ title: 'mmap', name: 'mmap', direct: false, skip: null });

for (const direct of [false, true]) {
  const skip = direct ? skipDirect : null;
  const suffix = direct ? ', direct' : '';
  describeEngineContract({ title: `libaio${suffix}`, name: 'libaio', direct, skip });
  describeEngineContract({
    title: `libaio by io_getevents${suffix}`,
    name: 'libaio',
    direct,
    skip,
    open: async (setup) => new LibaioEngine(setup, 'events'),
  });
  describeEngineContract({
    title: `libaio, vectored${suffix}`,
    name: 'libaio',
    direct,
    skip,
    options: { libaioVectored: true },
  });
  for (const binding of ['liburing', 'syscalls'] as const) {
    const variant = {
      name: 'io_uring',
      direct,
      skip:
        ringDisabled === '2'
          ? 'io_uring is disabled (kernel.io_uring_disabled)'
          : binding === 'liburing' && !hasLiburing
            ? 'liburing.so.2 is not installed'
            : skip,
    } satisfies Partial<ContractVariant>;
    const title = `io_uring by ${binding}${suffix}`;
    describeEngineContract({ ...variant, title, options: { binding } });
    describeEngineContract({
      ...variant,
      title: `${title}, fixed buffers and files`,
      options: { binding, fixedBuffers: true, fixedFiles: true },
    });
    describeEngineContract({ ...variant, title: `${title}, sqpoll`, options: { binding, sqpoll: true } });
  }
}

function readFlag(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
