/** Options that have no other place here, against fio: one case each, and what of it can be equal is. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/results/document.js';
import { fioMissing, runBoth, totals } from './fio.js';

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

function totalsByName(document: ResultDocument): Record<string, unknown> {
  const names = [...new Set(document.jobs.map(({ jobname }) => jobname))];
  return Object.fromEntries(
    names.map((name) => [name, totals({ ...document, jobs: document.jobs.filter(({ jobname }) => jobname === name) })]),
  );
}

const counted: Readonly<Record<string, string>> = {
  'an offset in per cent, rounded up': 'rw=read\nsize=50%\noffset=10%\noffset_align=64k',
  'not through the page cache': 'rw=read\nbuffered=0',
  'overlapping writes one after the other':
    'ioengine=libaio\niodepth=8\nrw=randwrite\nnorandommap\nsize=64k\nio_size=1m\nserialize_overlap=1',
  'depth that is refilled late': 'ioengine=libaio\niodepth=8\niodepth_low=2\niodepth_batch_complete_max=4\nrw=randread',
  'submission by a kernel thread':
    'ioengine=io_uring\niodepth=4\nsqthread_poll=1\nsqthread_poll_cpu=0\nrw=randread\ndirect=1',
  'the random map, or none': 'rw=randread\nsoftrandommap=1',
  'a rate that makes up for no pause': 'rw=read\nnumber_ios=20\nrate_iops=1000\nthinktime=1ms\nrate_ignore_thinktime=1',
  'pauses after so much time': 'rw=read\nnumber_ios=20\nthinktime=1ms\nthinktime_iotime=2ms',
  'a least rate, looked at now and then': 'rw=read\nnumber_ios=50\nrate_min=1k\nrate_cycle=100',
  'what says nothing':
    'rw=write\nbs=8k\nloops=0\nbssplit=0\nignore_error=\nrate_cycle=0\nthinktime=1us\nthinktime_blocks=0\nbwavgtime=0',
  'one size for writes alone': 'rw=write\nbs=16k\nbssplit=4k,0',
  'an empty split': 'rw=read\nbs=16k\nbssplit=',
  'a flow of one': 'rw=read\nnumber_ios=50\nflow_id=1\nflow=3\nflow_sleep=100',
};

describe('the same I/Os and bytes', () => {
  itWithFio(withFio(`${Object.keys(counted).length} ways`), async () => {
    const sections = Object.entries(counted).map(([what, lines]) => `[${what}]\nstonewall\n${lines}\n`);
    const job = `[global]\nioengine=psync\nfilename=data\nsize=1m\nbs=4k\n${sections.join('')}`;
    const { fio, ours } = await runBoth(job, { files: { data: 1 << 20 } });
    expect(Object.keys(totalsByName(fio))).toEqual(Object.keys(counted));
    expect(totalsByName(ours)).toEqual(totalsByName(fio));
  });
});

describe('what is measured', () => {
  const cases = [
    '',
    'disable_lat=1',
    'disable_clat=1',
    'disable_slat=1',
    'disable_lat=1\ndisable_clat=1',
    'gtod_reduce=1',
    'clat_percentiles=0',
    'lat_percentiles=1',
    'lat_percentiles=1\nclat_percentiles=0',
    'disable_clat=1\nlat_percentiles=1',
    'disable_lat=1\nlat_percentiles=1',
    'gtod_reduce=1\nlat_percentiles=1',
  ];

  /** Which figures a job has. Without slat, which only an engine that submits apart has, and here only when asked for. */
  function outline({ jobs }: ResultDocument): unknown[] {
    return jobs.map(({ write, sync, latency_ns, latency_us, latency_ms }) => {
      const of = (latency: { readonly N?: number; readonly percentile?: unknown } | undefined) => [
        (latency?.N ?? 0) > 0,
        latency?.percentile !== undefined,
      ];
      const shares = [latency_ns, latency_us, latency_ms].flatMap((each) => Object.values(each));
      return {
        clat: of(write.clat_ns),
        lat: of(write.lat_ns),
        sync: of(sync?.lat_ns),
        shares: shares.some((share) => share > 0),
      };
    });
  }

  itWithFio(withFio(`by ${cases.length} combinations of switches`), async () => {
    const sections = cases.map((lines, index) => `[case${index}]\nstonewall\n${lines}\n`);
    const job = `[global]\nioengine=libaio\niodepth=4\nfilename=data\nsize=256k\nrw=write\nfsync=16\n${sections.join('')}`;
    const { fio, ours } = await runBoth(job);
    const named = (document: ResultDocument) => outline(document).map((each, index) => [cases[index], each]);
    expect(named(ours)).toEqual(named(fio));
  });

  itWithFio(withFio('windows of bandwidth, which fio has whatever disable_bw_measurement says'), async () => {
    const job =
      '[a]\nioengine=null\nsize=1m\nrw=write\nrate_iops=1000\ntime_based\nruntime=700ms\nbwavgtime=100\n' +
      'iopsavgtime=100\ndisable_bw_measurement=1\n';
    const { fio, ours } = await runBoth(job);
    expect(fio.jobs[0]!.write.bw_samples).toBeGreaterThan(0);
    const { bw_samples, iops_samples, bw_mean, iops_mean } = ours.jobs[0]!.write;
    expect(Math.min(bw_samples!, iops_samples!)).toBeGreaterThan(0);
    expect(Math.min(bw_mean!, iops_mean!)).toBeGreaterThan(0);
  });
});

