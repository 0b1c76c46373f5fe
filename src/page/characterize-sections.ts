/** The part of a page that characterizations make: what the disk can do at a glance, then each section with its charts. */

import { type Direction, directions } from '../job/per-direction.js';
import { machineField } from '../report/run-header.js';
import { type CharacterizeSection, characterizeSections, trackedJobs } from '../results/characterize-part.js';
import { formatBandwidthShort, formatBytesIec, formatIops } from '../support/units.js';
import type { Characterization, SectionResult } from './characterization.js';
import { type Chart, type ChartTable, seriesStyleCount } from './chart.js';
import { convergenceChart } from './convergence.js';
import { histogramChart, type LabelledFigures, latencyText, percentileChart } from './latency-pictures.js';
import {
  bandwidthBars,
  costBars,
  depthChart,
  hockeyStick,
  type LabelledGroup,
  laddersOf,
  matrixCharts,
  rateBars,
  sufficientDepth,
} from './rate-pictures.js';
import { blockText, type DirectionFigures, type RunGroup, runGroups, totalCpuNs } from './runs.js';
import { type LabelledSeries, p99Chart, timeChart } from './time-pictures.js';

interface CharacterizeBlock {
  readonly section: CharacterizeSection;
  readonly title: string;
  /** What was done and what it shows, a sentence or two. */
  readonly text: string;
  readonly charts: readonly Chart[];
}

interface Part {
  readonly of: Characterization;
  readonly result: SectionResult;
  readonly groups: readonly RunGroup[];
}

const texts: Readonly<Record<CharacterizeSection, string>> = {
  throughput: 'Large blocks in sequence, 32 in flight.',
  matrix: 'Random I/O, 32 in flight, from only reads to only writes and from small blocks to large ones.',
  latency: 'One request at a time: what a single thread that waits for its data feels.',
  load: 'The same random I/O with more and more in flight: what a higher rate costs in latency, and which depth is enough.',
  engines:
    'The same reads through different interfaces of the kernel, taking turns: rates, and the CPU time that each I/O takes.',
  response:
    'Mixed random I/O with 16 in flight over a longer time: how the latencies are spread, and how long the worst take.',
  saturation: 'Random writes without a pause: where a cache ends and what the disk sustains.',
};

/** In the order of the sections; those of several characterizations share their charts. */
export function characterizeBlocks(all: readonly Characterization[]): CharacterizeBlock[] {
  const isOne = all.length === 1;
  const parts = all.flatMap((of) =>
    of.sections.map(
      (result): Part => ({
        of,
        result,
        groups: runGroups({ label: isOne ? '' : of.label, document: result.document }),
      }),
    ),
  );
  const sections = [...new Set(parts.map(({ result }) => result.section))];
  return sections.map((section) => {
    const own = parts.filter(({ result }) => result.section === section);
    const [first] = own;
    const rounds = own.some(({ result }) => result.rounds.length > 1)
      ? ` ${own.map(({ of, result }) => `${isOne ? '' : `${of.label}: `}medians of ${result.roundCount} rounds of ${result.rounds.length}`).join('; ')}.`
      : '';
    return {
      section,
      title: first!.result.title,
      text: `${texts[section]}${rounds}`,
      charts: chartsOf[section](own).filter((chart) => chart !== null),
    };
  });
}

type Charts = readonly (Chart | null)[];

