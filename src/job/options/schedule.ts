/** When a job starts and ends, how many there are of it, and which wait for which. */
import { trueOrFalse } from '../schema.js';
import { clockId, flag, integer, line, optional, time, timeRange } from '../values.js';
import { continueOnErrorOption } from './errors.js';
import { anyNumber, fixed, ignored, type Option } from './option.js';
import { held, optionsOf, row, rows } from './row.js';

const thread = fixed({
  name: 'thread',
  default: '1',
  tier: 1,
  help: 'Threads instead of processes; clones are always threads here.',
  values: ['', '0', '1', anyNumber],
  reason: 'a switch',
  nearest: 'write 0 or 1',
});

const flowWatermark = ignored({
  name: 'flow_watermark',
  tier: 3,
  help: 'Former option of flow control.',
  type: 'number',
  note: 'fio has dropped it and ignores it as well',
});

export const jobRows = rows('', {
  name: row({
    name: 'name',
    default: null,
    initial: '',
    tier: 1,
    help: "The job's name, when it shall not be that of its section.",
    example: 'randread-4k',
    type: line,
  }),
  description: row({
    name: 'description',
    initial: null,
    tier: 1,
    help: 'A text that is kept with the result.',
    example: 'before the firmware update',
    type: line,
  }),
  cloneCount: row({
    name: 'numjobs',
    initial: 1,
    tier: 1,
    help: 'How many clones of the job run side by side, each on a thread of its own.',
    type: integer({ min: 1, max: 1024, maxReason: 'each is a thread with its own memory' }),
  }),
  /** Waits until all jobs before it have ended. */
  stonewall: row({
    name: 'stonewall',
    aliases: ['wait_for_previous'],
    initial: false,
    tier: 1,
    help: 'Start when all jobs above have ended; begins a new reporting group.',
    type: flag,
  }),
  groupReporting: row({
    name: 'group_reporting',
    initial: false,
    tier: 1,
    help: 'One result for the group instead of one per clone.',
    type: flag,
  }),
});

/** What only drafts have. */
export const draftRows = rows('', {
  newGroup: row({
    name: 'new_group',
    initial: false,
    tier: 1,
    help: 'Begin a new reporting group.',
    type: flag,
  }),
  /** `randseed` was given; it is stronger than `randrepeat=0`. */
  seedGiven: held<boolean>(false, trueOrFalse),
});

export const scheduleRows = rows('schedule', {
  /** null = until the data is done. */
  runtimeMs: row({
    name: 'runtime',
    aliases: ['timeout'],
    unit: 's',
    default: '0',
    initial: null,
    tier: 1,
    help: 'End after this time, even if data is left; 0 = no limit.',
    type: optional(time('s'), (value) => value === 0),
  }),
  timeBased: row({
    name: 'time_based',
    initial: false,
    tier: 1,
    help: 'Repeat the workload until the runtime is over.',
    type: flag,
  }),
  rampMs: row({
    name: 'ramp_time',
    unit: 's',
    default: '0',
    initial: 0,
    tier: 1,
    help: 'Run so long before measuring begins; comes on top of the runtime.',
    type: time('s'),
  }),
  startDelayMs: row({
    name: 'startdelay',
    unit: 's',
    default: '0',
    initial: { min: 0, max: 0 },
    tier: 1,
    help: 'Start no sooner than so long after the first jobs; of a range each clone draws its own.',
    type: timeRange('s'),
  }),
  /** The clock of fio's `job_start`, a number of clock_gettime(2). */
  startClockId: row({
    name: 'job_start_clock_id',
    initial: 0,
    tier: 2,
    help: "Clock of the result's job_start, a number of clock_gettime: 0 real time, 1 monotonic, 7 since boot.",
    type: clockId,
  }),
});

export const scheduleOptions: readonly Option[] = [
  ...optionsOf(jobRows, { stonewall: optionsOf(draftRows), groupReporting: [thread] }),
  ...optionsOf(scheduleRows, { startDelayMs: [continueOnErrorOption, flowWatermark] }),
];
