/**
 * Engines whose operations are on files themselves and not on their data: fio's `filecreate` and its kin, `filerename`,
 * and each of them through io_uring.
 */
import type { EngineName } from './job.js';

export interface FileOperation {
  readonly kind: 'create' | 'stat' | 'delete' | 'rename';
  /** Of directories; else of regular files. */
  readonly directories: boolean;
}

const operations = {
  filecreate: { kind: 'create', directories: false },
  filestat: { kind: 'stat', directories: false },
  filedelete: { kind: 'delete', directories: false },
  filerename: { kind: 'rename', directories: false },
  dircreate: { kind: 'create', directories: true },
  dirstat: { kind: 'stat', directories: true },
  dirdelete: { kind: 'delete', directories: true },
} as const satisfies Readonly<Record<string, FileOperation>>;

const ringPrefix = 'io_uring_';

/** What an engine does to files; null for engines that move data. */
export function fileOperationOf(name: EngineName): FileOperation | null {
  const plain = name.startsWith(ringPrefix) ? name.slice(ringPrefix.length) : name;
  return plain in operations ? operations[plain as keyof typeof operations] : null;
}

/** Behind a name that was renamed. */
export const renamedSuffix = '.renamed';
