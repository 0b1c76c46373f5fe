/** `iotest compare` and `iotest gate` from outside, on the null engine and on files made for the purpose. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { buildResult } from '../../src/results/build.js';
import type { IotestDocument } from '../../src/results/document.js';
import { serialiseResult } from '../../src/results/fio-json.js';
import {
  sampleDirection,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from '../../src/testing/sample-result.js';
import { ended, iotest, scratchFolder, start } from '../cli/command.js';
import { documentIn, watchBegin } from '../faults/fault-lab.js';

const nullJob = '[global]\nioengine=null\nsize=1g\nio_size=4m\n\n[fast]\nrw=randread\n';

/** The text of a result of ten repetitions, `slowness` times slower. Without a fingerprint. */
function resultText(slowness: number, seed: number, repeat = 10): string {
  const steps = Array.from({ length: repeat }, (_, repetition) => {
    const median = slowness * 100_000 * (1 + 0.01 * Math.sin(repetition * 3 + seed));
    const directions = {
      read: sampleDirection(sampleLatencies(Math.round(1e9 / median), median, 100 * seed + repetition)),
      write: sampleDirection([]),
      trim: sampleDirection([]),
    };
    const report = sampleWorkerReport({ directions });
    return sampleStep({ repetition, workers: [sampleOutcome({ worker: samplePlannedWorker(), report })] });
  });
  return serialiseResult(buildResult(sampleResultInput(steps)));
}

const gate = (argv: readonly string[], cwd: string, environment: Record<string, string> = {}) =>
  iotest(['gate', ...argv], { cwd, environment });

