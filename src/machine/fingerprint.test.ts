import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SystemView } from './block-device.js';
import { diskTemperatureCelsius, type FingerprintField, hashSerial, readFingerprint } from './fingerprint.js';
import { readMachine } from './machine.js';
import type { TargetFacts } from './target-facts.js';

let root = '';
let system: SystemView;

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(`${root}/${file}`), { recursive: true });
  fs.writeFileSync(`${root}/${file}`, `${text}\n`);
}

/** A folder of sysfs reached by a link, as all devices are. */
function link(from: string, to: string): void {
  fs.mkdirSync(path.dirname(`${root}/${from}`), { recursive: true });
  fs.symlinkSync(`${root}/${to}`, `${root}/${from}`);
}

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-fingerprint-'));
  system = {
    proc: `${root}/proc`,
    sys: `${root}/sys`,
    deviceNumber: () => null,
    fileNumber: () => null,
    loopStatus: () => null,
  };
  write('proc/sys/kernel/osrelease', '6.1.0-18-amd64');
  write('proc/cpuinfo', 'processor\t: 0\nmodel name\t: Fast CPU\nflags\t\t: sse fpu avx\n');
  write('proc/cmdline', 'quiet password=secret nvme.poll_queues=4');
  write('proc/meminfo', 'MemTotal: 16000000 kB\nSwapTotal: 0 kB');
  write('proc/sys/vm/dirty_expire_centisecs', '3000');
  write('proc/self/mountinfo', '30 1 259:2 / /srv rw,relatime - xfs /dev/nvme0n1p2 rw,attr2');
  write('sys/devices/system/cpu/online', '0-3');
  fs.mkdirSync(`${root}/sys/devices/system/cpu/vulnerabilities`, { recursive: true });
  write('sys/devices/system/cpu/cpu0/cpufreq/energy_performance_preference', 'performance');

  const pci = 'sys/devices/pci0000:00/0000:01:00.0';
  const controller = `${pci}/nvme/nvme0`;
  write(`${pci}/current_link_speed`, '8.0 GT/s PCIe');
  write(`${pci}/max_link_speed`, '16.0 GT/s PCIe');
  write(`${pci}/current_link_width`, '4');
  write(`${pci}/max_link_width`, '4');
  write(`${pci}/numa_node`, '1');
  write(`${controller}/model`, 'Sample SSD 970         ');
  write(`${controller}/serial`, 'S4EWNX0R   ');
  write(`${controller}/firmware_rev`, '2B2QEXE7');
  write(`${controller}/transport`, 'pcie');
  write(`${controller}/address`, '0000:01:00.0');
  write(`${controller}/hwmon3/temp1_input`, '41850');
  link(`${controller}/device`, pci);
  const disk = `${controller}/nvme0n1`;
  link(`${disk}/device`, controller);
  write(`${disk}/size`, '2000');
  write(`${disk}/nvme0n1p2/partition`, '2');
  write(`${disk}/queue/scheduler`, '[none] mq-deadline kyber');
  write(`${disk}/queue/nr_requests`, '1023');
  write(`${disk}/queue/write_cache`, 'write through');
  write(`${disk}/queue/wbt_lat_usec`, '2000');
  write(`${disk}/queue/rotational`, '0');
  link('sys/block/nvme0n1', disk);
  write('sys/module/nvme/parameters/poll_queues', '4');

  write('sys/devices/virtual/block/dm-0/dm/uuid', 'LVM-abcdef');
  write('sys/devices/virtual/block/dm-0/size', '100');
  link('sys/devices/virtual/block/dm-0/slaves/nvme0n1p2', `${disk}/nvme0n1p2`);
  link('sys/block/dm-0', 'sys/devices/virtual/block/dm-0');

  write('sys/devices/scsi/sda/size', '10');
  write('sys/devices/scsi/sda/device/vendor', 'ATA');
  write('sys/devices/scsi/sda/device/rev', '1.0');
  fs.writeFileSync(`${root}/sys/devices/scsi/sda/device/vpd_pg80`, '\0\x80\0\x08 WD-0001');
  link('sys/block/sda', 'sys/devices/scsi/sda');
});

