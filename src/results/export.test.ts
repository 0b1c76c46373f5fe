import { HistogramLogReader, type JsHistogram } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { decodeHistogram } from '../stats/encoded-histogram.js';
import { sampleEnginesResult, sampleResult } from '../testing/sample-result.js';
import type { ResultDocument } from './document.js';
import { resultHistogramLog, resultRows } from './export.js';

const fio: ResultDocument = (({ iotest: _, ...rest }) => rest)(sampleResult());

/** Every interval, as the library's own reader finds it. */
function readLog(text: string): JsHistogram[] {
  const reader = new HistogramLogReader(text, 64);
  const found: JsHistogram[] = [];
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    found.push(next as JsHistogram);
  }
  return found;
}

describe('resultHistogramLog', () => {
  it('is read by the log reader of HdrHistogram, with every count', () => {
    const document = sampleEnginesResult();
    const read = readLog(resultHistogramLog(document));
    expect(read.map(({ tag }) => tag)).toEqual([
      'job:mixed/eng:psync/op:read',
      'job:mixed/eng:psync/op:write',
      'job:mixed/eng:psync/op:sync',
      'job:mixed/eng:io_uring+sqpoll/op:read',
      'job:mixed/eng:io_uring+sqpoll/op:write',
      'job:mixed/eng:io_uring+sqpoll/op:sync',
    ]);
    const { histograms } = document.iotest.jobs[1]!;
    const { counts, count } = decodeHistogram(histograms.write!.total);
    expect(read[4]!.totalCount).toBe(count);
    const wrong = Array.from(counts.entries()).filter(([index, each]) => read[4]!.getCountAtIndex(index) !== each);
    expect(wrong).toEqual([]);
    expect(read[0]!.startTimeStampMsec).toBe(document.iotest.jobs[0]!.startedEpochMs);
    expect(read[0]!.endTimeStampMsec - read[0]!.startTimeStampMsec).toBeCloseTo(2000, 0);
    // Both began after the first.
    expect(read[3]!.startTimeStampMsec - read[0]!.startTimeStampMsec).toBe(2400);
  });

  it('has the times of the real clock, whatever clock job_start is of', () => {
    const { jobs, iotest, ...rest } = sampleResult();
    const startOf = (document: ResultDocument) => readLog(resultHistogramLog(document))[0]!.startTimeStampMsec;
    const sinceBoot = { ...rest, iotest, jobs: jobs.map((job) => ({ ...job, job_start: 5000 })) };
    expect(startOf(sinceBoot)).toBe(iotest.jobs[0]!.startedEpochMs);
    // Earlier versions had nothing but job_start.
    const earlier = { ...iotest, jobs: iotest.jobs.map(({ startedEpochMs: _, ...job }) => job) };
    expect(startOf({ ...rest, jobs, iotest: earlier })).toBe(jobs[0]!.job_start);
  });

  it('tells repetitions and variants apart', () => {
    const { iotest, ...rest } = sampleResult();
    const jobs = iotest.jobs.map((job) => ({ ...job, variant: 'new kernel', repetition: 2 }));
    const [entry] = readLog(resultHistogramLog({ ...rest, iotest: { ...iotest, jobs } }));
    expect(entry!.tag).toBe('job:randread/eng:io_uring/op:read/var:new_kernel/rep:3');
  });

  it("is refused for fio's results, and without any I/O", () => {
    expect(() => resultHistogramLog(fio)).toThrow("fio's JSON holds no HdrHistogram");
    const { iotest, ...rest } = sampleResult();
    const jobs = iotest.jobs.map((job) => ({ ...job, histograms: {} }));
    expect(() => resultHistogramLog({ ...rest, iotest: { ...iotest, jobs } })).toThrow('no latency histogram');
  });
});

describe('resultRows', () => {
  it('has a row per job and direction that had I/O', () => {
    const rows = resultRows(sampleEnginesResult());
    expect(rows.map((row) => [row.engine, row.direction, row.ios])).toEqual([
      ['psync', 'read', 2800],
      ['psync', 'write', 1200],
      ['io_uring+sqpoll', 'read', 2800],
      ['io_uring+sqpoll', 'write', 1200],
    ]);
    for (const row of rows) {
      expect(row.percentilesOf).toBe('total');
      const order = [row.latencyMinNs, row.p50Ns, row.p90Ns, row.p99Ns, row.p999Ns, row.latencyMaxNs];
      expect(order).toEqual([...order].sort((a, b) => a! - b!));
      expect(row.bytes).toBe(row.ios * 4096);
    }
  });

  it("takes of fio's results what is there", () => {
    const [row] = resultRows(fio);
    expect(row).toMatchObject({
      engine: 'io_uring',
      variant: null,
      percentilesOf: 'completion',
      p90Ns: expect.any(Number),
    });
    expect(row!.p50Ns).toBe(fio.jobs[0]!.read.clat_ns.percentile!['50.000000']);
    const bare = structuredClone(fio);
    delete bare.jobs[0]!.read.clat_ns.percentile;
    expect(resultRows(bare)[0]).toMatchObject({ percentilesOf: null, p50Ns: null, p999Ns: null });
  });
});
