/** Crashes by `kill -9` of the writer, at a drawn moment, several times; after each, every promise is checked. */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerSignals } from '../cli/signals.js';
import { ExitCode, UserError } from '../support/errors.js';
import type { CrashRound } from './document.js';
import { roundOf } from './document.js';
import type { CrashJob } from './plan.js';
import { Promised } from './promised.js';
import { type ReadBack, readBack } from './read-back.js';
import { readingError } from './state.js';
import { type Key, recordsIn, startWriter, type Writer, type WriterCall } from './writer.js';

/** A job whose first sync does not return before is killed without a promise. */
const patienceMs = 600_000;
/** What a killed process had in flight may still land, and be read half: what is wrong is looked at once more. */
const settleMs = 1000;

interface Kills {
  readonly rounds: readonly CrashRound[];
  readonly isInterrupted: boolean;
}

interface KillOptions extends Omit<WriterCall, 'key'> {
  readonly jobs: readonly CrashJob[];
  readonly roundCount: number;
  /** The kill comes at most so long after the first promise. */
  readonly withinMs: number;
  readonly onRound: (round: CrashRound, index: number) => void;
}

/** Ends at the first broken promise. Throws `UserError` with the writer's status when it ended badly by itself. */
export async function runKills(options: KillOptions): Promise<Kills> {
  const rounds: CrashRound[] = [];
  let writer: Writer | null = null;
  let isInterrupted = false;
  const settle = answerSignals({
    stop: () => {
      isInterrupted = true;
      writer?.child.kill('SIGKILL');
    },
    status: () => process.stderr.write(`iotest: round ${rounds.length + 1} of ${options.roundCount}\n`),
  });
  try {
    while (rounds.length < options.roundCount && !isInterrupted && rounds.at(-1)?.first == null) {
      const key: Key = [randomBytes(4).readInt32LE(), randomBytes(4).readInt32LE()];
      const startedMs = performance.now();
      writer = startWriter({ ...options, key });
      const promised = new Promised(options.jobs);
      const isKilled = await followUntilKilled(writer, promised, options.withinMs);
      const wroteMs = performance.now() - startedMs;
      if (promised.writeCount === 0 && isInterrupted) break;
      const found = await settled(() => readBack(options.jobs, promised, key));
      const ended = isInterrupted ? 'stopped' : isKilled ? 'killed' : 'done';
      rounds.push(roundOf(ended, wroteMs, promised, found));
      options.onRound(rounds.at(-1)!, rounds.length);
      // Another round would wait as long.
      if (promised.writeCount === 0) break;
    }
  } finally {
    writer?.child.kill('SIGKILL');
    settle();
  }
  return { rounds, isInterrupted };
}

/** @returns whether it was killed, and did not end before the kill came */
export async function followUntilKilled(writer: Writer, promised: Promised, withinMs: number): Promise<boolean> {
  const kill = (): void => {
    writer.child.kill('SIGKILL');
  };
  let timer = setTimeout(kill, patienceMs);
  let isDrawn = false;
  try {
    for await (const bytes of writer.records()) {
      for (const record of recordsIn(bytes)) promised.add(record);
      if (isDrawn || promised.writeCount === 0) continue;
      isDrawn = true;
      clearTimeout(timer);
      timer = setTimeout(kill, randomInt(withinMs + 1));
    }
  } catch (error) {
    throw readingError(error, (why) => UserError.of(`the writer told what cannot be: ${why}`, null, 1));
  } finally {
    clearTimeout(timer);
  }
  const status = await writer.ended;
  // Who else kills it makes a crash as well.
  if (writer.child.signalCode === 'SIGKILL') return true;
  // A terminal sends Ctrl-C to it too.
  if (status === ExitCode.ok || status === ExitCode.interrupted) return false;
  const how = status === null ? `by ${writer.child.signalCode}` : `with status ${status}`;
  throw UserError.of(`the writer ended ${how} before it was killed`, 'see what it says above', 1);
}

async function settled(look: () => ReadBack): Promise<ReadBack> {
  const found = look();
  if (found.first === null) return found;
  await sleep(settleMs);
  return look();
}
