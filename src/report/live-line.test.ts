import { describe, expect, it } from 'vitest';
import type { Progress } from '../worker/outcome.js';
import { formatProgress, LiveLine } from './live-line.js';

const zero = { read: 0, write: 0, trim: 0 };

const running: Progress = {
  phase: 'run',
  stepIndex: 1,
  stepCount: 4,
  engineLabel: 'io_uring+sqpoll',
  jobNames: ['randrw', 'randrw'],
  fraction: 0.4321,
  etaSeconds: 12,
  iops: { read: 39491, write: 17103, trim: 0 },
  bytesPerSecond: { read: 161_755_136, write: 70_053_888, trim: 0 },
  p99Ns: 812_345,
  workersRunning: 2,
};

describe('formatProgress', () => {
  it('says all of it where there is room', () => {
    expect(formatProgress(running, 200, true)).toBe(
      '2/4  randrw  io_uring+sqpoll  run 43%  2 workers  R 39.5k IOPS 154MiB/s  W 17.1k IOPS 66.8MiB/s  p99 812us  eta 00m:12s',
    );
  });

  it('fits any width, and keeps phase and per cent longest', () => {
    expect(formatProgress(running, 79, true)).toBe(
      'run 43%  R 39.5k IOPS 154MiB/s  W 17.1k IOPS 66.8MiB/s  p99 812us  eta 00m:12s',
    );
    expect(formatProgress(running, 20, true)).toBe('run 43%');
    for (let columns = 1; columns < 140; columns++) {
      expect(formatProgress(running, columns, false).length).toBeLessThanOrEqual(columns);
    }
  });

  it('shows layout as bytes per second, and leaves out what is unknown', () => {
    const layout: Progress = {
      ...running,
      phase: 'layout',
      stepCount: 1,
      iops: zero,
      bytesPerSecond: { ...zero, write: 2 ** 30 },
      p99Ns: null,
      etaSeconds: null,
      workersRunning: 0,
      jobNames: ['a', 'b', 'c'],
      engineLabel: 'psync',
    };
    expect(formatProgress(layout, 200, true)).toBe('a and 2 more  psync  laying out files 43%  1024MiB/s');
    expect(formatProgress({ ...layout, fraction: null, bytesPerSecond: zero }, 200, true)).toBe(
      'a and 2 more  psync  laying out files',
    );
  });
});

describe('LiveLine', () => {
  function recordingStream(isTTY: boolean, columns: number) {
    const written: string[] = [];
    return { written, stream: { isTTY, columns, write: (text: string) => written.push(text) } };
  }

  it('rewrites one line on a terminal, and takes it away', () => {
    const { written, stream } = recordingStream(true, 40);
    const line = new LiveLine({ stream, unicode: true, nowMs: () => 0 });
    line.clear();
    expect(written).toEqual([]);
    line.update(running);
    expect(written).toEqual(['\rrun 43%\u001b[K']);
    line.clear();
    line.clear();
    expect(written.slice(1)).toEqual(['\r\u001b[K']);
  });

  it('shows the rates of the running step as a sparkline on a terminal, newest last', () => {
    const { written, stream } = recordingStream(true, 200);
    const line = new LiveLine({ stream, unicode: true, nowMs: () => 0 });
    const at = (read: number, stepIndex = 1): Progress => ({ ...running, stepIndex, iops: { ...zero, read } });
    line.update(at(1000));
    expect(written.at(-1)).not.toMatch(/[▁-█]/);
    line.update(at(2000));
    line.update({ ...at(0), phase: 'drain' });
    line.update(at(4000));
    expect(written.at(-1)).toContain('eta 00m:12s  ▂▄█');
    for (let second = 0; second < 20; second++) line.update(at(4000));
    expect(written.at(-1)).toContain(` ${'█'.repeat(10)}\u001b`);
    line.update(at(4000, 2));
    expect(written.at(-1)).not.toMatch(/[▁-█]/);
  });

  it('keeps to ASCII where nothing else can be shown, and to the width', () => {
    expect(formatProgress(running, 200, false, [1, 4, 8])).toMatch(/eta 00m:12s {2}\.=@$/);
    for (let columns = 1; columns < 160; columns++) {
      expect(formatProgress(running, columns, true, [1, 2, 3]).length).toBeLessThanOrEqual(columns);
    }
  });

  it('names the phase of those that wait for their start', () => {
    expect(formatProgress({ ...running, phase: 'wait' }, 200, true)).toContain('waiting for its start');
  });

  it('takes a terminal without a size for one of 80 columns', () => {
    const { written, stream } = recordingStream(true, 0);
    new LiveLine({ stream, unicode: true, nowMs: () => 0 }).update(running);
    expect(written[0]).toContain('p99 812us');
  });

  it.each([
    ['elsewhere', false],
    ['on a terminal that cannot go back (TERM=dumb)', true],
  ])('writes whole lines, one every 10 s, %s', (_, isDumb) => {
    const { written, stream } = recordingStream(isDumb, 40);
    let now = 0;
    const line = new LiveLine({ stream, unicode: true, isDumb, nowMs: () => now });
    for (now = 0; now <= 25_000; now += 1000) line.update(running);
    line.clear();
    expect(written).toHaveLength(2);
    expect(written[0]).toMatch(/^2\/4 .*\n$/);
    expect(written.join('')).not.toContain('\r');
    expect(written.join('')).not.toContain('\u001b');
  });
});
