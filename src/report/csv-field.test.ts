import { expect, it } from 'vitest';
import { csvField } from './csv-field.js';

it.each([
  ['plain', 'plain'],
  ['', ''],
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['two\r\nlines', 'two??lines'],
  ['=1+1', "'=1+1"],
  ['@SUM(A1), x', `"'@SUM(A1), x"`],
  ['+cmd', "'+cmd"],
  ['-cmd', "'-cmd"],
  ['\t=1', "'\t=1"],
  [' =1', "' =1"],
  ['＝1+1', "'＝1+1"],
  ["-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"],
  ['-5.2', '-5.2'],
  ['+1e-9', '+1e-9'],
  ['a\u001b]8;;x\u0007', 'a?]8;;x?'],
  ['::error::x', '?:error::x'],
  ['-5.2 %', '-5.2 %'],
  ['+0.5', '+0.5'],
  ['randread', 'randread'],
])('csvField %j', (text, expected) => {
  expect(csvField(text)).toBe(expected);
});
