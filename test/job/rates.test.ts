/** Rates with real waits: nothing ahead of the schedule, and no CPU spent on waiting. */
import { expect, it } from 'vitest';
import { parseResult } from '../../src/results/parse.js';
import { iotest, scratchFolder } from '../cli/command.js';

const perSecond = 500;
const ioCount = 200;

/** One job per engine and depth, all at once. A count ends them, so that a busy machine makes them late and nothing else. */
const job = `[global]
size=1m
filename=data
rw=randread
bs=4k
number_ios=${ioCount}
rate_iops=${perSecond}
${['io_uring', 'libaio', 'psync', 'null']
  .map((engine) => `[${engine}]\nioengine=${engine}\niodepth=${engine === 'psync' ? 1 : 8}\n`)
  .join('')}`;

it('every engine waits for the schedule, asleep', async () => {
  const cwd = scratchFolder({ data: 'x'.repeat(1 << 20) });
  const end = await iotest(['run', '-', '--no-save', '--format', 'json'], { cwd, input: job });
  expect(end.status, end.stderr).toBe(0);
  const { jobs, iotest: own } = parseResult(end.stdout, 'iotest');
  expect(jobs).toHaveLength(4);
  jobs.forEach(({ jobname, read }, index) => {
    const { elapsedNs, cpu } = own!.jobs[index]!;
    expect(read.total_ios, jobname).toBe(ioCount);
    // The first is due at 0, the last so much later; it is never ahead, even where it catches up.
    expect(elapsedNs, jobname).toBeGreaterThanOrEqual(((ioCount - 1) / perSecond) * 1e9);
    // CPU time of its own: what others take makes the run longer.
    expect(cpu.userNs + cpu.systemNs, jobname).toBeLessThan(elapsedNs * 0.6);
  });
});
