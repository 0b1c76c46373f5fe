/** The line on stderr that tells how far a run is: once a second in place on a terminal, every 10 s anywhere else. */

import { directions } from '../job/per-direction.js';
import { printable } from '../support/printable.js';
import { formatBandwidthShort, formatDurationSeconds, formatIops, formatLatencyNs } from '../support/units.js';
import type { Progress } from '../worker/outcome.js';
import { truncate } from './layout.js';
import { sparkline } from './sparkline.js';

const phaseNames: Readonly<Record<Progress['phase'], string>> = {
  layout: 'laying out files',
  precondition: 'preconditioning',
  prepare: 'preparing',
  wait: 'waiting for its start',
  ramp: 'ramp',
  run: 'run',
  drain: 'draining',
};

/** Looks that the sparkline shows. */
const recentMax = 10;

interface Part {
  readonly text: string;
  /** Parts with higher numbers go first when the line is too long. */
  readonly dropOrder: number;
}

/**
 * One line of at most `columns` characters. What matters least is left out first: the number of workers, the engine,
 * the jobs' names, the step, the sparkline, p99, eta, and last the rates; phase and per cent always stay.
 * @param recent I/Os per second at the last looks, the newest last
 */
export function formatProgress(
  progress: Progress,
  columns: number,
  unicode: boolean,
  recent: readonly number[] = [],
): string {
  const line = recent.length < 2 ? '' : sparkline(recent, recentMax, unicode);
  let parts = [...partsOf(progress), { text: line, dropOrder: 4 }].filter((part) => part.text !== '');
  const join = () => parts.map((part) => part.text).join('  ');
  while (join().length > columns && parts.length > 1) {
    const dropOrder = Math.max(...parts.map((part) => part.dropOrder));
    parts = parts.filter((part) => part.dropOrder !== dropOrder);
  }
  return truncate(join(), columns, unicode);
}

function partsOf(progress: Progress): Part[] {
  const { stepIndex, stepCount, fraction, p99Ns, etaSeconds, workersRunning } = progress;
  const percent = fraction === null ? '' : ` ${Math.floor(Math.min(1, Math.max(0, fraction)) * 100)}%`;
  return [
    { text: stepCount > 1 ? `${stepIndex + 1}/${stepCount}` : '', dropOrder: 5 },
    { text: printable(namesOf(progress.jobNames)), dropOrder: 6 },
    { text: progress.engineLabel, dropOrder: 7 },
    { text: `${phaseNames[progress.phase]}${percent}`, dropOrder: 0 },
    { text: workersRunning > 1 ? `${workersRunning} workers` : '', dropOrder: 8 },
    ...directions.map((direction) => ({ text: rateOf(progress, direction), dropOrder: 1 })),
    { text: p99Ns === null ? '' : `p99 ${formatLatencyNs(p99Ns)}`, dropOrder: 3 },
    { text: etaSeconds === null ? '' : `eta ${formatDurationSeconds(etaSeconds)}`, dropOrder: 2 },
  ];
}

function namesOf(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  return distinct.length > 2 ? `${distinct[0]} and ${distinct.length - 1} more` : distinct.join(' ');
}

/** `R 19.8k IOPS 77.2MiB/s`; nothing for a direction that is idle. Layout has no I/O of the job, so only its speed. */
function rateOf({ phase, iops, bytesPerSecond }: Progress, direction: 'read' | 'write' | 'trim'): string {
  if (iops[direction] === 0 && bytesPerSecond[direction] === 0) return '';
  const speed = formatBandwidthShort(bytesPerSecond[direction]);
  if (phase === 'layout') return speed;
  return `${direction[0]!.toUpperCase()} ${formatIops(iops[direction])} IOPS ${speed}`;
}

/** What is needed of process.stderr. */
interface LineStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

interface LiveLineOptions {
  /** The terminal cannot go back to the beginning of a line (TERM=dumb). */
  readonly isDumb?: boolean;
  readonly stream: LineStream;
  readonly unicode: boolean;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
}

const eraseToEnd = '\u001b[K';
const plainIntervalMs = 10_000;

/** Puts progress on a stream and takes the line away again, so that nothing of it stays between other messages. */
export class LiveLine {
  private readonly options: LiveLineOptions;
  private lastPlainMs: number;
  private onScreen = false;
  /** Rates of the running step. */
  private recent: number[] = [];
  private stepIndex = -1;

  constructor(options: LiveLineOptions) {
    this.options = options;
    this.lastPlainMs = options.nowMs();
  }

  update(progress: Progress): void {
    const { stream, unicode, nowMs } = this.options;
    this.remember(progress);
    if (stream.isTTY === true && this.options.isDumb !== true) {
      // Some pseudo-terminals say 0. The last column stays free: a full line would make some terminals wrap, and `\r` would miss its start.
      const line = formatProgress(progress, Math.max(20, (stream.columns || 80) - 1), unicode, this.recent);
      stream.write(`\r${line}${eraseToEnd}`);
      this.onScreen = true;
    } else if (nowMs() - this.lastPlainMs >= plainIntervalMs) {
      this.lastPlainMs = nowMs();
      stream.write(`${formatProgress(progress, Number.POSITIVE_INFINITY, unicode)}\n`);
    }
  }

  private remember({ phase, stepIndex, iops }: Progress): void {
    if (stepIndex !== this.stepIndex) this.recent = [];
    this.stepIndex = stepIndex;
    if (phase !== 'run' && phase !== 'ramp') return;
    this.recent = [...this.recent, iops.read + iops.write + iops.trim].slice(-recentMax);
  }

  /** To be called before anything else is written to the terminal, and at the end. */
  clear(): void {
    if (this.onScreen) this.options.stream.write(`\r${eraseToEnd}`);
    this.onScreen = false;
  }
}
