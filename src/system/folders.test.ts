import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { makeFolders } from './folders.js';

describe('the folders of a file that is to be made', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-folders-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  function refusal(file: string): UserError {
    try {
      makeFolders(file);
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
    throw new Error(`${file} was not refused`);
  }

  it('are made level by level, for this user alone, and the file is not', () => {
    makeFolders(path.join(folder, 'a/b/c/file'));
    expect(fs.readdirSync(path.join(folder, 'a/b/c'))).toEqual([]);
    for (const each of ['a', 'a/b', 'a/b/c']) {
      expect(fs.statSync(path.join(folder, each)).mode & 0o077, each).toBe(0);
    }
  });

  it('stay as they are where they are there, behind links too', () => {
    fs.mkdirSync(path.join(folder, 'there'), { mode: 0o755 });
    fs.symlinkSync('there', path.join(folder, 'link'));
    makeFolders(path.join(folder, 'link/file'));
    makeFolders(path.join(folder, 'there/file'));
    expect(fs.statSync(path.join(folder, 'there')).mode & 0o777).toBe(0o755);
    makeFolders('file');
  });

  it('are refused with the reason where a file is in the way', () => {
    fs.writeFileSync(path.join(folder, 'file'), '');
    const error = refusal(path.join(folder, 'file/below/name'));
    expect(error.message).toMatch(/cannot make the directory of .*ENOTDIR|EEXIST/);
    expect(error.exitCode).toBe(1);
    expect(fs.readdirSync(folder)).toEqual(['file']);
  });

  it('are refused below /proc, where a recursive mkdir never comes back', () => {
    expect(refusal('/proc/self/no/such/folder/name').message).toMatch(/ENOENT|EACCES|EPERM/);
  });
});
