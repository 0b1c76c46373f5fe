/**
 * A writer under `iotest crashtest`: stands before its workload and tells, through a descriptor, which writes are complete
 * and what each sync that returned has promised. By fio's rule for `verify_policy=fsynced`, what counts is taken when the
 * sync is submitted. Other jobs have none.
 */
import fs from 'node:fs';
import type { Requests } from '../../engines/requests.js';
import { chainSteps } from '../../job/chain.js';
import type { ChainOptions } from '../../job/job.js';
import { Operation } from '../../job/operation.js';
import { epochMs } from '../../system/clock.js';
import { Errno, errnoOf } from '../../system/errno.js';
import type { JobWorkload } from '../../workload/workload.js';
import type { CompletionObserver } from '../loop-hooks.js';
import { CheckingWorkload } from './checking-workload.js';
import { type PromiseRecord, promiseRecordBytes, putRecord } from './promise-records.js';

/** Less than what a pipe takes whole (PIPE_BUF): the threads of all jobs write to one. */
const heldBytesMax = 4096;

interface PromiseParts {
  readonly descriptor: number;
  readonly job: number;
  readonly workload: JobWorkload;
  readonly requests: Requests;
  /** Rows of the requests of chains; null where I/Os are single. */
  readonly chain: { readonly options: ChainOptions; readonly steps: Requests } | null;
  /** By row of what writes: the number of the write that it holds. */
  readonly numberOf: Float64Array;
  /** Each write is on the medium when it returns (O_SYNC, O_DSYNC). */
  readonly syncsWrites: boolean;
  readonly nowNs: () => number;
}

export class PromiseKeeper extends CheckingWorkload implements CompletionObserver {
  readonly #parts: PromiseParts;
  /** Rows that are written and synced: the slots themselves, or the requests of their chains. */
  readonly #rows: Requests;
  readonly #stepCount: number;
  readonly #isWrite: readonly boolean[] | null;
  readonly #isSync: readonly boolean[] | null;
  /** By row: a write is under way, and the least number of those that were so at its place when it began. */
  readonly #open: Uint8Array;
  readonly #floor: Float64Array;
  /** By slot: how many writes were complete when it began, and when that was. */
  readonly #covered: Float64Array;
  readonly #begunNs: Float64Array;
  readonly #held = Buffer.alloc(heldBytesMax);
  #heldBytes = 0;
  #completeCount = 0;

  constructor(parts: PromiseParts) {
    super(parts.workload);
    const { chain, requests } = parts;
    const steps = chain === null ? null : chainSteps(chain.options);
    const slotCount = requests.operation.length;
    this.#parts = parts;
    this.#rows = chain?.steps ?? requests;
    this.#stepCount = steps?.length ?? 1;
    this.#isWrite = steps?.map(({ operation }) => operation === 'write') ?? null;
    this.#isSync = steps?.map(({ operation }) => operation === 'fsync' || operation === 'fdatasync') ?? null;
    this.#open = new Uint8Array(this.#rows.operation.length);
    this.#floor = new Float64Array(this.#open.length);
    this.#covered = new Float64Array(slotCount);
    this.#begunNs = new Float64Array(slotCount);
  }

  override next(slot: number): boolean {
    if (!this.#parts.workload.next(slot)) return false;
    this.#covered[slot] = this.#completeCount;
    this.#begunNs[slot] = this.#parts.nowNs();
    const first = slot * this.#stepCount;
    for (let row = first; row < first + this.#stepCount; row++) {
      const isWrite = this.#writes(row);
      if (isWrite) this.#floor[row] = this.#floorOf(row);
      this.#open[row] = isWrite ? 1 : 0;
    }
    return true;
  }

  #writes(row: number): boolean {
    const steps = this.#isWrite;
    return steps === null ? this.#rows.operation[row] === Operation.write : steps[row % this.#stepCount]!;
  }

