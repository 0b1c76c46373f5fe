/** The engines that change the space of files, falloc and ftruncate: each request by itself, and whole jobs beside fio. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Operation } from '../../src/job/operation.js';
import { EngineBench } from '../../src/testing/engine-contract.js';
import { executable, scratchFolder } from '../cli/command.js';
import { fioMissing } from '../differential/fio.js';

const block = 8192;

async function onFile(
  name: 'falloc' | 'ftruncate',
  act: (bench: EngineBench, stat: () => { bytes: number; allocated: number }) => void,
): Promise<void> {
  const file = path.join(scratchFolder(), 'data');
  const descriptor = fs.openSync(file, 'w+');
  const variant = { title: name, name, direct: false, skip: null };
  const bench = await EngineBench.open(variant, [{ path: file, descriptor, kind: 'file', sizeBytes: 0 }], 8);
  try {
    act(bench, () => {
      const { size, blocks } = fs.fstatSync(descriptor);
      return { bytes: size, allocated: blocks * 512 };
    });
  } finally {
    bench.close();
    bench.engine.close();
    fs.closeSync(descriptor);
  }
}

describe('falloc', () => {
  it('writes allocate and grow, reads allocate, trims take away; also beyond 4 GiB', () =>
    onFile('falloc', (bench, stat) => {
      expect(bench.depth).toBe(1);
      expect(bench.one(Operation.write, 0, block)).toBe(block);
      expect(stat()).toEqual({ bytes: block, allocated: block });
      expect(bench.one(Operation.read, block, block)).toBe(block);
      expect(stat()).toEqual({ bytes: block, allocated: 2 * block });
      expect(bench.one(Operation.trim, 0, block)).toBe(block);
      expect(stat()).toEqual({ bytes: block, allocated: block });
      const far = 5 * 2 ** 30;
      expect(bench.one(Operation.write, far, block)).toBe(block);
      expect(stat().bytes).toBe(far + block);
      for (const operation of [Operation.sync, Operation.dataSync]) {
        expect(bench.one(operation, 0, 0)).toBe(0);
      }
      expect(bench.engine.describe()).toMatchObject({ label: 'falloc', depth: 1, enterCount: 6 });
    }));

  it('gives what the system says', async () => {
    const descriptor = fs.openSync('/dev/null', 'r+');
    const variant = { title: 'falloc', name: 'falloc', direct: false, skip: null } as const;
    const bench = await EngineBench.open(variant, [{ path: 'x', descriptor, kind: 'file', sizeBytes: 0 }], 1);
    expect(bench.one(Operation.write, 0, block)).toBe(-19);
    bench.close();
    fs.closeSync(descriptor);
  });
});

it('ftruncate makes each offset the size', () =>
  onFile('ftruncate', (bench, stat) => {
    for (const offset of [block, 0, 5 * 2 ** 30, 3 * block]) {
      expect(bench.one(Operation.write, offset, block)).toBe(block);
      expect(stat()).toEqual({ bytes: offset, allocated: 0 });
    }
  }));

function run(program: 'fio' | 'iotest', words: readonly string[]) {
  const folder = scratchFolder();
  const argv = [
    '--name=x',
    '--filename=data',
    '--size=1m',
    '--bs=64k',
    '--output-format=json',
    '--output=out',
    ...words,
  ];
  const [command, all] = program === 'fio' ? ['fio', argv] : [executable, ['fio', ...argv]];
  const { status, stderr } = spawnSync(command, all, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  const text = fs.existsSync(path.join(folder, 'out')) ? fs.readFileSync(path.join(folder, 'out'), 'utf8') : '{';
  const found = fs.statSync(path.join(folder, 'data'), { throwIfNoEntry: false });
  const counts = (text.match(/"(total_ios|io_bytes)" ?: ?\d+/g) ?? []).map((each) => each.replaceAll(' ', ''));
  // What the file system keeps beside the data is its own.
  const isAllocated = found === undefined ? null : found.blocks >= 2048;
  return { status, stderr, job: { counts, bytes: found?.size, isAllocated } };
}

const missing = fioMissing();
const withFio = missing === null ? '' : ` [skipped: ${missing}]`;

describe.skipIf(missing !== null)(`jobs, beside fio${withFio}`, { timeout: 60_000 }, () => {
  it.each([
    ['--ioengine=falloc', '--rw=write'],
    ['--ioengine=falloc', '--rw=write', '--fallocate=none'],
    ['--ioengine=falloc', '--rw=read'],
    ['--ioengine=falloc', '--rw=trim'],
    ['--ioengine=falloc', '--rw=randwrite', '--io_size=256k', '--direct=1'],
    ['--ioengine=falloc', '--rw=write', '--fallocate=none', '--offset=5g'],
    ['--ioengine=ftruncate', '--rw=write'],
    ['--ioengine=ftruncate', '--rw=write', '--offset=5g', '--loops=2'],
  ])('%s %s %s', (...words) => {
    const theirs = run(
      'fio',
      words.filter((word) => word !== undefined),
    );
    const ours = run(
      'iotest',
      words.filter((word) => word !== undefined),
    );
    expect([ours.status, ours.stderr]).toEqual([0, '']);
    expect(ours.job).toEqual(theirs.job);
  });
});

it.each(['falloc', 'ftruncate'])('%s: fsync syncs what was changed, where fio ends with EINVAL', (name) => {
  const { status, stderr, job } = run('iotest', [`--ioengine=${name}`, '--rw=write', '--fsync=4']);
  expect([status, stderr]).toEqual([0, '']);
  expect(job.counts).toContain('"total_ios":4');
});

describe('is refused, with what to do', { timeout: 60_000 }, () => {
  it.each([
    [['--ioengine=ftruncate', '--rw=read'], 'knows no read'],
    [['--ioengine=falloc', '--rw=write', '--verify=md5'], 'moves no data'],
    [
      [
        '--ioengine=mmap',
        '--rw=read',
        '--name=t',
        '--ioengine=ftruncate',
        '--rw=write',
        '--filename=./data',
        '--size=1m',
      ],
      'job "t" makes ./data shorter while job "x" maps it',
    ],
    [['--ioengine=falloc', '--rw=write', '--filename=/dev/loop0'], 'changes the space of regular files'],
  ])('%j', (words, message) => {
    const { status, stderr } = run('iotest', words);
    expect(status).toBe(1);
    expect(stderr.replace(/\s+/g, ' ')).toContain(message);
  });
});
