/** What both ways to operate on files have in common: the numbers of openat(2), statx(2), unlinkat(2) and renameat2(2). */
import { type FileOperation, fileOperationOf } from '../job/file-engines.js';
import { assert } from '../support/errors.js';
import type { EngineSetup, FileWork } from './engine.js';

/** Paths are relative to the working directory. */
export const AT_FDCWD = -100;
export const AT_REMOVEDIR = 0x200;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const RENAME_NOREPLACE = 1;
export const O_CLOEXEC = 0x80000;
const O_RDWR = 0o2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
/** A file that is there already is not created, and O_EXCL follows no symbolic link. */
export const createFlags = O_RDWR | O_CREAT | O_EXCL;

/** As fio makes them. */
export const fileMode = 0o600;
export const directoryMode = 0o700;

/** statx(2): what stat(2) tells, and all there is. */
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_ALL = 0xfff;
export const statxBytes = 256;

export interface FileTask {
  readonly operation: FileOperation;
  readonly work: FileWork;
}

export function fileTaskOf(setup: EngineSetup): FileTask {
  const operation = fileOperationOf(setup.options.name);
  assert(operation !== null, `${setup.options.name} operates on files`);
  if (setup.rehearses === true)
    return { operation, work: { names: [impossiblePath], folders: [AT_FDCWD], openFlags: 0 } };
  assert(setup.fileWork !== undefined && setup.fileWork !== null, 'the plan names the files');
  return { operation, work: setup.fileWork };
}

/** Nothing can be made, found or removed there: each call fails at once and touches nothing. */
const impossiblePath = '/proc/self/iotest-rehearsal/none';
