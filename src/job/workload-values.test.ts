import { describe, expect, it } from 'vitest';
import type { Parsed, ValueContext, ValueType } from './value-type.js';
import { eachDirection, sizeRange } from './values.js';
import { distribution, fileService, pattern, presentDirections, sizeShares, syncRange } from './workload-values.js';

const context: ValueContext = { kiloBase: 1024, cpuCount: 4 };

function read<T>(type: ValueType<T>, text: string): T {
  const parsed: Parsed<T> = type.parse(text, context);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
  return parsed.value;
}

function wrong<T>(type: ValueType<T>, text: string | null): string {
  const parsed = type.parse(text, context);
  return parsed.ok ? `accepted ${text}` : `${parsed.offset}: ${parsed.message}; ${parsed.advice}`;
}

/** What is printed reads as what was printed. */
function roundTrip<T>(type: ValueType<T>, text: string): string {
  const value = read(type, text);
  const printed = type.print(value)!;
  expect(read(type, printed)).toEqual(value);
  return printed;
}

describe('rw', () => {
  it('jumps every so many I/Os when random, leaves holes or goes backwards when sequential', () => {
    expect(read(pattern, 'randread:8')).toEqual({ directions: 'read', random: true, randomEvery: 8, holeBytes: 0 });
    expect(read(pattern, 'write:112k')).toMatchObject({ random: false, holeBytes: 112 * 1024 });
    expect(read(pattern, 'read:-8k')).toMatchObject({ holeBytes: -8192 });
    for (const text of ['read', 'rw', 'randrw:3', 'write:4096', 'read:-8192', 'randtrimwrite']) {
      expect(roundTrip(pattern, text)).toBe(text);
    }
  });

  it('says where a number is wrong', () => {
    expect(wrong(pattern, 'randread:x')).toBe(
      '9: "x" is not a number; write digits, with a suffix where one is allowed',
    );
    expect(wrong(pattern, 'randread:-1')).toContain('9: -1 is too small');
    expect(wrong(pattern, 'randraed:8')).toContain('did you mean "randread"?');
  });
});

describe('bssplit', () => {
  it('divides what is left among blank shares', () => {
    expect(read(sizeShares, '512/25:1k/:2k/:4k/')).toEqual([
      { bytes: 512, percent: 25 },
      { bytes: 1024, percent: 25 },
      { bytes: 2048, percent: 25 },
      { bytes: 4096, percent: 25 },
    ]);
    expect(read(sizeShares, '4k:8k/70')).toMatchObject([{ percent: 30 }, { percent: 70 }]);
    expect(read(sizeShares, '64k')).toEqual([{ bytes: 65536, percent: 100 }]);
    expect(roundTrip(sizeShares, '4k/12.5:8k/87.5')).toBe('4096/12.5:8192/87.5');
  });

  it('takes 0 for blank as fio does, and says when nothing is left', () => {
    const parsed = sizeShares.parse('4k/100:8k/0', context);
    expect(parsed).toMatchObject({ ok: true, value: [{ percent: 100 }, { percent: 0 }] });
    expect(parsed.ok && parsed.notes.map(({ message }) => message)).toEqual([
      'no share is left for 8k: it is never used',
    ]);
  });

  it('refuses shares that do not make 100', () => {
    expect(wrong(sizeShares, '4k/60:8k/60')).toContain('120%, more than 100%');
    expect(wrong(sizeShares, '4k/10:8k/20')).toBe(
      '0: the shares add up to 30%, not 100%; raise one by 70, or leave one blank for what is left',
    );
    expect(wrong(sizeShares, '4k/50:/50')).toContain('nothing before the "/"');
    expect(wrong(sizeShares, '4k/x')).toContain('3: "x" is not a share');
    expect(wrong(sizeShares, '4k/50:8q/50')).toContain('7: "8q" has an unknown suffix');
    expect(wrong(sizeShares, Array(65).fill('4k/1').join(':'))).toContain('65 entries');
  });
});

describe('three values', () => {
  const ranges = eachDirection(sizeRange({ min: 1, max: 2 ** 31 }), '4k-8k');
  it('serve read, write and trim', () => {
    expect(read(ranges, '4k-8k')).toEqual(
      Object.fromEntries(['read', 'write', 'trim'].map((d) => [d, { min: 4096, max: 8192 }])),
    );
    expect(read(ranges, '1k,2k-3k')).toMatchObject({
      read: { min: 1024 },
      write: { min: 2048 },
      trim: { min: 2048 },
    });
    expect(read(ranges, '1k,2k,')).toEqual({ read: { min: 1024, max: 1024 }, write: { min: 2048, max: 2048 } });
    expect(read(ranges, ',2k,')).toEqual({ write: { min: 2048, max: 2048 } });
    expect(roundTrip(ranges, ',2k,')).toBe(',2048,');
    expect(roundTrip(ranges, '1k,2k-3k')).toBe('1024,2048-3072,2048-3072');
    expect(wrong(ranges, '1,2,3,4')).toContain('more than three');
    expect(wrong(ranges, ',,')).toContain('has no value');
    expect(wrong(ranges, '4k,x')).toContain('3: "x" is not a number');
  });

  it('print only what is there', () => {
    expect(presentDirections({ read: null, write: 3, trim: null })).toEqual({ write: 3 });
    expect(presentDirections({ read: null, write: null, trim: null })).toBeNull();
  });
});

