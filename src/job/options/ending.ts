/** What the end of one job means for others, and what begins when one has ended. */
import { choice, flag, line } from '../values.js';
import { type Option, supported } from './option.js';

export const endingOptions: readonly Option[] = [
  supported({
    name: 'wait_for',
    tier: 2,
    help: 'Start when the job of this name, above, has ended with all its clones.',
    example: 'writers',
    type: line,
    get: (draft) => draft.schedule.waitFor,
    set: (draft, value) => {
      draft.schedule.waitFor = value;
    },
  }),
  supported({
    name: 'exitall',
    default: '0',
    tier: 2,
    help: 'End others as soon as one job ends, see exit_what; what one job says holds for all.',
    type: flag,
    get: (draft) => draft.ending.exitAll,
    set: (draft, value) => {
      draft.ending.exitAll = value;
    },
  }),
  supported({
    name: 'exit_what',
    default: 'group',
    tier: 2,
    help: 'Which jobs exitall ends: those of the same group, all that run (stonewall), or all there are.',
    type: choice<'group' | 'stonewall' | 'all'>({ group: 'group', stonewall: 'stonewall', all: 'all' }),
    get: (draft) => draft.ending.exitWhat,
    set: (draft, value) => {
      draft.ending.exitWhat = value;
    },
  }),
  supported({
    name: 'exitall_on_error',
    default: '0',
    tier: 2,
    help: 'End others as soon as this job fails, see exit_what.',
    type: flag,
    get: (draft) => draft.ending.exitAllOnError,
    set: (draft, value) => {
      draft.ending.exitAllOnError = value;
    },
  }),
];
