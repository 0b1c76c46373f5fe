/** Runs a plan with a live line on stderr and Ctrl-C in hand. */
import { LiveLine } from '../../report/live-line.js';
import { decideUnicode } from '../../report/terminal.js';
import { runPlan } from '../../runner/coordinator.js';
import type { RunOutcome } from '../../runner/outcome.js';
import type { Plan } from '../../runner/plan-types.js';
import { RunControl } from '../../runner/run-control.js';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Stops politely at the first signal and in a hurry at the second; gives what was measured either way. */
export async function watchRun(plan: Plan, quiet: boolean): Promise<RunOutcome> {
  const control = new RunControl();
  const line = new LiveLine({
    stream: process.stderr,
    unicode: decideUnicode(process.env),
    nowMs: () => performance.now(),
  });
  const stop = () => {
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
    for (const signal of stopSignals) process.off(signal, stop);
  }
}
