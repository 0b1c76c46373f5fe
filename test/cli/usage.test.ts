import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Config } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { ended, executable, iotest, root, scratchFolder, start } from './command.js';

describe('--version', () => {
  it('prints what oclif would', async () => {
    const config = await Config.load({ root });
    expect(await iotest(['--version'])).toEqual({ stdout: `${config.userAgent}\n`, stderr: '', status: 0 });
  });

  it('has the names that others have for it', async () => {
    const { stdout } = await iotest(['--version']);
    for (const word of ['-V', '-v', 'version']) expect(await iotest([word])).toEqual({ stdout, stderr: '', status: 0 });
  });

  it('needs neither oclif nor the build, so that it is quick', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'bin'));
    copyFileSync(executable, join(folder, 'bin/run.js'));
    copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [join(folder, 'bin/run.js'), '--version']);
    expect(stdout).toMatch(/^iotest\/\d+\.\d+\.\d+ linux-/);
    await expect(run(process.execPath, [join(folder, 'bin/run.js'), 'jobs'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npm ci'),
    });
  });
});

describe('a name', () => {
  it('of a shipped job runs it, unless a file is called so', async () => {
    const shipped = await iotest(['check', 'quickstart']);
    expect({ status: shipped.status, isThere: shipped.stdout.includes('32-at-once') }).toEqual({
      status: 0,
      isThere: true,
    });
    const cwd = scratchFolder({ quickstart: '[own]\nioengine=null\nsize=1m\n' });
    expect((await iotest(['check', 'quickstart'], { cwd })).stdout).toContain('own: null');
    expect((await iotest(['check', 'quikstart'])).stderr).toContain('iotest run quickstart');
  });

  it('of a target that is not there ends a probe with what was meant', async () => {
    const cwd = scratchFolder({ 'data.tmp': 'x' });
    const { stderr, status } = await iotest(['probe', 'dta.tmp'], { cwd });
    expect({ stderr, status }).toEqual({
      stderr: 'iotest: there is no dta.tmp\n  → did you mean data.tmp?\n',
      status: 2,
    });
  });
});

it('IOTEST_RESULTS names the folder of results, and a flag beats it', async () => {
  const cwd = scratchFolder({ 'job.ini': '[a]\nioengine=null\nsize=1m\n' });
  const environment = { IOTEST_RESULTS: join(cwd, 'kept') };
  expect((await iotest(['run', 'job.ini', '-q'], { cwd, environment })).status).toBe(0);
  expect((await iotest(['results', '--format', 'csv'], { cwd, environment })).stdout.split('\n')).toHaveLength(3);
  const other = await iotest(['results', '--results', 'other'], { cwd, environment });
  expect(other.stdout + other.stderr).not.toContain(' null ');
});

describe('help', () => {
  it('lists the commands', async () => {
    for (const argv of [[], ['--help'], ['-h'], ['help']]) {
      const { stdout, stderr, status } = await iotest(argv);
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      for (const command of ['run', 'check', 'jobs', 'probe'])
        expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    }
  });

  it('is there for each command', async () => {
    const { stdout } = await iotest(['help', 'run']);
    expect(stdout).toBe((await iotest(['run', '--help'])).stdout);
    for (const flag of ['--engine', '--set', '--section', '--destructive', '--format', '--no-save']) {
      expect(stdout).toContain(flag);
    }
  });
});

