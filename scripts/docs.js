// `npm run docs`: writes the generated pages of docs/ from what is built in dist/. A test fails when one is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const { describeOptions } = await import('../dist/job/options/describe.js');
const { compatibilityPage } = await import('../dist/fio/compatibility-page.js');
const { optionsPage } = await import('../dist/report/options-text.js');

writeFileSync(`${root}/docs/options.md`, optionsPage(describeOptions()));

// What the comparison with fio found last: test/differential/corpus.test.ts keeps it.
const states = JSON.parse(readFileSync(`${root}/test/differential/corpus-states.json`, 'utf8'));
writeFileSync(`${root}/docs/compatibility.md`, compatibilityPage(describeOptions(), states));
