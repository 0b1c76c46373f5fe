import { describe, expect, it } from 'vitest';
import { compareSets } from '../compare/compare.js';
import type { LatencySample, Sample, SampleSet } from '../compare/samples.js';
import type { GateReport, Verdict } from '../compare/types.js';
import type { FieldDifference } from '../results/fingerprint.js';
import { compareHistory } from './history.js';
import { confirm, type JudgeSettings, judge } from './judge.js';
import { parseToleranceFlags, tolerancesFrom } from './tolerances.js';

/** Deterministic noise around 1: the same for every call, distinct for each repetition. */
const wobble = (index: number, size: number) => 1 + size * Math.sin(index * 12.9898 + size);

interface SideGiven {
  readonly count?: number;
  readonly slowness?: number;
  readonly noise?: number;
  readonly phase?: number;
  readonly ioCount?: number;
  readonly jobName?: string;
  readonly blockBytes?: number | null;
  readonly percentiles?: boolean;
  /** How many times longer each takes than the others of its repetition. */
  readonly times?: Partial<Record<'mean' | 'p50' | 'p99' | 'p99.9' | 'open' | 'cpu', number>>;
  /** Repetitions that are slower in everything, and by how much. */
  readonly slow?: (repetition: number) => number;
  /** Repetitions without any I/O. */
  readonly isIdle?: (repetition: number) => boolean;
  /** A rate is set. */
  readonly isRated?: boolean;
}

/** A side whose every figure is `slowness` times worse than 1. */
function side(label: string, given: SideGiven = {}): SampleSet {
  const { count = 12, slowness = 1, noise = 0.005, phase = 0, ioCount = 1e6, jobName = 'rd', times = {} } = given;
  const blockBytes = given.blockBytes === undefined ? 4096 : given.blockBytes;
  const samples = Array.from({ length: count }, (_, repetition): Sample => {
    const slow = (place: number) =>
      slowness * (given.slow?.(repetition) ?? 1) * wobble(repetition * 7 + place + phase, noise);
    const latency = (p99: number): LatencySample => ({
      count: ioCount,
      meanNs: 1e5 * slow(1) * (times.mean ?? 1),
      maxNs: 1e7,
      percentileNs:
        given.percentiles === false
          ? {}
          : {
              p50: 9e4 * slow(2) * (times.p50 ?? 1),
              p99: 3e5 * slow(3) * (times.p99 ?? 1),
              'p99.9': 1e6 * slow(4) * (times['p99.9'] ?? 1),
              'open-p50': 9e4 * p99,
              'open-p99': 3e5 * p99,
            },
      histogram: null,
      points: [],
    });
    const iops = 1e4 / slow(5);
    const read = {
      iops,
      bytesPerSecond: iops * (blockBytes ?? 5000 * wobble(repetition, 0.01)),
      latency: { total: latency(1), completion: null },
      openLoop: given.isRated === true ? latency(slow(7) * (times.open ?? 1)) : null,
    };
    return {
      repetition,
      directions: given.isIdle?.(repetition) === true ? {} : { read },
      cpuNsPerIo: 2000 * slow(6) * (times.cpu ?? 1),
    };
  });
  const workload = {
    readWrite: 'randread',
    blockBytes: { read: blockBytes },
    readPercent: null,
    fsyncEvery: 0,
    workerCount: 1,
  };
  return {
    label,
    jobs: new Map([[`${jobName}\n0`, { jobName, variant: null, workload, samples }]]),
    notes: [],
    failedCount: 0,
  };
}

const settings: JudgeSettings = { tolerances: tolerancesFrom([]), fingerprint: [], varied: [] };
const paired = (a: SampleSet, b: SampleSet) => compareSets(a, b, { design: 'paired' });
const verdictOf = (report: GateReport, label: string) =>
  report.metrics.find(({ comparison }) => comparison.label === label)?.verdict;

const asking = (...tolerances: string[]): JudgeSettings => ({
  ...settings,
  tolerances: tolerancesFrom(parseToleranceFlags(tolerances)),
});
const deciding = (report: GateReport) =>
  report.metrics.filter(({ role }) => role === 'deciding').map(({ comparison }) => comparison.label);

