/** Output that is led astray: onto devices, by links, onto what the run itself works on. What is there must stay as it is. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ended, ended, executable, iotest, scratchFolder, start } from '../cli/command.js';
import { cleanUp, expectNoCrash, flat, itInLab, loopDeviceOver, mounted, namesIn, sparseFile } from './fault-lab.js';

afterEach(cleanUp);

const nullJob = '[j]\nioengine=null\nsize=1m\nrw=read\nnumber_ios=10\n';
const logJob = (lines: string) => `[j]\nioengine=null\nsize=1m\nrw=read\nnumber_ios=10\n${lines}\n`;

/** A device full of something, and what must still be on it in the end. */
function victim(): { readonly device: string; readonly unharmed: () => void } {
  const backing = sparseFile(4 << 20);
  fs.writeFileSync(backing, Buffer.alloc(4 << 20, 'precious '));
  const before = fs.readFileSync(backing);
  const { path: device } = loopDeviceOver(backing);
  return {
    device,
    unharmed: () => {
      expect(fs.statSync(device).isBlockDevice()).toBe(true);
      expect(fs.readFileSync(backing).equals(before)).toBe(true);
    },
  };
}

function refused(end: Ended, what: RegExp): void {
  expectNoCrash(end);
  // With --format json, what is wrong is told there as well.
  expect(flat(end.stderr + end.stdout)).toMatch(what);
  expect(end.status).not.toBe(0);
}

describe('a device as the place for output', () => {
  const isDevice = /is (?:a|no) (?:block )?(?:device|regular file)/;

  itInLab('is refused to every command that writes, also through a link', async () => {
    const { device, unharmed } = victim();
    const cwd = scratchFolder({ 'job.ini': nullJob });
    fs.symlinkSync(device, path.join(cwd, 'link'));
    fs.symlinkSync('link', path.join(cwd, 'link to link'));
    const { status } = await iotest(['run', 'job.ini', '-q'], { cwd });
    expect(status).toBe(0);
    const commands = [
      ['run', 'job.ini', '--no-save', '--output', device],
      ['run', 'job.ini', '--no-save', '--output', 'link to link', '--format', 'json'],
      ['sweep', 'job.ini', '--vary', 'bs=4k,8k', '--no-save', '--output', 'link'],
      ['results', 'export', 'latest', '--format', 'csv', '-o', device],
      ['results', 'export', 'latest', '--format', 'hlog', '-o', 'link'],
      ['report', 'latest', '-o', device],
      ['report', 'latest', '-o', 'link'],
      ['gate', 'job.ini', '--aa', '--no-save', '--junit', 'link'],
      ['gate', 'job.ini', '--aa', '--no-save', '--markdown', device],
      ['trace', 'job.ini', '--output', 'link'],
      ['fio', `--output=${device}`, 'job.ini'],
      ['fio', '--output=link', '--output-format=json', 'job.ini'],
    ];
    for (const argv of commands) {
      const end = await iotest(argv, { cwd });
      refused(end, isDevice);
      unharmed();
    }
    expect(namesIn(cwd)).toEqual(['job.ini', 'link', 'link to link', 'results']);
  });

  itInLab('is refused to logs and recordings, by whatever name they have', async () => {
    const { device, unharmed } = victim();
    const cases = [
      ['write_bw_log=x', 'x_bw.1.log'],
      ['write_lat_log=x', 'x_clat.1.log'],
      ['write_iops_log=x', 'x_iops.1.log'],
      ['write_hist_log=x\nlog_hist_msec=100', 'x_clat_hist.1.log'],
      ['write_bw_log=x\nper_job_logs=0', 'x_bw.log'],
      ['write_iolog=x', 'x'],
    ] as const;
    for (const [lines, name] of cases) {
      const cwd = scratchFolder({ 'job.ini': logJob(lines) });
      fs.symlinkSync(device, path.join(cwd, name));
      refused(await iotest(['run', 'job.ini', '--no-save'], { cwd }), isDevice);
      refused(await iotest(['fio', 'job.ini'], { cwd }), isDevice);
      unharmed();
    }
    const cwd = scratchFolder({ 'job.ini': nullJob });
    fs.symlinkSync(device, path.join(cwd, 'agg-read_bw.log'));
    refused(await iotest(['fio', '--bandwidth-log', 'job.ini'], { cwd }), isDevice);
    unharmed();
  });

  itInLab('is passed by where a temporary name leads there', async () => {
    const { device, unharmed } = victim();
    const cwd = scratchFolder({ 'job.ini': logJob('write_bw_log=x') });
    fs.symlinkSync(device, path.join(cwd, 'x_bw.1.log.1.part'));
    expect((await iotest(['run', 'job.ini', '--no-save', '-q'], { cwd })).status).toBe(0);
    expect(fs.lstatSync(path.join(cwd, 'x_bw.1.log')).isFile()).toBe(true);
    unharmed();
  });

  itInLab('is refused to what is kept beside results, and to the output of commands of the job', async () => {
    const { device, unharmed } = victim();
    const cwd = scratchFolder({ 'job.ini': nullJob });
    expect((await iotest(['run', 'job.ini', '-q'], { cwd })).status).toBe(0);
    const [result] = namesIn(path.join(cwd, 'results')).filter((name) => name.endsWith('.json'));
    const id = result!.slice(0, -'.json'.length);
    fs.symlinkSync(device, path.join(cwd, 'results', `${id}.label`));
    // The name is iotest's own: what stands there makes way.
    expect((await iotest(['results', 'label', 'latest', 'mine'], { cwd })).status).toBe(0);
    expect(fs.lstatSync(path.join(cwd, 'results', `${id}.label`)).isFile()).toBe(true);
    fs.rmSync(path.join(cwd, 'results/index.jsonl'), { force: true });
    fs.symlinkSync(device, path.join(cwd, 'results/index.jsonl'));
    expect((await iotest(['results', 'list'], { cwd })).status).toBe(0);
    fs.symlinkSync(device, path.join(cwd, 'j.prerun.txt'));
    refused(
      await iotest(['run', 'job.ini', '--no-save', '--allow-exec', '--set', 'exec_prerun=true'], { cwd }),
      isDevice,
    );
    const summary = await iotest(['gate', 'job.ini', '--aa', '--no-save', '--repeat', '5'], {
      cwd,
      environment: { GITHUB_STEP_SUMMARY: device },
    });
    expect(flat(summary.stderr)).toMatch(/the job summary could not be written: .* is a block device/);
    unharmed();
  });
});