const chartsOf: Readonly<Record<CharacterizeSection, (parts: readonly Part[]) => Charts>> = {
  throughput: (parts) =>
    directions.map((direction) => bandwidthBars(`throughput-${direction}`, 'large blocks', direction, named(parts))),
  matrix: (parts) => [
    ...matrixCharts('matrix', titled(parts)),
    ...matrixCharts('matrix-bandwidth', titled(parts), 'bandwidth'),
    convergenceChart(
      'convergence',
      parts.map(({ of, result }) => ({
        label: parts.length === 1 ? '' : of.label,
        rounds: result.rounds,
        jobNames: trackedJobs(of.settings),
      })),
    ),
  ],
  latency: (parts) => [
    percentileChart('latency-percentiles', 'one request at a time', figuresOf(parts)),
    histogramChart('latency-histogram', 'one request at a time', figuresOf(parts)),
  ],
  load: (parts) => {
    const ladders = laddersOf(groupsOf(parts), mixLabel);
    return [
      depthChart('load-depth', ladders),
      hockeyStick('load-p50', ladders, 50),
      hockeyStick('load-p99', ladders, 99),
      hockeyStick('load-p99-9', ladders, 99.9),
    ];
  },
  engines: (parts) => {
    const names = [...new Set(groupsOf(parts).map(({ jobName }) => jobName))];
    return names.flatMap((name) => {
      const own = groupsOf(parts).filter(({ jobName }) => jobName === name);
      const labelled = own.map((group) => ({ label: words(group.subject, group.variant), group }));
      return [rateBars(`engines-${name}`, name, 'read', labelled), costBars(`engines-${name}-cost`, name, labelled)];
    });
  },
  response: (parts) => [
    histogramChart('response-histogram', 'mixed I/O', figuresOf(parts)),
    percentileChart('response-percentiles', 'mixed I/O', figuresOf(parts)),
    timeChart('response-iops', 'mixed I/O', 'iops', seriesOf(parts)),
    p99Chart('response-p99', 'mixed I/O', p99Of(parts)),
  ],
  saturation: (parts) => [
    timeChart('saturation-iops', 'sustained writes', 'iops', seriesOf(parts)),
    timeChart('saturation-latency', 'sustained writes', 'mean', seriesOf(parts)),
    p99Chart('saturation-p99', 'sustained writes', p99Of(parts)),
  ],
};

function groupsOf(parts: readonly Part[]): RunGroup[] {
  return parts.flatMap(({ groups }) => groups);
}

function named(parts: readonly Part[]): LabelledGroup[] {
  return groupsOf(parts).map((group) => ({ label: words(group.subject, group.jobName), group }));
}

/** With the target in place of nothing, for titles that name it. */
function titled(parts: readonly Part[]): RunGroup[] {
  return parts.flatMap(({ of, groups }) => groups.map((group) => ({ ...group, subject: of.label })));
}

function figuresOf(parts: readonly Part[]): LabelledFigures[] {
  return groupsOf(parts)
    .flatMap((group) =>
      group.directions.map((figures) => ({
        label: words(group.subject, group.jobName, group.directions.length > 1 ? figures.name : ''),
        figures,
      })),
    )
    .slice(0, seriesStyleCount);
}

function seriesOf(parts: readonly Part[]): LabelledSeries[] {
  return groupsOf(parts).flatMap((group) =>
    directions.flatMap((name) => {
      const windows = group.series[name];
      const isAlone = Object.keys(group.series).length === 1;
      return windows === undefined
        ? []
        : [
            {
              label: words(group.subject, isAlone && group.subject !== '' ? '' : name),
              repetitionCount: group.repetitionCount,
              windows,
            },
          ];
    }),
  );
}

function p99Of(parts: readonly Part[]) {
  return groupsOf(parts).map((group) => ({
    label: words(group.subject, group.subject === '' ? group.jobName : ''),
    repetitionCount: group.repetitionCount,
    points: group.p99Series,
  }));
}

