/** What is measured and how it is shown. */
import type { JobDraft } from '../draft.js';
import type { ValueType } from '../value-type.js';
import { bool, choice, integer, percentileList, time } from '../values.js';
import { type Option, supported } from './option.js';

/** Written without a unit, as fio takes `500ms` for a number with the suffix m. */
const wholeMilliseconds: ValueType<number> = {
  word: 'time',
  parse: (text, context) => {
    const parsed = time('ms').parse(text, context);
    if (!parsed.ok || (parsed.value >= 1 && Number.isInteger(parsed.value))) return parsed;
    const message = `${text} is not a whole number of milliseconds above 0`;
    return { ok: false, message, advice: 'write 500, for example', offset: 0 };
  },
  print: String,
};

export const measureOptions: readonly Option[] = [
  supported({
    name: 'stats',
    default: '1',
    tier: 2,
    help: 'Report what the job measured; 0: it only runs, and is reported when it fails.',
    type: bool,
    get: (draft) => draft.measure.statistics,
    set: (draft, value) => {
      draft.measure.statistics = value;
    },
  }),
  // First of all, as `kb_base` decides how other values are read.
  supported({
    name: 'kb_base',
    default: '1024',
    tier: 1,
    help: 'What k means: 1024 (and kib 1000, as in fio), or 1000 (and kib 1024); also which figure is printed first.',
    type: choice<1000 | 1024>({ '1024': 1024, '1000': 1000 }),
    get: (draft) => draft.measure.kiloBase,
    set: (draft, value) => {
      draft.measure.kiloBase = value;
    },
  }),
  supported({
    name: 'clat_percentiles',
    default: '1',
    tier: 1,
    help: 'Percentiles of the completion latency.',
    type: bool,
    get: (draft) => draft.measure.completionPercentiles,
    set: (draft, value) => {
      draft.measure.completionPercentiles = value;
    },
  }),
  supported({
    name: 'lat_percentiles',
    default: '0',
    tier: 1,
    help: 'Percentiles of the total latency.',
    type: bool,
    get: (draft) => draft.measure.totalPercentiles,
    set: (draft, value) => {
      draft.measure.totalPercentiles = value;
    },
  }),
  supported({
    name: 'slat_percentiles',
    default: '0',
    tier: 1,
    help: 'Percentiles of the submission latency; has it measured, unless disable_slat=1.',
    type: bool,
    get: (draft) => draft.measure.submissionPercentiles,
    set: (draft, value) => {
      draft.measure.submissionPercentiles = value;
    },
  }),
  supported({
    name: 'percentile_list',
    default: '1:5:10:20:30:40:50:60:70:80:90:95:99:99.5:99.9:99.95:99.99',
    tier: 1,
    help: 'Which percentiles, at most 20.',
    example: '50:99:99.9',
    type: percentileList,
    get: (draft) => draft.measure.percentiles,
    set: (draft, value) => {
      draft.measure.percentiles = value;
    },
  }),
  supported({
    name: 'gtod_reduce',
    default: '0',
    tier: 2,
    help: 'Measure no latencies: the disable_ options together, no percentiles.',
    type: bool,
    get: () => null,
    set: (draft, value) => {
      if (value) measureNothing(draft);
    },
  }),
  supported({
    name: 'disable_lat',
    default: '0',
    tier: 1,
    help: 'Leave the total latency out.',
    type: bool,
    get: (draft) => !draft.measure.total,
    set: (draft, value) => {
      draft.measure.total = !value;
    },
  }),
  supported({
    name: 'disable_clat',
    default: '0',
    tier: 1,
    help: 'Leave the completion latency out.',
    type: bool,
    get: (draft) => !draft.measure.completion,
    set: (draft, value) => {
      draft.measure.completion = !value;
    },
  }),
  supported({
    name: 'disable_slat',
    tier: 1,
    help: 'Leave the submission latency out; with 0 it is measured, else only for slat_percentiles=1.',
    type: bool,
    get: ({ measure }) => (measure.submission === null ? null : !measure.submission),
    set: (draft, value) => {
      draft.measure.submission = !value;
    },
  }),
  supported({
    name: 'disable_bw_measurement',
    aliases: ['disable_bw'],
    default: '0',
    tier: 1,
    help: 'For fio, which then leaves out the lines of write_bw_log; the figures stay.',
    type: bool,
    get: (draft) => !draft.measure.bandwidth,
    set: (draft, value) => {
      draft.measure.bandwidth = !value;
    },
  }),
  supported({
    name: 'bwavgtime',
    unit: 'ms',
    default: '500',
    tier: 1,
    help: 'Width of the windows behind the spread of bandwidth; unwritten, log_avg_msec in its place with write_bw_log.',
    example: '250',
    type: wholeMilliseconds,
    get: (draft) => draft.measure.bandwidthWindowMs,
    set: (draft, value) => {
      draft.measure.bandwidthWindowMs = value;
    },
  }),
  supported({
    name: 'iopsavgtime',
    unit: 'ms',
    default: '500',
    tier: 1,
    help: 'Width of the windows behind the spread of IOPS; unwritten, log_avg_msec in its place with write_iops_log.',
    example: '1000',
    type: wholeMilliseconds,
    get: (draft) => draft.measure.iopsWindowMs,
    set: (draft, value) => {
      draft.measure.iopsWindowMs = value;
    },
  }),
  supported({
    name: 'disk_util',
    default: '1',
    tier: 1,
    help: "Report what the disks below the job's targets did.",
    type: bool,
    get: (draft) => draft.measure.diskUse,
    set: (draft, value) => {
      draft.measure.diskUse = value;
    },
  }),
  supported({
    name: 'significant_figures',
    default: '4',
    tier: 1,
    help: "Characters of a number in fio's text output (iotest fio), 1 to 10.",
    type: integer({ min: 1, max: 10 }),
    get: (draft) => draft.measure.significantFigures,
    set: (draft, value) => {
      draft.measure.significantFigures = value;
    },
  }),
  supported({
    name: 'unit_base',
    default: '0',
    tier: 1,
    help: "In what fio's text output (iotest fio) gives rates: 8 (or 0) bytes, 1 bits.",
    type: choice<'bytes' | 'bits'>({ '0': 'bytes', '8': 'bytes', '1': 'bits' }),
    get: (draft) => draft.measure.rateUnit,
    set: (draft, value) => {
      draft.measure.rateUnit = value;
    },
  }),
  supported({
    name: 'unified_rw_reporting',
    default: 'none',
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
    get: (draft) => draft.measure.unified,
    set: (draft, value) => {
      draft.measure.unified = value;
    },
  }),
];

function measureNothing(draft: JobDraft): void {
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
