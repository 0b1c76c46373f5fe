import { describe, expect, it } from 'vitest';
import { factLines, truncate, wrap } from './layout.js';

describe('wrap', () => {
  it('keeps within the columns and indents what follows', () => {
    expect(wrap('one two three four', '-> ', 12)).toEqual(['-> one two', '   three', '   four']);
  });

  it('lets a long word stand alone', () => {
    expect(wrap('a /very/long/path b', '', 6)).toEqual(['a', '/very/long/path', 'b']);
  });

  it('gives one line for no text', () => {
    expect(wrap('', '> ')).toEqual(['> ']);
  });
});

it('truncate marks the cut', () => {
  expect(truncate('abcdef', 6, true)).toBe('abcdef');
  expect(truncate('abcdefg', 6, true)).toBe('abcde…');
  expect(truncate('abcdefg', 6, false)).toBe('abcde~');
});

it('factLines breaks between facts alone', () => {
  expect(factLines('cpu: ', ['usr=1 %', 'sys=2 %', 'ctx=3'], 22)).toEqual(['cpu: usr=1 %, sys=2 %,', '     ctx=3']);
  expect(factLines('x: ', ['a'])).toEqual(['x: a']);
});
