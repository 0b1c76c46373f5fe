/**
 * A job with nothing left to guess: every option has its value, globals are merged, clones are separate.
 * `expand.ts` makes these from a job file; everything after it reads only these. Its fields are described by the rows of
 * the table in `options/`; units stand last in their names, option names are fio's where fio has one.
 */
import type { computeRows, programRows } from './options/beside-io.js';
import type { chainRows } from './options/chain.js';
import type { commandPriorityRows } from './options/command-priority.js';
import type { endingRows, rampRows, waitRows } from './options/ending.js';
import type { engineRows } from './options/engine.js';
import type { continueRows, errorRows } from './options/errors.js';
import type { fileRows } from './options/files.js';
import type { logRows } from './options/logs.js';
import type { measureRows } from './options/measure.js';
import type { networkRows } from './options/network.js';
import type { fileServiceRows, orderRows, sizeRows } from './options/order.js';
import type { flowRows, latencyTargetRows, pacingRows, thinkTimeRows } from './options/pacing.js';
import type { contentRows, payloadRows } from './options/payload.js';
import type { processRows } from './options/process.js';
import type { replayRows } from './options/replay.js';
import type { ringRows } from './options/ring.js';
import type { HeldOf } from './options/row.js';
import type { jobRows, scheduleRows } from './options/schedule.js';
import type { steadyStateRows } from './options/steady-state.js';
import type { bufferRows, targetRows } from './options/target.js';
import type { verifyRows } from './options/verify.js';
import type { workloadRows } from './options/workload.js';
import type { zoneRows } from './options/zones.js';

export { type EngineName, engineNames } from './engine-names.js';
export type { CommandPriorityOptions, PrioritySplitEntry } from './options/command-priority.js';
export type { ContinueOnError } from './options/errors.js';
export type { ReplaySkip } from './options/replay.js';
export type {
  AccessZone,
  Distribution,
  FileServiceOptions,
  SizeShare,
  SkewedDistribution,
  SyncRangeOptions,
} from './workload-types.js';

interface TargetOptions extends HeldOf<typeof targetRows>, HeldOf<typeof fileRows> {}
interface SizeOptions extends HeldOf<typeof sizeRows> {}
interface OrderOptions extends HeldOf<typeof orderRows> {}
interface ZoneOptions extends HeldOf<typeof zoneRows> {}
export interface PayloadOptions extends HeldOf<typeof payloadRows> {}
interface NetworkOptions extends HeldOf<typeof networkRows> {}
interface ComputeOptions extends HeldOf<typeof computeRows> {}
interface ProgramOptions extends HeldOf<typeof programRows> {}
export interface ChainOptions extends HeldOf<typeof chainRows> {}
export interface RingOptions extends HeldOf<typeof ringRows> {}
interface ScheduleOptions extends HeldOf<typeof scheduleRows>, HeldOf<typeof waitRows>, HeldOf<typeof rampRows> {}
export interface SteadyStateOptions extends HeldOf<typeof steadyStateRows> {}
export interface ErrorOptions extends HeldOf<typeof errorRows> {}
export interface PacingOptions extends HeldOf<typeof pacingRows> {}
export interface ThinkTimeOptions extends HeldOf<typeof thinkTimeRows> {}
interface FlowOptions extends HeldOf<typeof flowRows> {}
export interface LatencyTargetOptions extends HeldOf<typeof latencyTargetRows> {}
interface ProcessOptions extends HeldOf<typeof processRows> {}
export interface MeasureOptions extends HeldOf<typeof measureRows> {}
export interface LogOptions extends HeldOf<typeof logRows> {}
export interface ReplayOptions extends HeldOf<typeof replayRows> {}
export interface VerifyOptions extends HeldOf<typeof verifyRows> {}

export type Precondition = TargetOptions['precondition'];

export interface WorkloadOptions
  extends HeldOf<typeof workloadRows>,
    HeldOf<typeof fileServiceRows>,
    HeldOf<typeof contentRows> {
  /** Block sizes that are drawn anew for each I/O. Where a direction has none, `blockBytes` is the size. */
  readonly sizes: SizeOptions;
  /** In which order the blocks of a file come. */
  readonly order: OrderOptions;
  /** Of `zonemode=zbd`. */
  readonly zones: ZoneOptions;
}

export interface EngineOptions
  extends HeldOf<typeof engineRows>,
    HeldOf<typeof bufferRows>,
    HeldOf<typeof commandPriorityRows>,
    RingOptions {
  readonly chain: ChainOptions;
  /** Whom `net` and `io_uring_net` talk to. */
  readonly network: NetworkOptions;
  /** What `cpuio` does. */
  readonly compute: ComputeOptions;
  /** What `exec` runs. */
  readonly program: ProgramOptions;
}

/** What the end of a job means for others. */
export interface EndingOptions extends HeldOf<typeof endingRows> {
  readonly steadyState: SteadyStateOptions;
}

export interface Job extends HeldOf<typeof jobRows>, HeldOf<typeof continueRows> {
  readonly source: { readonly file: string; readonly line: number; readonly section: string };
  /** The section's options as typed (primary names), for fio's `job options`. Globals are not in here. */
  readonly typedOptions: Readonly<Record<string, string>>;
  /** 0-based number of the reporting group (fio's groupid). */
  readonly groupIndex: number;
  /** 0 for the job itself, 1… for the further clones of `numjobs`. */
  readonly cloneIndex: number;
  readonly target: TargetOptions;
  readonly workload: WorkloadOptions;
  readonly payload: PayloadOptions;
  readonly engine: EngineOptions;
  readonly schedule: ScheduleOptions;
  readonly ending: EndingOptions;
  readonly errors: ErrorOptions;
  readonly pacing: PacingOptions;
  readonly thinkTime: ThinkTimeOptions;
  readonly flow: FlowOptions;
  readonly latencyTarget: LatencyTargetOptions;
  readonly process: ProcessOptions;
  readonly measure: MeasureOptions;
  readonly logs: LogOptions;
  readonly replay: ReplayOptions;
  readonly verify: VerifyOptions;
}

export interface JobSet {
  /** Options of [global] as typed (primary names). */
  readonly globalOptions: Readonly<Record<string, string>>;
  /** In the order in which they run and are reported. Clones are next to each other, 0 first. */
  readonly jobs: readonly Job[];
}
