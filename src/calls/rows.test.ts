import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Random } from '../support/random.js';
import { mapMemory } from '../system/memory.js';
import { assembled, performRows, RowWord } from './machine-code.js';
import { callNumbers } from './numbers.js';
import { type CallRows, createCallRows, rowAt, rowWords } from './rows.js';

const isX64 = process.arch === 'x64';
const hasAssembler = spawnSync('as', ['--version']).status === 0 && spawnSync('objcopy', ['--version']).status === 0;

const made: (() => void)[] = [];
afterEach(() => {
  for (const undo of made.splice(0)) undo();
});

function folder(): string {
  const path = fs.mkdtempSync(join(tmpdir(), 'iotest-rows-'));
  made.push(() => fs.rmSync(path, { recursive: true }));
  return path;
}

/** `count` rows over a file of 64 blocks, each of which holds its number. */
function bench(count: number, isPlain: boolean) {
  const path = join(folder(), 'data');
  fs.writeFileSync(path, Buffer.from(Uint8Array.from({ length: 64 * 512 }, (_, at) => at >> 9)));
  const descriptor = fs.openSync(path, 'r+');
  made.push(() => fs.closeSync(descriptor));
  const memory = mapMemory(count * 512);
  const rows = createCallRows(count, isPlain);
  made.push(rows.free);
  const put = (index: number, number: number, given: readonly number[], expected: number): void => {
    const at = rowAt(index);
    rows.words.fill(0, at, at + rowWords);
    rows.words[at] = number;
    for (const [k, value] of [...given, expected].entries()) {
      const place = at + (k === given.length ? RowWord.expected : RowWord.arguments + 2 * k);
      rows.words[place] = value;
      rows.words[place + 1] = Math.floor(value / 2 ** 32);
    }
  };
  const bufferOf = (index: number): number => memory.address + index * 512;
  return { descriptor, rows, put, bufferOf, bytes: new Uint8Array(memory.view) };
}

const resultOf = ({ words }: CallRows, index: number): number => words[rowAt(index) + RowWord.result]!;

describe('the routine', () => {
  it.skipIf(!hasAssembler)('is what an assembler makes of its instructions (as, objcopy)', () => {
    const cwd = folder();
    fs.writeFileSync(join(cwd, 'rows.s'), `${performRows.map(([instruction]) => instruction).join('\n')}\n`);
    expect(spawnSync('as', ['--64', 'rows.s', '-o', 'rows.o'], { cwd }).status).toBe(0);
    expect(spawnSync('objcopy', ['-O', 'binary', '-j', '.text', 'rows.o', 'rows.bin'], { cwd }).status).toBe(0);
    expect([...fs.readFileSync(join(cwd, 'rows.bin'))]).toEqual([...assembled(performRows)]);
  });
});

describe.each([
  ['by machine code', false],
  ['one by one', true],
])('rows %s', (_, isPlain) => {
  it('are performed in order, each with its result and its end', () => {
    const { descriptor, rows, put, bufferOf, bytes } = bench(4, isPlain);
    for (let index = 0; index < 4; index++) {
      put(index, callNumbers.pread64, [descriptor, bufferOf(index), 512, (10 + index) * 512], 512);
    }
    expect(rows.perform(4)).toBe(4);
    const ends = [-1, 0, 1, 2, 3].map((index) => {
      const at = rowAt(index);
      return rows.words[at + RowWord.endSeconds]! * 1e9 + rows.words[at + RowWord.endNs]!;
    });
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    expect(ends[0]).toBeGreaterThan(0);
    expect([0, 1, 2, 3].map((index) => resultOf(rows, index))).toEqual([512, 512, 512, 512]);
    expect([0, 1, 2, 3].map((index) => bytes[index * 512])).toEqual([10, 11, 12, 13]);
  });

  it('stop behind one that is short, or fails', () => {
    const { descriptor, rows, put, bufferOf } = bench(3, isPlain);
    put(0, callNumbers.pread64, [descriptor, bufferOf(0), 512, 0], 512);
    put(1, callNumbers.pread64, [descriptor, bufferOf(1), 512, 63.5 * 512], 512);
    put(2, callNumbers.pread64, [descriptor, bufferOf(2), 512, 0], 512);
    expect(rows.perform(3)).toBe(2);
    expect(resultOf(rows, 1)).toBe(256);
    expect(resultOf(rows, 2)).toBe(0);
    put(1, callNumbers.pread64, [-1, bufferOf(1), 512, 0], 512);
    expect(rows.perform(3)).toBe(2);
    expect(resultOf(rows, 1)).toBe(-9);
    put(2, callNumbers.pread64, [descriptor, bufferOf(2), 512, -1], 512);
    put(1, callNumbers.fsync, [descriptor], 0);
    expect(rows.perform(3)).toBe(3);
    expect(resultOf(rows, 2)).toBe(-22);
  });

  it('take offsets and expect results beyond 32 bits', () => {
    const { descriptor, rows, put, bufferOf } = bench(3, isPlain);
    const far = 5 * 2 ** 32 + 512;
    put(0, callNumbers.lseek, [descriptor, far, 0], far);
    put(1, callNumbers.write, [descriptor, bufferOf(0), 512], 512);
    put(2, callNumbers.lseek, [descriptor, far, 0], far + 2 ** 32);
    expect(rows.perform(3)).toBe(3);
    expect(fs.fstatSync(descriptor).size).toBe(far + 512);
    expect(rows.words[rowAt(2) + RowWord.result + 1]).toBe(5);
  });
});

it.skipIf(!isX64)('both ways do the same, whatever the rows (machine code is of x86-64)', () => {
  const random = Random.fromSeed(7);
  const drawn = (below: number): number => (random.nextInt32() >>> 0) % below;
  const [fast, plain] = [bench(16, false), bench(16, true)];
  for (let round = 0; round < 300; round++) {
    const count = 1 + drawn(16);
    for (let index = 0; index < count; index++) {
      const isWrite = drawn(2) === 1;
      const number = isWrite ? callNumbers.pwrite64 : callNumbers.pread64;
      const [size, offset] = [drawn(513), drawn(66 * 512)];
      const expected = drawn(10) === 0 ? size + 1 : size;
      for (const { put, bufferOf, descriptor } of [fast, plain]) {
        put(index, number, [descriptor, bufferOf(index), size, offset], expected);
      }
    }
    const performed = fast.rows.perform(count);
    expect(plain.rows.perform(count)).toBe(performed);
    for (let index = 0; index < performed; index++) {
      expect(resultOf(fast.rows, index)).toBe(resultOf(plain.rows, index));
    }
    expect(Buffer.compare(fast.bytes, plain.bytes)).toBe(0);
  }
});
