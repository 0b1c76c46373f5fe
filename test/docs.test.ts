/** The generated pages are those that the source makes: `npm run docs` writes them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compatibilityPage } from '../src/fio/compatibility-page.js';
import { describeOptions } from '../src/job/options/describe.js';
import { optionsPage } from '../src/report/options-text.js';
import { readStates } from './differential/corpus.js';

const pageOf = (name: string) => readFileSync(fileURLToPath(new URL(`../docs/${name}`, import.meta.url)), 'utf8');

describe('generated pages (npm run docs writes them)', () => {
  it('docs/options.md is that of the table', () => expect(pageOf('options.md')).toBe(optionsPage(describeOptions())));

  it('docs/compatibility.md is that of the table and of the last comparison with fio’s examples', () =>
    expect(pageOf('compatibility.md')).toBe(compatibilityPage(describeOptions(), readStates())));

  it('docs/compatibility.md has every option of fio', () => {
    const page = pageOf('compatibility.md');
    const absent = describeOptions().filter(({ name, ours }) => !ours && !page.includes(`| \`${name}\` |`));
    expect(absent.map(({ name }) => name)).toEqual([]);
  });
});
