import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deviceSizeBytes,
  deviceUses,
  diskBelow,
  diskStatistics,
  diskUseBetween,
  formatDeviceNumber,
  liveSystem,
  queueFacts,
  readMounts,
  type SystemView,
  standingOnFile,
  wholeDiskOf,
} from './block-device.js';

/**
 * sda: partition 1 mounted, 2 a physical volume below dm-0, which is mounted. sdb: swap on partition 1.
 * sdc: free. sdd: half of a btrfs. sde: a loop device lies on it. nvme0n1: mounted as a whole, partition 1 stale.
 */
let root = '';
let system: SystemView;
const numbers: Record<string, string> = {
  sda: '8:0',
  sda1: '8:1',
  sda2: '8:2',
  sdb: '8:16',
  sdb1: '8:17',
  sdc: '8:32',
  sdd: '8:48',
  sde: '8:64',
  nvme0n1: '259:0',
  nvme0n1p1: '259:1',
  'dm-0': '253:0',
  loop3: '7:3',
};

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(`${root}/${file}`), { recursive: true });
  fs.writeFileSync(`${root}/${file}`, `${text}\n`);
}

function addDevice(folder: string, partition = false): void {
  const name = path.basename(folder);
  write(`sys/devices/${folder}/dev`, numbers[name]!);
  write(`sys/devices/${folder}/size`, '2048');
  if (partition) write(`sys/devices/${folder}/partition`, '1');
  fs.mkdirSync(`${root}/sys/dev/block`, { recursive: true });
  fs.mkdirSync(`${root}/sys/block`, { recursive: true });
  fs.symlinkSync(`../../devices/${folder}`, `${root}/sys/dev/block/${numbers[name]}`);
  if (!partition) fs.symlinkSync(`../devices/${folder}`, `${root}/sys/block/${name}`);
}

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-block-device-'));
  for (const disk of ['sda', 'sdb', 'sdc', 'sdd', 'sde', 'nvme0n1']) addDevice(`pci/${disk}`);
  addDevice('pci/sda/sda1', true);
  addDevice('pci/sda/sda2', true);
  addDevice('pci/sdb/sdb1', true);
  addDevice('pci/nvme0n1/nvme0n1p1', true);
  addDevice('virtual/block/dm-0');
  addDevice('virtual/block/loop3');
  fs.mkdirSync(`${root}/sys/devices/pci/sda/sda2/holders`);
  fs.symlinkSync('../../../../virtual/block/dm-0', `${root}/sys/devices/pci/sda/sda2/holders/dm-0`);
  write('sys/devices/virtual/block/loop3/loop/backing_file', '/dev/sde');
  fs.mkdirSync(`${root}/sys/fs/btrfs/1234-abcd/devices`, { recursive: true });
  fs.symlinkSync('../../../../devices/pci/sdd', `${root}/sys/fs/btrfs/1234-abcd/devices/sdd`);
  write(
    'proc/self/mountinfo',
    [
      '20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
      '21 20 253:0 / /srv/my\\040data rw - xfs /dev/mapper/vg-data rw,noquota',
      '22 20 0:40 / /mnt/b rw - btrfs /dev/disk/by-id/other rw',
      '23 20 259:0 / /mnt/n rw - ext4 /dev/nvme0n1 rw',
      '24 20 0:50 / /tmp rw - tmpfs tmpfs rw',
    ].join('\n'),
  );
  write('proc/swaps', 'Filename Type Size Used Priority\n/dev/disk/by-uuid/77 partition 1 0 -2');
  write('sys/devices/pci/sda/queue/scheduler', 'none [mq-deadline] bfq');
  write('sys/devices/pci/sda/queue/logical_block_size', '4096');
  write('sys/devices/pci/sda/queue/io_poll', '1');
  write('sys/devices/pci/sda/queue/nr_requests', '64');
  write('sys/devices/pci/sda/device/model', 'FAST DISK');
  write('sys/devices/pci/sda/stat', '10 1 80 5 20 2 160 6 0 500 11 0 0 0 0');
  const links: Record<string, string> = { '/dev/disk/by-uuid/77': 'sdb1', '/dev/mapper/vg-data': 'dm-0' };
  system = {
    proc: `${root}/proc`,
    sys: `${root}/sys`,
    loopStatus: () => null,
    fileNumber: () => null,
    deviceNumber: (node) => numbers[links[node] ?? path.basename(node)] ?? null,
  };
});

