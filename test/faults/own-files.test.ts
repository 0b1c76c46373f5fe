/** Files of users, which a run may read, and files that iotest has made, which are its own: told apart, and never mixed up. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ended, ended, iotest, scratchFolder, start, warmUpBriefly } from '../cli/command.js';
import { cleanUp, expectNoCrash, expectRefusal, flat, itInLab, mounted, namesIn, watchBegin } from './fault-lab.js';

warmUpBriefly();

afterEach(cleanUp);

const size = 1 << 20;
const preciousData = (bytes: number) => Buffer.alloc(bytes, 'precious ');
const job = (lines: string) => `[j]\nioengine=psync\nsize=1m\nbs=64k\n${lines}\n`;

function withPrecious(bytes = size, files: Readonly<Record<string, string>> = {}): string {
  const cwd = scratchFolder(files);
  fs.writeFileSync(path.join(cwd, 'precious.db'), preciousData(bytes));
  return cwd;
}

function unharmed(cwd: string, bytes = size, name = 'precious.db'): void {
  expect(fs.readFileSync(path.join(cwd, name)).equals(preciousData(bytes))).toBe(true);
}

const run = (cwd: string, text: string, ...argv: string[]): Promise<Ended> =>
  iotest(['run', '-', '--no-save', '-q', ...argv], { cwd, input: text });

async function succeeds(cwd: string, text: string, ...argv: string[]): Promise<void> {
  const end = await run(cwd, text, ...argv);
  expect({ stderr: end.stderr, status: end.status }).toEqual({ stderr: '', status: 0 });
}

describe('a file that iotest has not made', () => {
  for (const [lines, doing] of [
    ['rw=write', 'overwrite'],
    ['rw=randrw', 'overwrite'],
    ['rw=write\nioengine=mmap', 'overwrite'],
    ['rw=write\nsize=4k\nbs=4k', 'overwrite'],
    ['rw=write\nsize=2m', 'overwrite'],
    ['rw=write\nfile_append=1', 'append to'],
    ['rw=read\nsize=2m', 'make longer'],
    ['rw=read\nsize=2m\ncreate_only=1', 'make longer'],
    ['rw=read\nunlink=1', 'delete'],
    ['rw=read\nunlink_each_loop=1\nloops=2', 'delete'],
    ['rw=read\nprecondition=fill', 'overwrite'],
    ['rw=read\noverwrite=1\nsize=1025k', 'make longer'],
  ] as const) {
    it(`is not touched without permission: ${lines.replaceAll('\n', ' ')}`, async () => {
      const cwd = withPrecious();
      expectRefusal(await run(cwd, job(`filename=precious.db\n${lines}`)), {
        status: 2,
        says: [`job "j" would ${doing} precious.db, 1 MiB, changed 20`, 'which iotest has not made'],
        advises: '--destructive precious.db',
      });
      unharmed(cwd);
      expect(namesIn(cwd)).toEqual(['precious.db']);
    });
  }

  it('is named with its size and the time of its change, together with all others', async () => {
    const cwd = withPrecious();
    fs.writeFileSync(path.join(cwd, 'other file'), preciousData(3072));
    fs.utimesSync(path.join(cwd, 'other file'), new Date(), new Date(2026, 0, 2, 3, 4, 5));
    const text = `${job('filename=precious.db\nrw=write')}[k]\nioengine=psync\nfilename=other file\nrw=write\nbs=1k\n`;
    const end = await run(cwd, text);
    expectRefusal(end, {
      status: 2,
      says: ['overwrite precious.db, 1 MiB, changed', 'overwrite other file, 3 KiB, changed 2026-01-02 03:04:05'],
      advises: "--destructive 'other file'",
    });
    unharmed(cwd);
    unharmed(cwd, 3072, 'other file');
  });

  it('may be read, also by --readonly', async () => {
    const cwd = withPrecious();
    await succeeds(cwd, job('filename=precious.db\nrw=read'));
    await succeeds(cwd, job('filename=precious.db\nrw=randread'), '--readonly');
    unharmed(cwd);
  });

  it('is found behind links, and when a directory or a recording names it', async () => {
    const cwd = withPrecious(size, { recording: 'fio version 2 iolog\nprecious.db add\nprecious.db write 0 4096\n' });
    fs.symlinkSync('precious.db', path.join(cwd, 'link'));
    fs.symlinkSync('precious.db', path.join(cwd, 'j.0.0'));
    fs.mkdirSync(path.join(cwd, 'folder'));
    fs.linkSync(path.join(cwd, 'precious.db'), path.join(cwd, 'folder/j.0.0'));
    for (const lines of [
      'filename=link\nrw=write',
      'rw=write',
      'directory=folder\nrw=write',
      'opendir=folder\nrw=randwrite',
      'filename_format=precious.db\nrw=write',
      'read_iolog=recording',
      'mem=mmapshared:precious.db\nrw=read\nfilename=new',
      'mem=mmap:precious.db\nrw=read\nfilename=new',
    ]) {
      const end = await run(cwd, job(lines));
      expect(`${lines}: ${flat(end.stderr)}`).toMatch(/would (?:overwrite|put its buffers)/);
      expect(end.status).toBe(2);
      unharmed(cwd);
    }
    expect(namesIn(cwd)).toEqual(['folder', 'j.0.0', 'link', 'precious.db', 'recording']);
  });

  it.each([['run'], ['check']])(
    'gets no recording (write_iolog) added by iotest %s, also through a link',
    async (verb) => {
      const cwd = withPrecious(size, { 'job.ini': job('ioengine=null\nrw=read\nwrite_iolog=link') });
      fs.symlinkSync('precious.db', path.join(cwd, 'link'));
      const end = await iotest([verb, 'job.ini'], { cwd });
      expectRefusal(end, { status: 2, says: ['the log link', 'no iolog'], advises: 'not there yet' });
      unharmed(cwd);
    },
  );

  it('is written when --destructive names it, and that holds for one run', async () => {
    const cwd = withPrecious();
    fs.linkSync(path.join(cwd, 'precious.db'), path.join(cwd, 'hard'));
    const end = await run(cwd, job('filename=precious.db\nrw=write'), '--destructive', 'hard');
    expect(end.status).toBe(0);
    expect(flat(end.stdout)).toContain('overwrites the existing file precious.db (1048576 bytes)');
    expect(fs.readFileSync(path.join(cwd, 'precious.db')).equals(preciousData(size))).toBe(false);
    expect((await run(cwd, job('filename=precious.db\nrw=write'))).status).toBe(2);
    const deleted = await run(cwd, job('filename=precious.db\nrw=read\nunlink=1'), '--destructive', 'precious.db');
    expect(deleted.status).toBe(0);
    expect(namesIn(cwd)).toEqual(['hard']);
  });

  it('is covered by the permission for the directory that opendir names, not for one above', async () => {
    const cwd = scratchFolder();
    fs.mkdirSync(path.join(cwd, 'above/data'), { recursive: true });
    for (const name of ['a', 'b']) fs.writeFileSync(path.join(cwd, 'above/data', name), preciousData(size));
    const text = '[j]\nioengine=psync\nopendir=above/data\nrw=write\nbs=64k\n';
    expect((await run(cwd, text, '--destructive', 'above')).status).toBe(2);
    unharmed(cwd, size, 'above/data/a');
    expect((await run(cwd, text, '--destructive', 'above/data')).status).toBe(0);
  });

  it('is not what a permission for another one covers, and there must be one', async () => {
    const cwd = withPrecious();
    fs.writeFileSync(path.join(cwd, 'other'), preciousData(size));
    expect((await run(cwd, job('filename=precious.db\nrw=write'), '--destructive', 'other')).status).toBe(2);
    const end = await run(cwd, job('filename=new\nrw=write'), '--destructive', 'nowhere');
    expectRefusal(end, { status: 2, says: ['--destructive nowhere', 'no such device or file'], advises: 'name the' });
    unharmed(cwd);
  });

  it('is never one of the kernel, which only seem to be empty', async () => {
    const before = fs.readFileSync('/proc/self/comm', 'utf8');
    for (const name of ['/proc/self/comm', '/proc/sys/kernel/core_pattern', '/sys/kernel/mm/ksm/run']) {
      for (const argv of [
        ['run', '-', '--no-save', '--destructive', name],
        ['fio', '-'],
      ]) {
        const end = await iotest(argv, { input: job(`filename=${name}\nrw=write\nsize=4k\nbs=4k`) });
        expectNoCrash(end);
        expect(end.status).not.toBe(0);
        expect(flat(end.stderr)).toMatch(/kernel's own|read-only|no file/);
      }
    }
    expect(fs.readFileSync('/proc/self/comm', 'utf8')).toBe(before);
  });

  it('is asked about by all that run jobs', async () => {
    const cwd = withPrecious(size, { 'job.ini': job('filename=precious.db\nrw=write') });
    for (const argv of [
      ['run', 'job.ini', '--engine', 'psync', '--engine', 'sync', '--no-save'],
      ['run', 'job.ini', '--repeat', '2', '--no-save'],
      ['sweep', 'job.ini', '--vary', 'bs=4k,8k', '--no-save'],
      ['gate', 'job.ini', '--aa', '--no-save'],
      ['trace', 'job.ini'],
      ['check', 'job.ini'],
    ]) {
      const end = await iotest(argv, { cwd });
      expect(`${argv[0]}: ${flat(end.stderr + end.stdout)}`).toContain('would overwrite precious.db, 1 MiB');
      expect(end.status).toBe(2);
    }
    unharmed(cwd);
  });

  it('that looks like a generated one counts as of an earlier run only at exactly the size of the job', async () => {
    const cwd = scratchFolder();
    fs.writeFileSync(path.join(cwd, 'j.0.0'), preciousData(size + 1));
    expect((await run(cwd, job('rw=write'))).status).toBe(2);
    // Without a size of its own, a job takes any file whole.
    expect((await run(cwd, '[j]\nioengine=psync\nrw=write\nbs=1\nnumber_ios=1\n')).status).toBe(2);
    unharmed(cwd, size + 1, 'j.0.0');
    // As fio leaves it.
    fs.truncateSync(path.join(cwd, 'j.0.0'), size);
    expect((await run(cwd, job('rw=write'))).status).toBe(0);
  });
});

describe('a file that iotest has made', () => {
  for (const lines of [
    'filename=data',
    'directory=.',
    'filename=data\nfallocate=none',
    'filename=data\nioengine=mmap',
  ]) {
    it(`is written again without a question, at any size: ${lines.replace('\n', ' ')}`, async () => {
      const cwd = scratchFolder();
      await succeeds(cwd, job(`${lines}\nrw=write`));
      await succeeds(cwd, job(`${lines}\nrw=randwrite`));
      await succeeds(cwd, job(`${lines}\nrw=write\nsize=2m`));
      await succeeds(cwd, job(`${lines}\nrw=read\nsize=3m`));
      await succeeds(cwd, job(`${lines}\nrw=randrw`));
      await succeeds(cwd, job(`${lines}\nrw=write\nunlink=1`));
      expect(namesIn(cwd)).toEqual([]);
    });
  }

  it('is known when create_on_open, loops that renew it, or a sweep have made it', async () => {
    const cwd = scratchFolder({ 'job.ini': job('filename=swept\nrw=write') });
    await succeeds(cwd, job('filename=opened\nrw=write\ncreate_on_open=1'));
    await succeeds(cwd, job('filename=opened\nrw=write'));
    await succeeds(cwd, job('filename=renewed\nrw=write\nunlink_each_loop=1\nloops=3'));
    await succeeds(cwd, job('filename=renewed\nrw=write'));
    for (let turn = 0; turn < 2; turn++) {
      const argv = ['sweep', 'job.ini', '--vary', 'bs=4k,8k', '--no-save', '-q'];
      expect((await iotest(argv, { cwd })).status).toBe(0);
    }
  });

  it('is known after a run that was killed', async () => {
    const cwd = scratchFolder();
    const { flags, hasBegun } = watchBegin();
    const text = job('filename=data\nrw=randwrite\nruntime=1m\ntime_based');
    const child = start(['run', '-', '--no-save', ...flags], { cwd, input: text });
    const end = ended(child);
    await hasBegun();
    child.kill('SIGKILL');
    await end;
    await succeeds(cwd, job('filename=data\nrw=write'));
  });

  it.each<[string, (file: string) => void]>([
    ['cut and written anew, with another size', (file) => fs.writeFileSync(file, preciousData(100_000))],
    ['written anew with the same size', (file) => fs.writeFileSync(file, preciousData(size))],
    [
      'written to in its middle',
      (file) => spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=4k', 'count=1', 'seek=7', 'conv=notrunc']),
    ],
    [
      'replaced by another file',
      (file) => {
        fs.writeFileSync(`${file}.new`, preciousData(size));
        fs.renameSync(`${file}.new`, file);
      },
    ],
    [
      'replaced by a link',
      (file) => {
        fs.renameSync(file, `${file}.own`);
        fs.writeFileSync(`${file}.real`, preciousData(size));
        fs.symlinkSync(`${file}.real`, file);
      },
    ],
  ])('is a user’s again once it was %s', async (_what, change) => {
    const cwd = scratchFolder();
    const file = path.join(cwd, 'data');
    await succeeds(cwd, job('filename=data\nrw=write'));
    change(file);
    const before = fs.readFileSync(file);
    const end = await run(cwd, job('filename=data\nrw=write'));
    expectRefusal(end, { status: 2, says: ['would overwrite data'], advises: '--destructive data' });
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });

  it('holds nothing once it was emptied', async () => {
    const cwd = scratchFolder();
    await succeeds(cwd, job('filename=data\nrw=write'));
    fs.truncateSync(path.join(cwd, 'data'), 0);
    await succeeds(cwd, job('filename=data\nrw=write'));
  });

  itInLab('is known on a file system without attributes by a file beside it, which goes with it', async () => {
    const cwd = mounted('ramfs', 'ramfs');
    const text = (lines: string) => job(`filename=data\n${lines}`);
    await succeeds(cwd, text('rw=write'));
    expect(namesIn(cwd)).toEqual(['.data.iotest', 'data']);
    await succeeds(cwd, text('rw=randrw'));
    fs.writeFileSync(path.join(cwd, 'data'), preciousData(size));
    expect((await run(cwd, text('rw=write'))).status).toBe(2);
    unharmed(cwd, size, 'data');
    fs.rmSync(path.join(cwd, 'data'));
    await succeeds(cwd, text('rw=write\nunlink=1'));
    expect(namesIn(cwd)).toEqual([]);
    fs.writeFileSync(path.join(cwd, 'data'), preciousData(size));
    expect((await run(cwd, text('rw=write'))).status).toBe(2);
    unharmed(cwd, size, 'data');
  });
});

describe('--readonly', () => {
  const words = ['--name=a', '--size=1m', '--ioengine=psync'];

  it.each([
    ['--rw=randread', '--filename=new.img'],
    ['--rw=read', '--filename=new.img', '--create_only=1'],
    ['--rw=read', '--filename=new.img', '--create_on_open=1'],
    ['--rw=read', '--filename=precious.db', '--size=2m'],
    ['--rw=read'],
    ['--rw=read', '--directory=.', '--nrfiles=4'],
  ])('of iotest fio makes and extends nothing: %s %s', async (...more) => {
    const cwd = withPrecious();
    const end = await iotest(['fio', '--readonly', ...words, ...more], { cwd });
    expectNoCrash(end);
    expect(flat(end.stderr)).toContain('refusing extend of file due to read-only');
    expect(end.status).toBe(1);
    expect(namesIn(cwd)).toEqual(['precious.db']);
    unharmed(cwd);
  });

  it.each([
    ['rw=read\nfilename=new', /refusing extend of file due to read-only: new/],
    ['rw=read\nsize=2m\nfilename=precious.db', /refusing extend of file due to read-only: precious.db/],
    ['rw=write\nfilename=precious.db', /would overwrite precious.db, but this run is read-only/],
    ['rw=read\nunlink=1\nfilename=precious.db', /would delete precious.db, but this run is read-only/],
    ['rw=read\nprecondition=fill\nfilename=precious.db', /would overwrite precious.db/],
    ['ioengine=filecreate\nrw=write\nnrfiles=4\nfilesize=4k', /makes or deletes files/],
    ['ioengine=filedelete\nrw=write\nnrfiles=4\nfilesize=4k', /makes or deletes files/],
    ['ioengine=filestat\nrw=read\nnrfiles=4\nfilesize=4k', /refusing to make .*j\.0\.0 due to read-only/],
    ['rw=read\nfilename=precious.db\nmem=mmapshared:buffers', /mem would make buffers/],
  ])('of iotest run makes, writes and deletes nothing: %s', async (lines, says) => {
    const cwd = withPrecious();
    const end = await run(cwd, job(lines), '--readonly', '--destructive', 'precious.db');
    expectNoCrash(end);
    expect(flat(end.stderr)).toMatch(says);
    expect(end.status).toBe(2);
    expect(namesIn(cwd)).toEqual(['precious.db']);
    unharmed(cwd);
  });

  it('is known to all that run jobs', async () => {
    const cwd = scratchFolder({ 'job.ini': job('filename=new\nrw=read') });
    for (const argv of [
      ['sweep', 'job.ini', '--vary', 'bs=4k,8k', '--no-save', '--readonly'],
      ['gate', 'job.ini', '--aa', '--no-save', '--readonly'],
      ['trace', 'job.ini', '--readonly'],
      ['check', 'job.ini', '--readonly'],
    ]) {
      const end = await iotest(argv, { cwd });
      expect(flat(end.stderr + end.stdout)).toContain('refusing extend of file due to read-only');
      expect(end.status).toBe(2);
    }
    expect(namesIn(cwd)).toEqual(['job.ini']);
  });
});

describe('iotest fio', () => {
  const fio = (cwd: string, ...words: string[]) =>
    iotest(['fio', '--name=a', '--ioengine=psync', '--size=1m', '--bs=64k', ...words], { cwd });

  it('writes a file whoever has made it, as fio does', async () => {
    const cwd = withPrecious();
    expect((await fio(cwd, '--rw=write', '--filename=precious.db')).status).toBe(0);
    expect(fs.readFileSync(path.join(cwd, 'precious.db')).equals(preciousData(size))).toBe(false);
  });

  it('deletes with unlink=1 what it has made itself, and nothing that was there before', async () => {
    const cwd = withPrecious();
    fs.writeFileSync(path.join(cwd, 'a.0.0'), preciousData(size));
    expect((await fio(cwd, '--rw=read', '--filename=precious.db', '--unlink=1')).status).toBe(0);
    expect((await fio(cwd, '--rw=read', '--unlink=1')).status).toBe(0);
    expect((await fio(cwd, '--rw=read', '--unlink=1', '--filename=new')).status).toBe(0);
    expect((await fio(cwd, '--rw=write', '--unlink=1', '--filename=precious.db:other', '--size=2m')).status).toBe(0);
    expect(namesIn(cwd)).toEqual(['a.0.0', 'precious.db']);
    unharmed(cwd, size, 'a.0.0');
    const end = await fio(cwd, '--rw=write', '--unlink_each_loop=1', '--loops=2', '--filename=a.0.0');
    expect(flat(end.stderr)).toContain('unlink_each_loop=1 would delete a.0.0, 1 MiB');
    expect(end.status).toBe(1);
    unharmed(cwd, size, 'a.0.0');
  });
});

describe('jobs that operate on names', () => {
  it.each([
    'filecreate',
    'filedelete',
    'filerename',
    'io_uring_filecreate',
    'io_uring_filedelete',
    'dircreate',
    'dirdelete',
  ])('%s never touches a name that was there before, whatever its size', async (engine) => {
    const text = `[j]\nioengine=${engine}\nrw=${engine.includes('create') ? 'write' : 'read'}\nnrfiles=3\nfilesize=4k\nbs=4k\n`;
    const isOfDirectories = engine.startsWith('dir');
    for (const bytes of [0, 4096, 100]) {
      const cwd = scratchFolder();
      const name = path.join(cwd, 'j.0.1');
      if (isOfDirectories) fs.mkdirSync(name);
      else fs.writeFileSync(name, preciousData(bytes));
      const inode = fs.statSync(name).ino;
      for (const argv of [
        ['run', '-', '--no-save'],
        ['fio', '-'],
      ]) {
        const end = await iotest(argv, { cwd, input: text });
        expect(flat(end.stdout + end.stderr)).toContain('j.0.1: there already');
        expect(end.status).toBe(1);
      }
      expect(fs.statSync(name).ino).toBe(inode);
      if (!isOfDirectories) unharmed(cwd, bytes, 'j.0.1');
      expect(namesIn(cwd)).toEqual(['j.0.1']);
    }
  });

  it.each(['filecreate', 'io_uring_filecreate', 'dircreate'])('%s runs again over what it has made', async (engine) => {
    const cwd = scratchFolder();
    const text = `[j]\nioengine=${engine}\nrw=write\nnrfiles=3\nfilesize=4k\nbs=4k\n`;
    await succeeds(cwd, text);
    expect(namesIn(cwd)).toEqual(['j.0.0', 'j.0.1', 'j.0.2']);
    await succeeds(cwd, text);
    await succeeds(cwd, `${text}unlink=1\n`);
    expect(namesIn(cwd)).toEqual([]);
  });
});
