/**
 * How busy the machine is with other things: counters of one moment, and what they say over a short interval in which
 * this process does nothing. Sources: proc_loadavg(5), proc_stat(5), Documentation/accounting/psi.rst.
 */

import { finiteOrNull, readText } from '../system/small-files.js';
import { diskStatistics, liveSystem, type SystemView } from './block-device.js';
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
}

/** Reads the counters now. Never throws. */
export function readBusyCounters(disks: readonly string[], system: SystemView = liveSystem): BusyCounters {
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
  };
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
