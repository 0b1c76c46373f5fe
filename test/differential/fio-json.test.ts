/**
 * JSON of `iotest fio` beside that of fio for the same words: the same keys in the same order with the same types, and
 * nothing of ours but the root key `iotest`. fio 3.42 is followed; what an older fio lacks stands in `newSince333`.
 */
import { describe, expect, it } from 'vitest';
import { warmUpBriefly } from '../cli/command.js';
import { type BothOptions, fioBoth } from '../cli/fio-command.js';
import { fioMissing } from './fio.js';

warmUpBriefly();

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

/** Keys that fio has only since a version after 3.33, by their last part. */
const newSince333 = ['latency_target_ns', 'latency_window_us', 'job_start', 'read_sectors', 'write_sectors'];

/** `jobs.0.read.lat_ns.mean: float` for each value, in order; bins and percentages are named by what was measured. */
function shape(text: string): string[] {
  const kept: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (path !== '' || key !== 'iotest') walk(inner, path === '' ? key : `${path}.${key}`);
      }
    } else if (!newSince333.some((key) => path.endsWith(`.${key}`))) {
      kept.push(`${path.replace(/\.bins\.\d+$/, '.bins.N')}: ${typeof value}`);
    }
  };
  walk(JSON.parse(text), '');
  return kept.filter((entry, index) => entry !== kept[index - 1]);
}

/** Of each number whether it is written as a whole one or with six decimals. */
function decimals(text: string): Set<string> {
  const lines = text.split('\n').slice(0, text.split('\n').findIndex((line) => line.startsWith('  "iotest"')) >>> 0);
  const numbers = lines.map((line) => /^\s*"(.+)" : (-?\d+)(\.\d{6})?,?$/.exec(line)).filter((match) => match !== null);
  return new Set(
    numbers
      .filter(([, key]) => !newSince333.includes(key!) && !/^\d+$/.test(key!))
      .map(([, key, , fraction]) => `${key} ${fraction === undefined ? 'whole' : 'six decimals'}`),
  );
}

const quick = ['--size=1m', '--bs=4k', '--filename=data'];
const data: BothOptions = { files: { data: 1 << 20 } };

const cases: Readonly<Record<string, readonly [words: readonly string[], options?: BothOptions]>> = {
  'one job': [['--name=a', '--rw=randread', ...quick], data],
  'one job of a file, with defaults': [['job.fio'], { ...data, texts: { 'job.fio': jobFile('rw=randread') } }],
  'clones apart': [['--name=a', '--numjobs=2', ...quick], data],
  'clones in one report': [['--name=a', '--numjobs=2', '--group_reporting', ...quick], data],
  'reads and writes': [['--name=a', '--rw=randrw', ...quick], data],
  'reads and writes as one': [['--name=a', '--rw=randrw', '--unified_rw_reporting=mixed', ...quick], data],
  'reads and writes, and both as one': [['--name=a', '--rw=randrw', '--unified_rw_reporting=both', ...quick], data],
  'writes and fsync': [['--name=a', '--rw=write', '--fsync=16', ...quick], data],
  'libaio, all percentiles, bins': [
    [
      ...['--ioengine=libaio', '--iodepth=4', '--slat_percentiles=1', '--lat_percentiles=1', '--output-format=json+'],
    ].concat(['--name=a', '--rw=randread', ...quick]),
    data,
  ],
  'errors passed over': [['--name=a', '--continue_on_error=all', '--description=d', ...quick], data],
  'a write that fails': [
    ['--name=a', '--rw=write', '--bs=64k', '--size=8m', '--offset=60m', '--filename=big'],
    { files: { big: 80 << 20 }, fileKibMax: 64 << 10 },
  ],
  'a rate': [['--name=a', '--ioengine=null', '--rw=randrw', '--rate_iops=5000', '--size=1m']],
  'a search for a latency': [
    ['--name=a', '--ioengine=null', '--rw=randread', '--iodepth=4', '--latency_run=1', '--size=1m'].concat([
      ...['--latency_target=10s', '--latency_window=10ms', '--latency_percentile=99', '--time_based=1', '--runtime=1'],
    ]),
  ],
  'aliases and switches': [
    ['--name=a', '--readwrite=read', '--blocksize=4k', '--size=1m', '--filename=data', '--thread', '--time_based=0'],
    data,
  ],
};

function jobFile(line: string): string {
  return `[global]\nsize=1m\nfilename=data\nthread\n[a]\n${line}\nblocksize=4k\n`;
}

describe('JSON key for key', () => {
  for (const [what, [words, options]] of Object.entries(cases)) {
    itWithFio(withFio(what), async () => {
      const { fio, ours } = await fioBoth(['--output-format=json', ...words], options);
      expect(ours.status, ours.stderr).toBe(fio.status);
      if (fio.status === 0) expect(ours.stderr).toBe('');
      expect(ours.stdout).toMatch(/^\{\n[\s\S]*\n\}\n$/);
      // fio writes its complaints before the document.
      const theirs = fio.stdout.slice(fio.stdout.indexOf('{\n'));
      const [mine, expected] = [shape(ours.stdout), shape(theirs)];
      // What readers look for is there also where it was not typed; bare switches are echoed since a later fio.
      const names = ['rw', 'bs', 'iodepth', 'numjobs', 'ioengine', 'thread', 'group_reporting'];
      const added = names.map((name) => ` options.${name}: string`);
      expect(mine.filter((entry) => expected.includes(entry) || !added.some((end) => entry.endsWith(end)))).toEqual(
        expected,
      );
      const known = decimals(ours.stdout);
      expect([...decimals(theirs)].filter((entry) => !known.has(entry))).toEqual([]);
    });
  }

  itWithFio(withFio('what was typed comes back as it was typed, by its main name'), async () => {
    const { fio, ours } = await fioBoth(['--output-format=json', ...cases['aliases and switches']![0]], data);
    const optionsOf = (text: string) => (JSON.parse(text) as Document).jobs[0]!['job options'];
    expect(optionsOf(ours.stdout)).toMatchObject(optionsOf(fio.stdout));
  });
});

interface Document {
  readonly jobs: readonly { readonly 'job options': Readonly<Record<string, string>> }[];
}
