/** Where a job's names are used, against fio: files are named by the section, reports and logs by `name`. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fioMissing, runBoth } from './fio.js';

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

const filesIn = (folder: string) =>
  fs
    .readdirSync(folder)
    .filter((name) => name !== 'job.fio')
    .sort();

describe('name= inside a section', () => {
  itWithFio(withFio('is for reports and logs; generated files keep the name of the section'), async () => {
    const job = '[global]\nsize=64k\nrw=write\nwrite_bw_log\n[w-a]\nname=bench\n[w-b]\nname=bench\nbs=8k\n';
    const { fio, ours, fioFolder, ourFolder } = await runBoth(job);
    expect(filesIn(ourFolder)).toEqual(filesIn(fioFolder));
    expect(filesIn(ourFolder)).toEqual(expect.arrayContaining(['w-a.0.0', 'w-b.0.0']));
    expect(ours.jobs.map(({ jobname }) => jobname)).toEqual(fio.jobs.map(({ jobname }) => jobname));
  });

  itWithFio(withFio('of the defaults names no job'), async () => {
    const job = '[global]\nname=bench\nsize=64k\nrw=write\nfilename_format=$jobname-$jobnum\n[w-a]\n[w-b]\n';
    const { fio, ours, fioFolder, ourFolder } = await runBoth(job);
    expect(filesIn(ourFolder)).toEqual(filesIn(fioFolder));
    expect(ours.jobs.map(({ jobname }) => jobname)).toEqual(fio.jobs.map(({ jobname }) => jobname));
  });
});

describe('what a job is said to be', () => {
  itWithFio(withFio('has the options that were set, and those alone'), async () => {
    const { fio, ours } = await runBoth(
      '[global]\nsize=64k\nioengine=null\ngtod_reduce=1\n[a]\nrw=write\n[b]\nbs=8k\n',
    );
    const options = ({ jobs }: typeof fio) => jobs.map((job) => job['job options']);
    expect(options(ours)).toEqual(options(fio));
    expect(ours['global options']).toEqual(fio['global options']);
  });

  itWithFio(withFio('has no laying out in elapsed'), async () => {
    const job = '[a]\nsize=256m\nrw=randread\nruntime=200ms\ntime_based\n';
    const { fio, ours } = await runBoth(job);
    expect(ours.jobs[0]!.elapsed).toBe(1);
    expect(fio.jobs[0]!.elapsed).toBeLessThanOrEqual(2);
  });
});
