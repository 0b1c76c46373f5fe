/** Gates against a folder: a reference that stays where it is, what joins it, and what is set aside. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FingerprintField } from '../../src/machine/fingerprint.js';
import { serialiseResult } from '../../src/results/fio-json.js';
import { Random } from '../../src/support/random.js';
import { sampleFingerprintFields, sampleResult } from '../../src/testing/sample-result.js';
import { iotest, scratchFolder } from '../cli/command.js';

const dayMs = 86_400_000;
const id = (day: number) => `run-${String(day).padStart(4, '0')}`;

/** A result of so many IOPS on that day; all else is as in any other. */
function resultText(iops: number, day: number, fields: readonly FingerprintField[] = sampleFingerprintFields): string {
  const document = sampleResult({ fingerprint: fields });
  const job = document.jobs[0]!;
  const startedAt = new Date(Date.UTC(2026, 0, 1, 12) + day * dayMs).toISOString();
  return serialiseResult({
    ...document,
    jobs: [{ ...job, read: { ...job.read, iops } }],
    iotest: { ...document.iotest, startedAt },
  });
}

/** 0.3 % of noise, the same each time. */
function noisy(value: number, day: number): number {
  const random = Random.fromSeed(day + 1);
  return value * (1 + 0.006 * (random.nextFraction() + random.nextFraction() + random.nextFraction() - 1.5));
}

function folderOf(iops: readonly number[]): string {
  const cwd = scratchFolder();
  mkdirSync(join(cwd, 'base'));
  for (const [day, value] of iops.entries())
    writeFileSync(join(cwd, 'base', `${id(day)}.json`), resultText(value, day));
  return cwd;
}

const constant = (count: number, iops: number) => Array.from({ length: count }, (_, day) => noisy(iops, day));

async function gateOf(cwd: string, text: string, argv: readonly string[] = []) {
  writeFileSync(join(cwd, 'new.json'), text);
  const { stdout, stderr, status } = await iotest(
    ['gate', '--baseline', 'base', '--current', 'new.json', '--tolerance', 'cpu=off', ...argv],
    { cwd },
  );
  return { text: stdout.replace(/\s+/g, ' '), stderr, status };
}

describe('iotest gate against a folder', () => {
  it('finds a loss of 8 % against 0.3 % of noise, by the tolerance that was asked for', async () => {
    const cwd = folderOf(constant(12, 1000));
    const slow = await gateOf(cwd, resultText(920, 20), ['--tolerance', 'iops=3%', '--strict']);
    expect(slow.status).toBe(3);
    expect(slow.text).toMatch(/^iotest gate: REGRESSION randread read IOPS is 8\.\d % lower/);
    const usual = await gateOf(cwd, resultText(920, 20));
    expect(usual.status).toBe(3);
    const same = await gateOf(cwd, resultText(999, 20), ['--tolerance', 'iops=3%', '--strict']);
    expect(same.status).toBe(0);
  });

  it('finds a drift of which each step is 1.5 %: the reference stays where it was', async () => {
    const drift = Array.from({ length: 30 }, (_, day) => noisy(1000 * (day < 8 ? 1 : 0.985 ** (day - 7)), day));
    const cwd = folderOf(drift);
    const { status, text } = await gateOf(cwd, resultText(1000 * 0.985 ** 23, 31));
    expect(status).toBe(3);
    expect(text).toContain('the reference is 10 results, 2026-01-01 to 2026-01-10');
    expect(text).toContain(`it begins with ${id(0)}, the first of its kind here`);
  });

  it('moves the reference by a word or a label, and by nothing else', async () => {
    const cwd = folderOf([...constant(10, 1000), ...constant(10, 800)]);
    const current = resultText(801, 30);
    expect((await gateOf(cwd, current)).status).toBe(3);
    writeFileSync(join(cwd, 'base', `${id(10)}.label`), 'checksums\n');
    const labelled = await gateOf(cwd, current, ['--reference', 'checksums']);
    expect([labelled.status, labelled.text.includes('the first that is labelled "checksums"')]).toEqual([0, true]);
    const wrong = await gateOf(cwd, current, ['--reference', 'checksum']);
    expect([wrong.status, wrong.stderr.includes('labels there: checksums')]).toEqual([2, true]);
    expect((await iotest(['results', 'accept', id(10), 'checksums', '--results', 'base'], { cwd })).status).toBe(0);
    const accepted = await gateOf(cwd, current);
    expect([accepted.status, accepted.text.includes('which was accepted')]).toEqual([0, true]);
  });

  it('says kernel and governor first, and blocks where one of them differs', async () => {
    const governed = (governor: string) =>
      sampleFingerprintFields.map((field) =>
        field.name === 'cpu.governor' ? { name: field.name, value: governor, class: 'warning' as const } : field,
      );
    const cwd = scratchFolder();
    mkdirSync(join(cwd, 'base'));
    for (const day of Array.from({ length: 8 }, (_, index) => index)) {
      writeFileSync(join(cwd, 'base', `${id(day)}.json`), resultText(noisy(1000, day), day, governed('performance')));
    }
    const same = await gateOf(cwd, resultText(1000, 9, governed('performance')));
    expect(same.text).toMatch(/^iotest gate: PASS on kernel 6\.18\.0, governor performance /);
    const other = await gateOf(cwd, resultText(1000, 9, governed('powersave')));
    expect(other.status).toBe(5);
    expect(other.text).toMatch(
      /^iotest gate: INCOMPARABLE cpu\.governor differs: performance → powersave on kernel 6\.18\.0, governor performance → powersave /,
    );
    const allowed = await gateOf(cwd, resultText(1000, 9, governed('powersave')), ['--vary', 'governor']);
    expect(allowed.status).toBe(0);
    expect(allowed.text).toContain('governor performance → powersave (which may differ)');
  });

  it('refuses a --vary that names nothing, with the fields there are', async () => {
    const cwd = folderOf([]);
    const { status, stderr } = await gateOf(cwd, resultText(1000, 1), ['--vary', 'nonsense,kernle']);
    expect(status).toBe(2);
    expect(stderr).toContain('--vary nonsense: results have no field of that name');
    expect(stderr).toContain('disk.scheduler');
    expect(stderr).toContain('did you mean "kernel"?');
    for (const word of [
      'kernel',
      'scheduler',
      'disk2.scheduler',
      'job',
      'iodepth',
      'job.bs',
      'fingerprint',
      'memory',
    ]) {
      const fine = await gateOf(cwd, resultText(1000, 1), ['--vary', word]);
      expect([word, fine.stderr]).toEqual([word, '']);
    }
  }, 120_000);
});

