/** How files are named, made, opened and left behind. */
import type { Precondition } from '../job.js';
import { bool, choice, line, optional } from '../values.js';
import { type Option, supported } from './option.js';

export const fileOptions: readonly Option[] = [
  supported({
    name: 'filename_format',
    default: '$jobname.$jobnum.$filenum',
    tier: 1,
    help: 'Pattern of generated names: $jobname, $jobnum, $filenum; its directories are made.',
    type: optional(line),
    get: (draft) => draft.target.filenameFormat,
    set: (draft, value) => {
      draft.target.filenameFormat = value;
    },
  }),
  supported({
    name: 'opendir',
    tier: 2,
    help: 'Use all regular files below this directory as well.',
    type: optional(line),
    get: (draft) => draft.target.openDirectory,
    set: (draft, value) => {
      draft.target.openDirectory = value;
    },
  }),
  supported({
    name: 'filetype',
    default: 'none',
    tier: 2,
    help: 'What every target must be: a file, a block device or a character device.',
    type: choice<'none' | 'file' | 'block' | 'char'>({ none: 'none', file: 'file', block: 'block', char: 'char' }),
    get: (draft) => draft.target.fileType ?? 'none',
    set: (draft, value) => {
      draft.target.fileType = value === 'none' ? null : value;
    },
  }),
  supported({
    name: 'file_append',
    default: '0',
    tier: 2,
    help: 'Begin where each file ends.',
    type: bool,
    get: (draft) => draft.target.fileAppend,
    set: (draft, value) => {
      draft.target.fileAppend = value;
    },
  }),
  supported({
    name: 'create_on_open',
    default: '0',
    tier: 1,
    help: 'Make missing files when the job opens them, instead of laying them out beforehand.',
    type: bool,
    get: (draft) => draft.target.createOnOpen,
    set: (draft, value) => {
      draft.target.createOnOpen = value;
    },
  }),
  supported({
    name: 'create_only',
    default: '0',
    tier: 1,
    help: 'Only lay the files out, without any I/O of the job.',
    type: bool,
    get: (draft) => draft.target.createOnly,
    set: (draft, value) => {
      draft.target.createOnly = value;
    },
  }),
  supported({
    name: 'create_serialize',
    default: '1',
    tier: 1,
    help: 'Lay the files of jobs out one after another; 0: at the same time.',
    type: bool,
    get: (draft) => draft.target.createSerialize,
    set: (draft, value) => {
      draft.target.createSerialize = value;
    },
  }),
  supported({
    name: 'create_fsync',
    default: '1',
    tier: 1,
    help: 'Sync files after they are laid out.',
    type: bool,
    get: (draft) => draft.target.createFsync,
    set: (draft, value) => {
      draft.target.createFsync = value;
    },
  }),
  supported({
    name: 'allow_file_create',
    default: '1',
    tier: 1,
    help: 'Make files that are missing.',
    type: bool,
    get: (draft) => draft.target.allowFileCreate,
    set: (draft, value) => {
      draft.target.allowFileCreate = value;
    },
  }),
  supported({
    name: 'allow_mounted_write',
    default: '0',
    tier: 1,
    help: 'Permission to write to mounted devices in fio; here it allows nothing, and is answered by a warning.',
    type: bool,
    get: (draft) => draft.target.allowMountedWrite,
    set: (draft, value) => {
      draft.target.allowMountedWrite = value;
    },
  }),
  supported({
    name: 'pre_read',
    default: '0',
    tier: 1,
    help: 'Read the files into the page cache before the start; turns invalidate off.',
    type: bool,
    get: (draft) => draft.target.preRead,
    set: (draft, value) => {
      draft.target.preRead = value;
    },
  }),
  supported({
    name: 'fsync_on_close',
    default: '0',
    tier: 1,
    help: 'An fsync of what was written when it is closed.',
    type: bool,
    get: (draft) => draft.target.fsyncOnClose,
    set: (draft, value) => {
      draft.target.fsyncOnClose = value;
    },
  }),
  supported({
    name: 'end_syncfs',
    default: '0',
    tier: 1,
    help: 'Sync the whole file systems at the end of a job that writes.',
    type: bool,
    get: (draft) => draft.target.endSyncfs,
    set: (draft, value) => {
      draft.target.endSyncfs = value;
    },
  }),
  supported({
    name: 'fadvise_hint',
    default: '1',
    tier: 2,
    help: 'What the kernel is told of the pattern to come (posix_fadvise); 1: as rw is, random or sequential.',
    type: choice<'none' | 'pattern' | 'random' | 'sequential' | 'noreuse'>({
      '0': 'none',
      '1': 'pattern',
      random: 'random',
      sequential: 'sequential',
      noreuse: 'noreuse',
    }),
    get: (draft) => draft.target.fadviseHint,
    set: (draft, value) => {
      draft.target.fadviseHint = value;
    },
  }),
  supported({
    name: 'write_hint',
    tier: 2,
    help: 'How long written data is expected to live (F_SET_RW_HINT).',
    type: optional(
      choice<'none' | 'short' | 'medium' | 'long' | 'extreme'>({
        none: 'none',
        short: 'short',
        medium: 'medium',
        long: 'long',
        extreme: 'extreme',
      }),
    ),
    get: (draft) => draft.target.writeHint,
    set: (draft, value) => {
      draft.target.writeHint = value;
    },
  }),
  supported({
    name: 'fill_device',
    aliases: ['fill_fs'],
    default: '0',
    tier: 2,
    help: 'Write until no space is left, which then is the normal end.',
    type: bool,
    get: (draft) => draft.target.fillDevice,
    set: (draft, value) => {
      draft.target.fillDevice = value;
    },
  }),
  supported({
    name: 'lockfile',
    default: 'none',
    tier: 2,
    help: 'Lock the file around each I/O of a synchronous engine: exclusive, or readwrite for shared reads.',
    type: choice<'none' | 'exclusive' | 'readwrite'>({
      none: 'none',
      exclusive: 'exclusive',
      readwrite: 'readwrite',
    }),
    get: (draft) => draft.target.lockFile,
    set: (draft, value) => {
      draft.target.lockFile = value;
    },
  }),
  supported({
    name: 'precondition',
    default: 'none',
    tier: 2,
    ours: true,
    help: 'Before measuring, write the region once (fill) or twice (2x), or run the job until it is steady.',
    example: '2x',
    type: choice<Precondition>({ none: 'none', fill: 'fill', '2x': '2x', 'until-steady': 'until-steady' }),
    get: (draft) => draft.target.precondition,
    set: (draft, value) => {
      draft.target.precondition = value;
    },
  }),
];
