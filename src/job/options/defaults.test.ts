/** What asks for nothing is taken: of options that are refused, fio's default written out, and the 0 of numbers. */
import { describe, expect, it } from 'vitest';
import { optionTable } from './index.js';
import { asksForNothing } from './option.js';

const unsupported = optionTable.filter(({ support }) => support.state === 'refused' || support.state === 'fixed');
const isCount = (type: string): boolean => /^(number|0 or 1|percentage)/.test(type);

describe('the default of an option that is not supported', () => {
  const defaults = unsupported.flatMap((option) => {
    const text = option.defaultText ?? (isCount(option.type) ? '0' : null);
    return text === null ? [] : [{ option, text, title: `${option.name}=${text}` }];
  });

  it('is known of many', () => expect(defaults.length).toBeGreaterThan(30));

  it.each(defaults)('$title', ({ option, text }) => {
    const values = option.support.state === 'fixed' ? option.support.values : [];
    expect(asksForNothing(text, values)).toBe(true);
  });
});
