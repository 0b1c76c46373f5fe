/** What is measured and how it is shown. */
import { trueOrFalse } from '../schema.js';
import { bool, choice, integer, inverted, numberThat, percentileList, time } from '../values.js';
import { type Option, supported } from './option.js';
import { type DraftWith, optionsOf, row, rows, settledLater } from './row.js';

/** Written without a unit, as fio takes `500ms` for a number with the suffix m. */
const wholeMilliseconds = numberThat(
  time('ms'),
  (value) => value >= 0 && Number.isInteger(value),
  (text) => `${text} is not a whole number of milliseconds`,
  'write 500, for example',
);

/** As fio has it with 0: each time that it looks. */
const orEachLook = (ms: number): number => (ms === 0 ? 250 : ms);

export const measureRows = rows('measure', {
  /** `stats=0`: the job runs, and is left out of the results unless it fails. */
  statistics: row({
    name: 'stats',
    initial: true,
    tier: 2,
    help: 'Report what the job measured; 0: it only runs, and is reported when it fails.',
    type: bool,
  }),
  kiloBase: row({
    name: 'kb_base',
    initial: 1024,
    tier: 1,
    help: 'What k means: 1024 (and kib 1000, as in fio), or 1000 (and kib 1024); also which figure is printed first.',
    type: choice<1000 | 1024>({ '1024': 1024, '1000': 1000 }),
  }),
  completionPercentiles: row({
    name: 'clat_percentiles',
    initial: true,
    tier: 1,
    help: 'Percentiles of the completion latency.',
    type: bool,
  }),
  totalPercentiles: row({
    name: 'lat_percentiles',
    initial: false,
    tier: 1,
    help: 'Percentiles of the total latency.',
    type: bool,
  }),
  submissionPercentiles: row({
    name: 'slat_percentiles',
    initial: false,
    tier: 1,
    help: 'Percentiles of the submission latency; has it measured, unless disable_slat=1.',
    type: bool,
  }),
  percentiles: row({
    name: 'percentile_list',
    initial: [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99],
    tier: 1,
    help: 'Which percentiles, at most 20.',
    example: '50:99:99.9',
    type: percentileList,
  }),
  total: row({
    name: 'disable_lat',
    initial: true,
    tier: 1,
    help: 'Leave the total latency out.',
    type: inverted(bool),
  }),
  completion: row({
    name: 'disable_clat',
    initial: true,
    tier: 1,
    help: 'Leave the completion latency out.',
    type: inverted(bool),
  }),
  /** Measured only when asked for: it needs a kernel entry and a clock reading of its own (see docs). */
  submission: settledLater(
    row({
      name: 'disable_slat',
      initial: null,
      tier: 1,
      help: 'Leave the submission latency out; with 0 it is measured, else only for slat_percentiles=1.',
      type: inverted(bool),
    }),
    trueOrFalse,
    false,
  ),
  bandwidth: row({
    name: 'disable_bw_measurement',
    aliases: ['disable_bw'],
    initial: true,
    tier: 1,
    help: 'For fio, which then leaves out the lines of write_bw_log; the figures stay.',
    type: inverted(bool),
  }),
  /** Ms; null = not written: see windows.ts. */
  bandwidthWindowMs: row({
    name: 'bwavgtime',
    unit: 'ms',
    default: '500',
    initial: null,
    tier: 1,
    help: 'Width of the windows behind the spread of bandwidth; unwritten, log_avg_msec in its place with write_bw_log.',
    example: '250',
    type: wholeMilliseconds,
    change: orEachLook,
  }),
  /** Ms; null = not written. */
  iopsWindowMs: row({
    name: 'iopsavgtime',
    unit: 'ms',
    default: '500',
    initial: null,
    tier: 1,
    help: 'Width of the windows behind the spread of IOPS; unwritten, log_avg_msec in its place with write_iops_log.',
    example: '1000',
    type: wholeMilliseconds,
    change: orEachLook,
  }),
  /** Say what the disks below the job's targets did. */
  diskUse: row({
    name: 'disk_util',
    initial: true,
    tier: 1,
    help: "Report what the disks below the job's targets did.",
    type: bool,
  }),
  /** Characters of a number in fio's text output, the point included. */
  significantFigures: row({
    name: 'significant_figures',
    initial: 4,
    tier: 1,
    help: "Characters of a number in fio's text output (iotest fio), 1 to 10.",
    type: integer({ min: 1, max: 10 }),
  }),
  /** In what fio's text output gives rates. */
  rateUnit: row({
    name: 'unit_base',
    initial: 'bytes',
    tier: 1,
    help: "In what fio's text output (iotest fio) gives rates: 8 (or 0) bytes, 1 bits.",
    type: choice<'bytes' | 'bits'>({ '0': 'bytes', '8': 'bytes', '1': 'bits' }),
  }),
  /** Each direction by itself, all together, or both. */
  unified: row({
    name: 'unified_rw_reporting',
    initial: 'none',
    tier: 2,
    help: 'Report reads, writes and trims together (mixed), each by itself (none), or both.',
    example: 'mixed',
    type: choice<'none' | 'mixed' | 'both'>({
      none: 'none',
      mixed: 'mixed',
      both: 'both',
      '0': 'none',
      '1': 'mixed',
      '2': 'both',
    }),
  }),
});

const gtodReduce = supported({
  name: 'gtod_reduce',
  default: '0',
  tier: 2,
  help: 'Measure no latencies: the disable_ options together, no percentiles.',
  type: bool,
  get: () => null,
  set: (draft: DraftWith<typeof measureRows>, value) => {
    if (value) measureNothing(draft);
  },
});

export const measureOptions: readonly Option[] = optionsOf(measureRows, { percentiles: [gtodReduce] });

function measureNothing(draft: DraftWith<typeof measureRows>): void {
  Object.assign(draft.measure, {
    total: false,
    completion: false,
    submission: false,
    bandwidth: false,
    completionPercentiles: false,
    totalPercentiles: false,
    submissionPercentiles: false,
  });
}
