import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SystemView } from './block-device.js';
import { type BusyCounters, endLook, goesOn, readBusyCounters } from './noise.js';

let root = '';
let system: SystemView;

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-noise-'));
  system = {
    proc: `${root}/proc`,
    sys: `${root}/sys`,
    deviceNumber: () => null,
    fileNumber: () => null,
    loopStatus: () => null,
  };
  const files = {
    'proc/loadavg': '0.50 0.25 0.10 1/100 999\n',
    // user nice system idle iowait irq softirq steal guest guest_nice
    'proc/stat': 'cpu  100 5 50 800 20 1 2 30 77 88\ncpu0 1 2 3 4 5 6 7 8\n',
    'proc/pressure/io': 'some avg10=1.00 avg60=0 avg300=0 total=7902\nfull avg10=0 avg60=0 avg300=0 total=5\n',
    'proc/self/io': 'rchar: 5\nread_bytes: 8192\nwrite_bytes: 0\ncancelled_write_bytes: 0\n',
    'proc/self/task/7/schedstat': '900 4000 3\n',
    'proc/self/task/8/schedstat': '900 2000 3\n',
    'sys/block/sda/stat': ' 300 4 2400 50 200 6 1600 70 0 90 120 0 0 0 0 0 0\n',
    'sys/block/sda/device/hwmon/hwmon2/temp1_input': '36000\n',
  };
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(`${root}/${file}`), { recursive: true });
    fs.writeFileSync(`${root}/${file}`, text);
  }
});

afterAll(() => fs.rmSync(root, { recursive: true }));

describe('readBusyCounters', () => {
  it('reads what is there, and is blind without a word to the rest', () => {
    expect(readBusyCounters(['sda', 'gone'], system)).toEqual({
      epochMs: expect.any(Number),
      loadAverage: 0.5,
      cpu: { busy: 158, steal: 30, total: 1008 },
      ioPressureUs: 7902,
      cpuPressureUs: null,
      disks: [{ name: 'sda', ioCount: 500, writeCount: 200, busyMs: 90, temperatureCelsius: 36 }],
      own: { cpuMs: expect.any(Number), cpuWaitUs: 6, readBytes: 8192 },
    });
    const nowhere = { ...system, proc: '/nonexistent', sys: '/nonexistent' };
    const blind = { loadAverage: null, cpu: null, disks: [], own: { cpuWaitUs: null, readBytes: null } };
    expect(readBusyCounters(['sda'], nowhere)).toMatchObject(blind);
  });

  it('reads this machine', () => {
    const { cpu, loadAverage } = readBusyCounters([]);
    expect(cpu!.total).toBeGreaterThan(cpu!.busy);
    expect(loadAverage).toBeGreaterThanOrEqual(0);
  });
});

describe('a look', () => {
  it('lasts a tenth of a second', async () => {
    const [begin, end] = await endLook([]);
    expect(end.epochMs - begin.epochMs).toBeGreaterThanOrEqual(99);
  });

  it('is made anew where we read from disks ourselves meanwhile, and says nothing where that does not end', async () => {
    const reading = (...readBytes: (number | null)[]) => {
      let count = 0;
      return (): BusyCounters => {
        const counters = readBusyCounters([]);
        const own = { ...counters.own, readBytes: readBytes[Math.min(count++, readBytes.length - 1)]! };
        return { ...counters, own, loadAverage: count };
      };
    };
    const readingsOf = async (...readBytes: (number | null)[]) =>
      (await endLook([], reading(...readBytes))).map(({ loadAverage }) => loadAverage);
    expect(await readingsOf(0)).toEqual([1, 2]);
    expect(await readingsOf(null)).toEqual([1, 2]);
    expect(await readingsOf(0, 4096)).toEqual([2, 3]);
    expect(await readingsOf(0, 4096, 8192)).toEqual([3, 4]);
    expect(await readingsOf(0, 4096, 8192, 12288)).toEqual([4, 4]);
  });

  it('that was begun is gone on with where it is fresh, and what we did since is counted and read from no disk', () => {
    const begin: BusyCounters = { ...readBusyCounters([]), own: { cpuMs: 50, cpuWaitUs: 300, readBytes: 4096 } };
    const later = (ms: number, own: Partial<BusyCounters['own']> = {}) => ({
      ...begin,
      epochMs: begin.epochMs + ms,
      own: { cpuMs: 150, cpuWaitUs: 900, readBytes: 4096, ...own },
    });
    expect(goesOn(begin, later(90))).toBe(true);
    expect(goesOn(begin, later(1001))).toBe(false);
    expect(goesOn(begin, later(-1))).toBe(false);
    expect(goesOn(begin, later(90, { readBytes: 8192 }))).toBe(false);
    for (const unknown of [{ readBytes: null }, { cpuWaitUs: null }] as const) {
      expect(goesOn({ ...begin, own: { ...begin.own, ...unknown } }, later(90, unknown))).toBe(false);
    }
  });
});
