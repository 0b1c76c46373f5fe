/** What a comparison came to, in a sentence for each result that was compared with the first. */
import { printable } from '../support/printable.js';
import { ratioText } from './figures.js';
import { repetitionsMin } from './rule.js';
import type { Comparison, MetricComparison } from './types.js';

const namedMax = 4;

interface Judged {
  readonly name: string;
  readonly metric: MetricComparison;
}

/**
 * `new against old: worse in read p99 (1.250x); 3 of 5 figures within tolerance, 1 of 5 figures not decided`. Only figures
 * that the rule judges count; jobs are named where there are several.
 */
export function answerText({ jobs, baselineLabel, currentLabel }: Comparison): string {
  const judged = jobs.flatMap(({ jobName, metrics }): Judged[] =>
    metrics
      .filter(({ ratio, tolerance }) => ratio !== null && tolerance !== null)
      .map((metric) => ({ name: jobs.length === 1 ? metric.label : `${printable(jobName)}: ${metric.label}`, metric })),
  );
  const [current, baseline] = [printable(currentLabel), printable(baselineLabel)];
  if (judged.length === 0) return `${current} and ${baseline} have nothing that can be compared`;
  if (judged.every(({ metric }) => metric.interval === null)) {
    return `${current} against ${baseline}: ${measured(judged)}; too few repetitions to tell that from chance: use --repeat 10 or more (${repetitionsMin} at least)`;
  }
  const found = (finding: MetricComparison['finding']) => judged.filter(({ metric }) => metric.finding === finding);
  const counted = (finding: MetricComparison['finding'], text: string): string[] => {
    const { length } = found(finding);
    return length === 0 ? [] : [`${length} of ${judged.length} figures ${text}`];
  };
  const rest = [
    ...counted('within', 'within tolerance'),
    ...counted('open', 'not decided'),
    ...counted(null, 'with too few repetitions'),
  ].join(', ');
  const parts = [named('worse', found('worse')), named('better', found('better')), rest];
  return `${current} against ${baseline}: ${parts.filter((part) => part !== '').join('; ')}`;
}

/** The rates alone, one for each job and direction: what is asked for first, where nothing is told apart. */
function measured(judged: readonly Judged[]): string {
  const rates = judged.filter(({ metric }) => metric.metric.name === 'iops');
  return listed(rates.length > 0 ? rates : judged);
}

/** `worse in read p99 (1.250x), 2 more`; '' where there is none. */
function named(word: string, judged: readonly Judged[]): string {
  return judged.length === 0 ? '' : `${word} in ${listed(judged)}`;
}

function listed(judged: readonly Judged[]): string {
  const shown = judged.slice(0, namedMax).map(({ name, metric }) => `${name} (${ratioText(metric.ratio)})`);
  const more = judged.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
