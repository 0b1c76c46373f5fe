/** The commands that a job has run before and after it, and the program that the engine `exec` runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { ProgramWork } from '../engines/engine.js';
import type { Job } from '../job/job.js';
import '../machine/output-uses.js';
import { UserError } from '../support/errors.js';
import { describeErrno, errnoOf } from '../system/errno.js';
import { openInPlace } from '../system/output-file.js';

const stopLookMs = 100;

/**
 * Runs `exec_prerun` or `exec_postrun` in a shell, on behalf of the calling thread: with its user, CPUs and priority. Its
 * output goes to `JOBNAME.prerun.txt` in the working directory, as fio has it. Throws `UserError` unless it ends with 0.
 * @param isStopping asked now and then: when true, the command is ended
 */
export async function runCommand(
  job: Job,
  which: 'prerun' | 'postrun',
  command: string,
  isStopping: () => boolean,
): Promise<void> {
  const outputPath = `${job.name.replaceAll('/', '_')}.${which}.txt`;
  const output = openOutput(job, `exec_${which}`, outputPath);
  try {
    const end = await ended(
      spawn('/bin/sh', ['-c', command], { stdio: ['ignore', output, output], detached: true }),
      isStopping,
    );
    if (end === 0 || isStopping()) return;
    throw UserError.of(
      `exec_${which} of job "${job.name}" ${typeof end === 'number' ? `ended with ${end}` : `was ended by ${end}`}: ${command}`,
      `its output is in ${outputPath}`,
      1,
    );
  } finally {
    fs.closeSync(output);
  }
}

function openOutput(job: Job, option: string, outputPath: string): number {
  try {
    return openInPlace(outputPath, `${option} of job "${job.name}": ${outputPath}`, 'anew');
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    const { name, meaning, advice } = describeErrno(number);
    throw UserError.of(
      `${option} of job "${job.name}" has nowhere to put its output: ${outputPath}: ${meaning} (${name})`,
      advice,
      1,
    );
  }
}

/**
 * Finds the program of a job on the engine `exec`, and opens what its output goes to: `JOBNAME.stdout` and
 * `JOBNAME.stderr`, as fio has it. Throws `UserError`.
 */
export function openProgram(job: Job): ProgramWork {
  const { path: program, arguments: text, graceSeconds, redirects } = job.engine.program;
  const seconds = Math.floor((job.schedule.runtimeMs ?? 0) / 1000);
  const expanded = (text ?? '').replaceAll('%r', String(seconds)).replaceAll('%n', job.name);
  const words = [program!, ...expanded.split(' ')].filter((word) => word !== '');
  if (!isExecutable(words[0]!)) {
    throw UserError.of(
      `program: ${words[0]} is no program that can be run`,
      words[0]!.includes('/') ? 'check the path and its permissions' : 'check the name: no folder of PATH has it',
      1,
    );
  }
  if (!redirects) return { words, stdout: 1, stderr: 2, graceSeconds };
  const [stdoutPath, stderrPath] = outputPathsOf(job);
  const stdout = openOutput(job, 'program', stdoutPath);
  try {
    return { words, stdout, stderr: openOutput(job, 'program', stderrPath), graceSeconds };
  } catch (error) {
    fs.closeSync(stdout);
    throw error;
  }
}

export function closeProgram({ stdout, stderr }: ProgramWork): void {
  for (const descriptor of [stdout, stderr]) if (descriptor > 2) fs.closeSync(descriptor);
}

export function programFailure(job: Job, what: string): UserError {
  const advice = job.engine.program.redirects ? `its output is in ${outputPathsOf(job).join(' and ')}` : null;
  return UserError.of(what, advice, 1);
}

function outputPathsOf(job: Job): [string, string] {
  const stem = job.name.replaceAll('/', '_');
  return [`${stem}.stdout`, `${stem}.stderr`];
}

/** As execvp(3) looks for it. */
function isExecutable(word: string): boolean {
  const folders = word.includes('/') ? [null] : (process.env.PATH ?? '/bin:/usr/bin').split(':');
  return folders.some((folder) => {
    const file = folder === null ? word : path.join(folder === '' ? '.' : folder, word);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return fs.statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

/** Exit status, or the signal that ended it. */
function ended(child: ChildProcess, isStopping: () => boolean): Promise<number | string> {
  return new Promise((resolve, reject) => {
    const look = setInterval(() => {
      if (isStopping()) endGroup(child);
    }, stopLookMs);
    child.on('error', (error) => {
      clearInterval(look);
      reject(UserError.of(`/bin/sh cannot be started: ${error.message}`, 'leave exec_prerun and exec_postrun out', 1));
    });
    child.on('exit', (status, signal) => {
      clearInterval(look);
      resolve(status ?? signal ?? 1);
    });
  });
}

/** The shell and what it has started: it leads a group of its own. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // Ended meanwhile.
  }
}
