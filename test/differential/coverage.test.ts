/** Whether each option that is worth comparing with fio is: in a job of some test of this folder, or with the reason why not. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionTable } from '../../src/job/options/index.js';
import { fioMissing } from './fio.js';

const missing = fioMissing();

/** Options that no run beside fio can show anything of. */
const reasons: Readonly<Record<string, string>> = {
  allow_mounted_write: 'allows nothing here, on purpose: the guard is another',
  atomic: 'needs a device with atomic writes',
  error_dump: 'fio prints such errors in words of its own, and needs a failing disk for it',
  'hugepage-size': 'needs huge pages that the machine has set aside',
  uncached: 'fio 3.33 has another number for the flag, which no kernel took',
  uid: 'changes what may be opened, and with it whether fio can write its results',
};

/** The tests' texts with `\n` as the ends of lines that they stand for. */
const besideFio = [import.meta.dirname, path.join(import.meta.dirname, '../verify')];
const jobs = besideFio
  .flatMap((folder) => fs.readdirSync(folder).map((name) => path.join(folder, name)))
  .filter((file) => /\.ts$/.test(file) && file !== import.meta.filename)
  .map((file) => fs.readFileSync(file, 'utf8').replaceAll('\\n', '\n'))
  .join('\n');

const isUsed = (name: string) => new RegExp(`(?<![\\w-])(?:--)?${name}(?:=|\\n|'|"|\`|$)`, 'm').test(jobs);

function knownToFio(): ReadonlySet<string> {
  const { stdout } = spawnSync('fio', ['--cmdhelp'], { encoding: 'utf8', maxBuffer: 1 << 24 });
  const names = [...stdout.matchAll(/^\s*([\w-]+)\s*:/gm)].map(([, name]) => name!);
  const engines = ['io_uring', 'libaio', 'pvsync2', 'mmap'].flatMap((engine) => {
    const help = spawnSync('fio', [`--enghelp=${engine}`], { encoding: 'utf8' });
    return [...help.stdout.matchAll(/^\s*([\w-]+)\s*:/gm)].map(([, name]) => name!);
  });
  return new Set([...names, ...engines]);
}

describe.skipIf(missing !== null)(
  missing === null ? 'options of tier 1 and 2' : `options of tier 1 and 2 [skipped: ${missing}]`,
  () => {
    const known = missing === null ? knownToFio() : new Set<string>();
    const wanted = optionTable.filter(
      ({ support, tier, ours, name }) => support.state === 'supported' && tier <= 2 && !ours && known.has(name),
    );

    it('are many', () => expect(wanted.length).toBeGreaterThan(150));

    it.each(wanted.map((option) => [option.name, option] as const))('%s', (name, { aliases }) => {
      const used = [name, ...aliases].some(isUsed);
      if (name in reasons) expect(used, `${name} is compared now: take its reason out`).toBe(false);
      else expect(used, `${name} needs a case beside fio, or a reason in this file`).toBe(true);
    });

    it('are left out for reasons only when they exist', () => {
      expect(Object.keys(reasons).filter((name) => !optionTable.some((option) => option.name === name))).toEqual([]);
    });
  },
);
