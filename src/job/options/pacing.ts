/** When I/Os may start (rates, pauses, shares), and how long they may take. */
import type { PerDirection } from '../per-direction.js';
import { anyNumber, perDirectionOf } from '../schema.js';
import { done, failed, type KeptType, type Parsed } from '../value-type.js';
import { bool, integer, oneOf, optional, percentileList, perDirection, size, time } from '../values.js';
import type { Facts, Option } from './option.js';
import { type Field, optionsOf, row, rowOf, rows } from './row.js';

const rangeAdvice = 'a rate is one number, or three as read,write,trim';
const countMax = 2 ** 31 - 1;
const bytesPerSecond = perDirection(size(), rangeAdvice);
const iops = perDirection(integer({ min: 0, max: countMax }), rangeAdvice);
const times = perDirection(time('us'), 'one time, or three as read,write,trim');
const count = integer({ min: 0, max: countMax });

type Change = Partial<PerDirection<number>>;
const zero: PerDirection<number> = { read: 0, write: 0, trim: 0 };

/** An option per direction that is not printed while it is 0 everywhere: that is the same as not given. */
function eachRow(
  facts: Pick<Parameters<typeof rowOf<Change, PerDirection<number>>>[0], keyof Facts | 'type'>,
): Field<PerDirection<number>> {
  return rowOf<Change, PerDirection<number>>({
    ...facts,
    initial: zero,
    schema: perDirectionOf(anyNumber),
    get: (each) => (each.read === 0 && each.write === 0 && each.trim === 0 ? null : each),
    set: (value, before) => ({ ...before, ...value }),
  });
}

/** One percentage, as fio's list of at most one number. */
const onePercentage: KeptType<number> = {
  word: 'number',
  schema: anyNumber,
  parse: (text, context): Parsed<number> => {
    const parsed = percentileList.parse(text, context);
    if (!parsed.ok) return parsed;
    if (parsed.value.length === 1) return done(parsed.value[0]!, parsed.notes);
    return failed(`"${text}" is more than one number`, 'write one, as in 99.9');
  },
  print: String,
};

/** When I/Os may start. Rates are per direction; 0 = none. */
export const pacingRows = rows('pacing', {
  /** Never together with `iops`. */
  bytesPerSecond: eachRow({
    name: 'rate',
    unit: 'bytes/s',
    tier: 1,
    help: 'Start I/Os at this bandwidth, and measure latency from the intended starts too; read,write,trim may differ.',
    example: '10m',
    type: bytesPerSecond,
  }),
  iops: eachRow({
    name: 'rate_iops',
    tier: 1,
    help: 'Start so many I/Os per second, and measure latency from the intended starts too; read,write,trim may differ.',
    example: '1000',
    type: iops,
  }),
  /** The job fails below this. Never together with `iopsMin`. */
  bytesPerSecondMin: eachRow({
    name: 'rate_min',
    aliases: ['ratemin'],
    unit: 'bytes/s',
    tier: 2,
    help: 'The job fails (EIO) when its bandwidth over rate_cycle falls below; the first two seconds are spared.',
    example: '8m',
    type: bytesPerSecond,
  }),
  iopsMin: eachRow({
    name: 'rate_iops_min',
    tier: 2,
    help: 'The job fails (EIO) when its I/Os per second over rate_cycle fall below; the first two seconds are spared.',
    example: '900',
    type: iops,
  }),
  /** Evenly spaced, or at random with exponential gaps. */
  process: row({
    name: 'rate_process',
    initial: 'linear',
    tier: 2,
    help: 'How I/Os are spaced under a rate: evenly, or at random with exponential gaps.',
    type: oneOf(['linear', 'poisson']),
  }),
  /** Over which time the minima are judged. */
  cycleMs: row({
    name: 'rate_cycle',
    aliases: ['ratecycle'],
    unit: 'ms',
    initial: 1000,
    tier: 2,
    help: 'Over which time rate_min and rate_iops_min are judged; 0 is 1.',
    type: integer({ min: 0, max: countMax }),
    change: (value) => Math.max(1, value),
  }),
  /** What a pause kept from being done is not made up for. */
  ignoresThinkTime: row({
    name: 'rate_ignore_thinktime',
    initial: false,
    tier: 2,
    help: 'Do not make up for what the pauses of thinktime kept from being done.',
    type: bool,
  }),
  /** Offload asks fio for latencies from the intended start, which a rate always has here. */
  submitMode: row({
    name: 'io_submit_mode',
    initial: 'inline',
    tier: 2,
    help: 'With offload fio times I/Os from their intended starts; here every rate is also timed so, in either mode.',
    type: oneOf(['inline', 'offload']),
  }),
});

