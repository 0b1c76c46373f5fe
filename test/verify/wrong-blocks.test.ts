/** What stands on stderr when blocks are wrong: the lines of fio 3.33, one by one, each once, and ours about what it looks like. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { executable, scratchFolder, warmUpBriefly } from '../cli/command.js';

warmUpBriefly();

const fioVersion = spawnSync('fio', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const isHere = fioVersion.startsWith('fio-3.33');
const withFio = isHere ? '' : ' (skipped: fio 3.33 is not installed)';
const verbose = { timeout: 120_000 };

function run(program: 'fio' | 'iotest', folder: string, words: readonly string[]) {
  const argv = ['--name=x', '--filename=data', '--size=64k', '--bs=4k', '--output=out', ...words];
  const [command, all] = program === 'fio' ? ['fio', argv] : [executable, ['fio', ...argv]];
  const { status, stderr } = spawnSync(command, all, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  return { status, lines: stderr.split('\n').filter((line) => line !== '') };
}

/**
 * Without what is one program's: fio's flags, what it reads where there is no header, the block that only who wrote it can
 * make again; our line of looks.
 */
function common(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !/^ {7}(Looks like|expected data) |verify type mismatch/.test(line))
    .map((line) => line.replace(/flags=\w+/, 'flags=').replace(/(pattern: .*), length \d+ \(/, '$1 ('));
}

function damage(folder: string, ...places: readonly (readonly [number, string])[]): void {
  const file = fs.openSync(path.join(folder, 'data'), 'r+');
  for (const [offset, text] of places) fs.writeSync(file, text, offset, 'latin1');
  fs.closeSync(file);
}

const inData = [9000, 'QQ'] as const;
const noMagic = [16_384, '\0\0\0\0'] as const;
const inHeader = [8200, 'QQ'] as const;

/** How it is written, what is damaged, how it is read, lines of fio that say it. */
const cases: [string, string[], (readonly [number, string])[], string[], string[]][] = [
  ['bytes of the data', ['--verify=crc32c'], [inData], ['--verify=crc32c'], ['crc32c: verify failed', 'Expected CRC']],
  ['no header', ['--verify=md5'], [noMagic], ['--verify=md5'], ['verify: bad magic header 0, wanted acca']],
  ['a byte of the header', ['--verify=md5'], [inHeader], ['--verify=md5'], ['verify: bad header crc']],
  ['another length', ['--verify=md5'], [], ['--verify=md5', '--bs=8k'], ['bad header length 4096, wanted 8192']],
  [
    'two parts of a block',
    ['--verify=md5', '--verify_interval=1k'],
    [inData, [9800, 'QQ']],
    ['--verify=md5', '--verify_interval=1k'],
    ['at file data offset 8192, length 1024', 'at file data offset 9216, length 1024'],
  ],
  [
    'a pattern',
    ['--verify=pattern', '--verify_pattern=0xdeadbeef'],
    [],
    ['--verify=pattern', '--verify_pattern=0xdeadbeee'],
    ["got pattern 'ef', wanted 'ee'. Bad bits 1", 'bad pattern block offset 3', 'pattern: verify failed'],
  ],
  ['a long checksum', ['--verify=sha3-224'], [inData], ['--verify=sha3-224'], ['sha3-224: verify failed']],
  [
    'several, passed over',
    ['--verify=crc32c'],
    [inData, noMagic],
    ['--verify=crc32c', '--continue_on_error=verify'],
    ['crc32c: verify failed', 'bad magic header'],
  ],
  [
    'saved',
    ['--verify=crc32c'],
    [inData, noMagic],
    ['--verify=crc32c', '--continue_on_error=verify', '--verify_dump=1'],
    ['received data dumped as data.8192.received', 'hdr_fail data dumped as data.16384.hdr_fail'],
  ],
];

