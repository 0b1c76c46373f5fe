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

/** More maps than this nobody looks at. */
const mapsMax = 24;

/** What spans jobs: rates and costs side by side, depth ladders, matrices. */
export function overviewCharts(groups: readonly RunGroup[], labels: Labels): Chart[] {
  const named = groups.map((group) => ({ label: labels.full(group), group }));
  const allLadders = laddersOf(groups, (group) => ladderLabel(group, groups, labels));
  const ladders = allLadders.slice(0, seriesStyleCount);
  const hasSeveralJobs = new Set(groups.map(({ jobName }) => jobName)).size > 1;
  const subject = 'all jobs';
  const maps = matrixCharts('matrix', groups);
  return present([
    ...[
      depthChart('depth', ladders),
      hockeyStick('hockey-stick-p50', ladders, 50),
      hockeyStick('hockey-stick-p99', ladders, 99),
      hockeyStick('hockey-stick-p99-9', ladders, 99.9),
    ].map((chart) => withCut(chart, ladders.length, allLadders.length)),
    ...maps.slice(0, mapsMax).map((map) => withCut(map, Math.min(mapsMax, maps.length), maps.length, 'maps')),
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

/** What a chart leaves out, it says. */
function withCut<T extends Chart | null>(chart: T, shown: number, of: number, what = 'series'): T {
  if (chart === null || shown >= of) return chart;
  return {
    ...chart,
    description: `${chart.description} Drawn: the first ${shown} of ${of} ${what}; the summary has all.`,
  };
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

/** The charts of one job. */
export function chartsOf({ jobName, groups }: JobBlock, labels: Labels): Chart[] {
  const stem = idOf(jobName);
  const named = groups.map((group) => ({ label: labels.short(group), group }));
  const figures: LabelledFigures[] = named.flatMap(({ label, group }) =>
    group.directions.map((each) => ({ label: seriesLabel(label, each.name, group), figures: each })),
  );
  const windows = named.flatMap(({ label, group }) =>
    directions.flatMap((name) => {
      const own = group.series[name];
      const { repetitionCount } = group;
      return own === undefined ? [] : [{ label: seriesLabel(label, name, group), repetitionCount, windows: own }];
    }),
  );
  const p99 = named.map(({ label, group: { repetitionCount, p99Series } }) => ({
    label,
    repetitionCount,
    points: p99Series,
  }));
  /** As many series as have colours of their own. */
  const few = <T>(all: readonly T[], draw: (shown: readonly T[]) => Chart | null) => {
    const shown = all.slice(0, seriesStyleCount);
    return withCut(draw(shown), shown.length, all.length);
  };
  const rate = groups.every(isLarge) ? 'bandwidth' : 'iops';
  return present([
    ...directions.map((direction) => rateBars(`${stem}-rates-${direction}`, jobName, direction, named)),
    costBars(`${stem}-cost`, jobName, named),
    few(figures, (shown) => histogramChart(`${stem}-histogram`, jobName, shown)),
    few(withOpenLoop(figures), (shown) => percentileChart(`${stem}-percentiles`, jobName, shown)),
    few(windows, (shown) => timeChart(`${stem}-${rate}`, jobName, rate, shown)),
    few(windows, (shown) => timeChart(`${stem}-latency`, jobName, 'mean', shown)),
    few(p99, (shown) => p99Chart(`${stem}-p99`, jobName, shown)),
  ]);
}

/** Beside the service time of what had a rate, the latency from the start that the rate intended. */
function withOpenLoop(all: readonly LabelledFigures[]): LabelledFigures[] {
  return all.flatMap((each) => {
    const { openLoop } = each.figures;
    if (openLoop === null) return [each];
    const { curve, maxNs } = openLoop;
    const named = (what: string) => `${each.label} ${what}`.trim();
    return [
      { ...each, label: named('service') },
      { label: named('open loop'), figures: { ...each.figures, curve, maxNs } },
    ];
  });
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
