/** What SIGUSR1 is answered with while a plan runs: how far it is, and what each job has done since its start. */
import { directions } from '../job/per-direction.js';
import { mergeLatencyCounts, percentileNs } from '../stats/latency.js';
import type { DirectionReport, WorkerReport } from '../stats/worker-report.js';
import { printable } from '../support/printable.js';
import {
  formatBandwidthShort,
  formatBytesIec,
  formatDurationSeconds,
  formatIops,
  formatLatencyNs,
} from '../support/units.js';
import type { Progress, RunOutcome, WorkerOutcome } from '../worker/outcome.js';
import { formatProgress } from './live-line.js';

/** @param progress the newest one; null before the first */
export function formatStatus(outcome: RunOutcome, progress: Progress | null, unicode: boolean): string {
  const seconds = formatDurationSeconds(outcome.elapsedMs / 1000);
  const now = progress === null ? 'preparing' : formatProgress(progress, Number.POSITIVE_INFINITY, unicode);
  const jobs = outcome.steps.flatMap(({ engineLabel, workers }) =>
    byJob(workers).map(({ name, reports }) => jobLine(`${name} (${engineLabel})`, reports)),
  );
  return [`iotest: after ${seconds}: ${now}`, ...jobs].map((line) => `${line}\n`).join('');
}

function byJob(workers: readonly WorkerOutcome[]): { readonly name: string; readonly reports: WorkerReport[] }[] {
  const names = [...new Set(workers.map(({ worker }) => worker.job.name))];
  return names.map((name) => ({
    name: printable(name),
    reports: workers.flatMap(({ worker, report }) => (worker.job.name === name && report !== null ? [report] : [])),
  }));
}

/** Workers of one name together, over the longest of their times. */
function jobLine(name: string, reports: readonly WorkerReport[]): string {
  const seconds = Math.max(0, ...reports.map(({ elapsedNs }) => elapsedNs / 1e9));
  const parts = directions.flatMap((direction) => {
    const text = directionText(
      reports.map(({ directions }) => directions[direction]),
      seconds,
    );
    return text === null ? [] : [`${direction} ${text}`];
  });
  if (parts.length === 0) return `  ${name}: no I/O yet`;
  return `  ${name}: in ${formatDurationSeconds(seconds)} ${parts.join('; ')}`;
}

function directionText(reports: readonly DirectionReport[], seconds: number): string | null {
  const latency = mergeLatencyCounts(reports.map(({ total }) => total));
  const errorCount = reports.reduce((sum, report) => sum + report.errorCount, 0);
  if (latency.count === 0 && errorCount === 0) return null;
  const byteCount = reports.reduce((sum, report) => sum + report.byteCount, 0);
  const p99Ns = percentileNs(latency.counts, latency.count, 99);
  return [
    `${latency.count} I/Os ${formatBytesIec(byteCount)}`,
    seconds > 0 ? `${formatIops(latency.count / seconds)} IOPS ${formatBandwidthShort(byteCount / seconds)}` : '',
    latency.count > 0 ? `mean ${formatLatencyNs(latency.sumNs / latency.count)}` : '',
    p99Ns === null ? '' : `p99 ${formatLatencyNs(p99Ns)}`,
    errorCount > 0 ? `${errorCount} errors` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}
