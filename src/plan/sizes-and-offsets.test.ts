import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import { amountOf } from './amount.js';
import type { Findings } from './findings.js';
import { checkOrder, checkOrderAlignment, checkSizes, startOffset } from './sizes-and-offsets.js';
import type { PlannedFile } from './types.js';

const settings = { overrides: [], sections: [], environment: {}, cpuCount: 8, pageBytes: 4096 };
const jobOf = (options: string) => parseJobFile(`[a]\n${options}\n`, 'job.ini', settings).jobSet.jobs[0]!;

/** Messages of what is wrong. */
function findingsOf(check: (findings: Findings) => void): string[] {
  const messages: string[] = [];
  const note = (_job: unknown, message: string) => messages.push(message);
  check({ usage: note, machine: note, warn: (job: unknown, _code: string, text: string) => note(job, text) } as never);
  return messages;
}

describe('direct I/O', () => {
  it.each([
    ['bs=4k', []],
    ['bs=1000', ['f: direct I/O needs multiples of 512 bytes, and the read block size is 1000']],
    ['bsrange=1k-4k', []],
    ['bsrange=500-4k', ['f: direct I/O needs multiples of 512 bytes, and there are blocks of 500 bytes']],
    ['bsrange=1k-4k\nbs_unaligned', ['f: direct I/O needs multiples of 512 bytes, and bs_unaligned draws any number']],
    ['bssplit=512/50:700/50', []],
    [
      'bssplit=512/50:700/50\nbs_unaligned',
      ['f: direct I/O needs multiples of 512 bytes, and there are blocks of 700 bytes'],
    ],
    ['rw=read:100', ['f: direct I/O needs multiples of 512 bytes, and the hole after rw is 100']],
    ['rw=randread\nba=1000', ['f: direct I/O needs multiples of 512 bytes, and blockalign is 1000']],
    ['zonesize=64k\nzonerange=65000', ['f: direct I/O needs multiples of 512 bytes, and zonerange is 65000']],
  ])('%s', (options, expected) => {
    expect(findingsOf((findings) => checkOrderAlignment(jobOf(options), 'f', 512, findings))).toEqual(expected);
  });
});

describe('zones and sequences', () => {
  it.each([
    ['rw=randread\nrandom_distribution=sequence:0,255', []],
    [
      'rw=randread\nrandom_distribution=sequence:0,256',
      ["f: random_distribution=sequence names block 256, and the job's part has 256 blocks of 4096 bytes"],
    ],
    ['rw=randread\nrandom_distribution=zoned:50/10:50/90', []],
    [
      'rw=randread\nrandom_distribution=zoned:50/0.1:50/99.9',
      ['f: a zone of random_distribution holds no block of 4096 bytes'],
    ],
    [
      'rw=randread\nrandom_distribution=zoned_abs:50/1m:50/1m',
      ["f: the zones of random_distribution reach 2097152 bytes, and the job's part has 1048576"],
    ],
    ['zonesize=1k', ['a zone of 1024 bytes holds no block of 4096']],
    ['zonesize=4m', ["f: a zone has 4194304 bytes, and the job's part of the file 1048576"]],
  ])('%s', (options, expected) => {
    expect(findingsOf((findings) => checkOrder(jobOf(options), 'f', 1 << 20, findings))).toEqual(expected);
  });
});

it('trimwrite with two sizes says what becomes of them', () => {
  const check = (options: string, rw = 'trimwrite') =>
    findingsOf((findings) => checkSizes(jobOf(`rw=${rw}\n${options}`), findings));
  expect(check('bsrange=4k-8k')).toEqual([]);
  expect(check('bs=4k,8k,4k')).toEqual([expect.stringContaining('trims 4096 bytes at a time and writes 8192')]);
  expect(check('bs=4k,8k,4k', 'randtrimwrite')).toEqual([expect.stringContaining(': 4096 bytes, not 8192')]);
  expect(check('bssplit=4k/50:8k/50,4k/40:8k/60,4k/50:8k/50')).toHaveLength(1);
  expect(check('bs=4k,8k,4k', 'randwrite')).toEqual([]);
});

it('offsets in per cent are rounded up, to a block or as asked', () => {
  expect(startOffset(jobOf('offset=10%'), 100_000)).toBe(12_288);
  expect(startOffset(jobOf('offset=10%\noffset_align=64k'), 100_000)).toBe(65_536);
  expect(startOffset(jobOf('offset=1000\noffset_align=64k'), 100_000)).toBe(1000);
});

describe('amounts', () => {
  const file = (regionBytes: number) => ({ regionBytes }) as PlannedFile;
  it('are whole blocks for plain jobs, trims and writes both', () => {
    expect(amountOf(jobOf('rw=read'), [file(10_000)])).toMatchObject({ ioBytes: 8192, passBytes: 8192 });
    expect(amountOf(jobOf('rw=trimwrite\nloops=2'), [file(8192)])).toMatchObject({ ioBytes: 32_768 });
    expect(amountOf(jobOf('io_size=50%'), [file(81_920)])).toMatchObject({ ioBytes: 40_960, ioSizeBytes: 40_960 });
  });

  it('are as given for sizes that are drawn', () => {
    const amount = amountOf(jobOf('bsrange=4k-8k\nio_size=100000\nloops=2'), [file(10_000)]);
    expect(amount).toEqual({ ioBytes: 200_000, passBytes: 10_000, ioSizeBytes: 100_000 });
    expect(amountOf(jobOf('bsrange=4k-8k\ntime_based\nruntime=1'), [file(10_000)]).ioBytes).toBeNull();
  });
});
