/** Commands of job files, and the thread, the user and the memory that a job runs with. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { flat } from '../faults/fault-lab.js';
import { ended, iotest, scratchFolder, start } from './command.js';

const job = (lines: string) => `[job]\nioengine=psync\nrw=write\nsize=64k\n${lines}\n`;
const run = (lines: string, argv: readonly string[], cwd = scratchFolder()) =>
  iotest(['run', '-', '--no-save', ...argv], { cwd, input: job(lines) });

const root = process.getuid?.() === 0;

describe('commands in a job file', () => {
  it('are refused by name, before anything is made, unless the command line allows them', async () => {
    const cwd = scratchFolder();
    for (const verb of [
      ['run', '-', '--no-save'],
      ['check', '-'],
    ]) {
      const end = await iotest(verb, { cwd, input: job('exec_prerun=touch made\nexec_postrun=touch made') });
      expect(end.status).toBe(2);
      expect(flat(end.stderr)).toMatch(/exec_prerun: job "job" would run a command: touch made.*--allow-exec/);
      expect(flat(end.stderr)).toMatch(/exec_postrun: job "job" would run/);
    }
    expect(fs.readdirSync(cwd)).toEqual([]);
  });

  it('run around the job, after its files are there', async () => {
    const cwd = scratchFolder();
    const lines = 'exec_prerun=ls && echo problem >&2\nexec_postrun=cat job.prerun.txt';
    const end = await run(lines, ['--allow-exec'], cwd);
    expect(end.status, end.stderr).toBe(0);
    expect(fs.readFileSync(path.join(cwd, 'job.prerun.txt'), 'utf8')).toBe('job.0.0\njob.prerun.txt\nproblem\n');
    expect(fs.readFileSync(path.join(cwd, 'job.postrun.txt'), 'utf8')).toBe('job.0.0\njob.prerun.txt\nproblem\n');
  });

  it('that fail make the job fail: before it nothing is written, after it the result stays', async () => {
    const cwd = scratchFolder();
    const before = await run('exec_prerun=exit 3', ['--allow-exec', '--format', 'json'], cwd);
    expect(before.status).toBe(1);
    expect(JSON.parse(before.stdout).error.message).toBe('exec_prerun of job "job" ended with 3: exit 3');
    expect(fs.readFileSync(path.join(cwd, 'job.0.0')).some((byte) => byte !== 0)).toBe(false);
    const after = await run('stats=0\nexec_postrun=kill -9 $$', ['--allow-exec', '--format', 'json']);
    expect(after.status).toBe(1);
    const written = JSON.parse(after.stdout);
    expect(written.jobs[0].write.total_ios).toBe(16);
    expect(written.iotest.jobs[0].errors[0].message).toMatch(/exec_postrun of job "job" was ended by SIGKILL/);
  });

  it('of a job without statistics run all the same, and the job is not in the result', async () => {
    const cwd = scratchFolder();
    const text = `${job('stats=0\nexec_postrun=echo done')}[shown]\nrw=write\nsize=64k\n`;
    const end = await iotest(['run', '-', '--no-save', '--allow-exec', '--format', 'json'], { cwd, input: text });
    expect(end.status, end.stderr).toBe(0);
    expect(JSON.parse(end.stdout).jobs.map(({ jobname }: { jobname: string }) => jobname)).toEqual(['shown']);
    expect(fs.readFileSync(path.join(cwd, 'job.postrun.txt'), 'utf8')).toBe('done\n');
    expect(fs.readFileSync(path.join(cwd, 'job.0.0')).some((byte) => byte !== 0)).toBe(true);
  });

  it('end when the run is ended', async () => {
    const cwd = scratchFolder();
    const child = start(['run', '-', '--no-save', '--allow-exec'], {
      cwd,
      input: job('exec_prerun=echo $$ && sleep 600'),
    });
    const output = path.join(cwd, 'job.prerun.txt');
    while (!fs.existsSync(output) || fs.readFileSync(output, 'utf8') === '') await pause();
    child.kill('SIGINT');
    expect((await ended(child)).status).toBe(130);
    const shell = Number(fs.readFileSync(output, 'utf8'));
    expect(
      fs.existsSync(`/proc/${shell}`) && !fs.readFileSync(`/proc/${shell}/status`, 'utf8').includes('zombie'),
    ).toBe(false);
  });
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

describe('the thread of a job', () => {
  it('has the name and the CPUs that the job says', async () => {
    const lines = 'time_based\nruntime=60\ncomm=my worker\nnumjobs=2\ncpus_allowed=0,1\ncpus_allowed_policy=split';
    const child = start(['run', '-', '--no-save'], { input: `[job]\nioengine=null\nsize=1m\n${lines}\n` });
    const found = () => {
      const folder = `/proc/${child.pid}/task`;
      const tasks = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
      const texts = tasks.map((task) => fs.readFileSync(`${folder}/${task}/status`, 'utf8'));
      const own = texts.filter((text) => /^Name:\tmy worker$/m.test(text));
      return own.map((text) => /^Cpus_allowed_list:\t(.*)$/m.exec(text)![1]!).sort();
    };
    while (found().join() !== '0,1' && child.exitCode === null) await pause();
    const seen = found();
    child.kill('SIGINT');
    await ended(child);
    expect(seen).toEqual(['0', '1']);
  });

  it.skipIf(!root)('opens files and does I/O as another user, alone of all threads', async () => {
    const cwd = scratchFolder();
    fs.chmodSync(cwd, 0o777);
    fs.writeFileSync(path.join(cwd, 'secret'), Buffer.alloc(65_536), { mode: 0o600 });
    const other = 'uid=65534\ngid=65534\n';
    for (const engine of ['psync', 'io_uring', 'libaio']) {
      const end = await run(`${other}ioengine=${engine}\nfilename=${engine}\ncreate_on_open=1`, [], cwd);
      expect(end.status, end.stderr).toBe(0);
      expect(fs.statSync(path.join(cwd, engine))).toMatchObject({ uid: 65534, gid: 65534, size: 65_536 });
    }
    const refused = await run(`${other}rw=read\nfilename=secret`, [], cwd);
    expect(refused.status).toBe(1);
    expect(flat(refused.stdout + refused.stderr)).toMatch(/cannot open secret for reading: .*EACCES/);
    // The main thread is who it was: it lays out where the other may not.
    fs.chmodSync(cwd, 0o700);
    const both = await run(`filename=mine\n[other]\n${other}rw=read\nsize=4k\nfilename=secret`, [], cwd);
    expect(both.status).toBe(1);
    expect(fs.statSync(path.join(cwd, 'mine')).uid).toBe(0);
  });

  it('is refused what cannot be had, with what to do', async () => {
    const memory = await run('lockmem=900t', []);
    expect(memory.status).toBe(1);
    expect(flat(memory.stderr)).toMatch(
      /lockmem, logs, random maps of several sizes, and what verify remembers of the writes\) would take 9895604\d+ bytes/,
    );
    const cpu = await run('cpumask=0x100000000000', []);
    expect(cpu.status).toBe(2);
    expect(flat(cpu.stderr)).toMatch(/cpumask: there is no CPU 44/);
  });
});
