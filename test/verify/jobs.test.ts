/** What a job with verify reads, writes and finds, counted as fio counts it. The figures are those of fio 3.42's own tests. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { executable, scratchFolder, warmUpBriefly } from '../cli/command.js';

warmUpBriefly();

interface FioJob {
  readonly jobname: string;
  readonly error: number;
  readonly total_err?: number;
  readonly read: { readonly io_bytes: number; readonly runtime: number };
  readonly write: { readonly io_bytes: number };
}

function fio(folder: string, ...words: string[]): { status: number | null; stderr: string; jobs: readonly FioJob[] } {
  const argv = ['fio', '--output-format=json', '--output=out.json', ...words];
  const { status, stderr } = spawnSync(executable, argv, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  const file = path.join(folder, 'out.json');
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  return { status, stderr, jobs: text.startsWith('{') ? (JSON.parse(text) as { jobs: FioJob[] }).jobs : [] };
}

const mib = 2 ** 20;
const base = ['--name=x', '--filename=data', '--size=1m', '--bs=4k'];
const verbose = { timeout: 120_000 };

describe('bytes written and read', verbose, () => {
  it.each<[string, string[], number, number]>([
    ['once', ['--rw=write', '--verify=md5'], mib, mib],
    ['each loop is read back', ['--rw=write', '--verify=md5', '--loops=3'], 3 * mib, 3 * mib],
    ['io_size beyond size: of each place the last write', ['--rw=write', '--verify=md5', '--io_size=2m'], 2 * mib, mib],
    ['do_verify=0 writes only', ['--rw=write', '--verify=md5', '--do_verify=0'], mib, 0],
    ['a backlog reads each block once', ['--rw=write', '--verify=md5', '--verify_backlog=32'], mib, mib],
    [
      'a backlog in batches',
      ['--rw=write', '--verify=md5', '--verify_backlog=32', '--verify_backlog_batch=8'],
      mib,
      mib,
    ],
    ['a backlog without do_verify', ['--rw=write', '--verify=md5', '--verify_backlog=32', '--do_verify=0'], mib, 0],
    [
      'experimental_verify',
      ['--rw=randwrite', '--verify=md5', '--experimental_verify=1', '--loops=2'],
      2 * mib,
      2 * mib,
    ],
    ['asynchronous, at depth', ['--rw=randwrite', '--verify=crc32c', '--ioengine=libaio', '--iodepth=16'], mib, mib],
    ['null is read and not looked at', ['--rw=write', '--verify=null'], mib, mib],
    [
      'the null engine moves nothing',
      ['--rw=write', '--verify=md5', '--ioengine=null', '--verify_backlog=8'],
      mib,
      mib,
    ],
  ])('%s', (_, words, written, read) => {
    const { status, stderr, jobs } = fio(scratchFolder(), ...base, ...words);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(jobs[0]).toMatchObject({ error: 0, write: { io_bytes: written }, read: { io_bytes: read } });
  });

  it.each(['io_uring', 'psync'])('chains on %s write blocks that another job checks', (engine) => {
    const folder = scratchFolder();
    const chained = ['--rw=write', '--verify=crc32c', `--ioengine=${engine}`, '--chain=write:2,fdatasync'];
    expect(fio(folder, ...base, ...chained)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('chains are not read back'),
    });
    expect(fio(folder, ...base, ...chained, '--do_verify=0').status).toBe(0);
    const { status, jobs } = fio(folder, ...base, '--rw=read', '--verify=crc32c');
    expect({ status, read: jobs[0]!.read.io_bytes }).toEqual({ status: 0, read: mib });
    fs.writeFileSync(path.join(folder, 'data'), Buffer.alloc(mib));
    expect(fio(folder, ...base, '--rw=read', '--verify=crc32c').jobs[0]!.error).toBe(84);
  });

  it('a mix reads each written block once more, with a backlog or without', () => {
    for (const more of [[], ['--verify_backlog=1']]) {
      const { status, jobs } = fio(scratchFolder(), ...base, '--rw=readwrite', '--verify=crc32c', ...more);
      expect(status).toBe(0);
      expect(jobs[0]!.read.io_bytes).toBe(mib);
    }
  });

  it.each(['--verify_interval=1m', '--verify_interval=512'])('blocks of two sizes, %s', (interval) => {
    const words = ['--rw=randwrite', '--verify=md5', '--bssplit=512/50:64k/50', interval, '--ioengine=io_uring'];
    expect(fio(scratchFolder(), '--name=x', '--filename=data', '--size=1m', '--iodepth=8', ...words).status).toBe(0);
  });

  it('norandommap at depth, over and over, with everything', () => {
    const words = ['--rw=randwrite', '--norandommap=1', '--verify=crc64', '--time_based', '--runtime=1', '--direct=1'];
    const more = ['--verify_interval=2048', '--verify_offset=1024', '--verify_backlog=128', '--verify_async=2'];
    const { status, stderr } = fio(scratchFolder(), ...base, '--ioengine=libaio', '--iodepth=32', ...words, ...more);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('one changed block', verbose, () => {
  // As t/verify.py: written, found right twice, changed, found wrong twice.
  it.each(['md5', 'crc7', 'xxhash', 'sha256', 'pattern', 'pattern_hdr', 'salt', 'null'])('%s', (kind) => {
    const folder = scratchFolder();
    const pattern = kind.startsWith('pattern') ? ['--verify_pattern="abcd"-120xdeadface'] : [];
    const job = (name: string, ...words: string[]) => [`--name=${name}`, '--stonewall', '--filename=data', ...words];
    const common = [`--verify=${kind}`, '--filesize=256k', '--bs=4096', '--verify_fatal=1', ...pattern];
    const { status, jobs } = fio(
      folder,
      ...job('layout', '--rw=randwrite', ...common),
      ...job('success_only', '--verify_only', '--rw=randwrite', ...common),
      ...job('success_read', '--rw=randread', ...common),
      ...job(
        'mangle',
        '--rw=randwrite',
        // At the same place each time: of 128 changes crc7 misses one.
        ...(kind === 'crc7' ? [] : ['--randrepeat=0']),
        '--bs=4',
        '--number_ios=1',
        '--filesize=256k',
        '--buffer_pattern=0x5c',
      ),
      ...job('failure_only', '--verify_only', '--rw=randwrite', ...common),
      ...job('failure_read', '--rw=randread', ...common),
    );
    const wrong = kind === 'null' ? 0 : 84;
    // As fio: how many jobs failed.
    expect(status).toBe(kind === 'null' ? 0 : 2);
    expect(jobs.map(({ jobname, error }) => [jobname, error])).toEqual([
      ['layout', 0],
      ['success_only', 0],
      ['success_read', 0],
      ['mangle', 0],
      ['failure_only', wrong],
      ['failure_read', wrong],
    ]);
  });

  it('continue_on_error=verify counts all of them, and both of each are saved with verify_dump', () => {
    const folder = scratchFolder();
    expect(fio(folder, ...base, '--rw=write', '--verify=crc32c').status).toBe(0);
    const file = fs.openSync(path.join(folder, 'data'), 'r+');
    for (const block of [3, 9]) fs.writeSync(file, Buffer.of(1, 2, 3), 0, 3, block * 4096 + 2000);
    fs.closeSync(file);
    const words = ['--rw=read', '--verify=crc32c', '--continue_on_error=verify', '--verify_dump=1'];
    const { status, jobs } = fio(folder, ...base, ...words);
    expect(status).toBe(0);
    expect(jobs[0]).toMatchObject({ error: 84, total_err: 2, read: { io_bytes: mib } });
    for (const offset of [3 * 4096, 9 * 4096]) {
      const [received, wanted] = ['received', 'expected'].map((what) =>
        fs.readFileSync(path.join(folder, `data.${offset}.${what}`)),
      ) as [Buffer, Buffer];
      const differing = [...received.keys()].filter((at) => received[at] !== wanted[at]);
      expect(differing.every((at) => at >= 2000 && at < 2003)).toBe(true);
      expect(differing.length).toBeGreaterThan(0);
    }
  });
});

it.each<[string, string[]]>([
  ['some of several files open', ['--nrfiles=3', '--openfiles=2', '--filesize=64k', '--norandommap=1']],
  ['blocks of several sizes', ['--bsrange=4k-16k', '--verify_interval=4k', '--norandommap=1']],
  ['reads and writes of different sizes', ['--bs=4k,8k,4k', '--verify_interval=4k', '--norandommap=1', '--bs=8k']],
])('a job that reads at random goes where the same job wrote: %s', verbose, (_, words) => {
  const folder = scratchFolder();
  const common = ['--name=x', '--size=1m', '--bs=4k', '--verify=md5', ...words];
  expect(fio(folder, ...common, '--rw=randwrite').status).toBe(0);
  const { status, stderr } = fio(folder, ...common, '--rw=randread');
  expect([status, stderr]).toEqual([0, '']);
});

it.each(['read', 'randread'])('verify_only changes nothing of rw=%s: it reads and checks', verbose, (rw) => {
  const folder = scratchFolder();
  expect(fio(folder, ...base, '--rw=write', '--verify=md5').status).toBe(0);
  const { status, jobs } = fio(folder, ...base, `--rw=${rw}`, '--verify=md5', '--verify_only');
  expect([status, jobs[0]!.read.io_bytes]).toEqual([0, mib]);
  const file = fs.openSync(path.join(folder, 'data'), 'r+');
  fs.writeSync(file, Buffer.of(1, 2, 3), 0, 3, 2000);
  fs.closeSync(file);
  expect(fio(folder, ...base, `--rw=${rw}`, '--verify=md5', '--verify_only').status).toBe(1);
});

it('verify_only makes no file, and lengthens none', verbose, () => {
  const folder = scratchFolder();
  const only = ['--rw=write', '--verify=md5', '--verify_only'];
  const missing = fio(folder, ...base, ...only);
  expect(missing.status).toBe(1);
  expect(missing.stderr).toContain('data');
  expect(fs.existsSync(path.join(folder, 'data'))).toBe(false);
  fs.writeFileSync(path.join(folder, 'data'), 'mine');
  expect(fio(folder, ...base, ...only).status).toBe(1);
  expect(fs.readFileSync(path.join(folder, 'data'), 'utf8')).toBe('mine');
});

describe('states', verbose, () => {
  const state = ['--rw=randwrite', '--verify=crc32c'];

  it('are saved, and a later run leaves alone what was not done', () => {
    const folder = scratchFolder();
    expect(fio(folder, ...base, ...state, '--number_ios=9').status).toBe(0);
    expect(fs.readdirSync(folder)).toContain('local-x-0-verify.state');
    const only = fio(folder, ...base, ...state, '--verify_state_load=1', '--verify_only', '--verify_state_save=0');
    expect([only.status, only.jobs[0]!.read.io_bytes]).toEqual([0, 9 * 4096]);
    const load = '--verify_state_load=1';
    expect(fio(folder, ...base, '--rw=randread', '--verify=crc32c', load).status).toBe(0);
    expect(fio(folder, ...base, '--rw=randread', '--verify=crc32c').status).toBe(1);
  });

  it('loaded by a job that writes: it writes all, and reads back what the state had got to', () => {
    const folder = scratchFolder();
    expect(fio(folder, ...base, ...state, '--number_ios=9').status).toBe(0);
    const { status, jobs } = fio(folder, ...base, ...state, '--verify_state_load=1');
    expect([status, jobs[0]!.write.io_bytes, jobs[0]!.read.io_bytes]).toEqual([0, mib, 9 * 4096]);
    // Saved anew: all is done.
    const again = fio(folder, ...base, ...state, '--verify_state_load=1');
    expect([again.status, again.jobs[0]!.read.io_bytes]).toEqual([0, mib]);
  });

  it('of fio 3.42 are read, and what it had done is checked', () => {
    const folder = scratchFolder();
    const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
    fs.copyFileSync(fixture('state-v7.bin'), path.join(folder, 'local-x-0-verify.state'));
    fs.copyFileSync(fixture('state-v7-data.bin'), path.join(folder, 'data'));
    const words = [
      '--name=x',
      '--filename=data',
      '--bs=4k',
      '--rw=randread',
      '--verify=crc32c',
      '--verify_state_load=1',
    ];
    expect(fio(folder, ...words).status).toBe(0);
    const file = fs.openSync(path.join(folder, 'data'), 'r+');
    fs.writeSync(file, Buffer.of(1), 0, 1, 300);
    fs.closeSync(file);
    expect(fio(folder, ...words).status).toBe(1);
  });

  it('lie where --aux-path says; with verify_policy=fsynced they vouch for what was synced', () => {
    const folder = scratchFolder();
    fs.mkdirSync(path.join(folder, 'aux'));
    const words = ['--rw=randwrite', '--verify=crc32c', '--verify_policy=fsynced', '--fsync=16', '--number_ios=40'];
    expect(fio(folder, '--aux-path=aux', ...base, ...words).status).toBe(0);
    const bytes = fs.readFileSync(path.join(folder, 'aux/local-x-0-verify.state'));
    expect(bytes.readBigUInt64LE(32)).toBe(32n);
  });

  it.each<[string, (folder: string) => void, string]>([
    ['missing', () => {}, 'does not exist'],
    [
      'too short',
      (folder) => fs.writeFileSync(path.join(folder, 'local-x-0-verify.state'), 'hello'),
      '5 bytes, too few',
    ],
    [
      'damaged',
      (folder) => {
        const file = path.join(folder, 'local-x-0-verify.state');
        const bytes = fs.readFileSync(file);
        bytes[40] = bytes[40]! ^ 1;
        fs.writeFileSync(file, bytes);
      },
      'its checksum is wrong',
    ],
  ])('%s: one message, and nothing is written', (what, prepare, message) => {
    const folder = scratchFolder();
    expect(fio(folder, ...base, ...state).status).toBe(0);
    if (what === 'missing') fs.rmSync(path.join(folder, 'local-x-0-verify.state'));
    prepare(folder);
    const before = fs.readFileSync(path.join(folder, 'data'));
    const { status, stderr } = fio(folder, ...base, ...state, '--verify_state_load=1', '--verify_only');
    expect(status).toBe(1);
    expect(stderr.replace(/\s+/g, ' ')).toContain(message);
    expect(fs.readFileSync(path.join(folder, 'data')).equals(before)).toBe(true);
  });
});
