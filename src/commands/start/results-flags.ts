/** What the commands of `iotest results` share. */
import { Args, Flags } from '@oclif/core';
import { colorFlag } from './base.js';

export const resultsFlags = {
  results: Flags.string({ description: 'folder of the results', helpValue: 'DIR', default: 'results' }),
  'no-color': colorFlag,
};

export const resultId = Args.string({
  description: 'id of a result, the beginning of one, or latest',
  required: true,
});
