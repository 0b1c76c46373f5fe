/** What this machine's io_uring can do, found out by trying (for `iotest probe`). Opens rings, closes them, does no I/O. */
import type { UserError } from '../support/errors.js';
import type { RingAnatomy, RingProbe } from '../support/ring-facts.js';
import { Errno, errnoName } from '../system/errno.js';
import { lockedMemoryLimitBytes } from '../system/memory.js';
import {
  Feature,
  flagNames,
  operations,
  ParamsWord,
  paramsWords,
  Register,
  Setup,
  type SetupFlag,
  setupFlagFacts,
} from './abi.js';
import { ringAnatomy } from './anatomy.js';
import { loadLiburing } from './liburing.js';
import { flagLadder, setupError } from './setup.js';
import { closeDescriptor, registerOnRing, setupRing } from './syscalls.js';

const probeEntries = 4;

/** Returns the outcome of one attempt and leaves nothing open. */
function tryFlags(flags: number, workQueueDescriptor: number): { errno: number; features: number } {
  const params = new Uint32Array(paramsWords);
  params[ParamsWord.flags] = flags;
  params[ParamsWord.cqEntries] = probeEntries * 2;
  params[ParamsWord.wqFd] = workQueueDescriptor;
  const descriptor = setupRing(probeEntries, params);
  if (descriptor < 0) return { errno: -descriptor, features: 0 };
  closeDescriptor(descriptor);
  return { errno: 0, features: params[ParamsWord.features]! };
}

/** A flag that the kernel does not know gives EINVAL; one that it knows may still fail for want of memory (EFAULT). */
function supportsFlag(name: SetupFlag, workQueueDescriptor: number): boolean {
  const flags = setupFlagFacts[name].needs.reduce((sum, needed) => sum | Setup[needed], Setup[name] as number);
  return tryFlags(flags, workQueueDescriptor).errno !== Errno.EINVAL;
}

/** struct io_uring_probe: { u8 last_op, u8 ops_len, …16 bytes } then 8 bytes per op, flags (bit 0 = supported) at byte 2. */
function decodeOperations(probe: Uint8Array): RingProbe['operations'] {
  const known = probe[1]!;
  return operations.map(([name, since], index) => ({
    name,
    since,
    supported: index < known && (probe[16 + index * 8 + 2]! & 1) !== 0,
  }));
}

function probeOperations(descriptor: number): RingProbe['operations'] {
  const probe = new Uint8Array(16 + 256 * 8);
  return registerOnRing(descriptor, Register.PROBE, probe, 256) < 0 ? [] : decodeOperations(probe);
}

function probeCombinations(): RingProbe['combinations'] {
  const modes = [
    { mode: 'default', sqpoll: false, iopoll: false },
    { mode: 'iopoll', sqpoll: false, iopoll: true },
    { mode: 'sqpoll', sqpoll: true, iopoll: false },
    { mode: 'sqpoll+iopoll', sqpoll: true, iopoll: true },
  ];
  return modes.flatMap(({ mode, sqpoll, iopoll }) =>
    flagLadder(sqpoll, false, iopoll).map(({ flags }) => {
      const { errno } = tryFlags(flags, 0);
      return { mode, flags: flagNames(Setup, flags), outcome: errno === 0 ? 'ok' : errnoName(errno) };
    }),
  );
}

/** Without flags, as io_uring_setup(2) answers: the CQ is twice as large as the SQ. */
function probeAnatomy(entries: number): RingAnatomy | null {
  const params = new Uint32Array(paramsWords);
  const descriptor = setupRing(entries, params);
  if (descriptor < 0) return null;
  closeDescriptor(descriptor);
  return ringAnatomy(entries, params);
}

/** @param entries of the ring whose anatomy is told, 1…32768. */
export function probeRing(entries = probeEntries): RingProbe {
  const liburing = loadLiburing();
  const limit = lockedMemoryLimitBytes();
  const common = {
    binding: liburing?.name ?? 'system calls',
    liburingVersion: liburing === null ? null : liburing.name.replace('liburing ', ''),
    lockedMemoryBytesMax: limit === Number.POSITIVE_INFINITY ? null : limit,
  };
  const params = new Uint32Array(paramsWords);
  const descriptor = setupRing(probeEntries, params);
  if (descriptor < 0) {
    const error: UserError = setupError(-descriptor, {
      depth: probeEntries,
      sqpoll: false,
      sqpollCpu: null,
      iopoll: false,
    });
    return {
      ...common,
      available: false,
      problem: error.problems[0] ?? null,
      setupFlags: [],
      combinations: [],
      features: [],
      operations: [],
      anatomy: null,
    };
  }
  try {
    return {
      ...common,
      available: true,
      problem: null,
      setupFlags: (Object.keys(Setup) as SetupFlag[]).map((name) => ({
        name,
        since: setupFlagFacts[name].since,
        supported: supportsFlag(name, descriptor),
      })),
      combinations: probeCombinations(),
      features: flagNames(Feature, params[ParamsWord.features]!),
      operations: probeOperations(descriptor),
      anatomy: probeAnatomy(entries),
    };
  } finally {
    closeDescriptor(descriptor);
  }
}