describe('a file that something stands on as the place for output', () => {
  itInLab('is refused with what uses it: the disk of a mounted loop device, by any of its names', async () => {
    const backing = sparseFile(16 << 20);
    const { path: device } = loopDeviceOver(backing);
    const point = mounted(device, 'ext4');
    fs.writeFileSync(path.join(point, 'kept'), 'precious');
    const cwd = scratchFolder({ 'job.ini': nullJob, 'logs.ini': logJob('write_iolog=link') });
    fs.symlinkSync(backing, path.join(cwd, 'link'));
    const inode = fs.statSync(backing).ino;
    expect((await iotest(['run', 'job.ini', '-q'], { cwd })).status).toBe(0);
    for (const argv of [
      ['run', 'job.ini', '--no-save', '--output', backing],
      ['run', 'job.ini', '--no-save', '--output', 'link'],
      ['run', 'logs.ini', '--no-save'],
      ['fio', '--output=link', 'job.ini'],
      ['fio', 'logs.ini'],
      ['results', 'export', 'latest', '--format', 'csv', '-o', 'link'],
      ['report', 'latest', '-o', 'link'],
      ['gate', 'job.ini', '--aa', '--no-save', '--junit', 'link'],
    ])
      refused(await iotest(argv, { cwd }), new RegExp(`in use: .*${device} is (?:mounted at|a loop device)`));
    expect(fs.statSync(backing).ino).toBe(inode);
    expect(fs.readFileSync(path.join(point, 'kept'), 'utf8')).toBe('precious');
    spawnSync('sync');
    expect(spawnSync('e2fsck', ['-fn', device]).status).toBe(0);
  });
});

