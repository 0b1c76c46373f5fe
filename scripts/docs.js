// `npm run docs`: writes the generated pages of docs/ from the sources. A test fails when one is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const { outputFiles } = await build({
  stdin: {
    contents: `export { describeOptions } from './src/job/options/describe.js';
export { compatibilityPage } from './src/fio/compatibility-page.js';
export { optionsPage } from './src/report/options-text.js';`,
    resolveDir: root,
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const { describeOptions, compatibilityPage, optionsPage } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);

writeFileSync(`${root}/docs/options.md`, optionsPage(describeOptions()));

// What the comparison with fio found last: test/differential/corpus.test.ts keeps it.
const states = JSON.parse(readFileSync(`${root}/test/differential/corpus-states.json`, 'utf8'));
writeFileSync(`${root}/docs/compatibility.md`, compatibilityPage(describeOptions(), states));
