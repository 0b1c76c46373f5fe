/** Files, file systems and devices that cannot do what a job wants, before it runs and while it does. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect } from 'vitest';
import { ended, scratchFolder, start, warmUpBriefly } from '../cli/command.js';
import {
  cleanUp,
  command,
  documentIn,
  expectNoCrash,
  expectRefusal,
  flat,
  itInLab,
  later,
  loopDevice,
  mounted,
  namesIn,
  runDocument,
  runJob,
  watchBegin,
} from './fault-lab.js';

warmUpBriefly();

afterEach(cleanUp);

const job = (lines: string) => `[job]\nioengine=psync\nrw=write\nsize=1m\n${lines}\n`;

describe('a target that refuses', () => {
  itInLab('O_DIRECT: ramfs has none', async () => {
    const file = path.join(mounted('ramfs', 'ramfs'), 'data');
    const end = await runJob(job(`filename=${file}\ndirect=1`));
    expectRefusal(end, { status: 1, says: [file, 'ramfs refuses O_DIRECT'], advises: 'direct=0' });
    expect(fs.existsSync(file)).toBe(false);
    // The same without direct=1 works, so it was O_DIRECT that was refused.
    expect((await runJob(job(`filename=${file}`))).status).toBe(0);
  });

  itInLab('blocks that are smaller than those of the device', async () => {
    const device = loopDevice(16 << 20, '--sector-size', '4096');
    for (const [wrong, advice] of [
      ['bs=512', 'bs=4096'],
      ['bs=4608', 'bs=8192'],
      ['offset=512', 'offset=0'],
    ] as const) {
      const end = await runJob(job(`filename=${device.path}\nrw=randread\ndirect=1\n${wrong}`));
      expectRefusal(end, { status: 2, says: [device.path, 'multiples of 4096 bytes'], advises: advice });
    }
    expect((await runJob(job(`filename=${device.path}\nrw=randread\ndirect=1`))).status).toBe(0);
  });

  itInLab('writes: a read-only device', async () => {
    const device = loopDevice(16 << 20, '--read-only');
    const end = await runJob(job(`filename=${device.path}`), ['--destructive', device.path]);
    expectRefusal(end, { status: 1, says: [device.path, 'read-only'], advises: 'rw=read' });
    expect((await runJob(job(`filename=${device.path}\nrw=read`))).status).toBe(0);
  });

  itInLab('writes: a read-only file system, an old file and a new one', async () => {
    const point = mounted('tmpfs', 'tmpfs', 'size=8m');
    const old = path.join(point, 'old');
    fs.writeFileSync(old, Buffer.alloc(1 << 20));
    command('mount', '-o', 'remount,ro', point);
    for (const file of [old, path.join(point, 'new')]) {
      const end = await runJob(job(`filename=${file}`));
      expectRefusal(end, { status: 1, says: [file, 'read-only'], advises: 'rw=read' });
    }
    expect((await runJob(job(`filename=${old}\nrw=read`))).status).toBe(0);
    expect(namesIn(point)).toEqual(['old']);
  });

  itInLab('writes: an immutable file', async ({ skip }) => {
    const point = mounted(loopDevice(32 << 20).path, 'ext4');
    const file = path.join(point, 'data');
    fs.writeFileSync(file, Buffer.alloc(1 << 20));
    try {
      command('chattr', '+i', file);
    } catch (error) {
      skip(`chattr cannot be used: ${String(error).split('\n')[0]}`);
    }
    later(() => command('chattr', '-i', file));
    expectRefusal(await runJob(job(`filename=${file}`)), { status: 1, says: [file], advises: /another|writable|own/ });
  });
});

describe('a file system without room', () => {
  itInLab('is noticed before the run', async () => {
    const point = mounted(loopDevice(32 << 20).path, 'ext4');
    for (const lines of ['rw=read', 'rw=write', 'rw=write\nfallocate=none', 'rw=write\nnumjobs=20\nsize=4m']) {
      const end = await runJob(job(`size=100m\ndirectory=${point}\n${lines}`));
      expectRefusal(end, { status: 1, says: [point, 'free'], advises: 'reduce size' });
      expect(namesIn(point)).toEqual(['lost+found']);
    }
  });

  itInLab('is noticed before mmap would die of SIGBUS in a hole', async () => {
    const point = mounted(loopDevice(16 << 20).path, 'ext4');
    const file = path.join(point, 'data');
    fs.writeFileSync(file, '');
    fs.truncateSync(file, 64 << 20);
    const end = await runJob(job(`filename=${file}\nsize=64m\nioengine=mmap`), ['--destructive', file]);
    expectRefusal(end, { status: 1, says: [file, 'free'], advises: 'reduce size' });
  });

  for (const engine of ['psync', 'io_uring', 'libaio']) {
    itInLab(`ends the job where it turns out during it: ENOSPC with ${engine}`, async () => {
      const point = mounted(loopDevice(16 << 20).path, 'ext4');
      const file = path.join(point, 'data');
      // Long enough already, but without blocks: only writing shows that there is no room.
      fs.writeFileSync(file, '');
      fs.truncateSync(file, 64 << 20);
      const lines = `filename=${file}\nsize=64m\nbs=64k\niodepth=4\ndirect=1`;
      const flags = ['--engine', engine, '--destructive', file];
      const { end, document } = await runDocument(job(lines), flags);
      expect(end.status).toBe(1);
      const [result] = document.iotest.jobs;
      expect(result!.ended).toBe('error');
      expect(result!.errors[0]!.errno).toBe(28);
      expect(result!.errors[0]!.message).toMatch(/^write of 65536 bytes at offset \d+ of .*: ENOSPC/);
      expect(result!.errors[0]!.advice).toContain('free space');
      expect(document.jobs[0]!.error).toBe(28);
      expect(document.jobs[0]!.write.total_ios).toBeGreaterThan(10);
      const text = await runJob(job(lines), flags);
      expectNoCrash(text);
      expect(text.status).toBe(1);
      expect(flat(text.stdout)).toContain('ENOSPC');
    });
  }

  itInLab('is told before the run, which would lose its result: the results folder is full', async () => {
    const cwd = scratchFolder({ 'job.ini': '[job]\nioengine=null\nsize=1m\nrw=read\n' });
    const point = mounted('tmpfs', 'tmpfs', 'size=64k');
    const filler = path.join(point, 'filler');
    try {
      fs.writeFileSync(filler, Buffer.alloc(1 << 20));
    } catch {
      // That is the point.
    }
    const end = await ended(start(['run', 'job.ini', '--results', point, '--format', 'json'], { cwd }));
    expectNoCrash(end);
    expect(end.status).toBe(1);
    const { error } = JSON.parse(end.stdout) as { error: { message: string } };
    expect(error.message).toMatch(/ENOSPC/);
    expect(error.message).toContain(point);
    expect(namesIn(point)).toEqual(['filler']);
  });
});

describe('a device that fails during the run', () => {
  /** Reads past the end of a file under a loop device fail with EIO. */
  const cutOff = (device: { readonly backingPath: string }) => fs.truncateSync(device.backingPath, 1 << 20);

  for (const engine of ['psync', 'libaio', 'io_uring', 'io_uring+fixed', 'pvsync2', 'sync', 'vsync', 'pvsync']) {
    itInLab(`ends the job with what was measured: EIO with ${engine}`, async () => {
      const device = loopDevice(64 << 20, '--direct-io=on');
      const cwd = scratchFolder({
        'job.ini': `[job]\nfilename=${device.path}\nrw=randread\niodepth=8\ndirect=1\nruntime=30\ntime_based\n`,
      });
      const { flags, hasBegun } = watchBegin();
      const child = start(['run', 'job.ini', '--engine', engine, '--format', 'json', ...flags], { cwd });
      const end = ended(child);
      await hasBegun();
      const begun = performance.now();
      cutOff(device);
      const result = await end;
      expectNoCrash(result);
      expect(result.status).toBe(1);
      expect(performance.now() - begun).toBeLessThan(20_000);
      const document = documentIn(result.stdout);
      const [measured] = document.iotest.jobs;
      expect(measured!.ended).toBe('error');
      expect(measured!.errors[0]!.errno).toBe(5);
      expect(measured!.errors[0]!.message).toMatch(
        new RegExp(`^read of 4096 bytes at offset \\d+ of ${device.path}: EIO`),
      );
      // The disk is healthy: the file below the device has become shorter.
      expect(measured!.errors[0]!.advice).toContain('shortens it');
      expect(document.jobs[0]!.read.total_ios).toBeGreaterThan(0);
      expect(measured!.histograms.read!.total.count).toBe(document.jobs[0]!.read.total_ios);
      expect(namesIn(path.join(cwd, 'results'))).toHaveLength(1);
    });
  }

  for (const engine of ['psync', 'libaio', 'io_uring']) {
    itInLab(`is counted and passed over with continue_on_error: ${engine}`, async () => {
      const device = loopDevice(8 << 20, '--direct-io=on');
      cutOff(device);
      const lines = `filename=${device.path}\nsize=8m\nrw=randread\niodepth=4\ndirect=1\ncontinue_on_error=read`;
      const { document } = await runDocument(job(lines), ['--engine', engine]);
      const [fio] = document.jobs;
      const [measured] = document.iotest.jobs;
      // 1 MiB of 8 is left, so 256 of 2048 blocks can be read, each tried once.
      expect(fio!.read.total_ios).toBe(256);
      expect(fio!.total_err).toBe(1792);
      expect(fio!.first_error).toBe(5);
      expect(measured!.toleratedErrorCount).toBe(1792);
      expect(measured!.histograms.read!.total.count).toBe(256);
      expect(measured!.ended).toBe('done');
    });
  }

  itInLab('ends a job that tolerates errors of the other direction only', async () => {
    const device = loopDevice(8 << 20, '--direct-io=on');
    cutOff(device);
    const lines = `filename=${device.path}\nsize=8m\nrw=randread\ndirect=1\ncontinue_on_error=write`;
    const { end, document } = await runDocument(job(lines));
    expect(end.status).toBe(1);
    expect(document.iotest.jobs[0]!.ended).toBe('error');
  });
});
