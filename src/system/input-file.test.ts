import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInput } from './input-file.js';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'iotest-input-'));
  fs.writeFileSync(at('text'), 'hello');
  fs.symlinkSync('text', at('link'));
  fs.symlinkSync('/dev/zero', at('zero'));
  fs.symlinkSync('nowhere', at('broken'));
  fs.symlinkSync('loop', at('loop'));
  fs.writeFileSync(at('sparse'), '');
  fs.truncateSync(at('sparse'), 2 ** 40);
  execFileSync('mkfifo', [at('fifo')]);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const problemOf = (path: string, bytesMax = 1000) => {
  const input = readInput(path, { bytesMax, pipes: true });
  return input.ok ? input.bytes.toString('utf8') : input.problem;
};

describe('readInput', () => {
  it('reads regular files, through links too', () => {
    expect([problemOf(at('text')), problemOf(at('link'))]).toEqual(['hello', 'hello']);
    expect(problemOf(at('text'), 5)).toBe('hello');
  });

  it.each([
    ['a device without end', '/dev/zero', 'is a device, not a regular file'],
    ['a terminal', '/dev/ptmx', 'is a device, not a regular file'],
    ['a link to a device', 'zero', 'is a device, not a regular file'],
    ['a directory', '.', 'is a directory'],
    ['a FIFO, though nobody writes to it', 'fifo', 'is a pipe, not a regular file'],
    ['what is not there', 'missing', 'does not exist'],
    ['a link to nowhere', 'broken', 'does not exist'],
    ['a link to itself', 'loop', 'cannot be read: ELOOP'],
    ['a NUL byte', 'a\0b', 'is no path'],
    ['an empty name', '', 'does not exist'],
    ['1 TiB of holes', 'sparse', 'has 1099511627776 bytes, and at most 1000 bytes are read'],
    ['a file of no stated size that goes on', '/proc/self/smaps', 'goes on and on, and at most 1000 bytes are read'],
  ])('refuses %s', (_, path, problem) => {
    const whole = path === '' || path.startsWith('/') ? path : at(path);
    expect(problemOf(whole)).toBe(problem);
  });

  it('refuses a socket', async () => {
    const server = net.createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(problemOf(at('socket'))).toBe('is a socket, not a regular file');
    await new Promise((resolve) => server.close(resolve));
  });

  it.skipIf(!fs.existsSync('/proc/kmsg') || process.getuid?.() !== 0)(
    'does not wait for files that wait for events',
    () => {
      // What there is already may be more than the limit, so its end is what waits.
      expect(problemOf('/proc/kmsg', 2 ** 24)).toMatch(/^cannot be read: EAGAIN$|^cannot be read: EPERM$/);
    },
  );

  it('is not led astray by a file that becomes a FIFO', async () => {
    // Swapped all the time; whatever is found, it neither waits nor reads on.
    const swap = spawn('bash', ['-c', 'while :; do ln -sfn text race; ln -sfn fifo race; done'], { cwd: folder });
    try {
      for (let round = 0; round < 300; round++) {
        expect(['hello', 'is a pipe, not a regular file', 'does not exist']).toContain(problemOf(at('race')));
      }
    } finally {
      swap.kill('SIGKILL');
      await new Promise((resolve) => swap.once('close', resolve));
    }
  });
});
