/** Latencies per I/O priority, of one worker or of several merged: what fio's `prios` shows. */
import type { Direction } from '../job/per-direction.js';
import { mergeLatencyCounts } from './latency.js';
import { completionOf } from './summary.js';
import type { PriorityReport, WorkerReport } from './worker-report.js';

/**
 * In the order in which they were met, those without I/O left out. As in fio, fewer than two are none.
 * @param directions taken together
 * @param wantsTotal the whole latency, as with lat_percentiles
 */
export function prioritiesOf(
  reports: readonly WorkerReport[],
  directions: readonly Direction[],
  wantsTotal: boolean,
): readonly PriorityReport[] {
  const ofDirection = (report: WorkerReport, direction: Direction): readonly PriorityReport[] => {
    const own = direction === 'trim' ? null : (report.priorities?.[direction] ?? null);
    if (own !== null) return own;
    const measured = report.directions[direction];
    return [{ priority: report.priorities?.own ?? 0, latency: wantsTotal ? measured.total : completionOf(measured) }];
  };
  const parts = reports.flatMap((report) => directions.flatMap((direction) => ofDirection(report, direction)));
  const used = parts.filter(({ latency }) => latency.count > 0);
  const priorities = [...new Set(used.map(({ priority }) => priority))];
  if (priorities.length < 2) return [];
  return priorities.map((priority) => ({
    priority,
    latency: mergeLatencyCounts(used.filter((part) => part.priority === priority).map(({ latency }) => latency)),
  }));
}
