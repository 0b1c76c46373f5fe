/**
 * Whether a result can be true: nothing measured twice or lost, no compilation and no garbage collection in the
 * measured time. On real runs, through the built command.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { IotestDocument, IotestJob } from '../../src/results/document.js';
import { decodeHistogram } from '../../src/stats/encoded-histogram.js';
import { scratchFolder } from '../cli/command.js';
import { runDocument } from './fault-lab.js';

const directions = ['read', 'write', 'trim'] as const;
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Everything that counts the same I/Os says the same number. */
function expectConsistent(document: IotestDocument, blockBytes: number): void {
  for (const [index, fio] of document.jobs.entries()) {
    const job = document.iotest.jobs[index]!;
    for (const direction of directions) {
      const { total_ios: ioCount, io_bytes: byteCount, iops, bw_bytes: rate } = fio[direction];
      expect(byteCount).toBe(ioCount * blockBytes);
      if (ioCount === 0) {
        expect(job.histograms[direction]).toBeUndefined();
        continue;
      }
      const histogram = job.histograms[direction]!.total;
      expect(histogram.count).toBe(ioCount);
      expect(decodeHistogram(histogram).count).toBe(ioCount);
      expect(fio[direction].lat_ns.N).toBe(ioCount);
      const seconds = job.elapsedNs / 1e9;
      expect(iops).toBeGreaterThan((ioCount / seconds) * 0.99);
      expect(iops).toBeLessThan((ioCount / seconds) * 1.01);
      expect(rate).toBeGreaterThan((byteCount / seconds) * 0.99);
      expect(rate).toBeLessThan((byteCount / seconds) * 1.01);
      const column = job.series.directions[direction]!;
      expect(sum(column.ioCount)).toBe(ioCount);
      expect(sum(column.byteCount)).toBe(byteCount);
    }
    // Windows follow one another without gaps, from the start to the end of the measured time.
    const { startMs, durationMs } = job.series;
    for (let window = 1; window < startMs.length; window++) {
      expect(startMs[window]!).toBeCloseTo(startMs[window - 1]! + durationMs[window - 1]!, 0);
    }
    expect(sum(durationMs)).toBeCloseTo(job.elapsedNs / 1e6, -1);
  }
}

const engines = ['psync', 'libaio', 'io_uring', 'io_uring+fixed', 'io_uring+sqpoll', 'pvsync2', 'mmap', 'null'];

describe('a result adds up', () => {
  const everyEngine = engines.flatMap((engine) => ['--engine', engine]);

  it(`of reads and writes, bounded by time: ${engines.join(', ')}`, async () => {
    const cwd = scratchFolder();
    const job =
      '[job]\nfilename=data\nsize=8m\nrw=randrw\nbs=8k\niodepth=16\nruntime=700ms\ntime_based\nbwavgtime=100\n';
    const { end, document } = await runDocument(job, everyEngine, { cwd });
    expect(end.status, end.stderr).toBe(0);
    expect(document.iotest.jobs.map(({ errors }) => errors)).toEqual(engines.map(() => []));
    expect(document.iotest.jobs.map(({ engineLabel }) => engineLabel)).toEqual(engines);
    for (const { read, write } of document.jobs) {
      expect(read.total_ios).toBeGreaterThan(0);
      expect(write.total_ios).toBeGreaterThan(0);
    }
    expectConsistent(document, 8192);
  });

  it(`of a size, exactly: ${engines.join(', ')}`, async () => {
    const cwd = scratchFolder();
    const job = '[job]\nfilename=data\nsize=8m\nrw=randread\niodepth=16\nloops=3\n';
    const { document } = await runDocument(job, everyEngine, { cwd });
    expect(document.jobs.map(({ read }) => read.total_ios)).toEqual(engines.map(() => 3 * 2048));
    expect(document.iotest.jobs.map(({ ended }) => ended)).toEqual(engines.map(() => 'done'));
    expectConsistent(document, 4096);
  });

  it('without the ramp, and with a submission latency that does not exceed the total', async () => {
    const cwd = scratchFolder();
    const job =
      '[job]\nfilename=data\nsize=8m\nrw=randread\niodepth=8\nramp_time=500ms\nruntime=500ms\ntime_based\nslat_percentiles=1\n';
    const { document } = await runDocument(job, ['--engine', 'io_uring'], { cwd });
    expectConsistent(document, 4096);
    const [measured] = document.iotest.jobs;
    // With the ramp it would be a second at least.
    expect(measured!.elapsedNs).toBeLessThan(1000e6);
    const { submission, completion, total } = measured!.histograms.read!;
    // What was in flight when the ramp ended was submitted before it.
    for (const { count } of [submission!, completion!]) {
      expect(Math.abs(count - total.count)).toBeLessThanOrEqual(8);
    }
    // Sums, as each I/O's parts make its whole.
    expect((submission!.sumNs + completion!.sumNs) / total.sumNs).toBeCloseTo(1, 2);
  });

  it('of several workers in one group', async () => {
    const cwd = scratchFolder();
    const job =
      '[job]\nfilename=data\nsize=8m\nrw=randread\niodepth=4\nnumjobs=2\ngroup_reporting\nruntime=500ms\ntime_based\n';
    const { document } = await runDocument(job, ['--engine', 'libaio'], { cwd });
    expect(document.jobs).toHaveLength(1);
    expect(document.iotest.jobs[0]!.workerCount).toBe(2);
    const { histograms, series } = document.iotest.jobs[0]!;
    expect(histograms.read!.total.count).toBe(document.jobs[0]!.read.total_ios);
    expect(sum(series.directions.read!.ioCount)).toBe(document.jobs[0]!.read.total_ios);
  });
});

