/** What a chain needs of the other options, and what it excludes. Everything that depends on the engine is in the plan. */

import { type ChainOperation, isChain } from '../chain.js';
import { createDraft, type JobDraft } from '../draft.js';
import type { Findings } from './findings.js';

export function checkChain(draft: JobDraft, findings: Findings): void {
  if (!isChain(draft.engine.chain)) {
    draft.engine.chain = createDraft().engine.chain;
    for (const option of ['chain_mode', 'chain_timing']) {
      if (findings.isGiven(option)) findings.warn('no-chain', `${option} has no effect without chain`, 'set chain');
    }
    return;
  }
  checkDirections(draft, findings);
  checkOpening(draft, findings);
  checkAmount(draft, findings);
  for (const [option, isSet, instead] of exclusions(draft)) {
    if (isSet) findings.refuse(option, 'a chain does not go with it', instead);
  }
}

const changing: readonly ChainOperation[] = ['write', 'fallocate', 'unlinkat'];

function checkDirections({ engine, workload }: JobDraft, { refuse }: Findings): void {
  const used = engine.chain.elements.map(({ operation }) => operation);
  const { directions, random } = workload;
  const rw = (name: string) => `write rw=${random ? 'rand' : ''}${name}`;
  if (directions === 'trim' || directions === 'trimwrite') {
    refuse('chain', `no element of a chain trims, and rw=${directions} does`, `${rw('write')} or ${rw('read')}`);
    return;
  }
  const reads = used.includes('read');
  const writes = used.some((operation) => changing.includes(operation));
  const change = used.find((operation) => changing.includes(operation));
  if (reads && directions === 'write') {
    refuse('chain', 'it reads, and rw=write does not', writes ? rw('rw') : rw('read'));
  } else if (writes && directions === 'read') {
    refuse('chain', `it has ${change}, and rw=read changes nothing`, reads ? rw('rw') : rw('write'));
  } else if (directions === 'readwrite' && (reads || writes) && !(reads && used.includes('write'))) {
    refuse('chain', `rw=rw reads and writes, and the chain does not do both`, writes ? rw('write') : rw('read'));
  }
}

/** openat and close come in pairs; what is unlinked was opened before. */
function checkOpening({ engine, target }: JobDraft, { refuse }: Findings): void {
  const { elements } = engine.chain;
  let isOpen = false;
  let wasOpened = false;
  for (const { operation, count } of elements) {
    if (operation === 'openat') {
      if (isOpen || count > 1) refuse('chain', 'openat opens one file at a time', 'close it first: openat,read,close');
      isOpen = true;
      wasOpened = true;
    } else if (operation === 'close') {
      if (!isOpen || count > 1) refuse('chain', 'close closes what openat opened, once', 'write openat before it');
      isOpen = false;
    } else if (operation === 'unlinkat' && (!wasOpened || count > 1)) {
      refuse('chain', 'unlinkat deletes the file that openat made, once', 'write openat before it');
    }
  }
  if (isOpen) refuse('chain', 'openat leaves a file open', 'end the chain with close');
  const paths: readonly ChainOperation[] = ['openat', 'statx', 'unlinkat'];
  const byPath = elements.find(({ operation }) => paths.includes(operation));
  const isOneFile = (target.filenames?.length ?? target.fileCount) === 1 && target.openDirectory === null;
  if (byPath !== undefined && !isOneFile) {
    refuse('chain', `${byPath.operation} works with one file for each job`, 'give the job one file');
  }
}

function checkAmount({ engine, workload, schedule }: JobDraft, { refuse }: Findings): void {
  const moves = engine.chain.elements.some(({ operation }) => operation === 'read' || operation === 'write');
  const ends = workload.ioCountMax !== null || (schedule.timeBased && schedule.runtimeMs !== null);
  if (moves || ends) return;
  const message = 'a chain that moves no data would never come to an end';
  refuse('chain', message, 'set number_ios, or runtime with time_based');
}

function exclusions(draft: JobDraft): readonly (readonly [option: string, isSet: boolean, instead: string])[] {
  const { workload, engine, target, replay, logs } = draft;
  const inChain = 'write the sync into the chain: chain=write,fdatasync';
  return [
    ['fsync', workload.fsyncEvery > 0, inChain],
    ['fdatasync', workload.fdatasyncEvery > 0, inChain],
    ['sync_file_range', workload.syncRange !== null, 'write it into the chain: chain=write,sync_file_range'],
    ['serialize_overlap', workload.serializesOverlap, 'leave it out'],
    ['lockfile', target.lockFile !== 'none', 'leave it out'],
    ['read_iolog', replay.iologs !== null, 'leave one of them out'],
    ['write_iolog', logs.iolog !== null, 'leave it out: write_lat_log and its kin have one entry for each chain'],
    ['cmdprio', engine.commandPriority !== null, 'leave the cmdprio options out, or set prioclass and prio'],
    ['iodepth_batch_complete_max', engine.batchCompleteMax !== null, 'leave it out'],
    ['nonvectored', engine.nonvectored === false, 'leave it out, or write nonvectored=1'],
    ['nop', engine.nop, 'write chain=nop:8'],
  ];
}
