// `npm run docs`: writes the generated pages of docs/ from what is built in dist/. A test fails when one is stale.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fioExamples } from './corpus.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const { describeOptions } = await import('../dist/job/options/describe.js');
const { parseJobFile } = await import('../dist/job/expand.js');
const { compatibilityPage } = await import('../dist/report/compatibility-page.js');
const { optionsPage } = await import('../dist/report/options-text.js');
const { UserError } = await import('../dist/support/errors.js');

writeFileSync(`${root}/docs/options.md`, optionsPage(describeOptions()));

const examples = fioExamples();
if (examples === null) process.stderr.write('docs/compatibility.md is left as it is: no package fio-examples here\n');
else {
  const files = readdirSync(examples)
    .filter((name) => name.endsWith('.fio'))
    .sort();
  const states = files.map((file) => ({ file, reasons: reasonsOf(file, readFileSync(join(examples, file), 'utf8')) }));
  writeFileSync(`${root}/docs/compatibility.md`, compatibilityPage(describeOptions(), states));
}

/** Why a file is refused, each reason once; on a machine with many CPUs, whatever this one has. */
function reasonsOf(file, text) {
  const settings = {
    overrides: [],
    sections: [],
    environment: {},
    cpuCount: 1024,
    pageBytes: 4096,
    memoryBytes: 2 ** 34,
  };
  try {
    parseJobFile(text, file, settings);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [...new Set(error.problems.map(({ message }) => message))];
  }
}