describe('iotest gate on saved results', () => {
  const folder = () =>
    scratchFolder({ 'base.json': resultText(1, 1), 'same.json': resultText(1, 2), 'slow.json': resultText(1.3, 3) });
  const vary = ['--vary', 'fingerprint', '--tolerance', 'cpu=off'];

  it('passes what is the same, and fails what is slower with the metric named', async () => {
    const cwd = folder();
    const same = await gate(['--baseline', 'base.json', '--current', 'same.json', ...vary], cwd);
    expect(same).toMatchObject({ status: 0, stderr: '' });
    expect(same.stdout).toMatch(/^iotest gate: PASS\n/);
    const slow = await gate(['--baseline', 'base.json', '--current', 'slow.json', ...vary], cwd);
    expect(slow.status).toBe(3);
    expect(slow.stdout).toMatch(/^iotest gate: REGRESSION\n {2}randread read \w+ is \d\d\.\d % (higher|lower)/);
    expect(slow.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect((await gate(['--baseline', 'slow.json', '--current', 'base.json', ...vary], cwd)).stdout).toMatch(
      /IMPROVED/,
    );
  });

  it('tells CI in every form', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'summary.md'), 'before\n');
    const argv = ['--baseline', 'base.json', '--current', 'slow.json', ...vary, '--format', 'json'];
    const files = ['--junit', 'gate.xml', '--markdown', 'gate.md'];
    const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') };
    const { stdout, stderr, status } = await gate([...argv, ...files], cwd, github);
    expect(status).toBe(3);
    expect((JSON.parse(stdout) as { gate: unknown }).gate).toMatchObject({ verdict: 'regression', exitCode: 3 });
    expect(stderr).toMatch(/^::error title=iotest gate::regression/);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(10);
    expect(readFileSync(join(cwd, 'gate.xml'), 'utf8')).toContain('<failure type="regression"');
    expect(readFileSync(join(cwd, 'summary.md'), 'utf8')).toMatch(/^before\n## 🔴 iotest gate: regression/);
    expect(readFileSync(join(cwd, 'gate.md'), 'utf8')).toContain('🔴 regression');
  });

  it('refuses machines it knows nothing of, other jobs, and too few repetitions unless that is allowed', async () => {
    const cwd = folder();
    const { iotest: _, ...fio } = JSON.parse(resultText(1, 1)) as Record<string, unknown>;
    writeFileSync(join(cwd, 'fio.json'), JSON.stringify(fio));
    const unknown = await gate(['--baseline', 'base.json', '--current', 'fio.json'], cwd);
    expect(unknown.status).toBe(5);
    expect(unknown.stdout).toContain('fingerprint differs');
    writeFileSync(join(cwd, 'other.json'), resultText(1, 4).replaceAll('"randread"', '"write"'));
    const other = await gate(['--baseline', 'base.json', '--current', 'other.json', ...vary], cwd);
    expect(other.status).toBe(5);
    expect(other.stdout).toContain('no job is on both sides');
    writeFileSync(join(cwd, 'one.json'), resultText(2, 5, 1));
    const argv = ['--baseline', 'base.json', '--current', 'one.json', ...vary];
    expect((await gate(argv, cwd)).status).toBe(4);
    expect((await gate([...argv, '--strict'], cwd)).status).toBe(4);
    expect((await gate([...argv, '--inconclusive-ok'], cwd)).status).toBe(0);
  });

  it('runs nothing where the machine is known to be another one beforehand', async () => {
    const cwd = scratchFolder({ 'job.ini': '[r]\nfilename=data\nsize=1m\nrw=read\n' });
    expect(
      (await iotest(['run', 'job.ini', '--no-save', '-q', '--format', 'json', '-o', 'base.json'], { cwd })).status,
    ).toBe(0);
    rmSync(join(cwd, 'data'));
    const own = JSON.parse(readFileSync(join(cwd, 'base.json'), 'utf8')) as IotestDocument;
    const fields = own.iotest.fingerprint!.fields.map((field) =>
      field.name === 'cpu.model' ? { ...field, value: 'another one' } : field,
    );
    const other = { ...own, iotest: { ...own.iotest, fingerprint: { ...own.iotest.fingerprint!, fields } } };
    writeFileSync(join(cwd, 'other.json'), JSON.stringify(other));
    const end = await gate(['--baseline', 'other.json', '--run', 'job.ini'], cwd);
    expect(end.status).toBe(5);
    expect(end.stdout).toMatch(/^iotest gate: INCOMPARABLE\n {2}cpu\.model differs: another one → [^\n]+\n\n/);
    expect(end.stdout).toContain('nothing was run');
    expect(existsSync(join(cwd, 'data'))).toBe(false);
  });

  it('names what is wrong with damaged files', async () => {
    const cwd = folder();
    const text = resultText(1, 6, 1);
    writeFileSync(join(cwd, 'cut.json'), text.slice(0, text.length / 2));
    writeFileSync(join(cwd, 'new.json'), text.replace(/"schemaVersion"\s*:\s*\d+/, '"schemaVersion": 999'));
    writeFileSync(join(cwd, 'nan.json'), text.replace(/"iops"\s*:\s*[\d.]+/, '"iops": NaN'));
    for (const [file, words] of [
      ['cut.json', 'not valid JSON'],
      ['new.json', 'schema version 999 is newer'],
      ['nan.json', 'not valid JSON'],
      ['none.json', 'there is no file none.json'],
    ] as const) {
      const { status, stdout, stderr } = await gate(['--baseline', 'base.json', '--current', file], cwd);
      expect([file, status, stdout]).toEqual([file, 2, '']);
      expect(stderr).toContain(words);
      expect(stderr).not.toMatch(/ {4}at |bug of iotest/);
    }
  });

  it('refuses commands that mean nothing, before it runs anything', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    for (const [argv, words] of [
      [[], 'nothing to judge'],
      [['--ab', 'job.ini'], '1 files are given, 2 expected'],
      [['--ab', '--aa', 'job.ini'], '--ab and --aa exclude each other'],
      [['--aa', 'job.ini', '--vary', 'kernel'], '--vary has no meaning'],
      [['--ab', 'job.ini', 'job.ini', '--baseline', 'x'], '--ab has its baseline in the first file'],
      [['--baseline', 'x', '--current', 'y', '--repeat', '3'], '--repeat changes how jobs run'],
      [['--run', 'job.ini'], '--run needs a --baseline'],
      [['--aa', 'job.ini', '--tolerance', 'p98=1%'], 'there is no metric "p98"'],
      [['--aa', 'job.ini', '--budget', 'soon'], '--budget soon is no time above 0'],
      [['--baseline', 'b', '--run', 'job.ini', '--budget', '5m'], '--budget has no meaning against a folder'],
      [['--aa', 'job.ini', '--strict', '--inconclusive-ok'], 'contradict each other'],
    ] as const) {
      const { status, stderr } = await gate(argv, cwd);
      expect([argv, status]).toEqual([argv, 2]);
      expect(stderr).toContain(words);
    }
    expect(readdirSync(cwd)).toEqual(['job.ini']);
  });
});

