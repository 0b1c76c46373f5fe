/** `iotest results` from outside. Needs dist/, as the other tests of the command do. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HistogramLogReader } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import type { IotestDocument } from '../../src/results/document.js';
import { serialiseResult } from '../../src/results/fio-json.js';
import { parseResult } from '../../src/results/parse.js';
import { sampleEnginesResult, sampleResult } from '../../src/testing/sample-result.js';
import { iotest, scratchFolder } from '../cli/command.js';

const older = '20261122-110000-sample-aaaaaa';
const newer = '20261122-120000-sample-bbbbbb';

function startedAt(document: IotestDocument, time: string): string {
  return serialiseResult({ ...document, iotest: { ...document.iotest, startedAt: time } });
}

/** A working directory whose `results` hold two runs, and what is given. */
function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const cwd = scratchFolder();
  mkdirSync(join(cwd, 'results'));
  const all = {
    [`${older}.json`]: startedAt(sampleResult(), '2026-11-22T11:00:00.000Z'),
    [`${newer}.json`]: startedAt(sampleEnginesResult(), '2026-11-22T12:00:00.000Z'),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(cwd, 'results', name), text);
  return cwd;
}

const jsonIn = (cwd: string) => readdirSync(join(cwd, 'results')).filter((name) => name.endsWith('.json'));

describe('iotest results list', () => {
  it('is a table, newest first, and names what it skips', async () => {
    const cwd = folderWith({ 'broken.json': '{"fio version": "fio-3.42", "jobs": [}' });
    for (const argv of [['results'], ['results', 'list']]) {
      const { stdout, stderr, status } = await iotest(argv, { cwd });
      expect(status).toBe(0);
      const lines = stdout.trim().split('\n');
      expect(lines[0]).toMatch(/^ID +NAME +JOBS +ENGINES +IOPS +MEAN$/);
      expect(lines[1]).toMatch(/^20261122-120000 +sample +mixed +psync \+1 +\S+ +\S+ +e$/);
      expect(lines[2]).toMatch(/^20261122-110000 +sample +randread +io_uring +\d+ +\S+us$/);
      expect(stderr).toMatch(/^skipped broken\.json: not valid JSON/);
    }
  });

  it('is JSON and CSV for programs', async () => {
    const cwd = folderWith({ 'broken.json': '' });
    const json = await iotest(['results', 'list', '--format', 'json'], { cwd });
    expect(json.stderr).toBe('');
    const list = JSON.parse(json.stdout) as { results: { id: string }[]; skipped: { file: string }[] };
    expect(list.results.map(({ id }) => id)).toEqual([newer, older]);
    expect(list.skipped).toMatchObject([{ file: 'broken.json', message: 'the file is empty' }]);
    const csv = await iotest(['results', 'list', '--format', 'csv'], { cwd });
    const rows = csv.stdout.trim().split('\n');
    expect(rows).toHaveLength(3);
    expect(rows[1]).toContain(
      `${newer},${newer}.json,2026-11-22T12:00:00.000Z,iotest,sample,mixed,psync io_uring+sqpoll`,
    );
  });

  it('shows as many as asked, and says what it leaves out', async () => {
    const cwd = folderWith();
    const one = await iotest(['results', 'list', '--limit', '1'], { cwd });
    expect(one.stdout).not.toContain('20261122-110000');
    expect(one.stderr).toBe('1 older ones are not shown: --limit 0 shows all\n');
    const wrong = await iotest(['results', 'list', '--limit', 'x'], { cwd });
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('--limit x is no count');
  });

  it('says what is wrong with a folder that is not there, also in JSON', async () => {
    const text = await iotest(['results', 'list', '--results', 'none'], {});
    expect(text).toMatchObject({ status: 2, stdout: '' });
    expect(text.stderr).toContain('there is no results folder none');
    const json = await iotest(['results', 'list', '--results', 'none', '--format', 'json'], {});
    expect(JSON.parse(json.stdout)).toHaveProperty('error');
  });

  it('knows a mistyped action', async () => {
    const { stderr, status } = await iotest(['results', 'lsit'], { cwd: folderWith() });
    expect(status).toBe(2);
    expect(stderr).toContain('did you mean "iotest results list"?');
  });
});

