/**
 * Which block comes next and how large it is, against fio, from the logs that both write of every I/O (write_iolog): in
 * the same order where the order is defined, in the same shares where it is random.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';
import { fioMissing } from './fio.js';

const missing = fioMissing();

interface Access {
  readonly file: string;
  readonly operation: string;
  readonly offset: number;
  readonly byteCount: number;
}

function readLog(file: string): Access[] {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /(\S+) (read|write|trim|sync|datasync) (\d+) (\d+)$/.exec(line);
      if (match === null) return [];
      const [, name, operation, offset, byteCount] = match;
      return [
        { file: path.basename(name!), operation: operation!, offset: Number(offset), byteCount: Number(byteCount) },
      ];
    });
}

interface Both {
  readonly fio: ReadonlyMap<string, readonly Access[]>;
  readonly ours: ReadonlyMap<string, readonly Access[]>;
}

/** Runs all cases side by side, in one run of each program; a case's log is named after its number. */
async function runCases(global: string, cases: readonly string[]): Promise<Both> {
  const sections = cases.map((options, index) => `[case${index}]\n${options}\nwrite_iolog=log${index}\n`);
  const job = `[global]\nioengine=null\nthread\n${global}\n${sections.join('\n')}`;
  const logs = (folder: string) => new Map(cases.map((text, at) => [text, readLog(path.join(folder, `log${at}`))]));
  const fioFolder = scratchFolder({ 'job.fio': job });
  execFileSync('fio', ['--output=/dev/null', 'job.fio'], { cwd: fioFolder, stdio: 'pipe' });
  const ourFolder = scratchFolder({ 'job.ini': job });
  const end = await iotest(['run', 'job.ini', '--no-save'], { cwd: ourFolder });
  expect(end.status, end.stderr).toBe(0);
  return { fio: logs(fioFolder), ours: logs(ourFolder) };
}

const title = (text: string) => (missing === null ? text : `${text} [skipped: ${missing}]`);

const inOrder = [
  'rw=read:4k',
  'rw=write:12k',
  'rw=read:-8k',
  'rw=read:4k\nbs=8k',
  'rw=read\nzonemode=strided\nzonesize=16k',
  'rw=read\nzonemode=strided\nzonesize=16k\nzonerange=64k',
  'rw=write\nzonemode=strided\nzonesize=16k\nzonerange=32k\nzoneskip=32k',
  'rw=read\nzonemode=strided\nzonesize=64k\nzonerange=16k',
  'rw=read\nbssplit=8k/100',
  'rw=read\nbsrange=16k-16k',
  'rw=read\nnumber_ios=10\nloops=3\nbsrange=4k-4k',
  'rw=read\nnrfiles=4\nfile_service_type=roundrobin:4',
  'rw=read\nnrfiles=4\nfile_service_type=sequential',
  'rw=read\nnrfiles=4\nopenfiles=1',
  'rw=read\nnrfiles=4\nopenfiles=2',
  'rw=read\nrandom_distribution=zipf:1.2',
  'rw=trimwrite\nbs=8k',
  'rw=trimwrite\nnumber_ios=20',
  'rw=trimwrite\nbs=4k,4k,8k',
  'rw=trimwrite\nbs=4k,8k,4k',
  'rw=trimwrite\nbs=4k,4k,16k\nnrfiles=2',
  'rw=read\noffset=16k\nrandom_generator=lfsr',
  'rw=write\nio_size=1m\nbsrange=8k-8k',
];

describe.skipIf(missing !== null)(title('the same blocks in the same order as fio'), () => {
  let both: Both;
  beforeAll(async () => {
    both = await runCases('size=256k', inOrder);
  });

  it.each(inOrder)('%s', (options) => {
    const theirs = both.fio.get(options)!;
    expect(theirs.length).toBeGreaterThan(9);
    const plain = (accesses: readonly Access[]) =>
      accesses.map(({ file, operation, offset, byteCount }) => `${file} ${operation} ${offset} ${byteCount}`);
    expect(plain(both.ours.get(options)!)).toEqual(plain(theirs));
  });
});

const covering = [
  'rw=randread\nbsrange=4k-64k',
  'rw=randread\nbssplit=4k/50:16k/30:32k/20',
  'rw=randwrite\nbssplit=512/25:1k/:2k/:4k/\nbs=512',
  'rw=randread\nbs=8k\nrandom_generator=lfsr\nnorandommap',
  'rw=randread\nnrfiles=4\nfile_service_type=random',
  'rw=randread\nnrfiles=4\nfile_service_type=sequential\nopenfiles=1',
];

