/** Block devices in use: never written or trimmed, whatever permission is given and whatever name leads there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';
import {
  cleanUp,
  command,
  expectRefusal,
  itInLab,
  labFolder,
  later,
  loopDevice,
  mounted,
  runJob,
} from './fault-lab.js';

afterEach(cleanUp);

const writeJob = (target: string, more = '') =>
  `[job]\nioengine=psync\nrw=write\noffset=12m\nsize=1m\nfilename=${target}\n${more}`;

/** What the jobs would overwrite: free space, so that the file system itself does not touch it meanwhile. */
function bytesAtStake(device: string): Buffer {
  const descriptor = fs.openSync(device, 'r');
  const bytes = Buffer.alloc(1 << 20);
  fs.readSync(descriptor, bytes, 0, bytes.length, 12 << 20);
  fs.closeSync(descriptor);
  return bytes;
}

/** Refused, with and without permission, for writes, mixes and trims; and the bytes stay. */
async function expectUntouchable(device: string, says: readonly (string | RegExp)[], name = device): Promise<void> {
  const before = bytesAtStake(device);
  for (const rw of ['write', 'randrw', 'trim']) {
    const end = await runJob(writeJob(name, `rw=${rw}\n`), ['--destructive', name]);
    expectRefusal(end, { status: 1, says: ['refusing to', name, ...says], advises: /unmount|swapoff|release/ });
  }
  const check = await iotest(['check', '-', '--destructive', name], { input: writeJob(name) });
  expect(check.status).toBe(1);
  expect(bytesAtStake(device).equals(before)).toBe(true);
}

describe('a device in use is not written to', () => {
  itInLab('mounted', async () => {
    const device = loopDevice(16 << 20);
    const point = mounted(device.path, 'ext4');
    await expectUntouchable(device.path, [`mounted at ${point}`]);
    // Reading it is harmless.
    expect((await runJob(writeJob(device.path, 'rw=read\n'))).status).toBe(0);
  });

  itInLab('mounted, reached through a symbolic link', async () => {
    const device = loopDevice(16 << 20);
    const point = mounted(device.path, 'ext4');
    const link = path.join(scratchFolder(), 'link');
    fs.symlinkSync(device.path, link);
    await expectUntouchable(device.path, [`mounted at ${point}`], link);
  });

  itInLab('mounted, reached through another device node', async () => {
    const device = loopDevice(16 << 20);
    const point = mounted(device.path, 'ext4');
    const node = path.join(scratchFolder(), 'node');
    const { rdev } = fs.statSync(device.path);
    command('mknod', node, 'b', String((rdev >> 8) & 0xfff), String((rdev & 0xff) | ((rdev >> 12) & 0xfff00)));
    const end = await runJob(writeJob(node), ['--destructive', node]);
    expectRefusal(end, { status: 1, says: ['refusing to', `mounted at ${point}`], advises: 'unmount' });
  });

  itInLab('whole disk with a mounted partition, and the partition itself', async ({ skip }) => {
    const device = loopDevice(64 << 20);
    const partition = `${device.path}p1`;
    try {
      // The kernel need not know any kind of partition table for this (BLKPG).
      command('addpart', device.path, '1', '2048', '65536');
      later(() => command('delpart', device.path, '1'));
      if (!fs.existsSync(partition)) skip('no device node appears for partitions of a loop device here');
    } catch (error) {
      skip(`partitions cannot be had here: ${String(error).split('\n')[0]}`);
    }
    const point = mounted(partition, 'ext4');
    await expectUntouchable(device.path, [`${partition} is mounted at ${point}`]);
    await expectUntouchable(partition, [`mounted at ${point}`]);
  });

  itInLab('mounted, reached through a pattern of names, or a folder of links and nodes', async () => {
    const device = loopDevice(16 << 20);
    const point = mounted(device.path, 'ext4');
    const folder = scratchFolder();
    fs.symlinkSync(device.path, path.join(folder, 'link.0.0'));
    const { rdev } = fs.statSync(device.path);
    command('mknod', path.join(folder, 'node'), 'b', String((rdev >> 8) & 0xfff), String(rdev & 0xff));
    const before = bytesAtStake(device.path);
    const job = (name: string, lines: string) =>
      `[${name}]\nioengine=psync\nrw=write\noffset=12m\nsize=1m\nallow_mounted_write=1\n${lines}\n`;
    for (const text of [
      job(path.basename(device.path), 'filename_format=/dev/$jobname'),
      job('link', `directory=${folder}`),
      job('x', `filename_format=${folder}/node`),
    ]) {
      const end = await runJob(text, ['--destructive', device.path]);
      expectRefusal(end, { status: 1, says: ['refusing to overwrite', `mounted at ${point}`], advises: 'unmount' });
    }
    // Neither links nor device nodes are files of a folder.
    const end = await runJob(job('all', `opendir=${folder}`), ['--destructive', device.path]);
    expectRefusal(end, { status: 2, says: ['no regular files below it'], advises: 'directory=' });
    expect(bytesAtStake(device.path).equals(before)).toBe(true);
  });

  itInLab('swap', async ({ skip }) => {
    const device = loopDevice(16 << 20);
    try {
      command('mkswap', device.path);
      command('swapon', device.path);
    } catch (error) {
      skip(`swap cannot be had here: ${String(error).split('\n')[0]}`);
    }
    later(() => command('swapoff', device.path));
    await expectUntouchable(device.path, ['swap']);
  });

  itInLab('claimed by another program (O_EXCL), as md and dm do', async () => {
    const device = loopDevice(16 << 20);
    const holder = fs.openSync(device.path, fs.constants.O_RDWR | fs.constants.O_EXCL);
    later(() => fs.closeSync(holder));
    const before = bytesAtStake(device.path);
    const end = await runJob(writeJob(device.path), ['--destructive', device.path]);
    expectRefusal(end, {
      status: 1,
      says: ['refusing to', device.path, 'a program that claims it'],
      advises: 'release',
    });
    const check = await iotest(['check', '-', '--destructive', device.path], { input: writeJob(device.path) });
    expect(check.status).toBe(1);
    expect(bytesAtStake(device.path).equals(before)).toBe(true);
  });
});

