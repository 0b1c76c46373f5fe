/**
 * What `iotest fio` prints, beside what fio prints for the same words: the same lines in the same order once numbers,
 * units and dates are masked, and as many terse fields. fio 3.42 is followed; an older fio says a little less.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { warmUpBriefly } from '../cli/command.js';
import { type BothOptions, fioBoth } from '../cli/fio-command.js';
import { fioMissing } from './fio.js';

warmUpBriefly();

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

/** Lines without what differs from run to run or between fio 3.33 and 3.42. */
function skeleton(text: string): string[] {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/^fio-.*/, 'VERSION')
      .replace(/\bpid=.*/, 'PID')
      .replace(/err=.*?: PID/, (found) => (/err= 0:/.test(found) ? found : 'err=ERROR: PID'))
      .replace(/; \d+ zone resets/, '')
      .replace('/sync_file_range:', '/sync_file_range/syncfs:')
      .replace(/sectors=[\d/]+, /, '')
      .replace(/target=.*, window=.*, perc/, 'target, window, perc')
      // fio 3.33 does not add up what it shows of both together.
      .replace('mixed: IOPS=0, BW=0 (0)', 'mixed: IOPS=0, BW=0B/s (0B/s)')
      .replace(/(prio \d+\/\d+)\/\d+/, '$1')
      .replace(/^ {2}\w+: ios/, '  DISK: ios')
      .replace(/\((nsec|usec|msec)\)/, '(TIME)')
      // The unit follows the rate.
      .replace(/^( {3}bw \( {2})[KMG]iB\/s/, '$1UNIT')
      .replace(/ \d+(\.\d+)?th=\[ *\d+\],?/g, ' PERCENTILE')
      // How large the prefix is depends on the machine's speed; whether bytes or bits follow does not.
      .replace(/-?\d+(\.\d+)?([KMGT]i|[kMGT])?(?=[^\w.]|B|bit|msec|$)/g, 'N')
      .replace(/= +/g, '='),
  );
  const kept: string[] = [];
  for (const line of lines) {
    // How many there are depends on the latencies.
    const repeats = /^ {2}lat \(TIME\)/.test(line) || /^ {5}\|/.test(line);
    const shown = repeats ? line.slice(0, 6) : line;
    if (!repeats || kept.at(-1) !== shown) kept.push(shown);
  }
  return kept;
}

const quick = ['--size=1m', '--bs=4k', '--filename=data'];
const data = { files: { data: 1 << 20 } };
const inFile = 'size=1m\nfilename=data\n';

