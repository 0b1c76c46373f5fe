import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Assembler, LineReader, lineBytesMax, linesOf } from './lines.js';

/** As it comes out at the other end, in chunks of this size. */
function through(message: object, chunkBytes: number): unknown[] {
  const bytes = Buffer.from(linesOf(message).join(''));
  const reader = new LineReader();
  const assembler = new Assembler();
  const values: unknown[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    for (const line of reader.feed(bytes.subarray(at, at + chunkBytes))) {
      const value = assembler.add(line);
      if (value !== undefined) values.push(value);
    }
  }
  return values;
}

const random = (length: number) => Array.from({ length }, (_, index) => Math.sin(index + 1));

describe('a message', () => {
  it.each([
    ['small', { a: 'ä\u2028"\n' }, 3],
    ['of text that compresses well', { a: 'é'.repeat(3_000_000) }, 65536],
    ['in several pieces', { a: random(200_000) }, 65536],
  ])('goes through when it is %s', (_, message, chunkBytes) => {
    expect(through(message, chunkBytes)).toEqual([message]);
  });

  it('has no line above 1 MiB', () => {
    const lines = linesOf({ a: random(200_000) });
    expect(lines.length).toBeGreaterThan(2);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(lineBytesMax);
    expect(Buffer.byteLength(linesOf({ a: '\u4e00'.repeat(260_000) })[0]!)).toBeLessThan(lineBytesMax);
  });
});

describe('what is none of ours', () => {
  it('is not kept when a line does not end', () => {
    const reader = new LineReader();
    expect(() => {
      for (let index = 0; index < 20; index++) reader.feed(Buffer.alloc(65536, 0x61));
    }).toThrow('a line of more than 1048576 bytes');
  });

  const piece = (number: number, of: number, data = 'x') => JSON.stringify({ piece: number, of, data });
  it.each([
    ['no JSON', ['{"a":'], 'no JSON'],
    ['a piece that is not the next', [piece(1, 2)], 'piece 1 of 2 where 0 is next'],
    ['another number of pieces', [piece(0, 3), piece(1, 4)], 'piece 1 of 4 where 1 is next'],
    ['a message among pieces', [piece(0, 2), '{"type":"ready"}'], 'among the pieces'],
    ['a piece without data', ['{"piece":0,"of":1}'], 'a piece that is none'],
    ['a negative piece', ['{"piece":-1,"of":1,"data":""}'], 'a piece that is none'],
    ['no gzip', [piece(0, 1, 'AAAA')], 'cannot be inflated'],
    ['a bomb', [piece(0, 1, gzipSync(Buffer.alloc(2 ** 28 + 1)).toString('base64'))], 'cannot be inflated'],
    [
      'too many pieces',
      Array.from({ length: 140 }, (_, index) => piece(index, 200, 'x'.repeat(2 ** 19))),
      'larger than any',
    ],
    ['deep nesting', ['['.repeat(1_000_000)], 'no JSON'],
  ])('is refused: %s', (_, lines, message) => {
    const assembler = new Assembler();
    expect(() => {
      for (const line of lines) assembler.add(line);
    }).toThrow(message);
  });
});