describe('judge', () => {
  it('passes what is the same', () => {
    const report = judge(paired(side('a'), side('b', { phase: 3 })), settings);
    expect(report.verdict).toBe('pass');
    expect(report.reasons).toEqual([]);
  });

  it('calls 25 % slower a regression and names the worst first', () => {
    const report = judge(paired(side('a'), side('b', { slowness: 1.25, phase: 3 })), settings);
    expect(report.verdict).toBe('regression');
    expect(report.reasons[0]).toMatch(
      /^rd read (IOPS|p99) is \d\d\.\d % (lower|higher), beyond the tolerance of (5|10) %$/,
    );
    expect(verdictOf(report, 'read p99')).toBe('regression');
    expect(verdictOf(report, 'read max')).toBeNull();
  });

  it('passes what is certainly worse, but within the tolerance', () => {
    const report = judge(paired(side('a'), side('b', { slowness: 1.03 })), settings);
    expect(report.verdict).toBe('pass');
    const iops = report.metrics.find(({ comparison }) => comparison.label === 'read IOPS')!;
    expect(iops.comparison.pValue).toBeLessThan(0.05);
    expect(iops.reason).toBe('within 5 %');
  });

  it('mirrors what is decided when the sides are exchanged', () => {
    const mirrored: Record<string, readonly Verdict[]> = {
      regression: ['improved'],
      improved: ['regression'],
      pass: ['pass', 'inconclusive'],
      inconclusive: ['pass', 'inconclusive'],
    };
    for (const design of ['paired', 'independent'] as const) {
      for (const slowness of [0.8, 0.94, 0.96, 1, 1.04, 1.049, 1.051, 1.3]) {
        for (const noise of [0.003, 0.2]) {
          const [a, b] = [side('a', { noise }), side('b', { slowness, noise, phase: 5 })];
          const there = judge(compareSets(a, b, { design }), settings);
          const back = judge(compareSets(b, a, { design }), settings);
          there.metrics.forEach((gated, index) => {
            const other = back.metrics[index]!;
            if (gated.verdict === null) expect(other.verdict).toBeNull();
            else expect(mirrored[gated.verdict]).toContain(other.verdict);
            const [one, two] = [gated.comparison, other.comparison];
            if (one.ratio === null) return;
            expect(two.ratio).toBeCloseTo(1 / one.ratio, 10);
            expect(two.pValue).toBeCloseTo(one.pValue!, 12);
          });
        }
      }
    }
  });

  it('decides nothing where noise hides the tolerance, and says between what it lies', () => {
    const report = judge(paired(side('a', { noise: 0.2 }), side('b', { noise: 0.2, phase: 4 })), settings);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toMatch(
      /somewhere between [\d.]+ % (better|worse) and [\d.]+ % worse, and (5|10) % worse is allowed/,
    );
  });

  it('says how many repetitions are missing', () => {
    const report = judge(paired(side('a', { count: 5 }), side('b', { count: 5, slowness: 2, phase: 3 })), settings);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toContain('5 pairs, at least 6 are needed');
    const one = judge(paired(side('a', { count: 1 }), side('b', { count: 1, slowness: 2, phase: 3 })), settings);
    expect(one.reasons.join()).toContain('1 pair, at least 6 are needed');
    expect(judge(paired(side('a', { count: 6 }), side('b', { count: 6, slowness: 2 })), settings).verdict).toBe(
      'regression',
    );
  });

  it('says so for no repetitions at all', () => {
    const report = judge(paired(side('a', { count: 0 }), side('b', { count: 0 })), settings);
    expect(report).toMatchObject({ verdict: 'inconclusive', reasons: ['nothing could be judged'] });
  });
});

