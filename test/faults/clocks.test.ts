/** Clocks that do not begin where the machine's do: in a time namespace the monotonic one is years ahead, or new. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { executable, scratchFolder } from '../cli/command.js';
import { documentIn, expectNoCrash } from './fault-lab.js';

const inTime = (seconds: number) => ['unshare', '--time', `--monotonic=${seconds}`, `--boottime=${seconds}`, '--fork'];

function namespaceMissing(): string | null {
  const [program, ...words] = inTime(1);
  const { status, stderr, error } = spawnSync(program!, [...words, 'true'], { encoding: 'utf8' });
  if (status === 0) return null;
  return error === undefined ? `no time namespace can be had: ${stderr.trim()}` : 'unshare is not installed';
}

const missing = namespaceMissing();

const job = `[global]
filename=data
size=4m
rw=randread
runtime=500ms
time_based
[paced]
ioengine=io_uring
iodepth=4
rate_iops=400
write_lat_log=paced
[after]
stonewall
ioengine=libaio
startdelay=200ms
[synchronous]
stonewall
ioengine=psync
thinktime=1ms
`;

it.skipIf(missing !== null).each([
  ['ten years ahead', 315_360_000],
  ['at the start of the machine', 2 - Math.floor(Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]))],
])(`the monotonic clock %s${missing === null ? '' : ` [skipped: ${missing}]`}`, (_, seconds) => {
  const cwd = scratchFolder({ 'job.ini': job });
  const [program, ...words] = inTime(seconds);
  const begun = Date.now();
  const argv = [...words, process.execPath, executable, 'run', 'job.ini', '--format', 'json', '--no-save'];
  const { status, stdout, stderr } = spawnSync(program!, argv, { cwd, encoding: 'utf8', timeout: 120_000 });
  const tookMs = Date.now() - begun;
  expectNoCrash({ status, stdout, stderr });
  expect(status, stderr).toBe(0);
  const { iotest, jobs } = documentIn(stdout);
  const startedMs = Date.parse(iotest.startedAt);
  expect(startedMs).toBeGreaterThanOrEqual(begun - 1000);
  expect(startedMs).toBeLessThanOrEqual(begun + tookMs);
  for (const [index, { jobName, ended, errors, elapsedNs }] of iotest.jobs.entries()) {
    expect([jobName, ended, errors]).toEqual([jobName, 'runtime', []]);
    expect(elapsedNs / 1e6).toBeGreaterThanOrEqual(500);
    expect(elapsedNs / 1e6).toBeLessThan(tookMs);
    const { min, max } = jobs[index]!.read.lat_ns;
    expect(min).toBeGreaterThan(0);
    expect(max).toBeLessThanOrEqual(elapsedNs * 2);
  }
  // 400 a second.
  expect(jobs[0]!.read.total_ios).toBeLessThanOrEqual((400 * iotest.jobs[0]!.elapsedNs) / 1e9 + 1);
  const log = fs.readdirSync(cwd).find((name) => /^paced.*\.log$/.test(name) && /lat/.test(name))!;
  const times = fs
    .readFileSync(path.join(cwd, log), 'utf8')
    .trim()
    .split('\n')
    .map((line) => Number(line.split(',')[0]));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.at(-1)!).toBeLessThan(tookMs);
});
