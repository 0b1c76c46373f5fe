/** Files that something stands on: never written, extended or deleted, whatever name they are given by. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ended, iotest, scratchFolder, start, warmUpBriefly } from '../cli/command.js';
import {
  cleanUp,
  command,
  expectNoCrash,
  expectRefusal,
  flat,
  itInLab,
  labFolder,
  later,
  loopDevice,
  loopDeviceOver,
  mounted,
  runDocument,
  runJob,
  sparseFile,
  watchBegin,
} from './fault-lab.js';

warmUpBriefly();

afterEach(cleanUp);

const mib = 1 << 20;
const stakeBytes = 1 << 20;
/** Free space of the file systems that the tests make, so that they do not touch it themselves. */
const stakeAt = 12 * mib;

function bytesAtStake(file: string): Buffer {
  const descriptor = fs.openSync(file, 'r');
  const bytes = Buffer.alloc(stakeBytes);
  fs.readSync(descriptor, bytes, 0, stakeBytes, stakeAt);
  fs.closeSync(descriptor);
  return bytes;
}

const writeJob = (file: string, more = '') =>
  `[job]\nioengine=psync\nrw=write\noffset=12m\nsize=1m\nfilename=${file}\n${more}`;

/** Refused for writes and mixes, with unlink, in `check`, and in `iotest fio`; reading stays possible. */
async function expectUntouchable(file: string, says: readonly (string | RegExp)[]): Promise<void> {
  const before = bytesAtStake(file);
  const advises = /unmount|swapoff|detach|release/;
  for (const rw of ['write', 'randrw']) {
    const end = await runJob(writeJob(file, `rw=${rw}\n`));
    expectRefusal(end, { status: 1, says: [`refusing to overwrite ${file}`, ...says], advises });
  }
  const unlinking = await runJob(writeJob(file, 'rw=read\nunlink=1\n'));
  expectRefusal(unlinking, { status: 1, says: [`refusing to delete ${file}`, ...says], advises });
  const extending = await runJob(`[job]\nrw=read\nfilename=${file}\nsize=${fs.statSync(file).size + mib}\n`);
  expectRefusal(extending, { status: 1, says: [`refusing to extend ${file}`, ...says], advises });
  const words = ['--name=job', '--rw=write', '--offset=12m', '--size=1m', `--filename=${file}`];
  const asFio = await iotest(['fio', ...words], { cwd: scratchFolder() });
  expectNoCrash(asFio);
  expect(asFio.status).not.toBe(0);
  for (const what of says) expect(flat(asFio.stderr)).toMatch(what);
  expect((await runJob(writeJob(file, 'rw=read\n'))).status).toBe(0);
  expect(bytesAtStake(file).equals(before)).toBe(true);
}

