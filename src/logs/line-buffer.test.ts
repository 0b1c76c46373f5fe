import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineBuffer } from './line-buffer.js';

function written(fill: (line: LineBuffer) => void, sizeBytes = 4096, roomMin = 64): string {
  const parts: string[] = [];
  const line = new LineBuffer((bytes) => parts.push(bytes.toString()), sizeBytes, roomMin);
  fill(line);
  line.flush();
  return parts.join('');
}

describe('LineBuffer', () => {
  it('writes whole numbers as they are', () => {
    const numbers = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 32 + 10 }),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      fc.integer({ min: 0, max: 15 }).map((exponent) => 10 ** exponent),
      fc.integer({ min: 1, max: 15 }).map((exponent) => 10 ** exponent - 1),
    );
    fc.assert(
      fc.property(numbers, (value) => {
        expect(written((line) => line.number(value))).toBe(String(value));
      }),
    );
  });

  it.each([
    [0, '0'],
    [2 ** 31, '2147483648'],
    [2 ** 32 - 1, '4294967295'],
    [2 ** 32, '4294967296'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [1.9, '1'],
    [5e9 + 0.5, '5000000000'],
    [-3, '0'],
    [-3e12, '0'],
  ])('writes %d as %s', (value, text) => {
    expect(written((line) => line.number(value))).toBe(text);
  });

  it('hands lines on before it is full, none twice and none cut', () => {
    const text = written(
      (line) => {
        for (let k = 0; k < 1000; k++) {
          line.number(k);
          line.anyText(' é');
          line.endLine();
        }
      },
      256,
      64,
    );
    expect(text).toBe(Array.from({ length: 1000 }, (_, k) => `${k} é\n`).join(''));
  });
});
