/**
 * One worker's run on the clock: ramp, measured time in windows, drain. Knows no files and no kernel, so that tests run
 * it on a simulated clock with exact expectations.
 */
import type { LatencyRecorder } from '../stats/latency.js';
import type { SeriesWindow, WorkerReport } from '../stats/worker-report.js';
import type { ErrorPolicy } from './error-policy.js';
import { type BatchLevels, LoopExit, type RunLoop } from './run-loop.js';
import {
  bytesDone,
  Command,
  controlCommand,
  controlEndCause,
  controlPhase,
  controlRampOver,
  EndCause,
  markNowNs,
  markStartNs,
  Phase,
  type SharedState,
  sumsPerOperation,
  totalBytes,
  totalsPerOperation,
} from './shared-state.js';

interface MeasureParts {
  readonly loop: RunLoop;
  readonly shared: SharedState;
  readonly levels: BatchLevels;
  readonly recorders: readonly LatencyRecorder[];
  readonly errors: ErrorPolicy;
  readonly nowNs: () => number;
  readonly rampNs: number;
  /** The ramp ends when so many bytes are done, or the coordinator says so; 0 = none of that kind. */
  readonly rampBytes: number;
  /** Infinity when only the amount of data ends the job. */
  readonly runtimeNs: number;
  /** Width of the windows of the series. */
  readonly windowNs: number;
  /** Width of those behind the spread of IOPS. */
  readonly iopsWindowNs: number;
  /** Called between the ramp and the measured time: the workload starts over, usage counters are read. */
  readonly onMeasureStart: () => void;
  /** Called when the pacer ends a stretch: true measures anew from there on, false ends the job as done. */
  readonly onPause: () => boolean;
  /** Called when a pass is done: true = there is more to do. */
  readonly onDone?: () => boolean;
  /** Called after the drain, inside the measured time when it says true: end_fsync. */
  readonly onDrained: () => boolean;
  /** Called when the bounded drain was not enough. */
  /** The time is over: before what is in flight is waited for. */
  readonly onDrain?: () => void;
  readonly onStuck: () => void;
}

export interface Measured {
  readonly startNs: number;
  readonly elapsedNs: number;
  readonly series: readonly SeriesWindow[];
  /** null = the windows of `series` have the width. */
  readonly iopsSeries: readonly SeriesWindow[] | null;
  readonly ended: WorkerReport['ended'];
  /** Stopped before the measured time began. */
  readonly endedInRamp: boolean;
  /** Requests that a device had not answered when the bounded drain ended, and that were cancelled. */
  readonly abandonedCount: number;
}

const drainBoundNs = 30e9;
const abandonBoundNs = 2e9;

export function measure(parts: MeasureParts): Measured {
  const { loop, shared, nowNs } = parts;
  shared.marks[markStartNs] = nowNs();
  let exit: LoopExit = LoopExit.time;
  if (parts.rampNs > 0 || parts.rampBytes > 0) {
    shared.control[controlPhase] = Phase.ramp;
    loop.restartPacer(true);
    exit = runRamp(parts);
    forget(parts);
  }
  const endedInRamp = exit === LoopExit.stop;
  // However often the pacer asks for it, nothing is measured anew when twice the runtime has passed.
  const lastNs = nowNs() + 2 * parts.runtimeNs;
  let startNs: number;
  let windows: WindowSeries;
  let iopsWindows: WindowSeries | null;
  do {
    if (exit === LoopExit.pause) forget(parts);
    parts.onMeasureStart();
    shared.control[controlPhase] = Phase.measuring;
    loop.restartPacer(false);
    // The reading that schedules begin with: a later one would make their last I/O come early.
    startNs = loop.nowNs;
    shared.marks[markStartNs] = startNs;
    windows = new WindowSeries(shared, startNs, parts.windowNs);
    const isShared = parts.iopsWindowNs === parts.windowNs;
    iopsWindows = isShared ? null : new WindowSeries(shared, startNs, parts.iopsWindowNs);
    if (exit !== LoopExit.stop) {
      const deadlineNs = Math.min(startNs + parts.runtimeNs, lastNs);
      exit = runWindows(parts, windows, iopsWindows, deadlineNs);
    }
  } while (exit === LoopExit.pause && nowNs() < lastNs && parts.onPause());

  shared.control[controlPhase] = Phase.draining;
  parts.onDrain?.();
  const abandonedCount = drain(parts);
  const countsSync = parts.onDrained();
  const endNs = exit === LoopExit.done && !countsSync ? Math.max(loop.nowNs, startNs) : nowNs();
  windows.close(endNs);
  iopsWindows?.close(endNs);
  shared.marks[markNowNs] = endNs;
  shared.control[controlPhase] = Phase.ended;
  return {
    startNs,
    elapsedNs: endNs - startNs,
    series: windows.list,
    iopsSeries: iopsWindows?.list ?? null,
    ended: endReason(parts, exit),
    endedInRamp,
    abandonedCount,
  };
}

/** How often the bytes of a ramp are looked at. */
const rampLookNs = 10e6;

