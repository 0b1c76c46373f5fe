import { describe, expect, it } from 'vitest';
import { plainStyle } from '../report/terminal.js';
import { sampleComparison, sampleMetric } from '../testing/sample-comparison.js';
import { curveLines } from './chart.js';
import { compareCsv, compareJson, compareMarkdown } from './export.js';
import { differenceText } from './figures.js';
import { type CompareReport, distinctLabels, formatCompare } from './text.js';

const missing = sampleMetric({
  label: 'read p99.9',
  ratio: null,
  interval: null,
  pValue: null,
  pAdjusted: null,
  baseline: null,
  detectablePercent: null,
  finding: null,
  note: 'missing in the baseline',
});

const report: CompareReport = {
  labels: ['old', 'new'],
  comparisons: [sampleComparison([sampleMetric(), missing])],
  fingerprints: [
    [
      {
        field: 'kernel.release',
        class: 'blocking',
        left: { value: '6.1.0', reason: null },
        right: { value: null, reason: 'no /proc' },
      },
    ],
  ],
  best: () => 0,
  notes: ['x.json left out: "a" | <b>'],
};

describe('formatCompare', () => {
  it('tells figures first, then conditions, then what is missing, in 80 columns', () => {
    const text = formatCompare(report, plainStyle(true));
    expect(text).toMatchInlineSnapshot(`
      "new against old: worse in read p99 (1.250x)

      old → new
      repetitions of one run, paired in the order they ran; ratios are estimates over
      all repetitions, so they need not be those of the medians shown

      rd: randread 4096B, n = 10
                      old    new   ratio  96.1 % interval      p   n
        read p99    100us  125us  1.250x      1.200-1.310  .0019  10  worse
        read p99.9      -  125us       -                -      -   -      -
        read p99.9: missing in the baseline

      conditions differ: old → new
        blocking  kernel.release  6.1.0 → ? (no /proc)

      note: x.json left out: "a" | <b>
      "
    `);
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
  });

  it('begins with what it came to, for each result', () => {
    const answer = (...metrics: Parameters<typeof sampleMetric>[0][]) =>
      formatCompare(
        {
          ...report,
          comparisons: [sampleComparison(metrics.map((metric) => sampleMetric(metric)))],
          fingerprints: [[]],
        },
        plainStyle(false),
      )
        .split('\n\n')[0]!
        .replace(/\s+/g, ' ');
    const few = { finding: null, interval: null } as const;
    expect(answer({ finding: 'within' }, { finding: 'open' }, { finding: 'open' })).toBe(
      'new against old: 1 of 3 figures within tolerance, 2 of 3 figures not decided',
    );
    expect(answer({}, { finding: 'better', label: 'read IOPS', ratio: 1.5 }, { finding: 'within' })).toBe(
      'new against old: worse in read p99 (1.250x); better in read IOPS (1.500x); 1 of 3 figures within tolerance',
    );
    expect(answer({}, {}, {}, {}, {}, {})).toMatch(/read p99 \(1\.250x\), 2 more$/);
    const rate = { ...few, metric: { direction: 'read', name: 'iops' }, label: 'read IOPS', ratio: 0.9 } as const;
    expect(answer(few, rate, few)).toBe(
      'new against old: read IOPS (0.900x); too few repetitions to tell that from chance: use --repeat 10 or more (6 at least)',
    );
    expect(answer({ ratio: null })).toBe('new and old have nothing that can be compared');
  });

  it('tells the differences of machines in ten lines at most', () => {
    const differences = Array.from({ length: 30 }, (_, index) => ({
      ...report.fingerprints[0]![0]!,
      field: `f${index}`,
    }));
    const text = formatCompare({ ...report, fingerprints: [differences] }, plainStyle(false));
    const block = text.split('\n\n').find((lines) => lines.startsWith('conditions differ'))!;
    expect(block.split('\n')).toHaveLength(10);
    expect(block).toMatch(/\n {2}and 22 more \(--format json has them\)$/);
  });

  it.each([60, 80, 120, 200])('keeps to %i columns', (columns) => {
    const labels = ['20261125-085603-job-76bea9', '20261125-090116-job-e51ca0', '20261125-090201-job-0a3f12'] as const;
    const [first, ...others] = labels.map((label) => label);
    const comparisons = others.map((currentLabel) =>
      sampleComparison([sampleMetric(), missing], { baselineLabel: first!, currentLabel }),
    );
    for (const shown of [comparisons.slice(0, 1), comparisons]) {
      const text = formatCompare(
        { ...report, labels: labels.slice(0, shown.length + 1), comparisons: shown, fingerprints: [], notes: [] },
        plainStyle(false, false, columns),
      );
      const widest = Math.max(...text.split('\n').map((line) => line.length));
      expect(widest).toBeLessThanOrEqual(columns);
    }
  });

  it('cuts conditions so that what differs is seen', () => {
    const side = (value: string) => ({ value, reason: null });
    const fingerprints = [
      [
        {
          ...report.fingerprints[0]![0]!,
          left: side('iotest run /srv/jobs/long.ini --set bs=4k'),
          right: side('iotest run /srv/jobs/long.ini --set bs=8k'),
        },
      ],
    ];
    expect(formatCompare({ ...report, fingerprints }, plainStyle(false))).toContain('bs=4k -> bs=8k');
  });

  it('tells results of one day apart by their times', () => {
    const labels = ['20261125-085603-job-76bea9', '20261125-090116-job-e51ca0'] as const;
    const comparison = sampleComparison([sampleMetric()], { baselineLabel: labels[0], currentLabel: labels[1] });
    const text = formatCompare({ ...report, labels, comparisons: [comparison], fingerprints: [[]] }, plainStyle(false));
    expect(text).toMatch(/^ +085603-\S+ +090116-\S+ +ratio/m);
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
  });

  it('becomes a matrix for more than two, the best marked', () => {
    const three = {
      ...report,
      labels: ['old', 'new', 'other'],
      comparisons: [
        sampleComparison([sampleMetric()]),
        sampleComparison([sampleMetric({ finding: 'open' })], { currentLabel: 'other' }),
      ],
      fingerprints: [[], []],
      notes: [],
    };
    const text = formatCompare(three, plainStyle(false));
    expect(text).toMatch(/read p99 {2}100us \* {2}125us {4}1\.250x {2}125us {4}~/);
    expect(text).not.toMatch(/[^\n -~]/);
  });
});

