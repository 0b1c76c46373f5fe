import { describe, expect, it } from 'vitest';
import { CommandPriorities } from '../engines/command-priority.js';
import { createRequests } from '../engines/requests.js';
import { createDraft } from '../job/draft.js';
import type { CommandPriorityOptions, Job, LogOptions, MeasureOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { fioBucketCount, fioBucketIndex } from '../logs/fio-buckets.js';
import {
  createRecordMemory,
  histogramTag,
  RecordReader,
  RecordRing,
  recordWidth,
  windowTag,
} from '../logs/record-ring.js';
import { RandomStreams } from '../support/random.js';
import { sampleJob, samplePlannedWorker } from '../testing/sample-result.js';
import { type Simulation, simulate } from '../testing/simulated-run.js';
import { createWorkerLogs, IoLog, type WorkerLogs } from './io-logs.js';
import { combineObservers } from './loop-hooks.js';
import { batchNowNs, createSlotTimes } from './slot-times.js';

/** Runs a simulated job with logs; gives all records. */
function recordsOf(
  options: Partial<LogOptions>,
  simulation: Simulation,
  windows: Partial<MeasureOptions> = {},
  process: Partial<Job['process']> = {},
  draws: CommandPriorityOptions | null = null,
): number[][] {
  const logs: LogOptions = { ...createDraft().logs, ...options };
  const job = sampleJob({ logs });
  const measured = {
    ...job,
    process: { ...job.process, ...process },
    measure: { ...job.measure, ...windows, submission: simulation.timesSubmission ?? false },
  };
  const planned = samplePlannedWorker({
    job: measured,
    logs: {
      files: [],
      format: {
        averageMs: 0,
        windowValue: 'average',
        offset: false,
        issueTime: false,
        priorityInFull: false,
        histogramCoarseness: 0,
        fileNames: [],
      },
      entryCountMin: 1024,
      epochClockId: null,
    },
  });
  const memory = createRecordMemory(1024);
  let made: WorkerLogs | null = null;
  let now = (): number => 0;
  const run = simulate({
    ...simulation,
    observer: ({ times, requests, clock }) => {
      now = clock.nowNs;
      const random = new RandomStreams(1, 0).stream(1);
      const priorities = draws === null ? null : new CommandPriorities(draws, requests, 0x4004, random);
      made = createWorkerLogs(planned, { memory, requests, times, clock, priorities, mustGiveUp: () => false });
      // An engine draws when it queues; here it is as good just before the log looks.
      const drawn = priorities === null ? null : { completed: (slot: number) => void priorities.draw(slot) };
      return combineObservers([drawn, ...made!.observers])!;
    },
    onMeasureStart: () => made!.begin(now()),
  });
  made!.finish(run.measured.startNs + run.measured.elapsedNs);
  return taken(memory);
}

function taken(memory: SharedArrayBuffer): number[][] {
  const records: number[][] = [];
  new RecordReader(memory).take((all, at) => records.push(Array.from(all.subarray(at, at + recordWidth))));
  return records;
}

const bandwidth = { bandwidth: '' };

describe('a log of single I/Os', () => {
  it('has a record for each, in the order of completion', () => {
    const records = recordsOf(bandwidth, { ioCount: 5, workload: { random: false } });
    expect(records).toHaveLength(5);
    expect(records.map((record) => record[6])).toEqual([0, 1, 2, 3, 4].map((block) => block * 4096));
    for (const [operation, , total, submission, completion, bytes] of records) {
      expect([operation, submission, bytes]).toEqual([0, 0, 4096]);
      expect(total).toBe(completion);
      expect(total).toBeGreaterThanOrEqual(100_000);
    }
    const times = records.map((record) => record[1]!);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
  });

  it('parts submission from completion where it is timed', () => {
    const memory = createRecordMemory(1024);
    const times = createSlotTimes(2);
    const requests = createRequests(2);
    requests.byteCount[1] = 512;
    times.batchNs[batchNowNs] = 5000;
    times.issuedNs[1] = 1000;
    times.submittedNs[1] = 1200;
    const parts = { ring: new RecordRing(memory), requests, times, startNs: Float64Array.of(500) };
    new IoLog({ ...parts, isTimed: true, ownPriority: 0, priorities: null }).completed(1);
    new IoLog({ ...parts, isTimed: false, ownPriority: 0, priorities: null }).completed(1);
    requests.operation[1] = Operation.sync;
    new IoLog({ ...parts, isTimed: true, ownPriority: 0, priorities: null }).completed(1);
    expect(taken(memory)).toEqual([
      [0, 4500, 4000, 200, 3800, 512, 0, 0],
      [0, 4500, 4000, 0, 4000, 512, 0, 0],
    ]);
  });

  it('begins after the ramp', () => {
    const records = recordsOf(bandwidth, { rampMs: 1, runtimeMs: 2 });
    expect(records.length).toBeGreaterThan(5);
    expect(records[0]![1]).toBeLessThan(300_000);
  });
});

describe('the priority of an I/O', () => {
  it.each([
    [1, 3, 0x2003],
    [null, 3, 0x4003],
    [3, null, 0x6000],
    [null, null, 0],
  ])('of a job of class %s, level %s is the one that the job runs with', (prioClass, prio, expected) => {
    const records = recordsOf(bandwidth, { ioCount: 3 }, {}, { prioClass, prio });
    expect(records.map((record) => record[7])).toEqual([expected, expected, expected]);
  });

  it('is the one drawn for it', () => {
    const both = (value: number) => ({ read: value, write: value });
    const draws = { percent: both(30), priorityClass: both(1), level: both(2), hint: both(0), split: null };
    const records = recordsOf(bandwidth, { ioCount: 1000 }, {}, {}, draws);
    const count = (priority: number) => records.filter((record) => record[7] === priority).length;
    expect(count(0x2002) + count(0x4004)).toBe(1000);
    expect(count(0x2002)).toBeGreaterThan(200);
    expect(count(0x2002)).toBeLessThan(400);
  });
});

describe('a log of windows', () => {
  const kinds = { bandwidth: '', iops: '', latency: '', averageMs: 10 };

  it('says what each window held, to the I/O', () => {
    const run = { runtimeMs: 25 };
    const windows = recordsOf(kinds, run);
    const singles = recordsOf({ ...kinds, averageMs: 0 }, run);
    const lines = (kind: number) => windows.filter((record) => (record[0]! - windowTag) >> 2 === kind);
    // As with fio: rates of whole windows alone, latencies of the last part as well.
    expect([0, 1, 2].map((kind) => lines(kind).map((record) => record[1]))).toEqual([
      [10, 20],
      [10, 20],
      [10, 20, 25],
    ]);
    const inWindow = (end: number) =>
      singles.filter((record) => record[1]! >= (end - 10) * 1e6 && record[1]! < end * 1e6);
    for (const [index, end] of [10, 20].entries()) {
      const members = inWindow(end);
      expect(lines(1)[index]![2]).toBe(members.length * 100);
      expect(lines(0)[index]![2]).toBe(Math.floor((members.length * 4096 * 100) / 1024));
      const latencies = members.map((record) => record[2]!);
      const mean = latencies.reduce((sum, ns) => sum + ns, 0) / latencies.length;
      expect(lines(2)[index]!.slice(2, 4)).toEqual([Math.floor(mean + 0.5), Math.max(...latencies)]);
      expect(lines(3)[index]!.slice(2, 4)).toEqual(lines(2)[index]!.slice(2, 4));
    }
    expect(lines(4)).toEqual([]);
  });

  it('has no line for a window without an I/O, nor for one that was not over', () => {
    // The second I/O takes 35 ms: three windows end meanwhile.
    const serviceNs = (index: number) => (index === 1 ? 35e6 : 1e6);
    const windows = recordsOf({ iops: '', averageMs: 10 }, { ioCount: 5, serviceNs });
    expect(windows.map((record) => [record[1], record[2]])).toEqual([[10, 100]]);
  });

  it('takes the smaller of bwavgtime and log_avg_msec for the bandwidth', () => {
    const windows = recordsOf({ ...kinds, latency: null }, { runtimeMs: 20 }, { bandwidthWindowMs: 5 });
    const ends = (kind: number) =>
      windows.filter((record) => (record[0]! - windowTag) >> 2 === kind).map((record) => record[1]);
    expect(ends(0)).toEqual([5, 10, 15, 20]);
    expect(ends(1)).toEqual([10, 20]);
  });

  it('gives bandwidth, IOPS and latencies windows of their own, a written 500 among them', () => {
    const options = { ...kinds, averageMs: 1000 };
    const windows = recordsOf(options, { runtimeMs: 2000 }, { bandwidthWindowMs: 500, iopsWindowMs: 250 });
    const ends = (kind: number) =>
      windows.filter((record) => (record[0]! - windowTag) >> 2 === kind).map((record) => record[1]);
    expect(ends(0)).toEqual([500, 1000, 1500, 2000]);
    expect(ends(1)).toEqual([250, 500, 750, 1000, 1250, 1500, 1750, 2000]);
    expect(ends(2)).toEqual([1000, 2000]);
  });
});

describe('a log of histograms', () => {
  it("holds each I/O once, in fio's buckets", () => {
    const run = { runtimeMs: 20 };
    const records = recordsOf({ histogram: '', histogramMs: 5 }, run);
    const singles = recordsOf(bandwidth, run);
    const perHistogram = 1 + fioBucketCount / recordWidth;
    expect(records.length % perHistogram).toBe(0);
    const heads = records.filter((_, index) => index % perHistogram === 0);
    expect(heads.map((head) => head[0])).toEqual(heads.map(() => histogramTag));
    expect(heads.map((head) => head[1])).toEqual([5, 10, 15, 20]);
    const counts = records.filter((_, index) => index % perHistogram !== 0).flat();
    const logged = new Array(fioBucketCount).fill(0);
    for (const [index, count] of counts.entries()) logged[index % fioBucketCount] += count;
    const expected = new Array(fioBucketCount).fill(0);
    for (const record of singles) if (record[1]! <= 20e6) expected[fioBucketIndex(record[4]!)]++;
    expect(logged).toEqual(expected);
  });
});
