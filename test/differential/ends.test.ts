/** How jobs depend on each other and end each other, against fio. */
import { describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/stats/result.js';
import { fioMissing, runBoth } from './fio.js';

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
    const job = `${global}exitall
[short]
rw=read
io_size=8m
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
