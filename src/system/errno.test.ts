import fs from 'node:fs';
import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { describeErrno, Errno, errnoName, errnoNumber, errnoOf } from './errno.js';

describe('errno', () => {
  it('agrees with the numbers that Node knows', () => {
    let shared = 0;
    for (const [name, number] of Object.entries(os.constants.errno)) {
      if (errnoNumber(name) === null) continue;
      shared += 1;
      // EWOULDBLOCK and ENOTSUP are second names of a number.
      expect(errnoNumber(name), name).toBe(number);
    }
    expect(shared).toBeGreaterThan(40);
    for (const [name, number] of Object.entries(Errno)) expect(errnoNumber(name)).toBe(number);
  });

  it('takes either sign and always says what to do', () => {
    expect(errnoName(-5)).toBe('EIO');
    expect(describeErrno(28).name).toBe('ENOSPC');
    expect(describeErrno(-530)).toMatchObject({ name: 'errno 530' });
    for (let number = 1; number < 140; number++) {
      const { meaning, advice } = describeErrno(number);
      expect(meaning.endsWith('.')).toBe(false);
      expect(advice.length).toBeGreaterThan(3);
    }
  });

  it('finds the number in an error of node:fs', () => {
    let caught: unknown = null;
    try {
      fs.openSync('/nonexistent/file', 'r');
    } catch (error) {
      caught = error;
    }
    expect(errnoOf(caught)).toBe(Errno.ENOENT);
    expect(errnoOf(new Error('other'))).toBeNull();
  });
});