describe('a wrong command line', () => {
  const usage = async (argv: readonly string[], cwd = scratchFolder()) => {
    const { stdout, stderr, status } = await iotest(argv, { cwd });
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).not.toMatch(/^\s+at /m);
    return stderr;
  };

  it('names the command that was meant', async () => {
    expect(await usage(['rnu', 'x.ini'])).toBe('iotest: unknown command "rnu"\n  → did you mean "iotest run"?\n');
    expect(await usage(['x.ini'])).toContain('iotest run x.ini');
  });

  it('names the flag that was meant, all of them at once', async () => {
    const text = await usage(['run', 'x.ini', '--engin', '--formatt']);
    expect(text).toContain('unknown flag --engin\n  → did you mean --engine?');
    expect(text).toContain('unknown flag --formatt\n  → did you mean --format?');
  });

  it('says what is missing, too much, or not a value', async () => {
    expect(await usage(['run'])).toContain('no job file is given');
    expect(await usage(['check'])).toContain('missing file');
    expect(await usage(['check', 'a.ini', 'b.ini'])).toContain('unexpected argument "b.ini"');
    const withJob = scratchFolder({ 'a.ini': '[a]\nioengine=null\nsize=1m\n' });
    expect(await usage(['run', 'a.ini', '--output', 'a.ini'], withJob)).toContain('is the job file itself');
    expect(await usage(['run', 'a.ini', '--format', 'xml'])).toBe(
      'iotest: --format: "xml" is not one of its values\n  → it takes text, json or json+\n',
    );
    expect(await usage(['run', 'a.ini', '--format', 'jsn'])).toContain('did you mean json?');
    expect(await usage(['run', 'a.ini', '--format'])).toContain(
      '--format needs a value\n  → it takes text, json or json+',
    );
    expect(await usage(['run', 'a.ini', '--repeat', 'abc'])).toContain('--repeat: "abc" is no whole number');
    expect(await usage(['results', 'export', 'latest'])).toContain('--format is missing');
    expect(await usage(['-x'])).toContain('unknown flag -x');
    expect(await usage(['nonsense'])).toMatch(/results\s+accept,\s+results\s+export,\s/);
    expect(await usage(['run', 'nothing.ini'])).toContain('there is no job file nothing.ini');
    expect(await usage(['run', '.'])).toContain('is a directory');
  });

  it('shows a stack only when asked', async () => {
    const { stderr } = await iotest(['run', 'nothing.ini'], { environment: { IOTEST_DEBUG: '1' } });
    expect(stderr).toMatch(/^\s+at /m);
  });

  it('is plain ASCII without a UTF-8 locale, and coloured when forced', async () => {
    const ascii = await iotest(['rnu'], { environment: { LANG: 'C' } });
    expect(ascii.stderr).toMatch(/^[\x20-\x7e\n]+$/);
    const forced = { FORCE_COLOR: '1' };
    expect((await iotest(['rnu'], { environment: forced })).stderr).toContain('\u001b[');
    expect((await iotest(['rnu'], { environment: { ...forced, NO_COLOR: '1' } })).stderr).not.toContain('\u001b[');
    expect((await iotest(['jobs', 'x', '--no-color'], { environment: forced })).stderr).not.toContain('\u001b[');
  });
});

const badJob = '[global]\nsize=16m\n\n[a]\nrw=randread\niodpeth=32\nbs=4q\nioengine=io_urin\n';

describe('a bad job file', () => {
  it('is reported whole: each problem with place, line, caret and advice', async () => {
    const cwd = scratchFolder({ 'bad.ini': badJob });
    for (const command of ['check', 'run']) {
      const { stdout, stderr, status } = await iotest([command, 'bad.ini'], { cwd });
      expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
      expect(stderr).toContain(
        'bad.ini:6:1: unknown option "iodpeth"\n    iodpeth=32\n    ^\n  → did you mean "iodepth"?\n',
      );
      expect(stderr).toMatch(/bad\.ini:7:4: .*"4q".*\n {4}bs=4q\n {7}\^|bad\.ini:7:5: .*\n {4}bs=4q\n {8}\^/);
      expect(stderr).toMatch(
        /bad\.ini:8:10: .*io_urin.*\n {4}ioengine=io_urin\n {13}\^\n {2}→ did you mean "io_uring"\?/,
      );
      expect(stderr).toMatch(/3 problems\n$/);
    }
  });

  it('is JSON alone with --format json', async () => {
    const cwd = scratchFolder({ 'bad.ini': badJob });
    for (const argv of [
      ['run', 'bad.ini', '--format', 'json'],
      ['run', 'bad.ini', '--format=json+'],
      ['check', 'bad.ini', '--format=json'],
    ]) {
      const { stdout, stderr, status } = await iotest(argv, { cwd });
      expect({ stderr, status }).toEqual({ stderr: '', status: 2 });
      const { error } = JSON.parse(stdout) as { error: { code: string; problems: { line: number }[] } };
      expect(error.code).toBe('usage');
      expect(error.problems.map(({ line }) => line)).toEqual([6, 7, 8]);
    }
  });
});

