/** Settles what depends on several options of a job, as fio does after parsing, but saying so. */
import type { JobDraft } from '../draft.js';
import type { Job } from '../job.js';
import type { Amount } from '../value-type.js';
import { checkChain } from './chain.js';
import { endingProblems, hopelessSteadyState, preconditionProblems, settledErrors, settleRounds } from './endings.js';
import type { Findings } from './findings.js';
import { settleOrder } from './order.js';
import { settlePacing } from './pacing.js';
import { checkPayload, settlePayload } from './payload.js';
import { checkCommandPriority } from './priority.js';
import { settleVerify } from './verify.js';

export function settleJob(draft: JobDraft, cpuCount: number, findings: Findings): void {
  settleBatches(draft, findings);
  settleRounds(draft, findings.isGiven);
  settleOrder(draft, findings);
  settleVerify(draft, findings);
  settleEngine(draft, cpuCount, findings);
  checkShare('size', draft.target.size, findings);
  checkShare('io_size', draft.workload.ioSize, findings);
  checkPayload(draft, findings);
  checkCommandPriority(draft, findings);
  checkChain(draft, findings);
  settlePacing(draft, findings);
  for (const { option, message, advice } of [...endingProblems(draft), ...preconditionProblems(draft)]) {
    findings.refuse(option, message, advice);
  }
  const hopeless = hopelessSteadyState(draft);
  if (hopeless !== null) findings.warn('steady-state-hopeless', hopeless.message, hopeless.advice);
}

function settleBatches({ engine }: JobDraft, { warn }: Findings): void {
  const { depth } = engine;
  const limit = (option: string, value: number | null): number | null => {
    if (value === null || value <= depth) return value;
    warn('batch-above-depth', `${option}=${value} is above iodepth=${depth}; ${depth} is used`, null);
    return depth;
  };
  engine.batchSubmit = engine.batchSubmit === 0 ? depth : limit('iodepth_batch', engine.batchSubmit);
  engine.batchCompleteMin = limit('iodepth_batch_complete_min', engine.batchCompleteMin)!;
  engine.batchCompleteMax = limit('iodepth_batch_complete_max', engine.batchCompleteMax);
  engine.depthLow = limit('iodepth_low', engine.depthLow);
  if (engine.batchCompleteMax !== null && engine.batchCompleteMin > engine.batchCompleteMax) {
    const message =
      `iodepth_batch_complete_min=${engine.batchCompleteMin} is above ` +
      `iodepth_batch_complete_max=${engine.batchCompleteMax}; the minimum is used for both, as in fio`;
    warn('batch-min-above-max', message, 'raise the maximum');
    engine.batchCompleteMax = engine.batchCompleteMin;
  }
}

function settleEngine({ engine }: JobDraft, cpuCount: number, { refuse, warn }: Findings): void {
  if (engine.sqpollCpu !== null && !engine.sqpoll) {
    engine.sqpollCpu = null;
    const message = 'sqthread_poll_cpu has no effect without sqthread_poll';
    warn('sqpoll-cpu-without-sqpoll', message, 'set sqthread_poll=1');
  }
  if (engine.sqpollCpu !== null && engine.sqpollCpu >= cpuCount) {
    const advice = `this machine has the CPUs 0 to ${cpuCount - 1}`;
    refuse('sqthread_poll_cpu', `there is no CPU ${engine.sqpollCpu}`, advice);
  }
  const align = engine.bufferAlignBytes;
  if (align !== null && !Number.isInteger(Math.log2(align))) {
    refuse('iomem_align', `${align} is not a power of two`, 'write 4096, for example');
  }
}

function checkShare(option: string, value: Amount | null, { refuse }: Findings): void {
  if (value === null || !('percent' in value) || value.percent > 0) return;
  refuse(option, '0% of a file is nothing', 'write more than 0%, or leave it out');
}

/** Fills in what was left open until all options were known. */
export function finishJob(
  { newGroup: _, seedGiven, ...draft }: JobDraft,
  pageBytes: number,
): Omit<Job, 'source' | 'typedOptions' | 'groupIndex' | 'cloneIndex'> {
  const { measure, engine, workload } = draft;
  // A log of latencies has a file of submissions, which stays empty unless they are measured.
  const submission = measure.submission ?? (measure.submissionPercentiles || draft.logs.latency !== null);
  return {
    ...draft,
    workload: {
      ...workload,
      ...settlePayload(draft),
      order: { ...workload.order, zoneMode: workload.order.zoneMode ?? 'none' },
      randomRepeat: workload.randomRepeat || seedGiven,
    },
    engine: {
      ...engine,
      depthLow: engine.depthLow ?? engine.depth,
      bufferAlignBytes: engine.bufferAlignBytes ?? pageBytes,
    },
    errors: settledErrors(draft),
    measure: {
      ...measure,
      submission,
      completionPercentiles: measure.completionPercentiles && measure.completion,
      totalPercentiles: measure.totalPercentiles && measure.total,
      submissionPercentiles: measure.submissionPercentiles && submission,
    },
  };
}
