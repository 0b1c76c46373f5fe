/** Whether a job can do without its files between its loops: `unlink_each_loop`. Pure. */
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';

/** @param ioBytes what the job transfers in all its loops; null = only time ends it */
export function checkLoops(job: Job, facts: readonly TargetFacts[], ioBytes: number | null, findings: Findings): void {
  const { target, workload, schedule, engine, replay } = job;
  const advice = 'leave unlink_each_loop out';
  if (workload.loops === 1 || ioBytes === null) {
    const why = workload.loops === 1 ? 'there is one loop' : 'as in fio no loop ends, for only time ends the job';
    findings.warn(job, 'unlinks-nothing', `unlink_each_loop=1 has no effect: ${why}`, advice);
    return;
  }
  if (!engineTraits(engine.name).touchesFiles || engine.nop) return;
  const refusals: readonly (readonly [boolean, string, string])[] = [
    [workload.directions !== 'write', `rw=${workload.directions} needs data that is gone with the files`, advice],
    [!target.allowFileCreate, 'the files may not be made anew with allow_file_create=0', 'leave one of them out'],
    [
      engineTraits(engine.name).mapsFiles,
      'mmap would go on writing to the deleted files, which it has mapped',
      'use psync',
    ],
    [engine.fixedFiles, 'registered files (registerfiles) stay the deleted ones', 'leave registerfiles out'],
    [schedule.rampMs > 0, 'a ramp does not count loops', 'leave ramp_time out'],
    [replay.iologs !== null, 'a recording says itself when it deletes files', advice],
  ];
  for (const [isSo, why, instead] of refusals) {
    if (isSo) findings.usage(job, `unlink_each_loop=1 is not possible: ${why}`, instead);
  }
  for (const { kind, path } of facts) {
    if (kind === 'file' && !target.unlink) {
      findings.warn(job, 'deletes-file', `deletes the existing file ${path} between loops (unlink_each_loop=1)`, null);
    }
  }
}
