import { expect, it } from 'vitest';
import type { Chart } from './chart.js';
import { Drawing } from './chart.js';
import { chartCsv, chartMarkdown } from './export.js';

const chart: Chart = {
  id: 'a',
  title: 'A | b <c>',
  description: 'Two\nlines.',
  drawing: new Drawing('<svg></svg>', 100),
  legend: [],
  table: {
    head: ['job', 'IOPS'],
    rows: [
      ['a "b", c', '1.5k'],
      ['d|e\\', '2'],
    ],
  },
};

it('CSV quotes what needs it', () => {
  expect(chartCsv(chart)).toBe('job,IOPS\r\n"a ""b"", c",1.5k\r\nd|e\\,2\r\n');
});

it('Markdown has a heading and a table that nothing breaks', () => {
  expect(chartMarkdown(chart).split('\n')).toEqual([
    '### A \\| b \\<c\\>',
    '',
    'Two lines.',
    '',
    '| job | IOPS |',
    '| --- | ---: |',
    '| a "b", c | 1.5k |',
    '| d\\|e\\\\ | 2 |',
    '',
  ]);
});