describe('iotest results show', () => {
  it('gives the report of the run again', async () => {
    const cwd = folderWith();
    const { stdout, stderr, status } = await iotest(['results', 'show', '20261122-11'], { cwd });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(new RegExp(`^result ${older}\n`));
    expect(stdout).toContain('randread: io_uring');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const latest = await iotest(['results', 'show', 'latest'], { cwd });
    expect(latest.stdout).toContain(`result ${newer}\n`);
  });

  it('gives the fingerprint', async () => {
    const cwd = folderWith();
    const { stdout } = await iotest(['results', 'show', older, '--fingerprint'], { cwd });
    expect(stdout).toContain(`identity ${sampleResult().iotest.fingerprint!.identity}\n`);
    expect(stdout).toMatch(/^ {2}disk\.scheduler +none$/m);
    expect(stdout).toMatch(/^ {2}cpu\.governor +unknown: there is no scaling_governor here$/m);
  });

  it("shows fio's results too", async () => {
    const { iotest: _, ...fio } = sampleResult();
    const cwd = folderWith({ 'of-fio.json': JSON.stringify(fio) });
    const { stdout, status } = await iotest(['results', 'show', 'of-fio'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^randread +read +\d+/m);
  });

  it('says where a damaged one is wrong', async () => {
    const cwd = folderWith({ 'bad.json': '{\n"fio version": "fio-3.42",\n"jobs": [,]}' });
    const { stderr, status } = await iotest(['results', 'show', 'bad'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(/bad\.json:3:\d+: not valid JSON/);
    const none = await iotest(['results', 'show', 'xyz'], { cwd });
    expect(none.status).toBe(2);
    expect(none.stderr).toContain('no result "xyz" in results');
  });
});

describe('iotest results label', () => {
  it('is listed, and taken away by an empty one', async () => {
    const cwd = folderWith();
    const set = await iotest(['results', 'label', 'latest', 'before', 'the update'], { cwd });
    expect(set).toEqual({ stdout: '', stderr: `${newer}: before the update\n`, status: 0 });
    expect((await iotest(['results'], { cwd })).stdout).toContain('\n  before the update\n');
    expect((await iotest(['results', 'show', newer], { cwd })).stdout).toContain(
      `result ${newer}: before the update\n`,
    );
    const taken = await iotest(['results', 'label', newer, ''], { cwd });
    expect(taken.stderr).toBe(`${newer} has no label now\n`);
    expect((await iotest(['results'], { cwd })).stdout).not.toContain('before');
  });

  it('needs a text, and knows its flags', async () => {
    const cwd = folderWith();
    expect(await iotest(['results', 'label', 'latest'], { cwd })).toMatchObject({ status: 2 });
    const flag = await iotest(['results', 'label', 'latest', 'x', '--frce'], { cwd });
    expect(flag.status).toBe(2);
    expect(flag.stderr).toContain('--frce');
  });
});

describe('iotest results rm', () => {
  it('removes one and says which', async () => {
    const cwd = folderWith();
    const { stderr, status } = await iotest(['results', 'rm', '20261122-11'], { cwd });
    expect({ stderr, status }).toEqual({ stderr: `removed results/${older}.json\n`, status: 0 });
    expect(jsonIn(cwd)).toEqual([`${newer}.json`]);
  });

  it('removes several only with --yes, and none when one is wrong', async () => {
    const cwd = folderWith();
    const unasked = await iotest(['results', 'rm', older, newer], { cwd });
    expect(unasked.status).toBe(2);
    expect(unasked.stderr).toContain(`2 results would be removed: ${older}, ${newer}`);
    const wrong = await iotest(['results', 'rm', older, 'none', 'nothing', '--yes'], { cwd });
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('no result "none"');
    expect(wrong.stderr).toContain('no result "nothing"');
    const outside = await iotest(['results', 'rm', '../job'], { cwd });
    expect(outside.status).toBe(2);
    expect(jsonIn(cwd)).toHaveLength(2);
    // The same one twice is one.
    expect((await iotest(['results', 'rm', older, older], { cwd })).status).toBe(0);
    expect((await iotest(['results', 'rm', newer, '--yes'], { cwd })).status).toBe(0);
    expect(jsonIn(cwd)).toEqual([]);
  });
});

describe('iotest results export', () => {
  it('writes a log that HdrHistogram reads', async () => {
    const cwd = folderWith();
    const argv = ['results', 'export', older, '--format', 'hlog', '--output', 'out.hlog'];
    expect(await iotest(argv, { cwd })).toEqual({ stdout: '', stderr: '', status: 0 });
    const reader = new HistogramLogReader(readFileSync(join(cwd, 'out.hlog'), 'utf8'), 64);
    const histogram = reader.nextIntervalHistogram();
    expect(histogram!.totalCount).toBe(2000);
    expect(histogram!.tag).toBe('job:randread/eng:io_uring/op:read');
    expect(reader.nextIntervalHistogram()).toBeNull();
  });

  it('writes rows, and the whole document', async () => {
    const cwd = folderWith();
    const csv = await iotest(['results', 'export', newer, '--format', 'csv'], { cwd });
    const lines = csv.stdout.trim().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^result,job,engine,variant,repetition,direction,ios,bytes/);
    expect(lines[1]).toMatch(new RegExp(`^${newer},mixed,psync,psync,0,read,2800,`));
    const json = await iotest(['results', 'export', newer, '--format', 'json'], { cwd });
    expect(json.stdout).toBe(readFileSync(join(cwd, 'results', `${newer}.json`), 'utf8'));
  });

  it('says where it cannot write, and what it cannot give', async () => {
    const { iotest: _, ...fio } = sampleResult();
    const cwd = folderWith({ 'of-fio.json': JSON.stringify(fio) });
    const argv = ['results', 'export', newer, '--format', 'csv', '--output', 'none/out.csv'];
    expect(await iotest(argv, { cwd })).toMatchObject({ status: 1, stdout: '' });
    const hlog = await iotest(['results', 'export', 'of-fio', '--format', 'hlog'], { cwd });
    expect(hlog.status).toBe(2);
    expect(hlog.stderr).toContain("fio's JSON holds no HdrHistogram");
    expect((await iotest(['results', 'export', newer], { cwd })).status).toBe(2);
  });
});

describe('a run', () => {
  it('leaves a result with its fingerprint and how busy the machine was', async () => {
    const job = '[fast]\nioengine=psync\nfilename=data\nsize=64k\nrw=randread\nio_size=256k\n';
    const cwd = scratchFolder({ 'job.ini': job });
    for (const _ of [1, 2]) expect((await iotest(['run', 'job.ini', '--quiet'], { cwd })).status).toBe(0);
    const [first, second] = jsonIn(cwd).map((name) =>
      parseResult(readFileSync(join(cwd, 'results', name), 'utf8'), name),
    );
    const { fingerprint, noise } = first!.iotest!;
    expect(fingerprint!.fields.find(({ name }) => name === 'kernel.release')!.value).toBe(
      first!.iotest!.machine.kernel,
    );
    expect(fingerprint!.fields.find(({ name }) => name === 'target.kind')!.value).toBe('file');
    // Buffered, so memory decides.
    expect(fingerprint!.fields.find(({ name }) => name === 'memory.totalBytes')!.class).toBe('blocking');
    // The file was missing before the first run, and there before the second.
    expect(second!.iotest!.fingerprint!.identity).toBe(fingerprint!.identity);
    expect(noise!.before.durationMs).toBeGreaterThanOrEqual(95);
    // Too short a run to be followed by a look.
    expect(noise!.after.durationMs).toBeLessThan(noise!.before.durationMs);
    expect(noise!.isNoisy).toBe(noise!.reasons.length > 0);
  });

  it('keeps all of several that end at once, and lists meanwhile', async () => {
    const cwd = scratchFolder({ 'job.ini': '[fast]\nioengine=null\nsize=1m\nrw=randread\n' });
    mkdirSync(join(cwd, 'results'));
    const run = () => iotest(['run', 'job.ini', '--quiet'], { cwd });
    const list = () => iotest(['results', 'list', '--format', 'json'], { cwd });
    const ended = await Promise.all([run(), list(), run(), list(), run(), list()]);
    expect(ended.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0]);
    const { results, skipped } = JSON.parse((await list()).stdout) as {
      results: { file: string }[];
      skipped: unknown[];
    };
    expect(results.map(({ file }) => file).sort()).toEqual(jsonIn(cwd).sort());
    expect(results).toHaveLength(3);
    expect(skipped).toEqual([]);
  });

  it('has another fingerprint when another job runs', async () => {
    const job = '[fast]\nioengine=null\nsize=1m\nrw=randread\n';
    const cwd = scratchFolder({ 'job.ini': job });
    expect((await iotest(['run', 'job.ini', '--quiet'], { cwd })).status).toBe(0);
    expect((await iotest(['run', 'job.ini', '--quiet', '--set', 'bs=8k'], { cwd })).status).toBe(0);
    const { stdout } = await iotest(['results', 'list', '--format', 'json'], { cwd });
    const [one, other] = (JSON.parse(stdout) as { results: { identity: string; jobHash: string }[] }).results;
    expect(one!.jobHash).not.toBe(other!.jobHash);
    expect(one!.identity).not.toBe(other!.identity);
  });
});

it('iotest probe prints the fingerprint', async () => {
  const cwd = scratchFolder({ data: 'x' });
  const text = await iotest(['probe', 'data'], { cwd });
  expect(text.stdout).toMatch(/^fingerprint, blocking/m);
  expect(text.stdout).toMatch(/^ {2}target\.kind +file$/m);
  expect((await iotest(['probe'], { cwd })).stdout).not.toContain('disk.model');
  const { fingerprint } = JSON.parse((await iotest(['probe', 'data', '--format', 'json'], { cwd })).stdout) as {
    fingerprint: { name: string; value: unknown; reason?: string }[];
  };
  for (const field of fingerprint) expect(field.value === null, field.name).toBe(field.reason !== undefined);
});
