/**
 * The targets of a run, held from the check to the end: what every job, step, layout and deletion opens comes from here,
 * and block devices that are written or trimmed are claimed, so that nobody mounts them meanwhile.
 */
import fs from 'node:fs';
import { deviceUses, inOneSight, wholeDiskOf } from '../machine/block-device.js';
import { heldTargets } from '../machine/held-targets.js';
import { nvmeNamespace } from '../machine/nvme.js';
import { makeTarget, type OpenedTarget, openHeld, openTarget } from '../machine/open-target.js';
import { forgetMark, markBusy, markLeft } from '../machine/own-files.js';
import { statx } from '../machine/statx.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { changed, type HeldTarget, isSameTarget, unlinkTarget } from '../machine/target-identity.js';
import { usesText } from '../plan/file-use.js';
import { overwrites } from '../plan/files.js';
import type { Plan, PlannedWorker, Step } from '../plan/types.js';
import { UserError } from '../support/errors.js';
import { openFileLimit } from '../system/memory.js';

/** Descriptors that a run needs for all else. */
const otherDescriptors = 128;

export class RunTargets {
  readonly #workers: readonly PlannedWorker[];
  readonly #facts: ReadonlyMap<string, TargetFacts>;
  readonly #claims: number[] = [];

  constructor(plan: Plan) {
    this.#workers = plan.steps.flatMap((step) => step.workers);
    this.#facts = new Map(plan.targets.map((facts) => [facts.path, facts]));
    for (const facts of plan.targets) checkAgain(facts);
    this.#letGo(plan);
  }

