/** Which files and devices a job uses, and how they are opened and laid out. */
import { amount, bool, choice, integer, optional, paths, size, sizeRange } from '../values.js';
import { type Option, supported } from './option.js';

export const targetOptions: readonly Option[] = [
  supported({
    name: 'directory',
    tier: 1,
    help: 'Directory of the files; clones take several in turn.',
    example: '/mnt/test',
    type: paths,
    get: (draft) => (draft.target.directories.length === 0 ? null : draft.target.directories),
    set: (draft, value) => {
      draft.target.directories = value;
    },
  }),
  supported({
    name: 'filename',
    tier: 1,
    help: 'Files or devices to use; those of [global] and of the job add up.',
    example: '/mnt/test/file',
    type: paths,
    get: (draft) => draft.target.filenames,
    set: (draft, value) => {
      draft.target.filenames = [...(draft.target.filenames ?? []), ...value];
    },
  }),
  supported({
    name: 'nrfiles',
    aliases: ['nr_files'],
    default: '1',
    tier: 1,
    help: 'How many files a job makes when no filename is given.',
    type: integer({ min: 1, max: 1_000_000 }),
    get: (draft) => draft.target.fileCount,
    set: (draft, value) => {
      draft.target.fileCount = value;
    },
  }),
  supported({
    name: 'files_per_directory',
    tier: 2,
    help: 'Generated files of engines such as filecreate lie in numbered directories, so many in each.',
    ours: true,
    example: '1000',
    type: integer({ min: 1, max: 1_000_000 }),
    get: (draft) => draft.target.filesPerDirectory,
    set: (draft, value) => {
      draft.target.filesPerDirectory = value;
    },
  }),
  supported({
    name: 'openfiles',
    tier: 1,
    help: 'How many of the files are in use at the same time; a further one comes when one is done. Default is all.',
    type: optional(integer({ min: 0, max: 1_000_000 }), (value) => value === 0),
    get: (draft) => draft.target.openFileCount,
    set: (draft, value) => {
      draft.target.openFileCount = value;
    },
  }),
  supported({
    name: 'size',
    unit: 'bytes',
    tier: 1,
    help: 'Region that a job works on, split over its files; default is the whole file or device.',
    type: optional(amount(), isNothing),
    get: (draft) => draft.target.size,
    set: (draft, value) => {
      draft.target.size = value;
    },
  }),
  supported({
    name: 'filesize',
    unit: 'bytes',
    tier: 1,
    help: 'Size of each file, or a range to draw each size from.',
    type: sizeRange({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    get: (draft) => draft.target.filesizeBytes,
    set: (draft, value) => {
      draft.target.filesizeBytes = value;
    },
  }),
  supported({
    name: 'offset',
    aliases: ['fileoffset'],
    unit: 'bytes',
    default: '0',
    tier: 1,
    help: 'Where in the file the region begins.',
    type: amount(),
    get: (draft) => draft.target.offset,
    set: (draft, value) => {
      draft.target.offset = value;
    },
  }),
  supported({
    name: 'offset_increment',
    unit: 'bytes',
    default: '0',
    tier: 1,
    help: 'Added to the offset once per clone, so that clones work on different parts.',
    type: amount(),
    get: (draft) => draft.target.offsetIncrement,
    set: (draft, value) => {
      draft.target.offsetIncrement = value;
    },
  }),
  supported({
    name: 'offset_align',
    unit: 'bytes',
    default: '0',
    tier: 1,
    help: 'Round an offset in per cent up to a multiple of this; default is the smallest block.',
    type: optional(size(), (value) => value === 0),
    get: (draft) => draft.target.offsetAlignBytes,
    set: (draft, value) => {
      draft.target.offsetAlignBytes = value;
    },
  }),
  supported({
    name: 'direct',
    default: '0',
    tier: 1,
    help: 'Open with O_DIRECT: past the page cache.',
    type: bool,
    get: (draft) => draft.target.direct,
    set: (draft, value) => {
      draft.target.direct = value;
    },
  }),
  supported({
    name: 'buffered',
    default: '1',
    tier: 1,
    help: 'The opposite of direct; the last of the two wins.',
    type: bool,
    get: () => null,
    set: (draft, value) => {
      draft.target.direct = !value;
    },
  }),
  supported({
    name: 'sync',
    default: 'none',
    tier: 1,
    help: 'Open so that each write is on the medium when it returns: sync = O_SYNC, dsync = O_DSYNC.',
    type: choice<'none' | 'sync' | 'dsync'>({ none: 'none', '0': 'none', sync: 'sync', '1': 'sync', dsync: 'dsync' }),
    get: (draft) => draft.target.sync,
    set: (draft, value) => {
      draft.target.sync = value;
    },
  }),
  supported({
    name: 'fallocate',
    default: 'native',
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
    get: (draft) => draft.target.fallocate,
    set: (draft, value) => {
      draft.target.fallocate = value;
    },
  }),
  supported({
    name: 'invalidate',
    default: '1',
    tier: 1,
    help: "Drop the target's pages from the cache before the job starts.",
    type: bool,
    get: (draft) => draft.target.invalidate,
    set: (draft, value) => {
      draft.target.invalidate = value;
    },
  }),
  supported({
    name: 'overwrite',
    default: '0',
    tier: 1,
    help: 'Lay a file out in full before a job writes to it.',
    type: bool,
    get: (draft) => draft.target.overwrite,
    set: (draft, value) => {
      draft.target.overwrite = value;
    },
  }),
  supported({
    name: 'unlink',
    default: '0',
    tier: 1,
    help: "Delete the job's files when it has ended.",
    type: bool,
    get: (draft) => draft.target.unlink,
    set: (draft, value) => {
      draft.target.unlink = value;
    },
  }),
  supported({
    name: 'unlink_each_loop',
    default: '0',
    tier: 2,
    help: 'Delete the files of a job that writes between its loops, and make them anew.',
    type: bool,
    get: (draft) => draft.target.unlinkEachLoop,
    set: (draft, value) => {
      draft.target.unlinkEachLoop = value;
    },
  }),
  supported({
    name: 'iomem_align',
    aliases: ['mem_align'],
    unit: 'bytes',
    tier: 1,
    help: 'Alignment of the buffers in memory, a power of two; default is a page.',
    type: optional(size({ min: 0, max: 2 ** 30 }), (value) => value === 0),
    get: (draft) => draft.engine.bufferAlignBytes,
    set: (draft, value) => {
      draft.engine.bufferAlignBytes = value;
    },
  }),
];

function isNothing(value: { readonly bytes: number } | { readonly percent: number }): boolean {
  return 'bytes' in value && value.bytes === 0;
}
