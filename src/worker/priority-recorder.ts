/** Latencies per priority, where I/Os get theirs by lot: an observer of the run loop. */
import { type CommandPriorities, jobPriority } from '../engines/command-priority.js';
import type { Requests } from '../engines/requests.js';
import type { Job } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { countsLength, LatencyRecorder, latencyCounts, sumsLength } from '../stats/latency.js';
import type { PriorityReport, WorkerReport } from '../stats/worker-report.js';
import type { CompletionObserver } from './loop-hooks.js';
import { batchNowNs, type SlotTimes } from './slot-times.js';

/** Begins with the measured time as other recorders do: it is one of those that the ramp's end resets. */
export class PriorityRecorder implements CompletionObserver {
  readonly recorder: LatencyRecorder;
  readonly #priorities: CommandPriorities;
  readonly #operation: Int32Array;
  readonly #times: SlotTimes;
  /** As fio: from the hand-over to the kernel, unless the whole latency is asked for (lat_percentiles). */
  readonly #beginNs: Float64Array;
  /** Rows of the recorder: those of reads, then of writes. */
  readonly #rowFrom: Int32Array;

  constructor(priorities: CommandPriorities, requests: Requests, times: SlotTimes, beginNs: Float64Array) {
    const rowCount = priorities.values.flat().length;
    this.recorder = new LatencyRecorder(
      new Float64Array(countsLength(rowCount)),
      new Float64Array(sumsLength(rowCount)),
    );
    this.#priorities = priorities;
    this.#operation = requests.operation;
    this.#times = times;
    this.#beginNs = beginNs;
    this.#rowFrom = Int32Array.of(0, priorities.values[0]!.length);
  }

  completed(slot: number): void {
    const operation = this.#operation[slot]!;
    if (operation > Operation.write) return;
    const row = this.#rowFrom[operation]! + this.#priorities.indexOfSlot[slot]!;
    this.recorder.record(row, this.#times.batchNs[batchNowNs]! - this.#beginNs[slot]!);
  }

  report(): NonNullable<WorkerReport['priorities']> {
    const { counts, sums } = this.recorder;
    const of = (direction: number): PriorityReport[] =>
      this.#priorities.values[direction]!.map((priority, index) => ({
        priority,
        latency: latencyCounts(counts, sums, this.#rowFrom[direction]! + index),
      }));
    return { own: this.#priorities.values[0]![0]!, read: of(Operation.read), write: of(Operation.write) };
  }
}

/** Of a job whose I/Os all have the priority of the thread: what merges with others of its group. */
export function onlyJobPriority({ process }: Job): NonNullable<WorkerReport['priorities']> {
  return { own: jobPriority(process), read: null, write: null };
}

/** Observers with the one of priorities, where there is one. */
export function withPriorities(
  observers: readonly CompletionObserver[],
  perPriority: PriorityRecorder | null,
): readonly CompletionObserver[] {
  return perPriority === null ? observers : [...observers, perPriority];
}
