/** What commands that take saved results share. */
import { Args, Flags } from '@oclif/core';
import { colorFlag } from './base.js';

export const resultsFlag = Flags.string({ description: 'folder of the results', helpValue: 'DIR', default: 'results' });

export const resultsFlags = {
  results: resultsFlag,
  'no-color': colorFlag,
};

export const resultId = Args.string({
  description: 'id of a result, the beginning of one, its label, latest, or latest~1 for the one before',
  required: true,
});
