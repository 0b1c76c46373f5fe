/** What a comparison came to, in a sentence for each result that was compared with the first. */
import { printable } from '../support/printable.js';
import { ratioText } from './figures.js';
import { repetitionsMin } from './rule.js';
import type { Comparison, MetricComparison } from './types.js';

const namedMax = 4;

/**
 * `new against old: worse in read p99 (1.250x); 3 of 5 figures within tolerance, 1 of 5 figures not decided`. Only figures that the rule
 * judges count; jobs are named where there are several.
 */
export function answerText({ jobs, baselineLabel, currentLabel }: Comparison): string {
  const judged = jobs.flatMap(({ jobName, metrics }) =>
    metrics
      .filter(({ ratio, tolerance }) => ratio !== null && tolerance !== null)
      .map((metric) => ({ jobName, metric })),
  );
  const [current, baseline] = [printable(currentLabel), printable(baselineLabel)];
  if (judged.length === 0) return `${current} and ${baseline} have nothing that can be compared`;
  if (judged.every(({ metric }) => metric.interval === null)) {
    return `too few repetitions to tell a difference between ${current} and ${baseline} from chance: use --repeat 10 or more (${repetitionsMin} at least)`;
  }
  const found = (finding: MetricComparison['finding']) => judged.filter(({ metric }) => metric.finding === finding);
  const names = (finding: 'worse' | 'better'): string => {
    const all = found(finding).map(({ jobName, metric }) => {
      const name = jobs.length === 1 ? metric.label : `${printable(jobName)}: ${metric.label}`;
      return `${name} (${ratioText(metric.ratio)})`;
    });
    return [...all.slice(0, namedMax), ...(all.length > namedMax ? [`${all.length - namedMax} more`] : [])].join(', ');
  };
  const differing = (['worse', 'better'] as const).flatMap((finding) =>
    found(finding).length === 0 ? [] : [`${finding} in ${names(finding)}`],
  );
  const rest = [
    [found('within').length, 'within tolerance'],
    [found('open').length, 'not decided'],
    [found(null).length, 'with too few repetitions'],
  ].flatMap(([count, text]) => (count === 0 ? [] : [`${count} of ${judged.length} figures ${text}`]));
  return `${current} against ${baseline}: ${[...differing, ...(rest.length === 0 ? [] : [rest.join(', ')])].join('; ')}`;
}
