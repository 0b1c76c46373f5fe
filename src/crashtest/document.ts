/** What a crash test found, as `--format json` prints it, and the exit status that follows. */
import { ExitCode } from '../support/errors.js';
import type { CrashJob } from './plan.js';
import type { Promised } from './promised.js';
import type { BrokenPromise, ReadBack } from './read-back.js';

const crashtestVersion = 1;

/** One crash, or one end without. */
export interface CrashRound extends ReadBack {
  /** How the writer ended: by the kill, by itself, by a signal of the user's, or with the power. */
  readonly ended: 'killed' | 'done' | 'stopped' | 'power';
  /** From its start to its end; null where nobody knows. */
  readonly wroteMs: number | null;
  readonly promisedWriteCount: number;
  readonly promisedBytes: number;
  readonly syncCount: number;
}

export interface CrashtestDocument {
  readonly kind: 'iotest crashtest';
  readonly version: typeof crashtestVersion;
  readonly way: 'kill' | 'power';
  readonly verdict: 'kept' | 'broken' | 'nothing was promised' | 'interrupted';
  readonly jobs: readonly Pick<CrashJob, 'name' | 'promise'>[];
  readonly rounds: readonly CrashRound[];
  /** Of the first round that has any. */
  readonly first: BrokenPromise | null;
  /** Of `power`: the machine was restarted in between; null where that cannot be told. */
  readonly restarted: boolean | null;
  /** Bytes at the end of the state that are no whole record. */
  readonly leftOutBytes: number;
}

export function roundOf(
  ended: CrashRound['ended'],
  wroteMs: number | null,
  promised: Promised,
  found: ReadBack,
): CrashRound {
  return {
    ended,
    wroteMs,
    promisedWriteCount: promised.writeCount,
    promisedBytes: promised.byteCount,
    syncCount: promised.syncCount,
    ...found,
  };
}

export function documentOf(
  facts: Pick<CrashtestDocument, 'way' | 'rounds' | 'restarted' | 'leftOutBytes'> & { jobs: readonly CrashJob[] },
  isInterrupted: boolean,
): CrashtestDocument {
  const first = facts.rounds.find((round) => round.first !== null)?.first ?? null;
  const isChecked = facts.rounds.some(({ checkedBytes, ended }) => checkedBytes > 0 && ended !== 'done');
  const verdict =
    first !== null ? 'broken' : isInterrupted ? 'interrupted' : isChecked ? 'kept' : 'nothing was promised';
  return {
    kind: 'iotest crashtest',
    version: crashtestVersion,
    ...facts,
    jobs: facts.jobs.map(({ name, promise }) => ({ name, promise })),
    verdict,
    first,
  };
}

export function statusOf({ verdict }: CrashtestDocument): ExitCode {
  switch (verdict) {
    case 'kept':
      return ExitCode.ok;
    case 'broken':
      return ExitCode.brokenPromise;
    case 'interrupted':
      return ExitCode.interrupted;
    case 'nothing was promised':
      return ExitCode.inconclusive;
  }
}