describe.skipIf(!isHere)(`of blocks that fio wrote${withFio}`, verbose, () => {
  it.each(cases)('%s', (_, writing, places, reading, expected) => {
    const folder = scratchFolder();
    const write = ['--rw=write', '--do_verify=0', '--verify_state_save=0', ...writing];
    expect(run('fio', folder, write).status).toBe(0);
    damage(folder, ...places);
    const ofFio = run('fio', folder, ['--rw=read', ...reading]);
    const ours = run('iotest', folder, ['--rw=read', ...reading]);
    // fio takes the last part of a block for the whole.
    if (!writing.some((word) => word.includes('interval'))) expect(ours.status).toBe(ofFio.status);
    else expect(ours.status).toBe(1);
    expect(common(ours.lines)).toEqual(common(ofFio.lines));
    for (const line of expected) expect(ours.lines.join('\n')).toContain(line);
  });
});

it('verify=meta takes the header of any checksum, as fio does', verbose, () => {
  const folder = scratchFolder();
  const readMeta = () => run('iotest', folder, ['--rw=read', '--verify=meta']).status;
  expect(run('iotest', folder, ['--rw=write', '--verify=md5', '--do_verify=0']).status).toBe(0);
  expect(readMeta()).toBe(0);
  damage(folder, inHeader);
  expect(readMeta()).toBe(1);
});

it('each of many is told, and each once', verbose, () => {
  const folder = scratchFolder();
  expect(run('iotest', folder, ['--rw=write', '--verify=crc32c', '--bs=512']).status).toBe(0);
  damage(folder, ...Array.from({ length: 100 }, (_, index) => [index * 512 + 300, 'QQQ'] as const));
  const words = ['--rw=read', '--verify=crc32c', '--bs=512', '--continue_on_error=verify'];
  const { lines } = run('iotest', folder, words);
  const offsets = lines.flatMap((line) => /^crc32c: verify failed at file data offset (\d+),/.exec(line)?.[1] ?? []);
  expect(offsets).toEqual(Array.from({ length: 100 }, (_, index) => `${index * 512}`));
});

it('another kind of checksum, a seed and a number are told as fio does', verbose, () => {
  const folder = scratchFolder();
  expect(run('iotest', folder, ['--rw=write', '--verify=crc32c', '--verify_state_save=0']).status).toBe(0);
  const first = (...words: string[]) => run('iotest', folder, [...words, '--verify_state_save=0']).lines[0];
  expect(first('--rw=read', '--verify=md5')).toBe('fio: verify type mismatch (5 media, 2 given)');
  const only = ['--rw=write', '--verify=crc32c', '--verify_only', '--randseed=7'];
  expect(first(...only, '--verify_header_seed=1')).toMatch(
    /^verify: bad header rand_seed \d+, wanted \d+ at file data/,
  );
  const order = ['--rw=randwrite', '--verify=crc32c', '--verify_only', '--verify_write_sequence=1'];
  expect(first(...order)).toMatch(/^verify: bad header numberio \d+, wanted \d+ at file data offset/);
});

describe('the advice follows from what was found', verbose, () => {
  it.each<[string, (readonly [number, string])[], string[], RegExp, RegExp]>([
    [
      'no header',
      [noMagic],
      ['verify=crc32c'],
      /was this place written with verify/,
      /look at dmesg|health of the device/,
    ],
    [
      'another length',
      [],
      ['verify=crc32c', 'bs=8k'],
      /the bs, or the verify_interval/,
      /look at dmesg|health of the device/,
    ],
    [
      'another checksum',
      [],
      ['verify=md5'],
      /the verify that it was written with/,
      /look at dmesg|health of the device/,
    ],
    ['a flipped bit', [[9000, '\x01']], ['verify=crc32c'], /look at dmesg, and at the health/, /same verify/],
  ])('%s', (_, places, reading, said, unsaid) => {
    const folder = scratchFolder();
    const pattern = '--verify_pattern=0x00';
    expect(run('iotest', folder, ['--rw=write', '--verify=crc32c', '--do_verify=0', pattern]).status).toBe(0);
    damage(folder, ...places);
    const job = ['[x]', 'filename=data', 'size=64k', 'bs=4k', 'rw=read', 'verify_pattern=0x00', ...reading].join('\n');
    const argv = ['run', '-', '--no-save'];
    const { status, stderr, stdout } = spawnSync(executable, argv, { cwd: folder, input: job, encoding: 'utf8' });
    expect(status).toBe(1);
    const text = `${stdout}${stderr}`.replace(/\s+/g, ' ');
    expect(text).toMatch(said);
    expect(text).not.toMatch(unsaid);
  });
});
