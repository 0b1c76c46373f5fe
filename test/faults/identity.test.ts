/** What was checked is what is opened: names that lead elsewhere between the check and the write cost nobody's data. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { HeldTargets } from '../../src/machine/held-targets.js';
import { openHeld } from '../../src/machine/open-target.js';
import { ended, iotest, scratchFolder, start, warmUpBriefly } from '../cli/command.js';
import {
  cleanUp,
  command,
  documentIn,
  expectNoCrash,
  expectRefusal,
  flat,
  itInLab,
  labFolder,
  later,
  loopDevice,
  mounted,
  runJob,
  watchBegin,
} from './fault-lab.js';

warmUpBriefly();

afterEach(cleanUp);

const mib = 1 << 20;
const marker = Buffer.alloc(mib, 'this belongs to somebody else; ');

/** A device, or a file, full of what must not be lost. */
function mark(target: string, count: number): void {
  const descriptor = fs.openSync(target, fs.constants.O_RDWR | fs.constants.O_CREAT);
  for (let at = 0; at < count; at++) fs.writeSync(descriptor, marker, 0, mib, at * mib);
  fs.fsyncSync(descriptor);
  fs.closeSync(descriptor);
}

/** Read past the page cache of the file system above, if there is one. */
function isMarked(target: string, count: number): boolean {
  const descriptor = fs.openSync(target, 'r');
  const bytes = Buffer.alloc(mib);
  let intact = true;
  for (let at = 0; at < count; at++) {
    fs.readSync(descriptor, bytes, 0, mib, at * mib);
    intact &&= bytes.equals(marker);
  }
  fs.closeSync(descriptor);
  return intact;
}

function replaceLink(link: string, target: string): void {
  fs.rmSync(link, { force: true });
  fs.symlinkSync(target, link);
}

function replaceNode(node: string, device: string): void {
  fs.rmSync(node, { force: true });
  const { rdev } = fs.statSync(device);
  command('mknod', node, 'b', String((rdev >> 8) & 0xfff), String((rdev & 0xff) | ((rdev >> 12) & 0xfff00)));
}

/** Two devices: the first one may be overwritten, the second one is somebody's; and a name that leads to the first. */
function twoDevices() {
  const allowed = loopDevice(16 * mib);
  const victim = loopDevice(16 * mib);
  mark(victim.path, 16);
  const name = path.join(scratchFolder(), 'name');
  return { allowed, victim, name };
}

const firstJob = (file: string) =>
  `[reads]\nrw=read\nfilename=${file}\nsize=1m\nrate_iops=200\ntime_based\nruntime=3\n`;
const write = 'rw=write\nbs=64k\nsize=16m\n';

/** Runs a job of two steps, and does something while the first one is measured. */
async function runMeanwhile(job: string, argv: readonly string[], meanwhile: () => void) {
  const cwd = scratchFolder({ 'job.ini': job });
  const { flags, hasBegun } = watchBegin();
  const child = start(['run', 'job.ini', '--no-save', '--format', 'json', ...argv, ...flags], { cwd });
  let isOver = false;
  const end = ended(child).finally(() => {
    isOver = true;
  });
  await hasBegun();
  expect(isOver, 'the run is over before anything could be done meanwhile').toBe(false);
  meanwhile();
  const result = await end;
  expectNoCrash(result);
  return result;
}

