import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Operation } from '../../job/operation.js';
import { Verdict, ZoneRules, type ZoneRulesOptions } from './zone-rules.js';
import { createZoneMemory, emptyZones, type ZoneFacts, ZoneTable } from './zone-table.js';

const zoneBytes = 64;
const { read, write, trim } = Operation;

function tableOf(zones: readonly Partial<ZoneFacts>[], capacity = zoneBytes): ZoneTable {
  const empty = emptyZones(zones.length * zoneBytes, zoneBytes, capacity);
  return new ZoneTable(
    createZoneMemory(
      empty.map((zone, index) => ({ ...zone, ...zones[index] })),
      zoneBytes,
    ),
  );
}

/** Zones with so much written in each; blocks of 4. */
function rulesOf(written: readonly number[], options: Partial<ZoneRulesOptions> = {}, capacity = zoneBytes) {
  const table = tableOf(
    written.map((bytes, index) => ({ pointerBytes: index * zoneBytes + bytes })),
    capacity,
  );
  return { table, rules: rulesOn(table, options) };
}

function rulesOn(table: ZoneTable, options: Partial<ZoneRulesOptions> = {}): ZoneRules {
  const rules = new ZoneRules(table, {
    job: 1,
    regionOffsetBytes: 0,
    regionBytes: table.zoneCount * zoneBytes,
    random: true,
    readsBeyondPointer: false,
    verifies: false,
    openMax: 0,
    jobOpenMax: 0,
    resetThreshold: 0,
    resetFrequency: 0,
    keepsOrder: true,
    smallestBytes: [4, 4, zoneBytes],
    ...options,
  });
  rules.restart();
  return rules;
}

/** What becomes of an I/O: its place, or the verdict where it has none. Resets and finishes are done at once. */
function placeOf(rules: ZoneRules, operation: number, offset: number, bytes = 4, inFlight = 0): unknown {
  for (;;) {
    rules.place.set([offset, bytes]);
    const verdict = rules.judge(operation, inFlight);
    if (verdict === Verdict.reset) rules.wasReset(rules.zone);
    else if (verdict === Verdict.finish) rules.wasFinished(rules.zone);
    else {
      rules.forget();
      if (verdict !== Verdict.accept) return verdict;
      const [at, count] = rules.place as unknown as [number, number];
      if (rules.zone >= 0) rules.release(rules.zone, operation, at + count - rules.zone * zoneBytes);
      return [at, count];
    }
  }
}

describe('writes', () => {
  it('go to the write pointer of their zone, and move it', () => {
    const { table, rules } = rulesOf([8, 0]);
    expect(placeOf(rules, write, 40)).toEqual([8, 4]);
    expect(placeOf(rules, write, 0)).toEqual([12, 4]);
    expect(placeOf(rules, write, 100)).toEqual([64, 4]);
    expect(table.written(0)).toBe(16);
  });

  it('are cut at the end of what a zone holds', () => {
    const { rules } = rulesOf([40, 0], {}, 48);
    expect(placeOf(rules, write, 0, 16)).toEqual([40, 8]);
  });

  it('begin a full zone anew', () => {
    const { table, rules } = rulesOf([64, 0]);
    expect(placeOf(rules, write, 20)).toEqual([0, 4]);
    expect(table.written(0)).toBe(4);
  });

  it('leave a full zone as it is while it is to be verified, and end when all are', () => {
    const { rules } = rulesOf([64, 0, 64], { verifies: true });
    expect(placeOf(rules, write, 20)).toEqual([64, 4]);
    expect(placeOf(rulesOf([64, 64], { verifies: true }).rules, write, 20)).toBe(Verdict.end);
  });

  it('finish a zone whose rest holds no block, and go to the next', () => {
    const { table, rules } = rulesOf([60, 8, 0], { random: false, smallestBytes: [4, 12, 0] });
    expect(placeOf(rules, write, 60, 12)).toEqual([72, 12]);
    expect(table.remainder(0)).toBe(0);
    // The last one of a sequence has none behind it.
    expect(placeOf(rulesOf([0, 60], { random: false, smallestBytes: [4, 12, 0] }).rules, write, 124, 12)).toBe(
      Verdict.end,
    );
  });

  it('to conventional zones stay where they are, and do not reach over their end', () => {
    const table = tableOf([{ hasPointer: false, pointerBytes: 64 }, {}]);
    const rules = rulesOn(table);
    expect(placeOf(rules, write, 20)).toEqual([20, 4]);
    expect(placeOf(rules, write, 56, 16)).toEqual([56, 8]);
    // What holds no block is left out.
    expect(placeOf(rules, write, 62, 16)).toEqual([0, 16]);
    expect(table.written(1)).toBe(0);
  });

  it('pass over a zone that is offline', () => {
    const rules = rulesOn(tableOf([{ isOffline: true }, {}]));
    expect(placeOf(rules, write, 20)).toEqual([64, 4]);
  });
});