const cases: Readonly<Record<string, readonly [words: readonly string[], options?: BothOptions]>> = {
  'one job': [['--name=a', '--rw=randread', ...quick], data],
  'a second of one job, with its windows': [
    ['--name=a', '--rw=read', '--time_based', '--runtime=1200ms', ...quick],
    data,
  ],
  'a description, and a thread': [['--name=a', '--description=two words', '--thread', ...quick], data],
  'clones apart': [['--name=a', '--numjobs=3', '--rw=randread', ...quick], data],
  'clones in one report': [['--name=a', '--numjobs=3', '--group_reporting', '--rw=randread', ...quick], data],
  'reads and writes': [['--name=a', '--rw=randrw', ...quick], data],
  'writes and fsync': [['--name=a', '--rw=write', '--fsync=16', ...quick], data],
  'reads and writes as one': [['--name=a', '--rw=randrw', '--unified_rw_reporting=mixed', ...quick], data],
  'reads and writes, and both as one': [['--name=a', '--rw=randrw', '--unified_rw_reporting=both', ...quick], data],
  'files to be laid out': [['--name=a', '--rw=read', '--nrfiles=2', '--size=4m', '--bs=64k']],
  'groups one after the other': [
    ['--name=a', '--rw=read', ...quick, '--name=b', '--stonewall', '--rw=write', ...quick, '--name=c', ...quick],
    data,
  ],
  'libaio with submission latency': [
    ['--name=a', '--ioengine=libaio', '--iodepth=4', '--rw=randread', '--slat_percentiles=1', ...quick],
    data,
  ],
  'io_uring with submission latency': [
    ['--name=a', '--ioengine=io_uring', '--iodepth=4', '--rw=randread', '--slat_percentiles=1', ...quick],
    data,
  ],
  'trims on the null engine': [['--name=a', '--ioengine=null', '--rw=trim', '--size=1m']],
  'total percentiles of a list': [
    ['--name=a', '--rw=read', '--lat_percentiles=1', '--percentile_list=50:99:99.999', ...quick],
    data,
  ],
  'no percentiles': [['--name=a', '--rw=read', '--clat_percentiles=0', ...quick], data],
  'nothing measured': [['--name=a', '--rw=read', '--gtod_reduce=1', ...quick], data],
  'no latency in all': [['--name=a', '--rw=randrw', '--disable_lat=1', ...quick], data],
  'no completion latency': [['--name=a', '--rw=randrw', '--disable_clat=1', ...quick], data],
  'no submission latency': [
    ['--name=a', '--rw=read', '--ioengine=io_uring', '--iodepth=4', '--disable_slat=1', ...quick],
    data,
  ],
  'no latency at all': [
    ['--name=a', '--rw=randrw', '--disable_lat=1', '--disable_clat=1', '--disable_slat=1', ...quick],
    data,
  ],
  'no bandwidth': [
    ['--name=a', '--rw=read', '--disable_bw_measurement=1', '--time_based', '--runtime=1200ms', ...quick],
    data,
  ],
  'nothing measured but windows': [
    [
      '--name=a',
      '--rw=read',
      '--gtod_reduce=1',
      '--disable_bw_measurement=0',
      '--time_based',
      '--runtime=1200ms',
      ...quick,
    ],
    data,
  ],
  'errors passed over': [['--name=a', '--rw=read', '--continue_on_error=all', ...quick], data],
  'bits, in powers of ten': [['--kb_base=1000', '--unit_base=1', '--name=a', '--rw=read', ...quick], data],
  'ten figures': [['--name=a', '--rw=read', '--significant_figures=10', ...quick], data],
  'a write that fails': [
    ['--name=a', '--rw=write', '--bs=64k', '--size=8m', '--offset=60m', '--filename=big'],
    { files: { big: 80 << 20 }, fileKibMax: 64 << 10 },
  ],
  'two job files and the command line': [
    ['--name=first', ...quick, 'one.fio', 'two.fio'],
    {
      ...data,
      texts: { 'one.fio': `[one]\n${inFile}`, 'two.fio': `[global]\n${inFile}[two]\nrw=write\n` },
    },
  ],
};

describe('the mask', () => {
  const rate = (bandwidth: string) => skeleton(`   READ: bw=${bandwidth}, io=1049kB (1049kB)`);

  it('is blind to speed, and sees units and forms', () => {
    const masked = ['   READ: bw=Nbit/s (Nbit/s), io=NB (NB)'];
    for (const prefix of ['k', 'M', 'G', 'T']) {
      expect(rate(`11.4${prefix}bit/s (11.4${prefix}bit/s)`)).toEqual(masked);
    }
    expect(rate('11.4Gbit/s (10.6Gibit/s)')).toEqual(masked);
    for (const other of ['11.4GB/s (11.4GB/s)', '11.4 Gbit/s (11.4Gbit/s)', '11.4Gbit (11.4Gbit)', '11.4Gbit/s']) {
      expect(rate(other)).not.toEqual(masked);
    }
  });
});