describe('a name that leads to another device while the run goes on', () => {
  const changes: readonly (readonly [string, (name: string, device: string) => void])[] = [
    ['a link', replaceLink],
    ['a device node', replaceNode],
  ];
  for (const [kind, replace] of changes) {
    itInLab(`${kind}: later steps write to the device that was checked, and the result names that one`, async () => {
      const { allowed, victim, name } = twoDevices();
      replace(name, allowed.path);
      const file = path.join(scratchFolder(), 'read');
      mark(file, 1);
      const job = `${firstJob(file)}[writes]\nstonewall\ndirect=1\nfilename=${name}\n${write}`;
      const end = await runMeanwhile(job, ['--destructive', allowed.path], () => replace(name, victim.path));
      expect(end.status).toBe(0);
      expect(isMarked(victim.path, 16)).toBe(true);
      const document = documentIn(end.stdout);
      expect(document.jobs[1]!.write.io_bytes).toBe(16 * mib);
      const target = document.iotest.targets.find(({ path: given }) => given === name)!;
      expect(target.queue!.disk).toBe(path.basename(allowed.path));
      const use = document.iotest.steps[1]!.diskUse.map((disk) => disk.name);
      expect(use).toEqual([path.basename(allowed.path)]);
    });
  }

  itInLab('a link to a mounted device: its file system stays whole', async () => {
    const allowed = loopDevice(64 * mib);
    const device = loopDevice(64 * mib);
    const point = mounted(device.path, 'ext4');
    mark(path.join(point, 'precious'), 32);
    const name = path.join(scratchFolder(), 'link');
    replaceLink(name, allowed.path);
    const file = path.join(scratchFolder(), 'read');
    mark(file, 1);
    const job = `${firstJob(file)}[writes]\nstonewall\ndirect=1\nfilename=${name}\nrw=write\nbs=64k\nsize=60m\n`;
    const end = await runMeanwhile(job, ['--destructive', allowed.path], () => replaceLink(name, device.path));
    expect(end.status).toBe(0);
    command('sh', '-c', 'echo 3 > /proc/sys/vm/drop_caches');
    expect(isMarked(path.join(point, 'precious'), 32)).toBe(true);
  });

  itInLab('between repetitions, with preconditioning and several engines', async () => {
    const { allowed, victim, name } = twoDevices();
    replaceLink(name, allowed.path);
    const job = `[writes]\nfilename=${name}\nprecondition=fill\nrate=20m\n${write}`;
    const argv = ['--destructive', allowed.path, '--repeat', '2', '--engine', 'psync', '--engine', 'io_uring'];
    const end = await runMeanwhile(job, argv, () => replaceLink(name, victim.path));
    expect(end.status).toBe(0);
    expect(documentIn(end.stdout).iotest.steps).toHaveLength(4);
    expect(isMarked(victim.path, 16)).toBe(true);
  });

  for (const engine of ['psync', 'libaio', 'io_uring', 'mmap', 'pvsync2', 'sync']) {
    itInLab(`by the job's own exec_prerun: ${engine}`, async () => {
      const { allowed, victim, name } = twoDevices();
      replaceLink(name, allowed.path);
      const job = `[writes]\nioengine=${engine}\nfilename=${name}\nexec_prerun=ln -sfn ${victim.path} ${name}\n${write}`;
      const end = await runJob(job, ['--destructive', allowed.path, '--allow-exec'], { cwd: scratchFolder() });
      expectNoCrash(end);
      expect(end.status).toBe(0);
      expect(fs.readlinkSync(name)).toBe(victim.path);
      expect(isMarked(victim.path, 16)).toBe(true);
    });
  }

  itInLab('for trims, and for jobs that run as another user', async () => {
    const { allowed, victim, name } = twoDevices();
    replaceLink(name, allowed.path);
    const prerun = `exec_prerun=ln -sfn ${victim.path} ${name}\n`;
    const trims = `[trims]\nfilename=${name}\nrw=trim\nbs=64k\nsize=16m\n${prerun}`;
    const argv = ['--destructive', allowed.path, '--allow-exec'];
    expectNoCrash(await runJob(trims, argv, { cwd: scratchFolder() }));
    expect(isMarked(victim.path, 16)).toBe(true);
    replaceLink(name, allowed.path);
    fs.chmodSync(allowed.path, 0o666);
    fs.chmodSync(victim.path, 0o666);
    const folder = path.dirname(name);
    fs.chmodSync(folder, 0o777);
    const cwd = scratchFolder();
    fs.chmodSync(cwd, 0o777);
    const other = `[other]\nuid=65534\ngid=65534\nfilename=${name}\n${prerun}${write}`;
    const end = await runJob(other, argv, { cwd });
    expect(end.status).toBe(0);
    expect(isMarked(victim.path, 16)).toBe(true);
  });

  itInLab('in iotest fio', async () => {
    const { allowed, victim, name } = twoDevices();
    replaceLink(name, allowed.path);
    const cwd = scratchFolder({
      'job.fio': `[writes]\nfilename=${name}\nexec_prerun=ln -sfn ${victim.path} ${name}\n${write}`,
    });
    const end = await iotest(['fio', 'job.fio', `--destructive=${allowed.path}`, '--allow-exec'], { cwd });
    expectNoCrash(end);
    expect(end.status).toBe(0);
    expect(isMarked(victim.path, 16)).toBe(true);
  });
});

