/** `iotest crashtest` as its users run it: kills, and the two commands around a power cut, with data made wrong between them. */

import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CrashtestDocument, statusOf } from '../../src/crashtest/document.js';
import type { PromisedUnit } from '../../src/crashtest/promised.js';
import { decodeState, type State } from '../../src/crashtest/state.js';
import { crashBlock } from '../../src/testing/crash-blocks.js';
import { type Ended, ended, executable, iotest, scratchFolder, start, warmUpBriefly } from '../cli/command.js';
import { createLoopDevice, loopDevicesMissing } from '../engines/loop-device.js';

warmUpBriefly();

const blockBytes = 4096;
/** The whole file is written twice, each write promised by its own sync. */
const twice = `[wal]
filename=data
size=256k
bs=4k
rw=write
loops=2
ioengine=psync
fdatasync=1
`;
const chains = `[global]
size=256k
bs=4k
rw=randwrite
chain=write,fdatasync
ioengine=io_uring
[link]
filename=link
iodepth=4
[hardlink]
filename=hardlink
chain_mode=hardlink
iodepth=4
[drain]
filename=drain
chain_mode=drain
iodepth=2
[calls]
filename=calls
ioengine=psync
`;

/** Instead of another host, whose place is the same disk: what `--state FILE` rightly refuses. */
const ssh = '#!/bin/sh\n[ "$1" = -- ] || exit 9\n[ "$2" = elsewhere ] || exit 8\nexec sh -c "$3"\n';

let folder: string;

beforeEach(() => {
  folder = scratchFolder({ 'job.ini': twice, 'chains.ini': chains, ssh });
  chmodSync(join(folder, 'ssh'), 0o755);
});

const at = (name: string) => join(folder, name);
const options = (input?: string) => ({
  cwd: folder,
  environment: { PATH: `${folder}:${process.env.PATH}` },
  ...(input === undefined ? {} : { input }),
});
const crashtest = (argv: readonly string[], input?: string): Promise<Ended> =>
  iotest(['crashtest', ...argv], options(input));
const state = ['--state', 'elsewhere:kept'];

/** What `--after` says, with its exit status. */
async function afterCut(argv: readonly string[] = ['job.ini']): Promise<CrashtestDocument> {
  const { stdout, stderr, status } = await crashtest([...argv, '--after', ...state, '--format', 'json']);
  expect(stderr).toBe('');
  const document = JSON.parse(stdout) as CrashtestDocument;
  expect(status).toBe(statusOf(document));
  return document;
}

function kept(): State {
  return decodeState(readFileSync(at('kept')), 'kept');
}

function put(name: string, bytes: Uint8Array, offset: number): void {
  const descriptor = openSync(at(name), 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offset);
  closeSync(descriptor);
}