describe('random_distribution', () => {
  it('has fio’s defaults and centers', () => {
    expect(read(distribution, 'zipf')).toEqual({ kind: 'zipf', theta: 1.1, center: null });
    expect(read(distribution, 'pareto:0.3:0')).toEqual({ kind: 'pareto', power: 0.3, center: 0 });
    expect(read(distribution, 'normal:10:0.25')).toEqual({ kind: 'normal', deviationPercent: 10, center: 0.25 });
    for (const text of ['random', 'zipf:1.2', 'pareto:0.3:0', 'normal:10:0.25', 'sequence:2,0,1']) {
      expect(roundTrip(distribution, text)).toBe(text);
    }
  });

  it('refuses what has no meaning', () => {
    expect(wrong(distribution, 'zipf:1.0')).toContain('5: zipf:1.0 is impossible');
    expect(wrong(distribution, 'pareto:1')).toContain('impossible');
    expect(wrong(distribution, 'normal:100')).toContain('impossible');
    expect(wrong(distribution, 'zipf:1.2:1.5')).toContain('9: "1.5" is not a center');
    expect(wrong(distribution, 'zipf:a')).toContain('"a" is not a number');
    expect(wrong(distribution, 'zpif:1.2')).toContain('did you mean "zipf"?');
    expect(wrong(distribution, 'random:1')).toContain('takes no numbers');
  });

  it('has zones in per cent or bytes, per direction', () => {
    expect(read(distribution, 'zoned:60/10:40/,100/50')).toEqual({
      kind: 'zoned',
      zones: {
        read: [
          { accessPercent: 60, size: { percent: 10 } },
          { accessPercent: 40, size: { percent: 90 } },
        ],
        write: [{ accessPercent: 100, size: { percent: 50 } }],
        trim: [{ accessPercent: 100, size: { percent: 50 } }],
      },
    });
    expect(roundTrip(distribution, 'zoned_abs:60/1g:40/9g')).toBe(`zoned_abs:60/${2 ** 30}:40/${9 * 2 ** 30}`);
    expect(roundTrip(distribution, 'zoned:60/10:40/90,,100/50')).toBe('zoned:60/10:40/90,,100/50');
    expect(wrong(distribution, 'zoned:60/10:30/90')).toContain('add up to 90%, not 100%');
    expect(wrong(distribution, 'zoned:50/60:50/60')).toContain('the sizes of the zones add up to 120%');
    expect(wrong(distribution, 'zoned:50/100:50/')).toContain('nothing of the region is left');
    expect(wrong(distribution, 'zoned_abs:100/')).toContain('14: has no value');
    expect(wrong(distribution, 'zoned')).toContain('has no value');
  });

  it('has a sequence of up to 64 blocks', () => {
    expect(read(distribution, 'sequence:2, 0,1')).toEqual({ kind: 'sequence', blocks: [2, 0, 1] });
    expect(wrong(distribution, 'sequence')).toContain('has no blocks');
    expect(wrong(distribution, 'sequence:1,-2')).toContain('11: -2 is too small');
    expect(wrong(distribution, `sequence:${Array(65).fill(1)}`)).toContain('65 blocks');
  });
});

it('file_service_type takes counts or skews', () => {
  expect(read(fileService, 'random:8')).toEqual({ kind: 'random', ioCount: 8 });
  expect(read(fileService, 'gauss:10')).toEqual({ kind: 'normal', deviationPercent: 10, center: null });
  for (const text of ['roundrobin', 'roundrobin:4', 'random:8', 'sequential', 'zipf:1.2:0.5']) {
    expect(roundTrip(fileService, text)).toBe(text);
  }
  const parsed = fileService.parse('sequential:8', context);
  expect(parsed.ok && parsed.notes[0]!.message).toContain('has no effect');
  expect(wrong(fileService, 'random:0')).toContain('7: 0 is too small');
});

it('sync_file_range takes flags and a count', () => {
  expect(read(syncRange, 'wait_before,write:8')).toEqual({
    waitBefore: true,
    write: true,
    waitAfter: false,
    every: 8,
  });
  expect(roundTrip(syncRange, 'wait_after,write')).toBe('write,wait_after');
  expect(wrong(syncRange, 'write,wait')).toContain('6: "wait" is not one of its values');
  expect(wrong(syncRange, 'write:0')).toContain('too small');
});
