/** Operations on files as a user meets them. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { iotest, root, scratchFolder } from './command.js';

const listed = (folder: string): string[] => fs.readdirSync(folder).sort();

describe('iotest run of operations on files', () => {
  it('compares calls with io_uring in one table, each on names that are free', async () => {
    const cwd = scratchFolder({ 'job.ini': '[make]\nioengine=filecreate\nfile_create=commit\nrw=write\nnrfiles=30\n' });
    const argv = [
      'run',
      'job.ini',
      '--no-save',
      '--repeat',
      '2',
      '--engine',
      'filecreate',
      '--engine',
      'io_uring_filecreate',
    ];
    const end = await iotest([...argv, '--format', 'json'], { cwd });
    expect(end.status, end.stderr).toBe(0);
    const { jobs } = JSON.parse(end.stdout) as { jobs: { write: { total_ios: number; io_bytes: number } }[] };
    expect(jobs.map(({ write }) => [write.total_ios, write.io_bytes])).toEqual(Array(4).fill([30, 30 * 4096]));
    expect(listed(cwd)).toHaveLength(31);
    const text = await iotest(argv, { cwd });
    expect(text.stdout).toContain('io_uring_filecreate');
  }, 60_000);

  it('ends before the first operation where a name is taken', async () => {
    const cwd = scratchFolder({ 'job.ini': '[gone]\nioengine=filedelete\nnrfiles=3\n', 'gone.0.1': 'precious' });
    const end = await iotest(['run', 'job.ini', '--no-save'], { cwd });
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('gone.0.1: there already');
    expect(fs.readFileSync(path.join(cwd, 'gone.0.1'), 'utf8')).toBe('precious');
    expect(listed(cwd)).toEqual(['gone.0.1', 'job.ini']);
  });

  it('says in check what it will do', async () => {
    const cwd = scratchFolder({ 'job.ini': '[j]\nioengine=filedelete\nnrfiles=3\nfilesize=4k\n' });
    const end = await iotest(['check', 'job.ini'], { cwd });
    expect(end.stdout).toContain('delete 3 files');
    expect(end.stdout).toContain('j.0.0 to j.0.2');
    expect(listed(cwd)).toEqual(['job.ini']);
  });

  it('runs the shipped comparison', async () => {
    const job = fs.readFileSync(path.join(root, 'jobs/file-create.ini'), 'utf8').replace('nrfiles=2000', 'nrfiles=60');
    const cwd = scratchFolder({ 'job.ini': job });
    const end = await iotest(['run', 'job.ini', '--no-save', '--format', 'json'], { cwd });
    expect(end.status, end.stderr).toBe(0);
    const { jobs } = JSON.parse(end.stdout) as { jobs: { write: { total_ios: number } }[] };
    expect(jobs.map(({ write }) => write.total_ios)).toEqual([60, 60, 60]);
    expect(listed(cwd)).toEqual(['job.ini']);
  }, 60_000);
});