afterAll(() => fs.rmSync(root, { recursive: true }));

describe('deviceUses', () => {
  const uses = (node: string): string[] => {
    const number = system.deviceNumber(node);
    return number === null ? [] : deviceUses(number, system).map(({ device, by }) => `${device} ${by}`);
  };

  it('finds mounts of partitions and of what holds them', () => {
    expect(uses('/dev/sda')).toEqual([
      '/dev/sda1 mounted at /',
      '/dev/sda2 held by dm-0',
      '/dev/dm-0 mounted at /srv/my data',
    ]);
    expect(uses('/dev/sda2')).toEqual(['/dev/sda2 held by dm-0', '/dev/dm-0 mounted at /srv/my data']);
    expect(uses('/dev/mapper/vg-data')).toEqual(['/dev/dm-0 mounted at /srv/my data']);
  });

  it('finds swap, btrfs and loop devices', () => {
    expect(uses('/dev/sdb')).toEqual(['/dev/sdb1 swap']);
    expect(uses('/dev/sdd')).toEqual(['/dev/sdd part of btrfs 1234-abcd']);
    expect(uses('/dev/sde')).toEqual(['/dev/sde below loop3']);
  });

  it('does not take a partition of a mounted disk for free', () => {
    expect(uses('/dev/nvme0n1p1')).toEqual(['/dev/nvme0n1 mounted at /mnt/n']);
  });

  it('finds a free disk free', () => {
    expect(uses('/dev/sdc')).toEqual([]);
    expect(uses('/dev/null-like')).toEqual([]);
  });
});

describe('what stands on a file', () => {
  /** loop4 is on file 8:1 11, and md0 on loop4, mounted; loop5 is on the same file; loop6 is on dm-1 above loop7 on file 8:1 12, which is swap. */
  const onFile = (number: string): string[] =>
    standingOnFile(number, '/img', stacked).map(({ device, by }) => `${device} ${by}`);
  let stacked: SystemView;

  beforeAll(() => {
    const more = { loop4: '7:4', loop5: '7:5', loop6: '7:6', loop7: '7:7', md0: '9:0', 'dm-1': '253:1' };
    Object.assign(numbers, more);
    for (const name of Object.keys(more)) addDevice(`virtual/block/${name}`);
    const files: Record<string, string> = { loop4: '8:1 11', loop5: '8:1 11', loop7: '8:1 12' };
    const nodes: Record<string, string> = { loop6: '253:1' };
    for (const name of ['loop4', 'loop5', 'loop6', 'loop7']) {
      write(`sys/devices/virtual/block/${name}/loop/backing_file`, '/in/another/namespace (deleted)');
    }
    for (const [lower, upper] of [
      ['loop4', 'md0'],
      ['loop7', 'dm-1'],
    ] as const) {
      fs.mkdirSync(`${root}/sys/devices/virtual/block/${lower}/holders`);
      fs.mkdirSync(`${root}/sys/devices/virtual/block/${upper}/slaves`);
      fs.symlinkSync(`../../${upper}`, `${root}/sys/devices/virtual/block/${lower}/holders/${upper}`);
      fs.symlinkSync(`../../${lower}`, `${root}/sys/devices/virtual/block/${upper}/slaves/${lower}`);
    }
    fs.appendFileSync(`${root}/proc/self/mountinfo`, '25 20 9:0 / /srv/raid rw - ext4 /dev/md0 rw\n');
    fs.appendFileSync(`${root}/proc/swaps`, '/swapfile file 1 0 -3\n');
    stacked = {
      ...system,
      fileNumber: (name) => (name === '/swapfile' ? '8:1 12' : null),
      loopStatus: (name) => ({
        file: files[name] ?? null,
        node: nodes[name] ?? null,
        offsetBytes: 0,
        limitBytes: 0,
      }),
    };
  });

  it('is found through loop devices, md and dm, and named with what uses it in the end', () => {
    expect(onFile('8:1 11')).toEqual([
      '/dev/loop4 a loop device on this file',
      '/dev/loop4 held by md0',
      '/dev/md0 mounted at /srv/raid',
      '/dev/loop5 a loop device on this file',
    ]);
    expect(onFile('8:1 99')).toEqual([]);
  });

  it('is found for a device whose bytes are those of another one in use', () => {
    const uses = (number: string) => deviceUses(number, stacked).map(({ device, by }) => `${device} ${by}`);
    expect(uses('7:5')).toEqual(['/dev/loop4 held by md0', '/dev/md0 mounted at /srv/raid']);
    // Down through dm to the file that is swap.
    expect(uses('253:1')).toContain('/in/another/namespace swap');
    expect(uses('7:6')).toContain('/in/another/namespace swap');
    expect(onFile('8:1 12')).toEqual([
      '/dev/loop7 a loop device on this file',
      '/dev/loop7 held by dm-1',
      '/dev/dm-1 below loop6',
      '/img swap',
    ]);
  });
});

