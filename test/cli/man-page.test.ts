/** The man page as the build has made it, read by man itself. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Config } from '@oclif/core';
import { expect, it } from 'vitest';
import { root } from './command.js';

const page = join(root, 'man/iotest.1');

it('is what the package says that its man page is, and names every command and flag', async () => {
  const { man, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    man: string;
    files: string[];
  };
  expect(join(root, man)).toBe(page);
  expect(files).toContain('man');
  const text = readFileSync(page, 'utf8').replaceAll('\\-', '-');
  const { commands } = await Config.load({ root });
  expect(commands.length).toBeGreaterThan(15);
  for (const { id, flags, hidden } of commands.filter((command) => !command.hidden)) {
    expect(hidden).not.toBe(true);
    expect(text).toContain(`.SS ${id.replaceAll(':', ' ')}\n`);
    for (const flag of Object.values(flags).filter((each) => each.hidden !== true))
      expect(text).toContain(`--${flag.name}`);
  }
});

const reason = existsSync('/usr/bin/man') ? null : 'man is not installed';
it.skipIf(reason !== null)(
  `is shown by man without a complaint${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    const { stdout, stderr, status } = spawnSync('man', ['--warnings', '-l', page], {
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8', MANPAGER: 'cat' },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/NAME\n +iotest - /);
    expect(stdout).toMatch(/\n +run\n +iotest run FILE\.\.\. \[FLAGS\]/);
    expect(stdout).toContain('IOTEST_RESULTS');
  },
);
