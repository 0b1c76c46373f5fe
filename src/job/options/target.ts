/** Which files and devices a job uses, and how they are opened and laid out. */
import { wholeNumber } from '../schema.js';
import type { Amount } from '../value-type.js';
import { amount, bool, choice, integer, optional, paths, size, sizeRange } from '../values.js';
import { type Option, supported } from './option.js';
import { type DraftWith, optionsOf, row, rows, settledLater } from './row.js';

export const targetRows = rows('target', {
  /** Split at ":"; clones take them in turn. Empty = working directory. */
  directories: row({
    name: 'directory',
    initial: [],
    tier: 1,
    help: 'Directory of the files; clones take several in turn.',
    example: '/mnt/test',
    type: paths,
  }),
  /** Split at ":"; null = generated names from `directory`, job name, clone and file numbers. */
  filenames: row({
    name: 'filename',
    initial: null,
    tier: 1,
    help: 'Files or devices to use; those of [global] and of the job add up.',
    example: '/mnt/test/file',
    type: paths,
    change: (value, before) => [...(before ?? []), ...value],
  }),
  /** How many files are generated when `filenames` is null. */
  fileCount: row({
    name: 'nrfiles',
    aliases: ['nr_files'],
    initial: 1,
    tier: 1,
    help: 'How many files a job makes when no filename is given.',
    type: integer({ min: 1, max: 1_000_000 }),
  }),
  /** Generated names of file engines lie in numbered directories of so many; null = in one. */
  filesPerDirectory: row({
    name: 'files_per_directory',
    initial: null,
    tier: 2,
    help: 'Generated files of engines such as filecreate lie in numbered directories, so many in each.',
    ours: true,
    example: '1000',
    type: integer({ min: 1, max: 1_000_000 }),
  }),
  /** How many of the files are in use at the same time; null = all. */
  openFileCount: row({
    name: 'openfiles',
    initial: null,
    tier: 1,
    help: 'How many of the files are in use at the same time; a further one comes when one is done. Default is all.',
    type: optional(integer({ min: 0, max: 1_000_000 }), (value) => value === 0),
  }),
  /** Region per job, split evenly over its files; null = the size of the existing file or device. */
  size: row({
    name: 'size',
    unit: 'bytes',
    initial: null,
    tier: 1,
    help: 'Region that a job works on, split over its files; default is the whole file or device.',
    type: optional(amount(), isNothing),
  }),
  /** Each file's own size, drawn from the range; null = not given. */
  filesizeBytes: row({
    name: 'filesize',
    unit: 'bytes',
    initial: null,
    tier: 1,
    help: 'Size of each file, or a range to draw each size from.',
    type: sizeRange({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  }),
  offset: row({
    name: 'offset',
    aliases: ['fileoffset'],
    unit: 'bytes',
    initial: { bytes: 0 },
    tier: 1,
    help: 'Where in the file the region begins.',
    type: amount(),
  }),
  offsetIncrement: row({
    name: 'offset_increment',
    unit: 'bytes',
    initial: { bytes: 0 },
    tier: 1,
    help: 'Added to the offset once per clone, so that clones work on different parts.',
    type: amount(),
  }),
  /** An offset in per cent is rounded up to a multiple of this; null = of the smallest block. */
  offsetAlignBytes: row({
    name: 'offset_align',
    unit: 'bytes',
    default: '0',
    initial: null,
    tier: 1,
    help: 'Round an offset in per cent up to a multiple of this; default is the smallest block.',
    type: optional(size(), (value) => value === 0),
  }),
  /** O_DIRECT. */
  direct: row({
    name: 'direct',
    initial: false,
    tier: 1,
    help: 'Open with O_DIRECT: past the page cache.',
    type: bool,
  }),
  sync: row({
    name: 'sync',
    initial: 'none',
    tier: 1,
    help: 'Open so that each write is on the medium when it returns: sync = O_SYNC, dsync = O_DSYNC.',
    type: choice<'none' | 'sync' | 'dsync'>({ none: 'none', '0': 'none', sync: 'sync', '1': 'sync', dsync: 'dsync' }),
  }),
  fallocate: row({
    name: 'fallocate',
    initial: 'native',
    tier: 1,
    help: 'How space is reserved when a file is laid out.',
    type: choice<'none' | 'native' | 'posix' | 'keep' | 'truncate'>({
      none: 'none',
      native: 'native',
      posix: 'posix',
      keep: 'keep',
      truncate: 'truncate',
      '0': 'none',
      '1': 'posix',
    }),
  }),
  /** Drop the target's page cache before the start. */
  invalidate: row({
    name: 'invalidate',
    initial: true,
    tier: 1,
    help: "Drop the target's pages from the cache before the job starts.",
    type: bool,
  }),
  /** Lay a file out before writing to it. */
  overwrite: row({
    name: 'overwrite',
    initial: false,
    tier: 1,
    help: 'Lay a file out in full before a job writes to it.',
    type: bool,
  }),
  /** Delete the job's files at the end. */
  unlink: row({
    name: 'unlink',
    initial: false,
    tier: 1,
    help: "Delete the job's files when it has ended.",
    type: bool,
  }),
  /** Delete the job's files between its loops, and make them anew. */
  unlinkEachLoop: row({
    name: 'unlink_each_loop',
    initial: false,
    tier: 2,
    help: 'Delete the files of a job that writes between its loops, and make them anew.',
    type: bool,
  }),
});

export const bufferRows = rows('engine', {
  bufferAlignBytes: settledLater(
    row({
      name: 'iomem_align',
      aliases: ['mem_align'],
      unit: 'bytes',
      initial: null,
      tier: 1,
      help: 'Alignment of the buffers in memory, a power of two; default is a page.',
      type: optional(size({ min: 0, max: 2 ** 30 }), (value) => value === 0),
    }),
    wholeNumber,
    4096,
  ),
});

const buffered = supported({
  name: 'buffered',
  default: '1',
  tier: 1,
  help: 'The opposite of direct; the last of the two wins.',
  type: bool,
  get: () => null,
  set: (draft: DraftWith<typeof targetRows>, value) => {
    draft.target.direct = !value;
  },
});

export const targetOptions: readonly Option[] = [
  ...optionsOf(targetRows, { direct: [buffered] }),
  ...optionsOf(bufferRows),
];

function isNothing(value: Amount): boolean {
  return 'bytes' in value && value.bytes === 0 && (value.zoneCount ?? 0) === 0;
}
