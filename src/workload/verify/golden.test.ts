/** Blocks that fio 3.42 wrote (test/verify/fixtures): they are read, and written again, byte for byte where the content is kept. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plainJob } from '../../job/draft.js';
import type { VerifyOptions } from '../../job/job.js';
import { checksumNames } from '../../job/verify.js';
import { BlockChecker, createExpectedWrite, Wrong } from './block-checker.js';
import { checksums } from './checksums.js';
import { type BlockFormat, createBlockFormat } from './format.js';
import { fillHeader, HeaderScratch, readHeader } from './header.js';

function golden(name: string) {
  const bytes = new Uint8Array(fs.readFileSync(new URL(`../../../test/verify/fixtures/${name}.bin`, import.meta.url)));
  return Uint8Array.from(bytes);
}

function formatOf(options: Partial<VerifyOptions>): BlockFormat {
  return createBlockFormat({ ...plainJob().verify, ...options });
}

function viewOf(bytes: Uint8Array) {
  const copy = Uint8Array.from(bytes);
  return { bytes: copy, words: new Int32Array(copy.buffer) };
}

function checkAll(name: string, options: Partial<VerifyOptions>, blockBytes = 4096): number[] {
  const data = golden(name);
  const checker = new BlockChecker(formatOf(options), blockBytes);
  const expected = createExpectedWrite();
  const found: number[] = [];
  for (let offset = 0; offset < data.length; offset += blockBytes) {
    expected.numbers[0] = offset;
    found.push(checker.check(viewOf(data.subarray(offset, offset + blockBytes)), blockBytes, expected));
  }
  return found;
}

const right = [Wrong.nothing, Wrong.nothing, Wrong.nothing, Wrong.nothing];

describe('blocks of fio 3.42 are right', () => {
  it.each(checksumNames)('%s', (name) => {
    expect(checkAll(name, { kind: name })).toEqual(right);
  });
  it.each<[string, Partial<VerifyOptions>]>([
    ['md5-interval', { kind: 'md5', intervalBytes: 1024 }],
    ['crc32c-seq-loops', { kind: 'crc32c' }],
    ['crc32c-offset', { kind: 'crc32c', headerOffsetBytes: 64 }],
    ['pattern', { kind: 'pattern', pattern: '0xdeadbeef' }],
    ['pattern-offset', { kind: 'pattern', pattern: '%o' }],
    ['pattern_hdr', { kind: 'pattern_hdr', pattern: '0xff%o"abcd"-12' }],
  ])('%s', (name, options) => {
    expect(checkAll(name, options)).toEqual(right);
  });
  it('crc32c-mixed-bs, whose headers stand at the common divisor of the sizes', () => {
    expect(checkAll('crc32c-mixed-bs', { kind: 'crc32c', intervalBytes: 4096 }, 8192)).toEqual(right);
  });
});

describe('each changed byte is seen', () => {
  it.each(checksumNames)('%s', (name) => {
    const data = golden(name).subarray(0, 4096);
    const checker = new BlockChecker(formatOf({ kind: name }), 4096);
    const expected = createExpectedWrite();
    for (let at = 0; at < 4096; at += at < 180 ? 1 : 97) {
      const view = viewOf(data);
      view.bytes[at] = view.bytes[at]! ^ 0x10;
      expect(checker.check(view, 4096, expected), `byte ${at}`).not.toBe(Wrong.nothing);
    }
  });
});

describe('what fio wrote is written again', () => {
  it.each(checksumNames)('%s: header and checksum', (name) => {
    const data = golden(name);
    const scratch = new HeaderScratch();
    const into = new Uint8Array(128);
    for (let block = 0; block < data.length; block += 4096) {
      const view = viewOf(data.subarray(block, block + 4096));
      scratch.load(view.bytes, 0);
      const fields = readHeader(scratch)!;
      expect(fields).toMatchObject({ form: 'fio-3.41', lengthBytes: 4096, offset: block, thread: 1 });
      expect(fields.crc).toBe(fields.computedCrc);
      const made = new HeaderScratch();
      const seed = new Int32Array(view.words.subarray(2, 4));
      const seconds = Math.floor(fields.timeNs / 1e9);
      const numbers = Float64Array.of(fields.offset, fields.number, seconds, fields.timeNs - seconds * 1e9);
      fillHeader(made, 'fio-3.41', fields.diskType, 4096, { numbers, seed }, fields.thread);
      // fio leaves two bytes as they were, and counts them in; ours are 0.
      expect([...made.words.subarray(0, 10)]).toEqual([...view.words.subarray(0, 10)]);
      expect(fields.diskType).toBe(checksums[name].diskType);
      const headBytes = formatOf({ kind: name }).header!.byteCount['fio-3.41'];
      checksums[name].digest(view, headBytes, 4096, into);
      expect(into.subarray(0, headBytes - 48)).toEqual(view.bytes.subarray(48, headBytes));
    }
  });
});
