/** What is written, against fio: byte for byte where content is fixed, by share and by zlib where it is random. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { iotest } from '../cli/command.js';
import { fioMissing, runBoth } from './fio.js';

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

const fileBytes = 2 << 20;
const blockBytes = 4096;
const blockCount = fileBytes / blockBytes;

/** Each section writes a file of its own name. */
async function written(
  sections: Readonly<Record<string, string>>,
  globals = '',
): Promise<(name: string) => { readonly fio: Buffer; readonly ours: Buffer }> {
  const text = Object.entries(sections).map(([name, lines]) => `[${name}]\nfilename=${name}\n${lines}\n`);
  const job = `[global]\nioengine=psync\nrw=write\nsize=2m\nbs=4k\n${globals}\n${text.join('')}`;
  const { fioFolder, ourFolder } = await runBoth(job);
  return (name) => ({
    fio: fs.readFileSync(path.join(fioFolder, name)),
    ours: fs.readFileSync(path.join(ourFolder, name)),
  });
}

function blocksOf(data: Buffer): string[] {
  return Array.from({ length: data.length / blockBytes }, (_, index) =>
    createHash('sha1')
      .update(data.subarray(index * blockBytes, (index + 1) * blockBytes))
      .digest('base64'),
  );
}

const duplicateShare = (data: Buffer) => 1 - new Set(blocksOf(data)).size / blockCount;
function zeroShare(data: Buffer): number {
  let zeroes = 0;
  for (let at = 0; at < data.length; at++) if (data[at] === 0) zeroes++;
  return zeroes / data.length;
}
/** Of what zlib makes of it, chunk by chunk as a file system or drive would. */
function deflatedShare(data: Buffer): number {
  let bytes = 0;
  for (let at = 0; at < data.length; at += 16384) bytes += deflateRawSync(data.subarray(at, at + 16384)).length;
  return bytes / data.length;
}

/** Six standard deviations of the difference of two binomial shares. */
const lotBound = (share: number) => 6 * Math.sqrt((2 * share * (1 - share)) / blockCount);

describe('fixed content is the same as fio writes', () => {
  itWithFio(withFio('patterns, zeroes, and what excludes what'), async () => {
    const sections: Record<string, string> = {
      hex: 'buffer_pattern=0xdeadbeef',
      odd: 'buffer_pattern=0xabcdef123',
      text: 'buffer_pattern="hello, "1024"world"0xff',
      negative: 'buffer_pattern=-100xab"1"',
      number: 'buffer_pattern=66\nbs=12k',
      small: 'buffer_pattern="abc"\nbs=512\nsize=64k',
      large: `buffer_pattern=0x${'0123456789abcdef'.repeat(60)}\nbs=1k\nsize=100k`,
      zero: 'zero_buffers',
      zerorefilled: 'zero_buffers\nrefill_buffers',
      compressible: 'buffer_compress_percentage=100',
      patternfirst: 'buffer_pattern=0x55\nrefill_buffers=1\nzero_buffers=1',
      patternlast: 'scramble_buffers=1\nzero_buffers=1\nbuffer_pattern=0x55',
      patterncompressible: 'buffer_compress_percentage=100\nbuffer_pattern="xyz"',
    };
    const data = await written(sections);
    for (const name of Object.keys(sections)) {
      const { fio, ours } = data(name);
      expect(ours.equals(fio), `${name}: ${ours.subarray(0, 16).toString('hex')}`).toBe(true);
    }
  });

  itWithFio(withFio('beside reads at depth, and in files laid out for reads'), async () => {
    const sections = {
      mix: 'rw=randrw\nioengine=libaio\niodepth=8\nbuffer_pattern="mixed"',
      read: 'rw=read\nbuffer_pattern=0x1234567890',
      zeroread: 'rw=randread\nzero_buffers',
    };
    const data = await written(sections);
    for (const name of Object.keys(sections)) {
      const { fio, ours } = data(name);
      expect(ours.equals(fio), name).toBe(true);
    }
  });

  it('refuses what fio does, with the place', async () => {
    const end = await iotest(['check', '-'], {
      input: '[a]\nrw=write\nsize=1m\nbuffer_pattern=0xff%o\nbuffer_compress_percentage=101\n',
    });
    expect(end.status).toBe(2);
    expect(end.stderr).toContain(':4:20: buffer_pattern: %o has no meaning here');
    expect(end.stderr).toContain(':5:28: buffer_compress_percentage: 101 is too large');
  });
});

