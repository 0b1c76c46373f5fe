/**
 * io_uring by its three system calls, for machines without liburing. Nothing here is per I/O: `enter` is called once per
 * batch, the rings are memory.
 */
import { errno, libc, viewMemory } from '../system/libc.js';
import { Enter, MapOffset, ParamsWord, Register, SystemCall, waitArgumentBytes } from './abi.js';
import {
  type EnterFunction,
  encodeParams,
  layoutOf,
  type MappedRing,
  type RingBinding,
  ringBytes,
  type SetupRequest,
  sqesBytes,
} from './port.js';
import { createWaitArgument } from './wait-argument.js';

const protReadWrite = 3;
const mapSharedPopulate = 0x8001;

const setupCall = libc.func('syscall', 'int', ['long', 'uint32_t', 'void *']);
const enterCall = libc.func('syscall', 'int', ['long', 'int', 'uint32_t', 'uint32_t', 'uint32_t', 'int64_t', 'size_t']);
const registerCall = libc.func('syscall', 'int', ['long', 'int', 'uint32_t', 'void *', 'uint32_t']);
const mmap = libc.func('mmap', 'int64_t', ['int64_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
const munmap = libc.func('munmap', 'int', ['int64_t', 'size_t']);
const close = libc.func('close', 'int', ['int']);

/** io_uring_setup(2): a descriptor or −errno; fills `params`. */
export function setupRing(entries: number, params: Uint32Array): number {
  const descriptor: number = setupCall(SystemCall.setup, entries, params);
  return descriptor < 0 ? -errno() : descriptor;
}

/** io_uring_register(2): result or −errno. */
export function registerOnRing(
  descriptor: number,
  opcode: number,
  argument: ArrayBufferView | null,
  count: number,
): number {
  const result: number = registerCall(SystemCall.register, descriptor, opcode, argument, count);
  return result < 0 ? -errno() : result;
}

export function closeDescriptor(descriptor: number): void {
  close(descriptor);
}

/** Raw io_uring_enter: what liburing's io_uring_enter2 does, result −errno on failure. */
export type RawEnter = (
  descriptor: number,
  toSubmit: number,
  completionsMin: number,
  flags: number,
  argumentAddress: number,
  argumentBytes: number,
) => number;

export function enterBySystemCall(
  descriptor: number,
  toSubmit: number,
  completionsMin: number,
  flags: number,
  argumentAddress: number,
  argumentBytes: number,
): number {
  const result: number = enterCall(
    SystemCall.enter,
    descriptor,
    toSubmit,
    completionsMin,
    flags,
    argumentAddress,
    argumentBytes,
  );
  return result < 0 ? -errno() : result;
}

export interface RingEntry {
  readonly enter: EnterFunction;
  readonly waitLimit: Int32Array;
  registerRingDescriptor(): boolean;
  /** Before the ring's descriptor is closed. */
  release(): void;
}

/**
 * The `enter` of one ring. Addresses live in constants of this closure: as numbers they are boxed once, here, and never
 * per call.
 */
export function createEntry(
  descriptor: number,
  waitNsMax: number,
  rawEnter: RawEnter,
  register: MappedRing['register'],
): RingEntry {
  const waitArgument = createWaitArgument(waitNsMax);
  const argumentAddress = waitArgument.memory.address;
  let enterDescriptor = descriptor;
  let enterFlags = 0;
  // struct io_uring_rsrc_update { u32 offset, u32 resv, u64 data }: offset -1 lets the kernel choose, and tells it back.
  const ringUpdate = new Uint32Array([0xffffffff, 0, descriptor, 0]);
  return {
    waitLimit: waitArgument.limit,
    enter: (toSubmit, completionsMin, flags) =>
      rawEnter(enterDescriptor, toSubmit, completionsMin, flags | enterFlags, argumentAddress, waitArgumentBytes),
    registerRingDescriptor() {
      if (enterFlags !== 0) return true;
      if (register(Register.RING_FDS, ringUpdate, 1) !== 1) return false;
      enterDescriptor = ringUpdate[0]!;
      enterFlags = Enter.REGISTERED_RING;
      return true;
    },
    release() {
      if (enterFlags !== 0) register(Register.UNREGISTER_RING_FDS, new Uint32Array([enterDescriptor, 0, 0, 0]), 1);
      enterDescriptor = -1;
      enterFlags = 0;
      waitArgument.memory.free();
    },
  };
}

/** Maps the rings of `descriptor`; −errno when that fails. */
function mapRing(descriptor: number, params: Uint32Array, request: SetupRequest): MappedRing | number {
  const ringsByteCount = ringBytes(params);
  const sqesByteCount = sqesBytes(params);
  const map = (byteCount: number, offset: number): number =>
    mmap(0, byteCount, protReadWrite, mapSharedPopulate, descriptor, offset);
  const ringsAddress = map(ringsByteCount, MapOffset.rings);
  if (ringsAddress === -1) return -errno();
  const sqesAddress = map(sqesByteCount, MapOffset.sqes);
  if (sqesAddress === -1) {
    const error = errno();
    munmap(ringsAddress, ringsByteCount);
    return -error;
  }
  const register: MappedRing['register'] = (opcode, argument, count) =>
    registerOnRing(descriptor, opcode, argument, count);
  const entry = createEntry(descriptor, request.waitNsMax, enterBySystemCall, register);
  let open = true;
  return {
    descriptor,
    flags: params[ParamsWord.flags]!,
    features: params[ParamsWord.features]!,
    views: {
      words: new Int32Array(viewMemory(ringsAddress, ringsByteCount)),
      sqes: new Int32Array(viewMemory(sqesAddress, sqesByteCount)),
      layout: layoutOf(params),
      sqEntries: params[ParamsWord.sqEntries]!,
      cqEntries: params[ParamsWord.cqEntries]!,
    },
    enter: entry.enter,
    waitLimit: entry.waitLimit,
    register,
    registerRingDescriptor: entry.registerRingDescriptor,
    close() {
      if (!open) return;
      open = false;
      entry.release();
      munmap(sqesAddress, sqesByteCount);
      munmap(ringsAddress, ringsByteCount);
      close(descriptor);
    },
  };
}

export const systemCalls: RingBinding = {
  name: 'system calls',
  setup(request) {
    const params = encodeParams(request);
    const descriptor = setupRing(request.entries, params);
    if (descriptor < 0) return descriptor;
    const mapped = mapRing(descriptor, params, request);
    if (typeof mapped === 'number') close(descriptor);
    return mapped;
  },
};
