/**
 * io_uring through liburing.so.2. The library creates, maps and closes the ring; `struct io_uring` tells where the parts
 * are. Reading and writing the rings stays ours.
 *
 * Not `io_uring_queue_init_params`: from 2.5 on it adds NO_SQARRAY of its own accord, and our SQEs belong to slots, which
 * the array selects. `io_uring_queue_mmap` is the part of it that maps, exported by every 2.x.
 */
import { realpathSync } from 'node:fs';
import { type Library, loadLibrary } from '../system/libc.js';
import { readText } from '../system/small-files.js';
import { createMappedRing, type RawEnter, type RawRegister } from './mapped-ring.js';
import { encodeParams, type MappedRing, type RingBinding, type RingLayout, type SetupRequest } from './port.js';
import { closeDescriptor, enterBySystemCall, registerOnRing, setupRing } from './syscalls.js';

/** struct io_uring, 64-bit: pointers and sizes as 8-byte words. Unchanged since 2.0; later versions only used padding. */
const StructWord = {
  sqHead: 0,
  sqTail: 1,
  sqFlags: 4,
  sqArray: 6,
  sqes: 7,
  ringBytes: 9,
  ringAddress: 10,
  cqHead: 13,
  cqTail: 14,
  cqes: 19,
} as const;
/** 216 bytes in 2.3; room for later versions. */
const structBytes = 512;

interface Functions {
  /** (descriptor, params, ring) → 0 or −errno. */
  queueMap(descriptor: number, params: Uint32Array, ring: BigUint64Array): number;
  queueExit(ring: BigUint64Array): void;
  setup(entries: number, params: Uint32Array): number;
  readonly enter: RawEnter;
  readonly register: RawRegister;
}

/** io_uring_setup, _enter2 and _register are exported from 2.3 on; before that the system calls take their place. */
function bindFunctions(library: Library): Functions {
  const queueMap = library.func('io_uring_queue_mmap', 'int', ['int', 'void *', 'void *']);
  const queueExit = library.func('io_uring_queue_exit', 'void', ['void *']);
  if (!library.has('io_uring_enter2')) {
    return { queueMap, queueExit, setup: setupRing, enter: enterBySystemCall, register: registerOnRing };
  }
  return {
    queueMap,
    queueExit,
    setup: library.func('io_uring_setup', 'int', ['uint32_t', 'void *']),
    enter: library.func('io_uring_enter2', 'int', ['int', 'uint32_t', 'uint32_t', 'uint32_t', 'int64_t', 'size_t']),
    register: library.func('io_uring_register', 'int', ['int', 'uint32_t', 'void *', 'uint32_t']),
  };
}

/** `2.9` from the library itself (2.4 on), else from the name of the file that is mapped (`liburing.so.2.3`). */
function versionOf(library: Library): string {
  if (library.has('io_uring_major_version')) {
    const major: number = library.func('io_uring_major_version', 'int', [])();
    const minor: number = library.func('io_uring_minor_version', 'int', [])();
    return `${major}.${minor}`;
  }
  const path = /^.*\s(\/\S*liburing\.so\S*)$/m.exec(readText('/proc/self/maps') ?? '')?.[1];
  return /\.so\.([0-9.]+)$/.exec(path === undefined ? '' : realpathSync(path))?.[1] ?? '2';
}

/** Finds the parts by the pointers in struct io_uring. */
function describeRing(ring: BigUint64Array): {
  ringsAddress: number;
  ringsBytes: number;
  sqesAddress: number;
  layout: RingLayout;
} {
  const pointer = (index: number) => Number(ring[index]!);
  const ringsAddress = pointer(StructWord.ringAddress);
  const word = (index: number) => (pointer(index) - ringsAddress) / 4;
  return {
    ringsAddress,
    ringsBytes: pointer(StructWord.ringBytes),
    sqesAddress: pointer(StructWord.sqes),
    layout: {
      sqHead: word(StructWord.sqHead),
      sqTail: word(StructWord.sqTail),
      sqFlags: word(StructWord.sqFlags),
      sqArray: word(StructWord.sqArray),
      cqHead: word(StructWord.cqHead),
      cqTail: word(StructWord.cqTail),
      cqes: word(StructWord.cqes),
    },
  };
}

function setupBy(functions: Functions, request: SetupRequest): MappedRing | number {
  const params = encodeParams(request);
  const descriptor = functions.setup(request.entries, params);
  if (descriptor < 0) return descriptor;
  const ring = new BigUint64Array(structBytes / 8);
  const mapped = functions.queueMap(descriptor, params, ring);
  if (mapped < 0) {
    closeDescriptor(descriptor);
    return mapped;
  }
  const { ringsAddress, ringsBytes, sqesAddress, layout } = describeRing(ring);
  return createMappedRing(request, {
    descriptor,
    params,
    layout,
    rings: { address: ringsAddress, bytes: ringsBytes },
    sqesAddress,
    enter: functions.enter,
    register: functions.register,
    unmap: () => functions.queueExit(ring),
  });
}

/** The binding, or null where liburing.so.2 is not installed. */
export function loadLiburing(): RingBinding | null {
  const library = loadLibrary(['liburing.so.2']);
  if (library === null || !library.has('io_uring_queue_mmap')) return null;
  const functions = bindFunctions(library);
  return { name: `liburing ${versionOf(library)}`, setup: (request) => setupBy(functions, request) };
}
