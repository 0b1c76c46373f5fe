/** `git bisect run iotest gate … --bisect` in a real repository: the commit that made a job slower is found. */
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { executable, iotest, scratchFolder, warmUpBriefly } from '../cli/command.js';

warmUpBriefly();

const job = (rate: number) =>
  `[fast]\nioengine=null\nrw=randread\nsize=1g\nrate_iops=${rate}\nruntime=300ms\ntime_based\n`;

/** Rates alone are near enough on a busy machine too; what a pause does to single latencies is another matter. */
const judged = ['--tolerance', 'iops=20%', '--tolerance', 'open-p50=off', '--tolerance', 'open-p99=off', '--quiet'];

function git(cwd: string, ...argv: string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...argv], { cwd, encoding: 'utf8', stdio: 'pipe' });
}

it('finds the first bad commit, and skips one that cannot be told', async () => {
  const cwd = scratchFolder({ 'good.ini': job(4000) });
  git(cwd, 'init', '-q');
  const commits = [4000, 4000, 4000, null, 2000, 2000, 2000].map((rate, index) => {
    // A job file that nobody can run, as of a commit that was mended in the next.
    writeFileSync(join(cwd, 'job.ini'), rate === null ? '[fast]\nrw=randraed\n' : job(rate));
    writeFileSync(join(cwd, 'number'), String(index));
    git(cwd, 'add', 'job.ini', 'number');
    git(cwd, 'commit', '-q', '-m', `commit ${index}`);
    return git(cwd, 'rev-parse', 'HEAD').trim();
  });
  git(cwd, 'bisect', 'start', commits[6]!, commits[0]!);
  const gate = [executable, 'gate', '--ab', 'good.ini', 'job.ini', '--repeat', '8', '--bisect', ...judged];
  const output = (() => {
    try {
      return git(cwd, 'bisect', 'run', ...gate);
    } catch (error) {
      // With a skipped commit beside the bad one git cannot tell which it is, and exits with 2.
      return (error as { stdout: string }).stdout;
    }
  })();
  const possible = [...output.matchAll(/^([0-9a-f]{40})$/gm)].map(([, hash]) => commits.indexOf(hash!));
  const first = /^([0-9a-f]{40}) is the first bad commit$/m.exec(output)?.[1];
  expect(first === undefined ? possible.sort() : [commits.indexOf(first)]).toEqual(first === undefined ? [3, 4] : [4]);
  expect(readdirSync(cwd).sort()).toEqual(['.git', 'good.ini', 'job.ini', 'number']);
}, 300_000);

it('names good, bad, and what cannot be told by git’s own numbers', async () => {
  const cwd = scratchFolder({ 'good.ini': job(4000), 'bad.ini': job(2000), 'broken.ini': '[x]\nrw=no\n' });
  const status = async (...argv: string[]) => (await iotest(['gate', ...argv, '--bisect'], { cwd })).status;
  expect(await status('--ab', 'good.ini', 'good.ini', '--repeat', '8', ...judged)).toBe(0);
  expect(await status('--ab', 'good.ini', 'bad.ini', '--repeat', '8', ...judged)).toBe(1);
  expect(await status('--ab', 'good.ini', 'bad.ini', '--repeat', '2', ...judged)).toBe(125);
  expect(await status('--ab', 'good.ini', 'broken.ini')).toBe(125);
  expect(await status('--ab', 'good.ini', 'none.ini')).toBe(125);
  expect(await status('--ab', 'good.ini', 'good.ini', '--no-such-flag')).toBe(125);
  expect(await status('--ab', 'good.ini', 'good.ini', '--inconclusive-ok')).toBe(125);
}, 300_000);
