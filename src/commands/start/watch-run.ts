/** Runs a plan with a live line on stderr and Ctrl-C in hand. */
import { LiveLine } from '../../report/live-line.js';
import { decideUnicode } from '../../report/terminal.js';
import { runPlan } from '../../runner/coordinator.js';
import type { RunOutcome } from '../../runner/outcome.js';
import type { Plan } from '../../runner/plan-types.js';
import { RunControl } from '../../runner/run-control.js';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** After a run, its result is being saved and printed; only when that takes longer does a signal end the process. */
const deliveryMs = 2000;
/** `timeout -s INT` and terminals can signal a process and its group: that is one wish, not two. */
const sameWishMs = 200;

/**
 * Stops politely at the first signal and in a hurry at the second; gives what was measured either way. The signals stay
 * in hand afterwards, for the second Ctrl-C often comes when the run has just ended, and must not cost its result.
 */
export async function watchRun(plan: Plan, quiet: boolean): Promise<RunOutcome> {
  const control = new RunControl();
  const line = new LiveLine({
    stream: process.stderr,
    unicode: decideUnicode(process.env),
    nowMs: () => performance.now(),
  });
  let endedMs = Number.POSITIVE_INFINITY;
  let askedMs = Number.NEGATIVE_INFINITY;
  const stop = (signal: NodeJS.Signals) => {
    if (performance.now() > endedMs + deliveryMs) {
      for (const each of stopSignals) process.off(each, stop);
      process.kill(process.pid, signal);
    }
    if (endedMs !== Number.POSITIVE_INFINITY || performance.now() - askedMs < sameWishMs) return;
    askedMs = performance.now();
    line.clear();
    if (!quiet) {
      process.stderr.write(
        control.isStopping
          ? 'iotest: leaving: cancelling what is in flight\n'
          : 'iotest: stopping: what is in flight is finished and reported (once more to leave at once)\n',
      );
    }
    control.requestStop();
  };
  for (const signal of stopSignals) process.on(signal, stop);
  try {
    return await runPlan(plan, {
      control,
      onProgress: (progress) => {
        if (!quiet) line.update(progress);
      },
    });
  } finally {
    line.clear();
    endedMs = performance.now();
  }
}