describe('what the run works on, or was read from', () => {
  it('is no place for its output: a target, by any of its names', async () => {
    const job = '[j]\nioengine=psync\nfilename=data\nsize=64k\nrw=read\n';
    const cwd = scratchFolder({ 'job.ini': job });
    const data = path.join(cwd, 'data');
    fs.writeFileSync(data, Buffer.alloc(1 << 16, 'precious '));
    fs.linkSync(data, path.join(cwd, 'hard'));
    fs.symlinkSync('data', path.join(cwd, 'soft'));
    for (const output of ['data', './data', 'hard', 'soft', data]) {
      for (const argv of [
        ['run', 'job.ini', '--no-save', '--output', output],
        ['fio', `--output=${output}`, 'job.ini'],
      ])
        refused(await iotest(argv, { cwd }), /is a target of this run/);
    }
    for (const flag of ['--junit', '--markdown']) {
      refused(await iotest(['gate', 'job.ini', '--aa', '--no-save', flag, 'hard'], { cwd }), /is a target of this run/);
    }
    const logged = ['run', 'job.ini', '--no-save', '--set', 'write_iolog=hard'];
    refused(await iotest(logged, { cwd }), /the log hard is a target of this run/);
    expect(fs.readFileSync(data).equals(Buffer.alloc(1 << 16, 'precious '))).toBe(true);
    expect(namesIn(cwd)).toEqual(['data', 'hard', 'job.ini', 'soft']);
  });

  it('is no place for its output: a target that is yet to be made', async () => {
    const cwd = scratchFolder({ 'job.ini': '[j]\nioengine=psync\nfilename=data\nsize=64k\nrw=read\n' });
    fs.symlinkSync('data', path.join(cwd, 'soft'));
    refused(await iotest(['run', 'job.ini', '--no-save', '--output', 'soft'], { cwd }), /is a target of this run/);
    expect(namesIn(cwd)).toEqual(['job.ini', 'soft']);
  });

  it('is no place for its output: job file, included file, recording, and the result that is exported', async () => {
    const cwd = scratchFolder({
      'job.ini': '[global]\ninclude more.ini\n[j]\nioengine=null\nsize=1m\nrw=read\n',
      'more.ini': 'number_ios=10\n',
      'replay.ini': '[r]\nioengine=null\nread_iolog=recording\n',
      recording: 'fio version 3 iolog\n0 data add\n0 data open\n0 data read 0 4096\n0 data close\n',
    });
    fs.linkSync(path.join(cwd, 'job.ini'), path.join(cwd, 'hard'));
    for (const [job, output, what] of [
      ['job.ini', 'job.ini', /is the job file itself/],
      ['job.ini', 'hard', /is the job file itself/],
      ['job.ini', 'more.ini', /is a file that the jobs include/],
      ['replay.ini', 'recording', /is a recording that the jobs replay/],
    ] as const) {
      const before = fs.readFileSync(path.join(cwd, output));
      refused(await iotest(['run', job, '--no-save', '--output', output], { cwd }), what);
      expect(fs.readFileSync(path.join(cwd, output)).equals(before)).toBe(true);
    }
    expect((await iotest(['run', 'job.ini', '-q'], { cwd })).status).toBe(0);
    const [result] = namesIn(path.join(cwd, 'results')).filter((name) => name.endsWith('.json'));
    const file = path.join('results', result!);
    for (const argv of [
      ['results', 'export', 'latest', '--format', 'csv', '-o', file],
      ['report', file, '-o', file],
    ])
      refused(await iotest(argv, { cwd }), /is a result that is read here/);
    expect(JSON.parse(fs.readFileSync(path.join(cwd, file), 'utf8')).iotest).toBeDefined();
  });

  it('is kept apart from other output of the same command', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    const argv = ['gate', 'job.ini', '--aa', '--no-save', '--junit', 'x', '--markdown', './x'];
    refused(await iotest(argv, { cwd }), /--markdown \.\/x is where --junit x goes/);
  });
});

describe('what may be written', () => {
  it('is a link to a file, which stays a link; /dev/null; a pipe; stdout by its names', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob, real: 'old' });
    fs.symlinkSync('real', path.join(cwd, 'link'));
    fs.chmodSync(path.join(cwd, 'real'), 0o600);
    const run = ['run', 'job.ini', '--no-save', '-q', '--format', 'json', '--output'];
    expect((await iotest([...run, 'link'], { cwd })).status).toBe(0);
    expect(fs.readlinkSync(path.join(cwd, 'link'))).toBe('real');
    expect(JSON.parse(fs.readFileSync(path.join(cwd, 'real'), 'utf8')).jobs).toHaveLength(1);
    expect(fs.statSync(path.join(cwd, 'real')).mode & 0o777).toBe(0o600);
    expect((await iotest([...run, '/dev/null'], { cwd })).status).toBe(0);
    for (const name of ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']) {
      const end = await ended(start([...run, name], { cwd }));
      expect({ name, status: end.status, jobs: JSON.parse(end.stdout).jobs.length }).toEqual({
        name,
        status: 0,
        jobs: 1,
      });
    }
    // A shell has the file open: it is added to, and not replaced under it.
    const shell = `(echo before; "$0" "$@" /dev/stdout; echo after) > kept`;
    expect(spawnSync('bash', ['-c', shell, executable, ...run], { cwd }).status).toBe(0);
    const kept = fs.readFileSync(path.join(cwd, 'kept'), 'utf8');
    expect(kept).toMatch(/^before\n\{[\s\S]*\}\nafter\n$/);
    spawnSync('mkfifo', ['pipe'], { cwd });
    const piped = spawnSync('bash', ['-c', 'cat pipe & "$0" "$@" pipe; wait', executable, ...run], {
      cwd,
      encoding: 'utf8',
    });
    expect(JSON.parse(piped.stdout).jobs).toHaveLength(1);
    expect(fs.statSync(path.join(cwd, 'pipe')).isFIFO()).toBe(true);
  });
});
