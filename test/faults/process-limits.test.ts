/** What a process may have: memory, addresses, threads, descriptors, /proc. Each limit is named, with how to raise it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ended, ended, executable, iotest, scratchFolder, start } from '../cli/command.js';
import { cleanUp, expectNoCrash, expectRefusal, flat, labMissing, later, loopDevice, mounted } from './fault-lab.js';

afterEach(cleanUp);

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? '' : ' [skipped: needs root]';
const job = '[job]\nfilename=data\nsize=4m\nrw=randread\nioengine=psync\nruntime=300ms\ntime_based\nnumjobs=4\n';

function under(wrapper: readonly string[], argv: readonly string[], cwd = scratchFolder({ 'job.ini': job })): Ended {
  const [program, ...words] = [...wrapper, executable, ...argv];
  const { NODE_OPTIONS: _, ...environment } = process.env;
  const options = { cwd, encoding: 'utf8', env: { ...environment, LANG: 'C.UTF-8' }, timeout: 120_000 } as const;
  const { stdout, stderr, status } = spawnSync(program!, words, options);
  return { stdout, stderr, status };
}

/** Says what is short and how to raise it; may have arrows in ASCII, where it comes before anything is loaded. */
function expectShort(end: Ended, says: RegExp, advises: RegExp): void {
  expectNoCrash(end);
  expect(flat(end.stderr)).toMatch(says);
  expect(flat(end.stderr).split(/→|->/).slice(1).join()).toMatch(advises);
  expect(end.stderr).not.toMatch(/node:internal|Node\.js v|Fatal/);
  expect(end.status).toBe(1);
}

const verbs = [
  ['check', 'job.ini'],
  ['run', 'job.ini', '--no-save', '-q'],
  ['fio', 'job.ini'],
];

describe('descriptors', () => {
  it.each([20, 32, 64])('RLIMIT_NOFILE of %i', (limit) => {
    for (const argv of verbs) {
      const end = under(['prlimit', `--nofile=${limit}:${limit}`], argv);
      // A plan alone may fit; it says what the run will lack.
      expectShort(end, /open files/, /ulimit -n/);
    }
  });
});

describe('addresses', () => {
  it('RLIMIT_AS below what Node needs', () => {
    const end = under(['prlimit', `--as=${500e6}`], ['check', 'job.ini']);
    expectShort(end, /RLIMIT_AS/, /ulimit -v/);
  });

  it('RLIMIT_AS below what the jobs need: told by the plan', () => {
    for (const argv of verbs) expectShort(under(['prlimit', `--as=${3 * 2 ** 30}`], argv), /RLIMIT_AS/, /ulimit -v/);
  });

  it('a run has no fewer left than its check says: what boots for it ahead takes none', () => {
    const left = verbs.map((argv) => {
      const { stderr } = under(['prlimit', `--as=${2 * 2 ** 30}`], argv);
      return Number(/may have (\d+) MiB more/.exec(flat(stderr))?.[1]);
    });
    // Each loads modules of its own; a thread would take 614 MiB.
    expect(Math.max(...left) - Math.min(...left)).toBeLessThan(300);
  });
});

/** A cgroup of version 1 or 2 of our own, or null. */
function cgroup(controller: string, files: Readonly<Record<string, string>>): string | null {
  for (const [parent, file] of [
    [`/sys/fs/cgroup/${controller}`, files.version1],
    ['/sys/fs/cgroup', files.version2],
  ] as const) {
    const folder = path.join(parent, `iotest-test-${process.pid}`);
    try {
      if (!fs.existsSync(path.join(parent, 'cgroup.procs'))) continue;
      fs.mkdirSync(folder);
      later(() => fs.rmdirSync(folder));
      fs.writeFileSync(path.join(folder, file!.split('=')[0]!), file!.split('=')[1]!);
      return folder;
    } catch {}
  }
  return null;
}

const inGroup = (folder: string) => ['sh', '-c', `echo $$ >${folder}/cgroup.procs; exec "$0" "$@"`];

describe('threads', () => {
  it.for([5, 8, 11, 13, 16])('pids.max of %i', (limit, { skip }) => {
    const folder = cgroup('pids', { version1: `pids.max=${limit}`, version2: `pids.max=${limit}` });
    if (folder === null) skip('no cgroup of pids can be made here');
    for (const argv of verbs) expectShort(under(inGroup(folder!), argv), /threads/, /pids\.max/);
  });

  /** As a user of our own, who has no other threads. */
  function withThreads(limit: number, argv: readonly string[]): Ended {
    const user = 64_123;
    const cwd = scratchFolder({ 'job.ini': job });
    fs.chownSync(cwd, user, user);
    const wrapper = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', 'prlimit', `--nproc=${limit}`];
    return under(wrapper, argv, cwd);
  }

  it.skipIf(!isRoot).each([8, 14])(`RLIMIT_NPROC of %i${asRoot}`, (limit) => {
    for (const argv of verbs) expectShort(withThreads(limit, argv), /threads.*RLIMIT_NPROC/, /ulimit -u/);
  });

  it.skipIf(!isRoot)(`what its check says is enough for a run, which boots some of them ahead${asRoot}`, () => {
    const { stderr } = withThreads(14, ['check', 'job.ini']);
    const [, needed, left] = /take (\d+), and this process may have (\d+) more/.exec(flat(stderr)) ?? [];
    for (const argv of verbs) {
      const end = withThreads(14 + Number(needed) - Number(left), argv);
      expect(end.status, end.stderr).toBe(0);
    }
  });
});

