/** Which variants of a result are the same jobs run otherwise, and so are there to be compared. */
import type { IotestJob, ResultDocument } from './document.js';

/** The same for all runs of a job, whatever the variant and the repetition. Of several job files jobs are matched by name. */
export function jobKeys(jobs: readonly Pick<IotestJob, 'source' | 'jobName' | 'options'>[]): string[] {
  const isOneFile = new Set(jobs.map(({ source }) => source.file)).size === 1;
  // Without group_reporting each clone stands for itself.
  return jobs.map(({ source, jobName, options }) =>
    [isOneFile ? source.line : '', jobName, options.cloneIndex].join('\n'),
  );
}

/**
 * In the document's order. Empty where each job ran in one way: jobs that name engines of their own are no variants of
 * each other, and all of them belong together.
 */
export function comparedVariants({ iotest }: ResultDocument): readonly string[] {
  if (iotest === undefined || iotest.variants.length < 2) return [];
  const isNamed = iotest.steps.some(({ variant, engineLabel }) => variant !== engineLabel);
  return isNamed || hasJobInTwo(iotest.jobs) ? iotest.variants : [];
}

function hasJobInTwo(jobs: readonly IotestJob[]): boolean {
  const variantOf = new Map<string, string>();
  return jobKeys(jobs).some((key, index) => {
    const { variant } = jobs[index]!;
    const known = variantOf.get(key) ?? variant;
    variantOf.set(key, known);
    return known !== variant;
  });
}
