/**
 * Jobs whose engine operates on files themselves (`filecreate` and its kin): which names, how many operations, and what
 * such a job cannot have. Pure; what is on disk is looked at by `file-places.ts`, just before each start.
 */
import { dirname } from 'node:path';
import { drawsSizes } from '../job/block-sizes.js';
import { type FileOperation, fileOperationOf } from '../job/file-engines.js';
import type { Job } from '../job/job.js';
import { nameBlockBytes } from '../workload/name-workload.js';
import type { FilePlanning } from './files.js';
import { fillIn, targetNames } from './names.js';
import type { PlannedFile, PlannedFileWork, PlannedWorker } from './types.js';

/** null for jobs that move data. */
export function planFileWork(planning: FilePlanning): PlannedFileWork | null {
  const { job } = planning;
  const operation = fileOperationOf(job.engine.name);
  if (operation === null) {
    if (job.target.filesPerDirectory !== null) {
      planning.findings.usage(
        job,
        `files_per_directory is for engines that operate on files, and ioengine=${job.engine.name} moves data`,
        'leave it out, or write directories into filename_format',
      );
    }
    return null;
  }
  refuseWhatMeansNothing(planning, operation);
  const paths = namesOf(planning);
  if (paths.length === 0) return null;
  const blockBytes = nameBlockBytes(job.workload);
  warnOfPlace(planning, paths[0]!);
  return {
    ...operation,
    paths,
    generated: job.target.filenames === null,
    layOutBytes: layOutBytesOf(planning, operation, paths.length, blockBytes),
    blockBytes,
  };
}

/** In place of files that are opened: one that stands for all the names, and is in memory as far as others see. */
export function filesOfWork({ paths, blockBytes }: PlannedFileWork): PlannedFile[] {
  return [
    {
      path: dirname(paths[0]!),
      kind: 'memory',
      regionOffsetBytes: 0,
      regionBytes: blockBytes,
      fileBytes: blockBytes,
      layOut: 'nothing',
      layOutToBytes: 0,
      alignBytes: 1,
      isOwn: false,
      isDeleted: false,
    },
  ];
}

/** One operation per name and loop, each counted as a block. */
export function amountOfWork(
  { schedule, workload, target }: Job,
  { paths, blockBytes }: PlannedFileWork,
): Pick<PlannedWorker, 'ioBytes' | 'passBytes' | 'ioSizeBytes'> {
  const passBytes = paths.length * blockBytes;
  if (target.createOnly) return { ioBytes: 0, passBytes, ioSizeBytes: null };
  const isEndless = schedule.timeBased && schedule.runtimeMs !== null;
  return { ioBytes: isEndless ? null : passBytes * workload.loops, passBytes, ioSizeBytes: null };
}

function namesOf(planning: FilePlanning): string[] {
  const { job, findings } = planning;
  const names = targetNames({ ...planning, touchesFiles: true });
  const perDirectory = job.target.filesPerDirectory;
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) {
      findings.usage(job, `${name} is named twice, and each name is for one operation`, 'name each file once');
      return [];
    }
    seen.add(name);
  }
  if (perDirectory === null) return names;
  if (job.target.filenames !== null) {
    findings.usage(
      job,
      'files_per_directory is for generated names, and filename= gives them',
      'leave one of them out',
    );
    return [];
  }
  const stem = fillIn('$jobname.$jobnum', job.source.section.replaceAll('/', '_'), job.cloneIndex, 0);
  return names.map((name, index) => {
    const slash = name.lastIndexOf('/') + 1;
    return `${name.slice(0, slash)}${stem}.d${Math.floor(index / perDirectory)}/${name.slice(slash)}`;
  });
}

function layOutBytesOf(
  { job, findings }: FilePlanning,
  operation: FileOperation,
  nameCount: number,
  blockBytes: number,
): number {
  const { size, filesizeBytes } = job.target;
  if (filesizeBytes !== null && filesizeBytes.min !== filesizeBytes.max) {
    findings.usage(job, 'filesize is a range, and files that are operated on are all of one size', 'give one size');
  }
  if (size !== null && !('bytes' in size)) {
    findings.usage(job, `size=${size.percent}% of files that are made for the job means nothing`, 'give filesize=4k');
    return 0;
  }
  const bytes = filesizeBytes?.min ?? (size === null ? blockBytes : Math.floor(size.bytes / nameCount));
  const ioCount = Math.floor(bytes / blockBytes);
  if (ioCount !== 1 && (size !== null || filesizeBytes !== null)) {
    findings.warn(
      job,
      'one-operation-per-file',
      `each file is operated on once, which counts as one I/O of ${blockBytes} bytes; fio counts ${ioCount} I/Os for ${bytes} bytes`,
      `write bs=${bytes} for the same counts as fio's`,
    );
  }
  return operation.directories ? 0 : bytes;
}