describe('the file below a loop device', () => {
  itInLab('that is mounted: by its path, a hard link, a symbolic link, a bind mount', async () => {
    const device = loopDevice(64 * mib);
    const point = mounted(device.path, 'ext4');
    const says = [`${device.path} is a loop device on this file`, `${device.path} is mounted at ${point}`];
    const folder = path.dirname(device.backingPath);
    const [hard, soft] = [path.join(folder, 'hard'), path.join(folder, 'soft')];
    fs.linkSync(device.backingPath, hard);
    fs.symlinkSync(device.backingPath, soft);
    const bound = path.join(labFolder(), 'bound');
    fs.writeFileSync(bound, '');
    command('mount', '--bind', device.backingPath, bound);
    later(() => command('umount', bound));
    await expectUntouchable(device.backingPath, says);
    for (const name of [hard, soft, bound]) {
      const end = await runJob(writeJob(name));
      expectRefusal(end, { status: 1, says: [`refusing to overwrite ${name}`, ...says], advises: 'unmount' });
    }
  });

  itInLab('that is mounted in another mount namespace, and whose name there leads nowhere here', async () => {
    const backing = sparseFile(64 * mib);
    const place = path.join(labFolder(), 'place');
    fs.mkdirSync(place);
    // The file is found below a mount that exists in the other namespace alone.
    const script = `mount --bind ${path.dirname(backing)} ${place} && losetup --find --show ${place}/backing && exec sleep 60`;
    const { child, line } = await speaking('unshare', ['--mount', 'sh', '-c', script]);
    const device = line;
    later(() => command('losetup', '--detach', device));
    later(() => child.kill());
    await expectUntouchable(backing, [`${device} is a loop device on this file`]);
  });

  itInLab('that was renamed, and one that was deleted but for another link', async () => {
    const device = loopDevice(32 * mib);
    const moved = `${device.backingPath}.moved`;
    fs.renameSync(device.backingPath, moved);
    await expectUntouchable(moved, [`${device.path} is a loop device on this file`]);
    const kept = `${device.backingPath}.kept`;
    fs.linkSync(moved, kept);
    fs.rmSync(moved);
    await expectUntouchable(kept, [`${device.path} is a loop device on this file`]);
  });

  itInLab('that is swap, or claimed by another program', async ({ skip }) => {
    const device = loopDevice(32 * mib);
    try {
      command('mkswap', device.path);
      command('swapon', device.path);
    } catch (error) {
      skip(`swap cannot be had here: ${String(error).split('\n')[0]}`);
    }
    later(() => command('swapoff', device.path));
    await expectUntouchable(device.backingPath, [`${device.path} is swap`]);
  });

  itInLab('on the file system of another loop device, and the other one too', async () => {
    const outer = loopDevice(128 * mib);
    const outerPoint = mounted(outer.path, 'ext4');
    const file = path.join(outerPoint, 'inner');
    fs.writeFileSync(file, '');
    fs.truncateSync(file, 48 * mib);
    const inner = loopDeviceOver(file);
    const innerPoint = mounted(inner.path, 'ext4');
    await expectUntouchable(file, [`${inner.path} is mounted at ${innerPoint}`]);
    const end = await runJob(writeJob(outer.backingPath));
    expectRefusal(end, { status: 1, says: [`${outer.path} is mounted at ${outerPoint}`], advises: 'unmount' });
  });

  itInLab('comes into use between two steps: the second one is not run', async () => {
    const backing = sparseFile(32 * mib);
    const before = bytesAtStake(backing);
    const read = path.join(scratchFolder(), 'read');
    fs.writeFileSync(read, Buffer.alloc(mib));
    const job = `[reads]\nrw=read\nfilename=${read}\nsize=1m\nrate_iops=200\ntime_based\nruntime=3\n${writeJob(backing, 'stonewall\n')}`;
    const { flags, hasBegun } = watchBegin();
    const child = start(['run', 'job.ini', '--no-save', '--destructive', backing, ...flags], {
      cwd: scratchFolder({ 'job.ini': job }),
    });
    const end = ended(child);
    await hasBegun();
    const device = loopDeviceOver(backing);
    const result = await end;
    expectNoCrash(result);
    expect(result.status).toBe(1);
    expect(flat(result.stdout)).toContain(
      `${device.path} is a loop device on this file, which was not so when it was checked`,
    );
    expect(bytesAtStake(backing).equals(before)).toBe(true);
  });
});

describe('a loop device whose bytes are used by others', () => {
  itInLab('through another loop device on the same file', async () => {
    const device = loopDevice(64 * mib);
    const second = loopDeviceOver(device.backingPath);
    const point = mounted(device.path, 'ext4');
    const before = bytesAtStake(device.backingPath);
    const end = await runJob(writeJob(second.path), ['--destructive', second.path]);
    expectRefusal(end, {
      status: 1,
      says: ['refusing to', `${device.path} is mounted at ${point}`],
      advises: 'unmount',
    });
    expect(bytesAtStake(device.backingPath).equals(before)).toBe(true);
  });

  itInLab('but not where the two show different parts of it', async () => {
    const backing = sparseFile(64 * mib);
    const first = loopDeviceOver(backing, '--offset', '0', '--sizelimit', String(32 * mib));
    const second = loopDeviceOver(backing, '--offset', String(32 * mib));
    mounted(first.path, 'ext4');
    expect((await runJob(writeJob(second.path), ['--destructive', second.path])).status).toBe(0);
  });

  itInLab('because it stands on a device that is mounted, and that device because of what stands on it', async () => {
    const lower = loopDevice(64 * mib);
    const upper = loopDeviceOver(lower.path);
    const point = mounted(lower.path, 'ext4');
    let end = await runJob(writeJob(upper.path), ['--destructive', upper.path]);
    expectRefusal(end, { status: 1, says: [`${lower.path} is mounted at ${point}`], advises: 'unmount' });
    command('umount', point);
    command('mount', upper.path, point);
    end = await runJob(writeJob(lower.path), ['--destructive', lower.path]);
    expectRefusal(end, {
      status: 1,
      says: [`below ${path.basename(upper.path)}`, `${upper.path} is mounted at ${point}`],
      advises: 'unmount',
    });
    end = await runJob(writeJob(lower.backingPath));
    expectRefusal(end, { status: 1, says: [`${upper.path} is mounted at ${point}`], advises: 'unmount' });
  });
});

