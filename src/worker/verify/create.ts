/** From a planned worker to what verifies in it. */
import type { Engine, OpenFile } from '../../engines/engine.js';
import type { Requests } from '../../engines/requests.js';
import { drawsSizes } from '../../job/block-sizes.js';
import type { Job } from '../../job/job.js';
import { blockBytesUsed, touchesFiles } from '../../plan/files.js';
import type { PlannedWorker } from '../../plan/types.js';
import type { MismatchNotice } from '../../stats/verify-report.js';
import { UserError } from '../../support/errors.js';
import type { RandomStreams } from '../../support/random.js';
import type { Clock } from '../../system/clock.js';
import type { Payload } from '../../workload/payload.js';
import { BlockChecker } from '../../workload/verify/block-checker.js';
import { BlockWriter } from '../../workload/verify/block-writer.js';
import type { BlockView } from '../../workload/verify/crc.js';
import { type BlockFormat, createBlockFormat } from '../../workload/verify/format.js';
import { type JobWorkload, RandomUse } from '../../workload/workload.js';
import { cleanPages, dropWritten } from '../open-files.js';
import { stateFileOf, verifyPart } from './report.js';
import { VerifySession } from './session.js';
import { loadState } from './state-file.js';

/** What a worker that verifies has before its workload exists. */
export interface Verification {
  readonly writer: BlockWriter;
  /** Of single I/Os. */
  createSession(workload: JobWorkload, files: readonly OpenFile[], engine: Engine): VerifySession;
  /** What the worker adds to its report. */
  report(session: VerifySession): ReturnType<typeof verifyPart>;
}

interface VerificationInput {
  readonly planned: PlannedWorker;
  readonly requests: Requests;
  /** One for each slot. */
  readonly buffers: readonly Uint8Array[];
  readonly random: RandomStreams;
  readonly clock: Clock;
  /** null when nothing is written. */
  readonly payload: Payload | null;
  /** Told of each wrong block at once; null = the report is enough. */
  readonly onMismatch: ((notice: MismatchNotice) => void) | null;
}

/** Of a job with `verify`. Throws `UserError` when a file of the pattern is no longer there. */
export function createVerification(input: VerificationInput): Verification {
  const { planned, requests, buffers, random, clock, payload, onMismatch } = input;
  const { job } = planned;
  const format = formatOf(job);
  const views = buffers.map((bytes) => viewOf(bytes));
  const loaded = job.verify.loadsState ? loadState(stateFileOf(planned)) : null;
  const draws = random.stream(RandomUse.payload);
  const key = Int32Array.from(planned.promises?.key ?? [draws.nextInt32(), draws.nextInt32()]);
  const { compressPercent, dedupePercent } = job.payload;
  const writer = new BlockWriter({
    format,
    requests,
    views,
    key,
    thread: planned.workerIndex + 1,
    content: compressPercent > 0 || dedupePercent > 0 || job.workload.zeroBuffers ? payload : null,
    clock,
  });
  return {
    writer,
    report: (session) => verifyPart(planned, session),
    createSession: (workload, files, engine) =>
      new VerifySession({
        options: job.verify,
        format,
        requests,
        views,
        workload,
        writer,
        checker: new BlockChecker(format, Math.max(...blockBytesUsed(job))),
        key,
        paths: planned.files.map((file) => file.path),
        checksReads: job.workload.directions === 'read',
        readsEachPass: job.workload.ioSize === null,
        movesData: touchesFiles(job),
        knows: knownOf(planned),
        depth: planned.engine.depth,
        beforeTrims: () => (job.target.direct ? undefined : cleanPages(files)),
        settle: () => dropWritten(files, engine),
        nowNs: clock.nowNs,
        dumpFolder: planned.auxFolder ?? '.',
        onMismatch,
        loaded,
        knowsOrder: loaded === null || !job.workload.random || loaded.seed === planned.seed,
      }),
  };
}

function viewOf(bytes: Uint8Array): BlockView {
  return { bytes, words: new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2) };
}

function formatOf({ verify }: Job): BlockFormat {
  try {
    return createBlockFormat(verify);
  } catch (error) {
    throw UserError.of(error instanceof Error ? error.message : String(error), 'check verify_pattern', 1);
  }
}

/**
 * What the job knows of the header of each block that it reads back, by fio's rules: the seed of what it has written
 * itself and once, the number where the order of the writes is known.
 */
function knownOf({ job, engine }: PlannedWorker): { readonly seed: boolean; readonly number: boolean } {
  const { workload, verify, schedule } = job;
  const repeats = workload.random && !workload.randomMap && !workload.serializesOverlap;
  const isOrdered = !(repeats && engine.depth > 1) && !schedule.timeBased && !verify.only;
  const number = verify.checksNumber ?? (isOrdered && !drawsSizes(workload) && !verify.experimental);
  const isOnce = !repeats && workload.ioSize === null && !schedule.timeBased;
  const seed = verify.checksSeed ?? (isOnce && !verify.only && verify.backlogCount === 0);
  const isSeeded = verify.pattern === null;
  return { number, seed: seed && isSeeded };
}
