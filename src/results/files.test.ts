import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode, UserError } from '../support/errors.js';
import { sampleResult } from '../testing/sample-result.js';
import { loadResult, resultFileName, saveResult } from './files.js';
import { serialiseResult } from './fio-json.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'iotest-result-files-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Runs `body` with a tmpfs mounted at `directory`/mounted; false when this user may not mount. */
async function withTmpfs(options: string, body: (mounted: string) => Promise<void>): Promise<boolean> {
  const mounted = path.join(directory, 'mounted');
  await mkdir(mounted);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mounted], { stdio: 'ignore' });
  } catch {
    return false;
  }
  try {
    await body(mounted);
  } finally {
    execFileSync('umount', [mounted]);
  }
  return true;
}

async function saveFailure(target: string): Promise<UserError> {
  const error = await saveResult(sampleResult(), target).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe('saveResult', () => {
  it('writes one whole file, named after the start and the job file, and makes the directory', async () => {
    const target = path.join(directory, 'deep', 'results');
    const file = await saveResult(sampleResult(), target);
    expect(path.dirname(file)).toBe(target);
    expect(path.basename(file)).toMatch(/^\d{8}-\d{6}-sample-[0-9a-f]{6}\.json$/);
    expect(await readFile(file, 'utf8')).toBe(serialiseResult(sampleResult()));
    expect(await readdir(target)).toEqual([path.basename(file)]);
    expect((await stat(file)).mode & 0o777 & 0o444).toBe(0o444 & ~process.umask());
  });

  it('gives runs of the same second files of their own', async () => {
    const files = await Promise.all(Array.from({ length: 20 }, () => saveResult(sampleResult(), directory)));
    expect(new Set(files).size).toBe(20);
    expect(await readdir(directory)).toHaveLength(20);
  });

  it('says that the path is a file', async () => {
    const file = path.join(directory, 'file');
    await writeFile(file, 'mine');
    expect((await saveFailure(file)).message).toMatch(/leads to a file/);
    expect((await saveFailure(path.join(file, 'below'))).message).toMatch(/leads to a file/);
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('on a full file system says so and leaves nothing behind', async (context) => {
    const ran = await withTmpfs('size=8k', async (mounted) => {
      const error = await saveFailure(mounted);
      expect(error.message).toMatch(/the file system is full/);
      expect(error.problems[0]!.advice).toMatch(/--results DIR/);
      expect(error.exitCode).toBe(ExitCode.failed);
      expect(await readdir(mounted)).toEqual([]);
    });
    if (!ran) context.skip('this user may not mount a tmpfs');
  });

  it('on a read-only file system says so', async (context) => {
    const ran = await withTmpfs('size=1m,ro', async (mounted) => {
      expect((await saveFailure(mounted)).message).toMatch(/read-only/);
      expect((await saveFailure(path.join(mounted, 'new'))).message).toMatch(/read-only/);
    });
    if (!ran) context.skip('this user may not mount a tmpfs');
  });
});

describe('resultFileName', () => {
  const named = (file: string) =>
    resultFileName(sampleResult({ jobFile: { path: file, text: '' } }), 'abcdef').replace(/^\d{8}-\d{6}-/, '');

  it('keeps names plain', () => {
    expect(named('/a/b/quick start (1).fio')).toBe('quick-start-1--abcdef.json');
    expect(named('../..hidden.ini')).toBe('hidden-abcdef.json');
    expect(named('-')).toBe('job-abcdef.json');
    expect(named(`${'x'.repeat(300)}.ini`)).toHaveLength(80 + '-abcdef.json'.length);
    expect(resultFileName(sampleResult({ jobFile: null }), 'abcdef')).toMatch(/-job-abcdef\.json$/);
  });
});

describe('loadResult', () => {
  it('reads what was saved', async () => {
    const document = await loadResult(await saveResult(sampleResult(), directory));
    expect(document.iotest).toEqual(JSON.parse(JSON.stringify(sampleResult().iotest)));
  });

  it.each([
    ['a missing file', 'missing.json', /there is no file/],
    ['a directory', '.', /is a directory/],
  ])('names %s', async (_, name, message) => {
    const error = await loadResult(path.join(directory, name)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).problems[0]!.advice).toBeTruthy();
  });
});
