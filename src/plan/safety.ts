/**
 * What a job may overwrite. A block device is written or trimmed only when `--destructive` names it, and never while
 * anything uses it: itself, a partition, or a holder. Names mean nothing here; `inspect` has resolved links.
 */

import type { Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { usesText } from './file-use.js';
import { destroysData, overwrites, usedDirections } from './files.js';
import type { Findings } from './findings.js';

export class SafetyRules {
  readonly #allowed: readonly TargetFacts[];
  readonly #used = new Set<string>();
  readonly #findings: Findings;

  constructor(destructive: readonly string[], inspect: (path: string) => TargetFacts, findings: Findings) {
    this.#findings = findings;
    this.#allowed = destructive.map(inspect);
    for (const facts of this.#allowed) {
      if (facts.kind === 'block') continue;
      findings.usage(
        null,
        `--destructive ${facts.path}: ${facts.kind === 'missing' ? 'there is no such device' : 'not a block device'}`,
        'name the block device that may be overwritten; files need no permission',
      );
    }
  }

  /** Checks one target of a job. */
  check(job: Job, facts: TargetFacts): void {
    this.#warnOfUnlink(job, facts);
    if (!overwrites(job)) return;
    this.#warnOfMountedWrite(job);
    if (facts.kind === 'file') this.#warnOfFile(job, facts);
    if (facts.kind !== 'block') return;
    const trims = destroysData(job) && !usedDirections(job).includes('write') && job.target.precondition === 'none';
    const doing = trims ? 'trim away' : 'overwrite';
    const [use] = facts.uses;
    if (use !== undefined) {
      this.#findings.machine(
        job,
        `refusing to ${doing} ${facts.path}: ${usesText(facts.uses)}`,
        `unmount, swapoff or release it first; --destructive does not help while it is in use`,
      );
      return;
    }
    const permission = this.#allowed.find((allowed) => isSame(allowed, facts));
    if (permission === undefined) {
      this.#findings.usage(
        job,
        `job "${job.name}" would ${doing} the block device ${describe(facts)}`,
        `if its data may be lost, add --destructive ${facts.realPath}`,
      );
      return;
    }
    this.#used.add(permission.realPath);
  }

  /** Permissions that no job needed are probably a mistake in the job. */
  warnOfUnused(): void {
    for (const facts of this.#allowed) {
      if (facts.kind !== 'block' || this.#used.has(facts.realPath)) continue;
      this.#findings.warn(
        null,
        'destructive-unused',
        `--destructive ${facts.path} is not needed: no job writes or trims it`,
        'check filename= and rw= of the jobs',
      );
    }
  }

  #warnOfUnlink(job: Job, facts: TargetFacts): void {
    if (!job.target.unlink || facts.kind !== 'file') return;
    this.#findings.warn(job, 'deletes-file', `deletes the existing file ${facts.path} at the end (unlink=1)`, null);
  }

  #warnOfMountedWrite(job: Job): void {
    if (!job.target.allowMountedWrite) return;
    this.#findings.warn(
      job,
      'mounted-write-not-allowed',
      'allow_mounted_write=1 allows nothing here: no job file can permit writing to a device that is in use',
      'leave it out; a device that nothing uses is permitted with --destructive',
    );
  }

  #warnOfFile(job: Job, facts: TargetFacts): void {
    if ((job.target.filenames === null && job.target.openDirectory === null) || facts.allocatedBytes === 0) return;
    this.#findings.warn(
      job,
      'overwrites-file',
      `overwrites the existing file ${facts.path} (${facts.sizeBytes} bytes)`,
      null,
    );
  }
}

/** A job file is data until somebody says that its commands may run. */
export function checkCommands(job: Job, allowExec: boolean, findings: Findings): void {
  if (allowExec) return;
  const { execPrerun, execPostrun } = job.process;
  for (const [option, command] of Object.entries({ exec_prerun: execPrerun, exec_postrun: execPostrun })) {
    if (command === null) continue;
    findings.usage(
      job,
      `${option}: job "${job.name}" would run a command: ${command}`,
      'if you trust the job file, add --allow-exec; or leave the option out',
    );
  }
}

/** By the device itself: a path may lead to another one by now, and a device may have several nodes. */
function isSame(allowed: TargetFacts, facts: TargetFacts): boolean {
  const [left, right] = [allowed.identity ?? null, facts.identity ?? null];
  return left === null || right === null ? allowed.realPath === facts.realPath : left.number === right.number;
}

function describe(facts: TargetFacts): string {
  const link = facts.realPath === facts.path ? '' : ` (which is ${facts.realPath})`;
  const model = facts.queue?.model ? `, ${facts.queue.model}` : '';
  return `${facts.path}${link}, ${facts.sizeBytes} bytes${model}`;
}
