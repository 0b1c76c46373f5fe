/**
 * From what a job asks to a ring that works: which binding, which flags the kernel grants, what is registered, and what a
 * user is told when it cannot be.
 */
import { readFileSync } from 'node:fs';
import { assert, UserError } from '../support/errors.js';
import { describeErrno, Errno, errnoName } from '../system/errno.js';
import { describeBytes, lockedMemoryLimitBytes } from '../system/memory.js';
import { entriesMax, Feature, fixedBufferBytesMax, flagNames, Register, Setup } from './abi.js';
import { loadLiburing } from './liburing.js';
import type { MappedRing, RingBinding } from './port.js';
import { Ring } from './ring.js';
import { systemCalls } from './syscalls.js';

/** Bound of every wait, so that a dead device cannot hide a stop. */
const waitNsMaxDefault = 100e6;

/** The kernel's own default, written down so that it is ours. */
const sqThreadIdleMsDefault = 1000;

const ENFILE = 23;
const EMFILE = 24;

/** What we cannot work without: one mapping, no lost completions, SQEs copied at submission, bounded waits. */
const featuresNeeded = Feature.SINGLE_MMAP | Feature.NODROP | Feature.SUBMIT_STABLE | Feature.EXT_ARG;

export interface Fallback {
  readonly asked: string;
  readonly reason: string;
  readonly advice: string;
  /** What the kernel said. */
  readonly errno?: number;
}

export interface RingRequest {
  /** Slots; also the size of the CQ unless `cqEntries` says otherwise. */
  readonly depth: number;
  readonly cqEntries?: number;
  /** Most completions per reap; depth when not given. */
  readonly completionsMax?: number;
  readonly sqpoll: boolean;
  readonly sqpollCpu: number | null;
  readonly iopoll: boolean;
  /** How long the SQ thread looks for work before it sleeps; 1000 when not given. */
  readonly sqThreadIdleMs?: number | null;
  /** Descriptor of the ring whose SQ thread serves this one too. */
  readonly attachTo?: number | null;
  /** NO_SQARRAY, where the kernel has it. */
  readonly withoutSqArray?: boolean;
  /** SQE128 and CQE32: there is no ring without. */
  readonly isWide?: boolean;
  readonly binding: RingBinding;
  readonly waitNsMax?: number;
  /** The class of ring, where another than `Ring` is wanted. */
  readonly ringClass?: typeof Ring;
}

export interface OpenedRing {
  readonly ring: Ring;
  readonly mapped: MappedRing;
  readonly bindingName: string;
  readonly setupFlags: readonly string[];
  readonly features: readonly string[];
  readonly fallbacks: readonly Fallback[];
  /** Drops the views, then unmaps and closes. Nothing may be in flight. Safe to call twice. */
  close(): void;
}

/** The way to the kernel that was asked for. Throws `UserError` when liburing was demanded and is not there. */
export function chooseBinding(choice: 'auto' | 'liburing' | 'syscalls'): RingBinding {
  if (choice === 'syscalls') return systemCalls;
  const liburing = loadLiburing();
  if (liburing !== null) return liburing;
  if (choice === 'auto') return systemCalls;
  throw UserError.of(
    'liburing.so.2 is not installed',
    'install it (Debian: apt-get install liburing2), or let iotest use the system calls',
    1,
  );
}

interface Rung {
  readonly flags: number;
  /** What this rung does without, compared with the one before. */
  readonly leavesOut: string;
  readonly since: string;
  readonly loses: string;
}

/** From the best set of flags down to the least; EINVAL means that the kernel does not know one of them. */
export function flagLadder(sqpoll: boolean, pinned: boolean, iopoll: boolean): readonly Rung[] {
  const base = Setup.CQSIZE | (iopoll ? Setup.IOPOLL : 0);
  if (sqpoll) {
    // The kernel refuses DEFER_TASKRUN and COOP_TASKRUN together with SQPOLL.
    const polled = base | Setup.SQPOLL | (pinned ? Setup.SQ_AFF : 0);
    return [
      { flags: polled | Setup.SUBMIT_ALL | Setup.SINGLE_ISSUER, leavesOut: '', since: '', loses: '' },
      { flags: polled | Setup.SUBMIT_ALL, leavesOut: 'SINGLE_ISSUER', since: '6.0', loses: 'a little speed' },
      { flags: polled, leavesOut: 'SUBMIT_ALL', since: '5.18', loses: 'one submission per batch that holds an error' },
    ];
  }
  const cooperative = base | Setup.SUBMIT_ALL | Setup.COOP_TASKRUN;
  return [
    { flags: cooperative | Setup.SINGLE_ISSUER | Setup.DEFER_TASKRUN, leavesOut: '', since: '', loses: '' },
    {
      flags: cooperative,
      leavesOut: 'SINGLE_ISSUER|DEFER_TASKRUN',
      since: '6.1',
      loses: 'completions run outside of our own waits, which costs some speed',
    },
    {
      flags: base | Setup.SUBMIT_ALL,
      leavesOut: 'COOP_TASKRUN',
      since: '5.19',
      loses: 'completions interrupt the submitting thread',
    },
    {
      flags: base,
      leavesOut: 'SUBMIT_ALL',
      since: '5.18',
      loses: 'one more kernel entry per batch that holds an error',
    },
  ];
}