describe('a file that other programs use', () => {
  const python = (text: string) =>
    speaking('python3', ['-c', `import fcntl,struct,time\n${text}\nprint("ready",flush=True)\ntime.sleep(60)`]);

  itInLab('swap', async ({ skip }) => {
    const file = path.join(labFolder(), 'swap');
    fs.writeFileSync(file, Buffer.alloc(32 * mib), { mode: 0o600 });
    try {
      command('mkswap', file);
      command('swapon', file);
    } catch (error) {
      skip(`swap cannot be had here: ${String(error).split('\n')[0]}`);
    }
    later(() => command('swapoff', file));
    await expectUntouchable(file, [`${file} is swap`]);
  });

  for (const [what, text, says] of [
    [
      'a byte that is locked for its open file (F_OFD_SETLK), as virtual machines lock their disks',
      'f=open(FILE,"rb"); fcntl.fcntl(f,37,struct.pack("hhqqi4x",0,0,100,1,0))',
      /is locked by another program \(an open-file-description lock/,
    ],
    [
      'a byte that is locked by a process (F_SETLK)',
      'f=open(FILE,"r+b"); fcntl.lockf(f,fcntl.LOCK_EX,1,7)',
      /is locked by python3 \(process \d+\)/,
    ],
    ['flock(2)', 'f=open(FILE,"rb"); fcntl.flock(f,fcntl.LOCK_SH)', /is locked by python3 \(process \d+\)/],
    ['a lease (F_SETLEASE)', 'f=open(FILE,"rb"); fcntl.fcntl(f,1024,0)', /is leased by python3 \(process \d+\)/],
    ['a descriptor to write with', 'f=open(FILE,"r+b")', /is open for writing by python3 \(process \d+\)/],
  ] as const) {
    itInLab(what, async () => {
      const file = sparseFile(16 * mib);
      const { child } = await python(text.replace('FILE', JSON.stringify(file)));
      await expectUntouchable(file, [says]);
      child.kill();
    });
  }

  it('is written all the same after rings that had it registered, of an engine before and of a run before', async () => {
    const cwd = scratchFolder();
    const job = '[job]\nfilename=data\nsize=1m\nrw=randwrite\niodepth=16\n';
    for (let round = 0; round < 3; round++) {
      const { end, document } = await runDocument(job, ['--engine', 'io_uring+fixed', '--engine', 'psync'], { cwd });
      expect(document.iotest.jobs.flatMap(({ errors }) => errors)).toEqual([]);
      expect(end.status).toBe(0);
      expect((await runJob(job, ['--engine', 'io_uring+fixed'], { cwd })).status).toBe(0);
    }
  });

  it('is written all the same where who started iotest has locked it for iotest, and where nobody uses it any more', async () => {
    const file = path.join(scratchFolder(), 'data');
    const cwd = scratchFolder({ 'job.ini': `[job]\nrw=write\nsize=1m\nfilename=${file}\n` });
    expect((await iotest(['run', 'job.ini', '--no-save', '-q'], { cwd })).status).toBe(0);
    const root = new URL('../..', import.meta.url).pathname;
    command('flock', file, `${root}bin/run.js`, 'run', path.join(cwd, 'job.ini'), '--no-save', '-q');
  });
});

describe('ways to name a file in use', () => {
  const refused = async (job: string, argv: readonly string[], says: readonly string[]) => {
    expectRefusal(await runJob(job, argv), { status: 1, says, advises: /detach|release/ });
  };

  itInLab('opendir, a recording that is replayed, buffers that are mapped from it', async () => {
    const device = loopDevice(16 * mib);
    const { backingPath } = device;
    const before = bytesAtStake(backingPath);
    const says = [`${device.path} is a loop device on this file`];
    const folder = labFolder();
    fs.linkSync(backingPath, path.join(folder, 'one'));
    await refused(`[job]\nrw=write\nopendir=${folder}\n`, ['--destructive', folder], says);
    const recording = path.join(scratchFolder(), 'io.log');
    const lines = ['add', 'open', `write ${stakeAt} 4096`, 'close'].map((what) => `${backingPath} ${what}\n`);
    fs.writeFileSync(recording, `fio version 2 iolog\n${lines.join('')}`);
    await refused(`[job]\nread_iolog=${recording}\n`, ['--destructive', backingPath], says);
    const target = path.join(scratchFolder(), 'new');
    const mapped = `[job]\nrw=write\nsize=1m\nfilename=${target}\nmem=mmapshared:${backingPath}\n`;
    await refused(mapped, ['--destructive', backingPath], says);
    expect(bytesAtStake(backingPath).equals(before)).toBe(true);
  });

  itInLab('by a user who owns the file, and may not open the loop device', async ({ skip }) => {
    const device = loopDevice(32 * mib);
    mounted(device.path, 'ext4');
    const folder = path.dirname(device.backingPath);
    for (const each of [folder, device.backingPath]) fs.chownSync(each, 65534, 65534);
    if (spawnSync('setpriv', ['--version']).status !== 0) skip('setpriv is not installed');
    const root = new URL('../..', import.meta.url).pathname;
    const argv = ['run', '-', '--no-save', '--destructive', device.backingPath];
    const end = spawnSync(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', `${root}bin/run.js`, ...argv],
      { encoding: 'utf8', input: writeJob(device.backingPath), env: { ...process.env, HOME: '/tmp' } },
    );
    expect(end.status).toBe(1);
    expect(flat(end.stderr)).toContain(`${device.path} is a loop device on this file`);
  });

  itInLab('a device, of which a virtual machine has locked bytes', async () => {
    const device = loopDevice(16 * mib);
    const text = `import fcntl,struct,time\nf=open("${device.path}","rb"); fcntl.fcntl(f,37,struct.pack("hhqqi4x",0,0,100,1,0))`;
    await speaking('python3', ['-c', `${text}\nprint("ready",flush=True)\ntime.sleep(60)`]);
    const end = await runJob(writeJob(device.path), ['--destructive', device.path]);
    expectRefusal(end, { status: 1, says: [`${device.path} is locked by another program`], advises: 'release' });
  });

  itInLab('a device that a loop device is laid on while the run goes on, in spite of the claim', async () => {
    const device = loopDevice(16 * mib);
    const before = bytesAtStake(device.path);
    const read = path.join(scratchFolder(), 'read');
    fs.writeFileSync(read, Buffer.alloc(mib));
    const job = `[reads]\nrw=read\nfilename=${read}\nsize=1m\nrate_iops=200\ntime_based\nruntime=3\n${writeJob(device.path, 'stonewall\n')}`;
    const { flags, hasBegun } = watchBegin();
    const argv = ['run', 'job.ini', '--no-save', '--destructive', device.path, ...flags];
    const end = ended(start(argv, { cwd: scratchFolder({ 'job.ini': job }) }));
    await hasBegun();
    const upper = loopDeviceOver(device.path);
    const result = await end;
    expect(result.status).toBe(1);
    expect(flat(result.stdout)).toContain(`${device.path} is below ${path.basename(upper.path)}`);
    expect(bytesAtStake(device.path).equals(before)).toBe(true);
  });
});

/** A program that says something on its first line when it is ready; it is killed after the test. */
async function speaking(name: string, argv: readonly string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(name, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  later(() => child.kill());
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return { child, line: text.split('\n')[0]! };
}