describe('queue and disk', () => {
  it('reads the queue of the whole disk from its partition', () => {
    expect(queueFacts('8:2', system)).toEqual({
      disk: 'sda',
      logicalBlockBytes: 4096,
      physicalBlockBytes: 4096,
      polls: true,
      requestsMax: 64,
      scheduler: 'mq-deadline',
      rotational: false,
      writeCache: null,
      discardBytesMax: 0,
      model: 'FAST DISK',
      driver: null,
    });
    expect(queueFacts('253:0', system)?.driver).toBe('dm');
    expect(queueFacts('0:50', system)).toBeNull();
    expect(deviceSizeBytes('8:1', system)).toBe(2 ** 20);
  });

  it('finds the disk below a file system, also by the source of the mount', () => {
    const mounts = readMounts(system);
    expect(diskBelow('8:1', null, system)?.name).toBe('sda');
    const byPath = { ...mounts[2]!, source: '/dev/sdd' };
    expect(diskBelow('0:40', byPath, system)?.name).toBe('sdd');
    expect(diskBelow('0:50', mounts[4]!, system)).toBeNull();
    expect(mounts[1]).toMatchObject({ mountPoint: '/srv/my data', type: 'xfs', options: 'rw,rw,noquota' });
  });

  it('subtracts counters', () => {
    const before = diskStatistics('sda', system)!;
    const after = { ...before, readIos: 110, readSectors: 880, busyMs: 750, inQueueMs: 31 };
    expect(diskUseBetween(before, after, 500)).toMatchObject({
      name: 'sda',
      readIos: 100,
      readSectors: 800,
      writeIos: 0,
      inQueueMs: 20,
      utilPercent: 50,
    });
    expect(diskUseBetween(before, after, 100).utilPercent).toBe(100);
    expect(diskStatistics('sdz', system)).toBeNull();
  });
});

describe('on this machine', () => {
  it('formats device numbers as the kernel does', () => {
    const root = readMounts().find((mount) => mount.mountPoint === '/')!;
    // Overlay and btrfs differ between stat and mountinfo; a disk does not.
    if (!root.deviceNumber.startsWith('0:')) {
      expect(formatDeviceNumber(fs.statSync('/').dev)).toBe(root.deviceNumber);
    }
    expect(formatDeviceNumber(0x0803)).toBe('8:3');
    // Minor numbers above 255 continue beyond the twelve bits of the major number.
    expect(formatDeviceNumber(0x10010305)).toBe('259:65541');
  });

  it('finds the root disk in use, when there is one', (context) => {
    const root = readMounts().find((mount) => mount.mountPoint === '/' && mount.source.startsWith('/dev/'));
    if (root === undefined || liveSystem.deviceNumber(root.source) === null) {
      context.skip('the root file system is not on a visible block device');
      return;
    }
    const disk = wholeDiskOf(liveSystem.deviceNumber(root.source)!)!;
    expect(deviceUses(disk.deviceNumber).some((use) => use.by === 'mounted at /')).toBe(true);
  });
});
