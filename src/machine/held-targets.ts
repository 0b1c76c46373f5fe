/**
 * The targets of this process: each is opened once, when it is checked (O_PATH, which reads nothing and wakes nothing), and
 * stays so until the process ends. All plans of one command see the same file or device under a name, and all that opens it
 * later gets there through what is held here.
 */
import fs from 'node:fs';
import { openFileLimit } from '../system/memory.js';
import { claimUses, fileUses } from './file-uses.js';
import type { NewPlace } from './open-target.js';
import { statx } from './statx.js';
import { inspectMissing, inspectOpened, nearestFolder } from './target.js';
import type { DeviceUse, TargetFacts } from './target-facts.js';
import {
  changed,
  currentIdentity,
  descriptorPath,
  type HeldTarget,
  identityOf,
  isSameTarget,
  openPath,
} from './target-identity.js';

/** More files than these are told by their identity alone: a descriptor for each would be missing elsewhere. */
const filesHeldMax = 64;

export class HeldTargets {
  readonly #held = new Map<string, HeldTarget>();
  readonly #places = new Map<string, NewPlace>();
  /** One descriptor for each folder that files are to be made in, by what it is. */
  readonly #folders = new Map<string, number>();
  /** Files of this process's making. */
  readonly #made = new Set<string>();

  /**
   * What is under a name; from now on it is held. Throws `UserError` when the name led to something else before in this
   * process.
   */
  readonly inspect = (path: string): TargetFacts => {
    const descriptor = openPath(path);
    if (descriptor === null) return this.#inspectMissing(path);
    const facts = inspectOpened(path, descriptor);
    const { identity = null } = facts;
    const known = this.#held.get(path);
    if (identity === null || (known !== undefined && !isSameTarget(currentIdentity(known), identity))) {
      fs.closeSync(descriptor);
      if (known !== undefined) throw changed(path, known.identity, identity);
      return facts;
    }
    if (known === undefined || known.descriptor === null) this.#hold({ path, descriptor, identity });
    else fs.closeSync(descriptor);
    this.#places.delete(path);
    return facts;
  };

  /** What uses the target under a name, so that it must not be written; asking costs a few system calls. */
  readonly usesOf = (path: string): DeviceUse[] => this.#ask(path, fileUses);

  /** The same before a run has claimed its devices: what others have claimed shows too. */
  readonly usesBeforeClaims = (path: string): DeviceUse[] => {
    const uses = this.usesOf(path);
    return uses.length > 0 ? uses : this.#ask(path, claimUses);
  };

  #ask(path: string, about: (path: string, descriptor: number) => DeviceUse[]): DeviceUse[] {
    const held = this.get(path);
    if (held === null) return [];
    const descriptor = held.descriptor ?? openPath(path);
    try {
      return descriptor === null ? [] : about(path, descriptor);
    } finally {
      if (held.descriptor === null && descriptor !== null) fs.closeSync(descriptor);
    }
  }

  #hold(target: HeldTarget): void {
    const isFew = this.#held.size + this.#folders.size < filesHeldMax;
    this.#held.set(target.path, target);
    if (!isFew && !(this.#held.size < openFileLimit() / 8 && changesNumbers(target))) this.letGo(target.path);
  }

  #inspectMissing(path: string): TargetFacts {
    this.forget(path);
    const folder = nearestFolder(path);
    const descriptor = this.#folderOf(folder);
    const rest = folder === '.' ? path : path.slice(folder.length).replace(/^\/+/, '');
    this.#places.set(path, { path, folder: descriptor, rest });
    return inspectMissing(path, descriptor);
  }

  #folderOf(folder: string): number | null {
    const descriptor = openPath(folder);
    const status = descriptor === null ? null : statx(descriptor);
    if (descriptor === null || status === null) return null;
    const key = `${status.device} ${status.inode} ${status.mountId}`;
    const known = this.#folders.get(key) ?? null;
    if (known === null && this.#held.size + this.#folders.size < filesHeldMax) {
      this.#folders.set(key, descriptor);
      return descriptor;
    }
    fs.closeSync(descriptor);
    return known;
  }

  /** null where nothing was when the name was checked, and nothing has been made there since. */
  get(path: string): HeldTarget | null {
    return this.#held.get(path) ?? null;
  }

  /** What was found under a name, or where the file is to be made that was missing; null where nobody has looked. */
  checkedAt(path: string): HeldTarget | NewPlace | null {
    const place = this.#places.get(path);
    if (place === undefined) return this.get(path);
    // Under another name of it, this process may have made the file.
    const descriptor = openPath(path);
    const status = descriptor === null ? null : statx(descriptor);
    if (descriptor !== null && status !== null && this.#made.has(keyOf(identityOf(status)))) {
      this.adopt(path, descriptor);
    }
    if (descriptor !== null) fs.closeSync(descriptor);
    return this.get(path) ?? place;
  }

  /** A file has been made: `opened` is a descriptor of it. */
  adopt(path: string, opened: number): void {
    const status = statx(opened);
    if (status === null) return;
    this.forget(path);
    const at = descriptorPath(opened);
    const identity = identityOf(status);
    this.#made.add(keyOf(identity));
    this.#hold({ path, descriptor: at === null ? null : openPath(at), identity });
  }

  /** A job has made a file anew. Others may have done the same since: what has the name now counts. */
  renewed(path: string, identity: HeldTarget['identity']): void {
    this.#made.add(keyOf(identity));
    const status = statx(path, false);
    const now = status === null ? identity : identityOf(status);
    this.forget(path);
    this.#held.set(path, { path, descriptor: null, identity: this.#made.has(keyOf(now)) ? now : identity });
  }

  /** The name stands for nothing any more. */
  forget(path: string): void {
    const descriptor = this.#held.get(path)?.descriptor ?? null;
    if (descriptor !== null) fs.closeSync(descriptor);
    this.#held.delete(path);
    this.#places.delete(path);
  }

  /** Lets go of all of them. */
  close(): void {
    for (const path of [...this.#held.keys()]) this.forget(path);
    for (const descriptor of this.#folders.values()) fs.closeSync(descriptor);
    this.#folders.clear();
    this.#places.clear();
  }

  /** Closes the descriptor of a file: its identity tells it from now on. Devices stay held. */
  letGo(path: string): void {
    const held = this.#held.get(path);
    if (held === undefined || held.descriptor === null || held.identity.type !== 'file') return;
    const identity = changesNumbers(held) ? { ...held.identity, instance: null } : held.identity;
    fs.closeSync(held.descriptor);
    this.#held.set(path, { ...held, descriptor: null, identity });
  }
}

/** fuse, NFS, overlayfs, FAT, exFAT, CIFS, SMB and 9P: inode numbers and times of birth are not kept, or made up. */
const typesWithoutNumbers = [0x65735546, 0x6969, 0x794c7630, 0x4d44, 0x2011bab0, 0xff534d42, 0xfe534d42, 0x01021997];

/** Where only a descriptor tells a file for good. */
function changesNumbers({ path, descriptor, identity }: HeldTarget): boolean {
  const at = descriptor === null ? null : (descriptorPath(descriptor) ?? path);
  return identity.type === 'file' && at !== null && typesWithoutNumbers.includes(fs.statfsSync(at).type);
}

function keyOf({ number, instance }: HeldTarget['identity']): string {
  return `${number} ${instance}`;
}

export const heldTargets = new HeldTargets();
