// `npm run docs`: writes the generated pages of docs/ from what is built in dist/. A test fails when one is stale.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const { describeOptions } = await import('../dist/job/options/describe.js');
const { optionsPage } = await import('../dist/report/options-text.js');

writeFileSync(`${root}/docs/options.md`, optionsPage(describeOptions()));
