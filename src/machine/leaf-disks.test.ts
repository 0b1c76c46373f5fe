import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liveSystem, type SystemView } from './block-device.js';
import { leafDisksOf } from './leaf-disks.js';

/**
 * sda: partition 1 has ext4 at /, partition 2 is below dm-0; sdb: below dm-0 as well, and below dm-1, which stands on dm-0.
 * loop1: on a file at /; loop2: on a file of a tmpfs; loop3: on sdc. nvme0n1, nvme0n2: of one controller.
 * sdd, sde: one btrfs. zram0, nullb0: memory.
 */
let root = '';
let system: SystemView;
const numbers: Record<string, string> = { sda: '8:0', sda1: '8:1', sda2: '8:2', sdb: '8:16', sdc: '8:32', sdd: '8:48' };
Object.assign(numbers, { sde: '8:64', nvme0n1: '259:0', nvme0n2: '259:1', nvme1n1: '259:2', 'dm-0': '253:0' });
Object.assign(numbers, { 'dm-1': '253:1', loop1: '7:1', loop2: '7:2', loop3: '7:3', zram0: '252:0', nullb0: '250:0' });

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(`${root}/${file}`), { recursive: true });
  fs.writeFileSync(`${root}/${file}`, `${text}\n`);
}

function link(to: string, from: string): void {
  fs.mkdirSync(path.dirname(`${root}/${from}`), { recursive: true });
  fs.symlinkSync(`${root}/${to}`, `${root}/${from}`);
}

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-leaf-disks-'));
  for (const [name, number] of Object.entries(numbers)) {
    const disk = /^sda\d$/.test(name) ? `sda/${name}` : name;
    write(`sys/devices/${disk}/dev`, number);
    link(`sys/devices/${disk}`, `sys/dev/block/${number}`);
    if (disk === name) link(`sys/devices/${disk}`, `sys/block/${name}`);
    else write(`sys/devices/${disk}/partition`, '1');
  }
  link('sys/devices/sda/sda2', 'sys/devices/dm-0/slaves/sda2');
  link('sys/devices/sdb', 'sys/devices/dm-0/slaves/sdb');
  link('sys/devices/dm-0', 'sys/devices/dm-1/slaves/dm-0');
  for (const [name, controller] of [
    ['nvme0n1', 'nvme0'],
    ['nvme0n2', 'nvme0'],
    ['nvme1n1', 'nvme1'],
  ]) {
    fs.mkdirSync(`${root}/sys/class/${controller}`, { recursive: true });
    link(`sys/class/${controller}`, `sys/devices/${name}/device`);
  }
  for (const name of ['loop1', 'loop2', 'loop3']) write(`sys/devices/${name}/loop/backing_file`, `/${name}`);
  for (const name of ['sdd', 'sde']) link(`sys/devices/${name}`, `sys/fs/btrfs/1234/devices/${name}`);
  write('proc/self/mountinfo', '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n24 20 0:50 / /tmp rw - tmpfs tmpfs rw');
  const status = { file: null, node: null, offsetBytes: 0, limitBytes: 0 };
  system = {
    ...liveSystem,
    proc: `${root}/proc`,
    sys: `${root}/sys`,
    deviceNumber: () => null,
    fileNumber: () => null,
    loopStatus: (name) =>
      ({
        loop1: { ...status, file: '8:1 77' },
        loop2: { ...status, file: '0:50 3' },
        loop3: { ...status, node: '8:32' },
      })[name] ?? null,
  };
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const queueOf = (disk: string) => ({ disk }) as NonNullable<Parameters<typeof leafDisksOf>[0]['queue']>;
const fileSystem = (type: string, mountPoint: string) => ({ type, mountPoint, options: 'rw', freeBytes: null });

const names = (disk: string, type = 'ext4') =>
  leafDisksOf({ queue: queueOf(disk), fileSystem: fileSystem(type, '/x') }, system).map(({ name }) => name);

describe('what lies below', () => {
  it.each([
    ['sda', ['sda']],
    ['dm-0', ['sda', 'sdb']],
    ['dm-1', ['sda', 'sdb']],
    ['loop1', ['sda']],
    ['loop2', ['the tmpfs at /tmp']],
    ['loop3', ['sdc']],
  ])('%s is %j', (disk, leaves) => expect(names(disk)).toEqual(leaves));

  it('a btrfs of several disks is all of them', () => {
    expect(names('sdd', 'btrfs')).toEqual(['sdd', 'sde']);
    expect(names('sdd')).toEqual(['sdd']);
  });

  it('namespaces of one controller are one piece of hardware', () => {
    const hardware = ['nvme0n1', 'nvme0n2', 'nvme1n1', 'sda'].map(
      (disk) => leafDisksOf({ queue: queueOf(disk), fileSystem: null }, system)[0]!.hardware,
    );
    expect(hardware).toEqual(['nvme0', 'nvme0', 'nvme1', 'sda']);
  });

  it.each([
    [{ queue: queueOf('zram0'), fileSystem: null }, true],
    [{ queue: queueOf('nullb0'), fileSystem: null }, true],
    [{ queue: queueOf('loop2'), fileSystem: fileSystem('ext4', '/x') }, true],
    [{ queue: null, fileSystem: fileSystem('tmpfs', '/dev/shm') }, true],
    [{ queue: null, fileSystem: fileSystem('ramfs', '/r') }, true],
    [{ queue: null, fileSystem: fileSystem('nfs4', '/n') }, false],
    [{ queue: queueOf('sda'), fileSystem: null }, false],
  ])('%j is memory: %s', (facts, isMemory) => {
    expect(leafDisksOf(facts, system).map((leaf) => leaf.isMemory)).toEqual([isMemory]);
  });

  it('of what nothing is known, is nothing', () => {
    expect(leafDisksOf({ queue: null, fileSystem: null }, system)).toEqual([]);
  });
});
