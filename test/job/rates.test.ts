/** Rates with real waits: nothing ahead of the schedule, nothing much behind it, and no CPU spent on waiting. */
import { expect, it } from 'vitest';
import { parseResult } from '../../src/stats/parse-result.js';
import { iotest, scratchFolder } from '../cli/command.js';

const perSecond = 500;
const seconds = 0.4;
const scheduled = perSecond * seconds;

/** One job per engine and depth, all at once. */
const job = `[global]
size=1m
filename=data
rw=randread
bs=4k
time_based
runtime=${seconds * 1000}ms
rate_iops=${perSecond}
${['io_uring', 'libaio', 'psync', 'null']
  .map((engine) => `[${engine}]\nioengine=${engine}\niodepth=${engine === 'psync' ? 1 : 8}\n`)
  .join('')}`;

// Once more where a busy machine kept the worker from its CPU.
it('every engine waits for the schedule, asleep', { retry: 3 }, async () => {
  const cwd = scratchFolder({ data: 'x'.repeat(1 << 20) });
  const end = await iotest(['run', '-', '--no-save', '--format', 'json'], { cwd, input: job });
  expect(end.status, end.stderr).toBe(0);
  const { jobs, iotest: own } = parseResult(end.stdout, 'iotest');
  expect(jobs).toHaveLength(4);
  jobs.forEach(({ jobname, read }, index) => {
    const { elapsedNs, cpu } = own!.jobs[index]!;
    expect(read.total_ios, jobname).toBeGreaterThanOrEqual(scheduled * 0.5);
    // Not one more than are due by then, even when it catches up; the first is due at 0.
    const due = Math.floor((elapsedNs / 1e9) * perSecond) + 1;
    expect(read.total_ios, jobname).toBeLessThanOrEqual(due);
    expect(cpu.userNs + cpu.systemNs, jobname).toBeLessThan(elapsedNs * 0.6);
  });
});
