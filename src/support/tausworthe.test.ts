import { describe, expect, it } from 'vitest';
import { fioSeed, Tausworthe } from './tausworthe.js';

/** Place of the mix of reads and writes in fio's list of uses. */
const mix = 4;
const fioDefaultSeed = 0x89;

/** Writes among the first `count` I/Os of `rwmixread=readPercent`. */
function writesOf(jobNumber: number, count: number, readPercent: number): number {
  const stream = new Tausworthe(fioSeed(fioDefaultSeed, jobNumber, mix));
  const writes = Array.from({ length: count }, () => {
    const percent = 1 + Math.floor((100 * (stream.nextInt32() + 2 ** 31)) / 2 ** 32);
    return percent > readPercent;
  });
  return writes.filter((isWrite) => isWrite).length;
}

describe('draws of fio', () => {
  // fio 3.33: ioengine=null rw=readwrite bs=4k.
  it.each([
    [8192, 50, 4142],
    [8192, 70, 2503],
    [1000, 30, 720],
  ])('of %i I/Os at rwmixread=%i %i are writes', (count, readPercent, writes) => {
    expect(writesOf(1, count, readPercent)).toBe(writes);
  });

  it('differ between the jobs of a file', () => {
    expect(writesOf(2, 8192, 50)).not.toBe(writesOf(1, 8192, 50));
  });

  it('begin again where another stream was', () => {
    const stream = new Tausworthe(fioSeed(1, 1, mix));
    const begin = new Tausworthe(fioSeed(1, 1, mix));
    const drawn = Array.from({ length: 5 }, () => stream.nextInt32());
    stream.goTo(begin);
    expect(Array.from({ length: 5 }, () => stream.nextInt32())).toEqual(drawn);
  });
});
