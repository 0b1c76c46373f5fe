/** The payload of a planned worker: its pattern read, its working set and the random streams of all who share it. */

import { sizeLimits } from '../job/block-sizes.js';
import { parseBufferPattern } from '../job/buffer-pattern.js';
import type { PlannedWorker } from '../plan/types.js';
import { UserError } from '../support/errors.js';
import { type Random, RandomStreams } from '../support/random.js';
import { Payload, type WorkingSet } from '../workload/payload.js';
import { RandomUse } from '../workload/workload.js';

/** Throws `UserError` when a file of the pattern is no longer there. */
export function createPayload(planned: PlannedWorker, slots: readonly Int32Array[], streams: RandomStreams): Payload {
  const { job } = planned;
  const random = streams.stream(RandomUse.payload);
  return new Payload({ slots, job, pattern: patternBytes(planned), random, workingSet: workingSetOf(planned, random) });
}

/**
 * What files are laid out with, where the job says what data is to be: block by block, as it would be written. Undefined
 * where it is random.
 */
export function layOutContent(planned: PlannedWorker): ((chunk: Uint8Array) => void) | undefined {
  const { workload, payload } = planned.job;
  const isRandom = payload.pattern === null && payload.dedupePercent === 0 && payload.compressPercent === 0;
  if (isRandom && !workload.zeroBuffers) return undefined;
  const blockBytes = sizeLimits(workload, 'write').max;
  const block = new Uint8Array(Math.ceil(blockBytes / 4) * 4);
  const filler = createPayload(
    planned,
    [new Int32Array(block.buffer)],
    new RandomStreams(planned.seed, planned.workerIndex),
  );
  let used = blockBytes;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (used === blockBytes) {
        filler.fill(0, blockBytes);
        used = 0;
      }
      const count = Math.min(blockBytes - used, chunk.length - at);
      chunk.set(block.subarray(used, used + count), at);
      used += count;
      at += count;
    }
  };
}

function patternBytes({ job }: PlannedWorker): Uint8Array | null {
  if (job.payload.pattern === null) return null;
  const parsed = parseBufferPattern(job.payload.pattern);
  if (!parsed.ok) throw UserError.of(`buffer_pattern: ${parsed.message}`, parsed.advice, 1);
  return parsed.bytes;
}

function workingSetOf({ job, files, dedupePeers, workerIndex }: PlannedWorker, own: Random): WorkingSet | null {
  const { payload, workload } = job;
  if (payload.dedupeMode !== 'working_set' || payload.dedupePercent === 0) return null;
  const sizeBytes = files.reduce((sum, file) => sum + file.regionBytes, 0);
  const setBytes = Math.floor((sizeBytes * payload.dedupeWorkingSetPercent) / 100);
  const ownAt = dedupePeers.findIndex((peer) => peer.workerIndex === workerIndex);
  // From this worker on, round to the one before it: each set begins with its owner's pages.
  const others = [...dedupePeers.slice(ownAt + 1), ...dedupePeers.slice(0, Math.max(0, ownAt))];
  return {
    pageCount: Math.max(1, Math.floor(setBytes / sizeLimits(workload, 'write').min)),
    owners: [own, ...others.map((peer) => new RandomStreams(peer.seed, peer.workerIndex).stream(RandomUse.payload))],
  };
}
