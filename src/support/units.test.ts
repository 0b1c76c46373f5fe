import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBandwidthShort,
  formatCount,
  formatDurationSeconds,
  formatIops,
  formatLatencyNs,
  formatMilliseconds,
  formatTimeExtreme,
  formatTimeMean,
  pickTimeUnit,
  timeUnits,
} from './units.js';

// Expected texts are what fio 3.42 printed for these counts over 1001 ms (its JSON of the same run has the exact values).
describe('rates as fio prints them', () => {
  it.each([
    [6183.8, '6183'],
    [19759.24, '19.8k'],
    [8538.4, '8538'],
    [0, '0'],
    [9999, '9999'],
    [10000, '10.0k'],
    [99949, '99.9k'],
    [99951, '100k'],
    [9999499, '9999k'],
    [9999600, '10.0M'],
    [1e21, '1000E'],
  ])('%d IOPS is %s', (iops, text) => expect(formatIops(iops)).toBe(text));

  it.each([
    [0.019, '0.019'],
    [0.00001234, '0.0000123'],
    [1e-9, '1.0e-9'],
    [0.5, '0.5'],
    [1, '1'],
    [9.996, '10'],
    [12.9, '12'],
  ])('a slow rate of %d is %s', (iops, text) => expect(formatIops(iops)).toBe(text));

  it('has a narrow form, in either base', () => {
    expect(formatBandwidthShort(25329079)).toBe('24.2MiB/s');
    expect(formatBandwidthShort(25329079, 1000)).toBe('25.3MB/s');
  });

  it('survives what cannot be shown', () => {
    expect(formatCount(Number.NaN)).toBe('0');
    expect(formatCount(-5)).toBe('0');
    expect(formatCount(Number.POSITIVE_INFINITY)).toBe('inf');
  });

  it('stays within its width and within half a unit of the value', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom(4, 6), (value, width) => {
        const text = formatCount(value, width);
        const match = /^([\d.]+)([kMGTP]?)$/.exec(text)!;
        expect(match[1]!.length).toBeLessThanOrEqual(width);
        const factor = 1000 ** ['', 'k', 'M', 'G', 'T', 'P'].indexOf(match[2]!);
        const decimals = match[1]!.split('.')[1]?.length ?? 0;
        const roundingHalf = (0.5 * factor) / 10 ** decimals;
        expect(Math.abs(Number(match[1]) * factor - value)).toBeLessThanOrEqual(roundingHalf * 1.001);
      }),
    );
  });
});

describe('latencies as fio prints them', () => {
  it('picks the unit of a line by the three figures', () => {
    expect(pickTimeUnit(21_000, 3_493_000, 116_500).name).toBe('usec');
    expect(pickTimeUnit(1736, 240_370, 8686).name).toBe('nsec');
    expect(pickTimeUnit(583, 3_957_100, 160_866).name).toBe('nsec');
    expect(pickTimeUnit(2_000_001, 100_000_000, 1_000_001).name).toBe('msec');
    expect(pickTimeUnit(2_000_001, 100_000_000, 900_000).name).toBe('usec');
    expect(pickTimeUnit(2_000_000, 100_000_000, 2_000_000).name).toBe('usec');
  });

  it('picks the unit of percentiles by their ends alone', () => {
    expect(pickTimeUnit(3_000, 241_000)).toBe(timeUnits.usec);
    expect(pickTimeUnit(1_500, 241_000)).toBe(timeUnits.nsec);
    expect(pickTimeUnit(2_300_000, 99_999_000)).toBe(timeUnits.usec);
  });

  it('formats the figures of a line', () => {
    expect(formatTimeExtreme(1736, timeUnits.nsec)).toBe('1736');
    expect(formatTimeExtreme(240370, timeUnits.nsec)).toBe('240370');
    expect(formatTimeExtreme(1289712, timeUnits.nsec)).toBe('1289.7k');
    expect(formatTimeExtreme(3957149, timeUnits.nsec)).toBe('3957.1k');
    expect(formatTimeExtreme(3493999, timeUnits.usec)).toBe('3493');
    expect(formatTimeMean(146094, timeUnits.usec)).toBe('146.09');
  });

  it.each([
    [0, '0ns'],
    [950, '950ns'],
    [999.6, '1.00us'],
    [1234, '1.23us'],
    [24_230, '24.2us'],
    [146_094, '146us'],
    [999_960, '1.00ms'],
    [3_500_000, '3.50ms'],
    [17_113_000_000, '17.1s'],
    [4e12, '4000s'],
    [Number.NaN, '-'],
  ])('%d ns alone is %s', (ns, text) => expect(formatLatencyNs(ns)).toBe(text));
});

describe('durations', () => {
  it.each([
    [2, '00m:02s'],
    [59.6, '01m:00s'],
    [3602, '01h:00m:02s'],
    [93784, '01d:02h:03m:04s'],
    [Number.POSITIVE_INFINITY, '--'],
  ])('%d s is %s', (seconds, text) => expect(formatDurationSeconds(seconds)).toBe(text));

  it('shows run times in whole milliseconds', () => expect(formatMilliseconds(1001.9)).toBe('1001msec'));
});