  /** Files that are deleted while they are used would keep their space, and many would leave no descriptors for the jobs. */
  #letGo(plan: Plan): void {
    const opened = plan.steps.map(({ workers }) => workers.reduce((sum, { files }) => sum + files.length, 0));
    const areScarce = Math.max(0, ...opened) + otherDescriptors > openFileLimit();
    for (const { job, files } of this.#workers) {
      if (areScarce || job.target.unlinkEachLoop) for (const { path } of files) heldTargets.letGo(path);
    }
  }

  /**
   * Opens block devices for as long as the run lasts: those that some job overwrites with O_EXCL, which a device that came
   * into use since it was checked does not allow. Throws `UserError`.
   */
  claim(): void {
    const overwritten = new Set<string>();
    for (const { job, files } of this.#workers)
      if (overwrites(job)) for (const { path } of files) overwritten.add(path);
    const known = new Set<string>();
    const claimed = new Set<string>();
    // Two names of one device are one claim: a second one would meet the first. So would that of a partition of it.
    const rank = ({ path, identity }: TargetFacts): number =>
      (overwritten.has(path) ? 0 : 2) + (identity?.type === 'block' && isPartition(identity.number) ? 1 : 0);
    const byNeed = [...this.#facts.values()].sort((a, b) => rank(a) - rank(b));
    for (const facts of byNeed) {
      const held = heldTargets.get(facts.path);
      if (facts.kind !== 'block' || held === null) continue;
      // A namespace's node for commands is claimed by its block device, which a job may name too.
      const number = (facts.commands ?? null) === null ? held.identity.number : namespaceNumber(held);
      if (number === null || known.has(number)) continue;
      known.add(number);
      const exclusive = overwritten.has(facts.path) && !isPartOf(number, claimed);
      if (exclusive) claimed.add(number);
      try {
        this.#claims.push(claimDevice(held, facts, exclusive).descriptor);
      } catch (error) {
        // Whoever cannot read it will say so.
        if (exclusive || !(error instanceof UserError)) throw error;
      }
    }
  }

  release(): void {
    for (const descriptor of this.#claims.splice(0)) fs.closeSync(descriptor);
    for (const path of buffersMade) {
      const held = heldTargets.get(path);
      if (held !== null) unlinkTarget(held);
      heldTargets.forget(path);
    }
    buffersMade.clear();
  }

  /** Deletes the regular files that `unlink=1` is for, where their names still lead to them. */
  unlink(): void {
    for (const { path, isDeleted } of this.#workers.flatMap(({ files }) => files)) {
      const held = heldTargets.get(path);
      if (!isDeleted || held === null || held.identity.type !== 'file' || !fs.existsSync(path)) continue;
      const realPath = fs.realpathSync(path);
      if (unlinkTarget(held)) forgetMark(realPath);
      heldTargets.forget(path);
    }
  }

  /** Of files that iotest has made: whatever ends this run, they are known as such. */
  markBusy(): void {
    for (const { job, files } of this.#workers) {
      for (const { path, kind, isOwn } of files) if (isOwn && kind === 'file' && overwrites(job)) mark(path, markBusy);
    }
  }

  /** What the run leaves of them is known, so that what others write there later shows. */
  markLeft(): void {
    for (const { job, files } of this.#workers) {
      for (const { path, kind, isOwn, layOut } of files) {
        const isMade = job.target.unlinkEachLoop || (isOwn && (kind === 'missing' || layOut !== 'nothing'));
        if (kind !== 'block' && (isMade || (isOwn && overwrites(job)))) mark(path, markLeft);
      }
    }
  }
}

/** Nothing where the file is gone, or may not be marked: then it counts as a user's. */
function mark(path: string, how: (descriptor: number) => void): void {
  const held = heldTargets.get(path);
  if (held === null || held.identity.type !== 'file') return;
  try {
    const { descriptor } = openHeld(held, {});
    how(descriptor);
    fs.closeSync(descriptor);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

/**
 * What came into use since the plan was made, between steps too: a mount, a loop device, a virtual machine. Devices are
 * claimed, but a loop device can be laid on one all the same. Throws `UserError`.
 */
export function refuseUsed({ workers }: Step): void {
  inOneSight(() => lookForUses(workers));
}

function lookForUses(workers: readonly PlannedWorker[]): void {
  const paths = workers.flatMap(({ job, files }) => (overwrites(job) ? files.map(({ path }) => path) : []));
  for (const path of new Set(paths)) {
    const held = heldTargets.get(path);
    if (held === null) continue;
    const isBlock = held.identity.type === 'block';
    const uses = [...(isBlock ? deviceUses(held.identity.number) : []), ...heldTargets.usesOf(path)];
    if (uses.length === 0) continue;
    throw UserError.of(
      `refusing to overwrite ${path}: ${usesText(uses)}, which was not so when it was checked`,
      'unmount, swapoff, detach (losetup -d), stop or release it first',
      1,
    );
  }
}

/** The file that the worker's buffers are mapped from; null where they are plain memory. */
export function heldBuffersFor({ job }: PlannedWorker): HeldTarget | null {
  const { path } = job.process.bufferMemory;
  return path === null ? null : heldTargets.get(path);
}

/** By the worker's files; null for those that are not on disk. */
export function heldFor({ files }: PlannedWorker): (HeldTarget | null)[] {
  return files.map((file) => (file.kind === 'memory' ? null : heldTargets.get(file.path)));
}

/**
 * Makes the files that jobs are to find empty (`create_on_open`), unless an earlier step has. The job makes such a file for
 * itself: it belongs to the job's user, and as in fio only that one may read it. Throws `UserError`.
 */
export function makeEmptyFiles({ job, files }: PlannedWorker): void {
  const { path: buffersPath } = job.process.bufferMemory;
  if (buffersPath !== null && makeEmptyFile(buffersPath, () => {})) buffersMade.add(buffersPath);
  const { createOnOpen, allowFileCreate } = job.target;
  if (!createOnOpen || !allowFileCreate) return;
  for (const { kind, path } of files) {
    if (kind !== 'missing') continue;
    makeEmptyFile(path, (descriptor) => {
      markBusy(descriptor);
      const { uid, gid } = job.process;
      if (uid !== null || gid !== null) fs.fchownSync(descriptor, uid ?? process.getuid!(), gid ?? process.getgid!());
    });
  }
}

/** Files that were made for buffers, until the run is over. */
const buffersMade = new Set<string>();

/** False where there is one. */
function makeEmptyFile(path: string, prepare: (descriptor: number) => void): boolean {
  const checked = heldTargets.checkedAt(path);
  if (checked === null || 'identity' in checked) return false;
  const { descriptor } = makeTarget(checked, { write: true, mode: 0o600 });
  try {
    prepare(descriptor);
    heldTargets.adopt(path, descriptor);
    return true;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What was found when the plan was made must be what is held, and must be there yet. */
function checkAgain({ path, identity = null }: TargetFacts): void {
  if (identity === null || identity.type === 'directory') return;
  heldTargets.inspect(path);
  const held = heldTargets.get(path);
  if (held === null || (held.descriptor === null && !isSameTarget(identity, held.identity))) {
    throw changed(path, identity, held?.identity ?? null);
  }
}

/** The claim of a whole disk keeps its partitions from being mounted, too. */
function isPartOf(number: string, claimed: ReadonlySet<string>): boolean {
  return isPartition(number) && claimed.has(wholeDiskOf(number)!.deviceNumber);
}

function isPartition(number: string): boolean {
  const disk = wholeDiskOf(number);
  return disk !== null && disk.deviceNumber !== number;
}

function claimDevice(held: HeldTarget, { commands = null }: TargetFacts, exclusive: boolean): OpenedTarget {
  if (commands === null) return openHeld(held, { exclusive });
  // Commands go past the block device of the namespace; the claim is laid on that.
  const opened = openTarget(commands.blockDevice, { exclusive });
  const status = statx(opened.descriptor);
  if (status?.node === namespaceNumber(held)) return opened;
  fs.closeSync(opened.descriptor);
  throw UserError.of(
    `${commands.blockDevice} is not the block device of ${held.path}: it is not opened`,
    'see what has replaced the device node',
    1,
  );
}

function namespaceNumber({ descriptor }: HeldTarget): string | null {
  return descriptor === null ? null : (nvmeNamespace(fs.fstatSync(descriptor))?.deviceNumber ?? null);
}
