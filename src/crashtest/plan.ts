/** From a job file to writers whose promises can be checked: what is refused, and what each of them promises. */

import type { JobFlags } from '../cli/flags.js';
import { type JobFile, parseJobs, planJobs } from '../cli/job-input.js';
import { sizesUsed } from '../job/block-sizes.js';
import { chainSteps, chainText, isChain } from '../job/chain.js';
import { engineTraits } from '../job/engine-traits.js';
import type { Override } from '../job/expand.js';
import { fileOperationOf } from '../job/file-engines.js';
import type { Job } from '../job/job.js';
import { blockBytesUsed, destroysData } from '../plan/files.js';
import type { Plan, PlannedWorker } from '../plan/types.js';
import { type Problem, UserError } from '../support/errors.js';
import { quote } from '../support/quote.js';
import { sectorBytes } from './sector.js';

/** One clone of a job that writes: what of it can be read back. Plain data; it stands in the state. */
export interface CrashJob {
  readonly name: string;
  readonly workerIndex: number;
  /** What makes promises: `fsync=1`; null = nothing does, and its writes are not checked. */
  readonly promise: string | null;
  /** Of which all its offsets and lengths are multiples: at most `unitBytesMax`. */
  readonly unitBytes: number;
  readonly files: readonly CrashFile[];
}

interface CrashFile {
  readonly path: string;
  readonly regionOffsetBytes: number;
  readonly regionBytes: number;
}

/** What is read back at once holds at least one. */
export const unitBytesMax = 1 << 20;
/** Records have a byte for the job, and two for the file. */
const jobsMax = 256;
const filesMax = 65_536;

/** What writers are told besides, whatever the job file says: each sector has a header and a checksum of its own. */
const blocks: readonly (readonly [key: string, value: string])[] = [
  ['verify', 'crc32c'],
  ['verify_interval', String(sectorBytes)],
  ['verify_offset', '0'],
  ['verify_header_version', 'fio-3.41'],
  ['do_verify', '0'],
  ['verify_only', '0'],
  ['verify_backlog', '0'],
  ['verify_state_load', '0'],
  ['verify_state_save', '0'],
];
/** A job that is killed goes on until then. */
const untilKilled: readonly (readonly [key: string, value: string])[] = [
  ['time_based', '1'],
  ['runtime', '24h'],
];

/**
 * The plan of the writers. Throws `UserError` with everything that keeps promises from being made or checked.
 * @param isKilled they go on until they are killed
 */
export function planWriters(file: JobFile, flags: JobFlags, isKilled: boolean): { plan: Plan; jobs: CrashJob[] } {
  const asked = parseJobs(file, flags);
  const problems = asked.jobSet.jobs.flatMap(problemsOf);
  const writers = asked.jobSet.jobs.filter(destroysData);
  if (problems.length === 0 && writers.every((job) => promiseOf(job) === null)) {
    const named = writers.map(({ name }) => quote(name)).join(', ');
    const message = writers.length === 0 ? 'no job writes' : `no sync follows the writes of ${named}`;
    const advice =
      'set fsync=1 or fdatasync=1 (a sync after each write), sync=dsync, or chain=write,fdatasync; sync_file_range and end_fsync alone promise nothing that could be cut';
    problems.push({ place: null, message: `this job promises nothing: ${message}`, advice });
  }
  if (problems.length > 0) throw new UserError(problems);
  const changes: Override[] = [...blocks, ...(isKilled ? untilKilled : [])].map(([key, value]) => {
    return { key, value, label: 'crashtest' };
  });
  const plan = planJobs([{ name: null, ...parseJobs(file, flags, changes) }], flags);
  const jobs = crashJobs(plan);
  refuseTogether(plan, jobs);
  return { plan, jobs };
}

/** Of a job that makes promises, by what; null for others. */
function promiseOf({ engine, workload, target }: Job): string | null {
  if (isChain(engine.chain)) {
    const steps = chainSteps(engine.chain);
    const write = steps.findIndex(({ operation }) => operation === 'write');
    const isSynced = steps.some(
      ({ operation }, at) => write >= 0 && at > write && (operation === 'fsync' || operation === 'fdatasync'),
    );
    const order = engineTraits(engine.name).ring ? engine.chain.mode : 'calls';
    if (isSynced) return `chain=${chainText(engine.chain.elements)} by ${order}`;
  } else {
    if (workload.fsyncEvery > 0) return `fsync=${workload.fsyncEvery}`;
    if (workload.fdatasyncEvery > 0) return `fdatasync=${workload.fdatasyncEvery}`;
  }
  return target.sync === 'none' ? null : `sync=${target.sync}`;
}

function problemsOf(job: Job): Problem[] {
  if (!destroysData(job)) return [];
  const reason = refusalOf(job);
  if (reason === null) return [];
  return [{ place: null, message: `job ${quote(job.name)}: ${reason.what}`, advice: reason.advice }];
}

