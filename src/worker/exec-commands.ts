/** The commands that a job has run before and after it. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
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
  const output = openOutput(job, which, outputPath);
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

function openOutput(job: Job, which: string, outputPath: string): number {
  try {
    return openInPlace(outputPath, `exec_${which} of job "${job.name}": ${outputPath}`, 'anew');
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    const { name, meaning, advice } = describeErrno(number);
    throw UserError.of(
      `exec_${which} of job "${job.name}" has nowhere to put its output: ${outputPath}: ${meaning} (${name})`,
      advice,
      1,
    );
  }
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