describe('a device that is mounted in another mount namespace alone', () => {
  itInLab('is refused before the run, by check too', async () => {
    const device = loopDevice(16 << 20);
    command('mkfs.ext4', '-q', '-F', device.path);
    const point = labFolder();
    const child = spawn('unshare', [
      '--mount',
      'sh',
      '-c',
      `mount ${device.path} ${point} && echo ready && exec sleep 60`,
    ]);
    later(() => child.kill());
    await once(child.stdout, 'data');
    const before = bytesAtStake(device.path);
    for (const verb of ['check', 'run']) {
      const end = await iotest([verb, '-', '--destructive', device.path], { input: writeJob(device.path) });
      expectRefusal(end, { status: 1, says: ['refusing to overwrite', 'another mount namespace'], advises: 'unmount' });
    }
    expect(bytesAtStake(device.path).equals(before)).toBe(true);
    // The file system is whole until its namespace ends with its last process.
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  });
});

describe('a device that nothing uses', () => {
  itInLab('is written to only with permission, which names the device however it is reached', async () => {
    const device = loopDevice(16 << 20);
    const other = loopDevice(16 << 20);
    const link = path.join(scratchFolder(), 'link');
    fs.symlinkSync(device.path, link);
    const before = bytesAtStake(device.path);
    for (const [name, argv] of [
      [device.path, []],
      [link, []],
      [device.path, ['--destructive', other.path]],
      [link, ['--destructive', other.path]],
    ] as const) {
      expectRefusal(await runJob(writeJob(name), argv), {
        status: 2,
        says: ['would overwrite the block device', device.path],
        advises: `--destructive ${device.path}`,
      });
    }
    expect(bytesAtStake(device.path).equals(before)).toBe(true);

    for (const [name, permission] of [
      [link, device.path],
      [device.path, link],
      [device.path, device.path],
    ] as const) {
      expect((await runJob(writeJob(name), ['--destructive', permission])).status).toBe(0);
    }
    expect(bytesAtStake(device.path).equals(before)).toBe(false);
    expect(bytesAtStake(other.path).equals(before)).toBe(true);
  });

  itInLab('has permission asked for trims and mixes as well, and none for reads', async () => {
    const device = loopDevice(16 << 20);
    for (const [rw, doing] of [
      ['trim', 'trim away'],
      ['randtrim', 'trim away'],
      ['trimwrite', 'overwrite'],
      ['rw', 'overwrite'],
      ['randrw', 'overwrite'],
    ] as const) {
      const end = await runJob(writeJob(device.path, `rw=${rw}\n`));
      expectRefusal(end, { status: 2, says: [`would ${doing} the block device`], advises: '--destructive' });
    }
    expect((await runJob(writeJob(device.path, 'rw=randread\n'))).status).toBe(0);
  });

  itInLab('is free again after a run', async () => {
    const device = loopDevice(16 << 20);
    expect((await runJob(writeJob(device.path), ['--destructive', device.path])).status).toBe(0);
    fs.closeSync(fs.openSync(device.path, fs.constants.O_RDWR | fs.constants.O_EXCL));
  });
});
