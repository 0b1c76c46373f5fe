/**
 * The yardstick for the ring: no-operations through io_uring in one flat loop, everything in local variables, no
 * engine, no options, no errors. It does what a measurement cannot do without: a random offset for each I/O, the clock
 * twice per batch, each latency into its bucket. Prints `{"iops": …}`. Arguments: depth, seconds.
 */
import { errno, libc, viewMemory } from '../../src/system/libc.js';

const depth = Number(process.argv[2] ?? 64);
const seconds = Number(process.argv[3] ?? 1);

const setup = libc.func('syscall', 'int', ['long', 'uint32_t', 'void *']);
const enter = libc.func('syscall', 'int', ['long', 'int', 'uint32_t', 'uint32_t', 'uint32_t', 'void *', 'size_t']);
const mmap = libc.func('mmap', 'int64_t', ['int64_t', 'size_t', 'int', 'int', 'int', 'int64_t']);

// Layout: struct io_uring_params, include/uapi/linux/io_uring.h. Flags: SINGLE_ISSUER | DEFER_TASKRUN | SUBMIT_ALL.
const params = new Uint32Array(30);
params[2] = (1 << 12) | (1 << 13) | (1 << 7);
const ring = setup(425, depth, params) as number;
if (ring < 0) throw new Error(`io_uring_setup: errno ${errno()}`);
const [sqEntries, cqEntries] = [params[0]!, params[1]!];
const ringBytes = Math.max(params[16]! + sqEntries * 4, params[25]! + cqEntries * 16);
const readWrite = 3;
const sharedPopulate = 0x8001;
const words = new Int32Array(viewMemory(mmap(0, ringBytes, readWrite, sharedPopulate, ring, 0), ringBytes));
const sqes = new Int32Array(
  viewMemory(mmap(0, sqEntries * 64, readWrite, sharedPopulate, ring, 0x10000000), sqEntries * 64),
);

const [sqHead, sqTail, sqMask] = [params[10]! >> 2, params[11]! >> 2, words[params[12]! >> 2]!];
const [cqHead, cqTail, cqMask] = [params[20]! >> 2, params[21]! >> 2, words[params[22]! >> 2]!];
const [sqArray, cqes] = [params[16]! >> 2, params[25]! >> 2];
for (let slot = 0; slot < depth; slot++) sqes[slot * 16 + 8] = slot;

const blockCount = (1 << 30) / 4096;

function run(endMs: number): number {
  const issued = new Float64Array(depth);
  const free = new Int32Array(depth);
  const buckets = new Uint32Array(24 * 1024);
  let state = 0x12345;
  for (let slot = 0; slot < depth; slot++) free[slot] = slot;
  let freeCount = depth;
  let tail = words[sqTail]!;
  let done = 0;
  let now = performance.now();
  while (now < endMs) {
    const begun = performance.now();
    while (freeCount > 0) {
      const slot = free[--freeCount]!;
      issued[slot] = begun;
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const offset = ((state >>> 0) % blockCount) * 4096;
      sqes[(slot << 4) + 2] = offset | 0;
      sqes[(slot << 4) + 3] = (offset / 4294967296) | 0;
      words[sqArray + (tail & sqMask)] = slot;
      tail = (tail + 1) | 0;
    }
    Atomics.store(words, sqTail, tail);
    const result = enter(426, ring, (tail - words[sqHead]!) | 0, 1, 1, null, 0) as number;
    if (result < 0 && errno() !== 4) throw new Error(`io_uring_enter: errno ${errno()}`);
    now = performance.now();
    let head = words[cqHead]!;
    const ready = Atomics.load(words, cqTail);
    while (head !== ready) {
      const slot = words[cqes + ((head & cqMask) << 2)]!;
      const latency = Math.min((now - issued[slot]!) * 1e6, 0x7fffffff) | 0;
      const level = Math.max(0, 21 - Math.clz32(latency));
      buckets[(level << 10) + (latency >>> level)]!++;
      free[freeCount++] = slot;
      head = (head + 1) | 0;
      done++;
    }
    Atomics.store(words, cqHead, head);
  }
  return done;
}

run(performance.now() + 300);
const begun = performance.now();
const done = run(begun + seconds * 1000);
console.log(JSON.stringify({ iops: (done * 1000) / (performance.now() - begun) }));
