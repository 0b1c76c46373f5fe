import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { expandList, parseAxes } from './values.js';

const expand = (text: string) => expandList(text, 'iodepth').join(',');

describe('lists of values', () => {
  it('are taken as they stand', () => {
    expect(expand('1,8 , 64')).toBe('1,8,64');
    expect(expandList('io_uring+sqpoll,libaio', 'engine')).toEqual(['io_uring+sqpoll', 'libaio']);
    expect(expandList('../a,../b..c', 'filename')).toEqual(['../a', '../b..c']);
  });

  it('are parted by semicolons where values have commas', () => {
    expect(expandList('4k,8k;16k', 'bs')).toEqual(['4k,8k', '16k']);
  });

  it('go on as they began: by ratio or by step, whichever ends where asked', () => {
    expect(expand('1,2,4..256')).toBe('1,2,4,8,16,32,64,128,256');
    expect(expand('1,2,3..8')).toBe('1,2,3,4,5,6,7,8');
    expect(expand('10,20..60')).toBe('10,20,30,40,50,60');
    expect(expand('1,4..13')).toBe('1,4,7,10,13');
    expect(expand('1,3,9..81')).toBe('1,3,9,27,81');
    expect(expand('100,70..10')).toBe('100,70,40,10');
    expect(expand('64,32,16..1')).toBe('64,32,16,8,4,2,1');
    expect(expand('1,2,4..16,24,32..64')).toBe('1,2,4,8,16,24,32,40,48,56,64');
    expect(expand('0,50..100')).toBe('0,50,100');
  });

  it('keep their unit, or become sizes that need none but a prefix', () => {
    expect(expand('4k,8k,16k..128k')).toBe('4k,8k,16k,32k,64k,128k');
    expect(expand('512,1k,2k..16k')).toBe('512,1k,2k,4k,8k,16k');
    expect(expand('256k,512k,1m..4m')).toBe('256k,512k,1m,2m,4m');
    expect(expand('10%,20%..50%')).toBe('10%,20%,30%,40%,50%');
  });

  it('are refused where they can be read in two ways, or in none', () => {
    expect(() => expand('1,2..8')).toThrow(/1,2\.\.8 can be read in two ways: 1,2,3,4… or 1,2,4,8…/);
    expect(() => expand('1..8')).toThrow(/says how far to go, but not in which steps/);
    expect(() => expand('1,2,4..100')).toThrow(/neither equal steps nor equal ratios lead from 1,2,4 to 100/);
    expect(() => expand('1,3..100')).toThrow(/lead from 1,3 to 100/);
    expect(() => expand('4,2,1..64')).toThrow(/neither/);
    expect(() => expand('1,,2')).toThrow(/empty value/);
    expect(() => expand('1,2,3..100000')).toThrow();
    expect(() => expand('x,4..8')).toThrow(/not in which steps/);
  });

  it('have two readings apart, with the advice to choose one', () => {
    const advice = (() => {
      try {
        expand('1,2..8');
      } catch (error) {
        return (error as UserError).problems[0]!.advice;
      }
      return null;
    })();
    expect(advice).toBe('write one value more before the dots: 1,2,3..8 or 1,2,4..8');
    expect(expand('1,2,3..8')).not.toBe(expand('1,2,4..8'));
  });
});

describe('--vary', () => {
  it('knows options by all their names', () => {
    expect(parseAxes(['blocksize=4k,8k', 'ioengine=psync,libaio'])).toEqual([
      { option: 'bs', values: ['4k', '8k'] },
      { option: 'engine', values: ['psync', 'libaio'] },
    ]);
  });

  it('suggests the engine, which is no option of job files by that name', () => {
    expect(() => parseAxes(['engien=psync'])).toThrow(/no option "engien"/);
  });

  it('tells everything that is wrong at once', () => {
    const parse = () => parseAxes(['iodepth', 'bs=4k,4k', 'bs=8k', 'numjobs=1..4', 'bs=4k']);
    expect(parse).toThrow(UserError);
    try {
      parse();
    } catch (error) {
      expect((error as UserError).problems.map(({ message }) => message)).toEqual([
        '--vary iodepth is not OPTION=LIST',
        '--vary bs has the value 4k twice',
        '--vary numjobs: 1..4 says how far to go, but not in which steps',
        '--vary bs is given twice',
      ]);
    }
  });
});
