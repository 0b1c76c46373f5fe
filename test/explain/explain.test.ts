/** `iotest run --explain` on real cases: what the kernel did, and the sentences that follow. */
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { IotestDocument, IotestJob } from '../../src/results/document.js';
import { iotest, scratchFolder } from '../cli/command.js';
import { createZram, iotestIn, type Place, tracingMissing } from './places.js';

const missing = tracingMissing();
const traced = describe.skipIf(missing !== null);
const title = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

const cachedJob = `[global]
rw=randread
bs=4k
size=4m
time_based
runtime=500ms
direct=0
invalidate=0
pre_read=1
ioengine=io_uring
iodepth=8

[cached]
filename=data
`;

interface Explained {
  readonly jobs: readonly IotestJob[];
  /** The report for people, of the same run. */
  readonly text: string;
}

async function explain(place: Place, job: string, argv: readonly string[] = []): Promise<Explained> {
  const folder = scratchFolder({ 'job.ini': job });
  const ran = await iotestIn(place, ['run', 'job.ini', '--explain', '--quiet', ...argv], folder);
  expect(ran.stderr).toBe('');
  const [saved] = fs
    .readdirSync(join(folder, 'results'))
    .filter((name) => name.endsWith('.json') && !name.startsWith('index'));
  const document = JSON.parse(fs.readFileSync(join(folder, 'results', saved!), 'utf8')) as IotestDocument;
  return { jobs: document.iotest.jobs, text: ran.stdout };
}

function workOf({ jobs }: Explained, engineLabel = 'io_uring') {
  return jobs.find((job) => job.engineLabel === engineLabel)!.kernelWork!;
}

