import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { markNameLeft } from '../machine/own-files.js';
import type { PlannedFileWork, PlannedWorker } from '../plan/types.js';
import { UserError } from '../support/errors.js';
import { samplePlannedWorker } from '../testing/sample-result.js';
import { FilePlaces } from './file-places.js';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-places-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);
const listed = (): string[] => fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

function places(work: Partial<PlannedFileWork>, target: Partial<PlannedWorker['job']['target']> = {}): FilePlaces {
  const worker = samplePlannedWorker();
  const fileWork: PlannedFileWork = {
    kind: 'create',
    directories: false,
    paths: ['a', 'b', 'c'].map(at),
    generated: true,
    layOutBytes: 4096,
    blockBytes: 512,
    ...work,
  };
  const job = { ...worker.job, target: { ...worker.job.target, ...target } };
  return new FilePlaces({ ...worker, job, fileWork }, fileWork, () => false);
}

function refusal(of: FilePlaces): string {
  try {
    of.prepare();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

/** As an earlier run leaves them. */
function leave(name: string, content = Buffer.alloc(0)): void {
  fs.writeFileSync(at(name), content);
  markNameLeft(at(name));
}

describe('names to be made', () => {
  it('are freed of what earlier runs made', () => {
    leave('a');
    leave('b', Buffer.alloc(512));
    fs.writeFileSync(at('other'), 'stays');
    places({}).prepare();
    expect(listed()).toEqual(['other']);
  });

  it('are known to be of an earlier run by the mark that it leaves', () => {
    const first = places({});
    first.prepare();
    fs.writeFileSync(at('a'), '');
    fs.writeFileSync(at('b'), Buffer.alloc(512));
    first.tidy();
    places({}).prepare();
    expect(listed()).toEqual([]);
  });

  it.each<[string, (name: string) => void]>([
    ['a file of another size', (name) => fs.writeFileSync(name, 'mine')],
    ['an empty file', (name) => fs.writeFileSync(name, '')],
    ['a file of the size of a block', (name) => fs.writeFileSync(name, Buffer.alloc(512, 'mine'))],
    ['a file of the size that is laid out', (name) => fs.writeFileSync(name, Buffer.alloc(4096, 'mine'))],
    [
      'a file of an earlier run that somebody has written to since',
      (name) => {
        fs.writeFileSync(name, Buffer.alloc(512));
        markNameLeft(name);
        fs.utimesSync(name, 1, 1);
      },
    ],
    ['a symbolic link', (name) => fs.symlinkSync(at('elsewhere'), name)],
    ['a directory', (name) => fs.mkdirSync(name)],
    [
      'a second link of a file',
      (name) => {
        fs.writeFileSync(at('elsewhere'), '');
        fs.linkSync(at('elsewhere'), name);
      },
    ],
  ])('are not freed of %s', (_what, make) => {
    leave('a');
    make(at('b'));
    const before = listed();
    expect(refusal(places({}))).toContain(`${at('b')}: there already`);
    expect(listed(), 'nothing is touched').toEqual(before);
  });

  it('are not freed where the user named them', () => {
    leave('a');
    expect(refusal(places({ generated: false }))).toContain(at('a'));
    expect(listed()).toEqual(['a']);
  });

  it('of directories are freed of empty ones alone', () => {
    fs.mkdirSync(at('a'));
    markNameLeft(at('a'));
    places({ directories: true }).prepare();
    expect(listed()).toEqual([]);
    fs.mkdirSync(at('b'));
    expect(refusal(places({ directories: true }))).toContain(`${at('b')}: there already`);
    markNameLeft(at('b'));
    fs.writeFileSync(at('b/inside'), '');
    expect(refusal(places({ directories: true }))).toContain(`${at('b')}: there already`);
    expect(listed()).toEqual(['b', 'b/inside']);
  });
});

describe('files to be deleted', () => {
  it('are made where they are missing, and taken where they are ours', () => {
    leave('a');
    places({ kind: 'delete' }).prepare();
    expect(listed()).toEqual(['a', 'b', 'c']);
    expect(fs.statSync(at('a')).size).toBe(0);
    expect(fs.statSync(at('b')).size).toBe(4096);
    expect(fs.readFileSync(at('b')).some((byte) => byte === 0)).toBe(false);
  });

  it('are never those of a user', () => {
    fs.writeFileSync(at('c'), 'mine');
    expect(refusal(places({ kind: 'delete' }))).toContain('deletes only what was made for it');
    expect(listed()).toEqual(['c']);
  });
});

describe('files to be looked at', () => {
  it('may be anyone’s, and stay when the job removes its own', () => {
    fs.writeFileSync(at('a'), 'mine');
    const looked = places({ kind: 'stat' }, { unlink: true });
    looked.prepare();
    expect(listed()).toEqual(['a', 'b', 'c']);
    looked.tidy();
    expect(listed()).toEqual(['a']);
  });
});

describe('files to be renamed', () => {
  it('are renamed back first', () => {
    leave('a.renamed');
    const renamed = places({ kind: 'rename' }, { unlink: true });
    renamed.prepare();
    expect(listed()).toEqual(['a', 'b', 'c']);
    fs.renameSync(at('b'), at('b.renamed'));
    renamed.tidy();
    expect(listed()).toEqual([]);
  });

  it('do not push out what has the new name', () => {
    fs.writeFileSync(at('b.renamed'), 'mine');
    expect(refusal(places({ kind: 'rename' }))).toContain('b.renamed');
  });
});

describe('directories for the names', () => {
  const paths = () => ['d0/a', 'd0/b', 'd1/c'].map(at);

  it('are made, and removed with unlink=1 unless something else is in them', () => {
    const made = places({ paths: paths() }, { unlink: true, filesPerDirectory: 2 });
    made.prepare();
    expect(listed()).toEqual(['d0', 'd1']);
    fs.writeFileSync(at('d1/other'), '');
    fs.writeFileSync(at('d0/a'), '');
    made.tidy();
    expect(listed()).toEqual(['d1', 'd1/other']);
  });

  it('are no symbolic links', () => {
    fs.mkdirSync(at('elsewhere'));
    fs.symlinkSync(at('elsewhere'), at('d0'));
    expect(refusal(places({ paths: paths() }, { filesPerDirectory: 2 }))).toContain('symbolic link');
  });
});