/** `thinktime` and its kin: pauses with nothing in flight. */
export const thinkTimeRows = rows('thinkTime', {
  /** 0 = no pauses. */
  pauseMs: row({
    name: 'thinktime',
    unit: 'us',
    default: '0',
    initial: 0,
    tier: 1,
    help: 'Pause so long after every I/O, or after as many as thinktime_blocks says.',
    example: '1ms',
    type: time('us'),
  }),
  /** Part of the pause, its first, that is spent computing. */
  spinMs: row({
    name: 'thinktime_spin',
    unit: 'us',
    default: '0',
    initial: 0,
    tier: 2,
    help: 'So much of each pause, its first part, is spent computing.',
    example: '100us',
    type: time('us'),
  }),
  /** I/Os between pauses; null = not given: 1, or by `ioTimeMs` alone when that is given. */
  blockCount: row({
    name: 'thinktime_blocks',
    initial: null,
    tier: 1,
    help: 'I/Os between pauses; not given, or 0: 1, and by thinktime_iotime alone where that is given.',
    example: '8',
    type: optional(integer({ min: 0, max: countMax }), (value) => value === 0),
  }),
  /** Which I/Os count. */
  counts: row({
    name: 'thinktime_blocks_type',
    initial: 'complete',
    tier: 2,
    help: 'Whether thinktime_blocks counts completed or issued I/Os.',
    type: oneOf(['complete', 'issue']),
  }),
  /** Time between pauses; 0 = only blocks count. */
  ioTimeMs: row({
    name: 'thinktime_iotime',
    unit: 's',
    default: '0',
    initial: 0,
    tier: 2,
    help: 'Pause after so much time of I/O; with thinktime_blocks, after whichever comes first.',
    example: '200ms',
    type: time('s'),
  }),
  /** Processor cycles to compute for after each I/O, whatever else is in flight; 0 = none. */
  cycleCount: row({
    name: 'thinkcycles',
    initial: 0,
    tier: 2,
    help: 'Compute for so many processor cycles after each I/O, timed by the frequency in /proc/cpuinfo.',
    example: '100000',
    type: count,
  }),
});

/** Shares of jobs that run together. */
export const flowRows = rows('flow', {
  id: row({
    name: 'flow_id',
    initial: 0,
    tier: 2,
    help: 'Jobs of one flow that run together share their I/Os by their weights.',
    type: count,
  }),
  /** 0 = in no flow. */
  weight: row({
    name: 'flow',
    initial: 0,
    tier: 2,
    help: 'Weight of the job in its flow; 0 = it is in none.',
    example: '8',
    type: integer({ min: 0, max: 1000, maxReason: "fio's limit" }),
  }),
  /** How long a job that is ahead waits before it looks again. */
  sleepMs: row({
    name: 'flow_sleep',
    unit: 'us',
    default: '0',
    initial: 0,
    tier: 2,
    help: 'How long a job that is ahead of its flow waits before it looks again.',
    example: '100us',
    type: time('us'),
  }),
});

/** Limits on latencies, of the service time. */
export const latencyTargetRows = rows('latencyTarget', {
  /** One I/O above it fails the job; 0 = none. */
  latencyMsMax: eachRow({
    name: 'max_latency',
    unit: 'us',
    tier: 2,
    help: 'The job fails (ETIMEDOUT) when one I/O takes longer; read,write,trim may differ.',
    example: '50ms',
    type: times,
  }),
  /** Search for the largest depth that keeps below it; null = no search. */
  targetMs: row({
    name: 'latency_target',
    unit: 'us',
    initial: null,
    tier: 2,
    help: 'Search for the largest depth, up to iodepth, with latencies below this; the last window alone is reported.',
    example: '500us',
    type: optional(time('us'), (value) => value === 0),
  }),
  /** How long each depth is tried. */
  windowMs: row({
    name: 'latency_window',
    unit: 'us',
    default: '0',
    initial: 0,
    tier: 2,
    help: 'How long latency_target tries each depth; 1 s when it is not given.',
    example: '500ms',
    type: time('us'),
  }),
  /** The share of I/Os that must keep below it. */
  percent: row({
    name: 'latency_percentile',
    unit: '%',
    initial: 100,
    tier: 2,
    help: 'Share of I/Os that must stay below latency_target.',
    example: '99.9',
    type: onePercentage,
  }),
  /** Go on searching until the job ends. */
  keepsSearching: row({
    name: 'latency_run',
    initial: false,
    tier: 2,
    help: 'Go on adjusting the depth to latency_target until the job ends.',
    type: bool,
  }),
});

export const pacingOptions: readonly Option[] = [pacingRows, thinkTimeRows, flowRows, latencyTargetRows].flatMap(
  (each) => optionsOf(each),
);
