import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBufferPattern } from './buffer-pattern.js';

const hexOf = (text: string): string => {
  const parsed = parseBufferPattern(text);
  return parsed.ok ? Buffer.from(parsed.bytes).toString('hex') : `${parsed.offset}: ${parsed.message}`;
};

describe('parseBufferPattern', () => {
  // fio 3.33 wrote the same bytes for each.
  it.each([
    ['"abcd"', '61626364'],
    ['-1024', '00fcffff'],
    ['66', '42'],
    ['0', '00'],
    ['0xFF0X1', 'ff01'],
    ['"123"0xFFeeCC', '313233ffeecc'],
    ['0xabc', '0abc'],
    ['-100xab"1""2"', 'f6ffffffab3132'],
    ['256"x"1', '000178' + '01'],
    [`0x${'fe'.repeat(21)}`, 'fe'.repeat(21)],
    ['2147483647', 'ffffff7f'],
    ['"a b"', '612062'],
  ])('%s', (text, hex) => expect(hexOf(text)).toBe(hex));

  it.each([
    ['', '0: the pattern is empty'],
    ['""', '0: there is nothing between the "'],
    ['"abc', '0: the " is not closed'],
    ['0xff%o', '4: %o has no meaning here: the one format is %o, the offset, in verify_pattern'],
    ['2147483648', '0: 2147483648 is no decimal number of 32 bits'],
    ['0x', '0: there are no digits after 0x'],
    ['0x0x1', '0: there are no digits after 0x'],
    ['random', '0: cannot read the pattern from "random" on'],
    ["1'/nowhere'", '1: /nowhere does not exist'],
    ["'/dev/zero'", '0: /dev/zero is a device, not a regular file'],
    ["'a\0b'", '0: a\0b is no path'],
  ])('refuses %j', (text, message) => expect(hexOf(text)).toBe(message));

  it('takes the bytes of a file', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pattern-'));
    const file = path.join(folder, 'it');
    fs.writeFileSync(file, Buffer.of(0, 255, 10));
    expect(hexOf(`'${file}'"!"`)).toBe('00ff0a21');
    fs.rmSync(folder, { recursive: true });
  });

  it('reads back bytes written in any of the forms', () => {
    const part = fc.oneof(
      fc
        .uint8Array({ minLength: 1, maxLength: 20 })
        .map((bytes) => [`0x${Buffer.from(bytes).toString('hex')}`, Buffer.from(bytes)] as const),
      fc.stringMatching(/^[a-w ]{1,9}$/).map((text) => [`"${text}"`, Buffer.from(text)] as const),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.map(([written]) => written).join('');
        // A number right after one that ends in 0 would take that digit for its prefix.
        fc.pre(!/0x[0-9a-f]*00x/.test(text));
        expect(hexOf(text)).toBe(Buffer.concat(parts.map(([, bytes]) => bytes)).toString('hex'));
      }),
    );
  });
});