describe('iotest gate that runs', () => {
  it('starts a baseline, keeps runs in it, and judges by it', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    const argv = ['--baseline', 'base', '--run', 'job.ini', '--repeat', '1', '--quiet'];
    const first = await gate(argv, cwd);
    expect(first).toMatchObject({ status: 4, stderr: '' });
    expect(first.stdout).toContain('there is no earlier result of these jobs in base');
    const second = await gate([...argv, '--inconclusive-ok'], cwd);
    expect(second.status).toBe(0);
    expect(second.stdout.replace(/\s+/g, ' ')).toContain('1 earlier result, at least 6 are needed');
    expect(
      readdirSync(join(cwd, 'base')).filter((name) => name.endsWith('.json') && !name.startsWith('.')),
    ).toHaveLength(2);
  });

  it('finds a run far below the earlier ones, runs it again, and keeps it out of the baseline', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    const argv = ['--baseline', 'base', '--run', 'job.ini', '--repeat', '1', '--quiet'];
    await gate(argv, cwd);
    const base = join(cwd, 'base');
    const results = () => readdirSync(base).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
    const text = readFileSync(join(base, results()[0]!), 'utf8');
    for (let number = 0; number < 6; number++) {
      const document = JSON.parse(text) as { jobs: { read: { iops: number } }[]; iotest: { startedAt: string } };
      document.jobs[0]!.read.iops *= 10_000 * (1 + number / 1000);
      document.iotest.startedAt = new Date(Date.UTC(2020, 0, number + 1)).toISOString();
      writeFileSync(join(base, `earlier-${number}.json`), JSON.stringify(document));
    }
    for (const name of results().filter((name) => !name.startsWith('earlier'))) rmSync(join(base, name));
    const { status, stdout } = await gate(argv, cwd);
    expect(status).toBe(3);
    expect(stdout).toContain('what looked worse was');
    expect(stdout).toMatch(/fast read IOPS is \d+\.?\d* % lower, beyond the tolerance/);
    expect(results()).toHaveLength(6);
    expect(readdirSync(join(base, 'rejected'))).toHaveLength(1);
  });

  it('stops at what is plain: a fifth fewer I/Os by a rate, looked at twice', async () => {
    const job = (rate: number) =>
      `[job]\nioengine=null\nrw=randread\nsize=1g\nrate_iops=${rate}\nruntime=200ms\ntime_based\n`;
    const cwd = scratchFolder({ 'old.ini': job(2000), 'new.ini': job(1000) });
    const argv = ['--ab', 'old.ini', 'new.ini', '--repeat', '6', '--format', 'json'];
    const { status, stdout, stderr } = await gate([...argv, '--tolerance', 'open-p99=off'], cwd);
    expect(status).toBe(3);
    const { gate: document } = JSON.parse(stdout) as {
      gate: { reasons: string[]; metrics: { currentCount: number }[] };
    };
    expect(document.reasons.join()).toMatch(/job read IOPS is [45]\d\.\d % lower/);
    expect(document.metrics[0]!.currentCount).toBe(8);
    expect(stderr).toContain('--repeat allows 6 pairs');
    expect(stderr).toContain('after 6 pairs it looks worse: looking again after 8');
    expect(readdirSync(join(cwd, 'results')).filter((name) => name.endsWith('.json'))).not.toHaveLength(0);
  });

  it('says beforehand what nothing can be decided by, and runs nothing', async () => {
    const timed = (rw: string, more = '') => `[job]\nioengine=null\nrw=${rw}\nsize=1g\nruntime=1h\ntime_based\n${more}`;
    const cwd = scratchFolder({
      'job.ini': timed('randread'),
      'write.ini': timed('randwrite'),
      'large.ini': timed('randread', 'bs=64k\n'),
      'other.ini': timed('randread').replace('[job]', '[other]'),
      'base.json': resultText(1, 1, 8),
    });
    for (const [argv, status, words] of [
      [['--aa', 'job.ini', '--repeat', '2'], 4, '--repeat 2: 6 pairs are the least'],
      [['--aa', 'job.ini', '--budget', '1m'], 4, 'have room for 0: 6 pairs are the least'],
      [['--ab', 'job.ini', 'write.ini'], 5, 'job does something else: rw is randwrite, was randread'],
      [['--ab', 'job.ini', 'large.ini'], 5, 'read block size is 65536, was 4096'],
      [['--ab', 'job.ini', 'other.ini'], 5, 'no job is on both sides'],
      [['--baseline', 'base.json', '--run', 'job.ini'], 5, 'no job is on both sides'],
    ] as const) {
      const ended = await gate(argv, cwd);
      expect([argv, ended.status]).toEqual([argv, status]);
      expect(ended.stdout.replace(/\s+/g, ' ')).toContain(words);
      expect(ended.stdout.replace(/\s+/g, ' ')).toContain('nothing was run');
    }
    expect(existsSync(join(cwd, 'results'))).toBe(false);
  });

  it('says first why it gave up early, where only the first pair told how long one takes', async () => {
    const cwd = scratchFolder({ 'job.ini': '[job]\nioengine=null\nrw=read\nsize=1m\nthinktime=2ms\n' });
    const { status, stdout } = await gate(['--aa', 'job.ini', '--budget', '2s'], cwd);
    expect(status).toBe(4);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /^iotest gate: INCONCLUSIVE one of the pairs takes [\d.]+s, so that 2s have room for 1: 6 pairs are the least/,
    );
    expect(stdout).toContain('1 pair, at least 6 are needed');
  });

  it('pairs jobs of several engines, of a file and of a saved result', async () => {
    const job = '[global]\nsize=1g\nrw=randread\nruntime=50ms\ntime_based\nrate_iops=1000\n';
    const text = `${job}[one]\nioengine=null\n[two]\nstonewall\nioengine=psync\nfilename=data\nsize=1m\n`;
    const cwd = scratchFolder({ 'job.ini': text });
    const run = await iotest(
      ['run', 'job.ini', '--repeat', '6', '--quiet', '--format', 'json', '--output', 'base.json'],
      { cwd },
    );
    expect(run.status).toBe(0);
    const argv = ['--baseline', 'base.json', '--run', 'job.ini', '--repeat', '6', '--quiet', '--format', 'json'];
    const { stdout } = await gate(argv, cwd);
    const { gate: document } = JSON.parse(stdout) as { gate: { metrics: { job: string; role: string }[] } };
    expect([...new Set(document.metrics.map((metric) => metric.job))]).toEqual(['one', 'two']);
    // 50 I/Os in a repetition: p50 is what they give of a latency.
    expect(document.metrics.filter(({ role }) => role === 'deciding')).toHaveLength(4);
  });

  it('refuses words of --vary that no field is called by', async () => {
    const cwd = scratchFolder({ 'a.json': resultText(1, 1), 'b.json': resultText(1, 2) });
    const { status, stderr } = await gate(['--baseline', 'a.json', '--current', 'b.json', '--vary', 'nonsense'], cwd);
    expect(status).toBe(2);
    expect(stderr).toContain('--vary nonsense: results have no field of that name');
  });
});