describe('max_open_zones', () => {
  it('sends writes to zones that are open already, by where they were drawn', () => {
    const { rules } = rulesOf([0, 0, 0, 0], { openMax: 2 });
    expect(placeOf(rules, write, 0)).toEqual([0, 4]);
    expect(placeOf(rules, write, 192)).toEqual([192, 4]);
    expect(placeOf(rules, write, 64)).toEqual([4, 4]);
    expect(placeOf(rules, write, 128)).toEqual([196, 4]);
  });

  it('opens another one when one is full', () => {
    const { table, rules } = rulesOf([60, 60, 0, 0], { openMax: 1 });
    expect(placeOf(rules, write, 0)).toEqual([60, 4]);
    expect(table.writeZoneCount).toBe(0);
    expect(placeOf(rules, write, 128)).toEqual([128, 4]);
    expect(placeOf(rules, write, 70)).toEqual([132, 4]);
  });

  it('waits for what is in flight before it opens another one', () => {
    const { rules } = rulesOf([60, 0], { openMax: 1 });
    rules.place.set([0, 4]);
    expect(rules.judge(write, 0)).toBe(Verdict.accept);
    rules.forget();
    expect(placeOf(rules, write, 64, 4, 1)).toBe(Verdict.wait);
    rules.release(0, write, 64);
    expect(placeOf(rules, write, 64, 4, 0)).toEqual([64, 4]);
  });

  it('counts for all jobs together, and job_max_open_zones for each', () => {
    const { table, rules } = rulesOf([0, 0, 0, 0], { openMax: 3, jobOpenMax: 2 });
    const other = rulesOn(table, { job: 2, openMax: 3, jobOpenMax: 2 });
    for (const offset of [0, 64]) placeOf(rules, write, offset);
    expect(placeOf(rules, write, 130)).toEqual([68, 4]);
    expect(placeOf(other, write, 130)).toEqual([128, 4]);
    expect(placeOf(other, write, 200)).toEqual([132, 4]);
    expect(table.writeZoneCount).toBe(3);
  });

  it('takes over what was open before, and says when that is too much', () => {
    const open = { isOpen: true };
    const table = tableOf([{ ...open, pointerBytes: 4 }, {}, { ...open, pointerBytes: 132 }]);
    expect(rulesOn(table, { openMax: 2 }).adoptOpenZones()).toBe(true);
    expect([table.writeZoneAt(0), table.writeZoneAt(1)]).toEqual([0, 2]);
    const again = tableOf([{ ...open, pointerBytes: 4 }, {}, { ...open, pointerBytes: 132 }]);
    expect(rulesOn(again, { openMax: 1 }).adoptOpenZones()).toBe(false);
  });
});

describe('reads', () => {
  it('stay below the write pointer, in sequence from zone to zone', () => {
    const { rules } = rulesOf([8, 0, 4], { random: false });
    expect(placeOf(rules, read, 4)).toEqual([4, 4]);
    expect(placeOf(rules, read, 8)).toEqual([128, 4]);
    expect(placeOf(rules, read, 132)).toBe(Verdict.end);
  });

  it('at random go to the nearest zone with data, and keep their distance from its start', () => {
    const { rules } = rulesOf([0, 32, 0, 0]);
    expect(placeOf(rules, read, 20)).toEqual([64 + (20 % 28), 4]);
    expect(placeOf(rules, read, 192)).toEqual([64, 4]);
    expect(placeOf(rulesOf([0, 0]).rules, read, 20)).toBe(Verdict.end);
  });

  it('are cut where data ends', () => {
    expect(placeOf(rulesOf([12, 0], { random: false }).rules, read, 4, 16)).toEqual([0, 12]);
    expect(placeOf(rulesOf([40, 0], { random: false }).rules, read, 32, 16)).toEqual([32, 8]);
  });

  it('go anywhere with read_beyond_wp, but to zones that are offline', () => {
    const rules = rulesOn(tableOf([{}, { isOffline: true }]), { readsBeyondPointer: true });
    expect(placeOf(rules, read, 40)).toEqual([40, 4]);
    expect(placeOf(rules, read, 100)).toBe(Verdict.end);
  });
});