describe('memory', () => {
  it('64 jobs in a cgroup of 1 GiB: refused by the plan, where the kernel would have killed the run', ({ skip }) => {
    const limit = String(2 ** 30);
    const files = { version1: `memory.limit_in_bytes=${limit}`, version2: `memory.max=${limit}` };
    const folder = cgroup('memory', files);
    if (folder === null) skip('no cgroup of memory can be made here');
    const cwd = scratchFolder({ 'job.ini': job.replace('numjobs=4', 'numjobs=64') });
    for (const argv of verbs) {
      const end = under(inGroup(folder!), argv, cwd);
      expectRefusal(end, { status: 1, says: [/too little memory: the 64 jobs/], advises: 'numjobs' });
    }
  });
});

describe('no /proc', () => {
  it.skipIf(!isRoot)(`runs, and measures what can be measured${asRoot}`, () => {
    const without = ['unshare', '-m', 'sh', '-c', 'umount -l /proc; exec "$0" "$@"'];
    for (const argv of [...verbs, ['probe'], ['run', 'job.ini', '--no-save', '--engine', 'io_uring']]) {
      const end = under(without, argv);
      expectNoCrash(end);
      expect(end.status, end.stderr).toBe(0);
    }
  });
});

describe('stdout that cannot be synced', () => {
  const missing = spawnSync('strace', ['-V']).error === undefined ? null : 'strace is not installed';
  it.skipIf(missing !== null)(`ends as ever${missing === null ? '' : ` [skipped: ${missing}]`}`, () => {
    const cwd = scratchFolder({ 'job.ini': job });
    const output = fs.openSync(path.join(cwd, 'output'), 'w');
    const words = ['-f', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO', executable];
    const options = { cwd, stdio: ['ignore', output, 'pipe'] as ['ignore', number, 'pipe'], timeout: 120_000 };
    const { status } = spawnSync('strace', [...words, 'check', 'job.ini'], options);
    expect(status).toBe(0);
    expect(fs.readFileSync(path.join(cwd, 'output'), 'utf8')).toContain('nothing was opened for I/O');
  });
});

describe('a target that becomes shorter', () => {
  /** Runs until it has begun, shortens, and waits for the end. */
  async function shortened(target: string, engine: string, shorten: () => void): Promise<Ended> {
    const cwd = scratchFolder();
    const lines = `filename=${target}\nsize=4m\nrw=randread\nioengine=${engine}\ntime_based\nruntime=60\ninvalidate=0\n`;
    const log = path.join(cwd, 'begun');
    const input = `[job]\n${lines}write_iops_log=${log}\nlog_avg_msec=50\n`;
    const child = start(['run', '-', '--no-save', '-q'], { cwd, input });
    const end = ended(child);
    while (child.exitCode === null && !fs.readdirSync(cwd).some((name) => fs.statSync(path.join(cwd, name)).size > 0)) {
      await sleep(20);
    }
    shorten();
    return end;
  }

  it.each(['psync', 'pvsync2', 'libaio', 'io_uring', 'mmap'])('%s: says so, and blames no disk', async (engine) => {
    // Elsewhere there is no guard, and SIGBUS ends the process (system/bus-guard.ts).
    if (engine === 'mmap' && process.arch !== 'x64') return;
    const file = path.join(scratchFolder({ data: 'x'.repeat(4 << 20) }), 'data');
    const end = await shortened(file, engine, () => fs.truncateSync(file, 65_536));
    expectNoCrash(end);
    expect(end.status).toBe(1);
    const said = flat(end.stdout + end.stderr);
    expect(said).toContain('the file became shorter: 65536 bytes, and it had 4194304 at the start');
    expect(said).not.toContain('smartctl');
  });

  const labless = labMissing();
  it.skipIf(labless !== null)(
    `the file behind a loop device too${labless === null ? '' : ` [skipped: ${labless}]`}`,
    async () => {
      const { path: device, backingPath } = loopDevice(4 << 20);
      const end = await shortened(device, 'psync', () => {
        fs.truncateSync(backingPath, 65_536);
        fs.writeFileSync('/proc/sys/vm/drop_caches', '1');
      });
      expectNoCrash(end);
      expect(end.status).toBe(1);
      expect(flat(end.stdout + end.stderr)).toContain('the file behind the device');
    },
  );
});

describe('a results folder that cannot be written', () => {
  const labless = labMissing();
  it.skipIf(labless !== null)(`is told before the run${labless === null ? '' : ` [skipped: ${labless}]`}`, async () => {
    const full = mounted('tmpfs', 'tmpfs', 'size=64k');
    const readOnly = mounted('tmpfs', 'tmpfs', 'ro');
    const cwd = scratchFolder({ 'job.ini': job, file: '' });
    for (const folder of ['/proc/x', '/sys/x', full, `${full}/new`, readOnly, 'file', '/dev/null/x']) {
      const end = await iotest(['run', 'job.ini', '--results', folder], { cwd });
      expectNoCrash(end);
      expect(flat(end.stderr)).toMatch(/the results folder \S+ cannot be written/);
      expect(end.stdout).toBe('');
      // Nothing was laid out.
      expect(fs.readdirSync(cwd).sort()).toEqual(['file', 'job.ini']);
    }
    expect(fs.readdirSync(full)).toEqual([]);
  });
});
