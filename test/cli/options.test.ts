import { describe, expect, it } from 'vitest';
import type { OptionDescription } from '../../src/job/options/description.js';
import { optionTable } from '../../src/job/options/index.js';
import { iotest } from './command.js';

const json = async (argv: readonly string[]) => {
  const { stdout, stderr, status } = await iotest(['options', ...argv, '--format', 'json']);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return JSON.parse(stdout) as OptionDescription[];
};

describe('iotest options', () => {
  it('lists what works, and with --all the whole table', async () => {
    const { stdout, status } = await iotest(['options']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}iodepth +I\/Os on the way/m);
    expect(stdout).not.toMatch(/^ {2}cgroup /m);
    expect(stdout).toMatch(/\d+ of \d+ options are not shown; --all shows them\n$/);
    expect((await json(['--all'])).map(({ name }) => name)).toEqual(
      optionTable.filter(({ hidden }) => !hidden).map(({ name }) => name),
    );
  });

  it('filters by tier, engine and state', async () => {
    const unsupported = await json(['--unsupported', '--tier', '3']);
    expect(unsupported.length).toBeGreaterThan(20);
    expect(new Set(unsupported.map(({ tier }) => tier))).toEqual(new Set([3]));
    expect(new Set(unsupported.map(({ state }) => state))).toEqual(new Set(['refused', 'ignored']));
    const uring = await json(['--engine', 'io_uring']);
    expect(uring.map(({ name }) => name)).toContain('sqthread_poll');
    expect(uring.every(({ engines }) => engines?.includes('io_uring'))).toBe(true);
  });

  it('shows one in full, by its name, an alias, or as it stands in a file', async () => {
    const { stdout } = await iotest(['options', 'blocksize=4k', 'cgroup']);
    expect(stdout).toMatch(/^bs\n.*\n\n {2}aliases {2}blocksize\n/);
    expect(stdout).toMatch(/^cgroup\n(?: .*\n|\n)* {2}state {4}refused: .*\n/m);
    expect((await json(['hipri'])).map(({ engines }) => engines)).toEqual([['io_uring', 'io_uring_cmd'], ['pvsync2']]);
  });

  it('answers every unknown name at once, with what was meant', async () => {
    const { stdout, stderr, status } = await iotest(['options', 'iodpeth', 'bs', '_percentage', 'xyzzy']);
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toContain('there is no option "iodpeth"\n  → did you mean "iodepth"?');
    expect(stderr).toMatch(/"_percentage"\n {2}→ options with that in their name: .*buffer_compress_percentage/);
    expect(stderr).toContain('there is no option "xyzzy"\n  → iotest options --all lists them');
  });

  it('knows names of engines, those that are only in fio as well', async () => {
    const { stderr, status } = await iotest(['options', 'posixaio', 'cpuio']);
    expect(status).toBe(2);
    expect(stderr.replace(/\s+/g, ' ')).toContain('ioengine=posixaio is not supported → take io_uring, or libaio');
    expect(stderr).toContain('iotest options --engine cpuio lists what it alone has');
    expect((await json(['--engine', 'cpuio'])).map(({ name }) => name)).toContain('cpuload');
  });
});
