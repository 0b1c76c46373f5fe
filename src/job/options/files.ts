/** How files are named, made, opened and left behind. */
import { oneOfThese, orNull } from '../schema.js';
import { bool, choice, line, oneOf, optional } from '../values.js';
import type { Option } from './option.js';
import { optionsOf, row, rowOf, rows } from './row.js';

const fileTypes = ['file', 'block', 'char'] as const;
type FileType = (typeof fileTypes)[number];

export const fileRows = rows('target', {
  /** Pattern of generated names; null = `$jobname.$jobnum.$filenum`. */
  filenameFormat: row({
    name: 'filename_format',
    default: '$jobname.$jobnum.$filenum',
    initial: null,
    tier: 1,
    help: 'Pattern of generated names: $jobname, $jobnum, $filenum; its directories are made.',
    type: optional(line),
  }),
  /** All regular files below this directory are used as well; null = none. */
  openDirectory: row({
    name: 'opendir',
    initial: null,
    tier: 2,
    help: 'Use all regular files below this directory as well.',
    type: optional(line),
  }),
  /** What every target must be; null = whatever it is. */
  fileType: rowOf<'none' | FileType, FileType | null>({
    name: 'filetype',
    initial: null,
    tier: 2,
    help: 'What every target must be: a file, a block device or a character device.',
    type: oneOf(['none', ...fileTypes]),
    schema: orNull(oneOfThese(...fileTypes)),
    get: (held) => held ?? 'none',
    set: (value) => (value === 'none' ? null : value),
  }),
  /** The region begins where the file ends. */
  fileAppend: row({
    name: 'file_append',
    initial: false,
    tier: 2,
    help: 'Begin where each file ends.',
    type: bool,
  }),
  /** Missing files are made by the job when it opens them, and not laid out. */
  createOnOpen: row({
    name: 'create_on_open',
    initial: false,
    tier: 1,
    help: 'Make missing files when the job opens them, instead of laying them out beforehand.',
    type: bool,
  }),
  /** Lay the files out and do no I/O. */
  createOnly: row({
    name: 'create_only',
    initial: false,
    tier: 1,
    help: 'Only lay the files out, without any I/O of the job.',
    type: bool,
  }),
  /** Lay the files out one after another. */
  createSerialize: row({
    name: 'create_serialize',
    initial: true,
    tier: 1,
    help: 'Lay the files of jobs out one after another; 0: at the same time.',
    type: bool,
  }),
  /** Sync a file that was laid out. */
  createFsync: row({
    name: 'create_fsync',
    initial: true,
    tier: 1,
    help: 'Sync files after they are laid out.',
    type: bool,
  }),
  /** Missing files may be made. */
  allowFileCreate: row({
    name: 'allow_file_create',
    initial: true,
    tier: 1,
    help: 'Make files that are missing.',
    type: bool,
  }),
  /** As fio knows it. It lifts no guard of ours; it is here to be answered. */
  allowMountedWrite: row({
    name: 'allow_mounted_write',
    initial: false,
    tier: 1,
    help: 'Permission to write to mounted devices in fio; here it allows nothing, and is answered by a warning.',
    type: bool,
  }),
  /** Read the region into the page cache before the start. */
  preRead: row({
    name: 'pre_read',
    initial: false,
    tier: 1,
    help: 'Read the files into the page cache before the start; turns invalidate off.',
    type: bool,
  }),
  /** Sync what was written when it is closed. */
  fsyncOnClose: row({
    name: 'fsync_on_close',
    initial: false,
    tier: 1,
    help: 'An fsync of what was written when it is closed.',
    type: bool,
  }),
  /** Sync the whole file systems at the end. */
  endSyncfs: row({
    name: 'end_syncfs',
    initial: false,
    tier: 1,
    help: 'Sync the whole file systems at the end of a job that writes.',
    type: bool,
  }),
  /** What posix_fadvise(2) is told; `pattern` = random or sequential as `rw` is. */
  fadviseHint: row({
    name: 'fadvise_hint',
    initial: 'pattern',
    tier: 2,
    help: 'What the kernel is told of the pattern to come (posix_fadvise); 1: as rw is, random or sequential.',
    type: choice<'none' | 'pattern' | 'random' | 'sequential' | 'noreuse'>({
      '0': 'none',
      '1': 'pattern',
      random: 'random',
      sequential: 'sequential',
      noreuse: 'noreuse',
    }),
  }),
  /** Expected life of what is written (fcntl(2) F_SET_RW_HINT); null = nothing is said. */
  writeHint: row({
    name: 'write_hint',
    initial: null,
    tier: 2,
    help: 'How long written data is expected to live (F_SET_RW_HINT).',
    type: optional(oneOf(['none', 'short', 'medium', 'long', 'extreme'])),
  }),
  /** That no space is left is the normal end; without a size, the job writes until then. */
  fillDevice: row({
    name: 'fill_device',
    aliases: ['fill_fs'],
    initial: false,
    tier: 2,
    help: 'Write until no space is left, which then is the normal end.',
    type: bool,
  }),
  /** What is locked around each I/O of a synchronous engine. */
  lockFile: row({
    name: 'lockfile',
    initial: 'none',
    tier: 2,
    help: 'Lock the file around each I/O of a synchronous engine: exclusive, or readwrite for shared reads.',
    type: oneOf(['none', 'exclusive', 'readwrite']),
  }),
  /** What is done to the region before anything is measured. */
  precondition: row({
    name: 'precondition',
    initial: 'none',
    tier: 2,
    ours: true,
    help: 'Before measuring, write the region once (fill) or twice (2x), or run the job until it is steady.',
    example: '2x',
    type: oneOf(['none', 'fill', '2x', 'until-steady']),
  }),
});

export const fileOptions: readonly Option[] = optionsOf(fileRows);
