import { describe, expect, it } from 'vitest';
import { createRecordMemory, createRecordSink, RecordReader, RecordRing, ringFacts } from './record-ring.js';

const capacity = 131_072;

function put(ring: RecordRing, value: number): void {
  const at = ring.claim();
  ring.records[at] = value;
  ring.records[at + 7] = -value;
  ring.publish();
}

function takeAll(reader: RecordReader): number[] {
  const values: number[] = [];
  reader.take((records, at) => {
    expect(records[at + 7]).toBe(-records[at]!);
    values.push(records[at]!);
  });
  return values;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

describe('records', () => {
  it('come out as they went in, round after round', () => {
    const memory = createRecordMemory(capacity);
    const ring = new RecordRing(memory);
    const reader = new RecordReader(memory);
    for (let round = 0; round < 5; round++) {
      const from = round * 80_000;
      for (const value of range(from, from + 80_000)) put(ring, value);
      expect(takeAll(reader)).toEqual(range(from, from + 80_000));
    }
    expect(takeAll(reader)).toEqual([]);
    expect(ringFacts(memory)).toEqual({ waitCount: 0, lostCount: 0 });
  });

  it('are not lost when the ring is full: the worker waits, and that is counted', () => {
    const memory = createRecordMemory(capacity);
    const reader = new RecordReader(memory);
    const taken: number[] = [];
    // Asked while it waits: takes what a slow writer would take meanwhile.
    const ring = new RecordRing(memory, () => {
      for (const value of takeAll(reader)) taken.push(value);
      return false;
    });
    for (const value of range(0, capacity + 10)) put(ring, value);
    for (const value of takeAll(reader)) taken.push(value);
    expect(taken).toEqual(range(0, capacity + 10));
    expect(ringFacts(memory)).toEqual({ waitCount: 1, lostCount: 0 });
  });

  it('are dropped and counted when nobody takes them any more', () => {
    const memory = createRecordMemory(capacity);
    const reader = new RecordReader(memory);
    const ring = new RecordRing(memory);
    for (const value of range(0, capacity)) put(ring, value);
    reader.leave();
    for (const value of range(0, 7)) put(ring, value);
    expect(ringFacts(memory).lostCount).toBe(7);
    // What was there before is whole.
    expect(takeAll(reader)).toEqual(range(0, capacity));
  });

  it('are dropped when the run is left in a hurry', () => {
    const memory = createRecordMemory(capacity);
    const ring = new RecordRing(memory, () => true);
    for (const value of range(0, capacity + 3)) put(ring, value);
    expect(ringFacts(memory).lostCount).toBe(3);
  });

  it('have as much room as asked for', () => {
    const ring = new RecordRing(createRecordMemory(200_000), () => {
      throw new Error('full');
    });
    for (const value of range(0, 262_144)) put(ring, value);
  });

  it('fill no sink', () => {
    const sink = createRecordSink();
    for (const value of range(0, 3 * capacity)) put(sink, value);
  });
});
