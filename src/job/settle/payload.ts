/** How the options of what is written imply and exclude each other: fio's rules, said aloud where an option loses. */
import type { JobDraft } from '../draft.js';
import type { WorkloadOptions } from '../job.js';
import type { Findings } from './findings.js';

export function checkPayload(draft: JobDraft, findings: Findings): void {
  const { payload } = draft;
  if (draft.workload.directions === 'read') return;
  const withoutEffect = (option: string, why: string) =>
    findings.warn('payload-without-effect', `${option} has no effect beside ${why}, as in fio`, `leave ${option} out`);
  if (payload.dedupePercent > 0) {
    if (payload.compressPercent === 100) withoutEffect('buffer_compress_percentage=100', 'dedupe_percentage');
    if (payload.pattern !== null && payload.compressPercent % 100 === 0) {
      withoutEffect('buffer_pattern', 'dedupe_percentage');
    }
  }
  if (draft.workload.zeroBuffers && findings.isGiven('zero_buffers')) {
    if (payload.dedupePercent > 0) withoutEffect('zero_buffers', 'dedupe_percentage');
    else if (payload.compressPercent % 100 !== 0) withoutEffect('zero_buffers', 'buffer_compress_percentage');
    else if (payload.pattern !== null) withoutEffect('zero_buffers', 'buffer_pattern');
  }
  checkDedupe(draft, findings);
}

function checkDedupe(draft: JobDraft, findings: Findings): void {
  const { payload, target } = draft;
  const { dedupePercent, dedupeWorkingSetPercent } = payload;
  if (dedupePercent === 0) return;
  if (payload.dedupeMode === 'repeat') {
    for (const option of ['dedupe_global', 'dedupe_working_set_percentage']) {
      if (!findings.isGiven(option)) continue;
      const message = `${option} has no effect without dedupe_mode=working_set`;
      findings.warn('payload-without-effect', message, 'set dedupe_mode=working_set');
    }
    return;
  }
  if (target.size === null) {
    findings.refuse('dedupe_mode', 'the working set is a share of the size', 'set size');
  }
  if ((target.filenames?.length ?? target.fileCount) !== 1) {
    findings.refuse('dedupe_mode', 'working_set works with one file for each job', 'give the job one file');
  }
  if (dedupePercent + dedupeWorkingSetPercent > 100) {
    const message = `${dedupePercent} % of duplicates and a working set of ${dedupeWorkingSetPercent} % exceed 100 %`;
    findings.refuse(
      'dedupe_percentage',
      message,
      `lower one of them: dedupe_percentage=${100 - dedupeWorkingSetPercent}`,
    );
  } else if (dedupeWorkingSetPercent === 0 && dedupePercent < 100) {
    findings.refuse('dedupe_working_set_percentage', 'there is nothing in the working set', 'write at least 1');
  }
}

/** What is done to the buffers, all options considered. */
export function settlePayload({
  workload,
  payload,
}: Pick<JobDraft, 'workload' | 'payload'>): Pick<WorkloadOptions, 'refillBuffers' | 'zeroBuffers' | 'scrambleBuffers'> {
  const { compressPercent, dedupePercent } = payload;
  const isMixed = dedupePercent > 0 || compressPercent % 100 !== 0;
  // Reads leave their data in the buffers, and what follows must be the pattern again.
  const isSpoiled = payload.pattern !== null && workload.directions === 'readwrite';
  const isConstant = workload.zeroBuffers || payload.pattern !== null || compressPercent === 100;
  return {
    refillBuffers: workload.refillBuffers ?? (isMixed || isSpoiled),
    zeroBuffers: workload.zeroBuffers || compressPercent === 100,
    scrambleBuffers: isMixed || compressPercent === 100 ? false : (workload.scrambleBuffers ?? !isConstant),
  };
}
