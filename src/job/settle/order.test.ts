import { describe, expect, it } from 'vitest';
import { type JobFileSettings, parseJobFile } from '../expand.js';

const settings: JobFileSettings = { overrides: [], sections: [], environment: {}, cpuCount: 8, pageBytes: 4096 };
const parse = (options: string) => parseJobFile(`[a]\n${options}\n`, 'job.ini', settings);
const workloadOf = (options: string) => parse(options).jobSet.jobs[0]!.workload;
const warningsOf = (options: string) =>
  parse(options).warnings.map(({ message }) => message.replace('job.ini:1:1: ', ''));

describe('sizes', () => {
  it('of bsrange and bssplit the last wins, per direction, and both are stronger than bs', () => {
    const { range, split } = workloadOf('bsrange=4k-8k\nbssplit=,1k/50:2k/50,').sizes;
    expect(range).toEqual({ read: { min: 4096, max: 8192 }, write: null, trim: { min: 4096, max: 8192 } });
    expect(split).toMatchObject({ read: null, write: [{ bytes: 1024 }, { bytes: 2048 }], trim: null });
    expect(workloadOf('bssplit=1k/50:2k/50\nbsrange=4k-8k').sizes.split).toEqual({
      read: null,
      write: null,
      trim: null,
    });
    expect(warningsOf('bs=4k\nbsrange=4k-8k')).toEqual(['bs has no effect beside bsrange, as in fio']);
    expect(warningsOf('rw=rw\nbs=4k\nbsrange=4k-8k,,')).toEqual([]);
  });

  it('of bssplit that are no multiples of the smallest are rounded down, with a warning', () => {
    expect(warningsOf('bssplit=3k/50:4k/50')).toEqual([
      'bssplit: sizes are rounded down to multiples of the smallest, 3072, as in fio: 4096 to 3072',
    ]);
    expect(warningsOf('bssplit=3k/50:4k/50\nbs_unaligned=1')).toEqual([]);
  });
});

describe('zones', () => {
  it('begin with zonesize alone, and reach as far', () => {
    expect(workloadOf('zonesize=64k').order).toMatchObject({
      zoneMode: 'strided',
      zoneBytes: 65536,
      zoneRangeBytes: 65536,
    });
    expect(workloadOf('zonerange=64k\nzoneskip=4k').order).toMatchObject({ zoneMode: 'none', zoneRangeBytes: 0 });
    expect(warningsOf('zonerange=64k')).toEqual(['zonerange has no effect without a zonesize']);
  });

  it('are dropped with several files, as in fio, and refused when contradicted', () => {
    expect(workloadOf('zonesize=64k\nnrfiles=2').order.zoneMode).toBe('none');
    expect(warningsOf('zonesize=64k\nnrfiles=2')).toHaveLength(1);
    expect(() => parse('zonemode=none\nzonesize=64k')).toThrow('zonemode=none has no zones');
    expect(() => parse('zonemode=strided')).toThrow('needs a zonesize');
  });
});

it('blockalign turns the random map off, and says so', () => {
  expect(workloadOf('rw=randread\nba=64k').randomMap).toBe(false);
  expect(warningsOf('rw=randread\nba=64k')).toEqual([
    'blockalign: blocks may repeat before all have been used, as in fio',
  ]);
  expect(warningsOf('rw=randread\nba=64k\nnorandommap')).toEqual([]);
  expect(workloadOf('rw=randread\nba=4k').randomMap).toBe(true);
});

it.each([
  ['random_distribution=zipf', 'random_distribution has no effect on sequential I/O'],
  ['ba=8k', 'ba has no effect on sequential I/O'],
  ['percentage_random=50', 'percentage_random has no effect on sequential I/O'],
  ['rw=randread\nrw_sequencer=identical', 'rw_sequencer has no effect without rw=randread:N'],
  [
    'rw=randread\nrandom_sequence_stride=1',
    'random_sequence_stride has no effect without random_distribution=sequence',
  ],
  [
    'rw=randread\nrandom_generator=lfsr\nrandom_distribution=zipf',
    'random_generator has no effect beside random_distribution=zipf',
  ],
  ['bs_unaligned', 'bs_unaligned has no effect on a single size'],
])('what has no effect is told: %s', (options, message) => {
  expect(warningsOf(options)).toEqual([message]);
});

describe('amounts in zones', () => {
  it('are so many of zonesize', () => {
    const { target, workload } = parse(
      'zonemode=zbd\nzonesize=64k\nsize=4z\noffset=2z\noffset_increment=1z\nio_size=3z',
    ).jobSet.jobs[0]!;
    expect([target.size, target.offset, target.offsetIncrement, workload.ioSize]).toEqual(
      [4, 2, 1, 3].map((count) => ({ bytes: count * 65536 })),
    );
    expect(parse('zonesize=4k\nsize=10z').jobSet.jobs[0]!.target.size).toEqual({ bytes: 40960 });
  });

  it('need a zonesize', () => {
    expect(() => parse('size=4z')).toThrow('4z counts zones, and there is no zonesize');
    expect(() => parse('zonesize=64k\nbs=1z')).toThrow('z counts zones');
  });
});

describe('zones with write pointers', () => {
  const zbd = 'zonemode=zbd\nzonesize=64k';

  it('keep what the job says of them, and zonerange means nothing', () => {
    const { order, zones } = workloadOf(`${zbd}\nzonerange=4k\nmax_open_zones=4\nzone_reset_frequency=0.25`);
    expect(order).toMatchObject({ zoneMode: 'zbd', zoneBytes: 65536, zoneRangeBytes: 0 });
    expect(zones).toMatchObject({ openMax: 4, resetFrequency: 0.25, resetThreshold: 0 });
    expect(warningsOf(`${zbd}\nzonerange=4k`)).toEqual(['zonerange has no effect with zonemode=zbd, as in fio']);
    expect(workloadOf('zonemode=zbd').order.zoneBytes).toBe(0);
  });

  it.each([
    ['filename=a:b', 'filename is not supported with zonemode=zbd: a job follows the write pointers of one file'],
    ['nrfiles=2', 'nrfiles is not supported with zonemode=zbd'],
    ['ioengine=io_uring_cmd', 'ioengine is not supported with zonemode=zbd'],
    ['zoneskip=64k', 'zoneskip is not supported with zonemode=zbd'],
    ['rw=write\nserialize_overlap=1', 'serialize_overlap is not supported with zonemode=zbd'],
    ['rw=write\nsync_file_range=write:4', 'sync_file_range is not supported with zonemode=zbd'],
    ['rw=write\nverify=crc32c\nverify_only', 'verify_only is not supported with zonemode=zbd'],
    ['rw=write\nverify=crc32c\nzone_reset_frequency=0.5', 'a zone would be reset before it is verified'],
    ['rw=write\nrecover_zbd_write_error=1', 'not supported'],
    ['rw=write\nwrite_zone_remainder=1', 'not supported'],
    ['zone_reset_threshold=1.5', '1.5 is too large'],
    ['max_open_zones=5000', '5000 is too large'],
  ])('refuse %s', (options, message) => {
    expect(() => parse(`${zbd}\n${options}`)).toThrow(message);
  });

  it('are the only ones that options of write pointers are for', () => {
    expect(warningsOf('max_open_zones=4\nread_beyond_wp=1')).toEqual([
      'without zonemode=zbd there is no effect of read_beyond_wp, max_open_zones',
    ]);
    expect(warningsOf('max_open_zones=0\nread_beyond_wp=0\nzone_reset_frequency=0')).toEqual([]);
  });
});
