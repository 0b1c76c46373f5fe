/** How jobs depend on each other and end each other, against fio. */
import fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/results/document.js';
import { parseResult } from '../../src/results/parse.js';
import { iotest, warmUpBriefly } from '../cli/command.js';
import { cleanUp, labMissing, loopDevice } from '../faults/fault-lab.js';
import { fioMissing, runBoth } from './fio.js';

warmUpBriefly();

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

/** Of each job object: its name, its group, and which directions had I/O. */
function outline({ jobs }: ResultDocument): unknown[] {
  return jobs.map(({ jobname, groupid, error, read, write }) => [
    jobname,
    groupid,
    error,
    read.total_ios > 0,
    write.total_ios > 0,
  ]);
}

const global = '[global]\nfilename=data\nfilesize=1m\nioengine=psync\ngroup_reporting\n';
/** Would run much longer than any test if nobody ended it. */
const endless = 'time_based\nruntime=10m\n';

describe('exitall ends as many jobs as in fio', () => {
  itWithFio(withFio('group, stonewall and all, the rest never begins'), async () => {
    // A second each, so that those that they end have begun before, on a busy machine too.
    const job = `${global}exitall
[short]
rw=read
io_size=8m
rate=8m
new_group
exit_what=stonewall
[long]
rw=randrw
new_group
numjobs=2
${endless}
[last]
stonewall
rw=write
io_size=8m
rate=8m
exit_what=all
[beside]
new_group
rw=randread
${endless}
[never]
stonewall
rw=randrw
${endless}
`;
    const { fio, ours } = await runBoth(job, { files: { data: 1 << 20 } });
    expect(outline(ours)).toEqual(outline(fio));
    expect(ours.iotest!.jobs.map(({ ended }) => ended)).toEqual(['done', 'exitall', 'done', 'exitall', 'unstarted']);
  });

  itWithFio(withFio('a group of one name, clones that end each other'), async () => {
    const job = `${global}exitall\n[a]\nrw=read\nio_size=4m\n[b]\nrw=randread\n${endless}\n`;
    const { fio, ours } = await runBoth(job, { files: { data: 1 << 20 } });
    expect(outline(ours)).toEqual(outline(fio));
    expect(ours.jobs).toHaveLength(1);
  });
});

describe('wait_for', () => {
  itWithFio(withFio('runs one after the other, clones and all, and as much as fio'), async () => {
    const job = `${global}size=256k
[writers]
rw=write
numjobs=2
[readers]
new_group
wait_for=writers
rw=randread
numjobs=3
[again]
new_group
wait_for=readers
rw=randwrite
`;
    const { fio, ours } = await runBoth(job, { files: { data: 1 << 20 } });
    expect(outline(ours)).toEqual(outline(fio));
    const bytes = ({ jobs }: ResultDocument) => jobs.map(({ read, write }) => [read.io_bytes, write.io_bytes]);
    expect(bytes(ours)).toEqual(bytes(fio));
    const times = ours.jobs.map((each, index) => {
      const start = each.job_start!;
      return { start, end: start + ours.iotest!.jobs[index]!.elapsedNs / 1e6 };
    });
    // Each began after the one before had ended; the clock of the start is rounded to ms.
    expect(times[1]!.start).toBeGreaterThanOrEqual(Math.floor(times[0]!.end) - 1);
    expect(times[2]!.start).toBeGreaterThanOrEqual(Math.floor(times[1]!.end) - 1);
  });
});

describe('errors that are passed over', () => {
  const noLab = missing ?? labMissing();
  const itInLab = it.skipIf(noLab !== null);
  const inLab = (name: string) => (noLab === null ? name : `${name} [skipped: ${noLab}]`);
  afterEach(cleanUp);

  /** Of 2 MiB the second half cannot be read: EIO. */
  function halfDevice(): string {
    const device = loopDevice(2 << 20, '--direct-io=on');
    fs.truncateSync(device.backingPath, 1 << 20);
    return device.path;
  }

  for (const [what, lines, options] of [
    ['psync, all blocks', 'ioengine=psync\ncontinue_on_error=read', 'readable'],
    ['libaio at depth 4', 'ioengine=libaio\niodepth=4\ncontinue_on_error=all', 'readable'],
    ['by their name', 'ioengine=psync\nignore_error=EIO', 'readable'],
    ['clones in a group', 'ioengine=psync\nnumjobs=2\ngroup_reporting\ncontinue_on_error=io', 'readable'],
    ['not those of another name', 'ioengine=psync\nrw=read\nignore_error=ENOSPC', 'fails'],
    ['not those of another direction', 'ioengine=psync\nrw=read\ncontinue_on_error=write', 'fails'],
  ] as const) {
    itInLab(inLab(`as many as in fio: ${what}`), async () => {
      const job = `[job]\nfilename=${halfDevice()}\nsize=2m\nrw=randread\ndirect=1\n${lines}\n`;
      const { fio, ours } = await runBoth(job, { fails: options === 'fails' });
      const facts = ({ jobs: [first] }: ResultDocument) => ({
        error: first!.error,
        total_err: first!.total_err,
        first_error: first!.first_error,
        bytes: first!.read.io_bytes,
        latencies: first!.read.clat_ns.N,
      });
      expect(facts(ours)).toEqual(facts(fio));
      expect(facts(ours).error).toBe(5);
    });
  }
});

