/**
 * Whether something else took part in a run: rules over what was counted right before it, while it lasted, and right
 * after it. What is busy before and after, less what we did ourselves then, is others' work.
 */
import type { BusyCounters } from '../machine/noise.js';
import type { BusySample, Noise } from './document.js';

/** Two readings each, with nothing of ours going on between them but what is counted. */
export interface NoiseReadings {
  readonly before: readonly [begin: BusyCounters, end: BusyCounters];
  readonly after: readonly [begin: BusyCounters, end: BusyCounters];
}

const noiseLimits = {
  /** Of all CPUs, without what we used ourselves. */
  cpuBusyPercent: 25,
  /** Of the interval, some task waiting for a CPU or for I/O. */
  pressurePercent: 10,
  /** Of the CPU time, given to other guests. */
  stealPercent: 1,
  diskUtilPercent: 10,
  diskIosPerSecond: 100,
  temperatureCelsius: 70,
  temperatureRiseCelsius: 10,
} as const;

/**
 * @param isBuffered some job went through the page cache: the kernel may then still be writing its data after the run,
 *   which is not others' work.
 * @param found what else shows that others were at work during the run, a sentence each.
 */
export function assessNoise(readings: NoiseReadings, isBuffered: boolean, found: readonly string[] = []): Noise {
  const before = sampleBetween(...readings.before);
  const after = sampleBetween(...readings.after);
  const stealPercent = stealBetween(readings.before[1], readings.after[0]);
  const isStolen = stealPercent !== null && stealPercent > noiseLimits.stealPercent;
  const reasons = [
    ...cpuReasons(before, 'before'),
    ...pressureReasons(before),
    ...diskReasons(before, 'before', false),
    ...(isStolen ? [`the hypervisor gave ${percent(stealPercent)} of the CPU time to others during the run`] : []),
    ...found,
    ...cpuReasons(after, 'after'),
    ...diskReasons(after, 'after', isBuffered),
    ...temperatureReasons(before, after),
  ];
  return { isNoisy: reasons.length > 0, reasons, before, after, stealPercent };
}

function cpuReasons({ cpuBusyPercent }: BusySample, when: string): string[] {
  if (cpuBusyPercent === null || cpuBusyPercent < noiseLimits.cpuBusyPercent) return [];
  return [`other work used ${percent(cpuBusyPercent)} of the CPUs right ${when} the run`];
}

/** Not after the run: what tasks wait for then may be the end of our own work. */
function pressureReasons({ ioPressurePercent, cpuPressurePercent }: BusySample): string[] {
  const reason = (value: number | null, what: string) =>
    value === null || value < noiseLimits.pressurePercent
      ? []
      : [`tasks waited for ${what} ${percent(value)} of the time right before the run (PSI)`];
  return [...reason(cpuPressurePercent, 'a CPU'), ...reason(ioPressurePercent, 'I/O')];
}

function diskReasons({ disks }: BusySample, when: string, readsOnly: boolean): string[] {
  return disks.flatMap(({ name, iosPerSecond, writesPerSecond, utilPercent }) => {
    const rate = readsOnly ? iosPerSecond - writesPerSecond : iosPerSecond;
    const isBusy = !readsOnly && utilPercent >= noiseLimits.diskUtilPercent && rate > 0;
    if (rate < noiseLimits.diskIosPerSecond && !isBusy) return [];
    return [`${name} did ${Math.round(rate)} other I/Os a second right ${when} the run (${percent(utilPercent)} busy)`];
  });
}

function temperatureReasons(before: BusySample, after: BusySample): string[] {
  return after.disks.flatMap(({ name, temperatureCelsius: end }) => {
    const begin = before.disks.find((disk) => disk.name === name)?.temperatureCelsius ?? null;
    if (end === null) return [];
    if (end > noiseLimits.temperatureCelsius)
      return [`${name} had ${end} °C after the run: it may have been throttled`];
    if (begin === null || end - begin <= noiseLimits.temperatureRiseCelsius) return [];
    return [`${name} warmed up from ${begin} to ${end} °C during the run`];
  });
}

/** The unit of /proc/stat: sysconf(_SC_CLK_TCK) is 100 on Linux. */
const tickMs = 10;

/** Rates between two readings. Counters that go backwards (a device that came anew) count as nothing. */
export function sampleBetween(begin: BusyCounters, end: BusyCounters): BusySample {
  const durationMs = Math.max(0, end.epochMs - begin.epochMs);
  const share = (from: number | null, to: number | null, wholeMs: number) =>
    from === null || to === null || wholeMs === 0 ? null : rounded(clamp(((to - from) / wholeMs) * 100));
  const perSecond = (difference: number) =>
    durationMs === 0 ? 0 : rounded((Math.max(0, difference) * 1000) / durationMs);
  const ticks = begin.cpu === null || end.cpu === null ? 0 : end.cpu.total - begin.cpu.total;
  const ownTicks = (end.own.cpuMs - begin.own.cpuMs) / tickMs;
  const ownWaitUs = (end.own.cpuWaitUs ?? 0) - (begin.own.cpuWaitUs ?? 0);
  const less = (value: number | null | undefined, own: number) => (value == null ? null : value - Math.max(0, own));
  return {
    durationMs,
    loadAverage: end.loadAverage,
    cpuBusyPercent: share(begin.cpu?.busy ?? null, less(end.cpu?.busy, ownTicks), ticks),
    stealPercent: stealBetween(begin, end),
    ioPressurePercent: share(begin.ioPressureUs, end.ioPressureUs, durationMs * 1000),
    cpuPressurePercent: share(begin.cpuPressureUs, less(end.cpuPressureUs, ownWaitUs), durationMs * 1000),
    disks: end.disks.flatMap((disk) => {
      const first = begin.disks.find(({ name }) => name === disk.name);
      if (first === undefined) return [];
      return [
        {
          name: disk.name,
          iosPerSecond: perSecond(disk.ioCount - first.ioCount),
          writesPerSecond: perSecond(disk.writeCount - first.writeCount),
          utilPercent: share(first.busyMs, disk.busyMs, durationMs) ?? 0,
          temperatureCelsius: disk.temperatureCelsius,
        },
      ];
    }),
  };
}

function stealBetween(begin: BusyCounters, end: BusyCounters): number | null {
  if (begin.cpu === null || end.cpu === null) return null;
  const ticks = end.cpu.total - begin.cpu.total;
  return ticks <= 0 ? null : rounded(clamp(((end.cpu.steal - begin.cpu.steal) / ticks) * 100));
}

function clamp(value: number): number {
  return Math.min(100, Math.max(0, value));
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function percent(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} %`;
}
