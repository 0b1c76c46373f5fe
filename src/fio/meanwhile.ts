/** What is told while the jobs run: the line of progress, the output so far, and the bandwidth log of all together. */

import { checkFile } from '../cli/output.js';
import { directions } from '../job/per-direction.js';
import { statisticsWindows } from '../job/windows.js';
import type { Plan } from '../plan/types.js';
import { RunWatch } from '../runner/run-watch.js';
import { writeOutputNow } from '../system/output-file.js';
import type { RunOutcome } from '../worker/outcome.js';
import type { FioSettings } from './arguments.js';
import { formatFioEta } from './eta.js';

interface Meanwhile {
  readonly watch: RunWatch;
  /** The whole outcome so far, now (SIGUSR1); nothing before the first I/O. */
  readonly tell: () => void;
  /** No more ticks; the line of progress is left as it is, as fio does. */
  stop(): void;
}

/** @param onStatus takes the whole outcome so far, each `status-interval` and whenever it is asked for. */
export function watchMeanwhile(plan: Plan, settings: FioSettings, onStatus: (outcome: RunOutcome) => void): Meanwhile {
  const watch = new RunWatch(plan, ['eta', 'log']);
  const timers: NodeJS.Timeout[] = [];
  if (showsEta(settings)) {
    const line = new EtaLine(watch, settings.etaNewlineMs);
    timers.push(setInterval(() => line.show(), settings.etaIntervalMs));
  }
  const tell = (): void => {
    const outcome = watch.outcome();
    if (outcome.steps.some((step) => step.workers.some(({ report }) => report !== null))) onStatus(outcome);
  };
  if (settings.statusIntervalMs > 0) timers.push(setInterval(tell, settings.statusIntervalMs));
  // As in fio: by the shortest of the jobs' windows.
  const logMs = Math.min(...plan.jobSet.jobs.map((job) => statisticsWindows(job).bandwidthMs));
  const log = settings.bandwidthLog === null ? null : new BandwidthLog(watch, settings.bandwidthLog, logMs);
  if (log !== null) timers.push(setInterval(() => log.sample(), logMs));
  return {
    watch,
    tell,
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      log?.write();
    },
  };
}

/** On a terminal, unless stdout is to have nothing but JSON or terse lines. */
function showsEta({ eta, formats, output }: FioSettings): boolean {
  if (!formats.has('normal') && output === null) return false;
  return eta === 'always' || (eta === 'auto' && process.stdout.isTTY === true);
}

class EtaLine {
  readonly #watch: RunWatch;
  readonly #newlineMs: number;
  readonly #startedMs = performance.now();
  #newlineAtMs: number;
  #isNew = false;
  #width = 0;

  constructor(watch: RunWatch, newlineMs: number) {
    this.#watch = watch;
    this.#newlineMs = newlineMs;
    this.#newlineAtMs = this.#startedMs + newlineMs;
  }

  show(): void {
    const figures = this.#watch.look('eta');
    if (figures === null) return;
    const text = formatFioEta({
      ...figures,
      workers: this.#watch
        .phases()
        .map(({ worker, phase }) => ({ job: worker.job, fileCount: worker.files.length, phase })),
      elapsedSeconds: (performance.now() - this.#startedMs) / 1000,
    });
    // Blanks cover what is left of a longer line before.
    process.stdout.write(`${this.#isNew ? '\n' : ''}${text.padEnd(this.#isNew ? 0 : this.#width)}\r`);
    this.#width = text.length;
    this.#isNew = this.#newlineMs > 0 && performance.now() >= this.#newlineAtMs;
    if (this.#isNew) this.#newlineAtMs = performance.now() + this.#newlineMs;
  }
}

const bandwidthLogPath = (name: string, direction: string): string => `${name}-${direction}_bw.log`;

/** NAME-read_bw.log, NAME-write_bw.log and NAME-trim_bw.log: time in ms, KiB/s of all jobs together, direction. */
class BandwidthLog {
  readonly #watch: RunWatch;
  readonly #name: string;
  readonly #intervalMs: number;
  #startedMs: number | null = null;
  readonly #lines: Record<(typeof directions)[number], string[]> = { read: [], write: [], trim: [] };

  constructor(watch: RunWatch, name: string, intervalMs: number) {
    this.#watch = watch;
    this.#name = name;
    this.#intervalMs = intervalMs;
    for (const direction of directions) checkFile(bandwidthLogPath(name, direction), 'the log');
  }

  sample(): void {
    const figures = this.#watch.look('log');
    if (figures === null || figures.phase !== 'run') return;
    // What the first sample is of began an interval ago.
    this.#startedMs ??= performance.now() - this.#intervalMs;
    const ms = Math.round(performance.now() - this.#startedMs);
    for (const [number, name] of directions.entries()) {
      this.#lines[name].push(`${ms}, ${Math.floor(figures.bytesPerSecond[name] / 1024)}, ${number}, 0, 0\n`);
    }
  }

  write(): void {
    for (const direction of directions) {
      const path = bandwidthLogPath(this.#name, direction);
      try {
        writeOutputNow(path, this.#lines[direction].join(''), false);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        process.stderr.write(`fio: the log ${path} could not be written: ${reason}\n`);
      }
    }
  }
}
