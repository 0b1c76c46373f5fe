/** The job files that come with the package, wherever it is installed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShippedJob } from '../report/job-list.js';
import { UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';

/** All of `root`/jobs, by name. Their purpose is the first line of their head comment. */
export function listShippedJobs(root: string): ShippedJob[] {
  return names(root).map((name) => ({ name, purpose: purposeOf(readFileSync(pathOf(root, name), 'utf8')) }));
}

/** The text of one; throws a `UserError` naming those that exist. */
export function readShippedJob(root: string, asked: string): string {
  const known = names(root);
  const name = asked.replace(/\.ini$/, '').replace(/^jobs\//, '');
  if (known.includes(name)) return readFileSync(pathOf(root, name), 'utf8');
  const near = suggest(name, known);
  throw UserError.of(
    `no shipped job "${asked}"`,
    near === null ? `there are: ${known.join(', ')}` : `did you mean "${near}"?`,
  );
}

function names(root: string): string[] {
  return readdirSync(join(root, 'jobs'))
    .filter((file) => file.endsWith('.ini'))
    .map((file) => file.slice(0, -'.ini'.length))
    .sort();
}

function pathOf(root: string, name: string): string {
  return join(root, 'jobs', `${name}.ini`);
}

/** The first comment line with words in it, without a leading "name.ini:" and the final full stop. */
function purposeOf(text: string): string {
  for (const line of text.split('\n')) {
    const comment = /^\s*[#;]+\s*(.*?)\s*$/.exec(line);
    if (comment === null && line.trim() !== '') return '';
    if (comment !== null && /[a-z]/i.test(comment[1]!))
      return comment[1]!.replace(/^[\w-]+\.ini:\s*/, '').replace(/\.$/, '');
  }
  return '';
}
