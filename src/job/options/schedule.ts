/** When a job starts and ends, how many there are of it, and which wait for which. */
import type { JobDraft } from '../draft.js';
import type { ContinueOnError } from '../job.js';
import { choice, clockId, flag, integer, line, optional, time, timeRange } from '../values.js';
import { anyNumber, fixed, ignored, type Option, supported } from './option.js';

export const scheduleOptions: readonly Option[] = [
  supported({
    name: 'name',
    tier: 1,
    help: "The job's name, when it shall not be that of its section.",
    example: 'randread-4k',
    type: line,
    get: (draft) => draft.name,
    set: (draft, value) => {
      draft.name = value;
    },
  }),
  supported({
    name: 'description',
    tier: 1,
    help: 'A text that is kept with the result.',
    example: 'before the firmware update',
    type: line,
    get: (draft) => draft.description,
    set: (draft, value) => {
      draft.description = value;
    },
  }),
  supported({
    name: 'numjobs',
    default: '1',
    tier: 1,
    help: 'How many clones of the job run side by side, each on a thread of its own.',
    type: integer({ min: 1, max: 1024, maxReason: 'each is a thread with its own memory' }),
    get: (draft) => draft.cloneCount,
    set: (draft, value) => {
      draft.cloneCount = value;
    },
  }),
  supported({
    name: 'stonewall',
    aliases: ['wait_for_previous'],
    default: '0',
    tier: 1,
    help: 'Start when all jobs above have ended; begins a new reporting group.',
    type: flag,
    get: (draft) => draft.stonewall,
    set: (draft, value) => {
      draft.stonewall = value;
    },
  }),
  supported({
    name: 'new_group',
    default: '0',
    tier: 1,
    help: 'Begin a new reporting group.',
    type: flag,
    get: (draft) => draft.newGroup,
    set: (draft, value) => {
      draft.newGroup = value;
    },
  }),
  supported({
    name: 'group_reporting',
    default: '0',
    tier: 1,
    help: 'One result for the group instead of one per clone.',
    type: flag,
    get: (draft) => draft.groupReporting,
    set: (draft, value) => {
      draft.groupReporting = value;
    },
  }),
  fixed({
    name: 'thread',
    default: '1',
    tier: 1,
    help: 'Threads instead of processes; clones are always threads here.',
    values: ['', '0', '1', anyNumber],
    reason: 'a switch',
    nearest: 'write 0 or 1',
  }),
  supported({
    name: 'runtime',
    aliases: ['timeout'],
    unit: 's',
    default: '0',
    tier: 1,
    help: 'End after this time, even if data is left; 0 = no limit.',
    type: optional(time('s'), (value) => value === 0),
    get: (draft) => draft.schedule.runtimeMs,
    set: (draft, value) => {
      draft.schedule.runtimeMs = value;
    },
  }),
  supported({
    name: 'time_based',
    default: '0',
    tier: 1,
    help: 'Repeat the workload until the runtime is over.',
    type: flag,
    get: (draft) => draft.schedule.timeBased,
    set: (draft, value) => {
      draft.schedule.timeBased = value;
    },
  }),
  supported({
    name: 'ramp_time',
    unit: 's',
    default: '0',
    tier: 1,
    help: 'Run so long before measuring begins; comes on top of the runtime.',
    type: time('s'),
    get: (draft) => draft.schedule.rampMs,
    set: (draft, value) => {
      draft.schedule.rampMs = value;
    },
  }),
  supported({
    name: 'startdelay',
    unit: 's',
    default: '0',
    tier: 1,
    help: 'Start no sooner than so long after the first jobs; of a range each clone draws its own.',
    type: timeRange('s'),
    get: (draft) => draft.schedule.startDelayMs,
    set: (draft, value) => {
      draft.schedule.startDelayMs = value;
    },
  }),
  supported({
    name: 'continue_on_error',
    default: 'none',
    tier: 1,
    help: 'Count errors of the medium in these directions, or wrong blocks, instead of ending the job.',
    type: choice<ContinuesWord>({
      ...{ none: 'none', read: 'read', write: 'write', io: 'io', verify: 'verify', all: 'all' },
      '0': 'none',
      '1': 'all',
    }),
    get: continuesWord,
    set: (draft, value) => {
      draft.continueOnError = continuesWith(value);
    },
  }),
  ignored({
    name: 'flow_watermark',
    tier: 3,
    help: 'Former option of flow control.',
    type: 'number',
    note: 'fio has dropped it and ignores it as well',
  }),
  supported({
    name: 'job_start_clock_id',
    default: '0',
    tier: 2,
    help: "Clock of the result's job_start, a number of clock_gettime: 0 real time, 1 monotonic, 7 since boot.",
    type: clockId,
    get: (draft) => draft.schedule.startClockId,
    set: (draft, value) => {
      draft.schedule.startClockId = value;
    },
  }),
];

type ContinuesWord = 'none' | 'read' | 'write' | 'io' | 'verify' | 'all';

function continuesWith(word: ContinuesWord): ContinueOnError {
  return {
    read: word === 'read' || word === 'io' || word === 'all',
    write: word === 'write' || word === 'io' || word === 'all',
    verify: word === 'verify' || word === 'all',
  };
}

/** The largest that says nothing too much; `ignore_error` says the rest. */
function continuesWord({ continueOnError, errors: { ignoredErrnos } }: JobDraft): ContinuesWord {
  const kinds = ['read', 'write', 'verify'] as const;
  const says = (word: ContinuesWord): boolean =>
    kinds.every((kind) => {
      const said = continuesWith(word)[kind];
      return continueOnError[kind] ? said || ignoredErrnos[kind] !== null : !said;
    });
  return (['all', 'io', 'read', 'write', 'verify'] as const).find(says) ?? 'none';
}
