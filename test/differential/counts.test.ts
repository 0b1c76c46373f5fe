/** How much I/O a job does, against fio: exactly the same number of blocks and bytes. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/results/document.js';
import { warmUpBriefly } from '../cli/command.js';
import { fioMissing, runBoth, totals } from './fio.js';

warmUpBriefly();

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

const job = (lines: string) => `[job]\nioengine=psync\nfilename=data\nsize=1m\nbs=4k\n${lines}\n`;

/** What each does, and its lines; `own` = files of its own instead of one that is there. */
const cases: Readonly<Record<string, string>> = {
  'once over the size': '',
  'less than the size': 'io_size=300k',
  'an amount that is no multiple of bs': 'io_size=310000',
  'an amount in per cent': 'io_size=30%',
  'more than the size': 'io_size=2500k',
  'a number of I/Os': 'number_ios=77',
  'more I/Os than the size has': 'number_ios=1000',
  'three times': 'loops=3',
  'from an offset': 'offset=256k\nsize=512k',
  'percentages of an existing file': 'size=50%\noffset=25%',
  'percentages that exceed it': 'size=80%\noffset=50%',
  'the whole of an existing file': 'size=100%',
  'bs=12k, which does not divide the size': 'bs=12k',
  'a size that is no multiple of bs, own': 'size=1000000',
  'several files, own': 'nrfiles=4',
  'files that do not divide the size, own': 'nrfiles=3',
  'clones with files, own': 'numjobs=2',
  'clones, each in its part': 'numjobs=3\nsize=256k\noffset_increment=256k',
  'io_uring at depth 16': 'ioengine=io_uring\niodepth=16',
  'libaio at depth 16': 'ioengine=libaio\niodepth=16',
  'without the random map': 'norandommap',
};

/** All cases as sections of one file, one after the other: one start of each program serves all. */
function batch(rw: string): string {
  const sections = Object.entries(cases).map(([what, lines]) => {
    const target = what.endsWith(', own') ? '' : 'filename=data\n';
    return `[${what}]\nstonewall\n${target}${lines}\n`;
  });
  return `[global]\nioengine=psync\nsize=1m\nbs=4k\nrw=${rw}\n${sections.join('')}`;
}

function totalsByName(document: ResultDocument): Record<string, unknown> {
  const names = [...new Set(document.jobs.map(({ jobname }) => jobname))];
  return Object.fromEntries(
    names.map((name) => [name, totals({ ...document, jobs: document.jobs.filter(({ jobname }) => jobname === name) })]),
  );
}

