/** What is taken away during a run: the results folder, and the device below the job. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ended, ended, scratchFolder, start } from '../cli/command.js';
import {
  cleanUp,
  command,
  documentIn,
  expectNoCrash,
  flat,
  itInLab,
  later,
  mounted,
  namesIn,
  sparseFile,
  watchBegin,
} from './fault-lab.js';

afterEach(cleanUp);

/** Runs a job without end, does `what` when it measures, and ends it; `argv` follow the job file. */
async function during(job: string, argv: readonly string[], what: (cwd: string) => void): Promise<Ended> {
  const cwd = scratchFolder({ 'job.ini': job });
  fs.mkdirSync(path.join(cwd, 'kept/results'), { recursive: true });
  const { flags, hasBegun } = watchBegin();
  const child = start(['run', 'job.ini', '--format', 'json', ...argv, ...flags], { cwd });
  const end = ended(child);
  await hasBegun();
  try {
    what(cwd);
  } finally {
    child.kill('SIGINT');
  }
  const result = await end;
  expectNoCrash(result);
  return result;
}

const nullJob = '[job]\nioengine=null\nsize=1g\nrw=randread\nruntime=10m\ntime_based\n';
const folder = 'kept/results';

function expectPrinted({ stdout }: Ended): void {
  const { jobs, iotest } = documentIn(stdout);
  expect(iotest.jobs[0]!.errors).toEqual([]);
  expect(jobs[0]!.read.total_ios).toBeGreaterThan(0);
}

describe('a results folder that vanishes during the run', () => {
  it.each([
    ['renamed', (cwd: string) => fs.renameSync(path.join(cwd, folder), path.join(cwd, 'kept/other'))],
    ['removed', (cwd: string) => fs.rmSync(path.join(cwd, folder), { recursive: true })],
    ['removed with what it was in', (cwd: string) => fs.rmSync(path.join(cwd, 'kept'), { recursive: true })],
  ])('%s: it is made again, and the result is in it', async (_, vanish) => {
    let place = '';
    const end = await during(nullJob, ['--results', folder], (cwd) => {
      vanish(cwd);
      place = path.join(cwd, folder);
      expect(fs.existsSync(place)).toBe(false);
    });
    expect(end.status).toBe(130);
    expectPrinted(end);
    const saved = /saved as (\S+)/.exec(end.stderr)?.[1];
    expect(saved).toMatch(/^kept\/results\/.*\.json$/);
    // The scratch folder stands until the test has ended.
    const text = fs.readFileSync(path.join(place, path.basename(saved!)), 'utf8');
    expect(documentIn(text).jobs).toEqual(documentIn(end.stdout).jobs);
  });

  it('a file is there instead: printed, said, and the status is 1', async () => {
    const end = await during(nullJob, ['--results', folder], (cwd) => {
      fs.rmdirSync(path.join(cwd, folder));
      fs.writeFileSync(path.join(cwd, folder), 'kept');
    });
    expectPrinted(end);
    expectNotSaved(end, /cannot be saved in kept\/results: the path leads to a file/);
  });

  const mounts: readonly (readonly [string, RegExp, (point: string) => void])[] = [
    ['becomes read-only', /the file system is read-only/, (point) => command('mount', '-o', 'remount,ro', point)],
    [
      'fills up',
      /the file system is full/,
      (point) => {
        const { status } = spawnSync('dd', ['if=/dev/zero', `of=${point}/filler`, 'bs=64k']);
        expect(status).toBe(1);
      },
    ],
  ];
  for (const [what, says, spoil] of mounts) {
    itInLab(`a small file system ${what}: printed, said, and the status is 1`, async () => {
      const point = mounted('tmpfs', 'tmpfs', 'size=1m');
      const end = await during(nullJob, ['--results', point], () => spoil(point));
      expectPrinted(end);
      expectNotSaved(end, says);
      expect(namesIn(point).filter((name) => name !== 'filler')).toEqual([]);
    });
  }

  /** Of two troubles, the signal and what is lost, the second is told. */
  function expectNotSaved(end: Ended, says: RegExp): void {
    expect(end.status).toBe(1);
    const [said, advice] = flat(end.stderr).split('→');
    expect(said).toMatch(says);
    expect(advice).toContain('--results DIR');
    expect(end.stderr).not.toContain('saved as');
  }
});

describe('a device that is to go during the run', () => {
  const job = (device: string, engine: string) =>
    `[job]\nfilename=${device}\nioengine=${engine}\nrw=randread\niodepth=4\ndirect=1\nruntime=10m\ntime_based\n`;

  for (const engine of ['io_uring', 'libaio', 'psync']) {
    itInLab(`a loop device is detached: it stays until the run has ended, with ${engine}`, async () => {
      const device = command('losetup', '--find', '--show', sparseFile(16 << 20));
      const backing = `/sys/block/${path.basename(device)}/loop/backing_file`;
      // Where the test fails before.
      later(() => spawnSync('losetup', ['--detach', device]));
      const end = await during(job(device, engine), ['--no-save'], () => {
        command('losetup', '--detach', device);
        expect(fs.existsSync(backing)).toBe(true);
      });
      expect(end.status).toBe(130);
      expectPrinted(end);
      expect(fs.existsSync(backing)).toBe(false);
    });
  }

  const control = '/sys/class/zram-control';
  const zramMissing =
    process.getuid?.() !== 0 ? 'needs root' : fs.existsSync(`${control}/hot_add`) ? null : 'there is no zram here';
  it.skipIf(zramMissing !== null)(
    `a zram device refuses its reset and its removal${zramMissing === null ? '' : ` [skipped: ${zramMissing}]`}`,
    async () => {
      const index = fs.readFileSync(`${control}/hot_add`, 'utf8').trim();
      const place = `/sys/block/zram${index}`;
      later(() => fs.writeFileSync(`${control}/hot_remove`, index));
      fs.writeFileSync(`${place}/disksize`, '16M');
      const end = await during(job(`/dev/zram${index}`, 'io_uring'), ['--no-save'], () => {
        expect(() => fs.writeFileSync(`${place}/reset`, '1')).toThrow('EBUSY');
        expect(() => fs.writeFileSync(`${control}/hot_remove`, index)).toThrow('EBUSY');
      });
      expect(end.status).toBe(130);
      expectPrinted(end);
    },
  );
});