function mixLabel({ subject, workload: { pattern, readPercent } }: RunGroup): string {
  return words(subject, readPercent > 0 && readPercent < 100 ? `${readPercent}/${100 - readPercent}` : pattern);
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

// ------------------------------------------------------------------------------------------------------- at a glance

/** The figures that people ask for first, a column for each characterization. */
export function glanceTable(all: readonly Characterization[]): ChartTable {
  const columns = all.map(({ sections, settings }) => {
    const groups = (section: CharacterizeSection) => {
      const found = sections.find((each) => each.section === section);
      return found === undefined ? [] : runGroups({ label: '', document: found.document });
    };
    return [...identityOf(sections, settings), ...glanceOf(groups)];
  });
  const names = [...new Set(columns.flatMap((column) => column.map(([name]) => name)))];
  return {
    head: ['', ...all.map(({ label }) => label)],
    rows: names.map((name) => [name, ...columns.map((column) => column.find(([other]) => other === name)?.[1] ?? '–')]),
  };
}

/** Which disk in which machine, through which interface: figures of disks say nothing without. */
function identityOf(
  sections: Characterization['sections'],
  { engines, sizeBytes }: Characterization['settings'],
): (readonly [string, string])[] {
  // The last one knows a file that the first one made.
  const { machine, targets } = sections.at(-1)!.document.iotest;
  const field = (name: string) => machineField(machine, name);
  const [target] = targets;
  const queue = target?.queue ?? null;
  const bytes = sizeBytes ?? target?.sizeBytes ?? null;
  const disk = [queue?.model ?? queue?.disk ?? '', queue?.driver ?? ''].filter((text) => text !== '');
  const used = bytes === null || bytes === 0 ? '' : `${formatBytesIec(bytes)} used`;
  const virtual = field('virtualization');
  const machineWords = [`${field('cpuCount')} × ${field('cpuModel')}`, virtual === 'none' ? '' : virtual];
  const rows: (readonly [string, string])[] = [
    ['disk', words(disk.join(', '), used === '' ? '' : `(${used})`)],
    ['machine', machineWords.filter((text) => text !== '').join(', ')],
    ['kernel', field('kernel')],
    ['engine', engines[0]!],
  ];
  return rows.filter(([, text]) => text !== '');
}

/** Of all sections, whichever has it: nothing on the page is more. With what it was reached. */
function mostRandom(groups: readonly RunGroup[], direction: Direction): string | null {
  const all = groups.flatMap(({ workload, directions: own, trouble }) =>
    workload.pattern.startsWith('rand') && own.length === 1 && own[0]!.name === direction && trouble === null
      ? [{ workload, iops: own[0]!.iops }]
      : [],
  );
  if (all.length === 0) return null;
  const { workload, iops } = all.reduce((most, each) => (each.iops > most.iops ? each : most));
  const { blockBytes, depth, workers, engine } = workload;
  const how = [
    blockBytes === null ? '' : blockText(blockBytes),
    depth === null ? '' : `depth ${depth * workers}`,
    engine,
  ].filter((text) => text !== '');
  return `${formatIops(iops)} IOPS (${how.join(', ')})`;
}

function glanceOf(groups: (section: CharacterizeSection) => readonly RunGroup[]): (readonly [string, string])[] {
  const best = (section: CharacterizeSection, direction: Direction, of: (figures: DirectionFigures) => number) => {
    const figures = groups(section).flatMap((group) =>
      group.directions.length > 1 || group.trouble !== null
        ? []
        : group.directions.filter(({ name }) => name === direction),
    );
    return figures.length === 0 ? null : figures.reduce((most, each) => (of(each) > of(most) ? each : most));
  };
  const rows: (readonly [string, string])[] = [];
  for (const direction of ['read', 'write'] as const) {
    const sequential = best('throughput', direction, ({ bytesPerSecond }) => bytesPerSecond);
    if (sequential !== null) rows.push([`sequential ${direction}s`, formatBandwidthShort(sequential.bytesPerSecond)]);
  }
  for (const direction of ['read', 'write'] as const) {
    const most = mostRandom(characterizeSections.flatMap(groups), direction);
    if (most !== null) rows.push([`random ${direction}s, the most`, most]);
  }
  for (const { label, direction, ...ladder } of laddersOf(groups('load'), mixLabel)) {
    if (/\d/.test(label)) continue;
    rows.push([`depth enough for random ${direction}s`, String(sufficientDepth({ label, direction, ...ladder }))]);
  }
  for (const direction of ['read', 'write'] as const) {
    const alone = best('latency', direction, ({ iops }) => iops);
    if (alone === null) continue;
    const { percentileNs } = alone;
    rows.push([
      `one ${direction} at a time, p50 / p99`,
      `${latencyText(percentileNs[50])} / ${latencyText(percentileNs[99])}`,
    ]);
  }
  const costs = groups('engines').flatMap(({ variant, cpuPerIo, workload }) =>
    cpuPerIo === null || workload.depth === 1 ? [] : [{ variant, ns: totalCpuNs(cpuPerIo) }],
  );
  if (costs.length > 0) {
    const least = costs.reduce((found, each) => (each.ns < found.ns ? each : found));
    rows.push(['least CPU per random read', `${latencyText(least.ns)} (${least.variant})`]);
  }
  const sustained = groups('saturation')[0]?.series.write ?? [];
  if (sustained.length > 3) {
    const third = Math.ceil(sustained.length / 3);
    const mean = (windows: typeof sustained) =>
      windows.reduce((sum, { iops, durationMs }) => sum + iops * durationMs, 0) /
      windows.reduce((sum, { durationMs }) => sum + durationMs, 0);
    rows.push([
      'sustained random writes, first / last third',
      `${formatIops(mean(sustained.slice(0, third)))} / ${formatIops(mean(sustained.slice(-third)))} IOPS`,
    ]);
  }
  return rows;
}
