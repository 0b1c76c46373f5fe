/** Recordings and replays, across fio and iotest: what one writes, the other does, in the same order. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseResult } from '../../src/results/parse.js';
import { iotest, scratchFolder } from '../cli/command.js';
import { fioMissing, totals } from './fio.js';

const missing = fioMissing();
const size = 1 << 18;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = scratchFolder(files);
  fs.writeFileSync(path.join(folder, 'data'), Buffer.alloc(size, 1));
  return folder;
}

function fio(folder: string, job: string) {
  fs.writeFileSync(path.join(folder, 'job.fio'), job);
  const text = execFileSync('fio', ['--output-format=json', 'job.fio'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return parseResult(text, 'fio');
}

async function ours(folder: string, job: string) {
  const end = await iotest(['run', '-', '--no-save', '--format', 'json', '--destructive', 'data'], {
    cwd: folder,
    input: job,
  });
  expect(end.status, end.stderr).toBe(0);
  return parseResult(end.stdout, 'iotest');
}

/** `file action offset length` of each I/O; where a sync stands on the way is fio's affair. */
function actions(folder: string, name: string): string[] {
  const lines = fs.readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n');
  expect(lines[0]).toBe('fio version 3 iolog');
  return lines
    .slice(1)
    .map((line) => {
      expect(line).toMatch(/^\d+ \S+ (add|open|close|(read|write|trim|sync|datasync) \d+ \d+)$/);
      return line.replace(/^\d+ /, '').replace(/sync \d+ 0$/, 'sync');
    })
    .filter((line) => !/ (add|open|close)$/.test(line));
}

const times = (folder: string, name: string): number[] =>
  fs
    .readFileSync(path.join(folder, name), 'utf8')
    .split('\n')
    .slice(1)
    .filter((line) => / (read|write) /.test(line))
    .map((line) => Number(line.split(' ')[0]));

describe('write_iolog', () => {
  it('records what fio records: the same I/Os in the same order', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const job = '[a]\nioengine=psync\nfilename=data\nsize=64k\nrw=write\nfsync=4\nwrite_iolog=log\n';
    const [fioFolder, ourFolder] = [folderWith({}), folderWith({})];
    fio(fioFolder, job);
    await ours(ourFolder, job);
    const last = (lines: string[]) => (lines.at(-1) === 'data sync' ? lines.slice(0, -1) : lines);
    expect(last(actions(ourFolder, 'log'))).toEqual(last(actions(fioFolder, 'log')));
  });

  it('is added to an existing file, as by fio, and is then replayed as one', async () => {
    const folder = folderWith({});
    const job = '[a]\nioengine=null\nfilename=data\nsize=16k\nrw=read\nwrite_iolog=log\n';
    await ours(folder, job);
    await ours(folder, job);
    expect(fs.readFileSync(path.join(folder, 'log'), 'utf8').match(/fio version 3/g)).toHaveLength(2);
    const { jobs } = await ours(folder, '[r]\nioengine=null\nread_iolog=log\n');
    expect(jobs[0]!.read.total_ios).toBe(8);
  });
});

