/** Options of single engines that change how an I/O is asked for, and not what is done: counts as fio's, data the same. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectTarget } from '../../src/machine/target.js';
import { iotest, scratchFolder } from '../cli/command.js';
import { fioMissing, runBoth, totals } from './fio.js';

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

const sections: Readonly<Record<string, string>> = {
  'reaped by io_getevents': 'ioengine=libaio\niodepth=8\nuserspace_reap=0',
  'reaped from the ring': 'ioengine=libaio\niodepth=8\nuserspace_reap',
  'half of high priority': 'ioengine=pvsync2\nhipri\nhipri_percentage=50\nrw=randwrite',
  vectored: 'ioengine=io_uring\niodepth=8\nnonvectored=0\nfsync=16',
  'not vectored': 'ioengine=io_uring\niodepth=8\nnonvectored=1\nfsync=16',
  'asynchronous by force': 'ioengine=io_uring\niodepth=8\nforce_async=3',
  registered: 'ioengine=io_uring\niodepth=8\nregisterfiles\nfixedbufs',
};

describe('flags of single engines', () => {
  itWithFio(withFio(`${Object.keys(sections).length} of them, each with as many I/Os`), async () => {
    const texts = Object.entries(sections).map(([name, lines], index) => `[${name}]\nfilename=f${index}\n${lines}\n`);
    const job = `[global]\nrw=randrw\nsize=512k\nbs=4k\n${texts.join('')}`;
    const { fio, ours } = await runBoth(job);
    for (const [index, { jobname, error }] of ours.jobs.entries()) {
      expect(error, jobname).toBe(0);
      const of = (document: typeof ours) => {
        const { readCount, writeCount } = totals({ ...document, jobs: [document.jobs[index]!] });
        return readCount! + writeCount!;
      };
      expect(of(ours), jobname).toBe(of(fio));
    }
  });

  itWithFio(withFio('nowait on data that is cached, and on data that is not'), async (context) => {
    const folder = scratchFolder();
    if (inspectTarget(folder).fileSystem?.type !== 'ext4') context.skip('known of ext4 only');
    const engines = ['io_uring', 'libaio', 'pvsync2'];
    const job = (name: string, lines: string) =>
      `[${name}]\nioengine=${name}\nnowait=1\nsize=256k\nfilename=data\n${lines}\n`;
    const cached = engines.map((name) => job(name, 'invalidate=0')).join('');
    const { fio, ours } = await runBoth(cached, { files: { data: 256 << 10 } });
    expect(ours.jobs.map(({ read, error }) => [read.total_ios, error])).toEqual(
      fio.jobs.map(({ read, error }) => [read.total_ios, error]),
    );
    fs.writeFileSync(path.join(folder, 'data'), Buffer.alloc(256 << 10, 1));
    const end = await iotest(['run', '-', '--no-save', '--format', 'json'], {
      cwd: folder,
      input: job('pvsync2', 'invalidate=1'),
    });
    // EAGAIN ends the job, as fio's does, and the reason names the option.
    expect(end.status).toBe(1);
    expect(`${end.stdout}${end.stderr}`).toContain('nowait=1 (RWF_NOWAIT) makes that an error');
  });

  it('libaio writes and reads the same data vectored', async () => {
    const folder = scratchFolder();
    const job = (lines: string) =>
      `[a]\nioengine=libaio\nlibaio_vectored=1\niodepth=4\nsize=256k\nfilename=data\nbuffer_pattern="vec"\n${lines}\n`;
    const run = (lines: string) =>
      iotest(['run', '-', '--no-save', '--format', 'json'], { cwd: folder, input: job(lines) });
    expect((await run('rw=randwrite')).status).toBe(0);
    expect(fs.readFileSync(path.join(folder, 'data')).equals(Buffer.alloc(256 << 10, pattern()))).toBe(true);
    expect((await run('rw=randread')).status).toBe(0);
  });
});

/** One block of the pattern, which begins anew in each. */
function pattern(): Buffer {
  return Buffer.alloc(4096, 'vec');
}