describe('no garbage collection falls into the measured time', () => {
  const GiB = 2 ** 30;
  for (const [size, bytes] of [
    ['a file of 64 MiB', 64 * 2 ** 20],
    ['a sparse file of 6 GiB, whose offsets exceed 32 bits', 6 * GiB],
  ] as const) {
    it(`with ${size}`, async () => {
      const cwd = scratchFolder();
      fs.writeFileSync(path.join(cwd, 'data'), '');
      fs.truncateSync(path.join(cwd, 'data'), bytes);
      const text = '[job]\nfilename=data\nrw=randread\niodepth=32\nnorandommap\nruntime=1500ms\ntime_based\n';
      const chosen = engines.filter((engine) => engine !== 'mmap' && engine !== 'null');
      const argv = chosen.flatMap((engine) => ['--engine', engine]);
      const { end, document } = await runDocument(text, argv, { cwd });
      expect(end.status).toBe(0);
      for (const { read } of document.jobs) expect(read.total_ios).toBeGreaterThan(1000);
      expect(
        Object.fromEntries(document.iotest.jobs.map((job) => [job.engineLabel, job.garbageCollectionCount])),
      ).toEqual(Object.fromEntries(chosen.map((engine) => [engine, 0])));
    });
  }
});

describe('the loop is warm before the clock starts', () => {
  /**
   * Rate of the first 100 ms over the median of the later windows. Code that V8 has not compiled yet runs at a fifth of
   * the speed or less for its first 100 ms and more, so 0.7 tells it from warm code. A busy machine slows any window, the
   * first as well: so one good run of five is enough, which cold code would never give.
   */
  function firstWindowShare({ series }: IotestJob): number {
    const rates = series.directions.read!.ioCount.map((count, window) => count / series.durationMs[window]!);
    const later = rates.slice(1).sort((a, b) => a - b);
    return rates[0]! / later[later.length >> 1]!;
  }

  for (const [what, engine, lines] of [
    ['null', 'null', 'size=1g\niodepth=32'],
    ['psync on a cached file', 'psync', 'filename=data\nsize=8m\ninvalidate=0'],
    ['io_uring on a cached file', 'io_uring', 'filename=data\nsize=8m\ninvalidate=0\niodepth=32'],
    ['libaio on a cached file', 'libaio', 'filename=data\nsize=8m\ninvalidate=0\niodepth=32'],
  ] as const) {
    it(`${what}: the first 100 ms look like the rest`, async () => {
      const cwd = scratchFolder();
      const job = `[job]\nrw=randread\n${lines}\nruntime=1500ms\ntime_based\nbwavgtime=100\n`;
      const shares: number[] = [];
      while (shares.length < 5 && !(shares.at(-1)! > 0.7)) {
        const { document } = await runDocument(job, ['--engine', engine], { cwd });
        shares.push(firstWindowShare(document.iotest.jobs[0]!));
      }
      expect(shares.at(-1), `shares of ${shares.join(', ')}`).toBeGreaterThan(0.7);
    });
  }
});
