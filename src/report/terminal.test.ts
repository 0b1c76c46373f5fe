import { describe, expect, it } from 'vitest';
import { decideColor, decideStyle, decideUnicode } from './terminal.js';

describe('colour', () => {
  const on = { isTerminal: true, noColor: false };

  it('follows the terminal when nothing else is said', () => {
    expect(decideColor({ environment: {}, isTerminal: true, noColor: false })).toBe(true);
    expect(decideColor({ environment: {}, isTerminal: false, noColor: false })).toBe(false);
    expect(decideColor({ environment: { TERM: 'dumb' }, ...on })).toBe(false);
  });

  it('obeys --no-color, then NO_COLOR, then FORCE_COLOR', () => {
    expect(decideColor({ environment: { FORCE_COLOR: '1' }, isTerminal: true, noColor: true })).toBe(false);
    expect(decideColor({ environment: { NO_COLOR: '1', FORCE_COLOR: '1' }, ...on })).toBe(false);
    expect(decideColor({ environment: { NO_COLOR: '', FORCE_COLOR: '1' }, isTerminal: false, noColor: false })).toBe(
      true,
    );
    expect(decideColor({ environment: { FORCE_COLOR: '0' }, ...on })).toBe(false);
  });

  it('reaches the text', () => {
    expect(decideStyle({ environment: {}, isTerminal: true, noColor: false }).bad('x')).toContain('\u001b[');
    expect(decideStyle({ environment: { NO_COLOR: '1' }, isTerminal: true, noColor: false }).bad('x')).toBe('x');
  });
});

describe('unicode', () => {
  it('takes the first locale variable that is not empty', () => {
    expect(decideUnicode({ LANG: 'en_GB.UTF-8' })).toBe(true);
    expect(decideUnicode({ LANG: 'C.utf8' })).toBe(true);
    expect(decideUnicode({ LC_ALL: 'C', LANG: 'en_GB.UTF-8' })).toBe(false);
    expect(decideUnicode({ LC_ALL: '', LC_CTYPE: 'C.UTF-8' })).toBe(true);
    expect(decideUnicode({})).toBe(false);
  });

  it('is off on a dumb terminal', () => {
    expect(decideUnicode({ LANG: 'C.UTF-8', TERM: 'dumb' })).toBe(false);
  });
});
