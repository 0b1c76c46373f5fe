/** `iotest characterize` as a user runs it, with very short durations. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { IotestDocument } from '../../src/results/document.js';
import { ended, iotest, scratchFolder, start } from '../cli/command.js';

const short = ['--scale', '0.01', '--engine', 'psync'];

function documentsIn(folder: string): IotestDocument[] {
  const names = readdirSync(join(folder, 'results')).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, 'results', name), 'utf8')) as IotestDocument);
}

/** A file with content of the user's. */
function folderWithData(): string {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'data'), Buffer.alloc(4 << 20, 'precious'));
  return folder;
}

describe('an existing file', () => {
  it('is only read, can be interrupted and resumed, and makes ordinary results and a page', async () => {
    const cwd = folderWithData();
    const child = start(['characterize', 'data', '--quick', ...short], { cwd });
    let [told, isAsked] = ['', false];
    child.stderr!.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      if (isAsked || !/^2\/5 /m.test(told)) return;
      isAsked = true;
      setTimeout(() => child.kill('SIGINT'), 1500);
    });
    const first = await ended(child);
    expect(first.status, first.stderr).toBe(130);
    const id = /characterization (\S+) of data: 5 sections, about/.exec(first.stderr)![1]!;
    expect(first.stderr).toContain(`to go on: iotest characterize --resume ${id}`);
    expect(first.stderr).toContain('Only reads');
    const resumed = await iotest(['characterize', '--resume', id], { cwd });
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain(': 4 sections');
    expect(resumed.stdout).toContain('Sequential throughput');
    expect(readFileSync(join(cwd, 'data')).equals(Buffer.alloc(4 << 20, 'precious'))).toBe(true);

    const whole = documentsIn(cwd).filter(({ iotest: { interrupted } }) => !interrupted);
    const parts = whole.map(({ iotest: { characterize } }) => characterize!);
    expect(parts.map(({ section }) => section)).toEqual(['throughput', 'matrix', 'latency', 'load', 'response']);
    expect(new Set(parts.map((part) => part.id))).toEqual(new Set([id]));
    expect(whole.flatMap(({ jobs }) => jobs.filter(({ write }) => write.total_ios > 0))).toEqual([]);
    const listed = await iotest(['results', 'list'], { cwd });
    expect(listed.stdout).toContain(`characterize ${id}: load`);

    const page = await iotest(['report', '--characterize', id, '--output', 'page.html'], { cwd });
    expect(page.status, page.stderr).toBe(0);
    const html = readFileSync(join(cwd, 'page.html'), 'utf8');
    expect(html).toContain('At a glance');
    expect(html).toContain('Only reads');
    const again = await iotest(['characterize', '--resume', id], { cwd });
    expect(again.stderr).toContain(': 0 sections');
  });

  it('is overwritten only when --destructive names it as well, whatever link leads there', async () => {
    const cwd = folderWithData();
    symlinkSync('data', join(cwd, 'link'));
    const other = await iotest(['characterize', 'data', '--destructive', 'elsewhere'], { cwd });
    expect([other.status, other.stderr]).toEqual([
      2,
      expect.stringContaining('--destructive elsewhere is not the target data'),
    ]);
    const child = start(['characterize', 'data', '--destructive', 'link', '--quick', ...short], { cwd });
    child.stderr!.on('data', (chunk: Buffer) => {
      if (/^1\/6 /m.test(chunk.toString())) setTimeout(() => child.kill('SIGINT'), 3000);
    });
    await ended(child);
    expect(readFileSync(join(cwd, 'data')).equals(Buffer.alloc(4 << 20, 'precious'))).toBe(false);
  });
});

describe('usage', () => {
  it.each([
    [[], 'no target is given'],
    [['a', 'b'], 'one target at a time'],
    [['a', '--quick', '--pts'], '--quick and --pts are two levels'],
    [['a', '--scale', 'x'], '--scale x is no factor'],
    [['a', '--size', '3'], '--size 3 is no size'],
    [['a', '--reads-only'], 'there is no file a to read'],
    [['/dev/nosuchdisk'], 'there is no device /dev/nosuchdisk'],
    [['folder'], 'folder is a directory'],
    [['--resume', 'nothing'], 'there is no results folder'],
    [['a', '--engine', 'psinc'], 'psinc'],
  ])('%j is refused with what to do', async (argv, message) => {
    const cwd = scratchFolder();
    mkdirSync(join(cwd, 'folder'));
    const { status, stderr } = await iotest(['characterize', ...argv], { cwd });
    expect(stderr).toContain(message);
    expect(status).toBe(2);
    // Nothing was made.
    expect(existsSync(join(cwd, 'a'))).toBe(false);
  });
});
