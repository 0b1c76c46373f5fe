import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SystemView } from './block-device.js';
import { readBusyCounters } from './noise.js';

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
    });
    const nowhere = { ...system, proc: '/nonexistent', sys: '/nonexistent' };
    expect(readBusyCounters(['sda'], nowhere)).toMatchObject({ loadAverage: null, cpu: null, disks: [] });
  });

  it('reads this machine', () => {
    const { cpu, loadAverage } = readBusyCounters([]);
    expect(cpu!.total).toBeGreaterThan(cpu!.busy);
    expect(loadAverage).toBeGreaterThanOrEqual(0);
  });
});
