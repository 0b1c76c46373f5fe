/** What the kernel did for each job and engine, as a table, and the sentences that follow from it. */
import type { IotestDocument } from '../../stats/result.js';
import { median } from '../../support/median.js';
import { formatCount, formatLatencyNs } from '../../support/units.js';
import { printable, wrap } from '../layout.js';
import { tableLines } from '../table.js';
import type { Style } from '../terminal.js';
import { meanLatencyNs } from './difference.js';
import { findingsOf } from './rules.js';
import { type Scene, scenesOf, sharesOf } from './scene.js';

/** Empty where nobody looked (no --explain). */
export function explanationLines(document: IotestDocument, style: Style): string[] {
  const all = scenesOf(document);
  const jobNames = [...new Set(all.map((scenes) => scenes[0]!.jobName))];
  return jobNames.flatMap((jobName) => {
    const ways = all.filter((scenes) => scenes[0]!.jobName === jobName);
    const lines = [
      `${style.heading(printable(jobName))}: what the kernel did`,
      ...columnBlocks(ways).flatMap((block) => tableOf(block, style)),
      ...ways.flatMap((scenes) => sentenceLines(scenes, ways.length > 1, style)),
      ...missingLines(ways, style),
    ];
    return [...lines, ''];
  });
}

const waysPerBlock = 3;

function columnBlocks(ways: readonly Scene[][]): Scene[][][] {
  return Array.from({ length: Math.ceil(ways.length / waysPerBlock) }, (_, index) =>
    ways.slice(index * waysPerBlock, (index + 1) * waysPerBlock),
  );
}

interface Row {
  readonly name: string;
  readonly value: (scene: Scene) => number | null;
  readonly format: (value: number) => string;
}

const perIo = (value: number, { work }: Scene) => (work.ioCount === 0 ? null : value / work.ioCount);
const share = (path: 'inline' | 'taskWork' | 'worker' | 'polled') => (scene: Scene) =>
  sharesOf(scene.work)?.[path] ?? null;
const cpuShare = (ns: number | undefined, { pair }: Scene) =>
  ns === undefined || pair.iotest.elapsedNs === 0 ? null : ns / pair.iotest.elapsedNs;
const twoDigits = (value: number) => value.toFixed(2);
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

const rows: readonly Row[] = [
  { name: 'mean latency', value: ({ pair }) => meanLatencyNs(pair), format: formatLatencyNs },
  {
    name: 'calls per I/O',
    value: (scene) => (scene.work.enterCount === null ? null : perIo(scene.work.enterCount, scene)),
    format: (value) => (value > 0 && value < 0.01 ? value.toExponential(0) : twoDigits(value)),
  },
  {
    name: 'completions per call',
    value: ({ work }) => (work.enterCount === null || work.enterCount === 0 ? null : work.ioCount / work.enterCount),
    format: (value) => (value < 1000 ? value.toFixed(1) : formatCount(value)),
  },
  { name: 'completed inline', value: share('inline'), format: percent },
  { name: '  by task work', value: share('taskWork'), format: percent },
  { name: '  by io-wq workers', value: share('worker'), format: percent },
  { name: '  by polling', value: share('polled'), format: percent },
  { name: 'io-wq workers CPU', value: (scene) => cpuShare(scene.work.workers?.cpuNs, scene), format: twoDigits },
  { name: 'SQ thread CPU', value: (scene) => cpuShare(scene.work.sqThreads?.cpuNs, scene), format: twoDigits },
  {
    name: 'SQ thread wake-ups',
    value: ({ work }) => (work.sqThreads === null ? null : work.wakeupCount),
    format: formatCount,
  },
  { name: 'switches per I/O', value: (scene) => perIo(scene.work.switchCount, scene), format: twoDigits },
  { name: 'CQ overflows', value: ({ work }) => work.overflowCount, format: formatCount },
  { name: 'EAGAIN retries', value: ({ work }) => work.retryCount, format: formatCount },
  { name: 'counting per I/O', value: ({ work }) => work.tracingNsPerIo, format: formatLatencyNs },
];

/** Columns are ways of running the job; of repetitions the median. Rows that no way has are left out. */
function tableOf(ways: readonly Scene[][], style: Style): string[] {
  const head = ['', ...ways.map((scenes) => style.strong(printable(scenes[0]!.variant)))];
  const body = rows.flatMap(({ name, value, format }) => {
    const values = ways.map((scenes) => median(scenes.map(value)));
    if (values.every((each) => each === null)) return [];
    return [[name, ...values.map((each) => (each === null ? '-' : format(each)))]];
  });
  const align = ['left', ...ways.map(() => 'right')] as ('left' | 'right')[];
  return tableLines({ rows: [head, ...body], align, indent: 2, gap: 3 });
}

function sentenceLines(scenes: readonly Scene[], namesVariant: boolean, style: Style): string[] {
  const mark = style.unicode ? '→' : '->';
  const bullet = style.unicode ? '•' : '*';
  return findingsOf(scenes).flatMap(({ sentence, evidence, advice }) => [
    ...wrap(printable(`${namesVariant ? `${scenes[0]!.variant}: ` : ''}${sentence}`), `  ${bullet} `),
    ...wrap(printable(`evidence: ${evidence}`), '    ').map(style.faint),
    ...(advice === null ? [] : wrap(printable(advice), `    ${mark} `)),
  ]);
}

/** Each once, whatever the number of engines. */
function missingLines(ways: readonly Scene[][], style: Style): string[] {
  const mark = style.unicode ? '→' : '->';
  const all = ways.flat().flatMap(({ work }) => work.missing);
  const distinct = new Map(all.map((each) => [`${each.what}\n${each.reason}`, each]));
  return [...distinct.values()].flatMap(({ what, reason, advice }) => [
    ...wrap(printable(`not measured: ${what}: ${reason}`), '  ').map(style.caution),
    ...(advice === null ? [] : wrap(printable(advice), `    ${mark} `)),
  ]);
}