describe('a regular file that is no longer what was checked', () => {
  const prerun = (commandLine: string) => `exec_prerun=${commandLine}\n`;

  it('becomes a link to another file: the job ends before the first write, and says both', async () => {
    const folder = scratchFolder();
    const [own, other] = [path.join(folder, 'own'), path.join(folder, 'other')];
    mark(other, 4);
    const job = `[writes]\nfilename=${own}\nrw=write\nsize=4m\nfallocate=none\n${prerun(`rm ${own} && ln -s ${other} ${own}`)}`;
    const end = await runJob(job, ['--allow-exec'], { cwd: folder });
    expectRefusal(end, {
      status: 1,
      says: [own, /was the file with inode \d+ on [\d:]+ when/, /leads to the file with inode \d+/],
      advises: 'exec_prerun',
    });
    expect(isMarked(other, 4)).toBe(true);
  });

  for (const [what, how] of [
    ['a hard link to another file', 'ln -f'],
    ['another file that is renamed to its name', 'mv -f'],
  ] as const) {
    it(`becomes ${what}`, async () => {
      const folder = scratchFolder();
      const [own, other] = [path.join(folder, 'own'), path.join(folder, 'other')];
      mark(other, 4);
      const job = `[writes]\nfilename=${own}\nrw=write\nsize=4m\n${prerun(`${how} ${other} ${own}`)}`;
      const end = await runJob(job, ['--allow-exec'], { cwd: folder });
      expectRefusal(end, { status: 1, says: [own, /leads to the file with inode \d+/], advises: 'exec_prerun' });
      expect(isMarked(own, 4)).toBe(true);
    });
  }

  it('is one of more files than are held, and has its name taken by another: told by its inode', async () => {
    const folder = scratchFolder();
    const other = path.join(folder, 'other');
    mark(other, 1);
    const last = path.join(folder, 'many.0.299');
    const lines = `directory=${folder}\nnrfiles=300\nsize=300k\nbs=1k\nrw=write\n`;
    const job = `[many]\n${lines}${prerun(`ln -f ${other} ${last}`)}`;
    const end = await runJob(job, ['--allow-exec'], { cwd: folder });
    expectRefusal(end, {
      status: 1,
      says: [last, /inode \d+ on .* when it was checked/, /leads to the file with inode \d+/],
      advises: 'exec_prerun',
    });
    expect(isMarked(other, 1)).toBe(true);
  });

  it('is not there yet, and something has its name when it is to be made', async () => {
    const folder = scratchFolder();
    const other = path.join(folder, 'other');
    mark(other, 4);
    const link = path.join(folder, 'link');
    fs.symlinkSync(path.join(folder, 'nowhere'), link);
    const end = await runJob(`[writes]\nfilename=${link}\nrw=write\nsize=4m\n`, [], { cwd: folder });
    expectRefusal(end, { status: 1, says: [link, 'something has that name now'], advises: 'link that leads nowhere' });
    expect(fs.existsSync(path.join(folder, 'nowhere'))).toBe(false);
  });

  it('is deleted at the end only where its name still leads to it (unlink=1)', async () => {
    const folder = scratchFolder();
    const [own, other] = [path.join(folder, 'own'), path.join(folder, 'other')];
    mark(other, 1);
    const job = `[writes]\nfilename=${own}\nrw=write\nsize=1m\nunlink=1\nexec_postrun=mv ${own} ${own}.kept && mv ${other} ${own}\n`;
    const end = await runJob(job, ['--allow-exec'], { cwd: folder });
    expect(end.status).toBe(0);
    expect(isMarked(own, 1)).toBe(true);
  });

  it('is deleted and made anew by the job itself (unlink_each_loop), and shared by others that do the same', async () => {
    const folder = scratchFolder();
    const file = path.join(folder, 'shared');
    const job = `[writes]\nfilename=${file}\nrw=write\nsize=1m\nloops=3\nunlink_each_loop=1\nnumjobs=2\n[then]\nstonewall\nfilename=${file}\nrw=read\nsize=1m\n`;
    const end = await runJob(job, ['--format', 'json'], { cwd: folder });
    expectNoCrash(end);
    const document = documentIn(end.stdout);
    expect(document.jobs.at(-1)!.read.io_bytes).toBe(mib);
  });
});