describe('labels of columns', () => {
  it('differ, whatever is cut', () => {
    const day = '20261125-0856';
    expect(distinctLabels(['old', 'new'], 9)).toEqual(['old', 'new']);
    expect(distinctLabels([`${day}03-job-76bea9`, `${day}16-job-e51ca0`], 12)).toEqual([
      '085603-job-~',
      '085616-job-~',
    ]);
    expect(distinctLabels(['a very long name 1 psync', 'a very long name 2 psync'], 9)).toEqual(['1 psync', '2 psync']);
    expect(distinctLabels(['results/one/of/them/io_uring', 'other/one/of/them/io_uring+sqpoll'], 9)).toEqual([
      'results/~',
      'other/on~',
    ]);
    expect(distinctLabels(['one-and-the-same-psync', 'one-and-the-same-libaio'], 9)).toEqual(['psync', 'libaio']);
    expect(distinctLabels(['xxxxxxxxxxxxa', 'xxxxxxxxxxxxb'], 9)).toEqual(['~xxxxxxxa', '~xxxxxxxb']);
    expect(distinctLabels(['xxxxxxxxxaxxxxxxxxxx', 'xxxxxxxxxbxxxxxxxxxx'], 5)).toEqual(['#1', '#2']);
  });
});

describe('exports', () => {
  it('escape what would break a table', () => {
    const hostile = sampleComparison([sampleMetric({ note: 'a "quoted", note' })], { baselineLabel: '=cmd|x' });
    const strange = { ...report, comparisons: [hostile], labels: ['=cmd|x', 'new'] };
    expect(compareMarkdown(strange)).toContain('| metric | =cmd\\|x | new |');
    expect(compareMarkdown(strange)).toContain('### Conditions differ');
    const csv = compareCsv(strange).split('\r\n');
    expect(csv[1]).toContain(",'=cmd|x,new,100000,125000,1.25,1.2,1.31,0.961,");
    expect(csv[1]).toContain('"a ""quoted"", note"');
    expect(csv[0]!.split(',')).toHaveLength(18);
  });

  it('are whole JSON without inner evidence', () => {
    const { compare } = JSON.parse(compareJson(report)) as { compare: Record<string, unknown> };
    expect(compare).toMatchObject({ schemaVersion: 1, labels: ['old', 'new'] });
    expect(JSON.stringify(compare)).not.toContain('evidence');
    expect(JSON.stringify(compare)).toContain('"best":"old"');
  });
});

describe('differenceText', () => {
  it('ranks no noise', () => {
    expect(differenceText(sampleMetric())).toBe('1.250x (1.200-1.310)');
    expect(differenceText(sampleMetric({ finding: 'open' }))).toBe('not decided (1.200-1.310)');
    expect(differenceText(sampleMetric({ finding: 'within' }))).toBe('no worse than 10 % (1.200-1.310)');
    const few = sampleMetric({ finding: null, interval: null, currentCount: 3 });
    expect(differenceText(few)).toBe('1.250x, too few repetitions to tell (3)');
    expect(differenceText(missing)).toBe('missing in the baseline');
  });
});

describe('curveLines', () => {
  const curve = (factor: number) =>
    [1, 50, 90, 99, 99.9].map((percent, index) => ({ percent, ns: factor * 10 ** index }));

  it('draw both sides, in at most 80 columns', () => {
    const lines = curveLines({ direction: 'read', baseline: curve(1000), current: curve(3000) }, plainStyle(true));
    expect(lines.join('\n')).toMatch(/○/);
    expect(lines.join('\n')).toMatch(/●/);
    expect(lines.at(-1)).toMatch(/p50 +p90 +p99 +p99\.9$/);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
  });

  it('mark equal curves as both, and draw nothing from nothing', () => {
    const same = curveLines({ direction: 'read', baseline: curve(1000), current: curve(1000) }, plainStyle(false));
    expect(same.slice(0, 10).join('')).not.toMatch(/[ox]/);
    expect(curveLines({ direction: 'read', baseline: [], current: [] }, plainStyle(true))).toEqual([]);
  });
});
