/**
 * How busy the machine is with other things: counters of one moment, what this process did itself among them.
 * Sources: proc_loadavg(5), proc_stat(5), proc_pid_io(5), Documentation/accounting/psi.rst, Documentation/scheduler/sched-stats.rst.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { finiteOrNull, readText } from '../system/small-files.js';
import { diskStatistics, list, liveSystem, type SystemView } from './block-device.js';
import { diskTemperatureCelsius } from './fingerprint.js';

/** Counters since boot; only differences mean something, but for the load and the temperatures. */
export interface BusyCounters {
  readonly epochMs: number;
  /** Over the last minute; null where it cannot be read, as all that follows. */
  readonly loadAverage: number | null;
  /** Ticks of all CPUs together. */
  readonly cpu: { readonly busy: number; readonly steal: number; readonly total: number } | null;
  /** Time in which some task waited, µs. */
  readonly ioPressureUs: number | null;
  readonly cpuPressureUs: number | null;
  readonly disks: readonly {
    readonly name: string;
    readonly ioCount: number;
    readonly writeCount: number;
    readonly busyMs: number;
    readonly temperatureCelsius: number | null;
  }[];
  /** Of this process, all threads together. */
  readonly own: {
    readonly cpuMs: number;
    /** Time in which its threads waited for a CPU, each for itself, µs; null where the kernel does not count it. */
    readonly cpuWaitUs: number | null;
    /** From storage; null where the kernel does not count it. */
    readonly readBytes: number | null;
  };
}

/** Long enough to see work that goes on, short enough to be no nuisance; CPU time comes in ticks of 10 ms. */
const lookMs = 100;
/** What we read ourselves meanwhile, as of modules that are still loaded, would count as others' work. */
const looksMax = 3;
/** A look that began longer ago says too little of the moment before the run. */
const lookMsMax = 1000;

/** Where a look begins before it is known at which disks; null = it has not, or is over. */
let begun: BusyCounters | null = null;

/** So that the time in which a program reads its job file is looked at too. */
export function beginLook(): void {
  begun = readBusyCounters(list(`${liveSystem.sys}/block`), liveSystem);
}

/**
 * Two readings at least 0.1 s apart. What we do in between must be known, to be told from others' work: only CPU time.
 * A look that was begun is gone on with where it is fresh and we have read nothing from disks since; where we read while
 * it lasts, it is made anew, and in the end both readings are one, from which nothing follows.
 * @param read tests give it
 */
export async function endLook(
  disks: readonly string[],
  read: (disks: readonly string[]) => BusyCounters = readBusyCounters,
): Promise<[begin: BusyCounters, end: BusyCounters]> {
  const now = read(disks);
  let begin = begun !== null && goesOn(begun, now) ? begun : now;
  begun = null;
  if (now.epochMs - begin.epochMs >= lookMs) return [begin, now];
  for (let count = 0; count < looksMax; count++) {
    await sleep(Math.max(0, lookMs - (Date.now() - begin.epochMs)));
    const end = read(disks);
    if (end.own.readBytes === begin.own.readBytes) return [begin, end];
    begin = end;
  }
  return [begin, begin];
}

/** Whether a look that began so is fresh by now, and all that we did ourselves since is counted. */
export function goesOn(begin: BusyCounters, now: BusyCounters): boolean {
  const agoMs = now.epochMs - begin.epochMs;
  const { readBytes, cpuWaitUs } = begin.own;
  return (
    agoMs >= 0 && agoMs <= lookMsMax && cpuWaitUs !== null && readBytes !== null && readBytes === now.own.readBytes
  );
}

/** Reads the counters now. Never throws. */
export function readBusyCounters(disks: readonly string[], system: SystemView = liveSystem): BusyCounters {
  const own = process.cpuUsage();
  return {
    epochMs: Date.now(),
    loadAverage: finiteOrNull(Number.parseFloat(readText(`${system.proc}/loadavg`) ?? '')),
    cpu: cpuTicks(readText(`${system.proc}/stat`) ?? ''),
    ioPressureUs: pressureUs(readText(`${system.proc}/pressure/io`) ?? ''),
    cpuPressureUs: pressureUs(readText(`${system.proc}/pressure/cpu`) ?? ''),
    disks: disks.flatMap((name) => {
      const counters = diskStatistics(name, system);
      if (counters === null) return [];
      const { readIos, writeIos, busyMs } = counters;
      const temperatureCelsius = diskTemperatureCelsius(name, system);
      return [{ name, ioCount: readIos + writeIos, writeCount: writeIos, busyMs, temperatureCelsius }];
    }),
    own: {
      cpuMs: (own.user + own.system) / 1000,
      cpuWaitUs: cpuWaitUs(system),
      readBytes: readBytes(readText(`${system.proc}/self/io`) ?? ''),
    },
  };
}

/** Of the threads there are: one that ended took its share along. */
function cpuWaitUs({ proc }: SystemView): number | null {
  const waits = list(`${proc}/self/task`).flatMap((thread) => {
    const text = readText(`${proc}/self/task/${thread}/schedstat`);
    return text === null ? [] : [Number(text.split(' ')[1]) / 1000];
  });
  return waits.length === 0 ? null : finiteOrNull(waits.reduce((sum, each) => sum + each, 0));
}

function readBytes(text: string): number | null {
  const match = /^read_bytes: (\d+)/m.exec(text);
  return match === null ? null : Number(match[1]);
}

/** user nice system idle iowait irq softirq steal; guest time is in user already. */
function cpuTicks(text: string): BusyCounters['cpu'] {
  const ticks = /^cpu\s+(.*)$/m.exec(text)?.[1]?.split(/\s+/).slice(0, 8).map(Number) ?? [];
  if (ticks.length < 8 || ticks.some((value) => !Number.isFinite(value))) return null;
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const steal = ticks[7]!;
  return { busy: total - ticks[3]! - ticks[4]! - steal, steal, total };
}

function pressureUs(text: string): number | null {
  const match = /^some .*total=(\d+)/m.exec(text);
  return match === null ? null : Number(match[1]);
}