describe('as many I/Os and bytes as fio', () => {
  for (const rw of ['read', 'write', 'randread', 'randwrite']) {
    itWithFio(withFio(`${rw}: ${Object.keys(cases).length} ways to say how much`), async () => {
      const { fio, ours } = await runBoth(batch(rw), { files: { data: 1 << 20 } });
      expect(Object.keys(totalsByName(fio))).toEqual(Object.keys(cases));
      expect(totalsByName(ours)).toEqual(totalsByName(fio));
    });
  }

  itWithFio(withFio('fsyncs, counted as such'), async () => {
    const sections = ['fsync=10', 'fsync=1', 'fsync=300', 'end_fsync=1', 'fsync=10\nrw=randrw\nrandrepeat=1'];
    const text = sections.map((lines, index) => `[job${index}]\nstonewall\n${lines}\n`).join('');
    const { fio, ours } = await runBoth(`[global]\nioengine=psync\nsize=1m\nrw=write\n${text}`);
    for (const [index, { sync, write }] of ours.jobs.entries()) {
      // fio leaves the last one out when no write follows it.
      const theirs = fio.jobs[index]!.sync!.total_ios;
      if (index < 4) expect([theirs, theirs + 1]).toContain(sync!.total_ios);
      // Which I/Os are writes is drawn by lot; one fsync for each ten of them.
      else expect(sync!.total_ios).toBe(Math.floor(write.total_ios / 10));
    }
  });

  itWithFio(withFio('two differences that are meant'), async () => {
    // fio's last sequential block goes beyond the size where the file is longer: into the part of the next clone.
    const beyond = await runBoth(job('rw=read\nsize=1000000'), { files: { data: 1 << 20 } });
    expect([totals(beyond.fio).readCount, totals(beyond.ours).readCount]).toEqual([245, 244]);
    // fio does not count fdatasync; we do, as its time passes as that of an fsync does.
    const synced = await runBoth(job('rw=write\nfdatasync=7'));
    expect([totals(synced.fio).syncCount, totals(synced.ours).syncCount]).toEqual([0, 36]);
  });

  // fio's own draws: the same I/Os are reads.
  for (const options of ['rwmixread=10', 'rwmixread=50\nloops=3', 'rwmixread=70\nnumjobs=3\nnrfiles=2', 'randseed=7']) {
    itWithFio(withFio(`mixed (${options.replaceAll('\n', ' ')}): as many reads, as many writes`), async () => {
      for (const order of ['randrw', 'readwrite']) {
        const { fio, ours } = await runBoth(job(`rw=${order}\n${options}\nsize=16m`));
        expect(totals(ours)).toEqual(totals(fio));
      }
    });
  }

  itWithFio(withFio('mixed with a block size of its own for each direction: no byte beyond the size'), async () => {
    const { fio, ours } = await runBoth(job('rw=randrw\nbs=4k,16k\nsize=16m\nnorandommap'));
    for (const [counts, excess] of [
      // fio may go beyond it by part of its last block.
      [totals(fio), 16384],
      [totals(ours), 0],
    ] as const) {
      expect(counts.readBytes).toBe(counts.readCount! * 4096);
      expect(counts.writeBytes).toBe(counts.writeCount! * 16384);
      const bytes = counts.readBytes! + counts.writeBytes!;
      expect(bytes).toBeGreaterThan((16 << 20) - 16384 * 2);
      expect(bytes).toBeLessThanOrEqual((16 << 20) + excess);
    }
  });

  itWithFio(withFio('the files that are left have the same names and sizes'), async () => {
    for (const lines of [
      'rw=write\nnrfiles=3\nnumjobs=2',
      'rw=randread\nnrfiles=2',
      'rw=write\noffset=64k\nsize=64k',
      'rw=write\nunlink=1',
    ]) {
      const { fioFolder, ourFolder } = await runBoth(job(lines).replace('filename=data\n', ''));
      const sizes = (folder: string) =>
        Object.fromEntries(
          fs
            .readdirSync(folder)
            .filter((name) => name.startsWith('job.') && name !== 'job.fio')
            .sort()
            .map((name) => [name, fs.statSync(path.join(folder, name)).size]),
        );
      expect(sizes(ourFolder), lines).toEqual(sizes(fioFolder));
    }
  });

  itWithFio(withFio('each block of a file is written, once in a pass, whatever the order'), async () => {
    for (const lines of [
      'rw=write',
      'rw=randwrite',
      'rw=randwrite\nioengine=io_uring\niodepth=32',
      'rw=randwrite\nioengine=libaio\niodepth=32',
    ]) {
      const { fioFolder, ourFolder } = await runBoth(job(lines), { files: { data: 1 << 20 } });
      for (const folder of [fioFolder, ourFolder]) {
        const bytes = fs.readFileSync(path.join(folder, 'data'));
        expect(bytes.length).toBe(1 << 20);
        const untouched = Array.from({ length: 256 }, (_, block) => bytes.subarray(block * 4096, (block + 1) * 4096))
          .map((block, index) => (block.every((byte) => byte === 0) ? index : -1))
          .filter((index) => index >= 0);
        // 256 writes and no block left at zero: none was written twice.
        expect(untouched, lines).toEqual([]);
      }
    }
  });
});
