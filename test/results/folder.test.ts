/** The results folder: what is listed, what is skipped, and the index as a mere shortcut. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acceptResult } from '../../src/results/acceptance.js';
import type { IotestDocument } from '../../src/results/document.js';
import { saveResult } from '../../src/results/files.js';
import { serialiseResult } from '../../src/results/fio-json.js';
import { findResultId, removeResult } from '../../src/results/folder.js';
import { findReference, indexFileName, listResults, type ReferenceQuery } from '../../src/results/index-file.js';
import { readLabel, writeLabel } from '../../src/results/labels.js';
import { UserError } from '../../src/support/errors.js';
import { sampleEnginesResult, sampleFingerprintFields, sampleResult } from '../../src/testing/sample-result.js';

let folder = '';

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-results-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A run on the given hour of a day. */
function runAt(hour: number, document: IotestDocument = sampleResult()): IotestDocument {
  const startedAt = new Date(Date.UTC(2026, 10, 22, hour)).toISOString();
  return { ...document, iotest: { ...document.iotest, startedAt } };
}

function put(name: string, text: string): void {
  fs.writeFileSync(path.join(folder, name), text);
}

const save = (document: IotestDocument) => saveResult(document, folder);
const ids = () => listResults(folder).results.map(({ id }) => id);
const indexPath = () => path.join(folder, indexFileName);

/** Names of the results that were read from their files while `act` ran. */
function filesReadBy(act: () => void): string[] {
  const spy = vi.spyOn(fs, 'openSync');
  act();
  const read = spy.mock.calls.map(([file]) => path.basename(String(file))).filter((name) => name.endsWith('.json'));
  spy.mockRestore();
  return read;
}

function errorOf(act: () => unknown): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('listResults', () => {
  it('gives the newest first, with what a table needs', async () => {
    await save(runAt(9));
    await save(runAt(11, sampleEnginesResult()));
    await save(runAt(10));
    const { results, skipped } = listResults(folder);
    expect(skipped).toEqual([]);
    expect(results.map(({ startedAt }) => startedAt.slice(11, 13))).toEqual(['11', '10', '09']);
    expect(results[0]).toMatchObject({
      source: 'iotest',
      name: 'sample',
      jobs: ['mixed'],
      engines: ['psync', 'io_uring+sqpoll'],
      failedJobCount: 1,
      interrupted: false,
      isNoisy: null,
      label: null,
    });
    expect(results[1]).toMatchObject({ jobs: ['randread'], failedJobCount: 0, repetitionCount: 1 });
    expect(results[1]!.headline.iops).toBeCloseTo(1000, 0);
    expect(results[1]!.identity).toBe(sampleResult().iotest.fingerprint!.identity);
    expect(results[1]!.file).toBe(`${results[1]!.id}.json`);
  });

  it('names damaged and foreign files, and lists the others all the same', async () => {
    await save(runAt(9));
    put('cut.json', serialiseResult(sampleResult()).slice(0, 4000));
    put('empty.json', '');
    put('foreign.json', '{"name": "package", "version": "1.0.0"}');
    put('newer.json', serialiseResult(sampleResult()).replace('"schemaVersion" : 1', '"schemaVersion" : 99'));
    put('notes.txt', 'not looked at');
    fs.mkdirSync(path.join(folder, 'sub.json'));
    fs.symlinkSync('nowhere.json', path.join(folder, 'dangling.json'));
    for (const round of ['from the files', 'from the index']) {
      const { results, skipped } = listResults(folder);
      expect(results, round).toHaveLength(1);
      expect(skipped.map(({ file, message }) => `${file}: ${message}`)).toEqual([
        expect.stringMatching(/^cut\.json: not valid JSON/),
        'dangling.json: it is not a regular file',
        'empty.json: the file is empty',
        expect.stringMatching(/^foreign\.json: .*not a result/),
        expect.stringMatching(/^newer\.json: schema version 99 is newer than 1/),
      ]);
      for (const { advice } of skipped) expect(advice).toMatch(/\w/);
    }
  });

  it("lists fio's own results", () => {
    const { iotest: _, ...fio } = sampleResult();
    put('from-fio.json', JSON.stringify(fio));
    expect(listResults(folder).results).toMatchObject([
      { id: 'from-fio', source: 'fio', name: 'from-fio', engines: ['io_uring'], identity: null, isNoisy: null },
    ]);
  });

  it('refuses a folder that is missing, and one that is a file', () => {
    put('file', '');
    expect(errorOf(() => listResults(path.join(folder, 'none'))).message).toMatch(/^there is no results folder/);
    expect(errorOf(() => listResults(path.join(folder, 'file'))).message).toMatch(/is no folder$/);
  });
});