/**
 * Opens a ring on the calling thread, which is the only one that may use it.
 * Throws `UserError` (exit code 1) with cause and remedy when the kernel gives none.
 */
export function openRing(request: RingRequest): OpenedRing {
  const { depth, binding } = request;
  if (depth > entriesMax) {
    throw UserError.of(
      `io_uring queues at most ${entriesMax} requests, not ${depth}`,
      `lower iodepth to ${entriesMax}, or raise numjobs instead`,
      1,
    );
  }
  const fallbacks: Fallback[] = [];
  const mapped = setupWithExtras(request, fallbacks);
  const missing = featuresNeeded & ~mapped.features;
  if (missing !== 0) {
    mapped.close();
    throw UserError.of(
      `this kernel's io_uring lacks ${flagNames(Feature, missing).join(', ')}`,
      'use Linux 5.11 or later, or another engine (--engine libaio)',
      1,
    );
  }
  assert(mapped.views.sqEntries >= depth, 'each slot has an SQE');
  mapped.registerRingDescriptor();
  const ring = new (request.ringClass ?? Ring)({
    views: mapped.views,
    enter: mapped.enter,
    setupFlags: mapped.flags,
    slotCount: depth,
    completionsMax: request.completionsMax ?? depth,
  });
  return {
    ring,
    mapped,
    bindingName: binding.name,
    setupFlags: flagNames(Setup, mapped.flags),
    features: flagNames(Feature, mapped.features),
    fallbacks,
    close() {
      ring.close();
      mapped.close();
    },
  };
}

function setupWithExtras(request: RingRequest, fallbacks: Fallback[]): MappedRing {
  const needed =
    (request.isWide === true ? Setup.SQE128 | Setup.CQE32 : 0) |
    (typeof request.attachTo === 'number' ? Setup.ATTACH_WQ : 0);
  const wished = request.withoutSqArray === true ? Setup.NO_SQARRAY : 0;
  if (wished !== 0) {
    const tried: Fallback[] = [];
    const mapped = setupDownTheLadder(request, tried, needed | wished);
    if (mapped !== null) {
      fallbacks.push(...tried);
      return mapped;
    }
    fallbacks.push({
      asked: 'no_sqarray',
      reason: 'the kernel refuses NO_SQARRAY (EINVAL; it came with Linux 6.6)',
      advice: 'use Linux 6.6 or later, or leave no_sqarray out',
    });
  }
  const mapped = setupDownTheLadder(request, fallbacks, needed);
  if (mapped === null) throw setupError(Errno.EINVAL, request);
  return mapped;
}

/** null when the kernel knows none of the combinations. */
function setupDownTheLadder(request: RingRequest, fallbacks: Fallback[], extraFlags: number): MappedRing | null {
  for (const rung of flagLadder(request.sqpoll, request.sqpollCpu !== null, request.iopoll)) {
    if (rung.leavesOut !== '') {
      fallbacks.push({
        asked: rung.leavesOut,
        reason: `the kernel refuses it (EINVAL; it came with Linux ${rung.since}): ${rung.loses}`,
        advice: `use Linux ${rung.since} or later`,
      });
    }
    const mapped = request.binding.setup({
      entries: request.depth,
      cqEntries: request.cqEntries ?? request.depth,
      flags: rung.flags | extraFlags,
      sqThreadCpu: request.sqpollCpu ?? 0,
      sqThreadIdleMs: request.sqThreadIdleMs ?? sqThreadIdleMsDefault,
      attachTo: request.attachTo ?? 0,
      waitNsMax: request.waitNsMax ?? waitNsMaxDefault,
    });
    if (typeof mapped !== 'number') return mapped;
    if (mapped !== -Errno.EINVAL) throw setupError(-mapped, request);
  }
  return null;
}

