/** fio takes numbers modulo 2³² or 2⁶⁴: `iodepth=4294967297` is 1 there. Here each is kept as it is, or refused. */
import { describe, expect, it } from 'vitest';
import { createDraft } from '../draft.js';
import { type Option, optionTable } from './index.js';

const context = { kiloBase: 1024, cpuCount: 8 } as const;

/** The draft after the option, and what would be written of it; null = refused. */
function effect(option: Option, text: string): { readonly draft: string; readonly written: string | null } | null {
  const parsed = option.read!(text, context);
  if (!parsed.ok) return null;
  const draft = createDraft();
  parsed.value(draft);
  return { draft: JSON.stringify(draft), written: option.write!(draft) };
}

/** Options that take numbers, and no other words: those that name things take any text. */
const numeric = optionTable.filter(
  (option) => option.read !== null && effect(option, '1') !== null && effect(option, 'no-number') === null,
);

describe('a number', () => {
  it('is what most options take', () => expect(numeric.length).toBeGreaterThan(90));

  it.each(numeric.map((option) => [option.name, option] as const))('of %s does not wrap', (name, option) => {
    for (const [text, wrapped] of [
      ['4294967296', '0'],
      ['4294967297', '1'],
      ['0x100000001', '1'],
      ['4294967298', '2'],
      ['8589934593', '1'],
    ] as const) {
      const found = effect(option, text);
      if (found === null) continue;
      const small = effect(option, wrapped);
      expect(found.draft, `${name}=${text} is ${wrapped}`).not.toBe(small?.draft);
      // Written down, it is the same again.
      if (found.written !== null) expect(effect(option, found.written)?.draft, found.written).toBe(found.draft);
    }
    // More than any file is long, and than a double can tell apart.
    for (const text of ['18446744073709551616', '18446744073709551617', '36893488147419103233']) {
      expect(effect(option, text), `${name}=${text}`).toBeNull();
    }
  });
});
