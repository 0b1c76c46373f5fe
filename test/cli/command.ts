/** Runs ./bin/run.js as a user would, in a folder of its own. Needs dist/: `npm test` and test.sh build it first. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const executable = join(root, 'bin/run.js');

if (!existsSync(join(root, 'dist/commands/run.js'))) throw new Error('dist/ is missing: run `npm run build` first');

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** null when a signal ended it. */
  readonly status: number | null;
}

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export function scratchFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'iotest-cli-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The environment of the tests must not colour what is compared. */
function environment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, NO_COLOR: __, IOTEST_DEBUG: ___, LC_ALL: ____, LC_CTYPE: _____, ...rest } = process.env;
  return { ...rest, LANG: 'C.UTF-8', ...added };
}

export function start(argv: readonly string[], options: CommandOptions = {}): ChildProcess {
  const child = spawn(executable, argv, {
    cwd: options.cwd ?? scratchFolder(),
    env: environment(options.environment),
    stdio: 'pipe',
  });
  child.stdin!.end(options.input ?? '');
  return child;
}

export function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ stdout, stderr, status }));
  });
}

export function iotest(argv: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return ended(start(argv, options));
}
