/** Which files a job uses, which part of each, and what must be done to them before the start. Pure. */

import { directionsOf, sizeLimits, sizesUsed } from '../job/block-sizes.js';
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { Random } from '../support/random.js';
import { checkCommandTarget, sendsCommands } from './commands.js';
import type { Findings } from './findings.js';
import { targetNames } from './names.js';
import { isOwnFile } from './own-file.js';
import { checkOrder, checkOrderAlignment, checkSizes, startOffset } from './sizes-and-offsets.js';
import type { PlannedFile } from './types.js';
import { usesZones, zoneRegion } from './zone-region.js';

export interface FilePlanning {
  readonly job: Job;
  readonly inspect: (path: string) => TargetFacts;
  /** The same for what is no target: it is not listed among the plan's targets. */
  readonly look: (path: string) => TargetFacts;
  readonly listFiles: (directory: string) => readonly string[];
  /** Where each file ends, by path, when the jobs planned so far have appended to it (`file_append`). */
  readonly appendedBytes: Map<string, number>;
  /** How large each file is, by path, when the jobs planned so far have been laid out: a later job may go by that size. */
  readonly laidOutBytes: Map<string, number>;
  /** Which step writes a file until no space is left, by path: later steps go by the size that it has then. */
  readonly filledInStep: Map<string, number>;
  readonly stepIndex: number;
  readonly findings: Findings;
}

function readsData(job: Job): boolean {
  return directionsOf(job.workload).includes('read');
}

/** Writes or trims: destroys what was there. */
export function destroysData(job: Job): boolean {
  return !job.verify.only && directionsOf(job.workload).some((direction) => direction !== 'read');
}

/** The job itself destroys data or changes what space a file takes, or its preconditioning does. */
export function overwrites(job: Job): boolean {
  const { precondition } = job.target;
  const isFilled = precondition === 'fill' || precondition === '2x';
  return destroysData(job) || (touchesFiles(job) && (isFilled || engineTraits(job.engine.name).changesSpace));
}

/** False for engines that do no I/O. */
export function touchesFiles(job: Job): boolean {
  return engineTraits(job.engine.name).touchesFiles && !job.engine.nop;
}

/** Sizes that an I/O of the job may have: of ranges, the smallest and the largest. */
export function blockBytesUsed(job: Job): number[] {
  return sizesUsed(job.workload);
}

/** The job's files with their regions; an empty list when something is wrong, which then is in the findings. */
export function planFiles(planning: FilePlanning): PlannedFile[] {
  const { job } = planning;
  const named = targetNames({ ...planning, touchesFiles: touchesFiles(job) });
  const facts = leaveOutSmall(
    planning,
    named.map((path) => withLayOut(planning, factsFor(planning, path))),
  );
  if (facts.length === 0) return [];
  checkSizes(job, planning.findings);
  const sizes = regionSizes(planning, facts);
  if (sizes === null) return [];
  return facts.map((fact, index) => {
    const offsetBytes = offsetIn(planning, fact);
    // How long it will be says where the job works; what is there now says whether it holds data.
    const isFilled = fact.sizeBytes === endlessBytes;
    const own = isFilled ? fact : factsFor(planning, fact.path);
    const region = zoneRegion(job, own, { offsetBytes, regionBytes: sizes[index]! }, planning.findings);
    const file = planFile(planning, own, region.regionBytes, region.offsetBytes);
    const laidOutBytes = planning.laidOutBytes.get(fact.path) ?? 0;
    planning.laidOutBytes.set(fact.path, Math.max(laidOutBytes, file.layOutToBytes));
    if (isEndless(job, file.regionBytes)) planning.filledInStep.set(fact.path, planning.stepIndex);
    if (appends(job, fact)) planning.appendedBytes.set(fact.path, offsetBytes + file.regionBytes);
    return file;
  });
}

/** As the jobs before this one will have laid it out. */
function withLayOut({ job, laidOutBytes, filledInStep, stepIndex }: FilePlanning, facts: TargetFacts): TargetFacts {
  const isFilled = !job.target.fillDevice && (filledInStep.get(facts.path) ?? stepIndex) < stepIndex;
  const bytes = isFilled ? endlessBytes : (laidOutBytes.get(facts.path) ?? 0);
  const grows = (facts.kind === 'file' || facts.kind === 'missing') && bytes > facts.sizeBytes;
  return grows ? { ...facts, sizeBytes: bytes, allocatedBytes: bytes } : facts;
}

