/** A job's steady state in words. */
import type { FioJob } from '../stats/result.js';
import { wrap } from './layout.js';
import type { Style } from './terminal.js';

type FioSteadyState = NonNullable<FioJob['steadystate']>;

export function steadyStateLines({ steadystate }: FioJob, style: Style): string[] {
  if (steadystate === undefined) return [];
  const isAttained = steadystate.attained === 1;
  const text = `${isAttained ? 'attained' : 'not attained'}: ${steadyStateText(steadystate)}`;
  const lines = wrap(text, '  steady  : ');
  return isAttained ? lines : lines.map((line) => style.caution(line));
}

/** `iops_slope is 0.047% over 5 s, the limit 0.1%`. */
export function steadyStateText({ ss, criterion, duration, attained, data }: FioSteadyState): string {
  const [figure, limit] = ss.split(':') as [string, string];
  // Values that did not come are 0 and stand last.
  if (attained !== 1 && data.iops.at(-1) === 0) return `the job did not run for the ${duration} s that ${figure} needs`;
  const what = figure.endsWith('_slope') ? figure : `the largest distance of ${figure} from its mean`;
  return `${what} is ${short(criterion)} over ${duration} s, the limit ${short(limit)}`;
}

/** Without the zeros of fio's six decimals. */
function short(number: string): string {
  const isPercent = number.endsWith('%');
  const value = Number(isPercent ? number.slice(0, -1) : number);
  return `${Number(value.toPrecision(4))}${isPercent ? '%' : ''}`;
}
