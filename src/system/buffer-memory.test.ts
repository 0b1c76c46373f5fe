import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { type BufferMemory, mapBufferMemory, systemHugePageBytes } from './buffer-memory.js';

let folder = '';
const at = (name: string): string => path.join(folder, name);
const private4k = (kind: BufferMemory['kind'], file: string | null = null): BufferMemory => ({
  kind,
  path: file,
  hugePageBytes: null,
});

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-buffers-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** The line of proc_pid_maps(5) that holds an address. */
function mappingAt(address: number): string | undefined {
  return fs
    .readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .find((line) => {
      const [from, to] = line
        .split(' ', 1)[0]!
        .split('-')
        .map((part) => Number.parseInt(part, 16));
      return address >= from! && address < to!;
    });
}

describe('mapBufferMemory', () => {
  it.each([
    ['malloc', null, /rw-p .* 0 *$/],
    ['mmap', null, /rw-p .* 0 *$/],
    ['mmapshared', null, /rw-s .*\/dev\/zero/],
    ['shm', null, /rw-s .*SYSV/],
    ['mmap', 'private', /rw-p .*private/],
    ['mmapshared', 'shared', /rw-s .*shared/],
    ['mmaphuge', 'huge', /rw-s .*huge/],
  ] as const)('%s (file %s) is mapped as such, can be written, and leaves nothing', (kind, name, expected) => {
    const memory = mapBufferMemory(10_000, private4k(kind, name === null ? null : at(name)));
    const bytes = new Uint8Array(memory.view);
    expect(bytes.length).toBeGreaterThanOrEqual(10_000);
    bytes.fill(7);
    expect(mappingAt(memory.address)).toMatch(expected);
    memory.free();
    memory.free();
    expect(mappingAt(memory.address) ?? '').not.toMatch(/SYSV|private|shared|huge/);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('keeps a file that was there, makes it no shorter, and writes to it only when it is shared', () => {
    for (const [kind, first] of [
      ['mmap', 1],
      ['mmapshared', 7],
    ] as const) {
      fs.writeFileSync(at('kept'), Buffer.alloc(1 << 20, 1));
      const memory = mapBufferMemory(4096, private4k(kind, at('kept')));
      new Uint8Array(memory.view)[0] = 7;
      memory.free();
      expect(fs.statSync(at('kept')).size).toBe(1 << 20);
      expect(fs.readFileSync(at('kept'))[0]).toBe(first);
    }
    fs.rmSync(at('kept'));
  });

  it('maps no device, whatever the plan has seen', () => {
    expect(() => mapBufferMemory(4096, private4k('mmapshared', '/dev/null'))).toThrow(/no regular file/);
    expect(() => mapBufferMemory(4096, private4k('mmapshared', at('no/folder')))).toThrow(UserError);
  });

  it('uses huge pages, or says how to get them', () => {
    const unit = systemHugePageBytes();
    for (const kind of ['mmaphuge', 'shmhuge'] as const) {
      try {
        const memory = mapBufferMemory(4096, private4k(kind));
        expect(memory.byteCount).toBe(unit);
        expect(mappingAt(memory.address)).toMatch(kind === 'shmhuge' ? /SYSV/ : /anon_hugepage/);
        memory.free();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        expect(error.message).toMatch(new RegExp(`mem=${kind}: cannot have`));
        expect(error.problems[0]!.advice).toMatch(/nr_hugepages/);
      }
    }
    const odd = { ...private4k('mmaphuge'), hugePageBytes: 1 << 23 };
    expect(() => mapBufferMemory(4096, odd)).toThrow(/mem=mmaphuge: cannot have 8 MiB of buffers/);
  });
});
