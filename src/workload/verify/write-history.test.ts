/** What is remembered of writes: of a place written several times the last, also after the others were forgotten. */
import { describe, expect, it } from 'vitest';
import { createRequests } from '../../engines/requests.js';
import { RandomStreams } from '../../support/random.js';
import { WriteHistory, type WrittenPiece, writeHistoryBytes } from './write-history.js';

const requests = createRequests(1);
const numberOf = new Float64Array(1);

function note(history: WriteHistory, piece: WrittenPiece, isTrim = false): void {
  requests.fileIndex[0] = piece.file;
  requests.offset[0] = piece.offset;
  requests.byteCount[0] = piece.byteCount;
  numberOf[0] = piece.number;
  history.append(requests, 0, numberOf, isTrim);
}

function lasting(history: WriteHistory): WrittenPiece[] {
  return Array.from(history.lasting(), (index) => history.piece(index));
}

describe('a history of 100,000 writes to 64 places of two files', () => {
  const draws = new RandomStreams(1, 0).stream(0);
  const writes = Array.from({ length: 100_000 }, (_, number): WrittenPiece => {
    const word = draws.nextInt32() >>> 0;
    const byteCount = word % 3 === 0 ? 1024 : 512;
    return { file: word % 2, offset: ((word >>> 8) % 32) * 512, byteCount, number };
  });

  it.each([[1], [999], [16_384], [16_385], [100_001]])('forgets what was written again, each %d rows', (at) => {
    const whole = new WriteHistory();
    const compacted = new WriteHistory();
    for (const write of writes) {
      note(whole, write);
      note(compacted, write);
      compacted.compact(at);
    }
    expect(lasting(compacted)).toEqual(lasting(whole));
    expect(lasting(compacted).length).toBeGreaterThan(20);
    if (at <= 16_384) expect(compacted.count).toBeLessThan(at + 64);
  });

  it('does not bring back what was trimmed', () => {
    const history = new WriteHistory();
    note(history, { file: 0, offset: 0, byteCount: 512, number: 0 });
    note(history, { file: 0, offset: 512, byteCount: 512, number: 1 });
    note(history, { file: 0, offset: 0, byteCount: 512, number: 2 }, true);
    history.compact(1);
    expect(lasting(history).map(({ number }) => number)).toEqual([1]);
  });
});

it('takes 28 bytes a write and a bit a place, of places written again and again not more than twice', () => {
  expect(writeHistoryBytes(1_000_000, 1_000_000)).toBe(28_125_000);
  expect(writeHistoryBytes(1e12, 10_000_000)).toBe(20_000_000 * 28 + 1_250_000);
  expect(writeHistoryBytes(1e12, 100)).toBe(4_000_000 * 28 + 13);
});