/** Of the files that `opendir` finds, those that hold no block are left out when each is used at its own size. */
function leaveOutSmall({ job, findings }: FilePlanning, facts: readonly TargetFacts[]): readonly TargetFacts[] {
  const { openDirectory, size, filesizeBytes, fileAppend } = job.target;
  if (openDirectory === null || filesizeBytes !== null || fileAppend || (size !== null && 'bytes' in size))
    return facts;
  const largest = Math.max(...blockBytesUsed(job));
  const large = facts.filter((fact) => fact.kind !== 'file' || fact.sizeBytes >= largest);
  const leftOut = facts.length - large.length;
  if (large.length === 0 && leftOut > 0) {
    findings.usage(
      job,
      `no file below ${openDirectory} holds a block of ${largest} bytes`,
      'use a smaller bs, or a size',
    );
  } else if (leftOut > 0) {
    findings.warn(
      job,
      'small-files-left-out',
      `${leftOut} of ${facts.length} files below ${openDirectory} are left out: they hold no block of ${largest} bytes`,
      'use a smaller bs to have them read as well',
    );
  }
  return large;
}

/** The region begins where the file ends. */
function appends(job: Job, facts: TargetFacts): boolean {
  return job.target.fileAppend && (facts.kind === 'file' || facts.kind === 'missing');
}

export function factsFor({ job, inspect }: FilePlanning, path: string): TargetFacts {
  if (!touchesFiles(job)) return memoryTarget(path);
  return inspect(path);
}

/** What engines that do no I/O work on: a name and as many bytes as the job says. */
function memoryTarget(path: string): TargetFacts {
  return {
    path,
    realPath: path,
    kind: 'missing',
    sizeBytes: 0,
    allocatedBytes: 0,
    directAlignBytes: 1,
    readOnly: false,
    fileSystem: null,
    queue: null,
    uses: [],
  };
}

function offsetIn({ job, appendedBytes }: FilePlanning, facts: TargetFacts): number {
  if (appends(job, facts)) return appendedBytes.get(facts.path) ?? facts.sizeBytes;
  return startOffset(job, facts.sizeBytes);
}

/** Bytes of the region of each file, or null with a finding. */
function regionSizes(planning: FilePlanning, facts: readonly TargetFacts[]): number[] | null {
  const { job, findings } = planning;
  const { size, filesizeBytes } = job.target;
  if (filesizeBytes !== null) {
    const random = Random.fromSeed(job.workload.randomSeed);
    const { min, max } = filesizeBytes;
    const blockBytes = Math.min(...blockBytesUsed(job));
    // As fio: a file whose size is within the range keeps it, and what is drawn is a multiple of the block.
    return facts.map((fact) => {
      const drawn = Math.floor(min + random.nextFraction() * (max - min + 1));
      const isFitting = fact.sizeBytes >= min && fact.sizeBytes <= max;
      const wholeBytes = isFitting ? fact.sizeBytes : min === max ? min : drawn - (drawn % blockBytes);
      return Math.max(0, wholeBytes - offsetIn(planning, fact));
    });
  }
  if (size !== null && 'bytes' in size) return facts.map(() => Math.floor(size.bytes / facts.length));
  if (facts.some((fact) => appends(job, fact))) {
    findings.usage(
      job,
      `job "${job.name}" appends to files and does not say how much`,
      'give a size in bytes: so much is appended, split over the files',
    );
    return null;
  }
  if (size === null && job.target.fillDevice) return fillSizes(planning, facts);
  const percent = size === null ? 100 : size.percent;
  const openEnded = facts.find((fact) => isOpenEnded(job, fact));
  if (openEnded !== undefined && (size !== null || job.workload.random || job.workload.directions !== 'read')) {
    const why = `an earlier job writes ${openEnded.path} until no space is left, and its size is known only then`;
    findings.usage(job, `job "${job.name}" needs a size: ${why}`, 'give a size, or use rw=read, which goes to its end');
    return null;
  }
  const unsized = facts.find((fact) => fact.sizeBytes === 0);
  if (unsized !== undefined) {
    findings.usage(
      job,
      size === null
        ? `job "${job.name}" needs a size: ${describeMissing(unsized)}`
        : `size=${percent}% of ${unsized.path} means nothing: ${describeMissing(unsized)}`,
      'give a size, as size=1g, or name an existing file or device with filename=',
    );
    return null;
  }
  const unit = Math.min(...blockBytesUsed(job));
  return facts.map((fact) => {
    // As fio: of the whole size, not of what the offset leaves, and then no more than that.
    const wanted = Math.min((fact.sizeBytes * percent) / 100, fact.sizeBytes - offsetIn(planning, fact));
    return Math.floor(wanted / unit) * unit;
  });
}

