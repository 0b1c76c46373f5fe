/** `iotest fio` from outside: what scripts written for fio rely on. Beside fio itself: test/differential/fio-output.test.ts. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, executable, iotest, scratchFolder, start } from './command.js';

const fio = (words: readonly string[], options: Parameters<typeof iotest>[1] = {}) =>
  iotest(['fio', ...words], options);
const job = ['--name=a', '--ioengine=null', '--size=1m'];

describe('a link named fio', () => {
  it('behaves as fio', () => {
    const folder = scratchFolder();
    fs.symlinkSync(executable, path.join(folder, 'fio'));
    const environment = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const run = (line: string) => spawnSync('sh', ['-c', line], { cwd: folder, env: environment, encoding: 'utf8' });
    expect(run('fio --version').stdout).toMatch(/^fio-3\.\d+-iotest-\d+\.\d+\.\d+\n$/);
    const end = run(`fio ${job.join(' ')} --output-format=json`);
    expect(end.stderr).toBe('');
    expect(end.stdout).toMatch(/^\{\n[\s\S]*\n\}\n$/);
    expect(JSON.parse(end.stdout)).toMatchObject({ jobs: [{ jobname: 'a', 'job options': { name: 'a' } }] });
  });
});

describe('nothing is run', () => {
  it.each([
    [['--version'], /^fio-3\./],
    [['--help'], /--output-format=LIST/],
    [['--cmdhelp=bs'], /alias: blocksize\n/],
    [['--cmdhelp=all'], /iodepth: /],
    [['--enghelp'], /^Available IO engines:\n\tio_uring\n/],
    [['--enghelp=null'], /^IO engine null has no options\n/],
    [['--enghelp=io_uring,hipri'], /hipri: /],
    [['--debug=?'], /parse/],
    [['--parse-only', ...job], /^$/],
    [['--parse-only'], /^$/],
    [['--showcmd', ...job], /^fio --name=a --ioengine=null --size=1m\n$/],
  ])('%j', async (words, text) => {
    const end = await fio(words);
    expect([end.status, end.stderr]).toEqual([0, '']);
    expect(end.stdout).toMatch(text);
  });

  it('without a job', async () => {
    const end = await fio([]);
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('No job(s) defined');
    expect(end.stdout).toContain('--output-format=LIST');
  });
});

describe('--debug', () => {
  it('prints options with what they came to, in a dry run too', async () => {
    const end = await fio(['--debug=parse', '--parse-only', ...job, '--bs=8k']);
    expect(end.stdout).toMatch(/^fio: set debug option parse\n/);
    expect(end.stdout).toMatch(/^parse {4}\d+ +a: bs=8192$/m);
  });

  it('prints the begin of each random stream, which randseed decides', async () => {
    const seeds = async (...words: string[]) => {
      const { stdout } = await fio([...job, '--debug=random,job', '--output-format=terse', ...words]);
      expect(stdout).toMatch(/^job {6}\d+ +a\.0: group 0, null at depth 1, 1 file, 1048576 bytes, seed \d+$/m);
      return stdout.match(/rand_seeds\[\d+\]=\d+/g);
    };
    const [same, again, other] = [await seeds(), await seeds(), await seeds('--randseed=7')];
    expect(same).toHaveLength(5);
    expect(again).toEqual(same);
    expect(other).not.toEqual(same);
  });
});

describe('while jobs run', () => {
  const long = [...job, '--rw=randrw', '--time_based', '--runtime=1500ms'];

  it('--status-interval prints whole documents one after the other', async () => {
    const { stdout, stderr } = await fio([...long, '--status-interval=300ms', '--output-format=json']);
    expect(stderr).toBe('');
    const documents = stdout.split(/^(?=\{$)/m).map((text) => JSON.parse(text) as FioDocument);
    expect(documents.length).toBeGreaterThan(1);
    const counts = documents.map(({ jobs }) => jobs[0]!.read.total_ios);
    expect(counts).toEqual([...counts].sort((left, right) => left - right));
    expect(counts[0]).toBeGreaterThan(0);
    expect(documents[0]!.jobs[0]!.iodepth_level['1']).toBe(100);
    // Rates are those of the time so far, not of the runtime: a part of a run is as fast as the whole, by and large.
    expect(documents[0]!.jobs[0]!.read.iops).toBeGreaterThan(documents.at(-1)!.jobs[0]!.read.iops / 20);
  });

  it('--bandwidth-log has samples of all jobs', async () => {
    const cwd = scratchFolder();
    const words = [...long, '--bwavgtime=200', '--bandwidth-log=all', '--minimal'];
    expect((await fio(words, { cwd })).stderr).toBe('');
    const lines = fs.readFileSync(path.join(cwd, 'all-read_bw.log'), 'utf8').trim().split('\n');
    expect(lines[0]).toMatch(/^\d+, [1-9]\d*, 0, 0, 0$/);
    expect(fs.readFileSync(path.join(cwd, 'all-trim_bw.log'), 'utf8')).toMatch(/^\d+, 0, 2, 0, 0$/m);
  });

  it('--eta=always puts the line on stdout, never keeps it away', async () => {
    const { stdout } = await fio([...long, '--eta=always', '--eta-interval=250ms', '--eta-newline=500ms']);
    // Without the rest in the first three seconds, which a busy machine may need to prepare.
    expect(stdout).toMatch(/Jobs: 1 \(f=1\)(?: *|: \[.*\])\r/);
    expect(stdout).toMatch(/\n\rJobs|\r\nJobs/);
    expect((await fio([...long, '--eta=never'])).stdout).not.toContain('Jobs:');
    expect((await fio([...long, '--eta=always', '--output-format=json'])).stdout).toMatch(/^\{\n/);
  });

  it('a signal ends it with what was measured, and status 128', async () => {
    const child = start(['fio', ...long, '--runtime=60', '--output-format=json', '--status-interval=300ms']);
    // The first status says that the job runs.
    child.stdout!.once('data', () => child.kill('SIGINT'));
    const end = await ended(child);
    expect(end.status).toBe(128);
    expect(end.stderr).toBe('\nfio: terminating on signal 2\n');
    expect(JSON.parse(end.stdout.split(/^(?=\{$)/m).at(-1)!)).toMatchObject({ iotest: { interrupted: true } });
  });
});

interface FioDocument {
  readonly jobs: readonly {
    readonly read: { readonly total_ios: number; readonly iops: number };
    readonly iodepth_level: Readonly<Record<string, number>>;
  }[];
}

describe('mistakes', () => {
  it('are told all at once, with their place, and status 1', async () => {
    const end = await fio(['--name=a', '--rw=foo', '--bs=4x', '--size=1m']);
    expect([end.status, end.stdout]).toEqual([1, '']);
    expect(end.stderr).toMatch(/^--rw: rw: "foo".*\n {4}--rw=foo\n {9}\^/m);
    expect(end.stderr).toMatch(/^--bs: bs: "4x"/m);
  });

  it('name the section that is not there', async () => {
    const end = await fio(['--section=b', '-'], { input: '[a]\nioengine=null\nsize=1m\n' });
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('no section "b"');
  });

  it.each([['write'], ['randtrim'], ['randrw']])('--readonly keeps rw=%s from running', async (rw) => {
    const end = await fio([...job, `--rw=${rw}`, '--readonly']);
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('read-only');
  });

  it('--warnings-fatal makes doubts errors', async () => {
    const words = [...job, '--time_based'];
    expect((await fio(words)).status).toBe(0);
    const end = await fio([...words, '--warnings-fatal']);
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('time_based');
  });
});

describe('a small limit on files (ulimit -f)', () => {
  const limited = (kib: number, words: readonly string[]) => {
    const cwd = scratchFolder({ data: 'x'.repeat(1 << 20) });
    const line = `ulimit -f ${kib}; exec "$0" fio --name=a --filename=data --size=1m "$@"`;
    return spawnSync('bash', ['-c', line, executable, ...words], { cwd, encoding: 'utf8', input: '' });
  };

  it('does not keep a job from reading', () => {
    const { status, stderr, stdout } = limited(64, ['--rw=read', '--bs=4k', '--output-format=json']);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ jobs: [{ read: { total_ios: 256 } }] });
  });

  it('is named where it leaves too little room, and where a write meets it', () => {
    const none = limited(8, ['--rw=read', '--bs=4k']);
    expect(none.status).toBe(1);
    expect(none.stderr).toContain('no file may be larger than 8 KiB (ulimit -f)');
    expect(none.stderr).toContain('ulimit -f 16 in bash');
    const write = limited(64, ['--rw=write', '--bs=4k']);
    expect(write.status).toBe(1);
    expect(write.stderr).toContain('raise the limit (ulimit -f)');
    expect(write.stderr).not.toContain('bug of iotest');
  });
});

describe('runs', () => {
  it('take jobs of the command line, of files and of standard input, in that order', async () => {
    const cwd = scratchFolder({ 'one.fio': '[one]\nrw=write\n[other]\n', 'two.fio': '[global]\nsize=8k\n[two]\n' });
    const words = ['--ioengine=null', '--size=4k', '--name=cli', '--section=cli', '--section=one', '--section=two'];
    const end = await fio([...words, '--section=stdin', '--output-format=json', 'one.fio', 'two.fio', '-'], {
      cwd,
      input: '[stdin]\nioengine=null\nsize=4k\n',
    });
    // The second file has defaults of its own: without the command line's engine it makes a file.
    expect([end.stderr, end.status]).toEqual(['', 0]);
    const { jobs } = JSON.parse(end.stdout) as { jobs: { jobname: string; groupid: number }[] };
    expect(jobs.map(({ jobname, groupid }) => [jobname, groupid])).toEqual([
      ['cli', 0],
      ['one', 0],
      ['two', 1],
      ['stdin', 2],
    ]);
    expect(fs.existsSync(path.join(cwd, 'two.0.0'))).toBe(true);
  });

  it('print several formats, and save nothing unless asked', async () => {
    const cwd = scratchFolder();
    const end = await fio([...job, '--output-format=terse,json+,normal'], { cwd });
    expect(end.stdout).toMatch(/^3;fio-3/m);
    expect(end.stdout).toMatch(/^\{$/m);
    expect(end.stdout).toMatch(/"bins" : \{/);
    expect(end.stdout).toMatch(/^Run status group 0/m);
    expect(fs.readdirSync(cwd)).toEqual([]);
    expect((await fio([...job, '--results=kept'], { cwd })).status).toBe(0);
    expect(fs.readdirSync(path.join(cwd, 'kept'))).not.toEqual([]);
  });

  it("give a group of one job that job's bandwidth, also where verification has a time of its own", async () => {
    const end = await fio(['--name=a', '--size=4m', '--rw=write', '--verify=md5'], { cwd: scratchFolder() });
    const groups = [...end.stdout.matchAll(/^ +(READ|WRITE): bw=(\S+ \(\S+\)), (\S+)-(\S+) \((\S+)-(\S+)\)/gm)];
    expect(groups.map(([, direction]) => direction)).toEqual(['READ', 'WRITE']);
    for (const [, , all, least, most, leastOther, mostOther] of groups) {
      expect([`${least} (${leastOther})`, `${most} (${mostOther})`]).toEqual([all, all]);
    }
  });

  it('count the jobs that failed as exit status', async () => {
    const cwd = scratchFolder();
    const words = ['--size=1m', '--rw=write', '--directory=missing', '--name=a', '--numjobs=2', '--name=b'];
    const end = await fio(words, { cwd });
    expect(end.status).toBeGreaterThan(0);
    expect(end.stderr).not.toBe('');
  });

  it('say once what all clones met, before the run and in it', async () => {
    const missing = await fio(['--name=a', '--numjobs=3', '--size=1m', '--ioengine=psync', '--directory=none']);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toMatch(/^--name=a: directory=none: there is no such directory/);
    expect(missing.stderr.match(/no such directory/g)).toHaveLength(1);
    // Larger files than this may not be written, by anyone.
    const cwd = scratchFolder();
    fs.writeFileSync(path.join(cwd, 'data'), '');
    fs.truncateSync(path.join(cwd, 'data'), 16 << 20);
    const words = '--name=a --numjobs=3 --filename=data --offset=8m --size=1m --rw=write --ioengine=psync';
    const line = `trap '' XFSZ; ulimit -f 4096; exec "$0" fio ${words}`;
    const end = spawnSync('bash', ['-c', line, executable], { cwd, encoding: 'utf8' });
    expect(end.status).toBe(3);
    expect(end.stderr.match(/EFBIG/g)).toHaveLength(1);
    expect(end.stderr.replace(/\s+/g, ' ')).toContain('(3 times)');
  });
});