describe.skipIf(missing !== null)(title('a random map uses every byte once, as in fio'), () => {
  let both: Both;
  beforeAll(async () => {
    both = await runCases('size=256k', covering);
  });

  it.each(covering)('%s', (options) => {
    const used = (accesses: readonly Access[]) =>
      accesses
        .flatMap(({ file, offset, byteCount }) =>
          Array.from({ length: byteCount / 512 }, (_, at) => `${file}:${offset / 512 + at}`),
        )
        .sort();
    const ours = used(both.ours.get(options)!);
    expect(ours).toHaveLength(512);
    expect(ours).toEqual(used(both.fio.get(options)!));
  });
});

/** Two samples of counts: chi-square for equal shares, and its degrees of freedom. Rare kinds are taken together. */
function compareCounts(left: readonly number[], right: readonly number[]): { chiSquare: number; degrees: number } {
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  const [leftSum, rightSum] = [sum(left), sum(right)];
  let chiSquare = 0;
  let bins = 0;
  let [a, b] = [0, 0];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    a += left[index] ?? 0;
    b += right[index] ?? 0;
    if (a + b < 40) continue;
    const expected = ((a + b) * leftSum) / (leftSum + rightSum);
    const other = a + b - expected;
    chiSquare += (a - expected) ** 2 / expected + (b - other) ** 2 / other;
    bins++;
    [a, b] = [0, 0];
  }
  return { chiSquare, degrees: Math.max(1, bins - 1) };
}

/** Far beyond chance: mean and six standard deviations of chi-square. */
function expectAlike(left: readonly number[], right: readonly number[]): void {
  const { chiSquare, degrees } = compareCounts(left, right);
  expect(chiSquare).toBeLessThan(degrees + 6 * Math.sqrt(2 * degrees) + 10);
}