/**
 * Files of jobs that write until no space is left: further than any file system reaches, but what a device holds.
 * Their space is taken by writing, so they end where the file system is full.
 */
const endlessBytes = 2 ** 50;

function fillSizes(planning: FilePlanning, facts: readonly TargetFacts[]): number[] | null {
  const { job, findings } = planning;
  const writesOnly = job.workload.directions === 'write' && !job.workload.random && !job.target.overwrite;
  if (!writesOnly || engineTraits(job.engine.name).mapsFiles) {
    findings.usage(
      job,
      'fill_device=1 without a size is for jobs that only write, one block after the other',
      'use rw=write with another engine than mmap, and without overwrite; or give a size',
    );
    return null;
  }
  return facts.map((fact) =>
    fact.kind === 'block' ? Math.max(0, fact.sizeBytes - offsetIn(planning, fact)) : endlessBytes,
  );
}

/** True when only a full file system ends the job. */
export function isEndless(job: Job, regionBytes: number): boolean {
  return job.target.fillDevice && regionBytes === endlessBytes;
}

/** The job reads up to where a step before it will have ended for want of space. */
function isOpenEnded(job: Job, { kind, sizeBytes }: TargetFacts): boolean {
  return kind !== 'block' && sizeBytes === endlessBytes && !job.target.fillDevice;
}

function describeMissing(facts: TargetFacts): string {
  return facts.kind === 'missing' ? `${facts.path} does not exist` : `${facts.path} is empty`;
}

function planFile(planning: FilePlanning, facts: TargetFacts, regionBytes: number, offsetBytes: number): PlannedFile {
  const { job, findings } = planning;
  const isAligned = job.target.direct || sendsCommands(job);
  if (checkPlace(planning, facts, offsetBytes, regionBytes) && isAligned) {
    checkAlignment(planning, facts, offsetBytes);
  }
  const smallest = Math.min(...blockBytesUsed(job));
  // Of sizes that are drawn, those are taken that fit.
  const largest = Math.max(...directionsOf(job.workload).map((direction) => sizeLimits(job.workload, direction).min));
  if (regionBytes < largest) {
    findings.usage(
      job,
      `${facts.path}: the job's part of it has ${regionBytes} bytes, less than one block of ${largest}`,
      `use a larger size (or fewer files), or a bs of at most ${Math.max(regionBytes, 1)}`,
    );
  } else if (regionBytes % smallest !== 0 && !job.workload.sizes.unaligned) {
    findings.warn(
      job,
      'size-not-multiple-of-bs',
      `${facts.path}: ${regionBytes} bytes are not a whole number of ${smallest}-byte blocks; the last ${regionBytes % smallest} bytes are left out`,
      `choose a size that is a multiple of ${smallest}`,
    );
  }
  checkOrder(job, facts.path, regionBytes, findings);
  return placeFile(planning, facts, offsetBytes, regionBytes);
}

/** Whether the target is of a kind that we can run on, with room enough. True when there is I/O on it that may be. */
export function checkPlace(
  planning: FilePlanning,
  facts: TargetFacts,
  offsetBytes: number,
  regionBytes: number,
): boolean {
  if (!touchesFiles(planning.job) || !checkKind(planning, facts)) return false;
  checkRoom(planning, facts, offsetBytes, regionBytes);
  warnOfMemory(planning, facts);
  return true;
}