  #floorOf(row: number): number {
    const { fileIndex, offset, byteCount } = this.#rows;
    const { numberOf } = this.#parts;
    const from = offset[row]!;
    const to = from + byteCount[row]!;
    let floor = numberOf[row]!;
    for (let other = 0; other < this.#open.length; other++) {
      if (this.#open[other] === 0 || other === row || fileIndex[other] !== fileIndex[row]) continue;
      const overlaps = offset[other]! < to && from < offset[other]! + byteCount[other]!;
      if (overlaps && numberOf[other]! < floor) floor = numberOf[other]!;
    }
    return floor;
  }

  completed(slot: number): void {
    if (this.#isSync !== null) {
      this.#completedChain(slot);
      return;
    }
    const operation = this.#rows.operation[slot]!;
    if (operation === Operation.write) {
      this.#tellWrite(slot);
      if (this.#parts.syncsWrites) this.#tellSync(slot, slot, 1);
    } else if (operation === Operation.sync || operation === Operation.dataSync) {
      this.#tellSync(slot, slot, 0);
    }
  }

  /** Its writes in their order, and each sync behind those of its file that no sync of the chain has promised before. */
  #completedChain(slot: number): void {
    const first = slot * this.#stepCount;
    for (let row = first; row < first + this.#stepCount; row++) {
      if (this.#isSync![row - first]) {
        this.#tellSync(slot, row, this.#ownBefore(row, first));
      } else if (this.#isWrite![row - first]) {
        this.#tellWrite(row);
        if (this.#parts.syncsWrites) this.#tellSync(slot, row, 1);
      }
    }
  }

  #ownBefore(row: number, first: number): number {
    const { fileIndex } = this.#rows;
    if (this.#parts.syncsWrites) return 0;
    let own = 0;
    for (let before = row - 1; before >= first; before--) {
      if (fileIndex[before] !== fileIndex[row]) continue;
      if (this.#isSync![before - first]) break;
      if (this.#isWrite![before - first]) own++;
    }
    return own;
  }

  /** After a sync of all files at the end of the job. */
  syncedAll(fileCount: number): void {
    for (let file = 0; file < fileCount; file++) this.#putSync(file, this.#completeCount, 0, 0);
    this.#send();
  }

  #tellWrite(row: number): void {
    const { fileIndex, offset, byteCount } = this.#rows;
    const { job, numberOf } = this.#parts;
    this.#open[row] = 0;
    this.#completeCount++;
    this.#put({
      kind: 'write',
      job,
      file: fileIndex[row]!,
      offset: offset[row]!,
      byteCount: byteCount[row]!,
      number: numberOf[row]!,
      floor: this.#floor[row]!,
    });
  }

  #tellSync(slot: number, row: number, own: number): void {
    const tookUs = (this.#parts.nowNs() - this.#begunNs[slot]!) / 1000;
    this.#putSync(this.#rows.fileIndex[row]!, this.#covered[slot]!, own, tookUs);
    this.#send();
  }

  #putSync(file: number, covered: number, own: number, tookUs: number): void {
    const { job } = this.#parts;
    this.#put({ kind: 'sync', job, file, covered, own, tookUs: Math.round(tookUs), doneUs: epochMs() * 1000 });
  }

  #put(record: PromiseRecord): void {
    if (this.#heldBytes + promiseRecordBytes > heldBytesMax) this.#send();
    putRecord(this.#held, this.#heldBytes, record);
    this.#heldBytes += promiseRecordBytes;
  }

  /** What cannot be told is promised to nobody: the job ends. */
  #send(): void {
    try {
      for (let done = 0; done < this.#heldBytes; ) {
        done += fs.writeSync(this.#parts.descriptor, this.#held, done, this.#heldBytes - done);
      }
    } catch (error) {
      const errno = errnoOf(error) ?? Errno.EIO;
      const place = { operation: Operation.sync, byteCount: 0, offset: 0, fileIndex: 0 };
      this.errors?.noteFatal({ errno, ...place, reason: 'what was promised cannot be told to iotest crashtest' });
    }
    this.#heldBytes = 0;
  }
}