describe('kill -9', () => {
  it.each([
    ['job.ini', []],
    ['chains.ini', []],
    ['job.ini', ['--set', 'fdatasync=0', '--set', 'sync=dsync']],
    ['job.ini', ['--set', 'fdatasync=0', '--set', 'chain=write,fdatasync,write,fsync']],
    ['chains.ini', ['--set', 'sync=dsync']],
    [
      'job.ini',
      [
        '--set',
        'rw=randrw',
        '--set',
        'ioengine=libaio',
        '--set',
        'direct=1',
        '--set',
        'fsync=4',
        '--set',
        'iodepth=8',
        '--set',
        'norandommap',
      ],
    ],
  ])('%s %j: every promise is kept', async (job, argv) => {
    const ended = await crashtest([job, ...argv, '--rounds', '2', '--within', '300ms', '--format', 'json']);
    const document = JSON.parse(ended.stdout) as CrashtestDocument;
    expect({ ...ended, stdout: '', stderr: '' }).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(document).toMatchObject({ kind: 'iotest crashtest', way: 'kill', verdict: 'kept', first: null });
    expect(document.rounds.map((round) => round.ended)).toEqual(['killed', 'killed']);
    for (const { promisedWriteCount, checkedBytes, brokenCount } of document.rounds) {
      expect(promisedWriteCount).toBeGreaterThan(0);
      expect(checkedBytes).toBeGreaterThan(0);
      expect(brokenCount).toBe(0);
    }
  });

  it('finds that something zeroes what was promised', async () => {
    const argv = ['job.ini', '--set', 'rate_iops=200', '--set', 'size=16m', '--within', '2s'];
    const running = ended(start(['crashtest', ...argv], options()));
    let isDone = false;
    running.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      if (existsSync(at('data'))) put('data', Buffer.alloc(16 * blockBytes), 0);
      await sleep(10);
    }
    const { stdout, status } = await running;
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /^a promise was broken: of \d+ writes promised by \d+ syncs? in \d rounds?, \d+ (is|are) not there first : data, 4096 bytes at offset \d+: zeros in place of a promised write promised: write \d+ of job wal, by sync \d+, which returned at \d{4}-\S+ after \S+ ms /,
    );
    expect(stdout).toContain('  there is: zeros\n');
    expect(status).toBe(3);
  });

  it('says that it cuts no power', async () => {
    const { stdout } = await crashtest(['job.ini', '--rounds', '1', '--within', '50ms']);
    expect(stdout).toMatch(/^every promise was kept: /);
    expect(stdout).toContain('  crash   : kill -9 of the writer; no power was cut\n');
    expect(stdout).toContain('Not that it survives a loss of power');
  });

  it('takes a job from standard input, and writes its result to a file', async () => {
    const argv = ['-', '--rounds', '1', '--within', '50ms', '--output', 'result.json', '--format', 'json'];
    const { stdout, status } = await crashtest(argv, twice);
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
    expect(JSON.parse(readFileSync(at('result.json'), 'utf8'))).toMatchObject({ verdict: 'kept' });
  });

  it('ends at Ctrl-C with what is known so far, and leaves no writer behind', async () => {
    const child = start(['crashtest', 'job.ini', '--rounds', '1000', '--within', '100ms'], options());
    const running = ended(child);
    await new Promise<void>((resolve) => {
      child.stderr!.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('2/1000')) resolve();
      });
    });
    child.kill('SIGINT');
    const { stdout, status } = await running;
    expect(stdout).toMatch(/^interrupted: so far every promise was kept: /);
    expect(status).toBe(130);
    const before = readFileSync(at('data'));
    await sleep(300);
    expect(readFileSync(at('data')).equals(before)).toBe(true);
  });
});