/** The file with its region, and what must be done to it before the start. */
export function placeFile(
  planning: FilePlanning,
  facts: TargetFacts,
  offsetBytes: number,
  regionBytes: number,
): PlannedFile {
  const { job } = planning;
  const isMemory = !touchesFiles(job);
  const endBytes = offsetBytes + regionBytes;
  const isUnmade = facts.kind === 'missing' && facts.sizeBytes === 0;
  const isShort = isUnmade || (facts.kind !== 'block' && facts.sizeBytes < endBytes);
  const mustHoldData = readsData(job) || job.target.overwrite || engineTraits(job.engine.name).mapsFiles;
  if (!isMemory && isShort) checkMaking(planning, facts, mustHoldData);
  // A job that only verifies finds what is there, perhaps from a job before it.
  const isLaidOut = !isMemory && isShort && !job.target.createOnOpen && !job.verify.only;
  const layOut = !isLaidOut ? 'nothing' : mustHoldData ? 'write' : 'allocate';
  // What fills a file system takes its space by writing; the file only has to be there.
  const layOutToBytes = job.target.fillDevice && !mustHoldData ? 0 : endBytes;
  return {
    path: facts.path,
    kind: isMemory ? 'memory' : facts.kind === 'block' ? 'block' : facts.kind === 'missing' ? 'missing' : 'file',
    regionOffsetBytes: offsetBytes,
    regionBytes,
    // A file that is not laid out grows while it is written.
    fileBytes: isMemory ? endBytes : Math.max(facts.sizeBytes, endBytes),
    layOut,
    layOutToBytes: layOut === 'nothing' ? 0 : layOutToBytes,
    alignBytes: job.target.direct || sendsCommands(job) ? (facts.directAlignBytes ?? 1) : 1,
    isOwn: !isMemory && isOwnFile(job, factsFor(planning, facts.path), endBytes),
    isDeleted: false,
    ...(isOpenEnded(job, facts) ? { isOpenEnded: true } : {}),
  };
}

/** Whether a file that is missing or short may be, and can be, as the job needs it. */
function checkMaking({ job, findings }: FilePlanning, facts: TargetFacts, mustHoldData: boolean): void {
  const { allowFileCreate, createOnOpen } = job.target;
  if (facts.kind === 'missing' && !allowFileCreate) {
    findings.usage(
      job,
      `${facts.path} does not exist, and allow_file_create=0 forbids to make it`,
      'make it beforehand, or leave allow_file_create out',
    );
  }
  if (createOnOpen && mustHoldData) {
    findings.usage(
      job,
      `create_on_open=1 makes ${facts.path} empty, and the job needs data in it`,
      engineTraits(job.engine.name).mapsFiles
        ? `leave create_on_open out: ${job.engine.name} needs files of full size`
        : 'leave create_on_open out: the file is then laid out before the start',
    );
  }
}

/** A file in /dev is a mistyped device; only /dev/shm is meant for files. */
function isMistypedDevice({ kind, path, realPath }: TargetFacts): boolean {
  const isDevice = (name: string): boolean => name.startsWith('/dev/') && !name.startsWith('/dev/shm/');
  // The real path of a missing file is its directory's, which a link may have hidden.
  return kind === 'missing' && (isDevice(path) || isDevice(`${realPath}/`));
}

/** `filetype`: a target of another kind is a mistake that is better found now. */
function checkFileType({ job, findings }: FilePlanning, facts: TargetFacts): boolean {
  const { fileType } = job.target;
  if (fileType === 'char' && (facts.commands ?? null) !== null) return true;
  if (fileType === 'char') {
    findings.usage(
      job,
      `${facts.path}: filetype=char, and of character devices only NVMe namespaces are supported`,
      'name one (/dev/ng0n1) with ioengine=io_uring_cmd, or a file or block device without filetype',
    );
    return false;
  }
  const isBlock = facts.kind === 'block';
  if (fileType === null || isBlock === (fileType === 'block')) return true;
  const found = facts.kind === 'missing' ? 'does not exist' : isBlock ? 'is a block device' : 'is no block device';
  findings.usage(job, `${facts.path} ${found}, and filetype=${fileType}`, 'check the name, or leave filetype out');
  return false;
}

