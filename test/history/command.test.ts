/** `iotest history` and `iotest results accept` from outside, on folders of results made for the purpose. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FingerprintField } from '../../src/machine/fingerprint.js';
import type { IotestDocument } from '../../src/results/document.js';
import { serialiseResult } from '../../src/results/fio-json.js';
import { Random } from '../../src/support/random.js';
import { sampleFingerprintFields, sampleResult } from '../../src/testing/sample-result.js';
import { iotest, scratchFolder } from '../cli/command.js';

interface Made {
  /** How many IOPS. */
  readonly iops: number;
  readonly fields?: readonly FingerprintField[];
  readonly label?: string;
  readonly folder?: string;
  readonly jobName?: string;
  readonly interrupted?: boolean;
}

const dayMs = 86_400_000;
const firstDay = Date.UTC(2026, 0, 1, 12);
const idOf = (day: number) => `run-${String(day).padStart(4, '0')}`;

/** Noise of about this share, the same each time. */
function noisy(value: number, day: number, share = 0.003): number {
  const random = Random.fromSeed(day + 1);
  return value * (1 + share * (random.nextFraction() + random.nextFraction() + random.nextFraction() - 1.5) * 2);
}

/** A working directory whose `results` hold one result a day. */
function folderOf(all: readonly Made[]): string {
  const cwd = scratchFolder();
  mkdirSync(join(cwd, 'results'));
  const documents = new Map<readonly FingerprintField[] | undefined, IotestDocument>();
  for (const [day, { iops, fields, label, folder = '', jobName, interrupted = false }] of all.entries()) {
    const document = documents.get(fields) ?? sampleResult(fields === undefined ? {} : { fingerprint: fields });
    documents.set(fields, document);
    const job = document.jobs[0]!;
    const name = jobName ?? job.jobname;
    const text = serialiseResult({
      ...document,
      jobs: [{ ...job, jobname: name, read: { ...job.read, iops } }],
      iotest: {
        ...document.iotest,
        startedAt: new Date(firstDay + day * dayMs).toISOString(),
        interrupted,
        jobs: [{ ...document.iotest.jobs[0]!, jobName: name }],
      },
    });
    const place = join(cwd, 'results', folder);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `${idOf(day)}.json`), text);
    if (label !== undefined) writeFileSync(join(place, `${idOf(day)}.label`), `${label}\n`);
  }
  return cwd;
}

const levels = (...parts: readonly (readonly [count: number, iops: number])[]): Made[] =>
  parts
    .flatMap(([count, iops]) => new Array<number>(count).fill(iops))
    .map((iops, day) => ({ iops: noisy(iops, day) }));

interface HistoryDocument {
  readonly history: {
    readonly resultCount: number;
    readonly notes: readonly string[];
    readonly series: readonly {
      readonly job: string;
      readonly metric: string;
      readonly points: readonly { readonly id: string; readonly setAside: string | null }[];
      readonly reference: string;
      readonly sinceReference: { readonly ratio: number; readonly isWorse: boolean } | null;
      readonly changes: readonly {
        readonly after: string;
        readonly ratio: number;
        readonly interval: { readonly low: number; readonly high: number } | null;
        readonly isWorse: boolean;
        readonly alsoChanged: readonly { readonly field: string }[];
      }[];
    }[];
  };
}

async function historyOf(cwd: string, argv: readonly string[] = []): Promise<HistoryDocument['history']> {
  const { stdout, status } = await iotest(['history', ...argv, '--format', 'json'], { cwd });
  expect(status).toBe(0);
  return (JSON.parse(stdout) as HistoryDocument).history;
}

const iopsOf = ({ series }: HistoryDocument['history']) => series.find(({ metric }) => metric === 'iops')!;

