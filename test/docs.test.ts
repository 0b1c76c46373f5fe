/** The generated pages are those that the source makes: `npm run docs` writes them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeOptions } from '../src/job/options/describe.js';
import { optionsPage } from '../src/report/options-text.js';

const pageOf = (name: string) => readFileSync(fileURLToPath(new URL(`../docs/${name}`, import.meta.url)), 'utf8');

describe('generated pages (npm run docs writes them)', () => {
  it('docs/options.md is that of the table', () => expect(pageOf('options.md')).toBe(optionsPage(describeOptions())));
});