describe('what decides', () => {
  const labels = (given: SideGiven, ...tolerances: string[]) =>
    deciding(judge(paired(side('a', given), side('b', given)), asking(...tolerances)));

  it('is throughput, in the unit of the blocks, and p99, or what of it there is', () => {
    expect(labels({})).toEqual(['read IOPS', 'read p99']);
    expect(labels({ blockBytes: 65536 })).toEqual(['read BW', 'read p99']);
    expect(labels({ ioCount: 99 })).toEqual(['read IOPS', 'read p50']);
    expect(labels({ percentiles: false })).toEqual(['read IOPS', 'read mean']);
  });

  it('is the latency from the intended start wherever a rate is set', () => {
    expect(labels({ isRated: true })).toEqual(['read IOPS', 'read open-loop p99']);
    expect(labels({ isRated: true, ioCount: 80 })).toEqual(['read IOPS', 'read open-loop p50']);
  });

  it('is what a tolerance was given for, too', () => {
    expect(labels({}, 'cpu=10%', 'p50=3%')).toEqual(['read IOPS', 'read p50', 'read p99', 'CPU/IO']);
    expect(labels({}, 'p99=off')).toEqual(['read IOPS']);
    expect(labels({}, 'iops=off')).toEqual(['read p99']);
  });

  it('is one measurement once, in the unit that was asked for, by the stricter of two tolerances', () => {
    expect(labels({}, 'bw=3%')).toEqual(['read BW', 'read p99']);
    expect(labels({}, 'bw=3%', 'iops=2%')).toEqual(['read IOPS', 'read p99']);
    expect(labels({}, 'bw=3%', 'iops=4%')).toEqual(['read BW', 'read p99']);
    // Blocks of several sizes: bandwidth is a measurement of its own.
    expect(labels({ blockBytes: null }, 'bw=3%')).toEqual(['read IOPS', 'read BW', 'read p99']);
  });

  it('is named when it does not decide and got worse all the same', () => {
    const report = judge(paired(side('a'), side('b', { times: { mean: 1.2 }, phase: 3 })), settings);
    expect(report.verdict).toBe('pass');
    expect(report.remarks).toEqual([
      expect.stringMatching(/^rd read mean is 2\d\.\d % higher: advisory, --tolerance mean=5% has it judged$/),
    ]);
    const asked = judge(paired(side('a'), side('b', { times: { mean: 1.2 }, phase: 3 })), asking('mean=5%'));
    expect(asked.verdict).toBe('regression');
  });
});

/** As of so few I/Os that there is no p99: neither is a value made up for it. */
function withoutP99(set: SampleSet): SampleSet {
  const jobs = [...set.jobs].map(([key, job]) => {
    const samples = job.samples.map((sample): Sample => {
      const read = sample.directions.read!;
      const total = { ...read.latency.total!, count: 50 };
      return { ...sample, directions: { read: { ...read, latency: { ...read.latency, total } } } };
    });
    return [key, { ...job, samples }] as const;
  });
  return { ...set, jobs: new Map(jobs) };
}