afterAll(() => fs.rmSync(root, { recursive: true }));

function target(disk: string | null, overrides: Partial<TargetFacts> = {}): TargetFacts {
  return {
    path: '/srv/data',
    realPath: '/srv/data',
    kind: 'file',
    sizeBytes: 4096,
    allocatedBytes: 4096,
    directAlignBytes: 512,
    readOnly: false,
    fileSystem: { type: 'xfs', mountPoint: '/srv', options: 'rw,relatime,rw,attr2', freeBytes: 1 },
    queue: disk === null ? null : ({ disk } as TargetFacts['queue']),
    uses: [],
    ...overrides,
  };
}

function read(targets: readonly TargetFacts[], isBuffered = false, environment: Record<string, string> = {}) {
  const machine = readMachine({ proc: system.proc, sys: system.sys, root });
  return readFingerprint({ machine, targets, isBuffered, environment }, system);
}

function byName(fields: readonly FingerprintField[]): Record<string, FingerprintField> {
  return Object.fromEntries(fields.map((field) => [field.name, field]));
}

function values(fields: readonly FingerprintField[]): Record<string, FingerprintField['value']> {
  return Object.fromEntries(fields.map(({ name, value }) => [name, value]));
}

describe('readFingerprint', () => {
  it('gives each field a value, or null with a reason, and each name once', () => {
    for (const targets of [
      [],
      [target(null)],
      [target('nvme0n1')],
      [target('gone')],
      [target('dm-0'), target('sda')],
    ]) {
      const fields = read(targets);
      for (const { name, value, reason } of fields) {
        expect(value === null ? typeof reason : reason, name).toBe(value === null ? 'string' : undefined);
      }
      expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
    }
  });

  it('reads the machine', () => {
    expect(values(read([]))).toMatchObject({
      'kernel.release': '6.1.0-18-amd64',
      'kernel.switches': ['nvme.poll_queues=4'],
      'cpu.model': 'Fast CPU',
      'cpu.flags': ['avx', 'fpu', 'sse'],
      'cpu.online': '0-3',
      'cpu.mitigations': [],
      'cpu.energyPreference': 'performance',
      'cpu.governor': null,
      'memory.totalBytes': 16_384_000_000,
      'memory.dirtyExpireMs': 30_000,
      'disk.name': null,
    });
  });

  it('says which file is missing, as in a live system', () => {
    const fields = byName(read([target('nvme0n1')]));
    expect(fields['cpu.governor']!.reason).toBe('no /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor here');
    expect(fields['disk.fua']!.reason).toBe('no /sys/block/nvme0n1/queue/fua here');
    expect(fields['cgroup.ioMax']!.reason).toBe('no /sys/fs/cgroup/…/io.max at or above this process');
    expect(byName(read([target(null)]))['disk.model']!.reason).toBe('there is no disk below the target');
    expect(byName(read([]))['disk.model']!.reason).toBe('no file or device is used');
    expect(JSON.stringify(fields)).not.toContain(root);
  });

  it('reads an NVMe disk, its link and its temperature', () => {
    expect(values(read([target('nvme0n1')]))).toMatchObject({
      'target.kind': 'file',
      'fileSystem.type': 'xfs',
      'fileSystem.source': '/dev/nvme0n1p2',
      'disk.kind': 'nvme',
      'disk.model': 'Sample SSD 970',
      'disk.firmware': '2B2QEXE7',
      'disk.transport': 'pcie',
      'disk.capacityBytes': 2000 * 512,
      'disk.scheduler': 'none',
      'disk.nr_requests': 1023,
      'disk.wbt_lat_usec': 2000,
      'disk.writeCache': 'write through',
      'disk.pollQueues': 4,
      'disk.pcieSpeed': '8.0 GT/s PCIe',
      'disk.pcieWidth': 4,
      'disk.pcieBelowItsMaximum': true,
      'disk.numaNode': 1,
      'disk.temperatureCelsius': 41.85,
    });
    expect(diskTemperatureCelsius('nvme0n1', system)).toBe(41.85);
    expect(diskTemperatureCelsius('sda', system)).toBeNull();
  });

  it('keeps serial numbers as a keyed hash alone', () => {
    const fields = read([target('nvme0n1')]);
    const serial = values(fields)['disk.serial'];
    expect(serial).toMatch(/^[0-9a-f]{12}$/);
    expect(JSON.stringify(fields)).not.toContain('S4EWNX0R');
    expect(values(read([target('nvme0n1')]))['disk.serial']).toBe(serial);
    const other = values(read([target('nvme0n1')], false, { IOTEST_SERIAL_KEY: 'ours' }))['disk.serial'];
    expect(other).toMatch(/^[0-9a-f]{12}$/);
    expect(other).not.toBe(serial);
    expect(hashSerial('S4EWNX0R', { IOTEST_SERIAL_KEY: '' })).toBe(serial);
    // Of a SCSI disk from the page of vital product data, without its head.
    expect(values(read([target('sda')]))['disk.serial']).toBe(hashSerial('WD-0001', {}));
  });

  it('follows dm devices to the disks that they are made of', () => {
    const fields = values(read([target('dm-0')]));
    expect(fields).toMatchObject({
      'disk.kind': 'dm lvm',
      'disk.parts': 1,
      'disk.transport': 'virtual',
      'disk2.name': 'nvme0n1',
      'disk2.model': 'Sample SSD 970',
    });
  });

  it('has each place and each disk once, however many files there are', () => {
    const device = target('sda', { kind: 'block', realPath: '/dev/sda', fileSystem: null, sizeBytes: 5120 });
    const fields = values(read([target('nvme0n1'), target('nvme0n1', { path: '/srv/data2' }), device]));
    expect(fields).toMatchObject({
      'target.kind': 'file',
      'target2.kind': 'device',
      'target2.deviceBytes': 5120,
      'disk2.name': 'sda',
      'disk2.vendor': 'ATA',
    });
    expect(fields).not.toHaveProperty(['target3.kind']);
    expect(fields).not.toHaveProperty(['disk3.name']);
  });

  it('does not mind whether the file was there before', () => {
    const kind = (facts: TargetFacts) => values(read([facts]))['target.kind'];
    expect(kind(target('sda', { kind: 'missing' }))).toBe(kind(target('sda')));
  });

  it('blocks on memory and write-back only where the page cache takes part', () => {
    const classes = (isBuffered: boolean) => {
      const fields = byName(read([target('nvme0n1')], isBuffered));
      return ['memory.totalBytes', 'memory.dirtyRatio', 'disk.readAheadKib', 'disk.scheduler', 'cpu.governor'].map(
        (name) => fields[name]!.class,
      );
    };
    expect(classes(false)).toEqual(['warning', 'warning', 'warning', 'blocking', 'blocking']);
    expect(classes(true)).toEqual(['blocking', 'blocking', 'blocking', 'blocking', 'blocking']);
  });

  it('marks what is of the moment', () => {
    const momentary = read([target('nvme0n1')]).filter((field) => field.momentary === true);
    expect(momentary.map(({ name }) => name)).toEqual(['fileSystem.freePercent', 'disk.temperatureCelsius']);
  });

  it('knows this machine, the same twice', () => {
    const live = () => readFingerprint({ machine: readMachine(), targets: [], isBuffered: false, environment: {} });
    expect(live()).toEqual(live());
    expect(values(live())['kernel.release']).toBe(os.release());
  });
});