describe('iotest gate that is interrupted', () => {
  const longJob = '[job]\nioengine=null\nrw=randread\nsize=1g\nrate_iops=1000\nruntime=10m\ntime_based\n';

  /** Ends a gate by SIGINT some ms after it began to measure. */
  async function interrupted(argv: readonly string[], job: string, afterMs: number) {
    const cwd = scratchFolder({ 'job.ini': job });
    const { flags, hasBegun } = watchBegin();
    const child = start(['gate', ...argv, ...flags], { cwd });
    const end = ended(child);
    await hasBegun();
    await sleep(afterMs);
    child.kill('SIGINT');
    return { ...(await end), cwd };
  }

  const savedIn = (folder: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .map((name) => documentIn(readFileSync(join(folder, name), 'utf8')));

  it('keeps what was measured, judges nothing, and exits with 130', async () => {
    for (const [argv, folder] of [
      [['--aa', 'job.ini'], 'results'],
      [['--ab', 'job.ini', 'job.ini'], 'results'],
      [['--baseline', 'base', '--run', 'job.ini'], 'base'],
    ] as const) {
      const { status, stdout, cwd } = await interrupted(argv, longJob, 0);
      expect([argv, status]).toEqual([argv, 130]);
      expect(stdout).toMatch(/^iotest gate: INCONCLUSIVE\n {2}the run was interrupted/);
      expect(stdout).toContain(`saved as ${folder}/`);
      const [document, ...others] = savedIn(join(cwd, folder));
      expect(others).toEqual([]);
      expect(document!.iotest.interrupted).toBe(true);
      expect(document!.jobs[0]!.read.total_ios).toBeGreaterThan(0);
      expect(existsSync(join(cwd, 'results/.iotest-noise.json'))).toBe(false);
    }
  });

  it('says so in JSON too, with what was complete by then', async () => {
    const short = longJob.replace('runtime=10m', 'runtime=100ms');
    const argv = ['--baseline', 'base', '--run', 'job.ini', '--repeat', '1000', '--format', 'json'];
    const { status, stdout, cwd } = await interrupted(argv, short, 4000);
    expect(status).toBe(130);
    const { gate: document } = JSON.parse(stdout) as { gate: Record<string, unknown> };
    expect(document).toMatchObject({ verdict: 'inconclusive', exitCode: 130 });
    const [saved] = savedIn(join(cwd, 'base'));
    expect(saved!.iotest.repetitions.length).toBeLessThan(1000);
  });
});

describe('what cannot be written', () => {
  it('is named, fails a gate that passed, and hides no regression', async () => {
    const cwd = scratchFolder({
      'base.json': resultText(1, 1),
      'same.json': resultText(1, 2),
      'slow.json': resultText(1.3, 3),
    });
    const argv = (current: string) => ['--baseline', 'base.json', '--current', current, '--tolerance', 'cpu=off'];
    for (const [current, status, verdict] of [
      ['same.json', 1, 'PASS'],
      ['slow.json', 3, 'REGRESSION'],
    ] as const) {
      const ended = await gate([...argv(current), '--vary', 'fingerprint', '--junit', '/dev/full'], cwd);
      expect(ended.status).toBe(status);
      expect(ended.stdout).toContain(`iotest gate: ${verdict}`);
      expect(ended.stderr).toContain('/dev/full cannot be written: ENOSPC');
    }
  });

  it('is found out before a run where it can be', async () => {
    const cwd = scratchFolder({ 'job.ini': nullJob });
    const { status, stdout, stderr } = await gate(['--aa', 'job.ini', '--results', '/proc/self/results'], cwd);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('/proc/self/results cannot be written');
    const junit = await gate(['--aa', 'job.ini', '--junit', 'no/where.xml'], cwd);
    expect([junit.status, junit.stdout]).toEqual([1, '']);
    expect(junit.stderr).toContain('--junit no/where.xml cannot be written');
  });
});

describe('names of saved results', () => {
  const older = '20261122-110000-sample-aaaaaa';
  const newer = '20261122-120000-sample-bbbbbb';

  function folderWith(labels: Readonly<Record<string, string>> = {}): string {
    const cwd = scratchFolder();
    mkdirSync(join(cwd, 'results'));
    const at = (text: string, time: string) => text.replace(/"startedAt" ?: "[^"]*"/, `"startedAt" : "${time}"`);
    const files = {
      [`${older}.json`]: at(resultText(1, 1, 8), '2026-11-22T11:00:00.000Z'),
      [`${newer}.json`]: at(resultText(1.3, 2, 8), '2026-11-22T12:00:00.000Z'),
      ...Object.fromEntries(Object.entries(labels).map(([id, label]) => [`${id}.label`, `${label}\n`])),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, 'results', name), text);
    return cwd;
  }

  it('work in compare, report, gate and results show: ids, beginnings of them, latest and latest~1', async () => {
    const cwd = folderWith();
    for (const [before, after] of [
      ['latest~1', 'latest'],
      ['20261122-11', newer],
      [`${older}.json`, `results/${newer}.json`],
    ] as const) {
      const { stdout, status } = await iotest(['compare', before, after, '--format', 'json'], { cwd });
      expect([before, status]).toEqual([before, 0]);
      expect((JSON.parse(stdout) as { compare: { labels: unknown } }).compare.labels).toEqual([older, newer]);
    }
    const page = await iotest(['report', 'latest'], { cwd });
    expect(page.status).toBe(0);
    expect(page.stdout).toContain(newer);
    const vary = ['--vary', 'fingerprint', '--tolerance', 'cpu=off'];
    const judged = await gate(['--baseline', '20261122-11', '--current', 'latest', ...vary], cwd);
    expect(judged.status).toBe(3);
    expect(judged.stdout.replace(/\s+/g, ' ')).toContain(`${newer} against ${older}`);
    for (const word of ['latest~1', `results/${older}.json`, '20261122-11']) {
      const shown = await iotest(['results', 'show', word], { cwd });
      expect([word, shown.stdout.split('\n')[0]]).toEqual([word, `result ${older}`]);
    }
    mkdirSync(join(cwd, 'elsewhere'));
    const elsewhere = await iotest(['compare', 'latest~1', 'latest', '--results', '../results'], {
      cwd: join(cwd, 'elsewhere'),
    });
    expect(elsewhere.status).toBe(0);
  });

  it('that fit none or several are told with what there is', async () => {
    const cwd = folderWith();
    for (const [argv, words] of [
      [['compare', 'latest~2', 'latest'], 'there is no latest~2: there are 2 results in results'],
      [['compare', '20261122', 'latest'], '2 results begin with "20261122"'],
      [['compare', '20261122-120000-sample-bbbbbc', 'latest'], `did you mean "${newer}"?`],
      [['compare', 'latest', '--results', 'none'], 'there is no file latest, and no results folder none'],
      [['gate', '--baseline', 'latest~5', '--current', 'latest'], 'there is no latest~5'],
      [['report', 'none/such'], 'there is no file none/such'],
    ] as const) {
      const { status, stdout, stderr } = await iotest(argv, { cwd });
      expect([argv, status, stdout]).toEqual([argv, 2, '']);
      expect(stderr.replace(/\s+/g, ' ')).toContain(words);
    }
  });

  it('give way to labels in headings', async () => {
    const cwd = folderWith({ [older]: 'before the kernel update', [newer]: 'after it' });
    const { stdout } = await iotest(['compare', 'latest~1', 'latest'], { cwd });
    expect(stdout).toContain('before the kernel update → after it');
    expect((await iotest(['report', 'latest~1', 'latest'], { cwd })).stdout).toContain('before the kernel update');
    const same = folderWith({ [older]: 'one', [newer]: 'one' });
    const told = await iotest(['compare', 'latest~1', 'latest', '--format', 'csv'], { cwd: same });
    expect(told.stdout).toContain(`one (results/${older}.json)`);
  });
});

