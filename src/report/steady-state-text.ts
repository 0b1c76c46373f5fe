/** A job's steady state in words. */
import type { FioJob, IotestJob, IotestPart } from '../results/document.js';
import { formatBytesIec, formatDurationSeconds } from '../support/units.js';
import { wrap } from './layout.js';
import type { Style } from './terminal.js';

type FioSteadyState = NonNullable<FioJob['steadystate']>;

export function steadyStateLines({ steadystate }: FioJob, style: Style, snia?: IotestJob['steadyState']): string[] {
  if (steadystate === undefined) return [];
  const isAttained = steadystate.attained === 1;
  const text = `${isAttained ? 'attained' : 'not attained'}: ${snia === undefined ? steadyStateText(steadystate) : sniaText(snia)}`;
  const lines = wrap(text, '  steady  : ');
  return isAttained ? lines : lines.map((line) => style.caution(line));
}

/** `range 12.1% (limit 20%) and rise 3.4% (limit 10%) of the mean of iops over the last 5 rounds of 10 s, 8 rounds in all`. */
export function sniaText({ figure, roundMs, rounds, window }: NonNullable<IotestJob['steadyState']>): string {
  const made = `${rounds.length} round${rounds.length === 1 ? '' : 's'} of ${roundMs / 1000} s`;
  if (window === null) return `${made} were made, and the SNIA's definition needs 5`;
  const share = (percent: number) => `${Number(percent.toPrecision(3))}%`;
  return `${figure} range ${share(window.rangePercent)} (limit 20%) and rise ${share(window.excursionPercent)} (limit 10%) of the mean over the last 5 of ${made}`;
}

/** `iops_slope is 0.047% over 5 s, the limit 0.1%`. */
export function steadyStateText({ ss, criterion, duration, attained, data }: FioSteadyState): string {
  const [figure, limit] = ss.split(':') as [string, string];
  if (figure === 'snia')
    return `the range of ${limit} is ${short(criterion)} of its mean over ${duration} s, the limit 20%`;
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

type Preconditioning = NonNullable<IotestPart['preconditioning']>[number];

/** `2x: 2.0GiB written to data.tmp in sequence, in 3.1 s`, `until-steady: randwrite became steady, iops range …`. */
export function preconditionText({
  mode,
  jobNames,
  regions,
  writtenBytes,
  elapsedMs,
  ended,
  steadyStates,
}: Preconditioning): string {
  const seconds = formatDurationSeconds(elapsedMs / 1000);
  if (mode === 'until-steady') {
    const verdict = { steady: 'became steady', 'not steady': 'did not become steady' }[ended as string] ?? ended;
    const texts = steadyStates.map(sniaText);
    return `precondition=${mode}: ${jobNames.join(', ')} ${verdict} in ${seconds}${texts.length === 0 ? '' : `: ${texts.join('; ')}`}`;
  }
  const paths = [...new Set(regions.map(({ path }) => path))];
  const where = paths.length > 3 ? `${paths.slice(0, 3).join(', ')} and ${paths.length - 3} more` : paths.join(', ');
  const how = ended === 'done' ? '' : `, ${ended}`;
  return `precondition=${mode}: ${formatBytesIec(writtenBytes)} written in sequence to ${where} in ${seconds}${how}`;
}