describe('what must never be green', () => {
  const both = (design: 'paired' | 'independent', a: SampleSet, b: SampleSet, ...tolerances: string[]) =>
    judge(compareSets(a, b, { design }), asking(...tolerances));
  const designs = ['paired', 'independent'] as const;

  it.each(designs)('a percentile of few I/Os that got 27 times longer (%s)', (design) => {
    const given = { count: 20, ioCount: 2000 };
    for (const tolerances of [['p99=10%'], []]) {
      const report = both(design, side('a', given), side('b', { ...given, times: { p99: 27 } }), ...tolerances);
      expect(report.verdict).toBe('regression');
      expect(verdictOf(report, 'read p99')).toBe('regression');
    }
  });

  it.each(designs)('p50 9 %% longer with 41 I/Os beyond it (%s)', (design) => {
    const given = { count: 20, ioCount: 82 };
    const report = both(design, side('a', given), side('b', { ...given, phase: 3, times: { p50: 1.09 } }));
    expect(report.verdict).toBe('regression');
    expect(report.reasons.join()).toContain('rd read p50');
  });

  it('a percentile that was asked for and that a repetition cannot give', () => {
    const given = { count: 20 };
    const report = both('paired', withoutP99(side('a', given)), withoutP99(side('b', given)), 'p99=10%');
    expect(verdictOf(report, 'read p99')).toBe('inconclusive');
    expect(report.verdict).toBe('inconclusive');
  });

  it.each(designs)('nothing done in half of the runs, which is named (%s)', (design) => {
    const idle = { count: 20, isIdle: (repetition: number) => repetition % 2 === 1 };
    const report = both(design, side('a', { count: 20 }), side('b', idle));
    expect(report.verdict).toBe('regression');
    expect(report.reasons.join()).toContain('10 of 20 repetitions did no I/O at all');
    expect(JSON.stringify(report)).not.toContain('NaN');
    expect(both(design, side('a', idle), side('b', idle)).verdict).toBe('inconclusive');
  });

  it.each(designs)('nothing done in one run of twenty (%s)', (design) => {
    const idle = { count: 20, isIdle: (repetition: number) => repetition === 7 };
    const report = both(design, side('a', { count: 20 }), side('b', idle));
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toContain('1 repetition did no I/O at all');
  });

  it('nothing done at all, on either side', () => {
    const idle = { isIdle: () => true };
    const report = both('paired', side('a', idle), side('b', idle));
    expect(report).toMatchObject({ verdict: 'inconclusive', reasons: ['rd: no I/O at all, on either side'] });
  });

  it('runs that failed and were left out', () => {
    const report = judge(paired(side('a'), { ...side('b', { phase: 3 }), failedCount: 3 }), settings);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toContain('3 of the current runs met errors');
  });

  it.each(designs)('an open-loop p99 that went from 1 to 18 times, all else equal (%s)', (design) => {
    const report = both(design, side('a', { isRated: true }), side('b', { isRated: true, times: { open: 18 } }));
    expect(report.verdict).toBe('regression');
    expect(report.reasons[0]).toContain('rd read open-loop p99');
  });

  it.each([4, 6] as const)('half speed in %i of 20 runs, of which two kinds are named', (count) => {
    for (const design of designs) {
      const slow = (repetition: number) => ((repetition * 7) % 20 < count ? 2 : 1);
      const report = both(design, side('a', { count: 20 }), side('b', { count: 20, slow, phase: 3 }));
      expect(['regression', 'inconclusive']).toContain(report.verdict);
      expect(report.remarks.join('\n')).toMatch(
        new RegExp(
          `rd read IOPS of b: two kinds of runs, ${20 - count} at (10\\.0k|99\\d\\d), ${count} at (5\\.0|50\\d\\d|49)`,
        ),
      );
    }
  });

  it('a plain slow-down by a rate, with six pairs', () => {
    const fast = side('a', { count: 6, noise: 0.0001, isRated: true });
    const report = judge(paired(fast, side('b', { count: 6, slowness: 1.25, noise: 0.0001, isRated: true })), settings);
    expect(report.verdict).toBe('regression');
    expect(report.reasons.join()).toContain('rd read IOPS is 20.0 % lower');
  });

  it('an explicit tolerance, however small, also against history', () => {
    const earlier = Array.from({ length: 12 }, (_, index) =>
      side(`run ${index}`, { count: 3, phase: index * 11, noise: 0.003 }),
    );
    const now = (slowness: number) =>
      judge(
        compareHistory(earlier, side('now', { count: 3, slowness, phase: 5, noise: 0.003 }), 'base'),
        asking('iops=3%'),
      );
    expect(now(1 / 0.92).verdict).toBe('regression');
    expect(now(1 / 0.92).metrics.find(({ comparison }) => comparison.label === 'read IOPS')!.tolerance).toBe(0.03);
    expect(now(1).verdict).toBe('pass');
  });

  it('half the IOPS, judged alike whatever the block size: one measurement counts once', () => {
    for (const count of [4, 6, 12]) {
      const verdicts = [512, 4096, 65536, 262144].map((blockBytes) => {
        const given = { count, blockBytes, noise: 0.01 };
        return both('independent', side('a', given), side('b', { ...given, slowness: 2, phase: 3 }), 'cpu=off').verdict;
      });
      expect(new Set(verdicts)).toEqual(new Set([count < 6 ? 'inconclusive' : 'regression']));
    }
  });

  it('an interval across the tolerance', () => {
    // IOPS 0.9557, interval about 0.948 to 0.963: 5.5 % worse is possible.
    const around = (repetition: number) => (1 / 0.9557) * (repetition % 2 === 0 ? 1.017 : 1 / 1.017);
    const report = judge(
      paired(side('a', { count: 20, noise: 0 }), side('b', { count: 20, noise: 0, slow: around })),
      asking('p99=off'),
    );
    expect(report.verdict).toBe('inconclusive');
  });
});

