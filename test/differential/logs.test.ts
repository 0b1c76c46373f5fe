/**
 * fio's logs and ours, of the same jobs: the same files, the same lines column by column, the same offsets. fio 3.33 (Debian)
 * writes fewer columns than 3.42 where the priority has no class or the window has two values; ours are those of 3.42.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';
import { fioMissing } from './fio.js';

const missing = fioMissing();
const version = spawnSync('fio', ['--version'], { encoding: 'utf8' }).stdout?.trim().replace('fio-', '') ?? '';
const [major, minor] = version.split('.').map(Number) as [number, number];
const isAtLeast = (wanted: number) => major > 3 || (major === 3 && minor >= wanted);

/** Files whose names end in `.log`, by name. */
type Logs = Readonly<Record<string, string>>;

function logsIn(folder: string): Logs {
  const names = fs.readdirSync(folder).filter((name) => name.endsWith('.log'));
  return Object.fromEntries(names.sort().map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]));
}

async function both(job: string): Promise<{ fio: Logs; ours: Logs }> {
  const fioFolder = scratchFolder({ 'job.fio': job });
  execFileSync('fio', ['--output=/dev/null', 'job.fio'], { cwd: fioFolder, stdio: 'pipe' });
  return { fio: logsIn(fioFolder), ours: await ourLogs(job) };
}

async function ourLogs(job: string): Promise<Logs> {
  const folder = scratchFolder();
  const end = await iotest(['run', '-', '--no-save', '--format', 'json'], { cwd: folder, input: job });
  expect(end.status, end.stderr).toBe(0);
  expect(fs.readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  return logsIn(folder);
}

const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(', '));
const column = (text: string, index: number): string[] => rows(text).map((row) => row[index]!);

const all = `write_bw_log=x\nwrite_iops_log=x\nwrite_lat_log\nwrite_hist_log=h\nlog_hist_msec=1000`;
const number = '\\d+';

describe(`logs, against fio ${version}`, () => {
  it('have the same names and as many lines', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const job = `[global]\nioengine=psync\nsize=128k\nrw=randrw\nrandseed=7\n${all}\nlog_offset=1\n[a b]\n[c]\nnumjobs=2\nstonewall\n`;
    const { fio, ours } = await both(job);
    expect(Object.keys(ours)).toEqual(
      Object.keys(fio).filter((name) => !name.includes('_slat') || ours[name] !== undefined),
    );
    for (const name of Object.keys(ours))
      expect(`${name} ${rows(ours[name]!).length}`).toBe(`${name} ${rows(fio[name]!).length}`);
  });

  const columnCases = {
    plain: ['', [number, number, '[01]', '4096', '0']],
    offsets: ['log_offset=1', [number, number, '[01]', '4096', number, '0']],
    priorities: ['log_prio=1\nprioclass=2\nprio=3', [number, number, '[01]', '4096', '0x4003']],
    windows: ['log_avg_msec=100\nlog_max_value=1\ntime_based\nruntime=1', [number, number, '[01]', '0', '0']],
  } as const;

  for (const [title, [options, columns]] of Object.entries(columnCases)) {
    it(`have the same columns: ${title}`, async ({ skip }) => {
      if (missing !== null) skip(missing);
      const kinds = 'write_bw_log\nwrite_iops_log\nwrite_lat_log';
      const { fio, ours } = await both(`[a]\nioengine=libaio\niodepth=4\nsize=64k\nrw=randrw\n${kinds}\n${options}\n`);
      expect(Object.keys(ours)).toEqual(Object.keys(fio));
      const line = new RegExp(`^${columns.join(', ')}$`);
      for (const logs of [fio, ours]) {
        for (const [name, text] of Object.entries(logs)) {
          const lines = text.trimEnd().split('\n');
          expect([name, lines.length > 5, lines.find((each) => !line.test(each))]).toEqual([name, true, undefined]);
        }
      }
    });
  }

  it('of single I/Os have the same offsets, directions and sizes', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const job = '[a]\nioengine=psync\nsize=256k\nbs=4k,8k\nrw=read\nwrite_iops_log\nwrite_bw_log\nlog_offset=1\n';
    const { fio, ours } = await both(job);
    for (const name of ['a_iops.1.log', 'a_bw.1.log']) {
      for (const index of [2, 3, 4]) expect(column(ours[name]!, index)).toEqual(column(fio[name]!, index));
    }
    expect(column(ours['a_iops.1.log']!, 1)).toEqual(column(fio['a_iops.1.log']!, 1));
  });

  it('of random I/Os cover the same blocks', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const job = '[a]\nioengine=io_uring\niodepth=8\nsize=256k\nrw=randread\nwrite_lat_log\nlog_offset=1\n';
    const { fio, ours } = await both(job);
    const blocks = (logs: Logs) =>
      column(logs['a_clat.1.log']!, 4)
        .map(Number)
        .sort((left, right) => left - right);
    expect(blocks(ours)).toEqual(blocks(fio));
  });

  it('of histograms have the same columns', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const job = (coarseness: number) =>
      `[a]\nioengine=null\nsize=1g\ntime_based\nruntime=1\nwrite_hist_log\nlog_hist_msec=200\nlog_hist_coarseness=${coarseness}\n`;
    for (const coarseness of [0, 6]) {
      const { fio, ours } = await both(job(coarseness));
      const name = 'a_clat_hist.1.log';
      const widths = (text: string) => [...new Set(rows(text).map((row) => row.length))];
      expect(widths(ours[name]!)).toEqual([3 + 1856 / 2 ** coarseness]);
      expect(widths(ours[name]!)).toEqual(widths(fio[name]!));
      const times = column(ours[name]!, 0).map(Number);
      expect(times.length).toBeGreaterThan(2);
      for (const [index, ms] of times.entries()) expect(ms).toBeGreaterThanOrEqual((index + 1) * 200);
      expect(new Set(column(ours[name]!, 2))).toEqual(new Set(['4096']));
    }
  });

  it('of all jobs in one file are added to it, as to what was there', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const job = '[a]\nioengine=null\nsize=64k\nnumjobs=2\nwrite_iops_log=x\nper_job_logs=0\n';
    const fioFolder = scratchFolder({ 'job.fio': job });
    const ourFolder = scratchFolder();
    for (const lines of [32, 64]) {
      execFileSync('fio', ['--output=/dev/null', 'job.fio'], { cwd: fioFolder, stdio: 'pipe' });
      expect((await iotest(['run', '-', '--no-save'], { cwd: ourFolder, input: job })).status).toBe(0);
      expect(rows(logsIn(fioFolder)['x_iops.log']!)).toHaveLength(lines);
      expect(rows(logsIn(ourFolder)['x_iops.log']!)).toHaveLength(lines);
    }
  });

  it('count time from an epoch where asked to', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const alternate = isAtLeast(36) ? 'log_alternate_epoch' : 'log_unix_epoch';
    const { fio, ours } = await both(`[a]\nioengine=null\nsize=64k\nwrite_iops_log\n${alternate}=1\n`);
    for (const logs of [fio, ours]) {
      for (const ms of column(logs['a_iops.1.log']!, 0))
        expect(Math.abs(Number(ms) - Date.now())).toBeLessThan(600_000);
    }
  });
});

