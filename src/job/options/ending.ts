/** What the end of one job means for others, and what begins when one has ended. */
import { flag, line, oneOf, size } from '../values.js';
import { errorOptions } from './errors.js';
import type { Option } from './option.js';
import { optionsOf, row, rows } from './row.js';
import { steadyStateOptions } from './steady-state.js';

export const waitRows = rows('schedule', {
  /** Name of a job above that must have ended, with all its clones; null = none. */
  waitFor: row({
    name: 'wait_for',
    initial: null,
    tier: 2,
    help: 'Start when the job of this name, above, has ended with all its clones.',
    example: 'writers',
    type: line,
  }),
});

export const rampRows = rows('schedule', {
  /** Bytes to do before measuring begins, with group_reporting those of the group; 0 = none. */
  rampBytes: row({
    name: 'ramp_size',
    unit: 'bytes',
    initial: 0,
    tier: 2,
    help: 'Do so much before measuring begins, with group_reporting all of the group together; not with ramp_time.',
    type: size(),
  }),
});

/** What the end of a job means for others. */
export const endingRows = rows('ending', {
  /** Its end ends others. A switch of the whole run, as in fio: what one job says holds for all. */
  exitAll: row({
    name: 'exitall',
    initial: false,
    tier: 2,
    help: 'End others as soon as one job ends, see exit_what; what one job says holds for all.',
    type: flag,
  }),
  /** Which others: those of its reporting group, all that run now, or also those that would come later. */
  exitWhat: row({
    name: 'exit_what',
    initial: 'group',
    tier: 2,
    help: 'Which jobs exitall ends: those of the same group, all that run (stonewall), or all there are.',
    type: oneOf(['group', 'stonewall', 'all']),
  }),
  /** Its end ends others when it failed. */
  exitAllOnError: row({
    name: 'exitall_on_error',
    initial: false,
    tier: 2,
    help: 'End others as soon as this job fails, see exit_what.',
    type: flag,
  }),
});

export const endingOptions: readonly Option[] = [
  ...optionsOf(waitRows),
  ...optionsOf(endingRows),
  ...optionsOf(rampRows),
  ...steadyStateOptions,
  ...errorOptions,
];