describe('iotest history', () => {
  it('finds when a level changed, by how much, and what else did', async () => {
    const later = sampleFingerprintFields.map((field) =>
      field.name === 'kernel.release' ? { ...field, value: '6.19.0' } : field,
    );
    const all = levels([15, 1000], [15, 900]).map((made, day) => (day < 15 ? made : { ...made, fields: later }));
    const cwd = folderOf(all.map((made, day) => (day === 15 ? { ...made, label: 'new kernel' } : made)));
    const { changes, sinceReference } = iopsOf(await historyOf(cwd));
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ after: idOf(15), isWorse: true, alsoChanged: [{ field: 'kernel.release' }] });
    expect(changes[0]!.ratio).toBeCloseTo(0.9, 2);
    expect(changes[0]!.interval!.low).toBeLessThan(0.9);
    expect(changes[0]!.interval!.high).toBeGreaterThan(0.9);
    expect(sinceReference!.ratio).toBeCloseTo(0.9, 2);
    const { stdout, stderr } = await iotest(['history', '--charts'], { cwd });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^iotest history: 1 change in 30 results of results: 1 for the worse, 0 for the\nbetter\n/);
    expect(stdout).toContain('2026-01-16 12:00  -10.0 % worse');
    expect(stdout).toContain('run-0015 "new kernel"');
    expect(stdout).toContain('also changed: kernel.release 6.18.0 → 6.19.0');
    expect(stdout).toContain('○');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('finds a drift of which each step is 1.5 %', async () => {
    const cwd = folderOf(Array.from({ length: 30 }, (_, day) => ({ iops: noisy(1000 * 0.985 ** day, day) })));
    const { changes, sinceReference } = iopsOf(await historyOf(cwd));
    expect(changes.length).toBeGreaterThanOrEqual(3);
    expect(changes.every(({ isWorse }) => isWorse)).toBe(true);
    expect(sinceReference!.ratio).toBeLessThan(0.75);
    const { stdout } = await iotest(['history', 'randread', '--metric', 'iops'], { cwd });
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /worse\) since the first result, 2026-01-01 12:00; \d changes in one direction are a drift/,
    );
  });

  it('says nothing changed where nothing did', async () => {
    const cwd = folderOf(levels([40, 1000]));
    expect(iopsOf(await historyOf(cwd)).changes).toEqual([]);
    const { stdout } = await iotest(['history'], { cwd });
    expect(stdout).toMatch(/^iotest history: no change found in 40 results of results\n/);
    expect(stdout).toContain('read IOPS 999: no change in 40 results');
  });

  it('works with no result, with one, and with too few', async () => {
    for (const [count, words] of [
      [0, 'there is no complete result in results'],
      [1, 'iotest history: too few to tell a change in 1 result of results'],
      [1, '1 result, too few to tell a change'],
      [3, 'iotest history: too few to tell a change in 3 results of results'],
      [3, '3 results, too few to tell a change'],
    ] as const) {
      const cwd = folderOf(levels([count, 1000]));
      for (const format of count === 3 ? ['table'] : ['table', 'markdown', 'csv', 'json', 'html']) {
        const { status, stderr, stdout } = await iotest(['history', '--format', format, '--charts'], { cwd });
        expect([format, status, stderr]).toEqual([format, 0, '']);
        if (format === 'table') expect(stdout.replace(/\s+/g, ' ')).toContain(words);
      }
    }
    const none = await iotest(['history', '--results', 'nowhere'], {});
    expect(none).toMatchObject({ status: 2, stdout: '' });
    expect(none.stderr).toContain('there is no results folder nowhere');
  });

  it('works with a thousand', async () => {
    const cwd = folderOf(levels([500, 1000], [500, 980]));
    const { changes } = iopsOf(await historyOf(cwd));
    expect(changes).toMatchObject([{ after: idOf(500) }]);
  }, 240_000);

  it('keeps jobs apart, counts what was set aside, and leaves out what was interrupted', async () => {
    const fast = levels([12, 1000], [12, 800]);
    const cwd = folderOf([
      ...fast.map((made, day) => (day < 12 ? made : { ...made, folder: 'rejected' })),
      ...levels([24, 50_000]).map((made) => ({ ...made, jobName: 'other' })),
      { iops: 1, interrupted: true },
    ]);
    const history = await historyOf(cwd);
    expect(history.resultCount).toBe(48);
    expect(history.notes).toEqual(['1 result is left out: interrupted, or with jobs that met errors']);
    const [first, other] = ['randread', 'other'].map(
      (job) => history.series.find((each) => each.job === job && each.metric === 'iops')!,
    );
    expect(first!.changes).toMatchObject([{ after: idOf(12) }]);
    expect(first!.points.filter(({ setAside }) => setAside === 'rejected')).toHaveLength(12);
    expect(other!.changes).toEqual([]);
    expect((await historyOf(cwd, ['other'])).series.map(({ job }) => job)).toEqual(['other', 'other']);
    const wrong = await iotest(['history', 'othr'], { cwd });
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('did you mean "other"?');
    expect((await iotest(['history', '--metric', 'p98'], { cwd })).stderr).toContain('there is no metric "p98"');
  });

  it('prints what is hostile as harmless text in every format', async () => {
    const hostile = '\u001b[31mred\u001b[0m|<script>alert(1)</script>';
    const made = levels([10, 1000], [10, 500]).map((each, day) => ({
      ...each,
      jobName: hostile,
      ...(day === 10 ? { label: hostile } : {}),
    }));
    const cwd = folderOf(made);
    for (const format of ['table', 'markdown', 'csv', 'html']) {
      const { stdout, status } = await iotest(['history', '--format', format], { cwd });
      expect([format, status]).toEqual([format, 0]);
      expect([format, stdout.includes('\u001b')]).toEqual([format, false]);
      expect([format, format === 'html' && stdout.includes('<script>')]).toEqual([format, false]);
    }
    expect(iopsOf(await historyOf(cwd)).changes).toHaveLength(1);
  });

  it('makes a page, Markdown and CSV of it', async () => {
    const cwd = folderOf(levels([15, 1000], [15, 900]));
    const { status } = await iotest(['history', '--format', 'html', '--title', 'Disk 7', '-o', 'history.html'], {
      cwd,
    });
    expect(status).toBe(0);
    const page = readFileSync(join(cwd, 'history.html'), 'utf8');
    for (const words of ['<title>Disk 7</title>', 'read IOPS of randread: randread 4096B, io_uring', '-10.0 % worse']) {
      expect([words, page.includes(words)]).toEqual([words, true]);
    }
    expect(/(?:src|href)="https?:/.test(page)).toBe(false);
    const markdown = (await iotest(['history', '--format', 'markdown'], { cwd })).stdout;
    expect(markdown).toMatch(/\| 2026-01-16 12:00 \| \*\*-10\.0 %\*\* worse \|/);
    const rows = (await iotest(['history', '--format', 'csv', '--metric', 'iops'], { cwd })).stdout.trim().split('\n');
    expect(rows).toHaveLength(31);
    expect(rows[16]).toMatch(/^randread,randread 4096B,io_uring,read,iops,iops,run-0015,/);
  });
});

