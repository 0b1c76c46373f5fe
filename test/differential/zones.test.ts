/**
 * zonemode=zbd on emulated zones, against fio, from the logs that both write of every I/O: the same I/Os in the same order
 * where the order is defined, the same set where it is random, and as many resets. fio 3.33 differs from 3.42 in zones
 * whose rest holds no block, and in reads whose part ends within a zone: such jobs are not here.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';
import { fioMissing } from './fio.js';

const missing = fioMissing();
const title = (text: string) => (missing === null ? text : `${text} [skipped: ${missing}]`);

interface Side {
  /** `read 0 4096`, by the number of the case. */
  readonly ios: readonly (readonly string[])[];
  /** What is told of the jobs, by their number. */
  readonly resets: readonly number[];
}

const kib = 1024;

function readIos(file: string): string[] {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => /(read|write|trim) \d+ \d+$/.exec(line)?.[0] ?? []);
}

async function runBoth(engine: string, cases: readonly string[]): Promise<{ readonly fio: Side; readonly ours: Side }> {
  const sections = cases.map((options, index) => `[case${index}]\n${options}\nwrite_iolog=log${index}\n`);
  const global = `[global]\n${engine}\nthread\nsize=1m\nbs=4k\nzonemode=zbd\nzonesize=64k\n`;
  const folders = [0, 1].map(() => {
    const folder = scratchFolder({ 'job.fio': `${global}${sections.join('')}` });
    // fio emulates zones in files that are there already.
    for (const index of cases.keys()) fs.writeFileSync(path.join(folder, `case${index}.0.0`), Buffer.alloc(1 << 20, 1));
    return folder;
  }) as [string, string];
  const text = execFileSync('fio', ['job.fio'], {
    cwd: folders[0],
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = await iotest(['fio', 'job.fio'], { cwd: folders[1] });
  expect(end.status, end.stderr).toBe(0);
  // fio lists the jobs in the order in which they end; 3.33 tells of resets with writes alone.
  const resetsOf = (output: string) =>
    cases.map((_, index) => {
      const part = output.slice(output.indexOf(`\ncase${index}: (groupid`)).split('\n  cpu ')[0]!;
      return Number(/ write: .*; (\d+) zone resets/.exec(part)?.[1] ?? Number.NaN);
    });
  const side = (folder: string, output: string): Side => ({
    ios: cases.map((_, index) => readIos(path.join(folder, `log${index}`))),
    resets: resetsOf(output),
  });
  return { fio: side(folders[0], text), ours: side(folders[1], end.stdout) };
}

const inOrder = [
  'rw=write',
  'rw=write\nloops=3',
  'rw=write\nzonecapacity=48k',
  'rw=write\nzonecapacity=48k\nloops=2\nbs=16k',
  'rw=write\noffset=100k\nsize=500k',
  'rw=write\nmax_open_zones=1\nloops=2',
  'rw=write\nio_size=2560k',
  'rw=write\niodepth=8\nloops=2',
  'rw=read\nread_beyond_wp=1',
  'rw=trim\nbs=4k,4k,64k',
  'rw=trimwrite\nbs=64k\nloops=2',
];

const atRandom = [
  'rw=randwrite',
  'rw=randwrite\nloops=3',
  'rw=randwrite\nbs=16k\niodepth=4',
  'rw=randwrite\noffset=64k\nsize=512k',
  'rw=randread\nread_beyond_wp=1',
];

describe.skipIf(missing !== null).each(['ioengine=null', 'ioengine=psync'])(title('on %s'), (engine) => {
  let both: Awaited<ReturnType<typeof runBoth>>;
  // The null engine of fio has a file as long as its part.
  const cases = [...inOrder, ...atRandom].filter(
    (options) => engine !== 'ioengine=null' || !options.includes('offset'),
  );
  beforeAll(async () => {
    both = await runBoth(engine, cases);
  });

  it.each(cases)('%s', (options) => {
    const at = cases.indexOf(options);
    const [theirs, ours] = [both.fio.ios[at]!, both.ours.ios[at]!];
    expect(theirs.length).toBeGreaterThan(9);
    if (inOrder.includes(options)) expect(ours).toEqual(theirs);
    else expect(ours.toSorted()).toEqual(theirs.toSorted());
    expect(both.ours.resets[at]).toEqual(both.fio.resets[at]);
  });
});

describe('zones that are verified', () => {
  const verified = ['rw=randwrite\nverify=crc32c', 'rw=write\nverify=md5\nbs=8k\nloops=2'];

  it.skipIf(missing !== null).each(verified)(title('are read back as in fio: %s'), async (options) => {
    const { fio, ours } = await runBoth('ioengine=psync', [options]);
    expect(fio.ios[0]!.filter((io) => io.startsWith('read')).length).toBeGreaterThan(200);
    expect(ours.ios[0]!.toSorted()).toEqual(fio.ios[0]!.toSorted());
  });
});

describe('what fio does by chance keeps its rules here', () => {
  const mix = (options: string) =>
    iotest(['run', '-', '--no-save', '--format', 'json'], {
      input: `[job]\nioengine=null\nsize=1m\nbs=4k\nzonemode=zbd\nzonesize=64k\nwrite_iolog=log\n${options}\n`,
      cwd: folder,
    });
  let folder = '';
  const logged = async (options: string): Promise<{ operation: string; offset: number }[]> => {
    folder = scratchFolder();
    const end = await mix(options);
    expect(end.status, end.stderr).toBe(0);
    return readIos(path.join(folder, 'log')).map((io) => {
      const [operation, offset] = io.split(' ');
      return { operation: operation!, offset: Number(offset) };
    });
  };

  it('no more zones are written at once than max_open_zones says', async () => {
    const open = new Set<number>();
    for (const { offset } of await logged('rw=randwrite\nmax_open_zones=3\nnorandommap\nio_size=4m')) {
      open.add(Math.floor(offset / (64 * kib)));
      expect(open.size).toBeLessThanOrEqual(3);
      if (offset % (64 * kib) === 60 * kib) open.delete(Math.floor(offset / (64 * kib)));
    }
  });

  it('a mix begins with a write, and reads below write pointers alone', async () => {
    const written = new Set<number>();
    const ios = await logged('rw=randrw');
    expect(ios[0]!.operation).toBe('write');
    expect(ios.filter(({ operation }) => operation === 'read').length).toBeGreaterThan(50);
    for (const { operation, offset } of ios) {
      if (operation === 'write') written.add(offset);
      else expect(written).toContain(offset);
    }
  });

  it('clones share the zones of a file, and each write is at a pointer', async () => {
    folder = scratchFolder({ data: '' });
    fs.truncateSync(path.join(folder, 'data'), 1 << 20);
    const job =
      '[job]\nioengine=psync\nfilename=data\nsize=1m\nbs=4k\nzonemode=zbd\nzonesize=256k\nrw=randwrite\nnumjobs=3\n' +
      'norandommap\nio_size=1m\nmax_open_zones=2\ngroup_reporting\nverify=0\n';
    const end = await iotest(['run', '-', '--no-save', '--format', 'json', '--destructive', 'data'], {
      input: job,
      cwd: folder,
    });
    expect(end.status, end.stderr).toBe(0);
    const [result] = (JSON.parse(end.stdout) as { jobs: { write: { total_ios: number }; zone_resets: number }[] }).jobs;
    expect(result!.write.total_ios).toBe(768);
    // 3 MiB through 1 MiB of zones: all of them are filled, and as many resets as zones begun once more.
    expect(result!.zone_resets).toBeGreaterThanOrEqual(8);
    expect(result!.zone_resets).toBeLessThanOrEqual(10);
  });
});