describe('folders on the way', () => {
  it('make no difference once the file was checked: the folder may become a link to another', async () => {
    const folder = scratchFolder();
    const [one, two] = [path.join(folder, 'one'), path.join(folder, 'two')];
    for (const each of [one, two]) fs.mkdirSync(each);
    mark(path.join(two, 'data'), 2);
    mark(path.join(one, 'data'), 2);
    const way = path.join(folder, 'way');
    fs.symlinkSync(one, way);
    const job = `[writes]\nfilename=${way}/data\nrw=write\nsize=2m\nexec_prerun=ln -sfn ${two} ${way}\n`;
    const end = await runJob(job, ['--allow-exec', '--destructive', `${way}/data`], { cwd: folder });
    expect(end.status).toBe(0);
    expect(isMarked(path.join(two, 'data'), 2)).toBe(true);
    expect(isMarked(path.join(one, 'data'), 2)).toBe(false);
  });
});

describe('chains', () => {
  itInLab('open the device that was checked, whatever has its name by then', async () => {
    for (const engine of ['psync', 'io_uring']) {
      const { allowed, victim, name } = twoDevices();
      replaceNode(name, allowed.path);
      const job = `[chain]\nfilename=${name}\n${write}rate_iops=300\nchain=openat,write,close\ntime_based\nruntime=3\n`;
      const end = await runMeanwhile(job, ['--destructive', allowed.path, '--engine', engine], () =>
        replaceNode(name, victim.path),
      );
      expect(end.status).toBe(0);
      expect(isMarked(victim.path, 16)).toBe(true);
    }
  });

  it('make files of their own only under names that nothing has', async () => {
    for (const engine of ['psync', 'io_uring']) {
      const folder = scratchFolder();
      const file = path.join(folder, 'data');
      mark(`${file}.chain-0-0`, 1);
      const job = `[chain]\nfilename=${file}\nrw=write\nsize=1m\nchain=openat,write,close,unlinkat\n`;
      const end = await runJob(job, ['--engine', engine], { cwd: folder });
      expectRefusal(end, { status: 1, says: [`${file}.chain-0-0 is there already`], advises: 'remove it' });
      expect(isMarked(`${file}.chain-0-0`, 1)).toBe(true);
    }
  });
});

describe('a device whose number is used again', () => {
  itInLab('after the check, before the claim: told by the disk sequence number', () => {
    const { allowed, victim } = twoDevices();
    const targets = new HeldTargets();
    targets.inspect(allowed.path);
    command('losetup', '--detach', allowed.path);
    command('losetup', allowed.path, victim.backingPath);
    expect(() => openHeld(targets.get(allowed.path)!, { write: true, exclusive: true })).toThrow(
      /another block device has its number now/,
    );
    expect(() => targets.inspect(allowed.path)).toThrow(/another block device has its number now/);
    targets.close();
  });

  itInLab('by detaching and attaching it in exec_prerun: the claim keeps the kernel from doing so', async () => {
    const { allowed, victim } = twoDevices();
    const again = `losetup -d ${allowed.path} && losetup ${allowed.path} ${victim.backingPath}`;
    const job = `[writes]\nfilename=${allowed.path}\n${write}exec_prerun=${again} || true\n`;
    const end = await runJob(job, ['--destructive', allowed.path, '--allow-exec'], { cwd: scratchFolder() });
    expectNoCrash(end);
    expect(end.status).toBe(0);
    expect(isMarked(victim.path, 16)).toBe(true);
    // The run over, the device that was to be detached is.
    expect(command('losetup', '--noheadings', '-O', 'BACK-FILE', '-j', allowed.backingPath)).toBe('');
    command('losetup', allowed.path, allowed.backingPath);
  });

  itInLab('as a whole disk and as a partition of it: both are the same claim', async ({ skip }) => {
    const device = loopDevice(16 * mib);
    const partition = `${device.path}p1`;
    try {
      command('addpart', device.path, '1', '2048', '8192');
      later(() => command('delpart', device.path, '1'));
      if (!fs.existsSync(partition)) skip('no device node appears for partitions of a loop device here');
    } catch (error) {
      skip(`partitions cannot be had here: ${String(error).split('\n')[0]}`);
    }
    const job = `[part]\nfilename=${partition}\nrw=write\nsize=1m\n[whole]\nstonewall\nfilename=${device.path}\nrw=write\nsize=1m\n`;
    expect((await runJob(job, ['--destructive', partition, '--destructive', device.path])).status).toBe(0);
  });
});

