/** What is said on stderr while hosts run: one line of their sums, and the lines that they themselves have. */
import { LiveLine } from '../report/live-line.js';
import { decideUnicode } from '../report/terminal.js';
import { formatBandwidthShort, formatIops } from '../support/units.js';
import type { Progress } from '../worker/outcome.js';
import type { HostSession } from './session.js';

const phases: readonly Progress['phase'][] = ['layout', 'precondition', 'prepare', 'wait', 'ramp', 'run', 'drain'];

export class LiveHosts {
  readonly #quiet: boolean;
  readonly #line = new LiveLine({
    stream: process.stderr,
    unicode: decideUnicode(process.env),
    nowMs: () => performance.now(),
  });

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  update(sessions: readonly HostSession[]): void {
    const sum = sumOf(runningOf(sessions));
    if (sum !== null && !this.#quiet) this.#line.update(sum);
  }

  /** A line of its own, also when quiet: something has happened. */
  say(text: string): void {
    this.#line.clear();
    process.stderr.write(`iotest: ${text}\n`);
  }

  /** Asked for: a line for each host. */
  tell(sessions: readonly HostSession[]): void {
    for (const { host, progress, end, hello } of sessions) {
      const total = (each: Progress['iops']) => each.read + each.write + each.trim;
      const state =
        end !== null
          ? end.kind
          : progress === null
            ? hello === null
              ? 'not reached yet'
              : 'preparing'
            : `${progress.phase} ${formatIops(total(progress.iops))} IOPS ${formatBandwidthShort(total(progress.bytesPerSecond))}`;
      this.say(`${host.name}: ${state}`);
    }
  }

  clear(): void {
    this.#line.clear();
  }
}

function runningOf(sessions: readonly HostSession[]): Progress[] {
  return sessions.flatMap(({ progress, end }) => (progress === null || end !== null ? [] : [progress]));
}

/** As one machine would show it. A percentile of hosts is none of their sum, so there is none. */
export function sumOf(all: readonly Progress[]): Progress | null {
  const [first] = all;
  if (first === undefined) return null;
  const sum = (value: (progress: Progress) => number) => all.reduce((total, each) => total + value(each), 0);
  const each = (of: (progress: Progress) => Progress['iops']) => ({
    read: sum((progress) => of(progress).read),
    write: sum((progress) => of(progress).write),
    trim: sum((progress) => of(progress).trim),
  });
  const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
  const fractions = known(all.map(({ fraction }) => fraction));
  const etas = known(all.map(({ etaSeconds }) => etaSeconds));
  // Whoever is furthest behind holds up the others.
  const behind = Math.min(...all.map(({ phase }) => phases.indexOf(phase)));
  return {
    ...first,
    phase: phases[behind]!,
    stepIndex: Math.min(...all.map(({ stepIndex }) => stepIndex)),
    fraction: fractions.length < all.length ? null : Math.min(...fractions),
    etaSeconds: etas.length < all.length ? null : Math.max(...etas),
    iops: each(({ iops }) => iops),
    bytesPerSecond: each(({ bytesPerSecond }) => bytesPerSecond),
    p99Ns: null,
    workersRunning: sum(({ workersRunning }) => workersRunning),
  };
}
