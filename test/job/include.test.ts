/** `include` from outside: where files are looked for, as fio does, and how mistakes in them are shown. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';
import { fioMissing } from '../differential/fio.js';

const withoutFio = fioMissing();

function tree(files: Readonly<Record<string, string>>): string {
  const folder = scratchFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const job = (include: string) => `[a]\nioengine=null\nsize=1m\ninclude ${include}\n`;

async function depthOf(cwd: string, file: string) {
  const { stdout, stderr, status } = await iotest(['check', file, '--format', 'json'], { cwd });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const document = JSON.parse(stdout) as {
    jobs: { engine: { depth: number } }[];
    warnings: { code: string; message: string }[];
  };
  return { depth: document.jobs[0]!.engine.depth, warnings: document.warnings.map(({ code }) => code) };
}

describe('include', () => {
  it('looks beside the including file, and beside that one again', async () => {
    const cwd = tree({
      'jobs/a.fio': job('parts/one.inc'),
      'jobs/parts/one.inc': 'include two.inc\n',
      'jobs/parts/two.inc': 'iodepth=7\n',
    });
    expect(await depthOf(cwd, 'jobs/a.fio')).toEqual({ depth: 7, warnings: [] });
    expect(await depthOf(join(cwd, 'jobs'), 'a.fio')).toEqual({ depth: 7, warnings: [] });
  });

  it('looks in the working directory first, and says so where that is a question', async () => {
    const cwd = tree({ 'jobs/a.fio': job('depth.inc'), 'jobs/depth.inc': 'iodepth=7\n', 'depth.inc': 'iodepth=5\n' });
    expect(await depthOf(cwd, 'jobs/a.fio')).toEqual({ depth: 5, warnings: ['include-in-two-places'] });
    expect(await depthOf(join(cwd, 'jobs'), 'a.fio')).toEqual({ depth: 7, warnings: [] });
  });

  it('shows mistakes where they are, and how one comes there', async () => {
    const cwd = tree({ 'jobs/a.fio': `${job('one.inc')}bs=4q\n`, 'jobs/one.inc': 'iodpeth=7\n' });
    const { stderr, status } = await iotest(['check', 'jobs/a.fio'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain(
      'jobs/one.inc:1:1: unknown option "iodpeth"\n    iodpeth=7\n    ^\n    included from jobs/a.fio:4\n  → did you mean "iodepth"?\njobs/a.fio:5:5: bs:',
    );
  });

  it('finds circles whatever path leads round', async () => {
    const cwd = tree({
      'a.fio': job('./one.inc'),
      'one.inc': 'include two.inc\n',
      'two.inc': 'include ./../NAME/one.inc\n',
    });
    const folder = cwd.split('/').at(-1)!;
    writeFileSync(join(cwd, 'two.inc'), `include ../${folder}/one.inc\n`);
    const { stderr, status } = await iotest(['check', 'a.fio'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(/two\.inc:1:9: the file includes itself: a\.fio includes \S*one\.inc includes two\.inc/);
  });

  it('refuses what is no file with options', async () => {
    const cwd = tree({ 'a.fio': job('parts'), 'parts/x': '' });
    for (const [name, expected] of [
      ['parts', 'parts is no list of options'],
      ['/dev/zero', '/dev/zero is no list of options'],
      ['nothing', 'there is no file nothing to include'],
      [`${'x'.repeat(300)}`, 'cannot be read: ENAMETOOLONG'],
    ] as const) {
      const { stderr, status } = await iotest(['check', '-'], { cwd, input: job(name) });
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(expected) });
    }
  });

  it.skipIf(withoutFio !== null)(
    `fio finds the same files${withoutFio === null ? '' : ` (skipped: ${withoutFio})`}`,
    async () => {
      const cwd = tree({
        'jobs/a.fio': job('parts/one.inc'),
        'jobs/parts/one.inc': 'include two.inc\n',
        'jobs/parts/two.inc': 'iodepth=7\n',
        'jobs/b.fio': job('depth.inc'),
        'jobs/depth.inc': 'iodepth=9\n',
        'depth.inc': 'iodepth=5\n',
      });
      for (const file of ['jobs/a.fio', 'jobs/b.fio']) {
        const { stdout } = spawnSync('fio', ['--output-format=json', file], { cwd, encoding: 'utf8' });
        const { jobs } = JSON.parse(stdout.slice(stdout.search(/^\{/m))) as {
          jobs: Record<string, { iodepth: string }>[];
        };
        expect(jobs[0]!['job options']!.iodepth).toBe(String((await depthOf(cwd, file)).depth));
      }
    },
  );
});
