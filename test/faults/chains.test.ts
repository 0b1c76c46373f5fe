/** Chains of requests in whole runs: what breaks them, and what each mode makes of the rest. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { iotest, scratchFolder, warmUpBriefly } from '../cli/command.js';
import { cleanUp, expectNoCrash, expectRefusal, flat, itInLab, loopDevice, runDocument, runJob } from './fault-lab.js';

warmUpBriefly();

afterEach(cleanUp);

const job = (lines: string, name = 'job') => `[${name}]\nioengine=io_uring\n${lines}\n`;

describe('a chain on a device of which only the first MiB can be read', () => {
  /** 32 chains of two reads of 64 KiB and an fsync: eight of them lie in the part that can be read. */
  const lines = (device: string, mode: string) =>
    `filename=${device}\nsize=4m\nrw=read\nbs=64k\ndirect=1\nchain=read:2,fsync\nchain_mode=${mode}\ncontinue_on_error=io`;
  const brokenDevice = () => {
    const device = loopDevice(4 << 20, '--direct-io=on');
    fs.truncateSync(device.backingPath, 1 << 20);
    return device.path;
  };

  for (const engine of ['psync', 'pvsync2', 'libaio', 'io_uring', 'io_uring+fixed', 'io_uring+sqpoll']) {
    itInLab(`EIO cancels what is linked, and not what is hard-linked or drained: ${engine}`, async () => {
      const device = brokenDevice();
      for (const mode of ['link', 'hardlink', 'drain', 'wait']) {
        const { end, document } = await runDocument(job(lines(device, mode)), ['--engine', engine]);
        const [{ chain, toleratedErrorCount }] = document.iotest.jobs as [(typeof document.iotest.jobs)[number]];
        expect(chain).toMatchObject({ mode, completeCount: 8, brokenCount: 24, tornCount: 0 });
        const stops = mode === 'link' || mode === 'wait';
        const [read, sync] = chain!.perElement;
        expect(read).toMatchObject({
          name: 'read:2',
          doneCount: 16,
          shortCount: 0,
          failedCount: stops ? 24 : 48,
          cancelledCount: stops ? 24 : 0,
        });
        expect(sync).toMatchObject({ doneCount: stops ? 8 : 32, failedCount: 0, cancelledCount: stops ? 24 : 0 });
        expect(toleratedErrorCount).toBe(24);
        expect(document.jobs[0]!.read).toMatchObject({ total_ios: 8, io_bytes: 1 << 20 });
        expect(document.jobs[0]!.total_err).toBe(24);
        expect(end.status).toBe(0);
      }
    });
  }

  itInLab('ends the job without continue_on_error, and says which request it was', async () => {
    const device = brokenDevice();
    const text = job(lines(device, 'link').replace('continue_on_error=io', 'iodepth=2'));
    const { end, document } = await runDocument(text);
    expect(end.status).toBe(1);
    const [measured] = document.iotest.jobs;
    expect(measured!.ended).toBe('error');
    expect(measured!.errors[0]).toMatchObject({ errno: 5 });
    expect(measured!.errors[0]!.message).toMatch(
      new RegExp(`^read of 65536 bytes at offset 1048576 of ${device}, request 1 of 3 of a chain: EIO`),
    );
    const shown = await runJob(text);
    expectNoCrash(shown);
    expect(flat(shown.stdout)).toContain('chain : read:2,fsync, link, 8 complete');
    expect(shown.stdout).toMatch(/element +done +mean +p50 +p99 +max +short +failed +cancelled/);
    expect(shown.stdout).toMatch(/^ +read:2 +16 +\S+ +\S+ +\S+ +\S+ +0 +[12] +[12]$/m);
    expect(shown.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('a chain that is refused before it starts', () => {
  const refused: readonly (readonly [string, string, readonly string[], readonly string[], string])[] = [
    [
      'openat on libaio',
      'rw=read\nchain=openat,read,close',
      ['--engine', 'libaio'],
      ['libaio has no openat'],
      '--engine io_uring',
    ],
    [
      'sync_file_range on libaio',
      'rw=write\nchain=write,sync_file_range',
      ['--engine', 'libaio'],
      ['IOCB_CMD_FDSYNC'],
      'psync',
    ],
    ['openat on mmap', 'rw=read\nchain=openat,read,close', ['--engine', 'mmap'], ['mmap has no openat'], 'psync'],
    [
      'fsync in a polled ring',
      'rw=write\ndirect=1\nhipri\nchain=write,fsync',
      [],
      ['no fsync of a chain'],
      'leave fsync out',
    ],
    [
      'more requests than a ring holds',
      'rw=write\niodepth=1000\nchain=write:40',
      [],
      ['40000 requests'],
      'iodepth to 819',
    ],
  ];
  it.each([
    ['filecreate', 'nrfiles=4\nfilesize=4k\nrw=write\nchain=write,fsync', 'operates on files'],
    [
      'io_uring_net',
      'hostname=127.0.0.1\nport=9\nprotocol=tcp\nsize=1m\nrw=write\nchain=write,nop',
      'sends and receives',
    ],
  ])('on %s, which has requests of its own', async (engine, lines, says) => {
    const end = await runJob(`[job]\nioengine=${engine}\n${lines}\n`);
    expectRefusal(end, { status: 2, says: [`${engine} ${says}`], advises: 'leave chain out' });
  });

  it.each(refused)('%s', async (_, lines, argv, says, advises) => {
    const cwd = scratchFolder();
    const end = await runJob(job(`filename=data\nsize=1m\n${lines}`), argv, { cwd });
    expectRefusal(end, { status: end.status === 1 ? 1 : 2, says: ['standard input', ...says].slice(1), advises });
    expect(end.stderr).toMatch(/:1:1: /);
    expect(fs.readdirSync(cwd)).toEqual([]);
  });

  itInLab('fallocate and unlinkat on a block device', async () => {
    const device = loopDevice(4 << 20);
    for (const elements of ['fallocate,write', 'openat,write,close,unlinkat']) {
      const text = job(`filename=${device.path}\nrw=write\nchain=${elements}`);
      const end = await runJob(text, ['--destructive', device.path]);
      expectRefusal(end, { status: 2, says: ['needs a file', device.path], advises: 'name a file' });
    }
  });
});

describe('chains, run as a user would', () => {
  it('are set side by side by engine, element by element, and the saved result shows them again', async () => {
    const lines =
      'filename=data\nsize=256k\nrw=write\nbs=4k\nchain=write:4,fdatasync\nnumber_ios=50\ntime_based\nruntime=20';
    const cwd = scratchFolder({ 'job.ini': job(lines, 'wal') });
    const engines = ['psync', 'io_uring', 'libaio', 'null'].flatMap((engine) => ['--engine', engine]);
    const end = await iotest(['run', 'job.ini', '--verbose', ...engines], { cwd });
    expectNoCrash(end);
    expect(end.status).toBe(0);
    expect(end.stdout).toMatch(/^wal: psync, write, 4096B, chains, depth 1, buffered/m);
    expect(end.stdout.match(/chain {3}: write:4,fdatasync, link, 50 complete, 0 broken/g)).toHaveLength(4);
    const table = end.stdout.slice(end.stdout.indexOf('engines compared'));
    expect(table).toMatch(/^ +write:4 mean +\S+ +\S+ +[\d.]+x/m);
    expect(table).toMatch(/^ +fdatasync mean +\S+ +\S+ +[\d.]+x/m);
    expect(end.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const [saved] = fs.readdirSync(path.join(cwd, 'results')).filter((name) => name.endsWith('.json'));
    const shown = await iotest(['results', 'show', saved!.replace('.json', '')], { cwd });
    expect(shown.stdout).toContain('write:4,fdatasync, link, 50 complete');
    const document = JSON.parse(fs.readFileSync(path.join(cwd, 'results', saved!), 'utf8'));
    for (const [index, { chain, options }] of document.iotest.jobs.entries()) {
      expect(options.engine.chain.elements).toHaveLength(2);
      expect(chain.perElement.map((element: { doneCount: number }) => element.doneCount)).toEqual([200, 50]);
      expect(chain.latencyDefinition).toContain('seen complete');
      // A chain is one I/O, with the bytes of its writes.
      expect(document.jobs[index].write).toMatchObject({ total_ios: 50, io_bytes: 50 * 4 * 4096 });
    }
  });

  it('write the same data in the same places on every engine', async () => {
    const cwd = scratchFolder();
    const text = job('filename=data\nsize=128k\nrw=randwrite\nbs=4k\nchain=write:2,fdatasync\nrefill_buffers=1');
    const images: string[] = [];
    for (const engine of ['psync', 'io_uring', 'io_uring+fixed', 'libaio', 'sync', 'mmap']) {
      const end = await runJob(text, ['--engine', engine], { cwd });
      expect(end.status).toBe(0);
      images.push(fs.readFileSync(path.join(cwd, 'data'), 'hex'));
      fs.rmSync(path.join(cwd, 'data'));
    }
    expect(images[0]!.length).toBe(2 * 128 * 1024);
    expect(new Set(images).size).toBe(1);
  });

  it('wal-commit.ini is listed, and runs', async () => {
    const list = await iotest(['jobs']);
    expect(list.stdout).toContain('wal-commit');
    const cwd = scratchFolder();
    const argv = [
      '--engine',
      'psync',
      '--engine',
      'io_uring',
      '--set',
      'runtime=200ms',
      '--set',
      'ramp_time=0',
      '--set',
      'size=1m',
    ];
    const end = await iotest(['run', path.resolve('jobs/wal-commit.ini'), '--no-save', '--verbose', ...argv], { cwd });
    expectNoCrash(end);
    expect(end.status).toBe(0);
    expect(end.stdout).toMatch(/commit: engines compared/);
    expect(end.stdout).toMatch(/where: engines compared[\s\S]*fdatasync mean/);
  });
});
