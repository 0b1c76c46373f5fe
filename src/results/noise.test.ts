import { describe, expect, it } from 'vitest';
import type { BusyCounters } from '../machine/noise.js';
import { assessNoise, type NoiseReadings, sampleBetween } from './noise.js';

const idle: BusyCounters = {
  epochMs: 1_000_000,
  loadAverage: 0.1,
  cpu: { busy: 1000, steal: 10, total: 100_000 },
  ioPressureUs: 5000,
  cpuPressureUs: 7000,
  disks: [{ name: 'nvme0n1', ioCount: 500, writeCount: 100, busyMs: 800, temperatureCelsius: 40 }],
  own: { cpuMs: 50, cpuWaitUs: 300, readBytes: 4096 },
};

interface Change {
  readonly ms?: number;
  readonly busy?: number;
  readonly steal?: number;
  readonly ticks?: number;
  readonly ioUs?: number;
  readonly cpuUs?: number;
  readonly ios?: number;
  readonly writes?: number;
  readonly busyMs?: number;
  readonly temperature?: number;
  readonly ownMs?: number;
  readonly ownWaitUs?: number;
}

/** Counters some time later: 200 ms on two CPUs unless said otherwise. */
function later(from: BusyCounters, change: Change = {}): BusyCounters {
  const disk = from.disks[0]!;
  return {
    epochMs: from.epochMs + (change.ms ?? 200),
    loadAverage: from.loadAverage,
    cpu: {
      busy: from.cpu!.busy + (change.busy ?? 0),
      steal: from.cpu!.steal + (change.steal ?? 0),
      total: from.cpu!.total + (change.ticks ?? 40),
    },
    ioPressureUs: from.ioPressureUs! + (change.ioUs ?? 0),
    cpuPressureUs: from.cpuPressureUs! + (change.cpuUs ?? 0),
    disks: [
      {
        ...disk,
        ioCount: disk.ioCount + (change.ios ?? 0),
        writeCount: disk.writeCount + (change.writes ?? 0),
        busyMs: disk.busyMs + (change.busyMs ?? 0),
        temperatureCelsius: change.temperature ?? disk.temperatureCelsius,
      },
    ],
    own: {
      ...from.own,
      cpuMs: from.own.cpuMs + (change.ownMs ?? 0),
      cpuWaitUs: from.own.cpuWaitUs! + (change.ownWaitUs ?? 0),
    },
  };
}

function readings(before: Change = {}, during: Change = {}, after: Change = {}): NoiseReadings {
  const begin = later(idle, before);
  // We are at work ourselves in between: only the steal of that time counts.
  const end = later(begin, {
    ms: 10_000,
    ticks: 2000,
    busy: 1900,
    ios: 90_000,
    busyMs: 9900,
    ioUs: 9_000_000,
    ...during,
  });
  return { before: [idle, begin], after: [end, later(end, after)] };
}

function reasons(before: Change = {}, during: Change = {}, after: Change = {}, isBuffered = false): readonly string[] {
  const noise = assessNoise(readings(before, during, after), isBuffered);
  expect(noise.isNoisy).toBe(noise.reasons.length > 0);
  return noise.reasons;
}

