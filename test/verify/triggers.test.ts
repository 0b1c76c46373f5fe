/** `--trigger-file`, `--trigger-timeout` and `--trigger` of `iotest fio`: the jobs stop, their states are saved, a command runs. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { executable, scratchFolder } from '../cli/command.js';

const verbose = { timeout: 120_000 };
const job = [
  '--name=x',
  '--filename=data',
  '--size=1m',
  '--bs=4k',
  '--rw=randwrite',
  '--verify=crc32c',
  '--output=out',
];
/** It ends by the trigger, or the test fails. */
const long = ['--time_based', '--runtime=100', '--thinktime=1ms'];
const later = ['--name=later', '--stonewall', '--filename=other', '--size=1m', '--rw=write'];

it('a file: it is removed, the jobs stop, later ones do not begin, the command finds the states', verbose, async () => {
  const folder = scratchFolder();
  const trigger = ['--trigger-file=go', '--trigger=ls > seen; exit 3'];
  const child = spawn(executable, ['fio', ...trigger, ...job, ...long, ...later], { cwd: folder, stdio: 'pipe' });
  const exit = once(child, 'exit');
  // The file is there once the job writes, which is long before its end.
  while (!fs.existsSync(path.join(folder, 'data'))) await setTimeout(20);
  await setTimeout(1500);
  fs.writeFileSync(path.join(folder, 'go'), '');
  expect(await exit).toEqual([0, null]);
  expect(fs.readFileSync(path.join(folder, 'seen'), 'utf8').split('\n')).toContain('local-x-0-verify.state');
  expect(fs.existsSync(path.join(folder, 'go'))).toBe(false);
  const text = fs.readFileSync(path.join(folder, 'out'), 'utf8');
  expect(text).toContain('x: (groupid=0, jobs=1): err= 0');
  expect(text).not.toContain('later: (groupid');
  expect(text).not.toContain('terminating on signal');
});

it('a time; what was written then is what the state vouches for', verbose, () => {
  const folder = scratchFolder();
  const once = ['--io_size=1g', '--thinktime=1ms', '--do_verify=0'];
  const argv = ['fio', '--trigger-timeout=3s', ...job, ...once];
  const { status, stderr } = spawnSync(executable, argv, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  expect([status, stderr]).toEqual([0, '']);
  const state = fs.readFileSync(path.join(folder, 'local-x-0-verify.state'));
  const writeCount = Number(state.readBigUInt64LE(32));
  expect(writeCount).toBeGreaterThan(0);
  expect(writeCount).toBeLessThan(2 ** 18);
  const back = ['fio', ...job, ...once, '--verify_state_load=1', '--verify_only', '--do_verify=1'];
  const again = spawnSync(executable, back, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  expect([again.status, again.stderr]).toEqual([0, '']);
});

it('nothing is run when the jobs end before', verbose, () => {
  const folder = scratchFolder();
  const argv = ['fio', '--trigger-timeout=1h', '--trigger=touch ran', ...job];
  expect(spawnSync(executable, argv, { cwd: folder, timeout: 60_000 }).status).toBe(0);
  expect(fs.existsSync(path.join(folder, 'ran'))).toBe(false);
});

it('a file that cannot be looked at is not there: the jobs run on, and are reported', verbose, () => {
  const folder = scratchFolder();
  fs.symlinkSync('loop', path.join(folder, 'loop'));
  const argv = ['fio', '--trigger-file=loop/go', ...job, '--time_based', '--runtime=1', '--thinktime=1ms'];
  const { status, stderr } = spawnSync(executable, argv, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  expect([status, stderr]).toEqual([0, '']);
  expect(fs.readFileSync(path.join(folder, 'out'), 'utf8')).toContain('x: (groupid=0, jobs=1): err= 0');
});