describe('a result that tells all I/O together', () => {
  it('is compared as mixed, ours and fio\u2019s', async () => {
    const job = `${nullJob}unified_rw_reporting=1\n`.replace('rw=randread', 'rw=randrw');
    const cwd = scratchFolder({ 'job.ini': job });
    const run = ['run', 'job.ini', '--format', 'json', '--no-save', '--quiet', '--output'];
    for (const name of ['a.json', 'b.json']) expect((await iotest([...run, name], { cwd })).status).toBe(0);
    const { iotest: _, ...fio } = JSON.parse(readFileSync(join(cwd, 'b.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(cwd, 'fio.json'), JSON.stringify(fio));
    for (const other of ['b.json', 'fio.json']) {
      const { stdout, status } = await iotest(['compare', 'a.json', other, '--format', 'csv'], { cwd });
      expect(status).toBe(0);
      expect(stdout).toMatch(/^fast,mixed IOPS,/m);
      expect(stdout).not.toMatch(/^fast,(?:read|write)/m);
    }
    expect((await iotest(['compare', 'a.json', 'b.json'], { cwd })).stdout).toContain('fast mixed latency: ');
  });
});

describe('iotest compare', () => {
  it('compares files, folders and fio output, in all formats', async () => {
    const text = resultText(1, 1, 8);
    const { iotest: _, ...fio } = JSON.parse(text) as Record<string, unknown>;
    const cwd = scratchFolder({ 'a.json': text, 'b.json': resultText(1.3, 2, 8), 'fio.json': JSON.stringify(fio) });
    const table = await iotest(['compare', 'a.json', 'b.json'], { cwd });
    expect(table).toMatchObject({ status: 0, stderr: '' });
    expect(table.stdout).toMatch(/read mean +\S+ +\S+ +1\.[23]\d\dx +1\.\d\d\d-1\.\d\d\d +\.000\d/);
    expect(table.stdout).toContain('randread read latency');
    expect(table.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const [format, start] of [
      ['markdown', /^###/],
      ['csv', /^job,metric/],
      ['json', /^\{/],
    ] as const) {
      const { stdout, status } = await iotest(['compare', 'a.json', 'b.json', 'fio.json', '--format', format], { cwd });
      expect(status).toBe(0);
      expect(stdout).toMatch(start);
      expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
    }
    const folder = await iotest(['compare', '.'], { cwd });
    expect(folder.stdout).toContain('3 results, ratios to a');
  });

  it('says what it cannot compare', async () => {
    const cwd = scratchFolder({ 'a.json': resultText(1, 1, 1), 'job.ini': nullJob });
    for (const [argv, words] of [
      [[], 'no results to compare'],
      [['a.json'], 'holds one result'],
      [['a.json', 'job.ini'], 'there is no JSON document in it'],
    ] as const) {
      const { status, stderr, stdout } = await iotest(['compare', ...argv], { cwd });
      expect([argv, status, stdout]).toEqual([argv, 2, '']);
      expect(stderr).toContain(words);
    }
  });
});