describe('steadystate', () => {
  /** Keys in order with their types, as the text has them: whole numbers and floats are told apart. */
  function block(text: string): string[] {
    const lines = text.slice(text.indexOf('"steadystate" : {')).split('\n');
    const end = lines.findIndex((line) => /^ {6}\}/.test(line));
    return lines.slice(0, end).map((line) => line.replace(/-?\d+\.\d{6}(?=["%,]|$)/, 'F').replace(/-?\d+(?=,|$)/, 'I'));
  }

  const global = '[global]\nioengine=null\nsize=1g\nrw=randread\ntime_based\ngroup_reporting\n';

  for (const [what, lines, attained] of [
    ['attained, by the distance of the bandwidth of two clones', 'numjobs=2\nruntime=20\nss=bw:95%\nss_dur=2', 1],
    ['not attained, by the slope of IOPS', 'runtime=3\nss=iops_slope:0.000001%\nss_dur=2\nss_ramp=0', 0],
    ['not even begun, with an absolute limit', 'runtime=1\nss=bw:12\nss_dur=4', 0],
  ] as const) {
    itWithFio(withFio(what), async () => {
      const job = `${global}[job]\n${lines}\n`;
      const { fio, ours, fioText, ourText } = await runBoth(job);
      expect(block(ourText)).toEqual(block(fioText));
      for (const { jobs } of [fio, ours]) {
        expect(jobs[0]!.steadystate!.attained).toBe(attained);
        // Ended when it was attained, and ours not before the window was full.
        if (attained === 1) expect(jobs[0]!.read.runtime).toBeLessThan(15_000);
      }
      if (attained === 1) expect(ours.jobs[0]!.read.runtime).toBeGreaterThanOrEqual(2000);
      expect(ours.iotest!.jobs[0]!.ended).toBe(attained === 1 ? 'steady' : 'runtime');
    });
  }

  // fio 3.33 knows neither the latency nor another interval than a second; 3.42 does.
  itWithFio(withFio('by the latency, with looks of its own interval: what 3.33 does not have'), async () => {
    const job = `${global}[job]\nruntime=20\nss=lat:1s\nss_dur=2\nss_interval=1\n`;
    const end = await iotest(['run', '-', '--no-save', '--format', 'json'], { input: job });
    const { jobs } = parseResult(end.stdout, 'iotest');
    expect(jobs[0]!.steadystate).toMatchObject({ ss: 'lat:1000000000.000000', attained: 1, duration: 2 });
    expect(jobs[0]!.steadystate!.data.lat_ns).toHaveLength(2);
  });
});

describe('unified_rw_reporting', () => {
  /** Keys in order, and below them those of what they hold. */
  const outlineOf = (text: string): unknown[] => {
    const document = JSON.parse(text) as { jobs: Record<string, Record<string, unknown>>[] };
    // What came after fio 3.33.
    const later = new Set(['job_start', 'latency_target_ns', 'latency_window_us']);
    return Object.entries(document.jobs[0]!).flatMap(([key, value]) => {
      if (later.has(key) || key === 'job options') return [];
      return [typeof value === 'object' ? [key, ...Object.keys(value)] : key];
    });
  };

  for (const value of ['none', 'mixed', 'both', '0', '1', '2']) {
    itWithFio(withFio(`${value}: the same keys in the same order, and as many I/Os`), async () => {
      const job = `[job]\nioengine=null\nsize=1m\nrw=randrw\nfsync=16\nunified_rw_reporting=${value}\n`;
      const { fio, ours, fioText, ourText } = await runBoth(job);
      expect(outlineOf(ourText)).toEqual(outlineOf(fioText));
      const amounts = ({ jobs: [first] }: ResultDocument) => [first!.mixed?.total_ios, first!.mixed?.io_bytes];
      expect(amounts(ours)).toEqual(amounts(fio));
      expect(amounts(ours)[0]).toBe(value === 'none' || value === '0' ? undefined : 256);
    });
  }
});

describe('a group of several jobs and clones', () => {
  itWithFio(withFio('is one object under the name of the first, each group by itself, stats=0 nowhere'), async () => {
    const job = `[global]
ioengine=null
size=256k
group_reporting
disk_util=0
[a]
rw=read
numjobs=2
[b]
rw=write
[left-out]
rw=write
stats=0
new_group
[c]
new_group
rw=randrw
numjobs=3
`;
    const { fio, ours } = await runBoth(job);
    expect(outline(ours)).toEqual(outline(fio));
    const bytes = ({ jobs }: ResultDocument) => jobs.map(({ read, write }) => read.io_bytes + write.io_bytes);
    expect(bytes(ours)).toEqual(bytes(fio));
    expect(Object.keys(ours)).not.toContain('disk_util');
  });
});

describe('startdelay', () => {
  /** When it began to do I/O, ms after `first` did. */
  function beganAfter({ jobs }: ResultDocument, name: string): number {
    const start = (wanted: string) => jobs.find(({ jobname }) => jobname === wanted)!.job_start!;
    return start(name) - start('first');
  }

  it('counts from the start of the whole run, as in fio: behind a stonewall it may be over', async () => {
    const job =
      '[global]\nioengine=null\nsize=1m\n[first]\ntime_based\nruntime=1\n[beside]\nstonewall\n[over]\nstartdelay=1\n' +
      '[later]\nstartdelay=2\n';
    const end = await iotest(['run', '-', '--no-save', '--format', 'json'], { input: job });
    expect(end.status, end.stderr).toBe(0);
    const document = parseResult(end.stdout, 'iotest');
    // Counted from the stonewall, it would be a second later.
    expect(beganAfter(document, 'over') - beganAfter(document, 'beside')).toBeLessThan(900);
    expect(beganAfter(document, 'later')).toBeGreaterThanOrEqual(1990);
  });
});
