/**
 * Jobs that share one SQPOLL thread (`sq_thread_share`): the ring of the first of them has it, the others attach theirs
 * to that ring when they open them (IORING_SETUP_ATTACH_WQ, io_uring_setup(2)). Descriptors are the process's, so a
 * number in shared memory is all that a thread must tell another.
 */
import type { SqThreadShare } from '../engines/engine.js';
import type { PlannedWorker } from '../plan/types.js';
import { UserError } from '../support/errors.js';

/** What the word holds before the ring is open, and when there will be none; else its descriptor. */
const notYet = -1;
const never = -2;
/** How often a stop is looked for while waiting. */
const lookMs = 100;

/** Plain data: it goes to the job's thread. */
export interface SqThreadMembership {
  /** Int32 [descriptor of the owner's ring]. */
  readonly memory: SharedArrayBuffer;
  readonly isOwner: boolean;
  readonly owner: string;
}

type Member = Pick<PlannedWorker, 'engine' | 'job'>;

/** One thread for all of the workers, which start together, that want to share; null for the others. */
export function createSqThreadShares(workers: readonly Member[]): (SqThreadMembership | null)[] {
  const owner = workers.find(sharesThread);
  const memory = new SharedArrayBuffer(4);
  new Int32Array(memory)[0] = notYet;
  return workers.map((worker) =>
    owner === undefined || !sharesThread(worker)
      ? null
      : { memory, isOwner: worker === owner, owner: `${owner.job.name}.${owner.job.cloneIndex}` },
  );
}

function sharesThread({ engine }: Member): boolean {
  return engine.sqpoll && engine.sharesSqThread;
}

export class SharedSqThread implements SqThreadShare {
  readonly owner: string;
  readonly isOwner: boolean;
  readonly #word: Int32Array;
  readonly #isStopping: () => boolean;

  constructor({ memory, isOwner, owner }: SqThreadMembership, isStopping: () => boolean) {
    this.owner = owner;
    this.isOwner = isOwner;
    this.#word = new Int32Array(memory);
    this.#isStopping = isStopping;
  }

  offer(descriptor: number): void {
    Atomics.store(this.#word, 0, descriptor);
    Atomics.notify(this.#word, 0);
  }

  descriptor(): number {
    while (Atomics.load(this.#word, 0) === notYet) {
      if (this.#isStopping()) throw UserError.of('stopped before its ring was open', null, 1);
      Atomics.wait(this.#word, 0, notYet, lookMs);
    }
    const descriptor = Atomics.load(this.#word, 0);
    if (descriptor >= 0) return descriptor;
    throw UserError.of(
      `job ${this.owner}, whose SQPOLL thread it was to share, has none`,
      'see what kept that job from starting, or leave sq_thread_share out',
      1,
    );
  }

  /** The owner ends, or fails to begin: who still waits must not wait for ever. Safe to call at any time. */
  withdraw(): void {
    if (!this.isOwner) return;
    Atomics.store(this.#word, 0, never);
    Atomics.notify(this.#word, 0);
  }
}
