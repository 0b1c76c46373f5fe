import { describe, expect, it } from 'vitest';
import { formatRun } from '../run/text.js';
import { sampleResult } from '../testing/sample-result.js';
import { amounts, iopsText, rates, shownFigures } from './job-figures.js';
import { plainStyle } from './terminal.js';

const usual = { kiloBase: 1024, inBits: false, width: 4 } as const;
const decimal = { ...usual, kiloBase: 1000 } as const;

// Expected texts are what fio 3.42 printed for these counts over 1001 ms (its JSON of the same run has the exact values).
describe('rates as fio prints them', () => {
  it.each([
    [(6190 * 4096 * 1000) / 1001, '24.2MiB/s (25.3MB/s)'],
    [(2715 * 4096 * 1000) / 1001, '10.6MiB/s (11.1MB/s)'],
    [(19779 * 4096 * 1000) / 1001, '77.2MiB/s (80.9MB/s)'],
    [(8547 * 4096 * 1000) / 1001, '33.4MiB/s (35.0MB/s)'],
    [((19779 + 19719) * 4096 * 1000) / 1001, '154MiB/s (162MB/s)'],
    [((8547 + 8565) * 4096 * 1000) / 1001, '66.8MiB/s (70.0MB/s)'],
    [512, '512B/s (512B/s)'],
    [4096, '4096B/s (4096B/s)'],
    [10000, '9.77KiB/s (10.0kB/s)'],
  ])('%d B/s is %s', (rate, text) => {
    const [first, second] = rates(rate, usual);
    expect(`${first} (${second})`).toBe(text);
  });

  it('swap for kb_base=1000, as amounts do', () => {
    expect(rates(25329079, decimal)).toEqual(['25.3MB/s', '24.2MiB/s']);
    expect(amounts(6190 * 4096, usual)).toEqual(['24.2MiB', '25.4MB']);
    expect(amounts(17112 * 4096, usual)).toEqual(['66.8MiB', '70.1MB']);
    expect(amounts(17112 * 4096, decimal)).toEqual(['70.1MB', '66.8MiB']);
  });

  it('round to the full unit when no decimal fits', () => {
    expect(amounts(1024 * 1024 - 10, usual)).toEqual(['1024KiB', '1049kB']);
    expect(amounts(1024 * 1024 * 1024, usual)).toEqual(['1024MiB', '1074MB']);
  });

  it('are in bits for unit_base=1, and as wide as significant_figures says', () => {
    expect(rates(25329079, { ...usual, inBits: true })).toEqual(['193Mibit/s', '203Mbit/s']);
    expect(rates(25329079, { ...usual, width: 6 })).toEqual(['24735KiB/s', '25329kB/s']);
    expect(iopsText(240_370, { ...usual, width: 6 })).toBe('240370');
    expect(amounts(6190 * 4096, { ...usual, width: 6 })).toEqual(['24760KiB', '25354kB']);
  });
});

it('the report of a run obeys the options of its job', () => {
  const document = sampleResult();
  const [own] = document.iotest.jobs;
  const measure = { ...own!.options.measure, kiloBase: 1000, rateUnit: 'bits', significantFigures: 7 } as const;
  const jobs = [{ ...own!, options: { ...own!.options, measure } }];
  expect(shownFigures(jobs[0]!)).toEqual({ kiloBase: 1000, inBits: true, width: 7 });
  const text = formatRun({ ...document, iotest: { ...document.iotest, jobs } }, [], plainStyle(true));
  const [rate, other] = rates(document.jobs[0]!.read.bw_bytes!, shownFigures(jobs[0]!));
  expect(text).toContain(`BW=${rate} (${other})`);
  expect(text).toContain(`IOPS=${iopsText(document.jobs[0]!.read.iops, shownFigures(jobs[0]!))}`);
});
