import { describe, expect, it } from 'vitest';
import { fieldText, fingerprintLines } from './fingerprint-text.js';
import { plainStyle } from './terminal.js';

const style = plainStyle(true);

describe('fingerprintLines', () => {
  it('has a block for each class that there is, blocking first', () => {
    const lines = fingerprintLines(
      [
        { name: 'cpu.microcode', value: '0x1', class: 'informative' },
        { name: 'arch', value: 'x64', class: 'blocking' },
        { name: 'cpu.smt', value: null, reason: 'no such file', class: 'blocking' },
      ],
      style,
    );
    expect(lines).toEqual([
      'fingerprint, blocking: results that differ in one of these are not compared',
      '  arch                         x64',
      '  cpu.smt                      unknown: no such file',
      '',
      'fingerprint, informative: recorded',
      '  cpu.microcode                0x1',
    ]);
  });

  it('fits 80 columns: mount options, hashes, long lists, long paths', () => {
    const lines = fingerprintLines(
      [
        { name: 'fileSystem.options', value: Array(20).fill('rw,relatime').join(','), class: 'blocking' },
        { name: 'job.fileSha256', value: 'f'.repeat(64), class: 'blocking' },
        { name: 'cpu.flags', value: Array(100).fill('avx512_bf16'), class: 'blocking' },
        { name: 'a', value: null, reason: `no /sys/${'x'.repeat(60)} here`, class: 'blocking' },
        { name: 'b', value: 'escape\u001b[0m', class: 'blocking' },
      ],
      style,
    );
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.join('\n')).toContain('f'.repeat(64));
    expect(lines.join('\n')).toContain('(100 in all)');
    expect(lines.join('\n')).not.toContain('\u001b');
  });
});

it('values are words', () => {
  expect([null, true, false, 7, '', [], ['a', 'b'], ['a b', 'c']].map(fieldText)).toEqual([
    'unknown',
    'yes',
    'no',
    '7',
    '(empty)',
    'none',
    'a b',
    'a b; c',
  ]);
});