describe('logs, as fio 3.42 has them', () => {
  it('show both values of a window, and the time of issue', async () => {
    const global = '[global]\nioengine=libaio\nsize=8k\ntime_based\nruntime=1\n';
    const ours = await ourLogs(
      `${global}[a]\nwrite_lat_log=log\nlog_offset=1\nlog_issue_time=1\n[b]\nwrite_lat_log=log\nlog_offset=1\nlog_issue_time=1\nlog_avg_msec=100\nlog_window_value=both\n[c]\nwrite_iops_log=log\nwrite_bw_log=log\nwrite_lat_log=log\nlog_offset=1\nlog_issue_time=1\n`,
    );
    const expected = {
      'log_clat.1.log': /^\d+, \d+, \d+, \d+, \d+, \d+, \d+\n/,
      'log_slat.1.log': /^\d+, \d+, \d+, \d+, \d+, \d+, \d+\n/,
      'log_lat.1.log': /^\d+, \d+, \d+, \d+, \d+, \d+, 0\n/,
      'log_clat.2.log': /^(\d+, \d+, \d+, 0, 0, 0, 0, 0\n){4,}$/,
      'log_bw.3.log': /^\d+, \d+, \d+, \d+, \d+, \d+, 0\n/,
      'log_iops.3.log': /^\d+, 1, \d+, \d+, \d+, \d+, 0\n/,
    };
    for (const [name, pattern] of Object.entries(expected))
      expect(ours[name]!.slice(0, 2000).replace(/[^\n]*$/, '')).toMatch(pattern);
    const [clat, slat] = ['log_clat.1.log', 'log_slat.1.log'].map((name) => rows(ours[name]!)) as [
      string[][],
      string[][],
    ];
    expect(slat).toHaveLength(clat.length);
    for (const [index, row] of clat.entries()) {
      // Issued, then complete: issue time + clat falls into the millisecond of the line.
      expect(Math.floor((Number(row[6]) + Number(row[1])) / 1e6)).toBe(Number(row[0]));
      expect(slat[index]![6]).toBe(row[6]);
    }
  });

  it('agree with the result: each I/O has its line, and the mean of a window is that of its I/Os', async () => {
    const folder = scratchFolder();
    const job = '[a]\nioengine=null\nsize=1g\nnumber_ios=20000\nwrite_lat_log=x\nlog_avg_msec=0\nwrite_iops_log=x\n';
    const end = await iotest(['run', '-', '--no-save', '--format', 'json'], { cwd: folder, input: job });
    expect(end.status, end.stderr).toBe(0);
    const { jobs } = JSON.parse(end.stdout);
    const latencies = column(logsIn(folder)['x_lat.1.log']!, 1).map(Number);
    expect(latencies).toHaveLength(jobs[0].read.total_ios);
    const mean = latencies.reduce((sum, ns) => sum + ns, 0) / latencies.length;
    expect(mean).toBeCloseTo(jobs[0].read.lat_ns.mean, 3);
    expect(Math.max(...latencies)).toBe(jobs[0].read.lat_ns.max);
    expect(logsIn(folder)['x_slat.1.log']).toBe('');
  });
});

describe("fio's readers", () => {
  it('fio2gnuplot averages our log', async ({ skip }) => {
    if (spawnSync('fio2gnuplot', ['-h']).error !== undefined) skip('fio2gnuplot is not installed');
    const folder = scratchFolder();
    const job = '[a]\nioengine=null\nsize=1g\ntime_based\nruntime=1\nwrite_iops_log=x\nlog_avg_msec=100\n';
    expect((await iotest(['run', '-', '--no-save'], { cwd: folder, input: job })).status).toBe(0);
    execFileSync('fio2gnuplot', ['-i', '-p', 'x_iops*.log'], { cwd: folder, stdio: 'pipe' });
    const values = column(logsIn(folder)['x_iops.1.log']!, 1).map(Number);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const [, average] = /^0 (\d+)/m.exec(fs.readFileSync(path.join(folder, 'x_iops.average'), 'utf8'))!;
    expect(Number(average) / mean).toBeGreaterThan(0.99);
    expect(Number(average) / mean).toBeLessThan(1.01);
  });
});
