import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { dropPageCache } from '../system/page-cache.js';
import { openTarget } from './open-target.js';
import { inspectTarget } from './target.js';

let folder = '';

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-files-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);

function userErrorOf(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('it did not fail');
}

describe('inspectTarget', () => {
  it('describes a file, also through a link', () => {
    fs.writeFileSync(at('file'), Buffer.alloc(10_000, 1));
    fs.symlinkSync('file', at('link'));
    const facts = inspectTarget(at('link'));
    expect(facts).toMatchObject({ path: at('link'), kind: 'file', sizeBytes: 10_000, readOnly: false, uses: [] });
    expect(facts.realPath).toBe(fs.realpathSync(at('file')));
    expect(facts.fileSystem!.freeBytes).toBeGreaterThan(0);
    expect(facts.realPath.startsWith(facts.fileSystem!.mountPoint)).toBe(true);
  });

  it('sees that a file is sparse', () => {
    fs.writeFileSync(at('sparse'), '');
    fs.truncateSync(at('sparse'), 1 << 30);
    const facts = inspectTarget(at('sparse'));
    expect(facts.sizeBytes).toBe(1 << 30);
    expect(facts.allocatedBytes).toBeLessThan(1 << 20);
  });

  it('describes a missing file by its directory and leaves nothing there', () => {
    const before = fs.readdirSync(folder);
    const facts = inspectTarget(at('missing'));
    expect(facts).toMatchObject({ kind: 'missing', realPath: fs.realpathSync(folder), sizeBytes: 0 });
    expect(facts.directAlignBytes).toBe(inspectTarget(at('file')).directAlignBytes);
    expect(facts.fileSystem).toEqual({ ...inspectTarget(at('file')).fileSystem, freeBytes: expect.any(Number) });
    expect(fs.readdirSync(folder)).toEqual(before);
    // Its directories will be made in the first one above it that is there.
    expect(inspectTarget('/nonexistent/dir/file')).toMatchObject({ kind: 'missing', realPath: '/' });
  });

  it('gives an alignment that O_DIRECT accepts', (context) => {
    fs.writeFileSync(at('direct'), Buffer.alloc(1 << 16));
    const { directAlignBytes } = inspectTarget(at('direct'));
    if (directAlignBytes === null) context.skip('this file system refuses O_DIRECT');
    expect(() => fs.closeSync(openTarget(at('direct'), { direct: true }).descriptor)).not.toThrow();
    expect([512, 1024, 2048, 4096]).toContain(directAlignBytes);
  });

  it('tells directories and other things apart', () => {
    expect(inspectTarget(folder).kind).toBe('directory');
    expect(inspectTarget('/dev/null').kind).toBe('other');
  });

  it('finds O_DIRECT refused where it is', () => {
    // procfs has no direct I/O.
    expect(inspectTarget('/proc/self/status').directAlignBytes).toBeNull();
    expect(userErrorOf(() => openTarget('/proc/self/status', { direct: true })).problems[0]).toEqual({
      place: null,
      message: '/proc/self/status: the file system refuses O_DIRECT (EINVAL)',
      advice: 'leave off direct=1, or choose a target on ext4, xfs or a block device',
      errno: 22,
    });
  });
});

describe('openTarget', () => {
  it('opens for reading and writing and tells the size', () => {
    fs.writeFileSync(at('open'), 'hello');
    const file = openTarget(at('open'), { write: true, sync: 'dsync' });
    expect(file).toMatchObject({ path: at('open'), kind: 'file', sizeBytes: 5 });
    fs.writeSync(file.descriptor, 'J', 0);
    const flags = fs.readFileSync(`/proc/self/fdinfo/${file.descriptor}`, 'utf8');
    expect(Number.parseInt(/flags:\s+(\d+)/.exec(flags)![1]!, 8) & fs.constants.O_DSYNC).not.toBe(0);
    fs.closeSync(file.descriptor);
    expect(fs.readFileSync(at('open'), 'utf8')).toBe('Jello');
  });

  it('says what is wrong and what to do', () => {
    expect(userErrorOf(() => openTarget(at('none'), {})).message).toMatch(/no such file/);
    expect(userErrorOf(() => openTarget(at('no/dir/file'), { create: true, write: true })).problems[0]!.advice).toBe(
      `create it: mkdir -p ${at('no/dir')}`,
    );
    expect(userErrorOf(() => openTarget(folder, {})).message).toMatch(/is a directory$/);
    expect(userErrorOf(() => openTarget(folder, { write: true })).problems[0]!.advice).toMatch(/directory=/);
    // A pipe without a writer: opening it would wait forever.
    expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
    expect(userErrorOf(() => openTarget(at('pipe'), {})).message).toMatch(/neither a regular file nor a block device/);
    expect(userErrorOf(() => openTarget('/proc/nothing', { write: true })).exitCode).toBe(1);
    expect(userErrorOf(() => openTarget(at('file'), { create: true, exclusive: true })).message).toMatch(/EEXIST/);
  });

  it('leaves no descriptor open when it fails', () => {
    const count = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = count();
    for (let i = 0; i < 5; i++) userErrorOf(() => openTarget(folder, {}));
    expect(count()).toBe(before);
  });
});

describe('dropPageCache', () => {
  it('works on a file', () => {
    fs.writeFileSync(at('cached'), Buffer.alloc(1 << 20));
    const file = openTarget(at('cached'), {});
    expect(dropPageCache(file)).toBeNull();
    fs.closeSync(file.descriptor);
  });

  it('says why where it does not', () => {
    const [read, write] = [fs.openSync('/dev/null', 'r'), fs.openSync('/dev/null', 'w')];
    const answer = dropPageCache({ descriptor: 9999, kind: 'file', path: '/gone' });
    expect(answer).toMatch(/^the page cache of \/gone was not dropped: .*\(EBADF\)$/);
    fs.closeSync(read);
    fs.closeSync(write);
  });
});
