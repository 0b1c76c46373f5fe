/** The engine splice, whole jobs beside fio; each request by itself is in the contract of all engines. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { executable, scratchFolder } from '../cli/command.js';
import { fioBoth } from '../cli/fio-command.js';
import { fioMissing } from '../differential/fio.js';

const missing = fioMissing();
const withFio = missing === null ? '' : ` [skipped: ${missing}]`;

const common = ['--name=s', '--ioengine=splice', '--filename=data', '--size=2m', '--output-format=json'];

function counts(text: string): string[] {
  return text.match(/"(total_ios|io_bytes|short_ios)" ?: ?\d+/g)!.map((each) => each.replaceAll(' ', ''));
}

describe.skipIf(missing !== null)(`jobs, beside fio${withFio}`, { timeout: 120_000 }, () => {
  it.each([
    ['--rw=read', '--bs=128k'],
    ['--rw=randread', '--bs=4k', '--direct=1'],
    ['--rw=write', '--bs=200k', '--buffer_pattern=0xdeadbeef'],
    ['--rw=write', '--bs=4k', '--direct=1', '--fsync=17', '--buffer_pattern="iotest!!"'],
    ['--rw=write', '--bs=1000', '--buffer_pattern=0x55'],
  ])('%s %s %s', async (...words) => {
    const given = words.filter((word) => word !== undefined);
    const { fio, ours, fioFolder, ourFolder } = await fioBoth([...common, ...given]);
    expect([ours.status, ours.stderr]).toEqual([0, '']);
    expect(counts(ours.stdout)).toEqual(counts(fio.stdout));
    if (!given[0]!.endsWith('write')) return;
    const [theirs, mine] = [fioFolder, ourFolder].map((folder) => fs.readFileSync(path.join(folder, 'data')));
    expect(mine!.equals(theirs!)).toBe(true);
  });

  it('writes what fio verifies, and verifies what fio has written', () => {
    const words = [...common, '--bs=64k', '--verify=crc32c'];
    const cwd = scratchFolder();
    const [theirs, mine]: (readonly [string, readonly string[]])[] = [
      ['fio', []],
      [executable, ['fio', '--verify_header_version=40']],
    ];
    for (const [writer, reader] of [
      [theirs!, mine!],
      [mine!, theirs!],
    ]) {
      for (const [[program, own], rw] of [
        [writer!, 'write'],
        [reader!, 'read'],
      ] as const) {
        const { status, stdout, stderr } = spawnSync(program, [...own, ...words, `--rw=${rw}`], {
          cwd,
          encoding: 'utf8',
        });
        expect(status, `${program} ${rw}: ${stdout}${stderr}`).toBe(0);
      }
    }
  });
});
