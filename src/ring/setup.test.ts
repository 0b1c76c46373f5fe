import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { FakeKernel } from '../testing/fake-kernel.js';
import { Feature, flagNames, Register, Setup } from './abi.js';
import type { MappedRing, RingBinding, SetupRequest } from './port.js';
import { cutFixedBuffers, flagLadder, openRing, registerBuffers, registerFiles, setupError } from './setup.js';

const allFeatures = 0x3ffff;

/** A kernel that knows only `known` flags, and answers everything else with EINVAL. */
function oldKernel(known: number, options: { errno?: number; features?: number } = {}) {
  const requests: SetupRequest[] = [];
  let closed = 0;
  const binding: RingBinding = {
    name: 'scripted',
    setup(request) {
      requests.push(request);
      if (options.errno !== undefined) return -options.errno;
      if ((request.flags & ~known) !== 0) return -22;
      const kernel = new FakeKernel({ entries: 2 ** Math.ceil(Math.log2(request.entries)), flags: request.flags });
      const mapped: MappedRing = {
        descriptor: 9,
        flags: request.flags,
        features: options.features ?? allFeatures,
        views: kernel.views,
        enter: kernel.enter,
        waitLimit: new Int32Array(4),
        register: () => -22,
        registerRingDescriptor: () => false,
        close: () => {
          closed++;
        },
      };
      return mapped;
    },
  };
  return { binding, requests, closedCount: () => closed };
}

const plain = { depth: 5, sqpoll: false, sqpollCpu: null, iopoll: false };

function problemOf(call: () => unknown): UserError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}

describe('openRing', () => {
  it('gets all flags from a kernel that knows them', () => {
    const { binding, closedCount } = oldKernel(~0);
    const opened = openRing({ ...plain, binding });
    expect(opened.setupFlags).toEqual(['CQSIZE', 'SUBMIT_ALL', 'COOP_TASKRUN', 'SINGLE_ISSUER', 'DEFER_TASKRUN']);
    expect(opened.fallbacks).toEqual([]);
    expect(opened.bindingName).toBe('scripted');
    opened.close();
    expect(closedCount()).toBe(1);
    expect(opened.ring.sqes.length).toBe(0);
  });

  it.each([
    ['6.0', Setup.CQSIZE | Setup.SUBMIT_ALL | Setup.COOP_TASKRUN, 1],
    ['5.18', Setup.CQSIZE | Setup.SUBMIT_ALL, 2],
    ['5.11', Setup.CQSIZE, 3],
  ])('steps down on Linux %s and says so', (_version, known, steps) => {
    const { binding, requests } = oldKernel(known);
    const opened = openRing({ ...plain, binding });
    expect(opened.setupFlags).toEqual(flagNames(Setup, known));
    expect(opened.fallbacks.length).toBe(steps);
    for (const fallback of opened.fallbacks) {
      expect(fallback.reason).toMatch(/EINVAL.*Linux [56]\.\d/);
      expect(fallback.advice).toMatch(/use Linux/);
    }
    expect(requests.length).toBe(steps + 1);
  });

  it('never asks for DEFER_TASKRUN or COOP_TASKRUN with SQPOLL', () => {
    for (const rung of flagLadder(true, true, true)) {
      expect(flagNames(Setup, rung.flags)).not.toContain('DEFER_TASKRUN');
      expect(flagNames(Setup, rung.flags)).not.toContain('COOP_TASKRUN');
      expect(rung.flags & (Setup.SQPOLL | Setup.SQ_AFF | Setup.IOPOLL)).toBe(
        Setup.SQPOLL | Setup.SQ_AFF | Setup.IOPOLL,
      );
    }
  });

  it('passes the CPU of the SQ thread on', () => {
    const { binding, requests } = oldKernel(~0);
    openRing({ ...plain, sqpoll: true, sqpollCpu: 1, binding });
    expect(requests[0]).toMatchObject({ sqThreadCpu: 1, cqEntries: 5, entries: 5 });
    expect(requests[0]!.flags & Setup.SQ_AFF).toBe(Setup.SQ_AFF);
  });

  it('goes on with the array of indexes where the kernel has no rings without, and says so', () => {
    const { binding } = oldKernel(~0 & ~Setup.NO_SQARRAY);
    const opened = openRing({ ...plain, withoutSqArray: true, binding });
    expect(opened.setupFlags).toEqual(['CQSIZE', 'SUBMIT_ALL', 'COOP_TASKRUN', 'SINGLE_ISSUER', 'DEFER_TASKRUN']);
    expect(opened.fallbacks).toEqual([
      { asked: 'no_sqarray', reason: expect.stringContaining('6.6'), advice: expect.stringContaining('6.6') },
    ]);
    const newer = openRing({ ...plain, withoutSqArray: true, binding: oldKernel(~0).binding });
    expect(newer.setupFlags).toContain('NO_SQARRAY');
    expect(newer.fallbacks).toEqual([]);
  });

  it('needs wide entries where they are asked for', () => {
    const { binding } = oldKernel(~0 & ~Setup.SQE128);
    expect(problemOf(() => openRing({ ...plain, isWide: true, binding })).message).toContain('SQE128');
  });

  it('passes the idle time of the SQ thread on, and whose thread it is to be', () => {
    const { binding, requests } = oldKernel(~0);
    openRing({ ...plain, sqpoll: true, sqThreadIdleMs: 7, attachTo: 33, binding });
    expect(requests[0]).toMatchObject({ sqThreadIdleMs: 7, attachTo: 33 });
    expect(requests[0]!.flags & Setup.ATTACH_WQ).toBe(Setup.ATTACH_WQ);
    openRing({ ...plain, sqpoll: true, binding });
    expect(requests[1]).toMatchObject({ sqThreadIdleMs: 1000 });
    expect(requests[1]!.flags & Setup.ATTACH_WQ).toBe(0);
  });

  it('refuses a kernel without bounded waits, and leaves nothing open', () => {
    const { binding, closedCount } = oldKernel(~0, { features: allFeatures & ~Feature.EXT_ARG });
    const error = problemOf(() => openRing({ ...plain, binding }));
    expect(error.exitCode).toBe(1);
    expect(error.message).toContain('EXT_ARG');
    expect(error.problems[0]!.advice).toContain('5.11');
    expect(closedCount()).toBe(1);
  });

  it('refuses a depth that no ring can have', () => {
    const { binding, requests } = oldKernel(~0);
    expect(problemOf(() => openRing({ ...plain, depth: 32769, binding })).message).toContain('32768');
    expect(requests).toEqual([]);
  });

  it('does not step down on errors other than EINVAL', () => {
    const { binding, requests } = oldKernel(~0, { errno: 12 });
    expect(problemOf(() => openRing({ ...plain, binding })).message).toContain('ENOMEM');
    expect(requests.length).toBe(1);
  });
});

