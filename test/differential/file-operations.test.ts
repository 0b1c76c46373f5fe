/** fio's engines that operate on files: as many operations, bytes and files as with fio, and latencies of each one. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fioMissing, runBoth, totals } from './fio.js';

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

const common = '[global]\nnrfiles=40\nfilesize=4k\nopenfiles=1\nfallocate=none\nnumjobs=2\n';

function left(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => !/^job\.fio$|\.log$/.test(name))
    .sort();
}

describe('operations on files', () => {
  itWithFio.each([
    ['filecreate', 'create_on_open=1', 80],
    ['filecreate', 'create_on_open=1\nrw=write', 80],
    ['filestat', '', 80],
    ['filestat', 'rw=write\nnumber_ios=7', 80],
    ['filedelete', 'unlink=0', 0],
    ['filedelete', 'file_service_type=random\nthread', 0],
    ['filecreate', 'unlink=1\ncreate_on_open=1', 0],
  ])(
    withFio('%s with %j'),
    async (engine, lines, fileCount) => {
      const { fio, ours, fioFolder, ourFolder } = await runBoth(`${common}ioengine=${engine}\n${lines}\n[job]\n`);
      expect(totals(ours)).toEqual(totals(fio));
      expect(left(ourFolder)).toHaveLength(fileCount);
      expect(left(ourFolder)).toEqual(left(fioFolder));
      for (const [index, job] of ours.jobs.entries()) {
        const used = job.read.total_ios > 0 ? 'read' : 'write';
        expect(job[used].lat_ns.N, 'each operation has its latency').toBe(job[used].total_ios);
        expect(job[used].lat_ns.mean).toBeGreaterThan(100);
        expect(job.error).toBe(fio.jobs[index]!.error);
      }
    },
    60_000,
  );

  itWithFio(withFio('leave files with the same permissions'), async () => {
    const job = `${common}ioengine=filecreate\ncreate_on_open=1\n[job]\n`;
    const { fioFolder, ourFolder } = await runBoth(job);
    const modes = (folder: string) => left(folder).map((name) => fs.statSync(path.join(folder, name)).mode & 0o777);
    expect(modes(ourFolder)).toEqual(modes(fioFolder));
  });

  itWithFio(withFio('are written to latency logs, a line each'), async () => {
    const job = `[job]\nioengine=filestat\nnrfiles=25\nfilesize=4k\nwrite_lat_log=job\n`;
    const { fioFolder, ourFolder } = await runBoth(job);
    const lines = (folder: string) =>
      fs.readFileSync(path.join(folder, 'job_lat.1.log'), 'utf8').trim().split('\n').length;
    expect(lines(ourFolder)).toBe(25);
    // fio 3.33 logs completion latencies of the operations, and total ones of nothing.
    expect(fs.existsSync(path.join(fioFolder, 'job_clat.1.log'))).toBe(true);
  });

  itWithFio(
    withFio('through io_uring come to the same as by fio’s calls'),
    async () => {
      for (const engine of ['filecreate', 'filestat', 'filedelete']) {
        const job = `${common}ioengine=${engine}\niodepth=4\n[job]\n`;
        const { fio, ours, fioFolder, ourFolder } = await runBoth(job, { argv: ['--engine', `io_uring_${engine}`] });
        expect(totals(ours)).toEqual(totals(fio));
        expect(left(ourFolder)).toEqual(left(fioFolder));
      }
    },
    60_000,
  );
});
