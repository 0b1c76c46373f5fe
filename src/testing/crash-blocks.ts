/** Blocks as a writer under `iotest crashtest` leaves them, for tests that put them where they should not be. */
import { keyOfJob, sectorFormat } from '../crashtest/sector.js';
import { createRequests } from '../engines/requests.js';
import { BlockWriter } from '../workload/verify/block-writer.js';

/** Write `number` of the job with this index, of a run with this key. */
export function crashBlock(
  run: readonly [number, number],
  workerIndex: number,
  number: number,
  offset: number,
  byteCount: number,
): Buffer {
  const bytes = new Uint8Array(byteCount);
  const requests = createRequests(1);
  const writer = new BlockWriter({
    format: sectorFormat,
    requests,
    views: [{ bytes, words: new Int32Array(bytes.buffer) }],
    key: Int32Array.from(keyOfJob(run, workerIndex)),
    thread: workerIndex + 1,
    content: null,
    clock: { record: (into, at) => into.fill(1e9, at, at + 1) },
  });
  requests.offset[0] = offset;
  // Numbers are counted; those before are made in vain.
  writer.isDry = true;
  for (let before = 0; before < number; before++) writer.prepare(0, byteCount);
  writer.isDry = false;
  writer.prepare(0, byteCount);
  return Buffer.from(bytes.buffer);
}