describe('random content has the shares that fio gives it', () => {
  itWithFio(withFio('compressibility, measured with zlib'), async () => {
    const sections = Object.fromEntries(
      [33, 90].flatMap((percent) => [
        [`p${percent}`, `buffer_compress_percentage=${percent}`],
        [`chunk${percent}`, `buffer_compress_percentage=${percent}\nbuffer_compress_chunk=3k\nbs=8k`],
        [`block${percent}`, `buffer_compress_percentage=${percent}\nbuffer_compress_chunk=0`],
      ]),
    );
    const data = await written({ ...sections, random: 'refill_buffers', scrambled: '' });
    for (const name of Object.keys(sections)) {
      const { fio, ours } = data(name);
      const asked = Number(name.replace(/\D+/, '')) / 100;
      // Of random bytes one in 256 is zero by itself.
      expect(Math.abs(zeroShare(ours) - zeroShare(fio)), name).toBeLessThan(0.005);
      expect(Math.abs(zeroShare(ours) - asked), name).toBeLessThan(0.01);
      expect(Math.abs(deflatedShare(ours) - deflatedShare(fio)), name).toBeLessThan(0.01);
      expect(duplicateShare(ours), name).toBe(0);
    }
    expect(deflatedShare(data('random').ours)).toBeGreaterThan(0.99);
    for (const name of ['random', 'scrambled']) expect(duplicateShare(data(name).ours)).toBe(0);
  });

  itWithFio(withFio('duplicates, by counting equal blocks'), async () => {
    const sections = Object.fromEntries(
      [20, 80].flatMap((percent) => [
        [`deep${percent}`, `dedupe_percentage=${percent}\nioengine=libaio\niodepth=16\nrw=randwrite`],
        [`squeezed${percent}`, `dedupe_percentage=${percent}\nbuffer_compress_percentage=50`],
        [`set${percent}`, `dedupe_percentage=${percent}\ndedupe_mode=working_set`],
      ]),
    );
    const data = await written({ ...sections, all: 'dedupe_percentage=100' });
    for (const name of Object.keys(sections)) {
      const { fio, ours } = data(name);
      const share = Number(name.replace(/\D+/, '')) / 100;
      const shares = [duplicateShare(ours), duplicateShare(fio)] as const;
      // The working set itself is of 5 %, written first or not at all.
      const bound = lotBound(share) + (name.startsWith('set') ? 0.06 : 0.02);
      expect(Math.abs(shares[0] - shares[1]), `${name}: ${shares}`).toBeLessThan(bound);
      expect(Math.abs(shares[0] - share), `${name}: ${shares}`).toBeLessThan(bound);
      if (name.startsWith('squeezed')) {
        expect(Math.abs(zeroShare(ours) - zeroShare(fio)), name).toBeLessThan(0.005);
      }
    }
    expect(duplicateShare(data('all').ours)).toBe(1 - 1 / blockCount);
    expect(duplicateShare(data('all').fio)).toBe(1 - 1 / blockCount);
  });

  itWithFio(withFio('a working set that jobs share'), async () => {
    const shared = 'dedupe_percentage=70\ndedupe_mode=working_set\ndedupe_working_set_percentage=10';
    const common: number[] = [];
    for (const global of [0, 1]) {
      const data = await written({ one: '', two: '', three: '' }, `${shared}\ndedupe_global=${global}\nsize=2m`);
      for (const side of ['ours', 'fio'] as const) {
        const [one, two] = (['one', 'two'] as const).map((name) => new Set(blocksOf(data(name)[side])));
        common.push([...one!].filter((block) => two!.has(block)).length);
      }
    }
    const [oursAlone, fioAlone, ours, fios] = common as [number, number, number, number];
    expect([oursAlone, fioAlone]).toEqual([0, 0]);
    // Of 51 pages nearly all are drawn, by both.
    expect(ours).toBeGreaterThan(40);
    expect(fios).toBeGreaterThan(30);
  });
});
