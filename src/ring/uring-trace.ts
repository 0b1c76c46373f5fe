/**
 * What the kernel did with the requests of a ring, from counts of its tracepoints (include/trace/events/io_uring.h).
 *
 * A request completes in one of four ways:
 *
 *   inline      while it is being submitted: the data was there already
 *   task work   later: an interrupt queued work for the submitting thread, which completes it on its next entry
 *   worker      handed to an io-wq thread, as it would have blocked the submission (io_uring_queue_async_work)
 *   polled      found by asking the device (a ring with IOPOLL)
 *
 * Task work is traced once per run with the number of requests in it. That number is summed by counting its bits: a
 * counter for each bit, with the filter `count & 2^bit`.
 */
import fs from 'node:fs';
import type { TracepointChoice } from '../system/tracepoint-counters.js';

/** Requests by the way that they took. */
export interface RequestPaths {
  readonly submitted: number;
  readonly inline: number;
  readonly taskWork: number;
  readonly worker: number;
  readonly polled: number;
  /** Completions that found the CQ full. */
  readonly overflowed: number;
}

const submitNames = ['io_uring/io_uring_submit_req', 'io_uring/io_uring_submit_sqe'];
const taskWorkNames = ['io_uring/io_uring_local_work_run', 'io_uring/io_uring_task_work_run'];
/** Kernel threads of io-wq are named after the thread that they work for. */
const inWorker = 'comm ~ "iou-wrk-*"';

const Column = { submitted: 0, punted: 1, completed: 2, completedInWorker: 3, overflowed: 4, taskWork: 5 } as const;

/** The choices, in the order in which `pathsOf` wants their counts. */
export interface RingTrace {
  readonly choices: readonly TracepointChoice[];
  readonly bitCount: number;
}

/**
 * @param root of tracefs
 * @param depth no run of task work holds more requests than are in flight
 */
export function ringTrace(root: string, depth: number): RingTrace {
  const exists = (event: string) => fs.existsSync(`${root}/events/${event}`);
  const submit = submitNames.find(exists) ?? submitNames[0]!;
  const bitCount = 33 - Math.clz32(Math.max(1, depth));
  const bits = Array.from({ length: bitCount }, (_, bit) => `count & ${2 ** bit}`);
  const every = (event: string): TracepointChoice => ({ event, filter: null });
  return {
    bitCount,
    choices: [
      every(submit),
      every('io_uring/io_uring_queue_async_work'),
      every('io_uring/io_uring_complete'),
      { event: 'io_uring/io_uring_complete', filter: inWorker },
      every('io_uring/io_uring_cqe_overflow'),
      ...taskWorkNames.flatMap((event) => bits.map((filter) => ({ event, filter }))),
    ],
  };
}

/**
 * @param counts what each choice counted
 * @param polls the ring has IOPOLL: what was not handed to a worker was polled for
 */
export function pathsOf({ bitCount }: RingTrace, counts: readonly number[], polls: boolean): RequestPaths {
  const completed = counts[Column.completed]!;
  const worker = Math.min(counts[Column.punted]!, completed);
  let inTaskWork = 0;
  for (let at = Column.taskWork; at < counts.length; at++) {
    inTaskWork += counts[at]! * 2 ** ((at - Column.taskWork) % bitCount);
  }
  // What a worker does not complete itself comes back through task work, and must not count twice.
  const fromWorkers = Math.max(0, worker - counts[Column.completedInWorker]!);
  const rest = completed - worker;
  const taskWork = polls ? 0 : Math.min(rest, Math.max(0, inTaskWork - fromWorkers));
  return {
    submitted: counts[Column.submitted]!,
    inline: polls ? 0 : rest - taskWork,
    taskWork,
    worker,
    polled: polls ? rest : 0,
    overflowed: counts[Column.overflowed]!,
  };
}
