/** Files that are deleted between loops, against fio: the same counts, and the same files left behind. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';
import { fioMissing, runBoth, totals } from './fio.js';

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

const cases: Readonly<Record<string, string>> = {
  'longer before': 'filename=longer\nsize=64k',
  'several files': 'nrfiles=3\nsize=192k\nioengine=io_uring\niodepth=4',
  'at random': 'filename=other\nsize=64k\nrw=randwrite\nioengine=libaio\niodepth=8\ndirect=1',
  'of many sizes': 'filename=many\nsize=64k\nbsrange=4k-16k\nioengine=io_uring\niodepth=2',
  'in part': 'filename=part\nsize=64k\nio_size=16k',
  counted: 'filename=counted\nsize=64k\nnumber_ios=5',
  synced: 'filename=synced\nsize=64k\nend_fsync=1',
  'gone at the end': 'size=64k\nunlink=1',
  'one loop': 'filename=once\nsize=64k\nloops=1',
};

const sizes = { longer: 300_000, other: 300_000, part: 300_000, counted: 300_000, once: 300_000 };

function filesIn(folder: string): Record<string, unknown> {
  const names = fs.readdirSync(folder).filter((name) => name !== 'job.fio');
  return Object.fromEntries(
    names.sort().map((name) => {
      const { mode, size } = fs.statSync(path.join(folder, name));
      return [name, { mode: (mode & 0o777).toString(8), size }];
    }),
  );
}

describe('loops', () => {
  itWithFio(
    withFio('count as many syncs, but for that behind the very last write and those that fio doubles'),
    async () => {
      const every = [4, 5, 16];
      const sections = every.map((count) => `[every${count}]\nfilename=f${count}\nfsync=${count}\n`).join('');
      const { fio, ours } = await runBoth(`[global]\nioengine=psync\nbs=4k\nrw=write\nsize=64k\nloops=3\n${sections}`);
      const counts = ({ jobs }: typeof fio) => jobs.map(({ sync, write }) => [sync!.total_ios, write.total_ios]);
      expect(counts(ours)).toEqual(every.map((count) => [Math.floor(48 / count), 48]));
      // 3.33 has 13, 9 and 4: where a loop ends with a sync it does two. 3.38 has 11, 9 and 2.
      for (const [index, [syncs]] of counts(fio).entries()) {
        const ends = 48 / every[index]!;
        const doubled = 16 % every[index]! === 0 ? 2 : 0;
        const last = Number.isInteger(ends) ? 1 : 0;
        expect([Math.floor(ends) - last, Math.floor(ends) - last + doubled]).toContain(syncs);
      }
    },
  );
});

describe('unlink_each_loop', () => {
  itWithFio(withFio(`${Object.keys(cases).length} jobs do and leave behind what they do with fio`), async () => {
    const sections = Object.entries(cases).map(([name, lines]) => `[${name}]\n${lines}\n`);
    const global = '[global]\nioengine=psync\nbs=4k\nrw=write\nloops=3\nunlink_each_loop=1\n';
    const { fio, ours, fioFolder, ourFolder } = await runBoth(global + sections.join(''), { files: sizes });
    // fio goes on writing to the deleted file where a loop has not come to its end, and then leaves none.
    const left = { ...filesIn(fioFolder), part: { mode: '600', size: 16_384 }, counted: { mode: '600', size: 20_480 } };
    expect(filesIn(ourFolder)).toEqual(left);
    for (const name of Object.keys(cases)) {
      const [theirs, own] = [fio, ours].map((document) =>
        totals({ ...document, jobs: document.jobs.filter(({ jobname }) => jobname === name) }),
      );
      // How many I/Os bytes make is drawn where sizes vary.
      if (name === 'of many sizes') expect(own!.writeBytes, name).toBe(theirs!.writeBytes);
      else expect(own, name).toEqual(theirs);
    }
  });

  it('leaves what the first loop wrote to whoever has another name for the file', async () => {
    const cwd = scratchFolder();
    fs.writeFileSync(path.join(cwd, 'file'), Buffer.alloc(65_536));
    fs.linkSync(path.join(cwd, 'file'), path.join(cwd, 'link'));
    const input = '[a]\nfilename=file\nrw=write\nsize=64k\nloops=2\nunlink_each_loop=1\nbuffer_pattern="x"\n';
    const end = await iotest(['run', '-', '--no-save', '--destructive', 'file'], { cwd, input });
    expect(end.status, end.stderr).toBe(0);
    expect(fs.statSync(path.join(cwd, 'link')).nlink).toBe(1);
    for (const name of ['file', 'link']) {
      expect(fs.readFileSync(path.join(cwd, name)).equals(Buffer.alloc(65_536, 'x')), name).toBe(true);
    }
  });

  it('is refused where a job cannot go on without its files', async () => {
    const refused: readonly (readonly [lines: string, why: RegExp])[] = [
      ['rw=randrw', /rw=readwrite needs data/],
      ['rw=write\nioengine=mmap', /deleted files, which it has mapped/],
      ['rw=write\nioengine=io_uring\nregisterfiles=1', /registered files/],
      ['rw=write\nramp_time=1', /ramp/],
    ];
    for (const [lines, why] of refused) {
      const input = `[a]\nfilename=f\nsize=64k\nloops=2\nunlink_each_loop=1\n${lines}\n`;
      const end = await iotest(['check', '-'], { cwd: scratchFolder(), input });
      expect(end.status, lines).toBe(2);
      expect(end.stderr.replace(/\s+/g, ' '), lines).toMatch(why);
    }
  });

  it('says where it does nothing', async () => {
    for (const lines of ['loops=1', 'loops=2\ntime_based\nruntime=1']) {
      const input = `[a]\nfilename=f\nsize=64k\nrw=write\nunlink_each_loop=1\n${lines}\n`;
      const end = await iotest(['check', '-'], { cwd: scratchFolder(), input });
      expect(end.status).toBe(0);
      expect((end.stdout + end.stderr).replace(/\s+/g, ' ')).toContain('unlink_each_loop=1 has no effect');
    }
  });
});
