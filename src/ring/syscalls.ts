/**
 * io_uring by its three system calls, for machines without liburing. Nothing here is per I/O: `enter` is called once per
 * batch, the rings are memory.
 */
import { errno, libc } from '../system/libc.js';
import { MapOffset, SystemCall } from './abi.js';
import { createMappedRing, type RawEnter } from './mapped-ring.js';
import {
  encodeParams,
  layoutOf,
  type MappedRing,
  type RingBinding,
  ringBytes,
  type SetupRequest,
  sqesBytes,
} from './port.js';

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

export const enterBySystemCall: RawEnter = (
  descriptor,
  toSubmit,
  completionsMin,
  flags,
  argumentAddress,
  argumentBytes,
) => {
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
};

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
  return createMappedRing(request, {
    descriptor,
    params,
    layout: layoutOf(params),
    rings: { address: ringsAddress, bytes: ringsByteCount },
    sqesAddress,
    enter: enterBySystemCall,
    register: registerOnRing,
    unmap() {
      munmap(sqesAddress, sqesByteCount);
      munmap(ringsAddress, ringsByteCount);
      close(descriptor);
    },
  });
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
