/** The coordinator's end of one worker thread. */
import type { Worker as Thread } from 'node:worker_threads';
import { heldTargets } from '../machine/held-targets.js';
import type { PlannedWorker } from '../plan/types.js';
import type { MismatchNotice } from '../stats/verify-report.js';
import type { WorkerReport } from '../stats/worker-report.js';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import { limitProblem } from '../support/machine-limits.js';
import { epochMs } from '../system/clock.js';
import { guardedFiles } from '../system/output-file.js';
import { otherThreadUsage, type ThreadUsage } from '../system/thread.js';
import { latencyKinds } from '../worker/job-rules.js';
import type { WorkerInput, WorkerMessage } from '../worker/messages.js';
import type { WorkerOutcome } from '../worker/outcome.js';
import { type FlowMembership, leaveFlow } from '../worker/pacing/flow.js';
import { buildReport, extrasOfLostWorker } from '../worker/report-builder.js';
import {
  Command,
  controlCommand,
  controlEndCause,
  controlPhase,
  controlThreadId,
  createSharedState,
  EndCause,
  markNowNs,
  markStartDelayMs,
  markStartNs,
  markUsage,
  Phase,
  type SharedState,
} from '../worker/shared-state.js';
import type { SqThreadMembership } from '../worker/sq-thread.js';
import { startWorkerThread } from './worker-boot.js';

interface HandleOptions {
  readonly held?: WorkerInput['held'];
  readonly heldBuffers?: WorkerInput['heldBuffers'];
  readonly logMemory?: SharedArrayBuffer | null;
  readonly flow?: FlowMembership | null;
  readonly sqThread?: SqThreadMembership | null;
  readonly zones?: SharedArrayBuffer | null;
  readonly rehearses?: boolean;
  readonly explains?: boolean;
  readonly onMismatch?: ((notice: MismatchNotice) => void) | undefined;
}

export class WorkerHandle {
  readonly planned: PlannedWorker;
  readonly shared: SharedState;
  /** Settles when the worker waits for the start, or has ended without getting there. */
  readonly prepared: Promise<void>;
  /** Settles when the thread has ended, however. */
  readonly ended: Promise<void>;
  readonly #startedEpochMs = epochMs();
  #report: WorkerReport | null = null;
  #failure: Problem | null = null;

  constructor(
    planned: PlannedWorker,
    clockBaseSecond: number,
    {
      held = [],
      heldBuffers = null,
      logMemory = null,
      flow = null,
      sqThread = null,
      zones = null,
      rehearses = true,
      explains = false,
      onMismatch,
    }: HandleOptions = {},
  ) {
    this.planned = planned;
    this.shared = createSharedState(latencyKinds(planned));
    const input: WorkerInput = {
      planned,
      held,
      heldBuffers,
      buffer: this.shared.buffer,
      logMemory,
      clockBaseSecond,
      rehearses,
      flow,
      sqThread,
      zones,
      explains,
      tellsMismatches: onMismatch !== undefined,
      guarded: guardedFiles(),
    };
    const thread = this.#startThread(input);
    let settlePrepared = (): void => {};
    this.prepared = new Promise((resolve) => {
      settlePrepared = resolve;
    });
    this.ended = new Promise((resolve) => {
      thread.on('exit', (status) => {
        if (flow !== null) leaveFlow(flow);
        if (status !== 0 && this.#report === null) this.#failure ??= this.#death(`its thread ended with ${status}`);
        settlePrepared();
        resolve();
      });
    });
    thread.on('message', (message: WorkerMessage) => {
      if (message.kind === 'ready') settlePrepared();
      else if (message.kind === 'report') this.#report = message.report;
      else if (message.kind === 'mismatch') onMismatch?.(message.notice);
      else if (message.kind === 'renewed') heldTargets.renewed(message.path, message.identity);
      else this.#failure = message.problem;
    });
    thread.on('error', (error) => {
      this.#failure ??= this.#limit(error) ?? this.#death(error.message);
    });
  }

  /** Throws `UserError` where this process may make no more. */
  #startThread(input: WorkerInput): Thread {
    try {
      return startWorkerThread(input);
    } catch (error) {
      const limit = this.#limit(error);
      throw limit === null ? error : new UserError([limit], ExitCode.failed);
    }
  }

