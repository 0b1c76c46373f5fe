/** What calls by path need: the names of files as C strings, room for statx(2), and the flags to open with. */
import fs from 'node:fs';
import path from 'node:path';
import { statx } from '../../machine/statx.js';
import { realPathOf } from '../../machine/target.js';
import { descriptorPath, identityOf, isSameTarget, openPath } from '../../machine/target-identity.js';
import { UserError } from '../../support/errors.js';
import { libc } from '../../system/libc.js';
import { type MappedMemory, mapMemory } from '../../system/memory.js';
import type { EngineSetup, OpenFile } from '../engine.js';

const AT_FDCWD = -100;
/** What openat makes is for its owner to write. */
export const createMode = 0o644;
/** STATX_BASIC_STATS of linux/stat.h, and the bytes of its struct. */
export const statxMask = 0x7ff;
const statxBytes = 256;
const F_GETFL = 3;

const fcntl = libc.func('fcntl', 'int', ['int', 'int']);
const unlinkat = libc.func('unlinkat', 'int', ['int', 'uint64_t', 'int']);

export interface ChainPaths {
  /** Where names begin: a folder that is held open, or AT_FDCWD. */
  readonly folder: number;
  readonly openFlags: number;
  /** unlinkat is left out: the file is the one that the code is rehearsed on. */
  readonly keepsFile: boolean;
  /** By slot, as numbers that are boxed already (libc.ts). */
  pathAddress(slot: number): number;
  statxAddress(slot: number): number;
  /** A chain of the slot has broken: what it may have left under its name goes. Not hot. */
  clear(slot: number): void;
  /** Deletes what broken chains left behind, and frees the memory. */
  close(): void;
}

/** The file itself, opened as it is open now; or, where the chain deletes, a new file of each slot's own. */
export function createChainPaths(setup: EngineSetup): ChainPaths {
  const { names, folder, makes } = namesOf(setup);
  const texts = names.map((name) => Buffer.from(`${name}\0`));
  const strideBytes = statxBytes + Math.ceil(Math.max(...texts.map(({ length }) => length)) / 8) * 8;
  const memory: MappedMemory = mapMemory(strideBytes * setup.depth, true);
  const bytes = new Uint8Array(memory.view);
  const addresses: (number | string)[] = ['boxed'];
  texts.forEach((text, slot) => {
    bytes.set(text, slot * strideBytes + statxBytes);
    addresses.push(memory.address + slot * strideBytes, memory.address + slot * strideBytes + statxBytes);
  });
  const { O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const ownFlags = makes ? O_CREAT | O_EXCL | O_NOFOLLOW : folder === AT_FDCWD ? 0 : O_NOFOLLOW;
  const pathAddress = (slot: number): number => addresses[2 * slot + 2] as number;
  const clear = (slot: number): void => {
    if (makes) unlinkat(folder, pathAddress(slot), 0);
  };
  return {
    folder,
    openFlags: openFlags(setup.files[0]?.descriptor ?? -1) | ownFlags,
    keepsFile: setup.rehearses === true,
    pathAddress,
    statxAddress: (slot) => addresses[2 * slot + 1] as number,
    clear,
    close: () => {
      for (const slot of names.keys()) clear(slot);
      memory.free();
      if (folder !== AT_FDCWD) fs.closeSync(folder);
    },
  };
}

interface Names {
  /** By slot. */
  readonly names: readonly string[];
  readonly folder: number;
  /** The chain makes what has the name, and deletes it. */
  readonly makes: boolean;
}

/**
 * What the name of a target leads to can change while the run lasts, so none is looked up from the root again. Chains that
 * write get to the file through its descriptor (/proc/self/fd); that costs a few microseconds per openat, and on io_uring
 * a worker thread. Those that only read go by the name in its folder, which is held, and follow no link: what they could
 * meet there by mistake loses nothing.
 */
function namesOf(setup: EngineSetup): Names {
  const chain = setup.chain!;
  const same = (name: string): string[] => Array.from({ length: setup.depth }, () => name);
  const file = setup.files[0];
  const itself = file === undefined ? null : descriptorPath(file.descriptor);
  if (setup.rehearses === true) return { names: same(itself ?? ''), folder: AT_FDCWD, makes: false };
  if (chain.options.elements.some(({ operation }) => operation === 'unlinkat')) {
    const folder = openFolder(chain.scratchPath);
    const name = path.basename(chain.scratchPath);
    const names = Array.from({ length: setup.depth }, (_, slot) => `${name}${slot}`);
    refuseTaken(names, folder, chain.scratchPath);
    return { names, folder, makes: true };
  }
  const place = setup.writes && itself !== null ? null : placeOf(file);
  return place ?? { names: same(itself ?? file?.path ?? ''), folder: AT_FDCWD, makes: false };

  function placeOf(opened: OpenFile | undefined): Names | null {
    if (opened === undefined || opened.kind === 'memory') return null;
    const realPath = realPathOf(opened.path, opened.descriptor);
    const folder = openFolder(realPath);
    const name = path.basename(realPath);
    const found = statx(descriptorPath(folder) === null ? realPath : `${descriptorPath(folder)}/${name}`, false);
    const own = statx(opened.descriptor);
    const isThere = found !== null && own !== null && isSameTarget(identityOf(found), identityOf(own));
    if (isThere) return { names: same(name), folder, makes: false };
    fs.closeSync(folder);
    return null;
  }
}

function openFolder(filePath: string): number {
  const folder = openPath(path.dirname(filePath));
  if (folder !== null) return folder;
  throw UserError.of(`the folder of ${filePath} is gone`, 'see who has removed it', 1);
}

/** Chains make and delete these names over and over: nothing of a user's may have one. */
function refuseTaken(names: readonly string[], folder: number, scratchPath: string): void {
  const at = descriptorPath(folder) ?? path.dirname(scratchPath);
  const taken = names.find((name) => statx(`${at}/${name}`, false) !== null);
  if (taken === undefined) return;
  throw UserError.of(
    `${path.join(path.dirname(scratchPath), taken)} is there already, and chains with unlinkat make and delete that name`,
    'remove it when it is left of a run that was killed; else choose another filename or directory',
    1,
  );
}

/** As the file is open: access, O_DIRECT, and how it is synced. */
function openFlags(descriptor: number): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_DIRECT, O_SYNC, O_DSYNC } = fs.constants;
  const flags: number = descriptor < 0 ? O_RDONLY : fcntl(descriptor, F_GETFL);
  return flags < 0 ? O_RDONLY : flags & (O_WRONLY | O_RDWR | O_DIRECT | O_SYNC | O_DSYNC);
}
