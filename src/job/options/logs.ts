/** What is written down of each I/O, or of each window of time. The files are described in docs/logs.md. */
import { anyText } from '../schema.js';
import { done, type KeptType } from '../value-type.js';
import { bool, choice, clockId, integer, line, numberThat, time } from '../values.js';
import type { Option } from './option.js';
import { type Field, optionsOf, row, rows } from './row.js';

/** A text, or bare: then '' stands for the job's name. */
const nameOrBare: KeptType<string> = {
  schema: anyText,
  word: 'bare or text',
  parse: (text, context) => (text === null || text === '' ? done('') : line.parse(text, context)),
  print: (value) => value,
};

/** 0 or more, written without a unit, as fio takes `500ms` for a number with the suffix m. */
const milliseconds = numberThat(
  time('ms'),
  (value) => Number.isInteger(value) && value <= 0xffff_ffff,
  (text) => `${text} is not a whole number of milliseconds below 2^32`,
  'write 500, for example',
);

/** What the files' names begin with; '' = the job's name, null = no such log. */
function logName(name: string, tier: 1 | 2, help: string): Field<string | null> {
  return row({ name, initial: null, tier, help, type: nameOrBare });
}

function column(name: string, help: string): Field<boolean> {
  return row({ name, initial: false, tier: 2, help, type: bool });
}

/** What is written while the job runs: fio's logs, whose formats are in docs/logs.md. */
export const logRows = rows('logs', {
  bandwidth: logName('write_bw_log', 1, 'Log of the bandwidth, NAME_bw.N.log; bare = named after the job.'),
  /** Total, completion and submission latency, a file each. */
  latency: logName('write_lat_log', 1, 'Logs of the latencies, NAME_lat.N.log, NAME_clat.N.log, NAME_slat.N.log.'),
  iops: logName('write_iops_log', 1, 'Log of I/Os per second, NAME_iops.N.log: 1 for each I/O, unless log_avg_msec.'),
  histogram: logName('write_hist_log', 2, 'Log of latency histograms, NAME_clat_hist.N.log, each log_hist_msec.'),
  /** A file for each clone, numbered; false = one for all, added to. */
  perJob: row({
    name: 'per_job_logs',
    initial: true,
    tier: 1,
    help: 'A numbered file for each job; 0 = one file without a number, which is added to.',
    type: bool,
  }),
  /** One line per window; 0 = one per I/O. */
  averageMs: row({
    name: 'log_avg_msec',
    unit: 'ms',
    initial: 0,
    tier: 1,
    help: 'One log line per window of this length; 0 = one per I/O.',
    type: milliseconds,
  }),
  windowValue: row({
    name: 'log_window_value',
    aliases: ['log_max_value'],
    initial: 'average',
    tier: 2,
    help: 'What a window of log_avg_msec is logged as: its mean, its maximum, or both.',
    type: choice<'average' | 'maximum' | 'both'>({
      avg: 'average',
      max: 'maximum',
      both: 'both',
      '0': 'average',
      '1': 'maximum',
    }),
  }),
  offset: column('log_offset', 'Add the offset of each I/O to the logs.'),
  priority: column('log_prio', 'Log the I/O priority in full, as 0x and four digits.'),
  issueTime: column('log_issue_time', 'Add the time of issue, ns, to the logs; needs write_lat_log and log_offset.'),
  /** Time between histograms; 0 = none. */
  histogramMs: row({
    name: 'log_hist_msec',
    unit: 'ms',
    initial: 0,
    tier: 2,
    help: 'Time between the histograms of write_hist_log; 0 = none.',
    type: milliseconds,
  }),
  /** 2^this buckets of latency are one column. */
  histogramCoarseness: row({
    name: 'log_hist_coarseness',
    initial: 0,
    tier: 2,
    help: 'Histograms have 1856 columns at 0, and half as many with each step up to 6.',
    type: integer({ min: 0, max: 6 }),
  }),
  /** Entries that memory is set aside for, at least. */
  entryCountMin: row({
    name: 'log_entries',
    initial: 1024,
    tier: 2,
    help: 'How many entries may wait in memory to be written, at least; iotest has room for 131,072 in any case.',
    type: integer({ min: 1024, max: 1_048_576 }),
  }),
  /** Times count from a clock's epoch and not from the start of the job. */
  alternateEpoch: row({
    name: 'log_alternate_epoch',
    aliases: ['log_unix_epoch'],
    initial: false,
    tier: 2,
    help: 'Times in logs count from the epoch of a clock and not from the start of the job.',
    type: bool,
  }),
  /** That clock, a number of clock_gettime(2): 0 CLOCK_REALTIME, 1 CLOCK_MONOTONIC… */
  alternateEpochClockId: row({
    name: 'log_alternate_epoch_clock_id',
    initial: 0,
    tier: 2,
    help: 'That clock, a number of clock_gettime: 0 real time (since 1970), 1 monotonic, 7 since boot.',
    type: clockId,
  }),
  /** The file that records what was issued; null = none. */
  iolog: row({
    name: 'write_iolog',
    initial: null,
    tier: 2,
    help: "Record what is issued in a file, in fio's format (version 3), for read_iolog.",
    type: line,
  }),
});

export const logOptions: readonly Option[] = optionsOf(logRows);
