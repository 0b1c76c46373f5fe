import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  Enter,
  Feature,
  flagNames,
  Op,
  operations,
  paramsWords,
  Register,
  Setup,
  SqFlag,
  setupFlagFacts,
} from './abi.js';
import { layoutOf, ringBytes } from './port.js';
import { highWord, lowWord } from './words.js';

const headerPath = '/usr/include/linux/io_uring.h';
const header = existsSync(headerPath) ? readFileSync(headerPath, 'utf8') : null;

/** `#define PREFIX_NAME (1U << n)` of the header. */
function definedBits(prefix: string): [string, number][] {
  const pattern = new RegExp(`^#define\\s+${prefix}_([A-Z0-9_]+)\\s+\\(1U << (\\d+)\\)`, 'gm');
  return [...header!.matchAll(pattern)].map((match) => [match[1]!, 1 << Number(match[2])]);
}

describe.skipIf(header === null)(
  'numbers of the kernel header (skipped when linux/io_uring.h is not installed)',
  () => {
    it('operations stand at their numbers', () => {
      const body = /enum io_uring_op \{([\s\S]*?)IORING_OP_LAST/.exec(header!)![1]!;
      const names = [...body.matchAll(/IORING_OP_([A-Z0-9_]+)/g)].map((match) => match[1]);
      expect(names.length).toBeGreaterThan(40);
      expect(operations.slice(0, names.length).map(([name]) => name)).toEqual(names);
    });

    it.each([
      ['IORING_SETUP', Setup],
      ['IORING_FEAT', Feature],
      ['IORING_ENTER', Enter],
      ['IORING_SQ', SqFlag],
    ])('%s bits', (prefix, table: Record<string, number>) => {
      const bits = definedBits(prefix);
      expect(bits.length).toBeGreaterThan(2);
      for (const [name, bit] of bits)
        if (name in table || prefix === 'IORING_SETUP') expect(table[name], name).toBe(bit);
    });

    it('register operations', () => {
      for (const [name, value] of Object.entries(Register)) {
        const prefixed = name.startsWith('UNREGISTER') ? `IORING_${name}` : `IORING_REGISTER_${name}`;
        expect(header, name).toMatch(new RegExp(`\\b${prefixed}\\s*=\\s*${value}\\b`));
      }
    });
  },
);

describe('tables', () => {
  it('the operations that we use bear their names', () => {
    const named = Object.fromEntries(Object.entries(Op).map(([name, value]) => [name, operations[value]![0]]));
    expect(named).toEqual({
      nop: 'NOP',
      openat: 'OPENAT',
      close: 'CLOSE',
      statx: 'STATX',
      renameat: 'RENAMEAT',
      unlinkat: 'UNLINKAT',
      mkdirat: 'MKDIRAT',
      readv: 'READV',
      writev: 'WRITEV',
      fsync: 'FSYNC',
      readFixed: 'READ_FIXED',
      writeFixed: 'WRITE_FIXED',
      syncFileRange: 'SYNC_FILE_RANGE',
      fallocate: 'FALLOCATE',
      read: 'READ',
      write: 'WRITE',
      uringCommand: 'URING_CMD',
      accept: 'ACCEPT',
      connect: 'CONNECT',
      recv: 'RECV',
      send: 'SEND',
      sendZeroCopy: 'SEND_ZC',
    });
  });

  it('every setup flag is one bit, none twice', () => {
    const bits = Object.values(Setup);
    expect(new Set(bits).size).toBe(bits.length);
    for (const bit of bits) expect(bit & (bit - 1)).toBe(0);
    expect(Object.keys(setupFlagFacts)).toEqual(Object.keys(Setup));
  });

  it('names flags, and shows unknown bits', () => {
    expect(flagNames(Setup, Setup.CQSIZE | Setup.SQPOLL)).toEqual(['SQPOLL', 'CQSIZE']);
    expect(flagNames(Feature, Feature.NODROP | (1 << 30) | (1 << 31))).toEqual(['NODROP', 'bit 30', 'bit 31']);
  });
});

describe('layout', () => {
  it('takes the larger end of the two rings as the size of the mapping', () => {
    const params = new Uint32Array(paramsWords);
    params[0] = 8;
    params[1] = 16;
    params[16] = 320; // sq_off.array
    params[25] = 64; // cq_off.cqes
    expect(ringBytes(params)).toBe(320 + 8 * 4);
    params[1] = 64;
    expect(ringBytes(params)).toBe(64 + 64 * 16);
    expect(layoutOf(params)).toMatchObject({ sqArray: 80, cqes: 16 });
  });

  it('splits 64-bit quantities exactly', () => {
    for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 47 - 4096, 2 ** 53 - 1]) {
      expect((highWord(value) >>> 0) * 2 ** 32 + (lowWord(value) >>> 0)).toBe(value);
    }
  });
});
