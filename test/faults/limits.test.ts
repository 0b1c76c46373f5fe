/** Kernels and accounts that allow less than root on a plain machine: io_uring forbidden, no memory to lock. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Ended, executable, scratchFolder } from '../cli/command.js';
import { cleanUp, documentIn, expectNoCrash, expectRefusal, flat, later } from './fault-lab.js';

const nobody = 65534;
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];

/** Why an ordinary user cannot be played here; null when it can. */
function ordinaryUserMissing(): string | null {
  if (process.getuid?.() !== 0) return 'becoming an ordinary user needs root';
  const tried = spawnSync(asNobody[0]!, [...asNobody.slice(1), process.execPath, executable, '--version']);
  if (tried.error !== undefined) return 'setpriv is not installed';
  return tried.status === 0 ? null : 'an ordinary user cannot reach this folder or this Node';
}

const missing = ordinaryUserMissing();
const itAsUser = it.skipIf(missing !== null);
const asUser = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

afterEach(cleanUp);

/** As an ordinary user, without Node's own start script being found through a PATH that the user may not read. */
function runAsNobody(wrapper: readonly string[], argv: readonly string[], job: string): Ended {
  const cwd = scratchFolder();
  fs.chownSync(cwd, nobody, nobody);
  const [program, ...words] = [...wrapper, ...asNobody, process.execPath, executable, ...argv];
  const { IOTEST_DEBUG: _, FORCE_COLOR: __, ...environment } = process.env;
  const { stdout, stderr, status } = spawnSync(program!, words, {
    cwd,
    input: job,
    encoding: 'utf8',
    env: { ...environment, LANG: 'C.UTF-8' },
    maxBuffer: 1 << 26,
  });
  return { stdout, stderr, status };
}

const job = '[job]\nrw=randread\nsize=1m\nfilename=data\niodepth=64\nbs=64k\nsize=16m\n';
const run = ['run', '-', '--no-save'];

describe('io_uring forbidden', () => {
  const sysctl = '/proc/sys/kernel/io_uring_disabled';
  const before = fs.existsSync(sysctl) ? fs.readFileSync(sysctl, 'utf8') : null;
  const restore = () => {
    if (before !== null && missing === null) fs.writeFileSync(sysctl, before);
  };
  afterAll(restore);

  // 1 forbids it to all but CAP_SYS_ADMIN, so that tests which run meanwhile as root do not notice.
  itAsUser(asUser('by kernel.io_uring_disabled=1: says so, and what else to do'), ({ skip }) => {
    if (before === null) skip('this kernel has no kernel.io_uring_disabled (it came with Linux 6.6)');
    later(restore);
    fs.writeFileSync(sysctl, '1');
    const refused = runAsNobody([], [...run, '--engine', 'io_uring'], job);
    expectRefusal(refused, { status: 1, says: ['io_uring'], advises: 'kernel.io_uring_disabled=0' });
    // The other engines are not affected.
    expect(runAsNobody([], [...run, '--engine', 'psync'], job).status).toBe(0);
    const probe = runAsNobody([], ['probe'], '');
    expectNoCrash(probe);
    expect(flat(probe.stdout + probe.stderr)).toContain('io_uring_disabled');
  });

  itAsUser(asUser('in one of several engines: what the others measured is kept'), ({ skip }) => {
    if (before === null) skip('this kernel has no kernel.io_uring_disabled (it came with Linux 6.6)');
    later(restore);
    fs.writeFileSync(sysctl, '1');
    const argv = [...run, '--engine', 'psync', '--engine', 'io_uring', '--engine', 'pvsync'];
    const json = runAsNobody([], [...argv, '--format', 'json'], job);
    expectNoCrash(json);
    expect(json.status).toBe(1);
    const { jobs } = documentIn(json.stdout).iotest;
    expect(jobs.map(({ engineLabel, ended }) => `${engineLabel} ${ended}`)).toEqual([
      'psync done',
      'io_uring failed',
      'pvsync done',
    ]);
    expect(jobs[1]!.errors[0]!.message).toContain('io_uring');
    const text = runAsNobody([], argv, job);
    expectNoCrash(text);
    expect(text.status).toBe(1);
    expect(flat(text.stdout + text.stderr)).toContain('io_uring_disabled=0');
  });
});