describe('what cannot be compared', () => {
  it('refuses other jobs, other workloads, and missing jobs', () => {
    expect(judge(paired(side('a'), side('b', { jobName: 'wr' })), settings)).toMatchObject({
      verdict: 'incomparable',
      reasons: ['no job is on both sides (baseline: rd; current: wr)'],
    });
    const other = judge(paired(side('a'), side('b', { blockBytes: 8192 })), settings);
    expect(other).toMatchObject({
      verdict: 'incomparable',
      reasons: ['rd does something else: read block size is 8192, was 4096'],
    });
    const both = { ...side('a'), jobs: new Map([...side('a').jobs, ...side('a', { jobName: 'wr' }).jobs]) };
    expect(judge(paired(both, side('b', { phase: 3 })), settings)).toMatchObject({
      verdict: 'incomparable',
      reasons: ['wr is missing in current'],
    });
  });

  it('refuses other machines, unless the difference is meant', () => {
    const differing: FieldDifference = {
      field: 'disk.scheduler',
      class: 'blocking',
      left: { value: 'none', reason: null },
      right: { value: null, reason: 'no such file' },
    };
    const comparison = paired(side('a'), side('b', { slowness: 1.5 }));
    const strict = judge(comparison, { ...settings, fingerprint: [differing] });
    expect(strict.verdict).toBe('incomparable');
    expect(strict.reasons).toEqual(['disk.scheduler differs: none → unknown (no such file)']);
    expect(judge(comparison, { ...settings, fingerprint: [differing], varied: ['scheduler'] }).verdict).toBe(
      'regression',
    );
    expect(judge(comparison, { ...settings, fingerprint: [{ ...differing, class: 'warning' }] }).verdict).toBe(
      'regression',
    );
  });

  it('takes values that have no logarithm for missing', () => {
    const broken = side('b');
    const job = broken.jobs.get('rd\n0')!;
    const samples = job.samples.map((sample) => ({ ...sample, cpuNsPerIo: Number.NaN }));
    const set = { ...broken, jobs: new Map([['rd\n0', { ...job, samples }]]) };
    const report = judge(paired(side('a'), set), asking('cpu=10%'));
    expect(verdictOf(report, 'CPU/IO')).toBe('inconclusive');
    expect(verdictOf(judge(paired(side('a'), set), settings), 'CPU/IO')).toBeNull();
    expect(JSON.stringify(report)).not.toContain('NaN');
  });
});

describe('confirm', () => {
  const first = judge(paired(side('a'), side('b', { slowness: 1.2, phase: 3 })), settings);

  it('keeps a regression that the second run finds too', () => {
    const report = confirm(first, paired(side('a', { phase: 9 }), side('b', { slowness: 1.2, phase: 8 })), settings);
    expect(report).toMatchObject({ verdict: 'regression', confirmed: 'done' });
    expect(report.metrics.filter(({ confirmation }) => confirmation?.agrees === true)).toHaveLength(
      first.metrics.filter(({ verdict }) => verdict === 'regression').length,
    );
  });

  it('drops one that it does not find', () => {
    const report = confirm(first, paired(side('a', { phase: 9 }), side('b', { phase: 8 })), settings);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toContain('a second run did not confirm it');
  });

  it('drops one whose job is not there any more', () => {
    const report = confirm(first, paired(side('a', { jobName: 'x' }), side('b', { jobName: 'x' })), settings);
    expect(report.verdict).toBe('inconclusive');
  });
});

describe('against earlier results', () => {
  const earlier = (count: number, noise = 0.01) =>
    Array.from({ length: count }, (_, index) => side(`run ${index}`, { count: 3, phase: index * 11, noise }));

  it('passes what lies among them, and fails what lies far beyond', () => {
    const now = (slowness: number) =>
      judge(compareHistory(earlier(10), side('now', { count: 3, slowness, phase: 5 }), 'base'), settings);
    expect(now(1).verdict).toBe('pass');
    expect(now(1.5).verdict).toBe('regression');
    expect(now(0.5).verdict).toBe('improved');
    // Days that differ by less than the tolerance: beyond it is beyond it.
    expect(now(1.12).verdict).toBe('regression');
    expect(now(1.02).verdict).toBe('pass');
  });

  it('needs six, and no more than ten count', () => {
    const five = judge(compareHistory(earlier(5), side('now', { slowness: 3 }), 'base'), settings);
    expect(five.verdict).toBe('inconclusive');
    expect(five.reasons.join()).toContain('5 earlier results, at least 6 are needed');
    expect(compareHistory(earlier(14), side('now'), 'base').jobs[0]!.baselineCount).toBe(10);
  });

  it('knows noise that was measured elsewhere', () => {
    const comparison = compareHistory(earlier(10, 0.0001), side('now', { slowness: 1.5 }), 'base', () => 0.3);
    expect(judge(comparison, settings).verdict).toBe('inconclusive');
  });

  it('has nothing to say without any', () => {
    expect(judge(compareHistory([], side('now'), 'base'), settings).verdict).toBe('incomparable');
  });
});
