/** Whether what runs together fits into this process: memory, addresses, threads, descriptors. */
import { directionsOf, meanBlockBytes } from '../job/block-sizes.js';
import { engineTraits } from '../job/engine-traits.js';
import { pageBytes, roundUp } from '../system/memory.js';
import { randomMapBytes } from '../workload/block-sources.js';
import { writeHistoryBytes } from '../workload/verify/write-history.js';
import { requestsPerIo } from './chain.js';
import { blockBytesUsed } from './files.js';
import type { Findings } from './findings.js';
import type { PlannedWorker } from './types.js';

/** What the jobs may still take of this process, with what it holds ready for them; no limit where nothing is given. */
export interface ProcessRoom {
  /** MemAvailable, or what the cgroups leave. */
  readonly memoryAvailableBytes: number;
  /** By RLIMIT_AS. */
  readonly addressSpaceLeftBytes?: number;
  /** By pids.max and RLIMIT_NPROC. */
  readonly threadsLeft?: number;
  /** RLIMIT_NOFILE. */
  readonly openFileLimit?: number;
}

const MiB = 2 ** 20;
/**
 * A thread with its V8, measured (Node 20, x86-64; RSS and address space of 9 jobs less those of 1): 21 MiB with its
 * counts, and 614 MiB of addresses, nearly all of them reserved only.
 */
const threadBytes = 24 * MiB;
const threadAddressBytes = 640 * MiB;
/** Descriptors of a thread's event loop while it loads, and of a ring; then those of the program itself. Measured. */
const threadDescriptors = 8;
const ringDescriptors = 8;
const programDescriptors = 40;
/** The ruler, and the writer of logs. */
const otherThreads = 2;
/** bytes of an entry that waits to be logged (logs/record-ring.ts). */
const logEntryBytes = 64;

export function checkProcessRoom(workers: readonly PlannedWorker[], room: ProcessRoom, findings: Findings): void {
  checkMemory(workers, room.memoryAvailableBytes, findings);
  const count = workers.length;
  const threads = count + otherThreads;
  const threadsLeft = room.threadsLeft ?? Number.POSITIVE_INFINITY;
  if (threads > threadsLeft) {
    findings.machine(
      null,
      `too many threads: ${jobs(count)} take ${threads}, and this process may have ${threadsLeft} more (pids.max of its cgroup, RLIMIT_NPROC)`,
      'raise the limit (pids.max, ulimit -u), or lower numjobs',
    );
  }
  const addressBytes = threads * threadAddressBytes;
  const addressesLeft = room.addressSpaceLeftBytes ?? Number.POSITIVE_INFINITY;
  if (addressBytes > addressesLeft) {
    findings.machine(
      null,
      `too few addresses: ${jobs(count)} reserve about ${mebibytes(addressBytes)}, and this process may have ${mebibytes(addressesLeft)} more (RLIMIT_AS)`,
      'raise the limit (ulimit -v unlimited), or lower numjobs',
    );
  }
  checkDescriptors(workers, room.openFileLimit ?? Number.POSITIVE_INFINITY, findings);
}

/** Each job opens all its files at its start, one by one: whoever runs out of descriptors would only find out then. */
function checkDescriptors(workers: readonly PlannedWorker[], limit: number, findings: Findings): void {
  const sum = (of: (worker: PlannedWorker) => number): number => workers.reduce((total, each) => total + of(each), 0);
  const files = sum((worker) => worker.files.filter(({ kind }) => kind !== 'memory').length);
  const logs = sum((worker) => worker.logs?.files.length ?? 0);
  const others = sum(({ engine }) => threadDescriptors + (engineTraits(engine.name).ring ? ringDescriptors : 0));
  const most = programDescriptors + others + files + logs;
  if (most < limit) return;
  findings.machine(
    null,
    `too many open files: ${jobs(workers.length)} and their ${files} files take about ${most} descriptors, and this process may have ${limit} (RLIMIT_NOFILE)`,
    'raise the limit (ulimit -n), or lower nrfiles or numjobs',
  );
}

function checkMemory(workers: readonly PlannedWorker[], availableBytes: number, findings: Findings): void {
  const wanted = workers.reduce((sum, worker) => sum + threadBytes + ownBytes(worker), 0);
  if (wanted <= availableBytes * 0.8) return;
  findings.machine(
    workers[0]?.job ?? null,
    `too little memory: ${jobs(workers.length)} (threads of 24 MiB, buffers of iodepth × bs, lockmem, logs, random maps of several sizes, and what verify remembers of the writes) would take ${wanted} bytes, and ${availableBytes} bytes of memory are available (MemAvailable, or what the limits of the cgroup leave)`,
    workers.some((worker) => verifyBytes(worker) > 0)
      ? 'set verify_backlog, reduce size, numjobs, iodepth or lockmem, or raise the limit (memory.max)'
      : 'reduce numjobs, iodepth, bs or lockmem, or raise the limit (memory.max)',
  );
}

function ownBytes(worker: PlannedWorker): number {
  const { job, engine, logs } = worker;
  return (
    engine.depth * requestsPerIo(worker) * bufferStrideBytes(worker) +
    job.process.lockedBytes +
    mapBytes(worker) +
    verifyBytes(worker) +
    (logs === null ? 0 : logs.entryCountMin * logEntryBytes)
  );
}

/** Bytes that one slot's buffer takes. */
function bufferStrideBytes({ job }: PlannedWorker): number {
  return roundUp(Math.max(...blockBytesUsed(job)), Math.max(pageBytes, job.engine.bufferAlignBytes));
}

/** Of the random map that several sizes need; a permutation serves where there is one. */
function mapBytes({ job, files }: PlannedWorker): number {
  return job.workload.order.softRandomMap ? 0 : randomMapBytes(job.workload, files);
}

/** I/Os that a job cannot exceed in a second. */
const iosPerSecondMax = 2e6;

/** Of the writes that a job with `verify` has to remember until it reads them back: all of a pass, or those of a backlog. */
function verifyBytes({ job, files, passBytes, ioSizeBytes, ioBytes }: PlannedWorker): number {
  const { verify, workload, schedule } = job;
  if (verify.kind === 'none' || !verify.reads || !directionsOf(workload).includes('write')) return 0;
  if (verify.backlogCount > 0 && !verify.only) return writeHistoryBytes(2 * verify.backlogCount, 0);
  const blockBytes = meanBlockBytes(workload, 'write');
  const placeCount = files.reduce((sum, { regionBytes }) => sum + regionBytes, 0) / blockBytes;
  const bytes = ioBytes === null ? Number.POSITIVE_INFINITY : ioSizeBytes === null ? passBytes : ioBytes;
  const { runtimeMs } = schedule;
  const inTime = runtimeMs === null || verify.only ? Number.POSITIVE_INFINITY : (runtimeMs / 1000) * iosPerSecondMax;
  const writeCount = Math.min(bytes / blockBytes, inTime, workload.ioCountMax ?? Number.POSITIVE_INFINITY);
  return writeHistoryBytes(writeCount, placeCount);
}

function jobs(count: number): string {
  return count === 1 ? 'the job' : `the ${count} jobs that run together`;
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MiB)} MiB`;
}
