/** Runs ./bin/run.js as a user would, in a folder of its own. Needs dist/: `npm test` and test.sh build it first. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const executable = join(root, 'bin/run.js');

if (!existsSync(join(root, 'dist/commands/run.js'))) throw new Error('dist/ is missing: run `npm run build` first');

/** For files that judge what is done, and not how fast or when: see src/worker/warm-up.ts. To be called before the first run. */
export function warmUpBriefly(): void {
  process.env.IOTEST_BRIEF_WARM_UP = '1';
}

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

/** Verbs that only read and print: they run in this process, which spares the start of another. */
const readingVerbs = new Set(['check', 'compare', 'completion', 'history', 'jobs', 'options', 'report', 'results']);

function onlyReads([verb, ...words]: readonly string[]): boolean {
  if (words.includes('-')) return false;
  if (verb === 'fio') return words.includes('--parse-only');
  // A gate with a job file, or with nothing at all, runs.
  return (
    readingVerbs.has(verb!) ||
    (verb === 'gate' && words.length > 0 && !words.some((word) => /\.ini$|^--(ab|run)/.test(word)))
  );
}

/** One after the other: the folder, the environment and the streams are the process's. */
let turn: Promise<unknown> = Promise.resolve();

export function iotest(argv: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  // Node reads its options when it starts.
  const isOwnProcess = (options.input ?? '') !== '' || options.environment?.NODE_OPTIONS !== undefined;
  if (isOwnProcess || !onlyReads(argv)) return ended(start(argv, options));
  const run = turn.then(() => inProcess(argv, options));
  turn = run.catch(() => {});
  return run;
}

/** Takes away, when called, what has begun to listen since. */
function newListeners(emitter: EventEmitter): () => void {
  const before = new Map(emitter.eventNames().map((name) => [name, new Set(emitter.rawListeners(name))]));
  return () => {
    for (const name of emitter.eventNames()) {
      for (const listener of emitter.rawListeners(name)) {
        if (before.get(name)?.has(listener) !== true) emitter.removeListener(name, listener as () => void);
      }
    }
  };
}

type Start = (words: readonly string[], root: string) => Promise<void>;

/** What bin/run.js does, with streams, folder and environment as a process of its own would have them. */
async function inProcess(argv: readonly string[], options: CommandOptions): Promise<Ended> {
  const before = { cwd: process.cwd(), env: process.env, argv: process.argv, exitCode: process.exitCode };
  const said = { stdout: '', stderr: '' };
  const forget = [process, process.stdout, process.stderr].map(newListeners);
  const streams = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const { isTTY, columns, write } = stream;
    Object.assign(stream, { isTTY: undefined, columns: undefined });
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      const callback = rest.at(-1);
      if (typeof callback === 'function') queueMicrotask(() => callback());
      return true;
    }) as typeof stream.write;
    return () => Object.assign(stream, { isTTY, columns, write });
  });
  process.chdir(options.cwd ?? scratchFolder());
  process.env = environment(options.environment);
  process.argv = [process.execPath, executable, ...argv];
  process.exitCode = undefined;
  try {
    if (argv[0] === 'fio') {
      const { startFio } = (await import(/* @vite-ignore */ `${root}/dist/fio/main.js`)) as { startFio: Start };
      await startFio(argv.slice(1), root);
    } else {
      const main = (await import(/* @vite-ignore */ `${root}/dist/cli/main.js`)) as { start: Start };
      await main.start(argv, root);
    }
    return { ...said, status: Number(process.exitCode ?? 0) };
  } finally {
    for (const restore of [...streams, ...forget]) restore();
    process.chdir(before.cwd);
    process.env = before.env;
    process.argv = before.argv;
    process.exitCode = before.exitCode;
  }
}