describe('jobs', () => {
  it('lists what is shipped, each with its purpose', async () => {
    const { stdout, status } = await iotest(['jobs']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^quickstart +\w+/m);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('prints one as it is, wherever it is run', async () => {
    const text = readFileSync(join(root, 'jobs/quickstart.ini'), 'utf8');
    expect((await iotest(['jobs', 'quickstart'])).stdout).toBe(text);
    expect((await iotest(['jobs', 'quickstart.ini'])).stdout).toBe(text);
  });

  it('names the one that was meant', async () => {
    const { stderr, status } = await iotest(['jobs', 'quikstart']);
    expect(status).toBe(2);
    expect(stderr).toContain('did you mean "quickstart"?');
  });

  it('ends quietly when nobody reads', async () => {
    const command = `"${executable}" jobs quickstart | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command]);
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });
});

describe('probe', () => {
  it('is valid JSON', async () => {
    const folder = scratchFolder({ data: 'x' });
    const { stdout, status } = await iotest(['probe', 'data', '--format', 'json'], { cwd: folder });
    expect(status).toBe(0);
    const probe = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
    expect(typeof probe.io_uring!.available).toBe('boolean');
    expect(typeof probe.libaio!.available).toBe('boolean');
    expect(probe.target).toMatchObject({ path: 'data', kind: 'file', sizeBytes: 1 });
    expect(probe.targetReads).toHaveProperty('nowaitBuffered');
  });

  it('is text for people', async () => {
    const { stdout, status } = await iotest(['probe', '/']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^target \/\n/);
    expect(stdout).toContain('libaio\n');
    expect(stdout).not.toMatch(/^(?:setup flags|operations|ring of)/m);
    expect((await iotest(['probe'])).stdout).toMatch(/^libaio$/m);
  });

  it('draws the ring that is asked for, and refuses one that cannot be', async (context) => {
    const { stdout } = await iotest(['probe', '--entries', '100', '--format', 'json']);
    const { io_uring } = JSON.parse(stdout) as { io_uring: { available: boolean; anatomy: Record<string, unknown> } };
    if (!io_uring.available) return context.skip('io_uring is not available here');
    expect(io_uring.anatomy).toMatchObject({ entriesAsked: 100, sqEntries: 128, cqEntries: 256, sqesBytes: 8192 });
    expect((await iotest(['probe', '--entries', '100'])).stdout).toContain('ring of 128 entries (100 asked');
    const refused = await iotest(['probe', '--entries', '32769']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('32768');
  });
});

it('says what is wrong with the number of a flag', async () => {
  for (const verb of ['run', 'gate']) {
    const { stderr, status } = await iotest([verb, 'job.ini', '--repeat', '0']);
    expect(stderr).toMatch(/--repeat: 0 is less than 1/);
    expect(status).toBe(2);
  }
});

/** `iotest` runs them in the tests' own process. */
describe('a command that only reads says in a process of its own what it says here', () => {
  it.each([
    ['check job.ini'],
    ['compare none.json none.json'],
    ['completion bash'],
    ['fio --parse-only job.ini'],
    ['gate --baseline none.json --current none.json'],
    ['history'],
    ['jobs'],
    ['options'],
    ['report none.json'],
    ['results'],
  ])('%s', async (words) => {
    const cwd = scratchFolder({ 'job.ini': '[a]\nioengine=null\nsize=1m\nbs=4k\n' });
    const argv = words.split(' ');
    expect(await iotest(argv, { cwd })).toEqual(await ended(start(argv, { cwd })));
  });
});
