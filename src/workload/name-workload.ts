/**
 * The workload of engines that operate on files themselves: each name once per pass, in turn or in random order. An
 * operation counts as one I/O of a block.
 */
import type { Requests } from '../engines/requests.js';
import type { WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import type { RandomStreams } from '../support/random.js';
import { type OffsetStream, OnceEachOffsets, type Region, SequentialOffsets } from './offsets.js';
import type { Payload } from './payload.js';
import { ioCountLimit, type JobWorkload, RandomUse } from './workload.js';

export class NameWorkload implements JobWorkload {
  /** Nothing is drawn from a mix. */
  readonly turns = false;
  readonly #requests: Requests;
  readonly #payload: Payload | null;
  readonly #operation: number;
  readonly #byteCount: number;
  /** Draws numbers of files. */
  readonly #order: OffsetStream;
  readonly #ioCountMax: number;
  /** [bytes left to issue, operations left to issue] */
  readonly #left: Float64Array;

  /**
   * @param ioBytes operations in all × bytes of a block; Infinity when only time ends the job
   * @param payload null when the job writes nothing
   */
  constructor(
    requests: Requests,
    options: WorkloadOptions,
    nameCount: number,
    random: RandomStreams,
    payload: Payload | null,
    ioBytes: number,
  ) {
    const region: Region = { startBytes: 0, blockBytes: 1, blockCount: nameCount };
    const isShuffled = options.fileService.kind === 'random';
    this.#requests = requests;
    this.#payload = payload;
    this.#operation = options.directions === 'write' ? Operation.write : Operation.read;
    this.#byteCount = nameBlockBytes(options);
    this.#order = isShuffled
      ? new OnceEachOffsets(region, random.stream(RandomUse.files))
      : new SequentialOffsets(region);
    this.#ioCountMax = ioCountLimit(options);
    this.#left = Float64Array.of(ioBytes, this.#ioCountMax);
  }

  next(slot: number): boolean {
    const left = this.#left;
    const byteCount = this.#byteCount;
    if (left[0]! < byteCount || left[1]! < 1) return false;
    left[0] = left[0]! - byteCount;
    left[1] = left[1]! - 1;
    const requests = this.#requests;
    this.#order.draw(requests, slot);
    requests.fileIndex[slot] = requests.offset[slot]!;
    requests.offset[slot] = 0;
    requests.operation[slot] = this.#operation;
    requests.byteCount[slot] = byteCount;
    this.#payload?.prepare(slot, byteCount);
    return true;
  }

  nextOperation(): number {
    return this.#left[0]! < this.#byteCount || this.#left[1]! < 1 ? -1 : this.#operation;
  }

  turnTo(_operation: number): void {}

  /** Names follow each other without a stop. */
  beginPass(): boolean {
    return false;
  }

  renewBudget(ioBytes: number, startsOver = false): void {
    this.#left[0] = ioBytes;
    this.#left[1] = this.#ioCountMax;
    if (startsOver) this.#order.restart();
  }
}

/** What one operation counts as, and what a creation writes. */
export function nameBlockBytes({ directions, blockBytes }: WorkloadOptions): number {
  return directions === 'write' ? blockBytes.write : blockBytes.read;
}
