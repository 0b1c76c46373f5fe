/** What commands that take saved results share. */
import { Args, Flags } from '@oclif/core';
import { colorFlag } from './base.js';

/** Where results are saved and found, unless a flag says otherwise. */
export const resultsVariable = 'IOTEST_RESULTS';

export function resultsFlagFor(description: string) {
  return Flags.string({ description, helpValue: 'DIR', default: 'results', env: resultsVariable });
}

export const resultsFlag = resultsFlagFor('folder of the results');

/** What to add to a command that is advised, so that it finds the folder too; '' where it does anyway. */
export function resultsArgument(results: string): string {
  return results === (process.env[resultsVariable] || 'results') ? '' : ` --results ${results}`;
}

export const resultsFlags = {
  results: resultsFlag,
  'no-color': colorFlag,
};

export const resultId = Args.string({
  description: 'id of a result, the beginning of one, its label, latest, or latest~1 for the one before',
  required: true,
});
