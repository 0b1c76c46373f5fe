/**
 * What a job may do to regular files. Those that iotest has made are its own; a user's file that holds something is
 * written, made longer or deleted only when `--destructive` names it, and all that are meant are named at once. fio asks
 * nobody: there, what was found stays at least at the end. With `--readonly` nothing is made, written or deleted.
 */
import type { Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { describeBytes } from '../system/memory.js';
import { overwrites } from './files.js';
import { type Findings, placeOf } from './findings.js';
import { isNoLink } from './own-file.js';
import type { PlannedFile, PlannedFileWork } from './types.js';

export interface FilePolicy {
  /** False as in fio: files are written whoever made them, and what was there before the run is not deleted. */
  readonly asksForFiles: boolean;
  /** `--readonly`. */
  readonly readOnly: boolean;
}

/** File systems whose files are doors to devices and to the kernel: what is written there is a command. */
export const doorTypes = [
  ...[
    'sysfs',
    'proc',
    'devtmpfs',
    'debugfs',
    'configfs',
    'tracefs',
    'securityfs',
    'cgroup',
    'cgroup2',
    'efivarfs',
    'bpf',
  ],
];

/** Told one by one; more would scroll away what is said of the first. */
const shownMax = 20;

interface Foreign {
  readonly job: Job;
  readonly facts: TargetFacts;
  readonly doing: string;
}

export class FileSafety {
  readonly #policy: FilePolicy;
  readonly #findings: Findings;
  /** By path. */
  readonly #foreign = new Map<string, Foreign>();

  constructor(policy: FilePolicy, findings: Findings) {
    this.#policy = policy;
    this.#findings = findings;
  }

  /** Checks one file of a job. @param isPermitted `--destructive` names it */
  check(job: Job, facts: TargetFacts, file: PlannedFile, isPermitted: boolean): void {
    const doing = doingTo(job, file);
    // What cannot be written is told as such.
    if (facts.readOnly && overwrites(job)) return;
    if (doing !== null && doorTypes.includes(facts.fileSystem?.type ?? '')) {
      const message = `job "${job.name}" would ${doing} ${facts.path}, which is no file on a disk but the kernel's own`;
      this.#findings.usage(job, `${message} (${facts.fileSystem?.type})`, 'name a file on a disk');
      return;
    }
    if (this.#policy.readOnly) this.#refuseReadOnly(job, facts, file, doing);
    else if (!this.#policy.asksForFiles) this.#checkAsFio(job, facts, file);
    else if (doing !== null && !file.isOwn && !isPermitted) this.#foreign.set(facts.path, { job, facts, doing });
    if (isPermitted || !this.#policy.asksForFiles) this.#warn(job, facts, file);
  }

  /** Whether `unlink=1` deletes it when the run is over. */
  isDeleted({ target }: Job, file: PlannedFile): boolean {
    return target.unlink && (file.kind === 'missing' || (file.kind === 'file' && this.#policy.asksForFiles));
  }

  /** `mem=mmap:FILE` and its kin: buffers are mapped from the file, and what they hold takes the place of its data. */
  checkBuffers(job: Job, facts: TargetFacts, isPermitted: boolean): void {
    const isEmpty = facts.kind === 'missing' || facts.sizeBytes === 0;
    if (this.#policy.readOnly) {
      const message = `mem would ${isEmpty ? 'make' : 'overwrite'} ${facts.path}, but this run is read-only`;
      this.#findings.usage(job, message, 'use mem=malloc, or leave --readonly out');
    } else if (
      this.#policy.asksForFiles &&
      facts.kind === 'file' &&
      !isEmpty &&
      facts.file?.mark !== 'own' &&
      !isPermitted
    ) {
      this.#foreign.set(facts.path, { job, facts, doing: 'put its buffers (mem) over' });
    }
  }

  /** Of a job that operates on files themselves: whether it may make and delete any. @param look what is at a path */
  checkWork(job: Job, { kind, paths }: PlannedFileWork, look: (path: string) => TargetFacts): void {
    if (!this.#policy.readOnly) return;
    const missing = kind === 'stat' ? paths.find((path) => look(path).kind === 'missing') : undefined;
    if (kind === 'stat' && missing === undefined) return;
    this.#findings.usage(
      job,
      missing === undefined
        ? `job "${job.name}" makes or deletes files (ioengine=${job.engine.name}), but this run is read-only`
        : `refusing to make ${missing} due to read-only: it does not exist`,
      'leave --readonly out, or leave the job out',
    );
  }

  /** Every file that no permission covers. Call when all jobs were checked. */
  tellForeign(): void {
    const all = [...this.#foreign.values()];
    for (const { job, facts, doing } of all.slice(0, shownMax)) {
      this.#findings.problem({
        place: placeOf(job),
        message: `job "${job.name}" would ${doing} ${describe(facts)}`,
        advice: `if its data may be lost, add --destructive ${quoted(facts.path)}; else name a file that is not there yet`,
      });
    }
    if (all.length > shownMax) {
      this.#findings.usage(null, `${all.length - shownMax} more files that iotest has not made would be written`, null);
    }
  }

  #refuseReadOnly(job: Job, facts: TargetFacts, file: PlannedFile, doing: string | null): void {
    const makes = facts.kind === 'missing' ? 'it does not exist' : `it has ${facts.sizeBytes} bytes`;
    if (file.layOut !== 'nothing' || facts.kind === 'missing') {
      this.#findings.usage(
        job,
        `refusing extend of file due to read-only: ${facts.path}: ${makes}, and the job needs ${file.fileBytes}`,
        'name a file that is long enough, give a smaller size, or leave --readonly out',
      );
    } else if (doing !== null) {
      this.#findings.usage(
        job,
        `job "${job.name}" would ${doing} ${facts.path}, but this run is read-only`,
        'leave --readonly out, or let the job only read',
      );
    }
  }

  #checkAsFio(job: Job, facts: TargetFacts, file: PlannedFile): void {
    if (facts.kind !== 'file') return;
    if (job.target.unlinkEachLoop && !file.isOwn) {
      this.#findings.usage(
        job,
        `unlink_each_loop=1 would delete ${describe(facts)}: it was there before`,
        'name a file that is not there yet, or remove it yourself',
      );
    } else if (job.target.unlink) {
      const message = `${facts.path} was there before the run, and stays: unlink=1 deletes only what the run has made`;
      this.#findings.warn(job, 'keeps-file', message, 'remove it yourself');
    }
  }

  #warn(job: Job, facts: TargetFacts, file: PlannedFile): void {
    if (facts.kind !== 'file' || file.isOwn) return;
    if (this.isDeleted(job, file)) {
      this.#findings.warn(job, 'deletes-file', `deletes the existing file ${facts.path} at the end (unlink=1)`, null);
    }
    const isGiven = job.target.filenames !== null || job.target.openDirectory !== null;
    if (!overwrites(job) || !isGiven || facts.allocatedBytes === 0) return;
    const message = `overwrites the existing file ${facts.path} (${facts.sizeBytes} bytes)`;
    this.#findings.warn(job, 'overwrites-file', message, null);
  }
}

/** null = it is only read. */
function doingTo(job: Job, file: PlannedFile): string | null {
  if (overwrites(job)) return job.target.fileAppend ? 'append to' : 'overwrite';
  if (file.layOut !== 'nothing') return 'make longer';
  return job.target.unlink || job.target.unlinkEachLoop ? 'delete' : null;
}

/** `precious.db (which is /srv/db), 4.0 GiB, changed 2026-11-30 18:02:11, which iotest has not made`. */
function describe({ path, realPath, sizeBytes, file = null }: TargetFacts): string {
  const link = isNoLink({ path, realPath }) ? '' : ` (which is ${realPath})`;
  const changed = file === null ? '' : `, changed ${localTime(new Date(file.changedEpochMs))}`;
  const whose = file?.mark === 'changed' ? 'something else has written to since iotest made it' : 'iotest has not made';
  return `${path}${link}, ${describeBytes(sizeBytes)}${changed}, which ${whose}`;
}

/** `2026-11-30 18:02:11`. */
function localTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
