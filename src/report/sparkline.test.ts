import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seriesLines, sparkline } from './sparkline.js';
import { plainStyle } from './terminal.js';

describe('sparkline', () => {
  it('goes from nothing to the largest value', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], 20, true)).toBe('▁▂▂▃▄▅▆▇█');
    expect(sparkline([0, 4, 8], 20, false)).toBe('_=@');
  });

  it('shows a steady rate as full, and a gap as a blank', () => {
    expect(sparkline([5, 5, null, 5], 20, true)).toBe('██ █');
    expect(sparkline([0, 0], 20, true)).toBe('▁▁');
    expect(sparkline([], 20, true)).toBe('');
  });

  it('never shows a little as nothing', () => {
    expect(sparkline([1, 1e9, 0], 20, true)).toBe('▂█▁');
  });

  it('fits any width, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double())),
        fc.integer({ min: 0, max: 50 }),
        fc.boolean(),
        (values, columns, unicode) => {
          const line = sparkline(values, columns, unicode);
          expect(line.length).toBe(Math.min(values.length, columns));
        },
      ),
    );
  });

  it('draws means of parts of a long series', () => {
    expect(sparkline([8, 8, 0, 0, 4, 4], 3, true)).toBe('█▁▄');
  });

  it('is left out of reports that want none', () => {
    expect(seriesLines('iops', [1, 2], plainStyle(true))).toEqual([]);
    expect(seriesLines('iops', [1], plainStyle(true, true))).toEqual([]);
    expect(seriesLines('iops', [1, 2], plainStyle(true, true))).toEqual(['    iops ▄█']);
  });
});