/** Why io_uring_setup failed, for people. `disabled` is the text of /proc/sys/kernel/io_uring_disabled. */
export function setupError(
  errno: number,
  request: Pick<RingRequest, 'depth' | 'sqpoll' | 'sqpollCpu' | 'iopoll' | 'isWide'>,
  disabled: string | null = readDisabled(),
): UserError {
  const failed = `cannot set up io_uring (${errnoName(errno)})`;
  const elsewhere = 'use another engine (--engine libaio or --engine psync)';
  const say = (cause: string, advice: string) => UserError.of(`${failed}: ${cause}`, advice, 1, errno);
  switch (errno) {
    case Errno.EPERM:
      if (disabled === '2') {
        return say('it is switched off on this system', `sysctl kernel.io_uring_disabled=0 as root, or ${elsewhere}`);
      }
      if (disabled === '1') {
        return say(
          'it is reserved for root and the group of kernel.io_uring_group',
          `run as root, sysctl kernel.io_uring_disabled=0, or ${elsewhere}`,
        );
      }
      return say(
        'a security policy forbids it, as seccomp does in most containers',
        `allow it (docker and podman: --security-opt seccomp=unconfined), or ${elsewhere}`,
      );
    case Errno.EACCES:
      return say('a security policy (SELinux, AppArmor) forbids it', `allow io_uring in that policy, or ${elsewhere}`);
    case Errno.ENOSYS:
      return say('this kernel has none, or a sandbox hides it', `use Linux 5.11 or later, or ${elsewhere}`);
    case Errno.ENOMEM:
      return say(
        `no memory for ${request.depth} entries; some kernels count rings as locked memory (limit here: ${describeLimit()})`,
        `raise the limit (ulimit -l unlimited), lower iodepth or numjobs, or ${elsewhere}`,
      );
    case EMFILE:
    case ENFILE:
      return say('too many open files', 'raise the limit (ulimit -n), or lower numjobs or nrfiles');
    case Errno.EINVAL:
      if (request.sqpollCpu !== null) {
        return say(
          `CPU ${request.sqpollCpu} for the submission thread does not exist or is offline`,
          'name a CPU that is online in sqthread_poll_cpu (lscpu)',
        );
      }
      if (request.isWide === true) {
        return say('the kernel has no SQE128 and CQE32, which commands for devices need', 'use Linux 5.19 or later');
      }
      return say(
        'the kernel refuses every combination of flags that iotest can use',
        `use Linux 5.11 or later, or ${elsewhere}`,
      );
    default:
      return say(describeErrno(errno).meaning, elsewhere);
  }
}

function readDisabled(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/io_uring_disabled', 'utf8').trim();
  } catch {
    return null;
  }
}

function describeLimit(): string {
  const limit = lockedMemoryLimitBytes();
  return limit === Number.POSITIVE_INFINITY ? 'none' : describeBytes(limit);
}

interface BufferArea {
  readonly address: number;
  readonly strideBytes: number;
  readonly totalBytes: number;
}

/** Which registered buffer each slot lies in; slots never straddle two. */
export interface FixedBuffers {
  readonly slotsPerBuffer: number;
  readonly bufferCount: number;
}

/** How the slots' area is cut, as one registered buffer holds at most 1 GiB; null when one slot alone is larger. */
export function cutFixedBuffers(area: BufferArea, slotCount: number): FixedBuffers | null {
  const slotsPerBuffer = Math.min(slotCount, Math.floor(fixedBufferBytesMax / area.strideBytes));
  if (slotsPerBuffer < 1) return null;
  return { slotsPerBuffer, bufferCount: Math.ceil(slotCount / slotsPerBuffer) };
}

/** Registers the slots' buffers (IORING_REGISTER_BUFFERS), or says why it goes on without. */
export function registerBuffers(
  mapped: Pick<MappedRing, 'register'>,
  area: BufferArea,
  slotCount: number,
): FixedBuffers | Fallback {
  const cut = cutFixedBuffers(area, slotCount);
  if (cut === null) {
    return {
      asked: 'fixedbufs',
      reason: `a block of ${describeBytes(area.strideBytes)} is larger than the 1 GiB that can be registered`,
      advice: 'use a smaller bs, or leave fixedbufs off',
    };
  }
  const iovecs = new BigUint64Array(cut.bufferCount * 2);
  for (let index = 0; index < cut.bufferCount; index++) {
    const firstSlot = index * cut.slotsPerBuffer;
    iovecs[index * 2] = BigInt(area.address + firstSlot * area.strideBytes);
    iovecs[index * 2 + 1] = BigInt(Math.min(cut.slotsPerBuffer, slotCount - firstSlot) * area.strideBytes);
  }
  const result = mapped.register(Register.BUFFERS, iovecs, cut.bufferCount);
  return result >= 0 ? cut : bufferFallback(-result, slotCount * area.strideBytes);
}

function bufferFallback(errno: number, byteCount: number): Fallback {
  if (errno === Errno.ENOMEM || errno === Errno.EPERM) {
    return {
      asked: 'fixedbufs',
      reason: `${describeBytes(byteCount)} of buffers exceed the limit of locked memory, ${describeLimit()} (${errnoName(errno)})`,
      advice: 'raise it (ulimit -l unlimited; systemd: LimitMEMLOCK=infinity), lower iodepth or bs, or run as root',
      errno,
    };
  }
  return {
    asked: 'fixedbufs',
    reason: `the kernel did not register the buffers: ${describeErrno(errno).meaning} (${errnoName(errno)})`,
    advice: 'leave fixedbufs off',
    errno,
  };
}

/** Registers the files (IORING_REGISTER_FILES); null when done, else why it goes on without. */
export function registerFiles(mapped: Pick<MappedRing, 'register'>, descriptors: readonly number[]): Fallback | null {
  const result = mapped.register(Register.FILES, Int32Array.from(descriptors), descriptors.length);
  if (result >= 0) return null;
  return {
    asked: 'registerfiles',
    reason: `the kernel did not register ${descriptors.length} files: ${describeErrno(-result).meaning} (${errnoName(-result)})`,
    advice: result === -EMFILE ? 'raise the limit (ulimit -n), or lower nrfiles' : 'leave registerfiles off',
  };
}
