/** What the coordinator and the thread of the logs say to each other. */

import type { PlannedLogs } from '../plan/types.js';
import type { Problem } from '../support/errors.js';

export interface LogJob {
  readonly jobName: string;
  readonly workerIndex: number;
  readonly memory: SharedArrayBuffer;
  readonly logs: PlannedLogs;
  /** Submission is timed by itself. */
  readonly isTimed: boolean;
}

export interface LogThreadInput {
  readonly jobs: readonly LogJob[];
  /** What no log may be written over: `guardedFiles()` of the coordinator's thread. */
  readonly guarded: readonly (readonly [key: string, what: string])[];
  /** One word: a `LogCommand`. */
  readonly control: SharedArrayBuffer;
}

export const LogCommand = { write: 0, finish: 1, discard: 2 } as const;

/** What became of a worker's logs. */
export interface LogReport {
  readonly workerIndex: number;
  readonly waitCount: number;
  readonly lostCount: number;
  readonly problem: Problem | null;
}

export type LogMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'done'; readonly reports: readonly LogReport[] };