describe('iotest gate that keeps what it ran', () => {
  const job = (rate: number) =>
    `[fast]\nioengine=null\nrw=randread\nsize=1g\nrate_iops=${rate}\nruntime=300ms\ntime_based\n`;
  const run = (cwd: string, argv: readonly string[] = []) =>
    iotest(['gate', '--baseline', 'base', '--run', 'job.ini', '--repeat', '1', '--quiet', '--vary', 'job', ...argv], {
      cwd,
    });
  const inFolder = (cwd: string, folder: string) => {
    const path = join(cwd, 'base', folder);
    return existsSync(path) ? readdirSync(path).filter((name) => /^\d.*\.json$/.test(name)).length : 0;
  };

  it('founds a reference with the first runs, then sets aside what is worse or not decided', async () => {
    const cwd = scratchFolder({ 'job.ini': job(4000) });
    for (let number = 0; number < 6; number++) {
      const { status, stdout } = await run(cwd);
      expect([number, status]).toEqual([number, 4]);
      expect(stdout.replace(/\s+/g, ' ')).toContain(`, ${number + 1} of the 6 that a reference needs`);
    }
    expect(inFolder(cwd, '')).toBe(6);
    writeFileSync(join(cwd, 'job.ini'), job(1000));
    const slow = await run(cwd);
    expect(slow.status).toBe(3);
    expect(slow.stdout).toContain('set aside as base/rejected/');
    expect([inFolder(cwd, ''), inFolder(cwd, 'rejected')]).toEqual([6, 1]);
    const other = await iotest(['gate', '--baseline', 'base', '--run', 'job.ini', '--repeat', '1', '--quiet'], { cwd });
    expect(other.status).toBe(5);
    expect([inFolder(cwd, ''), inFolder(cwd, 'undecided')]).toEqual([6, 1]);
    const accepted = await iotest(['results', 'accept', 'latest', 'as', 'meant', '--results', 'base'], { cwd });
    expect(accepted.status).toBe(0);
    const after = await iotest(['gate', '--baseline', 'base', '--run', 'job.ini', '--repeat', '1', '--quiet'], { cwd });
    expect(after.status).toBe(4);
    expect(after.stdout.replace(/\s+/g, ' ')).toContain('2 of the 6 that a reference needs');
  }, 240_000);
});