/** The folder was looked at, and its name leads to another one when the job begins. */
async function leadElsewhereBeforeItDeletes(engine: string): Promise<void> {
  const folder = scratchFolder();
  const [one, two, way] = ['one', 'two', 'way'].map((name) => path.join(folder, name)) as [string, string, string];
  for (const each of [one, two]) fs.mkdirSync(each);
  for (const number of [0, 1, 2]) fs.writeFileSync(path.join(two, `job.0.${number}`), 'precious');
  fs.symlinkSync(one, way);
  const job = `[job]\nioengine=${engine}\nnrfiles=3\nfilesize=4k\ndirectory=${way}\nstartdelay=4\nunlink=1\n`;
  const cwd = scratchFolder({ 'job.ini': job });
  const end = ended(start(['run', 'job.ini', '--no-save'], { cwd }));
  const isPrepared = () => engine === 'filecreate' || fs.readdirSync(one).length === 3;
  for (let look = 0; look < 600 && !isPrepared(); look++) await sleep(20);
  if (engine === 'filecreate') await sleep(2000);
  replaceLink(way, two);
  const result = await end;
  expectNoCrash(result);
  // Creation shows nothing beforehand: on a busy machine the link may have changed before the names were looked at.
  if (engine !== 'filecreate') expect(result.status).toBe(0);
  for (const number of [0, 1, 2]) {
    expect(fs.readFileSync(path.join(two, `job.0.${number}`), 'utf8')).toBe('precious');
  }
}

