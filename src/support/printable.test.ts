import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapedJson, jsonText, printable, withoutForeignControls } from './printable.js';

describe('printable', () => {
  it.each([
    ['a\u001b[31mb\tc\r', 'a?[31mb\tc?'],
    ['\u001b]52;c;cm0gLXJm\u0007', '?]52;c;cm0gLXJm?'],
    ['\u009b2Jx\u009d8;;\u009c', '?2Jx?8;;?'],
    ['two\nlines\r\nmore', 'two?lines??more'],
    ['exe.\u202egpj', 'exe.?gpj'],
    ['a\u200bb\u2066c\u2069\ufeff', 'a?b?c??'],
    ['\ud800x\udfff', '?x?'],
    ['tags \u{e0041}\u{e007f}', 'tags ??'],
    ['pair 😀 ümlaut 漢', 'pair 😀 ümlaut 漢'],
    ['::error title=x::y', '?:error title=x::y'],
    ['see  ::set-output name=a::b', 'see  ?:set-output name=a::b'],
    ['std::chrono a::b', 'std::chrono a::b'],
    ['::1 ::ffff:10.0.0.1', '::1 ::ffff:10.0.0.1'],
    ['##[error]x ##vso[task.complete]', '#?[error]x #?vso[task.complete]'],
  ])('%j', (text, expected) => expect(printable(text)).toBe(expected));

  it('cuts what is longer than any name', () => {
    expect(printable('x'.repeat(1e6)).length).toBeLessThan(10_000);
  });

  it('changes nothing that it made', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(printable(text))).toBe(printable(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('JSON', () => {
  it('means the same, and hides nothing', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
        const text = jsonText(JSON.parse(json));
        expect(JSON.parse(text)).toEqual(JSON.parse(json));
        expect(text.replace(/\n/g, '')).toBe(printable(text.replace(/\n/g, '')));
      }),
      { numRuns: 500 },
    );
    expect(escapedJson('"\u202e\u{e0041}##[error]"')).toBe('"\\u202e\\udb40\\udc41#\\u0023[error]"');
  });
});

it('withoutForeignControls leaves our own marks', () => {
  const own = '\r\u001b[1m\u001b[36mx\u001b[39m\u001b[22m\u001b[K\tü\r\n';
  expect(withoutForeignControls(own)).toBe(own);
  expect(withoutForeignControls('\u001b]8;;x\u0007 \u0090 \u001bc \u202e')).toBe('?]8;;x? ? ?c ?');
});
