/** What the fault tests have in common: devices and file systems that can be made to fail, and how a failure must look. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, type TestFunction } from 'vitest';
import type { IotestDocument } from '../../src/results/document.js';
import { parseResult } from '../../src/results/parse.js';
import { type CommandOptions, type Ended, iotest, scratchFolder } from '../cli/command.js';

export interface Refusal {
  readonly status: number;
  /** What must be said: what is wrong and where. */
  readonly says: readonly (string | RegExp)[];
  /** What to do about it: found in a line that begins with an arrow, or the lines that continue it. */
  readonly advises: string | RegExp;
}

/** As stderr is for people: no stack trace, no bug of ours, no value that slipped through. */
export function expectNoCrash({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    expect(text).not.toMatch(/^\s+at .*[:(/]/m);
    expect(text).not.toContain('this is a bug of iotest');
    expect(text).not.toMatch(/\b(?:undefined|NaN|\[object Object\])/);
  }
}

/** Blanks and line breaks become one blank, as messages are wrapped at 80 columns. */
export function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}

export function expectRefusal(end: Ended, { status, says, advises }: Refusal): void {
  expectNoCrash(end);
  const said = flat(end.stderr);
  for (const what of says) expect(said).toMatch(what);
  const advice = said.split('→').slice(1).join('→');
  expect(advice).toMatch(advises);
  expect(end.stdout).toBe('');
  expect(end.status).toBe(status);
}

/** Runs a job given as text; nothing is saved unless the test says so. */
export function runJob(job: string, argv: readonly string[] = [], options: CommandOptions = {}): Promise<Ended> {
  return iotest(['run', '-', '--no-save', ...argv], { ...options, input: job });
}

/** The same, measured: gives the document. Fails when stdout is not one. */
export async function runDocument(
  job: string,
  argv: readonly string[] = [],
  options: CommandOptions = {},
): Promise<{ readonly end: Ended; readonly document: IotestDocument }> {
  const end = await runJob(job, ['--format', 'json', ...argv], options);
  expectNoCrash(end);
  return { end, document: documentIn(end.stdout) };
}

export function documentIn(text: string): IotestDocument {
  const document = parseResult(text, 'the output');
  expect(document.iotest).toBeDefined();
  return document as IotestDocument;
}

/**
 * Lets a run say when it has begun to measure, however slow the machine: it writes a log, whose first line comes then.
 * `flags` belong on the command line of the run.
 */
export function watchBegin(): { readonly flags: readonly string[]; readonly hasBegun: () => Promise<void> } {
  const folder = scratchFolder();
  const isWritten = () => namesIn(folder).some((name) => fs.statSync(path.join(folder, name)).size > 0);
  return {
    flags: ['--set', `write_iops_log=${path.join(folder, 'begun')}`, '--set', 'log_avg_msec=50'],
    hasBegun: async () => {
      const giveUp = performance.now() + 240_000;
      while (!isWritten()) {
        if (performance.now() > giveUp) throw new Error('the run has written no line of its log');
        await sleep(20);
      }
    },
  };
}

/** Undone in reverse order by `cleanUp`, whatever happens in between. */
const undo: (() => void)[] = [];

export function later(action: () => void): void {
  undo.push(action);
}

/** For `afterEach`. */
export function cleanUp(): void {
  const failures: unknown[] = [];
  for (const action of undo.splice(0).reverse()) {
    try {
      action();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

export function command(name: string, ...argv: string[]): string {
  return execFileSync(name, argv, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

export function labFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-fault-'));
  later(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface LabDevice {
  readonly path: string;
  readonly backingPath: string;
}

/** A loop device over a sparse file of its own; `flags` are losetup's. */
export function loopDevice(byteCount: number, ...flags: string[]): LabDevice {
  return loopDeviceOver(sparseFile(byteCount), ...flags);
}

export function sparseFile(byteCount: number): string {
  const file = path.join(labFolder(), 'backing');
  fs.writeFileSync(file, '');
  fs.truncateSync(file, byteCount);
  return file;
}

export function loopDeviceOver(backingPath: string, ...flags: string[]): LabDevice {
  const device = command('losetup', '--find', '--show', ...flags, backingPath);
  later(() => command('losetup', '--detach', device));
  return { path: device, backingPath };
}

/** Mounts a new ext4 (which writes nothing in the background) on a device, or a file system without a device (`tmpfs`, `ramfs`); gives the mount point. */
export function mounted(source: string, type: string, options = 'defaults'): string {
  if (type === 'ext4') command('mkfs.ext4', '-q', '-F', '-O', '^has_journal', '-E', 'lazy_itable_init=0', source);
  const point = path.join(labFolder(), 'mount');
  fs.mkdirSync(point);
  command('mount', '-t', type, '-o', options, source, point);
  later(() => command('umount', point));
  return point;
}

/** Why faults of file systems and devices cannot be made here; null when they can. */
export function labMissing(): string | null {
  if (process.getuid?.() !== 0) return 'mounting needs root';
  for (const tool of ['losetup', 'mount', 'umount', 'mkfs.ext4']) {
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `${tool} is not installed`;
  }
  try {
    loopDevice(1 << 20);
    mounted('tmpfs', 'tmpfs', 'size=64k');
    return null;
  } catch (error) {
    return `no loop device or mount can be had here: ${String(error).split('\n')[0]}`;
  } finally {
    cleanUp();
  }
}

let missing: string | null | undefined;

/** A test in the lab; where there is none it is skipped, and its name says why. */
export function itInLab(name: string, run: TestFunction): void {
  missing ??= labMissing();
  const named = missing === null ? name : `${name} [skipped: ${missing}]`;
  it.skipIf(missing !== null)(named, run);
}

/** Names in a folder; the tests' own scratch folders begin empty. */
export function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
}