const missing = loopDevicesMissing();
describe.skipIf(missing !== null)(`a block device${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('is written only when --destructive names it', async () => {
    const device = createLoopDevice(1 << 20);
    try {
      const argv = ['job.ini', '--set', `filename=${device.path}`, '--rounds', '1', '--within', '200ms'];
      const refused = await crashtest(argv);
      expect(refused.stderr).toContain(`add --destructive ${device.path}`);
      expect(refused.status).toBe(2);
      expect(readFileSync(device.backingPath).every((byte) => byte === 0)).toBe(true);
      expect((await crashtest([...argv, '--destructive', device.path])).status).toBe(0);
    } finally {
      device.remove();
    }
  });
});

it("is no way around --readonly, nor to others' files", async () => {
  const readOnly = await crashtest(['job.ini', '--readonly']);
  expect(readOnly).toMatchObject({ status: 2, stdout: '' });
  writeFileSync(at('data'), Buffer.alloc(1 << 20, 7));
  const others = await crashtest(['job.ini']);
  expect(others.stderr).toContain('--destructive');
  expect(others.status).toBe(2);
  expect(readFileSync(at('data')).every((byte) => byte === 7)).toBe(true);
});

describe('--before and --after', () => {
  beforeEach(async () => {
    const { stdout, stderr, status } = await crashtest(['job.ini', '--before', ...state]);
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
    expect(stderr).toMatch(/what is promised is kept.*\n.*the job is done: 128 writes, 128 syncs; cut the power now/);
  });

  /** The promise of block `place`, and where another write would stand. */
  const promiseAt = (place: number): PromisedUnit =>
    [...kept().promised.units(0, 0)].find(({ unit }) => unit === place)!;
  const block = (number: number, place: number, as = place) =>
    crashBlock(kept().head.key, 0, number, as * blockBytes, blockBytes);

  it('finds everything where nothing happened', async () => {
    expect(await afterCut()).toMatchObject({
      verdict: 'kept',
      way: 'power',
      restarted: false,
      jobs: [{ name: 'wal', promise: 'fdatasync=1' }],
      rounds: [{ promisedWriteCount: 128, syncCount: 128, checkedBytes: 262_144, brokenCount: 0 }],
    });
  });

  it('has the very blocks that the tests make', () => {
    const { number } = promiseAt(5);
    const descriptor = readFileSync(at('data')).subarray(5 * blockBytes, 6 * blockBytes);
    // Behind the header, which has the time.
    expect(descriptor.subarray(64, 512).equals(block(number, 5).subarray(64, 512))).toBe(true);
  });

  it.each([
    ['zeros', () => put('data', Buffer.alloc(blockBytes), 5 * blockBytes)],
    ['older', () => put('data', block(promiseAt(5).number - 64, 5), 5 * blockBytes)],
    ['torn', () => put('data', block(promiseAt(5).number - 64, 5).subarray(1024), 5 * blockBytes + 1024)],
    ['torn', () => put('data', Buffer.alloc(512), 5 * blockBytes + 3584)],
    ['misplaced', () => put('data', block(promiseAt(9).number, 9), 5 * blockBytes)],
    ['foreign', () => put('data', crashBlock([3, 4], 0, 99, 5 * blockBytes, blockBytes), 5 * blockBytes)],
    [
      'damaged',
      () => put('data', Buffer.of(0xff ^ readFileSync(at('data'))[5 * blockBytes + 700]!), 5 * blockBytes + 700),
    ],
  ])('tells a promised write that is lost: %s', async (likeness, happen) => {
    const { number, sync } = promiseAt(5);
    happen();
    expect(await afterCut()).toMatchObject({
      verdict: 'broken',
      rounds: [{ brokenCount: 1, likenesses: { [likeness]: 1 } }],
      first: { job: 'wal', path: 'data', offset: 5 * blockBytes, byteCount: blockBytes, write: number, sync, likeness },
    });
  });

  it('tells that the file is shorter, or gone', async () => {
    truncateSync(at('data'), 60 * blockBytes);
    expect(await afterCut()).toMatchObject({
      verdict: 'broken',
      first: { likeness: 'missing', offset: 60 * blockBytes },
    });
    rmSync(at('data'));
    expect(await afterCut()).toMatchObject({ verdict: 'broken', first: { likeness: 'missing', offset: 0 } });
  });

  it('does not mind what was written and never promised', async () => {
    // As if the power had gone while a third pass was under way: one block is new, another is half new.
    put('data', block(128, 0), 0);
    put('data', block(129, 1).subarray(0, 1536), blockBytes);
    // And a state that ends in the middle.
    const { number } = promiseAt(30);
    truncateSync(at('kept'), readFileSync(at('kept')).length - 33 * 64 - 7);
    expect(promiseAt(30).number).toBeLessThanOrEqual(number);
    const document = await afterCut();
    expect(document).toMatchObject({ verdict: 'kept', leftOutBytes: 25 });
  });

  it('keeps and reads the state through pipes as well', () => {
    const shell = (words: string) =>
      spawnSync('sh', ['-c', `"$0" crashtest job.ini ${words}`, executable], { cwd: folder, encoding: 'utf8' });
    expect(shell('--before --state - | cat > piped').status).toBe(0);
    expect(decodeState(readFileSync(at('piped')), 'piped').promised.syncCount).toBe(128);
    const { stdout, status } = shell('--after --state - < piped');
    expect(stdout).toMatch(/^every promise was kept: 128 writes promised by 128 syncs; 256KiB read back/);
    expect(status).toBe(0);
  });

  it.each([
    [
      'a job file that names other files',
      ['job.ini', '--set', 'filename=other', '--set', 'size=64k'],
      /is of other jobs than job\.ini/,
    ],
    ['another job file', ['chains.ini'], /is of other jobs than chains\.ini/],
  ])('refuses a state of %s', async (_, argv, message) => {
    const { stdout, stderr, status } = await crashtest([...argv, '--after', ...state]);
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toMatch(message);
  });

  it('refuses a state whose relative names would lead elsewhere', async () => {
    const elsewhere = scratchFolder({ 'job.ini': twice });
    const argv = ['crashtest', 'job.ini', '--after', '--state', at('kept')];
    const { stderr, status } = await iotest(argv, { cwd: elsewhere });
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`is of files in ${folder}, which are named from there`);
    expect(status).toBe(2);
  });

  it('refuses a state that is damaged or none', async () => {
    writeFileSync(at('kept'), 'not a state');
    const { stderr, status } = await crashtest(['job.ini', '--after', ...state]);
    expect(stderr).toContain('holds no state of iotest crashtest');
    expect(status).toBe(2);
  });
});

describe('Ctrl-C, which reaches all that a terminal runs,', () => {
  it.each([
    ['ssh', 'exec "$0" crashtest job.ini "$@" --before --state elsewhere:kept'],
    ['a pipe', '"$0" crashtest job.ini "$@" --before --state - | cat > kept'],
  ])('ends --before with what takes the state: %s', async (_, script) => {
    const long = ['--set', 'time_based', '--set', 'runtime=60'];
    const { cwd, environment } = options();
    const env = { ...process.env, ...environment };
    // The shell itself outlives it.
    const words = ['-c', `set -o pipefail; trap : INT; ${script}`, executable, ...long];
    const child = spawn('bash', words, { cwd, env, detached: true, stdio: 'pipe' });
    const running = ended(child);
    try {
      await new Promise<void>((resolve) => {
        child.stderr.on('data', (chunk: Buffer) => chunk.toString().includes('cut the power') && resolve());
        child.on('close', () => resolve());
      });
      while (child.exitCode === null && (!existsSync(at('kept')) || readFileSync(at('kept')).length < blockBytes))
        await sleep(50);
      process.kill(-child.pid!, 'SIGINT');
      const { stderr, status } = await running;
      expect(stderr).toMatch(/the job was stopped: \d+ writes, \d+ syncs; cut the power now, then run --after/);
      expect(status).toBe(130);
    } finally {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
    }
    expect(kept().promised.syncCount).toBeGreaterThan(0);
    expect((await afterCut(['job.ini', ...long])).verdict).toBe('kept');
  });
});

describe('a writer that is killed with everything else', () => {
  it('leaves a state by which every promise so far is checked', async () => {
    const argv = ['chains.ini', '--set', 'time_based', '--set', 'runtime=60'];
    const child = start(['crashtest', ...argv, '--before', ...state], options());
    const running = ended(child);
    await new Promise<void>((resolve) => {
      child.stderr!.on('data', () => resolve());
    });
    await sleep(200);
    child.kill('SIGKILL');
    await running;
    // Nobody hears the writer any more: it ends.
    let size = -1;
    while (readFileSync(at('kept')).length !== size) {
      size = readFileSync(at('kept')).length;
      await sleep(500);
    }
    const document = await afterCut(argv);
    expect(document.verdict).toBe('kept');
    expect(document.jobs.map(({ promise }) => promise)).toEqual([
      'chain=write,fdatasync by link',
      'chain=write,fdatasync by hardlink',
      'chain=write,fdatasync by drain',
      'chain=write,fdatasync by calls',
    ]);
  });
});

describe('refuses', () => {
  it.each([
    [
      'a job that promises nothing',
      ['--set', 'fdatasync=0'],
      'this job promises nothing: no sync follows the writes of "wal"',
    ],
    ['end_fsync alone', ['--set', 'fdatasync=0', '--set', 'end_fsync=1'], 'this job promises nothing'],
    [
      'sync_file_range alone',
      ['--set', 'fdatasync=0', '--set', 'sync_file_range=write:1'],
      'this job promises nothing',
    ],
    ['a job that only reads', ['--set', 'rw=read'], 'this job promises nothing: no job writes'],
    ['trims', ['--set', 'rw=trimwrite'], 'what is trimmed may read as anything'],
    ['zones', ['--set', 'zonemode=zbd', '--set', 'zonesize=64k'], 'zones are reset'],
    ['mmap', ['--set', 'ioengine=mmap'], 'which a kill can cut in the middle of a sector'],
    ['NVMe commands', ['--set', 'ioengine=io_uring_cmd'], 'io_uring_cmd writes through a character device'],
    ['the null engine', ['--set', 'ioengine=null'], 'null writes nothing that could be read back'],
    ['blocks that are no sectors', ['--set', 'bs=1000'], 'blocks of 1000 bytes are no whole sectors'],
    ['unlink', ['--set', 'unlink=1'], 'its files are deleted'],
    ['two jobs at one place', ['--set', 'numjobs=2'], 'two jobs write to the same part of data'],
    ['steps', ['--engine', 'psync', '--engine', 'libaio'], '2 steps follow one another'],
    ['--before without --state', ['--before'], '--before needs to know where what was promised is kept'],
    ['--state without --before', ['--state', 'x'], 'a kill needs no state'],
    ['both', ['--before', '--after', '--state', 'x'], 'two commands'],
    ['a time that is none', ['--within', '2x'], '--within: '],
    ['--rounds with --after', ['--after', '--state', 'x', '--rounds', '2'], '--rounds is for kills'],
    ['the disk that is tested', ['--before', '--state', 'here'], 'what loses the data could lose the state with it'],
    ['memory', ['--before', '--state', '/dev/shm/here'], 'which is memory: a power cut loses it'],
    ['a writer from outside', ['--writer', 'x'], '--writer is for iotest crashtest alone'],
  ])('%s', async (_, argv, message) => {
    const { stdout, stderr, status } = await crashtest(['job.ini', ...argv]);
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr.replaceAll('\n', ' ')).toContain(message);
    expect(existsSync(at('data'))).toBe(false);
    expect(existsSync(at('here'))).toBe(false);
  });

  const noLoop = loopDevicesMissing();
  it.skipIf(noLoop !== null)(
    `a state on the disk below the loop device that is tested${noLoop === null ? '' : ` [skipped: ${noLoop}]`}`,
    async () => {
      const device = createLoopDevice(1 << 20);
      try {
        const words = ['--set', `filename=${device.path}`, '--destructive', device.path];
        const kept = `${device.backingPath}.state`;
        const { stderr, status } = await crashtest(['job.ini', ...words, '--before', '--state', kept]);
        expect(status).toBe(2);
        expect(stderr.replaceAll('\n', ' ')).toContain(`as ${device.path}: what loses the data`);
        expect(readFileSync(device.backingPath).every((byte) => byte === 0)).toBe(true);
      } finally {
        device.remove();
      }
    },
  );

  it('a host that does not answer, before anything is written', async () => {
    const { stderr, status } = await crashtest(['job.ini', '--before', '--state', 'nowhere:x']);
    expect(stderr).toContain('--state nowhere:x: ssh ended with 8');
    expect(status).toBe(1);
  });
});