describe('read_iolog', () => {
  it('does what fio recorded, and fio what we recorded', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const folder = folderWith({});
    const engine = 'ioengine=libaio\niodepth=4\n';
    const recorded = fio(
      folder,
      `[a]\n${engine}filename=data\nsize=${size}\nbs=4k,8k\nrw=randrw\nfsync=8\nwrite_iolog=one\n`,
    );
    const replayed = await ours(folder, `[b]\n${engine}read_iolog=one\nreplay_no_stall=1\nwrite_iolog=two\n`);
    const again = fio(folder, `[c]\n${engine}read_iolog=two\nreplay_no_stall=1\n`);
    expect(actions(folder, 'two')).toEqual(actions(folder, 'one'));
    expect(totals(replayed)).toEqual(totals(recorded));
    // Of its replays fio counts all I/Os, but not all of their bytes.
    const counts = ({ readCount, writeCount, syncCount }: Record<string, number>) => [readCount, writeCount, syncCount];
    expect(counts(totals(again))).toEqual(counts(totals(recorded)));
  });

  it('keeps the times of the recording, scaled as asked', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const lines = Array.from({ length: 10 }, (_, index) => `${index * 20_000} data read ${index * 4096} 4096`);
    const iolog = `fio version 3 iolog\n0 data add\n0 data open\n${lines.join('\n')}\n200000 data close\n`;
    const folder = folderWith({ log: iolog });
    for (const [scale, us] of [
      [100, 20_000],
      [200, 10_000],
    ] as const) {
      await ours(folder, `[r]\nioengine=psync\nread_iolog=log\nreplay_time_scale=${scale}\nwrite_iolog=out${scale}\n`);
      const starts = times(folder, `out${scale}`);
      expect(starts).toHaveLength(10);
      // Late on a busy machine, but never early.
      for (const [index, start] of starts.entries())
        expect(start - starts[0]!).toBeGreaterThanOrEqual(index * us - 1000);
    }
    const { jobs } = fio(folder, '[r]\nioengine=psync\nread_iolog=log\n');
    expect(jobs[0]!.read.total_ios).toBe(10);
  });

  it('waits in version 2 as fio does: until so many ms after the start', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const iolog =
      'fio version 2 iolog\ndata add\ndata open\ndata read 0 4096\ndata wait 400 0\ndata read 4096 4096\ndata close\n';
    const folder = folderWith({ log: iolog });
    const job = '[r]\nioengine=psync\nread_iolog=log\nwrite_iops_log=w\n';
    await ours(folder, job);
    const at = () =>
      fs
        .readFileSync(path.join(folder, 'w_iops.1.log'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => Number.parseInt(line, 10));
    const [, second] = at();
    expect(second).toBeGreaterThanOrEqual(399);
    fio(folder, job);
    // fio counts from its own start, which is before the job's.
    expect(at()[1]).toBeGreaterThan(100);
    expect(at()[1]).toBeLessThan(5000);
  });

  it('scales, aligns and redirects as fio does', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const lines = [0, 100_000, 123_456, 200_000].map((offset) => `0 elsewhere read ${offset} 512`);
    const folder = folderWith({ log: `fio version 3 iolog\n0 elsewhere add\n0 elsewhere open\n${lines.join('\n')}\n` });
    const job =
      '[r]\nioengine=psync\nread_iolog=log\nreplay_redirect=data\nreplay_scale=3\nreplay_align=512\nwrite_iops_log=w\nlog_offset=1\n';
    const offsets = () =>
      fs
        .readFileSync(path.join(folder, 'w_iops.1.log'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => Number(line.split(', ')[4]));
    fio(folder, job);
    const theirs = offsets();
    await ours(folder, job);
    expect(offsets()).toEqual(theirs);
    expect(offsets()).toEqual([0, 33_280, 40_960, 66_560]);
  });

  it('leaves out what is to be skipped, as later versions of fio do', async () => {
    const folder = folderWith({
      log: 'fio version 3 iolog\n0 data add\n0 data open\n0 data read 0 512\n0 data write 512 512\n0 data sync 0 0\n0 data read 0 512\n0 data close\n',
    });
    const job = '[r]\nioengine=psync\nread_iolog=log\nreplay_skip=write,sync\n';
    const expected = { readCount: 2, readBytes: 1024, writeCount: 0, writeBytes: 0, syncCount: 0 };
    expect(totals(await ours(folder, job))).toEqual(expected);
  });

  it('tells all damage at once, with the lines of the recording', async () => {
    const folder = folderWith({ log: 'fio version 3 iolog\n0 data add\n0 data read 0\n0 data jump 0 512\n' });
    const end = await iotest(['run', '-', '--no-save'], {
      cwd: folder,
      input: '[r]\nioengine=psync\nread_iolog=log\n',
    });
    expect(end.status).toBe(2);
    expect(end.stderr).toMatch(/log:3:1: .*no length/);
    expect(end.stderr).toMatch(/log:4:1: .*"jump"/);
  });
});
