/**
 * The blocks of a writer under test: each sector has a header and a checksum of its own (verify=crc32c with
 * verify_interval=512), so that it says by itself which write it is from, whatever became of its neighbours.
 */
import { BlockChecker, createExpectedWrite, Wrong } from '../workload/verify/block-checker.js';
import type { BlockView } from '../workload/verify/crc.js';
import { createBlockFormat } from '../workload/verify/format.js';
import { HeaderScratch, readHeader, wordsText } from '../workload/verify/header.js';
import { seedOfWrite } from '../workload/verify/seeds.js';

/** What a disk writes whole or not at all. */
export const sectorBytes = 512;

export const sectorFormat = createBlockFormat({
  kind: 'crc32c',
  headerForm: 'fio-3.41',
  intervalBytes: sectorBytes,
  headerOffsetBytes: 0,
  pattern: null,
  patternIntervalBytes: 0,
  salt: 0,
});

/** What makes the seeds of one job's blocks, from that of the whole run. */
export function keyOfJob([low, high]: readonly [number, number], workerIndex: number): readonly [number, number] {
  return [low, (high ^ Math.imul(workerIndex + 1, 0x9e3779b1)) | 0];
}

/** What is in a sector. */
export type SectorState =
  | { readonly is: 'written'; readonly number: number }
  /** Sound, and of another run of a job: what was there before this one began. */
  | { readonly is: 'foreign' }
  /** Sound, and for another place. */
  | { readonly is: 'misplaced'; readonly offset: number }
  | { readonly is: 'zeros' }
  | { readonly is: 'damaged'; readonly wrong: Wrong };

export class SectorReader {
  readonly #key: Int32Array;
  readonly #checker = new BlockChecker(sectorFormat, sectorBytes);
  readonly #expected = createExpectedWrite();
  readonly #scratch = new HeaderScratch();
  readonly #number = new Float64Array(1);
  readonly #seed = new Int32Array(2);

  constructor(key: readonly [number, number]) {
    this.#key = Int32Array.from(key);
  }

  /** @param view the sector's bytes @param offset where in its file it stands */
  look(view: BlockView, offset: number): SectorState {
    this.#expected.numbers[0] = offset;
    const wrong = this.#checker.check(view, sectorBytes, this.#expected);
    if (wrong !== Wrong.nothing && wrong !== Wrong.offset) {
      return view.words.every((word) => word === 0) ? { is: 'zeros' } : { is: 'damaged', wrong };
    }
    this.#scratch.load(view.bytes, 0);
    const { number, seed, offset: found } = readHeader(this.#scratch)!;
    if (wrong === Wrong.offset) return { is: 'misplaced', offset: found };
    this.#number[0] = number;
    seedOfWrite(this.#key, this.#number, 0, this.#seed);
    return seed === wordsText(this.#seed[1]!, this.#seed[0]!) ? { is: 'written', number } : { is: 'foreign' };
  }
}