describe('the index', () => {
  it('spares reading the files', async () => {
    await save(runAt(9));
    await save(runAt(10));
    expect(filesReadBy(ids)).toHaveLength(2);
    expect(filesReadBy(ids)).toEqual([]);
    const added = path.basename(await save(runAt(11)));
    expect(filesReadBy(ids)).toEqual([added]);
    expect(filesReadBy(ids)).toEqual([]);
  });

  it('is made again after it was deleted, the same', async () => {
    await save(runAt(9));
    await save(runAt(10, sampleEnginesResult()));
    put('bad.json', '{');
    const before = listResults(folder);
    const text = fs.readFileSync(indexPath(), 'utf8');
    fs.rmSync(indexPath());
    expect(listResults(folder)).toEqual(before);
    expect(fs.readFileSync(indexPath(), 'utf8')).toBe(text);
  });

  it('sees files that were changed and removed', async () => {
    const file = await save(runAt(9));
    const gone = await save(runAt(10));
    expect(ids()).toHaveLength(2);
    fs.writeFileSync(file, 'no result any more');
    fs.rmSync(gone);
    const { results, skipped } = listResults(folder);
    expect(results).toEqual([]);
    expect(skipped.map((each) => each.file)).toEqual([path.basename(file)]);
  });

  it.each([
    ['cut in the middle of a line', (text: string) => text.slice(0, -40)],
    ['of another version', (text: string) => text.replace('{"index":1', '{"index":77')],
    ['full of rubbish', () => '\0\0\0{{{\n[]\nnull\n7\n"x"\n'],
    ['without its head', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['with entries of other shapes', (text: string) => text.replaceAll('"iops":', '"speed":')],
    ['with fields that do not belong to their hash', (text: string) => text.replaceAll('"6.18.0"', '"5.0.0"')],
    ['empty', () => ''],
  ])('does no harm when it is %s', async (_, damage) => {
    await save(runAt(9));
    await save(runAt(10));
    const before = listResults(folder);
    fs.writeFileSync(indexPath(), damage(fs.readFileSync(indexPath(), 'utf8')));
    expect(listResults(folder)).toEqual(before);
    expect(filesReadBy(ids)).toEqual([]);
    const { fingerprint } = sampleResult().iotest;
    expect(findReference(folder, { fingerprint: fingerprint!, count: 9 }).results).toHaveLength(2);
  });

  it('does not grow for ever', async () => {
    const file = await save(runAt(9));
    await save(runAt(10));
    for (let round = 0; round < 150; round++) {
      fs.utimesSync(file, 1_700_000_000 + round, 1_700_000_000 + round);
      listResults(folder);
    }
    expect(fs.readFileSync(indexPath(), 'utf8').split('\n').length).toBeLessThan(250);
  }, 120_000);

  it('is left out where the folder cannot be written to', async () => {
    await save(runAt(9));
    // Root may write anywhere, so the calls are made to fail as they do on a read-only or full file system.
    for (const code of ['EROFS', 'ENOSPC']) {
      const { openSync } = fs;
      const opened = vi.spyOn(fs, 'openSync').mockImplementation((file, flags, mode) => {
        if ((Number(flags) & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) === 0) return openSync(file, flags, mode);
        throw Object.assign(new Error(code), { code });
      });
      expect(listResults(folder).results).toHaveLength(1);
      expect(opened.mock.results.some(({ type }) => type === 'throw')).toBe(true);
      vi.restoreAllMocks();
    }
    expect(fs.readdirSync(folder).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });
});

describe('a full or read-only file system', () => {
  it('is listed; saving and labelling say why they do not work', async (context) => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder]);
    if (mounted.status !== 0) return context.skip('needs the right to mount a tmpfs');
    try {
      await save(runAt(9));
      fs.writeFileSync(path.join(folder, 'filler'), Buffer.alloc(2 ** 20));
    } catch {
      // Full now.
    }
    try {
      await expect(save(runAt(10))).rejects.toThrow('the file system is full');
      expect(listResults(folder).results).toHaveLength(1);
      expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      fs.rmSync(path.join(folder, 'filler'));
      expect(spawnSync('mount', ['-o', 'remount,ro', folder]).status).toBe(0);
      const { results } = listResults(folder);
      expect(results).toHaveLength(1);
      await expect(writeLabel(folder, results[0]!.id, 'x')).rejects.toThrow('the file system is read-only');
      await expect(removeResult(folder, results[0]!.id)).rejects.toThrow('the file system is read-only');
      expect(ids()).toHaveLength(1);
    } finally {
      spawnSync('umount', [folder]);
    }
  });
});