/** True when the target is something we can run on. */
function checkKind(planning: FilePlanning, facts: TargetFacts): boolean {
  const { job, findings } = planning;
  if (!checkFileType(planning, facts)) return false;
  if (facts.kind === 'directory' || facts.kind === 'other') {
    findings.usage(
      job,
      `${facts.path} is ${facts.kind === 'directory' ? 'a directory' : 'neither a regular file nor a block device'}`,
      facts.kind === 'directory' ? `write directory=${facts.path} to put files there` : 'name a file or a block device',
    );
    return false;
  }
  if (isMistypedDevice(facts)) {
    findings.usage(job, `there is no device ${facts.path}`, 'check the name (lsblk); files are not created below /dev');
    return false;
  }
  if (facts.kind === 'block' && engineTraits(job.engine.name).changesSpace) {
    const message = `${facts.path} is a block device: ${job.engine.name} changes the space of regular files`;
    findings.usage(job, message, 'name a file, or a directory to put files in');
    return false;
  }
  if (!checkCommandTarget(job, facts, Math.max(...blockBytesUsed(job)), findings)) return false;
  // Of emulated zones a trim sets back the write pointer, and nothing else.
  const trimsFiles = engineTraits(job.engine.name).changesSpace || usesZones(job);
  if (
    facts.kind !== 'block' &&
    !trimsFiles &&
    (directionsOf(job.workload).includes('trim') || job.verify.trimPercent > 0)
  ) {
    findings.usage(job, `${facts.path} is a file: trim needs a block device`, 'name a block device with filename=');
    return false;
  }
  if (facts.readOnly && overwrites(job)) {
    const advice = destroysData(job)
      ? 'use rw=read or another target'
      : 'leave precondition out, or use another target';
    findings.machine(job, `${facts.path} cannot be written: it is read-only`, advice);
    return false;
  }
  return true;
}

function checkRoom(
  { job, findings }: FilePlanning,
  facts: TargetFacts,
  offsetBytes: number,
  regionBytes: number,
): void {
  const endBytes = offsetBytes + regionBytes;
  if (facts.kind === 'block' && endBytes > facts.sizeBytes) {
    findings.usage(
      job,
      `${facts.path} has ${facts.sizeBytes} bytes, but the job goes up to ${endBytes}`,
      `reduce size or offset; offset ${offsetBytes} leaves ${Math.max(0, facts.sizeBytes - offsetBytes)} bytes`,
    );
  }
  const free = facts.fileSystem?.freeBytes ?? Number.POSITIVE_INFINITY;
  const wanted = endBytes - facts.allocatedBytes;
  // Writing to a mapped hole without room for it is a SIGBUS, which no process survives.
  const mapsHoles = engineTraits(job.engine.name).mapsFiles && destroysData(job);
  const isFilled = job.target.fillDevice && !readsData(job) && !job.target.overwrite && !mapsHoles;
  if (facts.kind !== 'block' && !isFilled && (facts.sizeBytes < endBytes || mapsHoles) && wanted > free) {
    findings.machine(
      job,
      `${facts.path} needs ${wanted} bytes more, and its file system has ${free} free`,
      'reduce size or numjobs, or choose another directory',
    );
  }
  if (facts.kind === 'file' && readsData(job) && facts.allocatedBytes < Math.min(facts.sizeBytes, endBytes) * 0.9) {
    findings.warn(
      job,
      'sparse-file',
      `${facts.path} is sparse: ${facts.allocatedBytes} of ${facts.sizeBytes} bytes are on disk, and reading the rest does no I/O`,
      'delete it to have it laid out anew, or write it once with rw=write',
    );
  }
}

function warnOfMemory({ job, findings }: FilePlanning, facts: TargetFacts): void {
  const type = facts.fileSystem?.type;
  if (type !== 'tmpfs' && type !== 'ramfs') return;
  findings.warn(
    job,
    'memory-file-system',
    `${facts.path} is on ${type}: it is memory that is measured, not a disk`,
    'choose a directory on a disk with directory=',
  );
}

export function refuseDirect({ job, findings }: Pick<FilePlanning, 'job' | 'findings'>, facts: TargetFacts): void {
  findings.machine(
    job,
    `${facts.path}: ${facts.fileSystem?.type ?? 'its driver'} refuses O_DIRECT`,
    'use direct=0, or a target on a file system that has direct I/O',
  );
}

function checkAlignment({ job, findings }: FilePlanning, facts: TargetFacts, offsetBytes: number): void {
  const align = facts.directAlignBytes;
  if (align === null) {
    refuseDirect({ job, findings }, facts);
    return;
  }
  checkOrderAlignment(job, facts.path, align, findings);
  if (offsetBytes % align !== 0) {
    findings.usage(
      job,
      `${facts.path}: direct I/O needs multiples of ${align} bytes, and the offset is ${offsetBytes}`,
      `use offset=${Math.floor(offsetBytes / align) * align}, or direct=0`,
    );
  }
  if (job.engine.bufferAlignBytes > 0 && job.engine.bufferAlignBytes % align !== 0) {
    findings.usage(
      job,
      `direct I/O needs buffers aligned to ${align} bytes, and iomem_align is ${job.engine.bufferAlignBytes}`,
      `use iomem_align=${align}, or leave it out: buffers are page-aligned`,
    );
  }
}
