/** statx(2): what the kernel says of an open file or of a path, in one call and in whole numbers. */

import fs from 'node:fs';
import { libc } from '../system/libc.js';
import type { TargetFacts } from './target-facts.js';

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const STATX_BTIME = 0x800;
const STATX_MNT_ID = 0x1000;
const STATX_DIOALIGN = 0x2000;
const STATX_WRITE_ATOMIC = 0x10000;
const statxBytes = 256;

/** Offsets in struct statx (linux/stat.h). */
const at = {
  mask: 0x00,
  linkCount: 0x10,
  mode: 0x1c,
  inode: 0x20,
  bornSeconds: 0x50,
  bornNs: 0x58,
  nodeMajor: 0x80,
  nodeMinor: 0x84,
  deviceMajor: 0x88,
  deviceMinor: 0x8c,
  mountId: 0x90,
  directMemoryAlign: 0x98,
  directOffsetAlign: 0x9c,
  atomicUnitMin: 0xa8,
  atomicUnitMax: 0xac,
} as const;

const { S_IFMT, S_IFDIR, S_IFCHR, S_IFBLK, S_IFREG, S_IFLNK } = fs.constants;
const types: ReadonlyMap<number, FileStatus['type']> = new Map([
  [S_IFDIR, 'directory'],
  [S_IFCHR, 'character'],
  [S_IFBLK, 'block'],
  [S_IFREG, 'file'],
  [S_IFLNK, 'link'],
]);

export interface FileStatus {
  readonly type: 'file' | 'block' | 'character' | 'directory' | 'link' | 'other';
  /** `major:minor` of the file system. */
  readonly device: string;
  readonly inode: string;
  /** `major:minor` of a device node; null for all else. */
  readonly node: string | null;
  /** When it was made, on file systems that remember that. */
  readonly born: string | null;
  readonly linkCount: number;
  /** Alignment that O_DIRECT needs; 0 = refused; null = the kernel does not say. */
  readonly direct: number | null;
  readonly mountId: number | null;
  readonly atomicWrite: NonNullable<TargetFacts['atomicWrite']> | null;
}

const call = libc.func('statx', 'int', ['int', 'str', 'int', 'uint32_t', 'void *']);

/**
 * @param file a descriptor, O_PATH too, or a path
 * @param follow false: of a symbolic link itself
 * @returns null where there is nothing, or it cannot be looked at
 */
export function statx(file: number | string, follow = true): FileStatus | null {
  const bytes = new DataView(new ArrayBuffer(statxBytes));
  const wanted = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID | STATX_DIOALIGN | STATX_WRITE_ATOMIC;
  const flags = (typeof file === 'number' ? AT_EMPTY_PATH : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
  const [folder, path] = typeof file === 'number' ? [file, ''] : [AT_FDCWD, file];
  if (call(folder, path, flags, wanted, new Uint8Array(bytes.buffer)) !== 0) return null;
  const word = (offset: number): number => bytes.getUint32(offset, true);
  const has = (bit: number): boolean => (word(at.mask) & bit) !== 0;
  const number = (offset: number): string => `${word(offset)}:${word(offset + 4)}`;
  const type = types.get(bytes.getUint16(at.mode, true) & S_IFMT) ?? 'other';
  return {
    type,
    device: number(at.deviceMajor),
    inode: String(bytes.getBigUint64(at.inode, true)),
    node: type === 'block' || type === 'character' ? number(at.nodeMajor) : null,
    born: has(STATX_BTIME) ? `${bytes.getBigInt64(at.bornSeconds, true)}.${word(at.bornNs)}` : null,
    linkCount: word(at.linkCount),
    direct: has(STATX_DIOALIGN) ? Math.max(word(at.directMemoryAlign), word(at.directOffsetAlign)) : null,
    mountId: has(STATX_MNT_ID) ? word(at.mountId) : null,
    atomicWrite:
      has(STATX_WRITE_ATOMIC) && word(at.atomicUnitMax) > 0
        ? { unitBytesMin: word(at.atomicUnitMin), unitBytesMax: word(at.atomicUnitMax) }
        : null,
  };
}