describe('setupError', () => {
  it.each([
    [1, '2', 'switched off', 'sysctl kernel.io_uring_disabled=0'],
    [1, '1', 'reserved for root', 'run as root'],
    [1, '0', 'security policy', 'seccomp=unconfined'],
    [1, null, 'security policy', 'seccomp=unconfined'],
    [13, null, 'SELinux', 'allow io_uring'],
    [38, null, 'has none', '--engine libaio'],
    [12, null, 'locked memory', 'ulimit -l'],
    [24, null, 'open files', 'ulimit -n'],
    [22, null, 'combination', 'Linux 5.11'],
    [71, null, 'EPROTO', '--engine'],
  ])('errno %i with io_uring_disabled %s', (errno, disabled, cause, advice) => {
    const error = setupError(errno, plain, disabled);
    const problem = error.problems[0]!;
    expect(error.exitCode).toBe(1);
    if (errno !== 71) expect(problem.message).toContain(cause);
    expect(problem.advice).toContain(advice);
  });

  it('blames the CPU of the SQ thread where one was named', () => {
    expect(setupError(22, { ...plain, sqpoll: true, sqpollCpu: 999 }, null).message).toContain('CPU 999');
  });
});

describe('registration', () => {
  const gib = 2 ** 30;
  const area = { address: 2 ** 46, strideBytes: gib / 2, totalBytes: gib * 4 };

  it('cuts the slots into buffers of at most 1 GiB', () => {
    expect(cutFixedBuffers({ address: 0, strideBytes: 4096, totalBytes: 4096 * 32 }, 32)).toEqual({
      slotsPerBuffer: 32,
      bufferCount: 1,
    });
    expect(cutFixedBuffers(area, 5)).toEqual({ slotsPerBuffer: 2, bufferCount: 3 });
    expect(cutFixedBuffers({ ...area, strideBytes: gib + 4096 }, 5)).toBeNull();
  });

  it('registers each cut with its own address and length', () => {
    let seen: { opcode: number; iovecs: bigint[]; count: number } | null = null;
    const registered = registerBuffers(
      {
        register: (opcode, argument, count) => {
          seen = { opcode, iovecs: [...(argument as BigUint64Array)], count };
          return 0;
        },
      },
      area,
      3,
    );
    expect(registered).toEqual({ slotsPerBuffer: 2, bufferCount: 2 });
    expect(seen).toEqual({
      opcode: Register.BUFFERS,
      iovecs: [2n ** 46n, BigInt(gib), 2n ** 46n + BigInt(gib), BigInt(gib / 2)],
      count: 2,
    });
  });

  it('goes on without, and says why, when memory may not be locked', () => {
    const failed = registerBuffers({ register: () => -12 }, { ...area, strideBytes: 2 ** 20 }, 16);
    expect(failed).toMatchObject({ asked: 'fixedbufs' });
    expect(failed).toHaveProperty('reason', expect.stringMatching(/16 MiB .*limit of locked memory.*ENOMEM/));
    expect(failed).toHaveProperty('advice', expect.stringContaining('ulimit -l'));
  });

  it('goes on without registered files', () => {
    expect(registerFiles({ register: () => 0 }, [3, 4])).toBeNull();
    expect(registerFiles({ register: () => -24 }, [3, 4])).toMatchObject({
      asked: 'registerfiles',
      reason: expect.stringContaining('2 files'),
      advice: expect.stringContaining('ulimit -n'),
    });
  });
});