const countsOf = (values: readonly (number | string)[]): Map<number | string, number> => {
  const counts = new Map<number | string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

/** How often each block is met, the most frequent first: the shape of a distribution wherever its blocks lie. */
const byRank = (accesses: readonly Access[]) =>
  [...countsOf(accesses.map(({ offset }) => offset)).values()].sort((left, right) => right - left);

const bySize = (accesses: readonly Access[], sizes: readonly number[]) => {
  const counts = countsOf(accesses.map(({ byteCount }) => byteCount));
  return sizes.map((size) => counts.get(size) ?? 0);
};

const skewed = [
  'rw=randread\nrandom_distribution=zipf:1.2',
  'rw=randread\nrandom_distribution=zipf:0.8',
  'rw=randread\nrandom_distribution=pareto:0.2',
  'rw=randread\nrandom_distribution=normal:10',
];
const spread = [
  'rw=randread\nrandom_distribution=zoned:60/10:30/20:8/30:2/40',
  'rw=randread\nrandom_distribution=zoned_abs:60/400k:40/1m',
  'rw=randread\nblockalign=16k',
];
/** In one pass: fio draws the same sizes in each, so that several tell no more than one. */
const sized = [
  ['size=80m\nrw=read\nbssplit=4k/10:8k/70:16k/20', [4096, 8192, 16384]],
  ['size=80m\nrw=randread\nnorandommap\nbsrange=4k-16k', [4096, 8192, 12288, 16384]],
  ['size=80m\nrw=read\nbsrange=4k-10k', [4096, 8192, 10240]],
  ['size=80m\nrw=randread\nnorandommap\nbssplit=3k/50:4k/50', [3072]],
  ['size=80m\nrw=randread:2\nnorandommap\nbs=4k,16k\nbs_is_seq_rand=1', [4096, 16384]],
] as const;
/** The last block of a zone may end behind it, with a random map too. */
const zonedSizes = [
  'size=80m\nrw=randread\nbsrange=4k-16k\nzonemode=strided\nzonesize=48k\nzonerange=48k\nzoneskip=16k',
  'size=40m\nrw=randread\nbssplit=4k/50:16k/50\nzonemode=strided\nzonesize=16k\nzonerange=64k\nzoneskip=16k\nloops=2',
];
/** Sizes in bins of so many bytes, since any may come. */
const anySize = ['size=80m\nrw=randread\nnorandommap\nbsrange=1000-5000\nbs_unaligned'];
const repeated = ['rw=randread:4\nnorandommap\nrw_sequencer=identical'];
const mixed = ['rw=randrw\nrwmixwrite=30', 'rw=randrw\nrwmixread=80'];
const steps = ['rw=randread\nnorandommap\npercentage_random=30', 'rw=randread:4\nnorandommap'];
const files = [
  'rw=read\nnrfiles=8\nfile_service_type=random',
  'rw=read\nnrfiles=8\nfile_service_type=zipf:1.5:0',
  'rw=read\nnrfiles=8\nfile_service_type=pareto:0.2:0',
];
const shared = [
  ...skewed,
  ...spread,
  ...sized.map(([options]) => options),
  ...anySize,
  ...repeated,
  ...mixed,
  ...steps,
  ...files,
  ...zonedSizes,
];

describe.skipIf(missing !== null)(title('the same shares as fio'), () => {
  let both: Both;
  beforeAll(async () => {
    both = await runCases('size=4m\nio_size=80m', shared);
  });
  const pair = (options: string) => [both.ours.get(options)!, both.fio.get(options)!] as const;

  it.each(skewed)('of blocks by rank: %s', (options) => {
    const [ours, fio] = pair(options);
    expect(ours.length).toBe(20_480);
    expectAlike(byRank(ours), byRank(fio));
  });

  it.each(spread)('of the parts of a region: %s', (options) => {
    const parts = (accesses: readonly Access[]) => {
      const counts = countsOf(accesses.map(({ offset }) => Math.floor(offset / (1 << 17))));
      return Array.from({ length: 32 }, (_, part) => counts.get(part) ?? 0);
    };
    const [ours, fio] = pair(options);
    expectAlike(parts(ours), parts(fio));
    const align = options.includes('blockalign') ? 16_384 : 4096;
    for (const accesses of [ours, fio]) expect(accesses.filter(({ offset }) => offset % align !== 0)).toEqual([]);
  });

  it.each(sized)('of sizes: %s', (options, sizes) => {
    const [ours, fio] = pair(options);
    expect(bySize(ours, sizes).reduce((sum, count) => sum + count)).toBe(ours.length);
    expectAlike(bySize(ours, sizes), bySize(fio, sizes));
    const bytes = (accesses: readonly Access[]) => accesses.reduce((sum, { byteCount }) => sum + byteCount, 0);
    // The block that reaches the amount is done whole.
    expect(Math.abs(bytes(ours) - bytes(fio))).toBeLessThan(32_768);
  });

  it.each(zonedSizes)('of sizes in zones: %s', (options) => {
    const [ours, fio] = pair(options);
    const sizes = [4096, 8192, 12288, 16384];
    expectAlike(bySize(ours, sizes), bySize(fio, sizes));
  });

  it.each(anySize)('of any size: %s', (options) => {
    const bins = (accesses: readonly Access[]) => {
      const counts = countsOf(accesses.map(({ byteCount }) => Math.floor(byteCount / 500)));
      return Array.from({ length: 11 }, (_, bin) => counts.get(bin) ?? 0);
    };
    const [ours, fio] = pair(options);
    expect(ours.some(({ byteCount }) => byteCount % 1000 !== 0)).toBe(true);
    expectAlike(bins(ours), bins(fio));
  });

  it.each(repeated)('of repeats: %s', (options) => {
    const kinds = (accesses: readonly Access[]) => {
      const same = accesses.filter(({ offset }, at) => at > 0 && offset === accesses[at - 1]!.offset).length;
      return [same, accesses.length - same];
    };
    const [ours, fio] = pair(options);
    expect(kinds(ours)[0]).toBeGreaterThan(10_000);
    expectAlike(kinds(ours), kinds(fio));
  });

  it.each(mixed)('of reads and writes: %s', (options) => {
    const kinds = (accesses: readonly Access[]) => {
      const reads = accesses.filter(({ operation }) => operation === 'read').length;
      return [reads, accesses.length - reads];
    };
    const [ours, fio] = pair(options);
    expectAlike(kinds(ours), kinds(fio));
  });

  it.each(steps)('of steps to the next block: %s', (options) => {
    const kinds = (accesses: readonly Access[]) => {
      const next = accesses.filter(({ offset }, at) => at > 0 && offset === accesses[at - 1]!.offset + 4096).length;
      return [next, accesses.length - next];
    };
    const [ours, fio] = pair(options);
    expectAlike(kinds(ours), kinds(fio));
  });

  it.each(files)('of files: %s', (options) => {
    const perFile = (accesses: readonly Access[]) => {
      const counts = countsOf(accesses.map(({ file }) => file.split('.').at(-1)!));
      return Array.from({ length: 8 }, (_, file) => counts.get(String(file)) ?? 0);
    };
    const [ours, fio] = pair(options);
    expectAlike(perFile(ours), perFile(fio));
  });
});