describe('text as fio arranges it', () => {
  for (const [what, [words, options]] of Object.entries(cases)) {
    itWithFio(withFio(what), async () => {
      const { fio, ours } = await fioBoth(words, options);
      expect(ours.status, ours.stderr).toBe(fio.status);
      if (fio.status === 0) expect(ours.stderr).toBe('');
      expect(skeleton(ours.stdout)).toEqual(skeleton(fio.stdout));
    });
  }

  const unprivileged = missing ?? (process.getuid?.() === 0 ? null : 'only root may have priorities');
  it.skipIf(unprivileged !== null)(
    `I/Os of two priorities${unprivileged === null ? '' : ` [skipped: ${unprivileged}]`}`,
    async () => {
      const words = [
        '--name=a',
        '--ioengine=libaio',
        '--iodepth=4',
        '--cmdprio_percentage=50',
        '--rw=randrw',
        ...quick,
      ];
      const { fio, ours } = await fioBoth([...words, '--slat_percentiles=1'], data);
      expect([ours.status, ours.stderr]).toEqual([0, '']);
      const [mine, theirs] = [skeleton(ours.stdout), skeleton(fio.stdout)];
      expect(mine).toEqual(theirs);
      expect(mine.filter((line) => /prio N\/N/.test(line))).toHaveLength(8);
    },
  );

  itWithFio(withFio('no line hides behind the mask'), async () => {
    const { fio } = await fioBoth(...(cases['one job'] as [string[], BothOptions]));
    const lines = skeleton(fio.stdout);
    expect(lines).toContain('  read: IOPS=N, BW=NB/s (NB/s)(NB/Nmsec)');
    expect(lines).toContain('Run status group N (all jobs):');
    expect(lines.length).toBeGreaterThan(15);
  });
});

describe('terse output as fio counts it', () => {
  const many = [
    '--name=a',
    '--rw=randrw',
    '--numjobs=2',
    ...quick,
    '--name=b',
    '--description=d',
    '--stonewall',
    ...quick,
  ];
  for (const version of [2, 3, 4, 5]) {
    itWithFio(withFio(`version ${version}`), async () => {
      const { fio, ours } = await fioBoth(['--minimal', `--terse-version=${version}`, ...many], data);
      expect(ours.stderr).toBe('');
      expect(terseShape(ours.stdout)).toEqual(terseShape(fio.stdout));
    });
  }

  for (const [version, unified] of [2, 3, 4, 5].flatMap((each) => [
    [each, 'mixed'] as const,
    [each, 'both'] as const,
  ])) {
    itWithFio(withFio(`version ${version}, directions ${unified}`), async () => {
      const words = ['--minimal', `--terse-version=${version}`, '--name=a', '--rw=randrw'];
      const { fio, ours } = await fioBoth([...words, `--unified_rw_reporting=${unified}`, ...quick], data);
      expect(ours.stderr).toBe('');
      expect(terseShape(ours.stdout)).toEqual(terseShape(fio.stdout));
    });
  }

  itWithFio(withFio('beside the text, in one go'), async () => {
    const { fio, ours } = await fioBoth(['--append-terse', '--name=a', '--rw=read', ...quick], data);
    const terse = (text: string) => text.split('\n').filter((line) => line.startsWith('3;'));
    expect(terseShape(terse(ours.stdout).join('\n'))).toEqual(terseShape(terse(fio.stdout).join('\n')));
    expect(skeleton(ours.stdout).filter((line) => line.startsWith('  read'))).toHaveLength(1);
  });
});

/** Of each field what kind of text it is; version, name, group, error and the percentiles' names as they stand. */
function terseShape(text: string): string[][] {
  const heading = text.startsWith('2;') ? 4 : 5;
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.split(';').map((field, index) => {
        if (/^fio-/.test(field)) return 'VERSION';
        if (index < heading && /^\w+$/.test(field)) return field;
        if (/^\d+\.\d+%=\d+$/.test(field)) return `${field.split('=')[0]}=N`;
        return field.replace(/\d+/g, 'N');
      }),
    );
}

describe('where output goes', () => {
  itWithFio(withFio('a file has what stdout would have'), async () => {
    const words = ['--output=out', '--output-format=json,normal', '--name=a', '--rw=read', ...quick];
    const { fio, ours, fioFolder, ourFolder } = await fioBoth(words, data);
    expect([ours.stdout, ours.stderr]).toEqual([fio.stdout, fio.stderr]);
    const [theirs, mine] = [fioFolder, ourFolder].map((folder) => fs.readFileSync(path.join(folder, 'out'), 'utf8'));
    const textOf = (all: string) => all.replace(/^\{[\s\S]*?^\}\n/m, '');
    expect(skeleton(textOf(mine!))).toEqual(skeleton(textOf(theirs!)));
    expect(Object.keys(jsonOf(mine!))).toEqual(expect.arrayContaining(Object.keys(jsonOf(theirs!))));
  });
});

function jsonOf(text: string): object {
  return JSON.parse(/^\{[\s\S]*?^\}$/m.exec(text)![0]) as object;
}