  #limit(error: unknown): Problem | null {
    const limit = limitProblem(error);
    return limit === null ? null : { ...limit, message: `job "${this.planned.job.name}": ${limit.message}` };
  }

  #death(how: string): Problem {
    return {
      place: null,
      message: `the worker of job "${this.planned.job.name}" died: ${how}`,
      advice: 'what it had measured until then is in the result; please report this',
    };
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  get control(): Int32Array {
    return this.shared.control;
  }

  /** It failed, before the start or in its I/O. */
  get hasErrors(): boolean {
    return this.hasFailed || (this.#report !== null && this.#report.error !== null);
  }

  /** Lets a waiting worker begin, after a delay of its own; does nothing when it was told to stop before. */
  start(delayMs = 0): void {
    this.shared.marks[markStartDelayMs] = delayMs;
    Atomics.compareExchange(this.control, controlCommand, Command.wait, Command.go);
    Atomics.notify(this.control, controlCommand);
  }

  /** Tells it that it is over, or not to begin: its result is a whole one. */
  end(cause: EndCause): void {
    Atomics.compareExchange(this.control, controlEndCause, EndCause.none, cause);
    this.#command(Command.end);
  }

  /** Tells it to end early, or not to begin. */
  stop(): void {
    this.#command(Command.stop);
  }

  /** Commands only ever grow, so that a stop stays one. */
  #command(command: number): void {
    for (let before = Atomics.load(this.control, controlCommand); before < command; ) {
      const seen = Atomics.compareExchange(this.control, controlCommand, before, command);
      if (seen === before) break;
      before = seen;
    }
    Atomics.notify(this.control, controlCommand);
  }

  /** What it was told to measure: valid once `ended`. */
  outcome(loopNsPerIo: number): WorkerOutcome {
    const report = this.#report ?? this.#rescuedReport();
    return {
      worker: this.planned,
      report: report === null ? null : { ...report, loopNsPerIo },
      failure: this.#failure,
    };
  }

  /**
   * What it has measured so far, while it runs: from shared memory, without windows.
   * @param nowNs on the workers' clock
   */
  snapshot(nowNs: number): WorkerOutcome {
    const { marks, control, levels } = this.shared;
    if (this.#report !== null || this.#failure !== null) return this.outcome(0);
    if (control[controlPhase]! < Phase.measuring) return { worker: this.planned, report: null, failure: null };
    const endNs = control[controlPhase] === Phase.measuring ? nowNs : marks[markNowNs]!;
    const elapsedNs = Math.max(0, endNs - marks[markStartNs]!);
    const { seed, engineLabel } = this.planned;
    const extras = extrasOfLostWorker(elapsedNs, this.#startedEpochMs, seed, engineLabel);
    const report = buildReport(this.shared, {
      ...extras,
      ...usageSinceStart(this.shared),
      depthLevels: Array.from(levels.depth),
      submitLevels: Array.from(levels.submit),
      completeLevels: Array.from(levels.complete),
      ended: 'runtime',
    });
    return { worker: this.planned, report, failure: null };
  }

  /** From shared memory, when the worker died after it had begun to measure. */
  #rescuedReport(): WorkerReport | null {
    const { marks, control } = this.shared;
    if (this.#failure === null || control[controlPhase]! < Phase.measuring) return null;
    const elapsedNs = Math.max(0, marks[markNowNs]! - marks[markStartNs]!);
    const { seed, engineLabel } = this.planned;
    return buildReport(this.shared, extrasOfLostWorker(elapsedNs, this.#startedEpochMs, seed, engineLabel));
  }
}

function usageSinceStart({
  marks,
  control,
}: SharedState): Partial<ThreadUsage & { userCpuNs: number; systemCpuNs: number }> {
  const now = otherThreadUsage(control[controlThreadId]!);
  if (now === null) return {};
  const since = (value: number, at: number) => Math.max(0, value - marks[markUsage + at]!);
  return {
    userCpuNs: since(now.userNs, 0),
    systemCpuNs: since(now.systemNs, 1),
    minorFaultCount: since(now.minorFaultCount, 2),
    majorFaultCount: since(now.majorFaultCount, 3),
    voluntarySwitchCount: since(now.voluntarySwitchCount, 4),
    involuntarySwitchCount: since(now.involuntarySwitchCount, 5),
  };
}
