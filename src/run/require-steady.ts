/** `--require-steady`: a run that did not become steady is not one to go by. */
import type { Plan } from '../plan/types.js';
import type { IotestDocument } from '../results/document.js';
import { UserError } from '../support/errors.js';

/** Throws `UserError` where nothing in the plan looks for a steady state. */
export function checkRequireSteady({ steps }: Plan): void {
  const looks = steps.some(({ workers }) =>
    workers.some(({ job }) => job.ending.steadyState.durationMs > 0 || job.target.precondition === 'until-steady'),
  );
  if (looks) return;
  throw UserError.of(
    '--require-steady: no job looks for a steady state',
    'add --set steadystate=snia, or --set precondition=until-steady',
  );
}

/** What was to become steady and did not, a sentence for each; empty when all is well. */
export function unsteadyTexts({ jobs, iotest }: IotestDocument): string[] {
  const before = (iotest.preconditioning ?? []).flatMap(({ mode, ended, jobNames }) =>
    mode === 'until-steady' && ended !== 'steady'
      ? [`${jobNames.join(', ')} did not become steady before measuring`]
      : [],
  );
  const own = jobs.flatMap(({ jobname, steadystate }) =>
    steadystate === undefined || steadystate.attained === 1 ? [] : [`${jobname} did not become steady`],
  );
  return [...new Set([...before, ...own])];
}
