/** Options of a ring that mean something only together with others. Pure. */
import type { Job } from '../job/job.js';
import type { Findings } from './findings.js';
import type { PlannedWorker } from './types.js';

export function checkRing(job: Job, findings: Findings): void {
  const { engine } = job;
  if (engine.sqpoll) return;
  const given = [
    ...(engine.sqThreadIdleMs === null ? [] : ['sq_thread_idle']),
    ...(engine.sharesSqThread ? ['sq_thread_share'] : []),
  ];
  for (const option of given) {
    findings.usage(
      job,
      `${option} is about the thread of sqthread_poll, and job "${job.name}" has none`,
      `add sqthread_poll=1, or leave ${option} out`,
    );
  }
}

/** Of workers that start together: what one thread for all of them cannot be. */
export function checkSharedThreads(workers: readonly PlannedWorker[], findings: Findings): void {
  const sharing = workers.filter(({ engine }) => engine.sqpoll && engine.sharesSqThread);
  const [owner, ...others] = sharing;
  if (owner === undefined) return;
  if (others.length === 0) {
    findings.warn(
      owner.job,
      'sq-thread-not-shared',
      `sq_thread_share: no other job runs together with "${owner.job.name}" and shares its thread`,
      'set it in [global], without stonewall, or raise numjobs; or leave it out',
    );
  }
  for (const { job, engine } of others) {
    if (engine.sqpollCpu !== owner.engine.sqpollCpu || engine.sqThreadIdleMs !== owner.engine.sqThreadIdleMs) {
      findings.usage(
        job,
        `jobs "${owner.job.name}" and "${job.name}" share one SQPOLL thread, and want different things of it`,
        'give both the same sqthread_poll_cpu and sq_thread_idle, or leave sq_thread_share out',
      );
    }
  }
}
