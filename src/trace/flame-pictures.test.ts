import { describe, expect, it } from 'vitest';
import { plainStyle } from '../report/terminal.js';
import { escapeXml } from '../report/xml.js';
import { foldedStacks, speedscopeJson } from './flame-export.js';
import { flameSvg } from './flame-svg.js';
import type { Frame, Sample } from './perf-script.js';
import { addSample, createRoot, type StackNode } from './stacks.js';
import { topFunctions } from './top.js';

const kernel = (name: string): Frame => ({ name, kind: 'kernel' });
const script = (name: string): Frame => ({ name, kind: 'javascript' });

function sample(frames: readonly Frame[], threadName = 'node', threadId = 2): Sample {
  return { threadName, processId: 1, threadId, timeNs: 0, event: 'cpu-clock', frames };
}

function tree(profiles: readonly (readonly [count: number, sample: Sample])[][]): StackNode {
  const root = createRoot(profiles.length);
  profiles.forEach((samples, profile) => {
    for (const [count, each] of samples) for (let index = 0; index < count; index++) addSample(root, each, profile);
  });
  return root;
}

const loop = script('runUntil run-loop.js:1');
const one = tree([
  [
    [3, sample([loop, kernel('read')])],
    [1, sample([loop])],
    [2, sample([kernel('io_wq;worker')], 'iou-wrk-77', 9)],
    [1, sample([kernel('poll')], 'iou-sqp-77', 8)],
    [1, sample([kernel('wait')], 'node', 1)],
  ],
]);

describe('folded stacks', () => {
  it('count what is in no deeper frame, threads of a kind together', () => {
    expect(foldedStacks(one)).toBe(
      [
        'io-wq workers;io_wq,worker_[k] 2',
        'main thread;wait_[k] 1',
        'node;runUntil run-loop.js:1_[j] 1',
        'node;runUntil run-loop.js:1_[j];read_[k] 3',
        'submission thread (SQPOLL);poll_[k] 1',
        '',
      ].join('\n'),
    );
  });

  it('of two profiles have both counts', () => {
    const both = tree([
      [[2, sample([loop])]],
      [
        [5, sample([loop])],
        [1, sample([kernel('x')])],
      ],
    ]);
    expect(foldedStacks(both)).toBe('node;runUntil run-loop.js:1_[j] 2 5\nnode;x_[k] 0 1\n');
  });
});

it('speedscope gets a profile for each engine, of which the weights are the samples', () => {
  const both = tree([[[2, sample([loop])]], [[5, sample([loop, kernel('read')])]]]);
  const document = JSON.parse(speedscopeJson(both, ['psync', 'io_uring'], 'job.ini', 'iotest 1'));
  expect(document.$schema).toBe('https://www.speedscope.app/file-format-schema.json');
  expect(document.shared.frames.map(({ name }: { name: string }) => name)).toEqual([
    'node',
    'runUntil run-loop.js:1_[j]',
    'read_[k]',
  ]);
  expect(document.profiles).toEqual([
    { type: 'sampled', name: 'psync', unit: 'none', startValue: 0, endValue: 2, samples: [[0, 1]], weights: [2] },
    { type: 'sampled', name: 'io_uring', unit: 'none', startValue: 0, endValue: 5, samples: [[0, 1, 2]], weights: [5] },
  ]);
});

describe('the flame graph', () => {
  const profile = { label: 'io_uring', nsPerIoOfSample: 100 };
  const svg = flameSvg({ root: one, profiles: [profile], title: 'a <job> & "more"', note: 'cpu-clock' });
  const widthOf = (text: string, name: string) => {
    const group = text.split('<g class="box"').find((part) => part.includes(`data-n="${name}"`))!;
    return Number(/data-w="([\d.]+)"/.exec(group)![1]);
  };

  it('has boxes as wide as their share, each with its figures', () => {
    expect(widthOf(svg, 'all')).toBe(1);
    expect(widthOf(svg, 'node')).toBe(0.5);
    expect(widthOf(svg, 'read')).toBe(0.375);
    expect(svg).toContain('<title>read (kernel); io_uring: 37.5 %, 300 ns per I/O, 3 samples</title>');
  });

  it('is one file without anything from elsewhere, and its names are text', () => {
    expect(svg).toContain('a &lt;job&gt; &amp; &quot;more&quot;');
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|xlink|@import|url\(/);
    const nasty = flameSvg({
      root: tree([[[1, sample([kernel('a"><script>alert(1)</script>\u0007]]>')])]]]),
      profiles: [profile],
      title: 't',
      note: 'n',
    });
    expect(nasty).toContain('a&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;?]]&gt;');
    expect(nasty.match(/<script>/g)).toHaveLength(1);
    expect(escapeXml('\ud800x\ud83d\ude00')).toBe('?x\ud83d\ude00');
  });

  it('of two engines shows what costs more and what costs less, per I/O', () => {
    const both = tree([
      [
        [4, sample([kernel('pread64')])],
        [2, sample([kernel('same')])],
      ],
      [
        [8, sample([kernel('io_uring_enter')])],
        [4, sample([kernel('same')])],
      ],
    ]);
    // The second did twice as many I/Os, so its samples stand for half as much.
    const text = flameSvg({
      root: both,
      profiles: [
        { label: 'psync', nsPerIoOfSample: 100 },
        { label: 'io_uring', nsPerIoOfSample: 50 },
      ],
      title: 't',
      note: 'n',
    });
    expect(text).toContain(
      'psync: 66.7 %, 400 ns per I/O, 4 samples; io_uring: 0.0 %, 0.00 ns per I/O, 0 samples; -400 ns per I/O',
    );
    expect(text).toContain('io_uring: 33.3 %, 200 ns per I/O, 4 samples; +0.00 ns per I/O');
    const fill = (name: string) => /fill="(rgb[^"]+)"/.exec(text.split(`data-n="${name}"`)[1]!)![1];
    expect(fill('pread64')).toBe('rgb(70,70,240)');
    expect(fill('io_uring_enter')).toBe('rgb(240,70,70)');
    expect(fill('same')).toBe('rgb(240,240,240)');
  });
});

it('the functions that cost most are told in a few lines', () => {
  const profiles = [{ label: 'io_uring', nsPerIoOfSample: 100, sampleCount: 8 }];
  const lines = topFunctions({ root: one, profiles }, plainStyle(false)).map((line) => line.replace(/ {2,}/g, '  '));
  expect(lines.slice(0, 3)).toEqual([
    'CPU time per I/O, of the function itself  io_uring',
    'read [kernel]  300ns',
    'io_wq;worker [kernel]  200ns',
  ]);
  expect(lines.slice(3, -1).sort()).toEqual([
    'poll [kernel]  100ns',
    'runUntil run-loop.js:1  100ns',
    'wait [kernel]  100ns',
  ]);
  expect(lines.at(-1)).toBe('all  800ns');
});

it('of two engines first what differs most', () => {
  const both = tree([
    [
      [4, sample([kernel('same')])],
      [1, sample([kernel('less')])],
    ],
    [[4, sample([kernel('same')])]],
  ]);
  const profiles = ['psync', 'io_uring'].map((label, index) => ({
    label,
    nsPerIoOfSample: 100,
    sampleCount: 5 - index,
  }));
  const lines = topFunctions({ root: both, profiles }, plainStyle(false)).map((line) => line.replace(/ {2,}/g, '  '));
  expect(lines[1]).toBe('less [kernel]  100ns  0ns  -100ns');
  expect(lines.at(-1)).toBe('all  500ns  400ns  -100ns');
});
