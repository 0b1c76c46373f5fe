import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coverage, coverageBytes } from './coverage.js';

describe('Coverage', () => {
  it('claims what is free in one piece, and finds the next free unit from any on, round the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 80 })), { maxLength: 300 }),
        (unitCount, claims) => {
          const coverage = new Coverage(unitCount);
          const used = new Set<number>();
          const expected = (from: number): number => {
            for (let step = 0; step < unitCount; step++) {
              const unit = (from + step) % unitCount;
              if (!used.has(unit)) return unit;
            }
            return -1;
          };
          for (const [drawn, count] of claims) {
            const from = drawn % unitCount;
            const unit = coverage.nextFree(from);
            expect(unit).toBe(expected(from));
            if (unit < 0) break;
            let free = 0;
            while (free < count && unit + free < unitCount && !used.has(unit + free)) used.add(unit + free++);
            expect(coverage.claim(unit, count)).toBe(free);
            expect(coverage.freeCount).toBe(unitCount - used.size);
          }
          coverage.clear();
          expect([coverage.nextFree(unitCount - 1), coverage.freeCount]).toEqual([unitCount - 1, unitCount]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes little more than a bit for each unit', () => {
    expect(coverageBytes(1 << 28) / (1 << 25)).toBeCloseTo(32 / 31, 3);
  });
});