describe('other ways to lead elsewhere', () => {
  itInLab('between the points of a sweep: it ends, and says what the name was and is', async () => {
    const { allowed, victim, name } = twoDevices();
    replaceLink(name, allowed.path);
    const cwd = scratchFolder({
      'job.ini': `[writes]\nfilename=${name}\n${write}exec_postrun=ln -sfn ${victim.path} ${name}\n`,
    });
    const argv = ['--vary', 'iodepth=1,2', '--no-save', '--allow-exec', '--destructive', allowed.path];
    const end = await iotest(['sweep', 'job.ini', ...argv], { cwd });
    expect(end.status).toBe(1);
    expect(flat(end.stderr)).toContain(`${name} was the block device ${allowed.path}`);
    expect(flat(end.stderr)).toContain(`its name leads to the block device ${victim.path}`);
    expect(isMarked(victim.path, 16)).toBe(true);
  });

  itInLab('another file system at the place, the one that was checked being hidden', async () => {
    const point = mounted('tmpfs', 'tmpfs', 'size=16m');
    const file = path.join(point, 'data');
    mark(file, 4);
    const read = path.join(scratchFolder(), 'read');
    mark(read, 1);
    const job = `${firstJob(read)}[writes]\nstonewall\nfilename=${file}\nrw=write\nsize=4m\n`;
    const end = await runMeanwhile(job, ['--destructive', file], () => {
      command('mount', '-t', 'tmpfs', 'tmpfs', point);
      later(() => command('umount', point));
      mark(file, 4);
    });
    expect(end.status).toBe(0);
    expect(isMarked(file, 4)).toBe(true);
  });

  for (const [what, how] of [
    ['special file', 'mkfifo'],
    ['directory', 'mkdir'],
  ] as const) {
    it(`a file that becomes a ${what}`, async () => {
      const folder = scratchFolder();
      const file = path.join(folder, 'data');
      const job = `[writes]\nfilename=${file}\nrw=write\nsize=1m\nexec_prerun=rm ${file} && ${how} ${file}\n`;
      const end = await runJob(job, ['--allow-exec'], { cwd: folder });
      expectRefusal(end, { status: 1, says: [file, `leads to the ${what} with inode`], advises: 'exec_prerun' });
    });
  }

  it('the folder of files that a job deletes: files of the same names elsewhere stay', async () => {
    const engines = ['filedelete', 'io_uring_filedelete', 'filerename', 'filecreate'];
    // Each waits for seconds, so all at the same time.
    await Promise.all(engines.map(leadElsewhereBeforeItDeletes));
  });

  it('the file that buffers are mapped from (mem=mmapshared:FILE)', async () => {
    const folder = scratchFolder();
    const [own, other, link] = ['own', 'other', 'link'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    mark(own, 1);
    mark(other, 1);
    fs.symlinkSync(own, link);
    const read = path.join(folder, 'read');
    mark(read, 1);
    const job = `${firstJob(read)}[writes]\nstonewall\nfilename=${folder}/new\nrw=write\nsize=1m\nmem=mmapshared:${link}\n`;
    const end = await runMeanwhile(job, ['--destructive', own], () => replaceLink(link, other));
    expect(end.status).toBe(0);
    expect(isMarked(other, 1)).toBe(true);
    expect(isMarked(own, 1)).toBe(false);
  });

  itInLab('where there is no /proc: by name, and the inode is looked at before the first write', async () => {
    const folder = scratchFolder();
    const [own, other] = [path.join(folder, 'own'), path.join(folder, 'other')];
    mark(other, 1);
    const root = new URL('../..', import.meta.url).pathname;
    const run = (more: string) => {
      fs.writeFileSync(path.join(folder, 'job.ini'), `[job]\nrw=write\nsize=1m\nfilename=${own}\n${more}`);
      const script = `umount -l /proc; cd ${folder}; exec ${root}bin/run.js run job.ini --no-save -q --allow-exec 2>&1`;
      return spawnSync('unshare', ['--mount', 'sh', '-c', script], { encoding: 'utf8' });
    };
    expect(run('').status).toBe(0);
    expect(fs.statSync(own).size).toBe(mib);
    const swapped = run(`exec_prerun=ln -sfn ${other} ${own}\n`);
    expect(swapped.status).toBe(1);
    expect(flat(swapped.stdout)).toMatch(/its name leads to the file with inode \d+/);
    expect(isMarked(other, 1)).toBe(true);
  });
});

describe('what is the same under other names, or changes its number', () => {
  it('several names of one file, be it there or not', async () => {
    const folder = scratchFolder();
    const file = path.join(folder, 'file');
    mark(file, 2);
    fs.linkSync(file, path.join(folder, 'hard'));
    fs.symlinkSync(file, path.join(folder, 'soft'));
    const there = `[job]\nrw=write\nsize=6m\nfilename=file:hard:soft\ndirectory=${folder}\n`;
    expect((await runJob(there, ['--destructive', file])).status).toBe(0);
    const missingYet = `[job]\nrw=write\nsize=2m\nfilename=${folder}/new:${folder}/./new\n`;
    expect((await runJob(missingYet)).status).toBe(0);
    expect(fs.statSync(path.join(folder, 'new')).size).toBe(mib);
  });

  itInLab('files that overlayfs copies up when they are first written to, a few and many', async ({ skip }) => {
    const folder = labFolder();
    for (const name of ['lower', 'upper', 'work', 'point']) fs.mkdirSync(path.join(folder, name));
    for (let number = 0; number < 100; number++) {
      fs.writeFileSync(path.join(folder, 'lower', `job.0.${number}`), Buffer.alloc(4096));
    }
    const point = path.join(folder, 'point');
    try {
      const layers = `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work`;
      command('mount', '-t', 'overlay', 'overlay', '-o', layers, point);
    } catch (error) {
      skip(`no overlay can be mounted here: ${String(error).split('\n')[0]}`);
    }
    later(() => command('umount', point));
    for (const count of [100, 3]) {
      const words = ['--name=job', `--directory=${point}`, `--nrfiles=${count}`, `--size=${count * 4}k`, '--rw=write'];
      const end = await iotest(['fio', ...words], { cwd: scratchFolder() });
      expectNoCrash(end);
      expect(end.status).toBe(0);
    }
  });

  it('many files, with hardly more descriptors than they need', async () => {
    const folder = scratchFolder();
    const root = new URL('../..', import.meta.url).pathname;
    fs.writeFileSync(path.join(folder, 'job.ini'), '[job]\nrw=write\nnrfiles=300\nsize=1200k\n');
    const script = `ulimit -n 400; cd ${folder}; exec ${root}bin/run.js run job.ini --no-save -q`;
    const end = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(end.stderr).toBe('');
    expect(end.status).toBe(0);
  });
});