describe('little memory to lock (RLIMIT_MEMLOCK)', () => {
  /** Room for a ring, which some kernels count, but not for 64 buffers of 64 KiB. */
  const littleLock = ['prlimit', `--memlock=${1 << 20}:${1 << 20}`];

  itAsUser(asUser('registered buffers fall back, with a warning, and the run goes on'), () => {
    const argv = [...run, '--engine', 'io_uring+fixed'];
    const end = runAsNobody(littleLock, [...argv, '--format', 'json'], job);
    expectNoCrash(end);
    expect(end.status).toBe(0);
    const { engine, ended, engineLabel, variant } = documentIn(end.stdout).iotest.jobs[0]!;
    expect(ended).toBe('done');
    // What was measured is not what the name says, and nobody may compare it as that.
    expect([engineLabel, variant]).toEqual(Array(2).fill('io_uring+fixed: not in force'));
    expect(engine!.fixedBuffers).toBe(false);
    expect(engine!.fixedFiles).toBe(true);
    const fallback = engine!.fallbacks.find(({ asked }) => /buf/.test(asked))!;
    expect(`${fallback.reason} ${fallback.advice}`).toMatch(/memlock|ulimit -l/i);
    // Said to people as well.
    const text = runAsNobody(littleLock, argv, job);
    expectNoCrash(text);
    expect(flat(text.stdout + text.stderr)).toMatch(/without fixedbufs .*locked memory/);
  });

  itAsUser(asUser('the job fails under "iotest fio", as it does under fio'), () => {
    const lines = ['--name=a', '--filename=data', '--size=1m', '--bs=64k', '--iodepth=64', '--rw=read'];
    const end = runAsNobody(littleLock, ['fio', ...lines, '--ioengine=io_uring', '--fixedbufs=1'], '');
    expectNoCrash(end);
    expect(end.status).toBe(1);
    expect(flat(end.stdout + end.stderr)).toMatch(/fixedbufs is not possible: .*locked memory/);
    expect(end.stdout).toContain('err=12/error=Cannot allocate memory');
  });

  itAsUser(asUser('registered buffers are granted where the limit allows them'), () => {
    const argv = [...run, '--engine', 'io_uring+fixed', '--set', 'iodepth=4', '--set', 'bs=4k', '--format', 'json'];
    const end = runAsNobody(littleLock, argv, job);
    expect(documentIn(end.stdout).iotest.jobs[0]!.engine!.fixedBuffers).toBe(true);
  });

  itAsUser(asUser('plain io_uring does not mind'), () => {
    const end = runAsNobody(littleLock, [...run, '--engine', 'io_uring', '--format', 'json'], job);
    expect(end.status).toBe(0);
    expect(documentIn(end.stdout).iotest.jobs[0]!.engine!.fallbacks).toEqual([]);
  });

  itAsUser(asUser('none at all: it runs, or says how to get some'), () => {
    const end = runAsNobody(['prlimit', '--memlock=0:0'], [...run, '--engine', 'io_uring'], job);
    expectNoCrash(end);
    if (end.status !== 0) expectRefusal(end, { status: 1, says: ['ENOMEM', '0 bytes'], advises: 'ulimit -l' });
  });
});

describe('a target of somebody else', () => {
  itAsUser(asUser('is refused: no permission to read, to write, to make a file'), () => {
    const folder = scratchFolder();
    const secret = path.join(folder, 'secret');
    fs.writeFileSync(secret, Buffer.alloc(1 << 20), { mode: 0o600 });
    fs.chmodSync(folder, 0o755);
    for (const [lines, says] of [
      [`filename=${secret}\nrw=read`, secret],
      [`filename=${secret}\nrw=write`, secret],
      [`filename=${folder}/new\nrw=write`, folder],
    ] as const) {
      const end = runAsNobody([], run, `[job]\nioengine=psync\nsize=1m\n${lines}\n`);
      expectRefusal(end, { status: 1, says: [says], advises: /user|target|permission|read/ });
    }
    expect(fs.readdirSync(folder)).toEqual(['secret']);
  });

  itAsUser(asUser('is refused: many open files'), () => {
    const job = '[job]\nioengine=psync\nrw=read\nnrfiles=600\nsize=4m\nbs=4k\n';
    const end = runAsNobody(['prlimit', '--nofile=512:512'], run, job);
    expectRefusal(end, { status: 1, says: [/EMFILE|too many open files/i], advises: 'ulimit -n' });
  });
});

describe('an ordinary user', () => {
  const ends = `[global]\nioengine=net\nport=18931\nbs=4k\nsize=1m\n[r]\nlisten\nrw=read\n[w]\nhostname=localhost\nrw=write\n`;
  const files = '[files]\nioengine=filecreate\nnrfiles=20\nfilesize=4k\nbs=4k\nrw=write\n';
  const chains = '[commits]\nrw=write\nbs=4k\nsize=64k\nchain=write,fdatasync\n';

  itAsUser.each([
    ['sends and receives', ends, ['net'], 2],
    ['sends and receives through io_uring', ends, ['io_uring_net'], 2],
    ['creates files', files, ['filecreate', 'io_uring_filecreate'], 2],
    ['commits by chains', chains, ['psync', 'libaio', 'io_uring'], 3],
  ] as const)(asUser('%s'), (_name, text, engines, jobCount) => {
    const argv = engines.flatMap((engine) => ['--engine', engine]);
    const end = runAsNobody([], [...run, '--format', 'json', ...argv], text);
    expect(end.status, end.stderr).toBe(0);
    const { jobs } = documentIn(end.stdout).iotest;
    expect(jobs.map(({ ended }) => ended)).toEqual(Array.from({ length: jobCount }, () => 'done'));
  });
});