describe('assessNoise', () => {
  it('is silent on a quiet machine, whatever the run itself did', () => {
    const noise = assessNoise(readings(), false);
    expect(noise).toMatchObject({ isNoisy: false, reasons: [], stealPercent: 0 });
    expect(noise.before).toEqual({
      durationMs: 200,
      loadAverage: 0.1,
      cpuBusyPercent: 0,
      stealPercent: 0,
      ioPressurePercent: 0,
      cpuPressurePercent: 0,
      disks: [{ name: 'nvme0n1', iosPerSecond: 0, writesPerSecond: 0, utilPercent: 0, temperatureCelsius: 40 }],
    });
  });

  it('hears other work on the CPUs, before and after', () => {
    expect(reasons({ busy: 10 })).toEqual(['other work used 25 % of the CPUs right before the run']);
    expect(reasons({ busy: 9 })).toEqual([]);
    expect(reasons({}, {}, { busy: 40 })).toEqual(['other work used 100 % of the CPUs right after the run']);
  });

  it('hears tasks that wait, before the run only', () => {
    expect(reasons({ cpuUs: 20_000 })).toEqual(['tasks waited for a CPU 10 % of the time right before the run (PSI)']);
    expect(reasons({ ioUs: 100_000 })).toEqual(['tasks waited for I/O 50 % of the time right before the run (PSI)']);
    expect(reasons({ ioUs: 19_000 }, {}, { ioUs: 200_000, cpuUs: 200_000 })).toEqual([]);
  });

  it('hears CPU time that was stolen while it ran', () => {
    expect(reasons({}, { steal: 40 })).toEqual(['the hypervisor gave 2.0 % of the CPU time to others during the run']);
    expect(reasons({}, { steal: 20 })).toEqual([]);
  });

  it("hears other I/O on the disk; after a buffered run not the kernel's writes of our data", () => {
    expect(reasons({ ios: 20 })).toEqual(['nvme0n1 did 100 other I/Os a second right before the run (0.0 % busy)']);
    expect(reasons({ ios: 2, busyMs: 20 })).toHaveLength(1);
    expect(reasons({ ios: 19, busyMs: 19 })).toEqual([]);
    const after: Change = { ios: 30, writes: 30, busyMs: 200 };
    expect(reasons({}, {}, after)).toEqual(['nvme0n1 did 150 other I/Os a second right after the run (100 % busy)']);
    expect(reasons({}, {}, after, true)).toEqual([]);
    expect(reasons({}, {}, { ...after, ios: 60 }, true)).toHaveLength(1);
  });

  it('hears heat', () => {
    expect(reasons({}, { temperature: 50 })).toEqual([]);
    expect(reasons({}, { temperature: 51 })).toEqual(['nvme0n1 warmed up from 40 to 51 °C during the run']);
    expect(reasons({}, { temperature: 71 })).toEqual(['nvme0n1 had 71 °C after the run: it may have been throttled']);
  });

  it("takes off what we did ourselves meanwhile: our CPU time, and our threads' waiting for a CPU", () => {
    const { before } = assessNoise(readings({ busy: 12, ownMs: 110, cpuUs: 30_000, ownWaitUs: 25_000 }), false);
    expect(before).toMatchObject({ cpuBusyPercent: 2.5, cpuPressurePercent: 2.5 });
    const quiet = assessNoise(readings({ busy: 12, ownMs: 130, cpuUs: 30_000, ownWaitUs: 80_000 }), false);
    expect(quiet).toMatchObject({ isNoisy: false, before: { cpuBusyPercent: 0, cpuPressurePercent: 0 } });
    expect(assessNoise(readings({ busy: 30, ownMs: 110 }), false).reasons).toEqual([
      'other work used 48 % of the CPUs right before the run',
    ]);
  });

  it('takes what others found', () => {
    expect(assessNoise(readings(), false, ['vda moved 9 GiB']).reasons).toEqual(['vda moved 9 GiB']);
  });

  it('says nothing of what cannot be known', () => {
    const blind: BusyCounters = {
      epochMs: 5,
      loadAverage: null,
      cpu: null,
      ioPressureUs: null,
      cpuPressureUs: null,
      disks: [],
      own: { cpuMs: 0, cpuWaitUs: null, readBytes: null },
    };
    const noise = assessNoise({ before: [blind, blind], after: [blind, blind] }, false);
    expect(noise).toMatchObject({ isNoisy: false, stealPercent: null });
    expect(noise.before).toMatchObject({ durationMs: 0, cpuBusyPercent: null, ioPressurePercent: null, disks: [] });
  });

  it('takes counters that start anew, and disks that come and go, for nothing', () => {
    const fresh = { ...idle, disks: [{ ...idle.disks[0]!, ioCount: 0, writeCount: 0, busyMs: 0 }] };
    expect(sampleBetween(idle, { ...fresh, epochMs: idle.epochMs + 100 }).disks[0]).toMatchObject({
      iosPerSecond: 0,
      utilPercent: 0,
    });
    expect(sampleBetween({ ...idle, disks: [] }, later(idle)).disks).toEqual([]);
  });
});
