/** What the kernel did for one job, a column for each way of running it: the figures that reports and pages show. */
import { median } from '../stats/median.js';
import { formatCount, formatLatencyNs } from '../support/units.js';
import { meanLatencyNs } from './difference.js';
import { type KernelWork, type Scene, sharesOf } from './scene.js';

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

/** A name and a value for each way; null where that way has none. Of repetitions the median; what no way has is left out. */
export function kernelRows(ways: readonly (readonly Scene[])[]): (readonly [string, ...(string | null)[]])[] {
  return rows.flatMap(({ name, value, format }) => {
    const values = ways.map((scenes) => median(scenes.map(value)));
    if (values.every((each) => each === null)) return [];
    return [[name, ...values.map((each) => (each === null ? null : format(each)))] as const];
  });
}

/** What could not be measured and why, each once, whatever the number of ways. */
export function missingOf(ways: readonly (readonly Scene[])[]): KernelWork['missing'] {
  const all = ways.flat().flatMap(({ work }) => work.missing);
  return [...new Map(all.map((each) => [`${each.what}\n${each.reason}`, each])).values()];
}