function runRamp({ loop, shared, rampNs, rampBytes, nowNs, onDone }: MeasureParts): LoopExit {
  const untilNs = rampBytes > 0 ? Number.POSITIVE_INFINITY : nowNs() + rampNs;
  for (;;) {
    const exit = loop.runUntil(Math.min(untilNs, rampBytes > 0 ? nowNs() + rampLookNs : untilNs));
    if (exit === LoopExit.done && onDone?.()) continue;
    if (exit !== LoopExit.time || nowNs() >= untilNs) return exit;
    if (rampBytes > 0 && (shared.control[controlRampOver] === 1 || bytesDone(shared) >= rampBytes)) return exit;
  }
}

function runWindows(
  parts: MeasureParts,
  windows: WindowSeries,
  iopsWindows: WindowSeries | null,
  deadlineNs: number,
): LoopExit {
  const { loop, shared } = parts;
  for (;;) {
    const exit = loop.runUntil(Math.min(windows.endNs, iopsWindows?.endNs ?? deadlineNs, deadlineNs));
    const now = loop.nowNs;
    shared.marks[markNowNs] = now;
    if (exit === LoopExit.done && parts.onDone?.()) continue;
    if (exit !== LoopExit.time || now >= deadlineNs) return exit;
    windows.turn(now);
    iopsWindows?.turn(now);
  }
}

/** Gives the number of requests that had to be abandoned. */
function drain(parts: MeasureParts): number {
  const { loop, shared } = parts;
  const isHurried = (): boolean => shared.control[controlCommand] === Command.abandon;
  const untilNs = parts.nowNs() + drainBoundNs;
  while (loop.inFlightCount > 0 && !isHurried() && parts.nowNs() < untilNs) loop.drain(100e6);
  const leftCount = loop.inFlightCount;
  if (leftCount === 0) return 0;
  parts.onStuck();
  loop.drain(abandonBoundNs);
  return isHurried() ? 0 : leftCount;
}

/** Drops what the ramp counted; requests in flight stay, and count when they complete. */
function forget(parts: MeasureParts): void {
  for (const recorder of parts.recorders) recorder.reset();
  parts.errors.forget();
  parts.shared.totals.fill(0);
  for (const level of [parts.levels.depth, parts.levels.submit, parts.levels.complete]) level.fill(0);
}

function endReason(parts: MeasureParts, exit: LoopExit): WorkerReport['ended'] {
  if (parts.errors.fatalError !== null) return 'error';
  if (parts.errors.isFull) return 'done';
  if (exit === LoopExit.stop) return whyStopped(parts.shared.control);
  return exit === LoopExit.time ? 'runtime' : 'done';
}

function whyStopped(control: Int32Array): WorkerReport['ended'] {
  if (control[controlCommand]! !== Command.end) return 'interrupted';
  const cause = control[controlEndCause];
  // All rounds that a steady state may take were made: its time is over.
  if (cause === EndCause.roundsOver) return 'runtime';
  return cause === EndCause.steady ? 'steady' : 'exitall';
}

/** Differences of the running totals, window by window. */
class WindowSeries {
  readonly list: SeriesWindow[] = [];
  readonly #shared: SharedState;
  readonly #startNs: number;
  readonly #widthNs: number;
  /** When the present window is over. */
  endNs: number;
  #lastNs: number;
  #last: Omit<SeriesWindow, 'startNs' | 'endNs'>;

  constructor(shared: SharedState, startNs: number, widthNs: number) {
    this.#shared = shared;
    this.#startNs = startNs;
    this.#widthNs = widthNs;
    this.endNs = startNs + widthNs;
    this.#lastNs = startNs;
    this.#last = this.#snapshot();
  }

  /** Closes the present window if it is over. */
  turn(nowNs: number): void {
    if (nowNs < this.endNs) return;
    this.close(nowNs);
    // A stalled device can pass several windows at once; the one just closed is then the longer.
    while (this.endNs <= nowNs) this.endNs += this.#widthNs;
  }

  close(nowNs: number): void {
    if (nowNs <= this.#lastNs) return;
    const now = this.#snapshot();
    const last = this.#last;
    this.list.push({
      startNs: this.#lastNs - this.#startNs,
      endNs: nowNs - this.#startNs,
      ioCount: difference(now.ioCount, last.ioCount),
      byteCount: difference(now.byteCount, last.byteCount),
      totalNsSum: difference(now.totalNsSum, last.totalNsSum),
    });
    this.#last = now;
    this.#lastNs = nowNs;
  }

  #snapshot(): Omit<SeriesWindow, 'startNs' | 'endNs'> {
    const { total, totals } = this.#shared;
    const of = (column: (operation: number) => number) => ({ read: column(0), write: column(1), trim: column(2) });
    return {
      ioCount: of((operation) => total.sums[operation * sumsPerOperation]!),
      byteCount: of((operation) => totals[operation * totalsPerOperation + totalBytes]!),
      totalNsSum: of((operation) => total.sums[operation * sumsPerOperation + 1]!),
    };
  }
}

type Triple = SeriesWindow['ioCount'];

function difference(now: Triple, last: Triple): Triple {
  return { read: now.read - last.read, write: now.write - last.write, trim: now.trim - last.trim };
}
