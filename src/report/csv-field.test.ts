import { expect, it } from 'vitest';
import { csvField, csvName } from './csv-field.js';

it.each([
  ['plain', 'plain'],
  ['', ''],
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['=1+1', '=1+1'],
])('csvField %j', (text, expected) => {
  expect(csvField(text)).toBe(expected);
});

it.each([
  ['=1+1', "'=1+1"],
  ['@SUM(A1), x', `"'@SUM(A1), x"`],
  ['+cmd', "'+cmd"],
  ['-cmd', "'-cmd"],
  ['\t=1', "'\t=1"],
  ['-5.2 %', '-5.2 %'],
  ['+0.5', '+0.5'],
  ['randread', 'randread'],
])('csvName %j', (text, expected) => {
  expect(csvName(text)).toBe(expected);
});
