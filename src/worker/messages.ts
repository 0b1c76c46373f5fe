/** What the coordinator gives a worker's thread, and what that says to it. */
import type { TargetIdentity } from '../machine/target-facts.js';
import type { HeldTarget } from '../machine/target-identity.js';
import type { PlannedWorker } from '../plan/types.js';
import type { MismatchNotice } from '../stats/verify-report.js';
import type { WorkerReport } from '../stats/worker-report.js';
import type { Problem } from '../support/errors.js';
import type { FlowMembership } from './pacing/flow.js';
import type { SqThreadMembership } from './sq-thread.js';

export interface WorkerInput {
  readonly planned: PlannedWorker;
  /** What was checked, by the worker's files; null for those that are not on disk. */
  readonly held: readonly (HeldTarget | null)[];
  /** The file that buffers are mapped from; null without. */
  readonly heldBuffers: HeldTarget | null;
  readonly buffer: SharedArrayBuffer;
  /** Where entries for logs go; null without logs. */
  readonly logMemory: SharedArrayBuffer | null;
  readonly clockBaseSecond: number;
  /** Whether to warm the loop up before the start. */
  readonly rehearses: boolean;
  /** The job's place in its flow; null when it is in none. */
  readonly flow: FlowMembership | null;
  /** Whose SQPOLL thread its ring shares; null = none. */
  readonly sqThread: SqThreadMembership | null;
  /** The zones of its file, which jobs share; null where the job follows no write pointers. */
  readonly zones: SharedArrayBuffer | null;
  /** Whether to look at what the kernel does. */
  readonly explains: boolean;
  /** Whether to tell of each wrong block when it is found. */
  readonly tellsMismatches: boolean;
  /** What none of its outputs may be written over: `guardedFiles()` of the coordinator's thread. */
  readonly guarded: readonly (readonly [key: string, what: string])[];
}

export type WorkerMessage =
  | { readonly kind: 'ready' }
  /** A file of the job has been deleted and made anew. */
  | { readonly kind: 'renewed'; readonly path: string; readonly identity: TargetIdentity }
  | { readonly kind: 'mismatch'; readonly notice: MismatchNotice }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | { readonly kind: 'failed'; readonly problem: Problem };
