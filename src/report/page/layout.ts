/** Which charts a page has, of what, and what their series are called. */
import { type Chart, seriesStyleCount } from './chart.js';
import { histogramChart, type LabelledFigures, percentileChart } from './latency-pictures.js';
import { costBars, depthChart, hockeyStick, laddersOf, matrixCharts, rateBars, timeChart } from './rate-pictures.js';
import { directionNames, type RunGroup } from './runs.js';

/** Names of run groups: no longer than it takes to tell them apart. */
export interface Labels {
  /** Among all groups of the page. */
  readonly full: (group: RunGroup) => string;
  /** Among those of one job. */
  readonly short: (group: RunGroup) => string;
}

export function labelsFor(groups: readonly RunGroup[]): Labels {
  const differ = (value: (group: RunGroup) => string) => new Set(groups.map(value)).size > 1;
  const bySubject = differ(({ subject }) => subject);
  const byVariant = differ(({ variant }) => variant);
  const short = (group: RunGroup) => {
    const parts = [
      bySubject ? group.subject : '',
      byVariant ? group.variant : '',
      // Variants are mostly called after their engine.
      group.variant === group.workload.engine && byVariant ? '' : group.workload.engine,
    ];
    return parts.filter((part) => part !== '').join(' ');
  };
  return { short, full: (group) => `${group.jobName}${bySubject || byVariant ? ` (${short(group)})` : ''}` };
}

export interface JobBlock {
  readonly jobName: string;
  readonly groups: readonly RunGroup[];
}

/** Jobs by name, in the order of their first run. */
export function jobBlocks(groups: readonly RunGroup[]): JobBlock[] {
  const names = [...new Set(groups.map(({ jobName }) => jobName))];
  return names.map((jobName) => ({ jobName, groups: groups.filter((group) => group.jobName === jobName) }));
}

/** More jobs than this side by side are no picture any more. */
const barsMax = 24;

/** What spans jobs: rates and costs side by side, depth ladders, matrices. */
export function overviewCharts(groups: readonly RunGroup[], labels: Labels): Chart[] {
  const named = groups.slice(0, barsMax).map((group) => ({ label: labels.full(group), group }));
  const ladders = laddersOf(groups, (group) => labels.short(group));
  const hasSeveralJobs = new Set(groups.map(({ jobName }) => jobName)).size > 1;
  const subject = groups.length > barsMax ? `the first ${barsMax} jobs` : 'all jobs';
  return present([
    depthChart('depth', ladders),
    hockeyStick('hockey-stick-p50', ladders, 50),
    hockeyStick('hockey-stick-p99', ladders, 99),
    ...matrixCharts('matrix', groups),
    ...(hasSeveralJobs
      ? [
          ...directionNames.map((direction) => rateBars(`rates-${direction}`, subject, direction, named)),
          costBars('cost', subject, named),
        ]
      : []),
  ]);
}

/** The charts of one job. A page of very many jobs leaves out what is least looked at. */
export function chartsOf({ jobName, groups }: JobBlock, labels: Labels): Chart[] {
  const stem = idOf(jobName);
  const named = groups.slice(0, seriesStyleCount).map((group) => ({ label: labels.short(group), group }));
  const figures: LabelledFigures[] = named.flatMap(({ label, group }) =>
    group.directions.map((each) => ({ label: seriesLabel(label, each.name, group), figures: each })),
  );
  const windows = named.flatMap(({ label, group }) =>
    directionNames.flatMap((name) => {
      const own = group.series[name];
      return own === undefined ? [] : [{ label: seriesLabel(label, name, group), windows: own }];
    }),
  );
  return present([
    ...directionNames.map((direction) => rateBars(`${stem}-rates-${direction}`, jobName, direction, named)),
    costBars(`${stem}-cost`, jobName, named),
    histogramChart(`${stem}-histogram`, jobName, figures.slice(0, seriesStyleCount)),
    percentileChart(`${stem}-percentiles`, jobName, figures.slice(0, seriesStyleCount)),
    timeChart(`${stem}-iops`, jobName, 'iops', windows.slice(0, seriesStyleCount)),
    timeChart(`${stem}-latency`, jobName, 'mean', windows.slice(0, seriesStyleCount)),
  ]);
}

function seriesLabel(label: string, direction: string, group: RunGroup): string {
  return group.directions.length > 1 ? `${label} ${direction}` : label;
}

function present(charts: readonly (Chart | null)[]): Chart[] {
  return charts.filter((chart) => chart !== null);
}

/** Letters, digits and `-`; the hash tells names apart that differ in other characters alone. */
function idOf(name: string): string {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) | 0;
  return `job-${name.replace(/[^a-zA-Z0-9]+/g, '-').slice(0, 40)}-${(hash >>> 0).toString(36)}`;
}
