/**
 * What a job may overwrite. A block device is written or trimmed only when `--destructive` names it, and never while
 * anything uses it: itself, a partition, or a holder. Names mean nothing here; `inspect` has resolved links. For regular
 * files see file-safety.ts.
 */

import { directionsOf } from '../job/block-sizes.js';
import type { Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { type FilePolicy, FileSafety } from './file-safety.js';
import { usesText } from './file-use.js';
import { destroysData, overwrites } from './files.js';
import type { Findings } from './findings.js';
import type { PlannedFile } from './types.js';

export class SafetyRules {
  readonly files: FileSafety;
  readonly #allowed: readonly TargetFacts[];
  readonly #used = new Set<TargetFacts>();
  readonly #inspect: (path: string) => TargetFacts;
  readonly #findings: Findings;

  constructor(
    destructive: readonly string[],
    inspect: (path: string) => TargetFacts,
    findings: Findings,
    policy: FilePolicy = { asksForFiles: true, readOnly: false },
  ) {
    this.#findings = findings;
    this.#inspect = inspect;
    this.files = new FileSafety(policy, findings);
    this.#allowed = destructive.map(inspect);
    for (const { kind, path } of this.#allowed) {
      if (kind === 'block' || kind === 'file' || kind === 'directory') continue;
      findings.usage(
        null,
        `--destructive ${path}: ${kind === 'missing' ? 'there is no such device or file' : 'neither a block device nor a file'}`,
        'name the block device or the file that may be overwritten',
      );
    }
  }

  /** Checks one target of a job. */
  check(job: Job, facts: TargetFacts, file: PlannedFile): void {
    const permission = this.#permissionFor(job, facts);
    if (facts.kind !== 'block') {
      this.files.check(job, facts, file, permission !== undefined);
      if (permission !== undefined && (overwrites(job) || !file.isOwn)) this.#used.add(permission);
    }
    if (!overwrites(job)) return;
    this.#warnOfMountedWrite(job);
    if (facts.kind !== 'block') return;
    const trims =
      destroysData(job) && !directionsOf(job.workload).includes('write') && job.target.precondition === 'none';
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
    if (permission === undefined) {
      this.#findings.usage(
        job,
        `job "${job.name}" would ${doing} the block device ${describe(facts)}`,
        `if its data may be lost, add --destructive ${facts.realPath}`,
      );
      return;
    }
    this.#used.add(permission);
  }

  /** The file that buffers are mapped from. */
  checkBuffers(job: Job): void {
    const { path } = job.process.bufferMemory;
    if (path === null) return;
    const facts = this.#inspect(path);
    const permission = this.#permissionFor(job, facts);
    this.files.checkBuffers(job, facts, permission !== undefined);
    if (permission !== undefined) this.#used.add(permission);
  }

  /** A directory stands for the files that `opendir` finds in it. */
  #permissionFor({ target }: Job, facts: TargetFacts): TargetFacts | undefined {
    const named = this.#allowed.find((allowed) => allowed.kind === facts.kind && isSame(allowed, facts));
    if (named !== undefined || target.openDirectory === null || facts.kind !== 'file') return named;
    const directory = this.#inspect(target.openDirectory);
    return this.#allowed.find((allowed) => allowed.kind === 'directory' && isSame(allowed, directory));
  }

  /** What is known when all jobs were checked: files without permission, and permissions that no job needed. */
  finish(): void {
    this.files.tellForeign();
    for (const facts of this.#allowed) {
      if (facts.kind === 'missing' || facts.kind === 'other' || this.#used.has(facts)) continue;
      this.#findings.warn(
        null,
        'destructive-unused',
        `--destructive ${facts.path} is not needed: no job writes or trims it`,
        'check filename= and rw= of the jobs',
      );
    }
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
}

/** A job file is data until somebody says that its commands may run. */
export function checkCommands(job: Job, allowExec: boolean, findings: Findings): void {
  if (allowExec) return;
  const { execPrerun, execPostrun } = job.process;
  const { name, program } = job.engine;
  const line = [program.path, program.arguments].filter((part) => part !== null).join(' ');
  const commands = {
    exec_prerun: execPrerun,
    exec_postrun: execPostrun,
    program: name === 'exec' && program.path !== null ? line : null,
  };
  for (const [option, command] of Object.entries(commands)) {
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
