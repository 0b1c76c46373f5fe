import { describe, expect, it } from 'vitest';
import { plainStyle } from '../report/terminal.js';
import { sampleSweep, sampleSweepParts } from '../testing/sample-sweep.js';
import { isSweep, mergeSweep } from './document.js';
import { formatSweepPlan } from './plan-text.js';
import { formatPartLine, formatSaved, formatSweep } from './text.js';

const depths = [1, 2, 4, 8, 16, 32, 64];
const plain = plainStyle(true);

describe('formatSweep', () => {
  it('is tables with what they show in words, and no charts unless asked', () => {
    const text = formatSweep(sampleSweep({ depths, engines: ['io_uring', 'libaio'] }), [], plain);
    expect(text).toMatch(/^randread, read, engine=io_uring$/m);
    expect(text).toMatch(/^ {2}iodepth +IOPS +BW +mean +p50 +p99 +p99\.9$/m);
    expect(text).toMatch(/^ {2}best {2}: 1632 IOPS at iodepth=64$/m);
    expect(text).toMatch(/^ {2}knee {2}: iodepth=16, where IOPS \/ mean latency is greatest$/m);
    expect(text).toMatch(/^ {2}enough: iodepth=16 is the smallest within 5 % of the best rate$/m);
    expect(text).toMatch(/^ {2}randread, read, engine=libaio +1632 +64 +16 +16 +\S+$/m);
    expect(text).toContain('Kleinrock 1979');
    expect(text).toContain('--repeat 5');
    expect(text).not.toMatch(/[●│]|NaN|undefined/);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('draws IOPS by depth, and latency by IOPS: three percentiles of one series, p99 of several', () => {
    const style = plainStyle(true, true);
    const one = formatSweep(sampleSweep({ depths }), [], style);
    expect(one).toContain('randread, read: IOPS by iodepth (log)');
    expect(one).toContain('● p50   ○ p99');
    const two = formatSweep(sampleSweep({ depths, engines: ['io_uring', 'libaio'] }), [], style);
    expect(two).toContain('p99 latency (log) by the IOPS reached');
    expect(two).toContain('● engine=io_uring   ○ engine=libaio');
    expect(two.split('\n').filter((line) => line.length > 80)).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is to be found
    expect(formatSweep(sampleSweep({ depths }), [], plainStyle(false, true))).not.toMatch(/[^\x00-\x7f]/);
  });

  it('shows how repetitions scatter', () => {
    const ioCount = (depth: number, _: string, repetition: number) =>
      depth <= 8 ? depth * 200 : repetition === 0 ? 1650 : 1900;
    const text = formatSweep(sampleSweep({ depths: [4, 8, 16], repeat: 3, ioCount }), [], plain);
    expect(text).toMatch(/^ {2}iodepth +IOPS +lowest +highest +BW/m);
    expect(text).toMatch(/^ {7}16 +950 +825 +950 /m);
    expect(text.replace(/\s+/g, ' ')).toContain('(repetitions by themselves: 8 in 1, 16 in 2)');
    expect(text).toContain('medians of 3 repetitions');
    expect(text).not.toContain('--repeat 5');
  });

  it('says when the largest depth is not enough, and when the engine has none', () => {
    const rising = formatSweep(sampleSweep({ depths: [1, 2, 4] }), [], plain);
    expect(rising).toContain('it still rises there: measure deeper');
    const none = formatSweep(sampleSweep({ depths: [1, 2, 4], ioCount: () => 500, depthOf: () => 1 }), [], plain);
    expect(none).toContain('this engine has one request in flight whatever iodepth says');
    expect(none).not.toContain('knee');
  });

  it('is one table where no depth was varied, and tells what is missing', () => {
    const parts = sampleSweepParts({ depths: [1, 2], engines: ['io_uring', 'libaio'] }).map((part) => {
      const { sweep } = part.iotest;
      const rename = (text: string) => text.replace('iodepth', 'rwmixread');
      const [point] = sweep.points;
      const values = { engine: point!.values.engine!, rwmixread: point!.values.iodepth! };
      const axes = sweep.axes.map(({ option, values: all }) => ({ option: rename(option), values: all }));
      return { ...part, iotest: { ...part.iotest, sweep: { ...sweep, axes, points: [{ ...point!, values }] } } };
    });
    const text = formatSweep(mergeSweep(parts.slice(1), true), [], plain);
    expect(text).toMatch(/^ +engine +rwmixread +IOPS/m);
    expect(text).toMatch(/^ +libaio +2 +\d+ /m);
    expect(text).toContain('3 of 4 points');
    expect(text).toContain('stopped: these are the points measured until then');
  });

  it('condenses warnings that many points share', () => {
    const warnings = [1, 2, 3].map((number) => ({
      code: 'noisy',
      jobName: null,
      message: `it was ${number} % busy`,
      advice: 'stop it',
    }));
    const text = formatSweep(sampleSweep({ depths: [1, 2] }), warnings, plain).replace(/\s+/g, ' ');
    expect(text).toContain('it was 1 % busy (and 2 more of this kind; the result has all)');
  });

  it('is what a saved sweep is shown as', () => {
    const document = sampleSweep({ depths });
    expect(isSweep(document)).toBe(true);
    expect(formatSaved(document, [], plain)).toBe(formatSweep(document, [], plain));
  });
});

describe('the progress of a sweep', () => {
  it('has a line for each run', () => {
    const parts = sampleSweepParts({ depths: [16], engines: ['libaio'], repeat: 2 });
    expect(formatPartLine(parts[1]!, 2, 10, 61)).toMatch(
      /^ 2\/10 {2}engine=libaio iodepth=16 #2 {2}read 1608 IOPS p99 \S+ {2}eta 01m:01s$/,
    );
    expect(formatPartLine(parts[0]!, 10, 10, 0)).not.toContain('eta');
  });

  it('begins with what there is to do', () => {
    const facts = { id: 'a', axes: [{ option: 'iodepth', values: ['1', '2'] }], repeat: 2, orderSeed: 9 };
    const order = [1, 0, 0, 1].map((pointIndex, index) => ({ pointIndex, repetition: index >> 1 }));
    const plan = { facts, pointTexts: ['iodepth=1', 'iodepth=2'], order, doneCount: 1, seconds: 90 };
    expect(formatSweepPlan(plan, true).split('\n')).toEqual([
      'sweep of iodepth: 1 2',
      '2 points, 2 times each: 4 runs, 1 of them done before; about 01m:30s',
      'order drawn from seed 9, a new one for every second repetition and its reverse',
      'in between',
      '',
      '  iodepth=2  repetition 1',
      '  iodepth=1  repetition 1',
      '  iodepth=1  repetition 2',
      '  iodepth=2  repetition 2',
      '',
    ]);
    expect(formatSweepPlan({ ...plan, seconds: null }, false)).toContain('how long is not known');
  });
});