describe('findReference', () => {
  const { fingerprint } = sampleResult().iotest;
  const withField = (name: string, value: string | number) =>
    sampleResult({
      fingerprint: sampleFingerprintFields.map((field) => (field.name === name ? { ...field, value } : field)),
    });
  const hoursOf = (query: Partial<ReferenceQuery> = {}) =>
    findReference(folder, { fingerprint: fingerprint!, count: 9, ...query }).results.map(({ startedAt }) =>
      Number(startedAt.slice(11, 13)),
    );

  it('gives the first results that agree in every blocking field, and later ones do not move it', async () => {
    for (const hour of [1, 2, 3, 4]) await save(runAt(hour));
    await save(runAt(5, withField('disk.scheduler', 'bfq')));
    await save(runAt(6, sampleEnginesResult()));
    expect(hoursOf({ count: 3 })).toEqual([1, 2, 3]);
    expect(hoursOf()).toEqual([1, 2, 3, 4]);
    expect(hoursOf({ count: 0 })).toEqual([]);
    expect(hoursOf({ before: new Date(Date.UTC(2026, 10, 22, 3)).toISOString() })).toEqual([1, 2]);
  });

  it('begins with the last result that was accepted, or with the first of a label', async () => {
    const files: string[] = [];
    for (const hour of [1, 2, 3, 4, 5, 6]) files.push(await save(runAt(hour)));
    const idAt = (hour: number) => path.basename(files[hour - 1]!, '.json');
    expect(findReference(folder, { fingerprint: fingerprint!, count: 2 }).begins).toBe('first');
    await acceptResult(folder, idAt(2), null, 'the new kernel');
    await acceptResult(folder, idAt(4), null, '');
    expect(hoursOf({ count: 2 })).toEqual([4, 5]);
    expect(findReference(folder, { fingerprint: fingerprint!, count: 2 }).begins).toBe('accepted');
    await writeLabel(folder, idAt(3), 'v1');
    await writeLabel(folder, idAt(5), 'v1');
    expect(hoursOf({ label: 'v1' })).toEqual([3, 4, 5, 6]);
    const unknown = errorOf(() => hoursOf({ label: 'v2' }));
    expect(unknown.message).toContain('has the label "v2"');
    expect(unknown.problems[0]!.advice).toBe('labels there: v1');
  });

  it('lets the fields differ that may', async () => {
    await save(runAt(1));
    await save(runAt(2, withField('disk.scheduler', 'bfq')));
    expect(hoursOf({ vary: ['scheduler'] })).toEqual([1, 2]);
    expect(hoursOf({ vary: ['kernel'] })).toEqual([1]);
  });

  it('leaves out what was interrupted, what failed, and what has no fingerprint', async () => {
    const interrupted = runAt(1);
    await save({ ...interrupted, iotest: { ...interrupted.iotest, interrupted: true } });
    const failed = runAt(2);
    const jobs = failed.iotest.jobs.map((job) => ({ ...job, ended: 'failed' as const }));
    await save({ ...failed, iotest: { ...failed.iotest, jobs } });
    await save(runAt(3, sampleResult({ fingerprint: null })));
    await save(runAt(4));
    expect(hoursOf()).toEqual([4]);
  });
});

