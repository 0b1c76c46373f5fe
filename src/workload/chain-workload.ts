/**
 * Chains: one row of the loop's requests for each chain, and one row for each of its requests. Reads and writes are drawn
 * from the job's own workload, one block each; the others work on the block of the nearest of those before them, or of
 * the next one where there is none before, or on the first block of the region where the chain moves no data.
 */
import type { Requests } from '../engines/requests.js';
import { sizeLimits } from '../job/block-sizes.js';
import { type ChainOperation, chainSteps } from '../job/chain.js';
import type { ChainOptions, WorkloadOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import type { JobWorkload, WorkloadRegion } from './workload.js';

/** What engines for single I/Os make of it; they never see the others. */
const operationOf: Readonly<Partial<Record<ChainOperation, Operation>>> = {
  read: Operation.read,
  write: Operation.write,
  fdatasync: Operation.dataSync,
  sync_file_range: Operation.syncRange,
};

/** In which direction a chain counts, as a whole: that of rw. */
function chainDirection({ directions }: Pick<WorkloadOptions, 'directions'>): 'read' | 'write' {
  return directions === 'read' ? 'read' : 'write';
}

export class ChainWorkload implements JobWorkload {
  readonly turns = false;
  readonly #requests: Requests;
  readonly #steps: Requests;
  readonly #source: JobWorkload;
  readonly #stepCount: number;
  readonly #direction: number;
  /** Steps that move data, in their order, and what each does. */
  readonly #dataSteps: Int32Array;
  readonly #dataOperations: Int32Array;
  readonly #isMixed: boolean;
  /** The other steps, and from which step each has its block. */
  readonly #otherSteps: Int32Array;
  readonly #otherSources: Int32Array;
  /** [chains left to issue] */
  readonly #left: Float64Array;
  readonly #chainCountMax: number;

  /**
   * @param steps rows of all requests, slot × stepCount + step
   * @param source fills rows of `steps`, and their buffers
   */
  constructor(
    requests: Requests,
    steps: Requests,
    chain: ChainOptions,
    options: WorkloadOptions,
    files: readonly WorkloadRegion[],
    source: JobWorkload,
  ) {
    const flat = chainSteps(chain);
    const movesData = (step: number): boolean => flat[step]!.operation === 'read' || flat[step]!.operation === 'write';
    const indexes = [...flat.keys()];
    const data = indexes.filter(movesData);
    const others = data.length === 0 ? [] : indexes.filter((step) => !movesData(step));
    this.#requests = requests;
    this.#steps = steps;
    this.#source = source;
    this.#stepCount = flat.length;
    this.#direction = chainDirection(options) === 'read' ? Operation.read : Operation.write;
    this.#dataSteps = Int32Array.from(data);
    this.#dataOperations = Int32Array.from(data, (step) => operationOf[flat[step]!.operation]!);
    this.#isMixed = options.directions === 'readwrite';
    this.#otherSteps = Int32Array.from(others);
    this.#otherSources = Int32Array.from(others, (step) => data.findLast((other) => other < step) ?? data[0]!);
    this.#chainCountMax = (options.ioCountMax ?? Number.POSITIVE_INFINITY) * options.loops;
    this.#left = Float64Array.of(this.#chainCountMax);
    for (let row = 0; row < steps.operation.length; row++) {
      steps.operation[row] = operationOf[flat[row % flat.length]!.operation] ?? Operation.sync;
      steps.offset[row] = files[0]?.regionOffsetBytes ?? 0;
      steps.rangeBytes[row] = sizeLimits(options, chainDirection(options)).max;
    }
  }

  renewBudget(ioBytes: number, startsOver = false): void {
    this.#left[0] = this.#chainCountMax;
    this.#source.renewBudget(ioBytes, startsOver);
  }

  /** Chains follow each other without a stop, over the ends of passes. */
  beginPass(): boolean {
    return false;
  }

  /** A chain that does not fit whole into what is left is not begun. */
  next(slot: number): boolean {
    const left = this.#left;
    if (left[0]! < 1) return false;
    const steps = this.#steps;
    const first = slot * this.#stepCount;
    let byteCount = 0;
    for (let index = 0; index < this.#dataSteps.length; index++) {
      const row = first + this.#dataSteps[index]!;
      const operation = this.#dataOperations[index]!;
      if (this.#isMixed) this.#source.turnTo(operation);
      if (!this.#source.next(row) && !(this.#source.beginPass() && this.#source.next(row))) {
        left[0] = -1;
        return false;
      }
      if (operation === this.#direction) byteCount += steps.byteCount[row]!;
    }
    for (let index = 0; index < this.#otherSteps.length; index++) {
      const row = first + this.#otherSteps[index]!;
      const from = first + this.#otherSources[index]!;
      steps.fileIndex[row] = steps.fileIndex[from]!;
      steps.offset[row] = steps.offset[from]!;
      steps.rangeBytes[row] = steps.byteCount[from]!;
    }
    left[0] = left[0]! - 1;
    const head = this.#dataSteps.length === 0 ? first : first + this.#dataSteps[0]!;
    const requests = this.#requests;
    requests.operation[slot] = this.#direction;
    requests.byteCount[slot] = byteCount;
    requests.fileIndex[slot] = steps.fileIndex[head]!;
    requests.offset[slot] = steps.offset[head]!;
    return true;
  }

  nextOperation(): number {
    if (this.#left[0]! < 1) return -1;
    if (this.#dataSteps.length > 0 && this.#source.nextOperation() < 0) return -1;
    return this.#direction;
  }

  /** What comes next is the chain. */
  turnTo(_operation: number): void {}
}
