/** Which charts a page has, of what, and what their series are called. */
import { directions } from '../job/per-direction.js';
import { type Chart, seriesStyleCount } from './chart.js';
import { histogramChart, type LabelledFigures, percentileChart } from './latency-pictures.js';
import {
  bandwidthBars,
  costBars,
  depthChart,
  hockeyStick,
  laddersOf,
  matrixCharts,
  rateBars,
} from './rate-pictures.js';
import { blockText, type RunGroup } from './runs.js';
import { p99Chart, timeChart } from './time-pictures.js';

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
  const ladders = laddersOf(groups, (group) => ladderLabel(group, groups, labels)).slice(0, seriesStyleCount);
  const hasSeveralJobs = new Set(groups.map(({ jobName }) => jobName)).size > 1;
  const subject = groups.length > barsMax ? `the first ${barsMax} jobs` : 'all jobs';
  return present([
    depthChart('depth', ladders),
    hockeyStick('hockey-stick-p50', ladders, 50),
    hockeyStick('hockey-stick-p99', ladders, 99),
    hockeyStick('hockey-stick-p99-9', ladders, 99.9),
    ...matrixCharts('matrix', groups).slice(0, barsMax),
    ...(hasSeveralJobs
      ? [
          ...directions.map((direction) => rateBars(`rates-${direction}`, subject, direction, named)),
          ...(named.every(({ group }) => isLarge(group))
            ? directions.map((direction) => bandwidthBars(`bandwidths-${direction}`, subject, direction, named))
            : []),
          costBars('cost', subject, named),
        ]
      : []),
  ]);
}

/** What the ladder is of besides the group's own name, where ladders differ in it. */
function ladderLabel(group: RunGroup, groups: readonly RunGroup[], labels: Labels): string {
  const { pattern, readPercent, blockBytes } = group.workload;
  const differ = (value: (each: RunGroup) => unknown) => new Set(groups.map(value)).size > 1;
  const isMix = readPercent > 0 && readPercent < 100;
  return [
    labels.short(group),
    differ(({ workload }) => `${workload.pattern} ${workload.readPercent}`)
      ? `${pattern}${isMix ? ` ${readPercent}%` : ''}`
      : '',
    differ(({ workload }) => workload.blockBytes) && blockBytes !== null ? blockText(blockBytes) : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** Blocks of which bandwidth says more than IOPS. */
function isLarge({ workload }: RunGroup): boolean {
  return (workload.blockBytes ?? 0) >= 64 * 1024;
}

/** The charts of one job. A page of very many jobs leaves out what is least looked at. */
export function chartsOf({ jobName, groups }: JobBlock, labels: Labels): Chart[] {
  const stem = idOf(jobName);
  const named = groups.slice(0, seriesStyleCount).map((group) => ({ label: labels.short(group), group }));
  const figures: LabelledFigures[] = named.flatMap(({ label, group }) =>
    group.directions.map((each) => ({ label: seriesLabel(label, each.name, group), figures: each })),
  );
  const windows = named.flatMap(({ label, group }) =>
    directions.flatMap((name) => {
      const own = group.series[name];
      return own === undefined ? [] : [{ label: seriesLabel(label, name, group), windows: own }];
    }),
  );
  return present([
    ...directions.map((direction) => rateBars(`${stem}-rates-${direction}`, jobName, direction, named)),
    costBars(`${stem}-cost`, jobName, named),
    histogramChart(`${stem}-histogram`, jobName, figures.slice(0, seriesStyleCount)),
    percentileChart(`${stem}-percentiles`, jobName, figures.slice(0, seriesStyleCount)),
    groups.every(isLarge)
      ? timeChart(`${stem}-bandwidth`, jobName, 'bandwidth', windows.slice(0, seriesStyleCount))
      : timeChart(`${stem}-iops`, jobName, 'iops', windows.slice(0, seriesStyleCount)),
    timeChart(`${stem}-latency`, jobName, 'mean', windows.slice(0, seriesStyleCount)),
    p99Chart(
      `${stem}-p99`,
      jobName,
      named.map(({ label, group }) => ({ label, points: group.p99Series })),
    ),
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
