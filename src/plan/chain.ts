/** Whether engine and target can do a job's chain, found out before the start. Pure. */

import { type ChainOperation, chainSteps, isChain } from '../job/chain.js';
import { engineTraits } from '../job/engine-traits.js';
import { fileOperationOf } from '../job/file-engines.js';
import type { EngineName, Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';
import { isNetworkEngine } from './network.js';

/** io_uring refuses more submission entries (IORING_MAX_ENTRIES), and libaio's contexts are as scarce. */
const requestCountMax = 32768;

/** Where an engine has only some elements: those, and why not the others. */
const possible: Partial<Record<EngineName, { readonly operations: readonly ChainOperation[]; readonly why: string }>> =
  {
    libaio: {
      operations: ['read', 'write', 'fsync', 'fdatasync'],
      why: 'kernel AIO has reads, writes, fsync (IOCB_CMD_FSYNC) and fdatasync (IOCB_CMD_FDSYNC) only',
    },
    mmap: {
      operations: ['read', 'write', 'fsync', 'fdatasync', 'sync_file_range', 'fallocate', 'statx', 'nop'],
      why: 'the file stays mapped, whatever is opened or deleted',
    },
  };

/** Requests in flight per I/O: 1 without a chain. */
export function requestsPerIo({ engine }: Pick<Job, 'engine'>): number {
  return Math.max(1, chainSteps(engine.chain).length);
}

/** @param depth chains in flight, as granted */
export function checkChain(job: Job, facts: readonly TargetFacts[], depth: number, findings: Findings): void {
  const { engine } = job;
  if (!isChain(engine.chain)) return;
  const does = fileOperationOf(engine.name) !== null ? 'operates on files' : 'sends and receives';
  if (fileOperationOf(engine.name) !== null || isNetworkEngine(engine.name)) {
    const message = `${engine.name} ${does}, and a chain (chain=) is made of other requests`;
    findings.usage(job, message, 'leave chain out, or use --engine io_uring or --engine psync');
    return;
  }
  const used = [...new Set(engine.chain.elements.map(({ operation }) => operation))];
  const engineCan = possible[engine.name];
  for (const operation of used) {
    if (engineCan !== undefined && !engineCan.operations.includes(operation)) {
      const message = `${engine.name} has no ${operation} in a chain (chain=): ${engineCan.why}`;
      findings.usage(job, message, `leave ${operation} out, or use --engine io_uring or --engine psync`);
    }
    if (engine.iopoll && operation !== 'read' && operation !== 'write') {
      const message = `a polled ring (hipri) takes reads and writes only, no ${operation} of a chain`;
      findings.usage(job, message, `drop hipri / +iopoll, or leave ${operation} out of the chain`);
    }
  }
  const requestCount = depth * requestsPerIo(job);
  if (engineTraits(engine.name).asynchronous && requestCount > requestCountMax) {
    const message = `${depth} chains of ${requestsPerIo(job)} requests are ${requestCount} requests, and ${engine.name} takes ${requestCountMax}`;
    findings.usage(job, message, `lower iodepth to ${Math.floor(requestCountMax / requestsPerIo(job))}`);
  }
  const ofFiles = used.filter((operation) => operation === 'fallocate' || operation === 'unlinkat');
  for (const { path, kind } of facts) {
    if (kind !== 'block' || ofFiles.length === 0) continue;
    findings.usage(job, `${ofFiles[0]} of a chain needs a file, and ${path} is a block device`, 'name a file');
  }
  if (engine.name === 'io_uring' && engine.chain.mode === 'drain' && depth > 1) {
    findings.warn(
      job,
      'drained-chains',
      `drained requests wait for all that were submitted before them, those of the other ${depth - 1} chains too: iodepth=${depth} gains little`,
      'use chain_mode=link, or iodepth=1',
    );
  }
}