describe('what is logged', () => {
  const linesOf = (folder: string, name: string) =>
    fs
      .readFileSync(path.join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '');

  itWithFio(withFio('sync_file_range after every so many writes'), async () => {
    const modes = ['write:4', 'wait_before,write,wait_after:8'];
    const sections = modes.map(
      (mode, index) =>
        `[case${index}]\nstonewall\nfilename=f${index}\nsync_file_range=${mode}\nwrite_iolog=log${index}\n`,
    );
    const job = `[global]\nioengine=psync\nsize=128k\nbs=4k\nrw=write\n${sections.join('')}`;
    const { fioFolder, ourFolder } = await runBoth(job);
    for (const [index] of modes.entries()) {
      const actions = (folder: string) => {
        const words = linesOf(folder, `log${index}`)
          .map((line) => / (write|sync_file_range)\b/.exec(line)?.[1])
          .filter((word) => word !== undefined);
        // Ours also syncs behind the very last write.
        return words.at(-1) === 'sync_file_range' ? words.slice(0, -1) : words;
      };
      expect(actions(fioFolder).filter((word) => word === 'sync_file_range')).toHaveLength(index === 0 ? 7 : 3);
      expect(actions(ourFolder)).toEqual(actions(fioFolder));
    }
  });

  itWithFio(withFio('each I/O with its own priority'), async () => {
    const job =
      '[a]\nioengine=libaio\niodepth=4\ndirect=1\nfilename=data\nsize=4m\nrw=randread\ncmdprio_percentage=40\n' +
      'cmdprio_class=2\ncmdprio=3\nlog_prio=1\nwrite_lat_log=log\nlog_entries=2048\n';
    const { fioFolder, ourFolder } = await runBoth(job, { files: { data: 4 << 20 } });
    for (const folder of [fioFolder, ourFolder]) {
      const priorities = linesOf(folder, 'log_clat.1.log').map((line) => line.split(', ').at(-1));
      expect(priorities).toHaveLength(1024);
      expect(new Set(priorities)).toEqual(new Set(['0x4003', '0x0000']));
      const share = priorities.filter((priority) => priority === '0x4003').length / priorities.length;
      // Six standard deviations of 1024 draws.
      expect(Math.abs(share - 0.4)).toBeLessThan(0.095);
    }
  });

  itWithFio(withFio('times of another clock'), async () => {
    const { fioFolder, ourFolder } = await runBoth(
      '[a]\nioengine=null\nsize=64k\nwrite_iops_log=log\nlog_alternate_epoch=1\nlog_alternate_epoch_clock_id=1\n',
    );
    const [fio, ours] = [fioFolder, ourFolder].map((folder) =>
      Number(linesOf(folder, 'log_iops.1.log')[0]!.split(',')[0]),
    );
    const uptimeMs = Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
    for (const ms of [fio!, ours!]) {
      expect(ms).toBeLessThanOrEqual(uptimeMs + 10);
      expect(ms).toBeGreaterThan(uptimeMs - 120_000);
    }
  });
});

describe('an error', () => {
  itWithFio(withFio('of a job with exitall_on_error ends the others'), async () => {
    const job =
      '[global]\nexitall_on_error\n[fails]\nioengine=psync\nfilename=data\nsize=8m\nrw=read\nbs=1m\nmax_latency=1\n' +
      '[endless]\nioengine=null\nsize=1m\nrw=randread\ntime_based\nruntime=10m\n';
    const { fio, ours } = await runBoth(job, { files: { data: 8 << 20 }, fails: true });
    const outline = ({ jobs }: ResultDocument) =>
      jobs.map(({ jobname, error, read }) => [jobname, error, read.total_ios > 0]);
    expect(outline(ours).map(([name, error]) => [name, error])).toEqual(
      outline(fio).map(([name, error]) => [name, error]),
    );
    expect(ours.iotest!.jobs.map(({ ended }) => ended)).toEqual(['error', 'exitall']);
  });
});
