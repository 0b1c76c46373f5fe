import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Plot, plotLines } from './plot.js';
import { plainStyle } from './terminal.js';

const style = plainStyle(true, true);
const linear = { scale: 'linear', format: String } as const;

describe('plotLines', () => {
  it('draws marks where points are, and dots between', () => {
    const plot: Plot = {
      x: { ...linear, ticks: [0, 10] },
      y: { ...linear, fromZero: true },
      series: [
        {
          label: 'up',
          points: [
            { x: 0, y: 0 },
            { x: 10, y: 4 },
          ],
        },
      ],
      rows: 5,
    };
    const lines = plotLines(plot, style);
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(/^ {7}4 │ +·*●$/);
    expect(lines[4]).toMatch(/^ {7}0 │●·+$/);
    expect(lines[2]).toMatch(/^ {7}2 │ +·+$/);
    expect(lines[5]).toMatch(/^ {9}└┴─+┴$/);
    expect(lines[6]).toMatch(/^ {10}0 +10$/);
  });

  it('puts powers of two at equal distances on a logarithmic axis', () => {
    const depths = [1, 2, 4, 8, 16];
    const lines = plotLines(
      {
        x: { scale: 'log', format: String, ticks: depths },
        y: linear,
        series: [{ label: 'a', points: depths.map((depth) => ({ x: depth, y: depth })) }],
      },
      style,
    );
    const axis = lines.at(-2)!;
    const places = [...axis].flatMap((character, index) => (character === '┴' ? [index] : []));
    const gaps = places.slice(1).map((place, index) => place - places[index]!);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
    expect(lines.at(-1)!.trim().split(/ +/)).toEqual(['1', '2', '4', '8', '16']);
  });

  it('names several series below, each with its mark', () => {
    const series = ['io_uring', 'libaio'].map((label, index) => ({
      label,
      points: [
        { x: 1, y: 1 + index },
        { x: 2, y: 2 + index },
      ],
    }));
    const lines = plotLines({ x: linear, y: linear, series }, style);
    expect(lines.at(-1)!.trim()).toBe('● io_uring   ○ libaio');
    const ascii = plotLines({ x: linear, y: linear, series }, plainStyle(false, true));
    expect(ascii.at(-1)!.trim()).toBe('* io_uring   o libaio');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is to be found
    expect(ascii.join('')).not.toMatch(/[^\x00-\x7f]/);
  });

  it('draws nothing of fewer than two points, and leaves out what a logarithm does not have', () => {
    const one = [{ label: 'a', points: [{ x: 1, y: 1 }] }];
    expect(plotLines({ x: linear, y: linear, series: one }, style)).toEqual([]);
    const zeros = [
      {
        label: 'a',
        points: [
          { x: 0, y: 0 },
          { x: 1, y: 1 },
          { x: 2, y: Number.NaN },
        ],
      },
    ];
    expect(plotLines({ x: linear, y: { ...linear, scale: 'log' }, series: zeros }, style)).toEqual([]);
  });

  it('keeps within 80 columns, whatever the points', () => {
    const point = fc.record({
      x: fc.double({ noNaN: true, min: -1e9, max: 1e12 }),
      y: fc.double({ noNaN: true, min: 0, max: 1e12 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.record({ label: fc.string({ maxLength: 90 }), points: fc.array(point, { maxLength: 12 }) })),
        fc.constantFrom('linear' as const, 'log' as const),
        (series, scale) => {
          const axis = { scale, format: (value: number) => value.toExponential(0).slice(0, 8) };
          for (const line of plotLines({ x: axis, y: axis, series }, style)) {
            expect(line.length).toBeLessThanOrEqual(80);
          }
        },
      ),
    );
  });
});
