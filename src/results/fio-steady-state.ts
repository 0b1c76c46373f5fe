/** What a result says of a job's steady state: fio's `steadystate{…}`, and of the SNIA's definition a part of our own. */
import type { Job } from '../job/job.js';
import { judgeSnia } from '../stats/snia.js';
import { SteadyState } from '../stats/steady-state.js';
import type { SteadyStateReport } from '../stats/worker-report.js';
import type { FioJob, IotestJob } from './document.js';

/** null where the job does not look for a steady state. @param report null when the job never came to run */
export function fioSteadyState({ ending }: Job, report: SteadyStateReport | null): FioJob['steadystate'] | null {
  const options = ending.steadyState;
  if (options.durationMs === 0) return null;
  const { figure, isSnia, isSlope, limit, isPercent, durationMs } = options;
  const { iops, bytesPerSecond, latencyNs, ...verdict } = report ?? new SteadyState(options).report();
  const percent = isPercent ? '%' : '';
  const mean = (values: readonly number[]) => Math.floor(values.reduce((sum, value) => sum + value, 0) / values.length);
  return {
    ss: isSnia ? `snia:${figure}` : `${figure}${isSlope ? '_slope' : ''}:${limit.toFixed(6)}${percent}`,
    duration: Math.round(durationMs / 1000),
    attained: verdict.isAttained ? 1 : 0,
    criterion: `${verdict.criterion.toFixed(6)}${percent}`,
    max_deviation: verdict.maxDeviation,
    slope: verdict.slope,
    data: {
      bw_mean: mean(bytesPerSecond),
      iops_mean: mean(iops),
      ...(figure === 'lat' ? { lat_mean: mean(latencyNs), lat_ns: [...latencyNs] } : {}),
      iops: [...iops],
      bw: [...bytesPerSecond],
    },
  };
}

/** Of the SNIA's definition alone; absent elsewhere. */
export function sniaSteadyState(
  { ending }: Job,
  report: SteadyStateReport | null,
): { readonly steadyState?: NonNullable<IotestJob['steadyState']> } {
  const { isSnia, figure, durationMs, intervalMs } = ending.steadyState;
  if (!isSnia || durationMs === 0) return {};
  const rounds = [...(report?.rounds ?? [])];
  const verdict = judgeSnia(rounds);
  return {
    steadyState: {
      figure,
      isAttained: report?.isAttained ?? false,
      roundMs: intervalMs,
      rounds,
      window:
        verdict === null
          ? null
          : { mean: verdict.mean, rangePercent: verdict.rangePercent, excursionPercent: verdict.excursionPercent },
    },
  };
}
