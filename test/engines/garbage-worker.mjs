/**
 * Drives one engine alone on its thread, as a job's worker does, and counts garbage collections while it reads.
 * workerData: { build: folder of compiled sources, name, options, path, offsets: number[] }
 */
import fs from 'node:fs';
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';

const { build, name, options, path, offsets } = workerData;
const { createRequests } = await import(`${build}/engines/requests.js`);
const { engineModule } = await import(`${build}/engines/registry.js`);
const { allocateSlotBuffers } = await import(`${build}/system/memory.js`);

const blockBytes = 4096;
const depth = options.depth;
const requests = createRequests(depth);
const buffers = allocateSlotBuffers({ slotCount: depth, blockBytesMax: blockBytes });
const descriptor = fs.openSync(path, 'r');
const engine = (await engineModule(name)).openEngine({
  options,
  depth,
  requests,
  files: [{ path, descriptor, kind: 'file', sizeBytes: fs.fstatSync(descriptor).size }],
  buffers,
  blockBytesMax: blockBytes,
  writes: false,
  // No-operations, as no file takes NVMe commands: the engine's own part is the same.
  rehearses: name === 'io_uring_cmd',
});
const offset = Float64Array.from(offsets);
requests.byteCount.fill(blockBytes);

function read(ioCount) {
  let issued = 0;
  let done = 0;
  let bad = 0;
  for (let slot = 0; slot < depth; slot++) {
    requests.offset[slot] = offset[issued++ % offset.length];
    engine.queue(slot);
  }
  while (done < ioCount) {
    const count = engine.submitAndReap(1);
    done += count;
    for (let index = 0; index < count; index++) {
      if (engine.completedResult[index] !== blockBytes) bad += 1;
      if (issued >= ioCount) continue;
      const slot = engine.completedSlot[index];
      requests.offset[slot] = offset[issued++ % offset.length];
      engine.queue(slot);
    }
  }
  return bad;
}

const times = [];
const observer = new PerformanceObserver((list) => times.push(...list.getEntries().map((entry) => entry.startTime)));
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
const warmUpCount = 60_000;
const ioCount = 200_000;
read(warmUpCount);
await pause();
read(warmUpCount);
await pause();
observer.observe({ entryTypes: ['gc'] });
// Proof that the observer sees a collection of this thread.
let junk = [];
for (let index = 0; index < 1_000_000; index++) junk.push({ index });
junk = null;
await pause();
const seen = times.length;
const startMs = performance.now();
const bad = read(ioCount);
const endMs = performance.now();
await pause();
const collectionCount = times.filter((time) => time >= startMs && time <= endMs).length;
engine.close();
fs.closeSync(descriptor);
parentPort.postMessage({ collectionCount, provenCount: seen, bad, nsPerIo: ((endMs - startMs) * 1e6) / ioCount });