traced(title('with the kernel’s counters'), () => {
  it('sees that the page cache answers inline', async () => {
    const explained = await explain('with tracefs', cachedJob, ['--engine', 'psync', '--engine', 'io_uring']);
    const work = workOf(explained);
    expect(work.missing).toEqual([]);
    const { submitted, inline, worker, polled } = work.paths!;
    expect(submitted).toBe(work.ioCount);
    expect(inline / submitted).toBeGreaterThan(0.95);
    expect([worker, polled]).toEqual([0, 0]);
    expect(work.tracingNsPerIo).toBeGreaterThan(0);
    expect(workOf(explained, 'psync')).toMatchObject({ paths: null, sqThreads: null, workers: null });
    expect(explained.text).toContain('cached: what the kernel did');
    expect(explained.text).toMatch(/io_uring: buffered reads complete inline/);
  });

  it('counts every request once, on whichever way it went', async () => {
    const direct = cachedJob.replace('direct=0', 'direct=1').replace('pre_read=1\n', '');
    const work = workOf(await explain('with tracefs', direct));
    const { submitted, inline, taskWork, worker, polled } = work.paths!;
    expect(inline + taskWork + worker + polled).toBe(work.ioCount);
    expect(submitted).toBe(work.ioCount);
    expect(work.enterCount).toBeGreaterThan(0);
  });

  it('tells what workers did when every request is forced upon them', async () => {
    const explained = await explain('with tracefs', `${cachedJob}force_async=1\n`);
    const work = workOf(explained);
    expect(work.paths!.worker).toBe(work.ioCount);
    expect(work.workers!.threadCount).toBeGreaterThan(0);
    expect(work.workers!.cpuNs).toBeGreaterThan(0);
    expect(explained.text).toContain('as force_async=1 asks');
    const half = workOf(await explain('with tracefs', `${cachedJob}force_async=2\n`));
    expect(half.paths!.worker / half.ioCount).toBeCloseTo(0.5, 1);
  });

  it('finds the submission thread of SQPOLL and what it costs', async () => {
    const explained = await explain('with tracefs', cachedJob, ['--engine', 'io_uring', '--engine', 'io_uring+sqpoll']);
    const work = workOf(explained, 'io_uring+sqpoll');
    expect(work.sqThreads!.threadCount).toBe(1);
    expect(work.sqThreads!.cpuNs).toBeGreaterThan(0);
    // Requests are submitted on that thread, which inherits the counters.
    expect(work.paths!.submitted).toBe(work.ioCount);
    // A busy machine may let the thread starve: then it cost nothing worth a sentence.
    const cost = /io_uring\+sqpoll: SQPOLL cost \d\.\d\d CPUs/;
    const job = explained.jobs.find(({ engineLabel }) => engineLabel === 'io_uring+sqpoll')!;
    if (work.sqThreads!.cpuNs >= job.elapsedNs * 0.1) expect(explained.text).toMatch(cost);
    else expect(explained.text).not.toMatch(cost);
  });

  it('explains a device that cannot be asked without blocking', async (context) => {
    const zram = createZram(16 << 20);
    if (typeof zram === 'string') return context.skip(zram);
    try {
      const job = `[zram]\nfilename=${zram.path}\nrw=randread\nbs=4k\ndirect=1\ntime_based\nruntime=500ms\nioengine=io_uring\niodepth=8\n`;
      const explained = await explain('with tracefs', job, ['--engine', 'psync', '--engine', 'io_uring']);
      const work = workOf(explained);
      expect(work.blockingPath).toBe(zram.path);
      expect(work.paths!.worker / work.paths!.submitted).toBeGreaterThan(0.9);
      const flat = explained.text.replace(/\s+/g, ' ');
      expect(flat).toContain(`punted to io-wq workers, because ${zram.path} does not support non-blocking submission`);
      expect(flat).toContain('a read with RWF_NOWAIT gives EOPNOTSUPP');
    } finally {
      zram.remove();
    }
  });

  it('explains chains with a sync, operations on files, and connections', async () => {
    const flatten = ({ text }: Explained) => text.replace(/\s+/g, ' ');
    const chain = `[wal]\nfilename=data\nsize=1m\nrw=write\nbs=4k\nchain=write,fdatasync\ntime_based\nruntime=500ms\nioengine=io_uring\n`;
    const chained = await explain('with tracefs', chain);
    expect(workOf(chained).paths!.worker).toBeGreaterThan(0);
    expect(flatten(chained)).toContain('chains were done by io-wq workers, since syncs are done nowhere else');

    const stat = `[stat]\ndirectory=.\nnrfiles=20\nfilesize=4k\nbs=4k\nloops=50\nioengine=io_uring_filestat\niodepth=4\n`;
    const looked = await explain('with tracefs', stat);
    expect(workOf(looked, 'io_uring_filestat').paths!.worker).toBe(1000);
    expect(flatten(looked)).toContain('looks at, renames and deletes files nowhere else');

    const both = `[global]\nioengine=io_uring_net\nprotocol=unix\nhostname=socket\nbs=64\nsize=64k\npingpong\n[receiver]\nrw=read\n[sender]\nrw=write\n`;
    const { jobs } = await explain('with tracefs', both);
    // A question and its answer are two requests, one call and one completion.
    for (const { kernelWork } of jobs) {
      expect(kernelWork!.paths!.submitted).toBe(2048);
      expect(kernelWork!.enterCount! / kernelWork!.ioCount).toBeLessThan(1.5);
    }
  });

  it('sums the workers of a group', async () => {
    const work = workOf(await explain('with tracefs', `${cachedJob}numjobs=2\ngroup_reporting\n`));
    expect(work.paths!.submitted).toBe(work.ioCount);
  });
});

traced(title('where tracing is not possible'), () => {
  it('says what is missing and what to do, and tells the rest', async () => {
    const explained = await explain('without tracefs', cachedJob);
    const work = workOf(explained);
    expect(work).toMatchObject({ paths: null, tracingNsPerIo: null });
    expect(work.enterCount).toBeGreaterThan(0);
    const flat = explained.text.replace(/\s+/g, ' ');
    expect(flat).toContain('not measured: shares of inline, task work and worker completions');
    expect(flat).toContain('mount -t tracefs nodev /sys/kernel/tracing');
    expect(flat).not.toContain('complete inline');
  });
});

it('nobody looks without --explain', async () => {
  const folder = scratchFolder({ 'job.ini': cachedJob });
  const ran = await iotest(['run', 'job.ini', '--format', 'json', '--no-save', '--quiet'], { cwd: folder });
  const document = JSON.parse(ran.stdout) as IotestDocument;
  expect(document.iotest.jobs[0]!.kernelWork).toBeUndefined();
});
