/**
 * Rates, pauses, shares and limits of latency against fio. Time is only bounded from below: no machine is too busy to start
 * late, and a rate or a pause that is not obeyed shows as a job that ends early.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/results/document.js';
import { iotest, scratchFolder } from '../cli/command.js';
import { fioMissing, runBoth, totals } from './fio.js';

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

const global = '[global]\nioengine=null\nsize=1m\nbs=4k\nrw=randread\n';

/** The longest job, ms; fio rounds to whole ones. */
function elapsedMs({ jobs }: ResultDocument): number {
  return Math.max(...jobs.flatMap(({ read, write, trim }) => [read, write, trim].map(({ runtime }) => runtime)));
}

function errorsOf({ jobs }: ResultDocument): unknown {
  return Object.fromEntries(jobs.map(({ jobname, error }) => [jobname, error]));
}

/** Status of both, which print nothing to compare. */
async function statuses(job: string): Promise<{ readonly fio: number | null; readonly ours: number | null }> {
  const fio = spawnSync('fio', ['--output-format=json', 'job.fio'], {
    cwd: scratchFolder({ 'job.fio': job }),
    stdio: 'ignore',
  });
  return {
    fio: fio.status,
    ours: (await iotest(['run', '-', '--no-save', '--format', 'json'], { input: job })).status,
  };
}

describe('a rate', () => {
  // The last of n I/Os is due at (n − 1) / rate.
  for (const [what, lines, leastMs] of [
    ['in I/Os', 'io_size=400k\nrate_iops=250', 396],
    ['in bytes', 'io_size=400k\nrate=1000k', 396],
    ['in bytes, at depth', 'ioengine=null\niodepth=16\nio_size=400k\nrate=1000k', 396],
    ['at random intervals', 'number_ios=200\nrate_iops=1000\nrate_process=poisson', 0],
    ['for reads, of reads alone', 'number_ios=100\nrate_iops=250,1', 396],
    ['for writes, of writes alone', 'rw=write\nnumber_ios=100\nrate_iops=1,250', 396],
    ['of clones, each its own', 'number_ios=100\nnumjobs=2\nrate_iops=250', 396],
    ['with pauses that it makes up for', 'number_ios=100\nrate_iops=250\nthinktime=10ms\nthinktime_blocks=25', 396],
  ] as const) {
    itWithFio(withFio(`${what}: as many I/Os, not sooner`), async () => {
      const { fio, ours } = await runBoth(`${global}[job]\n${lines}\n`);
      expect(totals(ours)).toEqual(totals(fio));
      for (const document of [fio, ours]) expect(elapsedMs(document)).toBeGreaterThanOrEqual(leastMs - 1);
    });
  }

  itWithFio(withFio('per direction: together as many, no direction sooner than its own rate'), async () => {
    const job = `${global}[job]\nrw=randrw\nio_size=800k\nrate_iops=400,200\n`;
    const { fio, ours } = await runBoth(job);
    for (const document of [fio, ours]) {
      const { readCount, writeCount } = totals(document);
      expect(readCount! + writeCount!).toBe(200);
      const leastMs = Math.max((readCount! - 1) / 0.4, (writeCount! - 1) / 0.2);
      expect(elapsedMs(document)).toBeGreaterThanOrEqual(leastMs - 2);
    }
  });

  for (const [what, lines] of [
    ['in I/Os and in bytes at once', 'rate=1m\nrate_iops=100'],
    ['below its own minimum', 'rate_iops=100\nrate_iops_min=200'],
    ['with minima in I/Os and in bytes at once', 'rate_min=1m\nrate_iops_min=100'],
  ] as const) {
    itWithFio(withFio(`${what} is refused by both`), async () => {
      const { fio, ours } = await statuses(`${global}[job]\nio_size=4k\n${lines}\n`);
      expect(fio).not.toBe(0);
      expect(ours).toBe(2);
    });
  }

  itWithFio(withFio('that falls below its minimum ends each job with EIO'), async () => {
    const job = `${global}time_based\nruntime=20\nthinktime=20ms
[in-ios]\nrate_iops_min=200\n[in-bytes]\nrate_min=800k\n[enough]\nruntime=3\nrate_iops_min=1\n`;
    const { fio, ours } = await runBoth(job, { fails: true });
    expect(errorsOf(fio)).toEqual({ 'in-ios': 5, 'in-bytes': 5, enough: 0 });
    expect(errorsOf(ours)).toEqual(errorsOf(fio));
    for (const document of [fio, ours]) expect(elapsedMs(document)).toBeLessThan(20_000);
  });
});

it.skipIf(missing !== null)(
  withFio('max_latency ends a job with ETIMEDOUT after the I/O that took longer'),
  async () => {
    // Nobody reads 1 MiB in 1 µs.
    const job = '[job]\nioengine=psync\nfilename=data\nsize=8m\nbs=1m\nrw=read\nmax_latency=1us\n';
    const { fio, ours } = await runBoth(job, { files: { data: 8 << 20 }, fails: true });
    expect(errorsOf(fio)).toEqual({ job: 110 });
    expect(errorsOf(ours)).toEqual(errorsOf(fio));
    expect(totals(ours)).toEqual(totals(fio));
  },
);

describe('thinktime', () => {
  for (const [what, lines, leastMs] of [
    ['after every I/O', 'number_ios=16\nthinktime=20ms', 300],
    ['after every eighth', 'number_ios=64\nthinktime=40ms\nthinktime_blocks=8', 280],
    ['issued', 'number_ios=64\nthinktime=40ms\nthinktime_blocks=8\nthinktime_blocks_type=issue', 280],
    // fio 3.33 sleeps for an hour when the spin, preempted, lasts longer than the pause: hence the long one.
    ['with a part spent computing', 'number_ios=2\nthinktime=300ms\nthinktime_spin=1ms', 300],
  ] as const) {
    itWithFio(withFio(`${what}: as many I/Os, not sooner`), async () => {
      const { fio, ours } = await runBoth(`${global}[job]\n${lines}\n`);
      expect(totals(ours)).toEqual(totals(fio));
      for (const document of [fio, ours]) expect(elapsedMs(document)).toBeGreaterThanOrEqual(leastMs);
    });
  }
});

describe('flow', () => {
  itWithFio(withFio('shares I/Os by weight'), async () => {
    // The pauses keep a job that is still there when the other has ended from doing much in that time.
    const job = `${global}time_based\nruntime=1\nthinktime=1ms\nflow_id=7\n[one]\nflow=1\n[two]\nflow=2\n`;
    const { fio, ours } = await runBoth(job);
    for (const { jobs } of [fio, ours]) {
      const count = (name: string) => jobs.find(({ jobname }) => jobname === name)!.read.total_ios;
      const share = count('two') / count('one');
      expect(share).toBeGreaterThan(1.6);
      expect(share).toBeLessThan(2.5);
    }
  });
});
