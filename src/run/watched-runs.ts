/** Runs a plan with a live line on stderr and Ctrl-C in hand. */

import { answerSignals, leave, type StopSignal, signalThatStopped } from '../cli/signals.js';
import type { Plan } from '../plan/types.js';
import { LiveLine } from '../report/live-line.js';
import { formatStatus } from '../report/status-text.js';
import { decideUnicode } from '../report/terminal.js';
import { runPlan } from '../runner/coordinator.js';
import { layOutFiles } from '../runner/lay-out-files.js';
import { RunControl } from '../runner/run-control.js';
import type { RunHooks } from '../runner/run-hooks.js';
import { RunWatch } from '../runner/run-watch.js';
import { printable } from '../support/printable.js';
import type { Progress, RunOutcome } from '../worker/outcome.js';

/** After a run, its result is being saved and printed; only when that takes longer does a signal end the process. */
const deliveryMs = 2000;

interface WatchOptions {
  readonly quiet: boolean;
  /** Of the live line; as the environment has it unless given. */
  readonly unicode?: boolean | undefined;
  /** Whether workers look at what the kernel does. */
  readonly explains?: boolean;
  /** What must be over before anything is measured. */
  readonly before?: Promise<unknown>;
}

/**
 * Runs plans one after another under one pair of hands: stops politely at the first signal and in a hurry at the second,
 * and gives what was measured either way. The signals stay in hand after the end, for the second Ctrl-C often comes when
 * the run has just ended, and must not cost its result.
 */
export class WatchedRuns {
  readonly #control = new RunControl();
  readonly #line: LiveLine;
  readonly #quiet: boolean;
  readonly #explains: boolean;
  readonly #before: Promise<unknown>;
  readonly #unicode: boolean;
  readonly #told = new Set<string>();
  #endedMs = Number.POSITIVE_INFINITY;
  #watch: RunWatch | null = null;
  #progress: Progress | null = null;

  constructor({
    quiet,
    unicode = decideUnicode(process.env),
    explains = false,
    before = Promise.resolve(),
  }: WatchOptions) {
    this.#quiet = quiet;
    this.#explains = explains;
    this.#before = before;
    const isDumb = process.env.TERM === 'dumb';
    this.#line = new LiveLine({ stream: process.stderr, unicode, isDumb, nowMs: () => performance.now() });
    this.#unicode = unicode;
    answerSignals({ stop: this.#stop, status: this.#status });
    // Asked for while the run before this one was being delivered.
    if (signalThatStopped() !== null) this.#control.requestStop();
  }

  readonly #stop = (signal: StopSignal): void => {
    if (performance.now() > this.#endedMs + deliveryMs) leave(signal);
    if (this.#endedMs !== Number.POSITIVE_INFINITY) return;
    this.say(
      this.#control.isStopping
        ? 'iotest: leaving: cancelling what is in flight'
        : 'iotest: stopping: what is in flight is finished and reported (once more to leave at once)',
    );
    this.#control.requestStop();
  };

  /** Also when quiet: it was asked for. */
  readonly #status = (): void => {
    this.#line.clear();
    const text =
      this.#watch === null
        ? 'iotest: between runs\n'
        : formatStatus(this.#watch.outcome(), this.#progress, this.#unicode);
    process.stderr.write(text);
  };

  /** What will be lost is said before it is, and once. */
  #tellLosses({ warnings }: Plan): void {
    for (const { code, jobName, message } of warnings) {
      const text = printable(`iotest: ${jobName === null ? '' : `${jobName} `}${message}`);
      if (!['overwrites-file', 'deletes-file'].includes(code) || this.#told.has(text)) continue;
      this.#told.add(text);
      this.say(text);
    }
  }

  get isStopping(): boolean {
    return this.#control.isStopping;
  }

  /**
   * @param shown what the live line says of the progress of this plan
   * @param isEnough whether a plan of many repetitions needs no more of them
   */
  async run(
    plan: Plan,
    shown: (progress: Progress) => Progress = (progress) => progress,
    isEnough?: RunHooks['isEnough'],
  ): Promise<RunOutcome> {
    this.#tellLosses(plan);
    this.#watch = new RunWatch(plan, []);
    const asked = isEnough === undefined ? {} : { isEnough };
    try {
      return await runPlan(plan, { ...this.#hooks(shown), ...asked, watch: this.#watch });
    } finally {
      this.#line.clear();
    }
  }

  /** Makes the files of a plan, and runs nothing. Throws `UserError`. */
  async layOut(plan: Plan): Promise<void> {
    try {
      await layOutFiles(
        plan,
        this.#hooks((progress) => progress),
      );
    } finally {
      this.#line.clear();
    }
  }

  #hooks(shown: (progress: Progress) => Progress): RunHooks {
    return {
      control: this.#control,
      explains: this.#explains,
      before: this.#before,
      onProgress: (progress) => {
        this.#progress = shown(progress);
        if (!this.#quiet) this.#line.update(this.#progress);
      },
    };
  }

  /** Sleeps, or not when stopped. */
  async pause(ms: number): Promise<void> {
    await this.#control.pause(ms);
  }

  /** A line on stderr, unless quiet. */
  say(text: string): void {
    this.#line.clear();
    if (!this.#quiet) process.stderr.write(`${text}\n`);
  }

  /** Nothing more will be run: a signal after the result had its time ends the process. */
  end(): void {
    this.#line.clear();
    this.#endedMs = performance.now();
  }
}

export async function watchRun(plan: Plan, options: WatchOptions): Promise<RunOutcome> {
  const runs = new WatchedRuns(options);
  try {
    return await runs.run(plan);
  } finally {
    runs.end();
  }
}