function warnOfPlace({ job, look, inspect, findings }: FilePlanning, firstPath: string): void {
  let place = dirname(firstPath);
  while (look(place).kind === 'missing' && dirname(place) !== place) place = dirname(place);
  const { kind, fileSystem } = inspect(place);
  if (kind !== 'directory') {
    findings.usage(job, `${place} is no directory`, 'name a directory with directory=');
  } else if (fileSystem?.type === 'tmpfs' || fileSystem?.type === 'ramfs') {
    findings.warn(
      job,
      'memory-file-system',
      `${place} is on ${fileSystem.type}: it is memory that is measured, not a disk`,
      'choose a directory on a disk with directory=',
    );
  }
}

function refuseWhatMeansNothing({ job, findings }: FilePlanning, operation: FileOperation): void {
  const { target, workload, engine, schedule, logs, replay } = job;
  const isCreate = operation.kind === 'create' && !operation.directories;
  const writesData = isCreate && engine.fileCreate !== 'open';
  const name = engine.name;
  const once = 'give more files with nrfiles';
  const out = (option: string): string => `leave ${option} out`;
  const isStat = operation.kind === 'stat';
  const rows: readonly (readonly [boolean, string, string])[] = [
    [
      workload.directions !== 'read' && workload.directions !== 'write',
      `rw=${workload.directions}`,
      'use rw=write or rw=read',
    ],
    [workload.random, 'a random rw', 'use file_service_type=random for names in random order'],
    [writesData && workload.directions !== 'write', `file_create=${engine.fileCreate} with rw=read`, 'add rw=write'],
    [drawsSizes(workload), 'blocks of several sizes', 'give one bs'],
    [
      workload.fileService.kind !== 'random' &&
        workload.fileService.kind !== 'roundrobin' &&
        workload.fileService.kind !== 'sequential',
      `file_service_type=${workload.fileService.kind}`,
      'each name comes once per pass: use random, or leave it out',
    ],
    [workload.ioSize !== null, 'io_size', 'use number_ios or nrfiles'],
    [workload.fsyncEvery > 0, 'fsync', isCreate ? 'use file_create=commit' : out('it')],
    [workload.fdatasyncEvery > 0, 'fdatasync', isCreate ? 'use file_create=commit' : out('it')],
    [workload.syncRange !== null, 'sync_file_range', out('it')],
    [workload.endFsync, 'end_fsync', isCreate ? 'use file_create=commit' : out('it')],
    [target.fsyncOnClose, 'fsync_on_close', isCreate ? 'use file_create=commit' : out('it')],
    [target.direct && !writesData, 'direct=1', isCreate ? 'use it with file_create=write or commit' : out('it')],
    [
      target.sync !== 'none' && !writesData,
      `sync=${target.sync}`,
      isCreate ? 'use it with file_create=write' : out('it'),
    ],
    [target.openDirectory !== null, 'opendir', 'generated names are used, so that no file of yours is touched'],
    [target.fileType === 'block' || target.fileType === 'char', `filetype=${target.fileType}`, out('it')],
    ['bytes' in target.offset ? target.offset.bytes > 0 : target.offset.percent > 0, 'an offset', out('it')],
    [target.fileAppend, 'file_append', out('it')],
    [target.fillDevice, 'fill_device', out('it')],
    [target.preRead, 'pre_read', out('it')],
    [target.overwrite, 'overwrite', out('it')],
    [target.writeHint !== null, 'write_hint', out('it')],
    [target.lockFile !== 'none', 'lockfile', out('it')],
    [target.unlinkEachLoop, 'unlink_each_loop', out('it')],
    [!target.allowFileCreate, 'allow_file_create=0', out('it')],
    [engine.depth > ringDepthMax, `iodepth=${engine.depth}`, `use at most ${ringDepthMax}`],
    [engine.nop, 'nop', out('it')],
    [logs.iolog !== null, 'write_iolog', out('it')],
    [replay.iologs !== null, 'read_iolog', out('it')],
    [!isStat && workload.loops > 1, `loops=${workload.loops}: ${name} goes through its names once`, once],
    [!isStat && schedule.timeBased, `time_based: ${name} goes through its names once`, `${once}, and leave it out`],
    [!isStat && schedule.rampMs > 0, `ramp_time: ${name} goes through its names once`, out('it')],
    [!isStat && schedule.rampBytes > 0, `ramp_size: ${name} goes through its names once`, out('it')],
  ];
  for (const [isSo, what, instead] of rows) {
    if (isSo) findings.usage(job, `ioengine=${name} operates on files as a whole: it cannot do ${what}`, instead);
  }
}

/** Four requests for each creation, and io_uring has 32768 entries. */
const ringDepthMax = 8192;