describe('iotest results accept', () => {
  it('moves the reference, brings back what was set aside, and can be taken back', async () => {
    const made = levels([15, 1000], [15, 900]);
    const cwd = folderOf(made.map((each, day) => (day === 20 ? { ...each, folder: 'rejected' } : each)));
    expect(iopsOf(await historyOf(cwd))).toMatchObject({ reference: idOf(0), sinceReference: { isWorse: true } });
    const accepted = await iotest(['results', 'accept', idOf(20), 'the', 'new', 'checksum'], { cwd });
    expect(accepted).toMatchObject({ status: 0, stdout: '' });
    expect(accepted.stderr).toContain(`${idOf(20)} is accepted: the new checksum`);
    expect(readdirSync(join(cwd, 'results'))).toContain(`${idOf(20)}.json`);
    expect(iopsOf(await historyOf(cwd))).toMatchObject({ reference: idOf(20), sinceReference: null });
    expect((await iotest(['results'], { cwd })).stdout).toContain('a accepted: a reference begins with it');
    expect((await iotest(['results', 'accept', idOf(20), '--withdraw'], { cwd })).status).toBe(0);
    expect(iopsOf(await historyOf(cwd)).reference).toBe(idOf(0));
  });

  it('refuses what can be no reference', async () => {
    const cwd = folderOf([{ iops: 1000 }, { iops: 1000, interrupted: true }]);
    for (const [argv, words] of [
      [[idOf(1)], 'it was interrupted'],
      [['nothing'], 'no result "nothing"'],
      [[idOf(0), '--withdraw'], 'is not accepted'],
      [['--bogus', idOf(0)], '--bogus'],
    ] as const) {
      const { status, stderr } = await iotest(['results', 'accept', ...argv], { cwd });
      expect([argv, status]).toEqual([argv, 2]);
      expect(stderr).toContain(words);
    }
    expect(existsSync(join(cwd, 'results', `${idOf(1)}.accepted`))).toBe(false);
  });
});