describe('trims', () => {
  it('take their zone, and at random the nearest with data', () => {
    expect(placeOf(rulesOf([0, 8], { random: false }).rules, trim, 0, 64)).toEqual([0, 64]);
    expect(placeOf(rulesOf([0, 8]).rules, trim, 0, 64)).toEqual([64, 64]);
    expect(placeOf(rulesOf([0, 0]).rules, trim, 0, 64)).toBe(Verdict.end);
  });
});

describe('zone_reset_frequency', () => {
  it('resets the zone of each so many writes once the threshold is reached', () => {
    const { table, rules } = rulesOf([0, 0], { resetThreshold: 0.25, resetFrequency: 0.5 });
    // A quarter of 128 bytes, in zone 0; from then on each second write.
    for (let count = 0; count < 8; count++) placeOf(rules, write, 0);
    expect(table.written(0)).toBe(32);
    expect(placeOf(rules, write, 0)).toEqual([32, 4]);
    expect(placeOf(rules, write, 0)).toEqual([0, 4]);
    expect(table.reaches(Float64Array.of(4))).toBe(true);
    expect(table.reaches(Float64Array.of(5))).toBe(false);
  });
});

describe('locks', () => {
  it('keep other jobs out of a zone while one has I/Os there', () => {
    const { table, rules } = rulesOf([8, 0]);
    const other = rulesOn(table, { job: 2 });
    rules.place.set([0, 4]);
    expect(rules.judge(write, 0)).toBe(Verdict.accept);
    expect(placeOf(other, write, 0)).toBe(Verdict.wait);
    expect(placeOf(other, read, 0)).toBe(Verdict.wait);
    rules.release(0, write, 12);
    expect(placeOf(other, write, 0)).toEqual([12, 4]);
  });

  it('let one write after the other into a zone where order is not kept', () => {
    const { rules } = rulesOf([0, 0], { keepsOrder: false });
    rules.place.set([0, 4]);
    expect(rules.judge(write, 0)).toBe(Verdict.accept);
    rules.forget();
    expect(placeOf(rules, write, 0, 4, 1)).toBe(Verdict.wait);
    expect(placeOf(rules, write, 64, 4, 1)).toEqual([64, 4]);
    rules.release(0, write, 4);
    expect(placeOf(rules, write, 0)).toEqual([4, 4]);
  });

  it('hold a reset back until what is in flight there is complete', () => {
    const { rules } = rulesOf([60, 0]);
    rules.place.set([0, 4]);
    expect(rules.judge(write, 0)).toBe(Verdict.accept);
    rules.forget();
    rules.place.set([0, 4]);
    expect(rules.judge(write, 1)).toBe(Verdict.wait);
    rules.release(0, write, 64);
    expect(placeOf(rules, write, 0)).toEqual([0, 4]);
  });
});

describe('any job', () => {
  const draws = fc.array(fc.tuple(fc.constantFrom(read, write), fc.nat(63), fc.integer({ min: 1, max: 8 })), {
    minLength: 1,
    maxLength: 300,
  });

  it('writes at write pointers only, never beyond a capacity, with no more zones open than it may', () => {
    fc.assert(
      fc.property(draws, fc.integer({ min: 0, max: 3 }), fc.constantFrom(48, 64), (ios, openMax, capacity) => {
        const { table, rules } = rulesOf([0, 20, 64, 0], { openMax }, capacity);
        for (const [operation, block, blocks] of ios) {
          rules.place.set([block * 4, Math.min(blocks * 4, 256 - block * 4)]);
          const bytes = rules.place[1]!;
          const pointer = (zone: number): number => zone * zoneBytes + table.written(zone);
          const before = [0, 1, 2, 3].map(pointer);
          const place = placeOf(rules, operation, block * 4, bytes);
          expect(table.writeZoneCount).toBeLessThanOrEqual(openMax);
          if (!Array.isArray(place)) continue;
          const [at, count] = place as [number, number];
          const zone = Math.floor(at / zoneBytes);
          expect(count).toBeGreaterThan(0);
          if (operation === read) expect(at + count).toBeLessThanOrEqual(pointer(zone));
          else {
            expect([before[zone], zone * zoneBytes]).toContain(at);
            expect(at + count).toBe(pointer(zone));
            expect(at + count).toBeLessThanOrEqual(zone * zoneBytes + capacity);
          }
        }
      }),
    );
  });
});
