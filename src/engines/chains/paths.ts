/** What calls by path need: the names of files as C strings, room for statx(2), and the flags to open with. */
import fs from 'node:fs';
import { libc } from '../../system/libc.js';
import { type MappedMemory, mapMemory } from '../../system/memory.js';
import type { EngineSetup } from '../engine.js';

export const AT_FDCWD = -100;
/** What openat makes is for its owner to write. */
export const createMode = 0o644;
/** STATX_BASIC_STATS of linux/stat.h, and the bytes of its struct. */
export const statxMask = 0x7ff;
const statxBytes = 256;
const F_GETFL = 3;

const fcntl = libc.func('fcntl', 'int', ['int', 'int']);

export interface ChainPaths {
  readonly openFlags: number;
  /** unlinkat is left out: the file is the one that the code is rehearsed on. */
  readonly keepsFile: boolean;
  /** By slot, as numbers that are boxed already (libc.ts). */
  pathAddress(slot: number): number;
  statxAddress(slot: number): number;
  /** Deletes what broken chains left behind, and frees the memory. */
  close(): void;
}

/** The file itself, opened as it is open now; or, where the chain deletes, a file of each slot's own. */
export function createChainPaths(setup: EngineSetup): ChainPaths {
  const chain = setup.chain!;
  const deletes = chain.options.elements.some(({ operation }) => operation === 'unlinkat');
  const keepsFile = setup.rehearses === true;
  const file = setup.files[0];
  const own = keepsFile ? `/proc/self/fd/${file?.descriptor ?? -1}` : (file?.path ?? '');
  const makes = deletes && !keepsFile;
  const names = Array.from({ length: setup.depth }, (_, slot) => (makes ? `${chain.scratchPath}${slot}` : own));
  const texts = names.map((name) => Buffer.from(`${name}\0`));
  const strideBytes = statxBytes + Math.ceil(Math.max(...texts.map(({ length }) => length)) / 8) * 8;
  const memory: MappedMemory = mapMemory(strideBytes * setup.depth, true);
  const bytes = new Uint8Array(memory.view);
  const addresses: (number | string)[] = ['boxed'];
  texts.forEach((text, slot) => {
    bytes.set(text, slot * strideBytes + statxBytes);
    addresses.push(memory.address + slot * strideBytes, memory.address + slot * strideBytes + statxBytes);
  });
  return {
    openFlags: openFlags(file?.descriptor ?? -1) | (makes ? fs.constants.O_CREAT : 0),
    keepsFile,
    pathAddress: (slot) => addresses[2 * slot + 2] as number,
    statxAddress: (slot) => addresses[2 * slot + 1] as number,
    close: () => {
      memory.free();
      if (makes) for (const name of names) fs.rmSync(name, { force: true });
    },
  };
}

/** As the file is open: access, O_DIRECT, and how it is synced. */
function openFlags(descriptor: number): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_DIRECT, O_SYNC, O_DSYNC } = fs.constants;
  const flags: number = descriptor < 0 ? O_RDONLY : fcntl(descriptor, F_GETFL);
  return flags < 0 ? O_RDONLY : flags & (O_WRONLY | O_RDWR | O_DIRECT | O_SYNC | O_DSYNC);
}
