import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { adviseAccess, setWriteLife, writeLife } from './file-hints.js';

let folder = '';
let descriptor = -1;
const file = () => ({ path: 'data', descriptor });

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-hints-'));
  descriptor = fs.openSync(path.join(folder, 'data'), 'w+');
  fs.ftruncateSync(descriptor, 1 << 20);
});

afterAll(() => {
  fs.closeSync(descriptor);
  fs.rmSync(folder, { recursive: true });
});

describe('setWriteLife', () => {
  it('is what the kernel then says of the file, with and without direct I/O', () => {
    expect(writeLife(descriptor)).toBeNull();
    for (const life of ['short', 'medium', 'long', 'extreme', 'none'] as const) {
      for (const direct of [false, true]) {
        setWriteLife(file(), life, direct);
        expect(writeLife(descriptor)).toBe(life);
      }
    }
  });

  it('says what was refused', () => {
    const pipe = { path: 'gone', descriptor: 9999 };
    expect(() => setWriteLife(pipe, 'short', false)).toThrow(UserError);
    expect(() => setWriteLife(pipe, 'short', false)).toThrow(/gone: write_hint=short was refused/);
  });
});

describe('adviseAccess', () => {
  it('is taken for files, and a refusal is a sentence', () => {
    for (const advice of ['normal', 'random', 'sequential', 'noreuse'] as const) {
      expect(adviseAccess(file(), 0, 1 << 20, advice)).toBeNull();
    }
    expect(adviseAccess({ path: 'gone', descriptor: 9999 }, 0, 1, 'random')).toMatch(/gone: .*"random".*EBADF/);
  });
});
