/** Settles what depends on several options of verification, and refuses what could not be written or checked. */
import { sizesUsed } from '../block-sizes.js';
import { isChain } from '../chain.js';
import type { JobDraft } from '../draft.js';
import { engineTraits } from '../engine-traits.js';
import { fileOperationOf } from '../file-engines.js';
import { hasHeader, headerAndChecksumBytes } from '../verify.js';
import type { Findings } from './findings.js';

export function settleVerify(draft: JobDraft, findings: Findings): void {
  const { verify } = draft;
  if (verify.kind === 'none') {
    // What has no effect is dropped, so that the job says what is done.
    verify.only = false;
    verify.trimPercent = 0;
    return;
  }
  // As in fio: a job that only reads has nothing to leave out.
  if (draft.workload.directions === 'read') verify.only = false;
  settleInterval(draft, findings);
  checkTrims(draft, findings);
  checkPattern(draft, findings);
  checkKind(draft, findings);
  warnOfWhatIsNotChecked(draft, findings);
}

function settleInterval({ verify, workload }: JobDraft, { warn, refuse }: Findings): void {
  if (!hasHeader(verify.kind)) return;
  const sizes = sizesUsed(workload);
  const smallest = Math.min(...sizes);
  const largest = Math.max(...sizes);
  const common = sizes.reduce(commonDivisor);
  const need = headerAndChecksumBytes(verify.kind, verify.headerForm);
  if (verify.intervalBytes > smallest) {
    const message = `verify_interval=${verify.intervalBytes} is above the smallest block, ${smallest}: a header each ${common} bytes, as in fio`;
    warn('verify-interval-above-block', message, `write verify_interval=${common}`);
    verify.intervalBytes = common;
  }
  if (verify.intervalBytes === 0 && smallest !== largest) verify.intervalBytes = common;
  const interval = verify.intervalBytes === 0 ? smallest : verify.intervalBytes;
  if (common % interval !== 0) {
    const message = `parts of ${interval} bytes do not divide blocks of ${sizes.find((size) => size % interval !== 0)}`;
    refuse('verify_interval', message, `write a divisor of ${common}`);
    return;
  }
  const { headerOffsetBytes } = verify;
  if (headerOffsetBytes > 0 && headerOffsetBytes < need) {
    const message = `header and checksum of ${verify.kind} take ${need} bytes, and would lie over themselves at ${headerOffsetBytes}`;
    refuse('verify_offset', message, `write verify_offset=${need} or more`);
  } else if (headerOffsetBytes + need > interval) {
    const at = headerOffsetBytes === 0 ? '' : `, and verify_offset=${headerOffsetBytes}`;
    const message = `header and checksum of ${verify.kind} take ${need} bytes${at}: a part of ${interval} bytes cannot hold them`;
    const option = headerOffsetBytes > 0 ? 'verify_offset' : 'verify';
    refuse(option, message, `use bs (or verify_interval) of at least ${headerOffsetBytes + need}`);
  }
}

function commonDivisor(left: number, right: number): number {
  return right === 0 ? left : commonDivisor(right, left % right);
}

function checkPattern({ verify }: JobDraft, { refuse, warn }: Findings): void {
  const { kind, pattern } = verify;
  if ((kind === 'pattern' || kind === 'pattern_hdr') && pattern === null) {
    refuse('verify', `verify=${kind} needs a pattern`, 'set verify_pattern=0xdeadbeef, for example');
  }
  if (pattern !== null && (kind === 'salt' || kind === 'null')) {
    warn('verify-option-without-effect', `verify_pattern has no effect beside verify=${kind}`, 'leave it out');
    verify.pattern = null;
  }
  if (verify.patternIntervalBytes > 0 && verify.pattern === null) {
    warn(
      'verify-option-without-effect',
      'verify_pattern_interval has no effect without verify_pattern',
      'leave it out',
    );
  }
}

function checkKind({ verify, workload, engine, replay, schedule }: JobDraft, { refuse }: Findings): void {
  const { network, changesSpace, besideIo } = engineTraits(engine.name);
  if (fileOperationOf(engine.name) !== null || network || changesSpace || besideIo) {
    const message = `${engine.name} moves no data to a place from which it could be read back`;
    refuse('verify', message, 'use an engine that reads and writes, as io_uring, or leave out verify');
  }
  if (isChain(engine.chain) && (verify.reads || verify.only || verify.backlogCount > 0)) {
    const advice = 'set do_verify=0 to write blocks that a job with rw=read can check, or leave out chain, or verify';
    refuse('verify', 'chains are not read back', advice);
  }
  if (replay.iologs !== null) {
    const why = 'the blocks of a recording have sizes of their own, and are not verified';
    refuse('verify', why, 'leave out read_iolog, or verify');
  }
  if (verify.only && schedule.timeBased) {
    refuse('verify_only', 'a job that ends with its time does not say what it had written', 'leave out time_based');
  }
  if (verify.only && workload.directions === 'trim') {
    refuse('verify_only', 'a job that trims writes nothing that could be verified', 'use rw=write or rw=read');
  }
}

function checkTrims({ verify, workload }: JobDraft, { refuse, warn }: Findings): void {
  if (verify.trimPercent === 0) return;
  const writes = workload.directions === 'write' || workload.directions === 'readwrite';
  if (!writes || verify.only) {
    warn('verify-option-without-effect', 'trim_percentage has no effect where nothing is written', 'leave it out');
    verify.trimPercent = 0;
  } else if (verify.trimBacklogCount === 0) {
    refuse('trim_percentage', 'it is not said when to trim', 'set trim_backlog=16, for example');
  }
}

function warnOfWhatIsNotChecked({ verify, schedule, workload, engine }: JobDraft, { warn, isGiven }: Findings): void {
  const writes = workload.directions !== 'read' && workload.directions !== 'trim';
  if (!engineTraits(engine.name).touchesFiles || engine.nop) {
    warn('verify-moves-no-data', `${engine.name} moves no data: nothing is verified, as in fio`, 'use another engine');
  }
  if (writes && verify.reads && !verify.only && schedule.timeBased && verify.backlogCount === 0) {
    const message = 'the time is over when all is written, and nothing is verified, as in fio';
    warn('verify-after-time', message, 'set verify_backlog, or leave out time_based');
  }
  if (verify.asyncThreadCount > 0) {
    const message = 'verify_async: each job verifies its blocks on its own thread, with the same results';
    warn('verify-async', message, 'use numjobs for more threads');
  } else if (isGiven('verify_async_cpus') && verify.asyncCpus !== null) {
    warn('verify-option-without-effect', 'verify_async_cpus has no effect without verify_async', 'leave it out');
  }
}
