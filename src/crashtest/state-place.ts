/** Where the state of `--before` is kept, elsewhere: a file on another device, another host by ssh, or standard output. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import '../machine/output-uses.js';
import { leafDisksOf } from '../machine/leaf-disks.js';
import { inspectTarget } from '../machine/target.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { ExitCode, errorCode, UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { errnoName, errnoOf } from '../system/errno.js';
import { readInput, readStandardInput } from '../system/input-file.js';
import { openInPlace } from '../system/output-file.js';
import { stateBytesMax } from './state.js';

export type StatePlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'host'; readonly host: string; readonly path: string }
  | { readonly kind: 'pipe' };

/** As scp reads it: a colon before any slash is behind a host. Throws `UserError`. */
export function statePlace(text: string): StatePlace {
  if (text === '-') return { kind: 'pipe' };
  const match = /^([^/:]+):(.*)$/s.exec(text);
  if (match === null) return { kind: 'file', path: text };
  const [, host, remote] = match;
  if (host!.startsWith('-') || remote === '' || /[\p{Cc}]/u.test(text)) {
    throw UserError.of(
      `--state ${printable(text)} is no HOST:PATH`,
      'write host:path/state, or ./name:with:colon for a file',
    );
  }
  return { kind: 'host', host: host!, path: remote! };
}

/** Between looks at a pipe that is full. */
const fullMs = 5;

/** Takes what is to be kept, and returns when it is. */
interface StateKeeper {
  keep(bytes: Uint8Array): Promise<void>;
  /** Whoever takes it has ended, as at Ctrl-C all do that a terminal runs. */
  readonly isGone: boolean;
  end(): Promise<void>;
}

/** Throws `UserError` where it would not be elsewhere. */
export function openKeeper(place: StatePlace, targets: readonly TargetFacts[]): StateKeeper {
  if (place.kind === 'file') return openFile(place.path, targets);
  if (place.kind === 'host') return openHost(place);
  if (process.stdout.isTTY === true) {
    throw UserError.of(
      '--state - writes the state to standard output, and that is a terminal',
      'send it through a pipe: --state - | ssh HOST "cat > state"',
    );
  }
  return openPipe();
}

/** Not through the stream, whose end is the program's: a job that nobody keeps account of any more is not done. */
function openPipe(): StateKeeper {
  let isGone = false;
  return {
    keep: async (bytes) => {
      for (let done = 0; done < bytes.length; ) {
        try {
          done += fs.writeSync(1, bytes, done);
        } catch (error) {
          isGone = errorCode(error) === 'EPIPE';
          if (errorCode(error) !== 'EAGAIN') throw systemError(error, '--state - cannot be written');
          await sleep(fullMs);
        }
      }
    },
    get isGone() {
      return isGone;
    },
    end: async () => {},
  };
}

function openFile(file: string, targets: readonly TargetFacts[]): StateKeeper {
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFIFO() === true) {
    throw UserError.of(`--state ${file} is a named pipe`, `write to it by the shell: --state - > ${file}`);
  }
  refuseSameDevice(file, targets);
  const label = `--state ${file}`;
  let descriptor: number;
  try {
    descriptor = openInPlace(file, label, 'anew');
  } catch (error) {
    throw systemError(error, `${label} cannot be written`);
  }
  syncFolder(path.dirname(path.resolve(file)));
  return {
    keep: async (bytes) => {
      try {
        for (let done = 0; done < bytes.length; ) done += fs.writeSync(descriptor, bytes, done);
        fs.fdatasyncSync(descriptor);
      } catch (error) {
        throw systemError(error, `${label} cannot be written`);
      }
    },
    isGone: false,
    end: async () => fs.closeSync(descriptor),
  };
}

/** A new name survives a power cut too. */
function syncFolder(folder: string): void {
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } catch {
    // Some file systems refuse it.
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What loses data would lose the state with it: the same disk below whatever, or memory, which a power cut empties. */
function refuseSameDevice(file: string, targets: readonly TargetFacts[]): void {
  const advice = 'name a file on another disk, HOST:PATH, or - for a pipe';
  const here = leafDisksOf(inspectTarget(path.dirname(path.resolve(file))));
  const memory = here.find(({ isMemory }) => isMemory);
  if (memory !== undefined) {
    throw UserError.of(`--state ${file} is on ${memory.name}, which is memory: a power cut loses it`, advice);
  }
  for (const target of targets) {
    const shared = leafDisksOf(target).flatMap((leaf) => here.filter(({ hardware }) => hardware === leaf.hardware));
    if (shared.length === 0) continue;
    throw UserError.of(
      `--state ${file} is on ${shared[0]!.name}, as ${target.path}: what loses the data could lose the state with it`,
      advice,
    );
  }
}

function openHost({ host, path: remote }: { readonly host: string; readonly path: string }): StateKeeper {
  const child = spawn('ssh', ['--', host, `cat > ${shellWord(remote)}`], { stdio: ['pipe', 'ignore', 'inherit'] });
  let problem: string | null = null;
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      problem = `ssh cannot be started: ${error.message}`;
      resolve();
    });
    child.on('close', (status, signal) => {
      if (status !== 0) problem ??= `ssh ended with ${status ?? signal}`;
      resolve();
    });
  });
  child.stdin.on('error', () => {});
  const failed = (): UserError =>
    UserError.of(`--state ${host}:${remote}: ${problem ?? 'ssh ended'}`, `try: ssh ${host} true`, ExitCode.failed);
  return {
    keep: async (bytes) => {
      await Promise.race([written(child.stdin, bytes), ended]).catch(() => ended);
      if (problem !== null || child.exitCode !== null) throw failed();
    },
    get isGone() {
      return problem !== null || child.exitCode !== null;
    },
    end: async () => {
      child.stdin.end();
      await ended;
      if (problem !== null) throw failed();
    },
  };
}

function written(stream: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error == null ? resolve() : reject(error)));
  });
}

/** In single quotes, for a shell. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Throws `UserError`. */
export function readState(place: StatePlace): Buffer {
  if (place.kind === 'host') return readHost(place);
  const limits = { bytesMax: stateBytesMax };
  const input = place.kind === 'pipe' ? readStandardInput(limits) : readInput(place.path, { ...limits, pipes: true });
  if (input.ok) return input.bytes;
  const what = place.kind === 'pipe' ? 'standard input' : place.path;
  throw UserError.of(
    `--state ${what} ${input.problem}`,
    'name the state that --before kept',
    input.code === null ? 2 : 1,
  );
}

function readHost({ host, path: remote }: { readonly host: string; readonly path: string }): Buffer {
  const { status, stdout, error } = spawnSync('ssh', ['--', host, `cat -- ${shellWord(remote)}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: stateBytesMax,
  });
  if (error === undefined && status === 0) return stdout;
  const why = error === undefined ? `ssh ended with ${status}` : `ssh: ${error.message}`;
  throw UserError.of(`--state ${host}:${remote} cannot be read: ${why}`, `try: ssh ${host} true`, ExitCode.failed);
}

function systemError(error: unknown, what: string): unknown {
  const number = errnoOf(error);
  if (error instanceof UserError || number === null) return error;
  return UserError.of(`${what}: ${errnoName(number)}`, 'choose another place for it', ExitCode.failed);
}
