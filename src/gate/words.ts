/** Words that reasons, remarks and advice of a gate share. */
import type { GatedMetric } from '../compare/types.js';

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(share < 0.1 ? 2 : 3))} %`;
}

/** `randread read IOPS`. */
export function labelOf({ jobName, comparison }: GatedMetric): string {
  return `${jobName} ${comparison.label}`;
}

/** `12.3 % lower`; `beyond measure` where one side did nothing. */
export function changeText(ratio: number): string {
  if (ratio === Number.POSITIVE_INFINITY) return 'beyond measure';
  return `${(Math.abs(ratio - 1) * 100).toFixed(1)} % ${ratio < 1 ? 'lower' : 'higher'}`;
}

/** As `--budget` takes it: `45s`, `9m`, `3h`, rounded up. */
export function durationText(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toPrecision(3))}s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes}m` : `${Math.ceil(minutes / 60)}h`;
}
