/**
 * What each signal means, from the first moment of the program to its last: `bin/run.js` loads this before anything
 * else. INT, TERM, HUP, QUIT and USR2 are wishes to end, USR1 asks for a status. Whoever measures takes them over
 * (`answerSignals`); until somebody has, a wish to end is granted at once.
 */
import { constants } from 'node:os';
import { ExitCode } from '../support/errors.js';

export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
export type StopSignal = (typeof stopSignals)[number];

interface SignalAnswers {
  /** The user wants an end; called once for each wish. */
  readonly stop: (signal: StopSignal) => void;
  /** The user wants to know how far it is. */
  readonly status: () => void;
}

/** `timeout -s INT` and terminals can signal a process and its group: that is one wish, not two. */
const sameWishMs = 200;

let answers: SignalAnswers = {
  stop: (signal) => leave(signal),
  status: () => process.stderr.write('iotest: nothing runs yet\n'),
};
let firstSignal: StopSignal | null = null;
let wishedMs = Number.NEGATIVE_INFINITY;

/** To be called once. @param ignoredMask what the program was started with ignored, as /proc/PID/status has SigIgn */
export function listenToSignals(ignoredMask: string | undefined): void {
  // Node forgets what it was started with; a run under nohup outlives its terminal.
  const ignoresHangUp = ignoredMask !== undefined && /[13579bdf]$/i.test(ignoredMask);
  for (const signal of stopSignals) {
    process.on(signal, signal === 'SIGHUP' && ignoresHangUp ? () => {} : () => wishToStop(signal));
  }
  process.on('SIGUSR1', () => answers.status());
}

function wishToStop(signal: StopSignal): void {
  const nowMs = performance.now();
  if (firstSignal !== null && nowMs - wishedMs < sameWishMs) return;
  firstSignal ??= signal;
  wishedMs = nowMs;
  answers.stop(signal);
}

/** From now on, until somebody else does; the function given back returns to whoever did before. */
export function answerSignals(next: SignalAnswers): () => void {
  const before = answers;
  answers = next;
  return () => {
    answers = before;
  };
}

/** The wish that came first; null = nobody wants an end. */
export function signalThatStopped(): StopSignal | null {
  return firstSignal;
}

/** As the shell counts. */
function statusOfSignal(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}

/** Interrupted is interrupted by some signal, and the status tells which. */
export function withSignal(status: number): number {
  return status === ExitCode.interrupted && firstSignal !== null ? statusOfSignal(firstSignal) : status;
}

/** At once. What was begun is taken back by the `exit` listeners of whoever began it. */
export function leave(
  signal: StopSignal,
  line = `iotest: ended by ${signal} before it was done\n`,
  status = statusOfSignal(signal),
): never {
  process.stderr.write(line);
  process.exit(status);
}