describe('acceptResult', () => {
  it('brings a result back that was set aside, with its label, and never onto another', async () => {
    const file = await saveResult(runAt(1), path.join(folder, 'rejected'));
    const id = path.basename(file, '.json');
    await writeLabel(path.join(folder, 'rejected'), id, 'slow but meant');
    await acceptResult(folder, id, 'rejected', 'a new checksum');
    expect(listResults(folder).results).toMatchObject([{ id, label: 'slow but meant', isAccepted: true }]);
    expect(fs.readdirSync(path.join(folder, 'rejected')).filter((name) => name.startsWith(id))).toEqual([]);
    fs.writeFileSync(file, serialiseResult(runAt(2)));
    await expect(acceptResult(folder, id, 'rejected', '')).rejects.toThrow('is there already');
    expect(fs.existsSync(file)).toBe(true);
    await removeResult(folder, id);
    expect(fs.readdirSync(folder).filter((name) => name.startsWith(id))).toEqual([]);
  });
});

describe('names of results', () => {
  const names = ['20261122-120000-a-000001', '20261122-120000-a-000002', '20261123-090000-b-000003'];

  beforeEach(() => {
    for (const [index, name] of names.entries()) put(`${name}.json`, serialiseResult(runAt(20 - index)));
  });

  it('are whole, or the beginning of one, or latest', () => {
    expect(findResultId(folder, names[0]!)).toBe(names[0]);
    expect(findResultId(folder, `${names[0]}.json`)).toBe(names[0]);
    expect(findResultId(folder, '20261123')).toBe(names[2]);
    // By the time of the run, not by the name.
    expect(findResultId(folder, 'latest')).toBe(names[0]);
    put('20261122.json', 'even a damaged one');
    expect(findResultId(folder, '20261122')).toBe('20261122');
  });

  it('are labels, of one result each', async () => {
    await writeLabel(folder, names[1]!, 'before the update');
    expect(findResultId(folder, 'before the update')).toBe(names[1]);
    await writeLabel(folder, names[2]!, 'before the update');
    const error = errorOf(() => findResultId(folder, 'before the update'));
    expect(error.message).toBe('2 results have the label "before the update"');
    expect(error.problems[0]!.advice).toBe(`name one of them: ${names[1]}, ${names[2]}`);
  });

  it('are refused when they are of several or of none', () => {
    const several = errorOf(() => findResultId(folder, '20261122'));
    expect(several.message).toBe('2 results begin with "20261122"');
    expect(several.problems[0]!.advice).toBe(`give more of the name: ${names[0]}, ${names[1]}`);
    for (const asked of ['none', '', '../x', '/etc/passwd']) {
      expect(errorOf(() => findResultId(folder, asked)).message).toMatch(/^no result "/);
    }
    const near = errorOf(() => findResultId(folder, '20261123-090000-b-000004'));
    expect(near.problems[0]!.advice).toBe(`did you mean "${names[2]}"?`);
  });

  it('latest needs one', () => {
    for (const name of names) fs.rmSync(path.join(folder, `${name}.json`));
    expect(errorOf(() => findResultId(folder, 'latest')).message).toMatch(/^there is no result in/);
  });
});

describe('labels', () => {
  it('stand beside the result and outlive the index', async () => {
    const file = await save(runAt(9));
    const text = fs.readFileSync(file, 'utf8');
    const id = path.basename(file, '.json');
    await writeLabel(folder, id, '  before the\n kernel update ');
    fs.rmSync(indexPath(), { force: true });
    expect(listResults(folder).results).toMatchObject([{ id, label: 'before the kernel update' }]);
    expect(fs.readFileSync(file, 'utf8')).toBe(text);
    await writeLabel(folder, id, 'after');
    expect(readLabel(folder, id)).toBe('after');
    await writeLabel(folder, id, '');
    expect(listResults(folder).results[0]!.label).toBeNull();
    expect(fs.readdirSync(folder).sort()).toEqual([path.basename(file), indexFileName].sort());
  });

  it('have a bound', async () => {
    await expect(writeLabel(folder, 'x', 'y'.repeat(201))).rejects.toThrow('201 characters');
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('go with the result', async () => {
    const id = path.basename(await save(runAt(9)), '.json');
    await writeLabel(folder, id, 'x');
    await removeResult(folder, id);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

it('many savers and readers at once lose nothing', async () => {
  const documents = Array.from({ length: 24 }, (_, index) => runAt(index % 12));
  const saved = await Promise.all(
    documents.map(async (document) => {
      const file = await save(document);
      listResults(folder);
      return file;
    }),
  );
  const expected = saved.map((file) => path.basename(file, '.json')).sort();
  expect(ids().sort()).toEqual(expected);
  fs.rmSync(indexPath());
  expect(ids().sort()).toEqual(expected);
});
