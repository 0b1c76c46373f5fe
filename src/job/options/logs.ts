/** What is written down of each I/O, or of each window of time. The files are described in docs/logs.md. */
import type { JobDraft } from '../draft.js';
import type { LogOptions } from '../job.js';
import type { ValueType } from '../value-type.js';
import { bool, choice, clockId, integer, line, time } from '../values.js';
import { type Option, supported } from './option.js';

/** A text, or bare: then '' stands for the job's name. */
const nameOrBare: ValueType<string> = {
  word: 'bare or text',
  parse: (text, context) =>
    text === null || text === '' ? { ok: true, value: '', notes: [] } : line.parse(text, context),
  print: (value) => value,
};

/** 0 or more, written without a unit, as fio takes `500ms` for a number with the suffix m. */
const milliseconds: ValueType<number> = {
  word: 'time',
  parse: (text, context) => {
    const parsed = time('ms').parse(text, context);
    if (!parsed.ok || (Number.isInteger(parsed.value) && parsed.value <= 0xffff_ffff)) return parsed;
    const message = `${text} is not a whole number of milliseconds below 2^32`;
    return { ok: false, message, advice: 'write 500, for example', offset: 0 };
  },
  print: String,
};

type LogName = 'bandwidth' | 'latency' | 'iops' | 'histogram';

function logName(name: string, log: LogName, tier: 1 | 2, help: string): Option {
  return supported({
    name,
    tier,
    help,
    type: nameOrBare,
    get: (draft) => draft.logs[log],
    set: (draft, value) => {
      draft.logs[log] = value;
    },
  });
}

function column(name: string, log: 'offset' | 'priority' | 'issueTime', help: string): Option {
  return supported({
    name,
    default: '0',
    tier: 2,
    help,
    type: bool,
    get: (draft: JobDraft) => draft.logs[log],
    set: (draft, value) => {
      draft.logs[log] = value;
    },
  });
}

export const logOptions: readonly Option[] = [
  logName('write_bw_log', 'bandwidth', 1, 'Log of the bandwidth, NAME_bw.N.log; bare = named after the job.'),
  logName('write_lat_log', 'latency', 1, 'Logs of the latencies, NAME_lat.N.log, NAME_clat.N.log, NAME_slat.N.log.'),
  logName('write_iops_log', 'iops', 1, 'Log of I/Os per second, NAME_iops.N.log: 1 for each I/O, unless log_avg_msec.'),
  logName('write_hist_log', 'histogram', 2, 'Log of latency histograms, NAME_clat_hist.N.log, each log_hist_msec.'),
  supported({
    name: 'per_job_logs',
    default: '1',
    tier: 1,
    help: 'A numbered file for each job; 0 = one file without a number, which is added to.',
    type: bool,
    get: (draft) => draft.logs.perJob,
    set: (draft, value) => {
      draft.logs.perJob = value;
    },
  }),
  supported({
    name: 'log_avg_msec',
    unit: 'ms',
    default: '0',
    tier: 1,
    help: 'One log line per window of this length; 0 = one per I/O.',
    type: milliseconds,
    get: (draft) => draft.logs.averageMs,
    set: (draft, value) => {
      draft.logs.averageMs = value;
    },
  }),
  supported({
    name: 'log_window_value',
    aliases: ['log_max_value'],
    default: 'avg',
    tier: 2,
    help: 'What a window of log_avg_msec is logged as: its mean, its maximum, or both.',
    type: choice<LogOptions['windowValue']>({
      avg: 'average',
      max: 'maximum',
      both: 'both',
      '0': 'average',
      '1': 'maximum',
    }),
    get: (draft) => draft.logs.windowValue,
    set: (draft, value) => {
      draft.logs.windowValue = value;
    },
  }),
  column('log_offset', 'offset', 'Add the offset of each I/O to the logs.'),
  column('log_prio', 'priority', 'Log the I/O priority in full, as 0x and four digits.'),
  column('log_issue_time', 'issueTime', 'Add the time of issue, ns, to the logs; needs write_lat_log and log_offset.'),
  supported({
    name: 'log_hist_msec',
    unit: 'ms',
    default: '0',
    tier: 2,
    help: 'Time between the histograms of write_hist_log; 0 = none.',
    type: milliseconds,
    get: (draft) => draft.logs.histogramMs,
    set: (draft, value) => {
      draft.logs.histogramMs = value;
    },
  }),
  supported({
    name: 'log_hist_coarseness',
    default: '0',
    tier: 2,
    help: 'Histograms have 1856 columns at 0, and half as many with each step up to 6.',
    type: integer({ min: 0, max: 6 }),
    get: (draft) => draft.logs.histogramCoarseness,
    set: (draft, value) => {
      draft.logs.histogramCoarseness = value;
    },
  }),
  supported({
    name: 'log_entries',
    default: '1024',
    tier: 2,
    help: 'How many entries may wait in memory to be written, at least; iotest has room for 131,072 in any case.',
    type: integer({ min: 1024, max: 1_048_576 }),
    get: (draft) => draft.logs.entryCountMin,
    set: (draft, value) => {
      draft.logs.entryCountMin = value;
    },
  }),
  supported({
    name: 'log_alternate_epoch',
    aliases: ['log_unix_epoch'],
    default: '0',
    tier: 2,
    help: 'Times in logs count from the epoch of a clock and not from the start of the job.',
    type: bool,
    get: (draft) => draft.logs.alternateEpoch,
    set: (draft, value) => {
      draft.logs.alternateEpoch = value;
    },
  }),
  supported({
    name: 'log_alternate_epoch_clock_id',
    default: '0',
    tier: 2,
    help: 'That clock, a number of clock_gettime: 0 real time (since 1970), 1 monotonic, 7 since boot.',
    type: clockId,
    get: (draft) => draft.logs.alternateEpochClockId,
    set: (draft, value) => {
      draft.logs.alternateEpochClockId = value;
    },
  }),
  supported({
    name: 'write_iolog',
    tier: 2,
    help: "Record what is issued in a file, in fio's format (version 3), for read_iolog.",
    type: line,
    get: (draft) => draft.logs.iolog,
    set: (draft, value) => {
      draft.logs.iolog = value;
    },
  }),
];
