/** What the end of one job means for others, and what begins when one has ended. */
import { bool, choice, flag, line, size } from '../values.js';
import { type ErrnoLists, errnoLists } from './errno-lists.js';
import { type Option, supported } from './option.js';
import { steadyStateOptions } from './steady-state.js';

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
  supported({
    name: 'ramp_size',
    unit: 'bytes',
    default: '0',
    tier: 2,
    help: 'Do so much before measuring begins, with group_reporting all of the group together; not with ramp_time.',
    type: size(),
    get: (draft) => draft.schedule.rampBytes,
    set: (draft, value) => {
      draft.schedule.rampBytes = value;
    },
  }),
  ...steadyStateOptions,
  supported({
    name: 'ignore_error',
    tier: 2,
    help: 'Errors to count, lists for reads, writes and verification; the job goes on. Sets continue_on_error.',
    example: 'EIO,EIO:ENOSPC',
    type: errnoLists,
    get: ({ errors: { ignoredErrnos } }) => ignoredErrnos,
    set: (draft, value) => {
      const { read, write, verify } = draft.continueOnError;
      draft.errors.ignoredErrnos = { ...draft.errors.ignoredErrnos, ...given(value) };
      draft.continueOnError = {
        read: read || value.read !== null,
        write: write || value.write !== null,
        verify: verify || value.verify !== null,
      };
    },
  }),
  supported({
    name: 'error_dump',
    default: '0',
    tier: 2,
    help: 'Say of each error that was passed over what it was; of the first thousand of each worker.',
    type: bool,
    get: (draft) => draft.errors.dump,
    set: (draft, value) => {
      draft.errors.dump = value;
    },
  }),
];

function given(lists: ErrnoLists): Partial<ErrnoLists> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== null));
}