/** Why what the job writes could not be checked after a crash. */
function refusalOf(job: Job): { readonly what: string; readonly advice: string } | null {
  const { engine, workload, target, replay, verify } = job;
  const traits = engineTraits(engine.name);
  const other = 'use an engine that reads and writes, as io_uring or psync';
  if (fileOperationOf(engine.name) !== null || traits.network || !traits.touchesFiles || engine.nop) {
    return { what: `${engine.name} writes nothing that could be read back`, advice: other };
  }
  if (traits.commands) {
    const what = `${engine.name} writes through a character device, which cannot be read back past it`;
    return { what, advice: 'use ioengine=io_uring on the block device, /dev/nvme0n1 for /dev/ng0n1' };
  }
  if (traits.mapsFiles) {
    const what = `${engine.name} writes by storing into memory, which a kill can cut in the middle of a sector`;
    return { what, advice: other };
  }
  if (workload.directions === 'trim' || workload.directions === 'trimwrite' || verify.trimPercent > 0) {
    return { what: 'what is trimmed may read as anything', advice: 'use rw=write, randwrite, rw or randrw' };
  }
  if (workload.order.zoneMode === 'zbd') {
    return { what: 'zones are reset, and what was promised in them is gone', advice: 'leave out zonemode=zbd' };
  }
  if (replay.iologs !== null) return { what: 'a recording says nothing of syncs', advice: 'leave out read_iolog' };
  if (target.unlink || target.unlinkEachLoop) {
    return { what: 'its files are deleted, and must be read back', advice: 'leave out unlink and unlink_each_loop' };
  }
  if (target.fileAppend) {
    return { what: 'file_append begins elsewhere each time', advice: 'leave out file_append, and set size' };
  }
  if (isChain(engine.chain) && chainSteps(engine.chain).some(({ operation }) => operation === 'unlinkat')) {
    return { what: 'its chain deletes what it wrote', advice: 'leave unlinkat out of the chain' };
  }
  const odd = unitsOf(job).find((bytes) => bytes % sectorBytes !== 0);
  if (odd === undefined) return null;
  const what = `blocks of ${odd} bytes are no whole sectors: each sector has a header of its own`;
  return { what, advice: `use bs and blockalign that are multiples of ${sectorBytes}` };
}

/** Sizes and alignments, so far as they are known without a plan. */
function unitsOf({ workload }: Job): number[] {
  const align = workload.sizes.alignBytes.write;
  return [...sizesUsed(workload), ...(align === null ? [] : [align]), ...(workload.sizes.unaligned ? [1] : [])];
}

function crashJobs({ steps }: Plan): CrashJob[] {
  return steps
    .flatMap(({ workers }) => workers)
    .filter(({ job }) => destroysData(job))
    .map((worker) => ({
      name: worker.job.name,
      workerIndex: worker.workerIndex,
      promise: promiseOf(worker.job),
      unitBytes: unitOf(worker),
      files: worker.files.map(({ path, regionOffsetBytes, regionBytes }) => ({ path, regionOffsetBytes, regionBytes })),
    }));
}

function unitOf({ job, files }: PlannedWorker): number {
  const offsets = files.map(({ regionOffsetBytes }) => regionOffsetBytes);
  return [...blockBytesUsed(job), ...unitsOf(job), ...offsets].reduce(commonDivisor, unitBytesMax);
}

function commonDivisor(left: number, right: number): number {
  return right === 0 ? left : commonDivisor(right, left % right);
}

/** What is wrong with several of them side by side. Throws `UserError`. */
function refuseTogether({ steps, targets }: Plan, jobs: readonly CrashJob[]): void {
  const problems: Problem[] = [];
  const refuse = (message: string, advice: string) => problems.push({ place: null, message, advice });
  if (steps.length > 1) {
    refuse(
      `${steps.length} steps follow one another, and what is cut is one`,
      'leave out stonewall and all but one --engine, or take one job with --section',
    );
  }
  const odd = jobs.find(({ unitBytes }) => unitBytes % sectorBytes !== 0);
  if (odd !== undefined) {
    refuse(
      `job ${quote(odd.name)} begins in the middle of a sector`,
      `use an offset that is a multiple of ${sectorBytes}`,
    );
  }
  if (jobs.length > jobsMax || jobs.some(({ workerIndex }) => workerIndex >= jobsMax)) {
    refuse(`${jobs.length} jobs are too many`, `use at most ${jobsMax} (numjobs)`);
  }
  if (jobs.some(({ files }) => files.length > filesMax)) {
    refuse('a job has too many files', `use at most ${filesMax} (nrfiles)`);
  }
  const realPaths = new Map(targets.map(({ path, realPath, kind }) => [path, kind === 'missing' ? path : realPath]));
  const places = jobs.flatMap(({ name, files }) =>
    files.map((file) => ({ name, ...file, path: realPaths.get(file.path) ?? file.path })),
  );
  places.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.regionOffsetBytes - b.regionOffsetBytes));
  const shared = places.find((place, index) => {
    const before = places[index - 1];
    return before?.path === place.path && before.regionOffsetBytes + before.regionBytes > place.regionOffsetBytes;
  });
  if (shared !== undefined) {
    refuse(
      `two jobs write to the same part of ${shared.path} (${quote(shared.name)}): whose data must be there could not be told`,
      'give each a file of its own, or a part of it (offset_increment with size)',
    );
  }
  if (problems.length > 0) throw new UserError(problems);
}
