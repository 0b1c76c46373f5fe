import { describe, expect, it } from 'vitest';
import type { CommandPriorityOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { noCommandPriority } from '../job/options/command-priority.js';
import { Random } from '../support/random.js';
import { CommandPriorities, drawsPriorities, jobPriority, packPriority, unpackPriority } from './command-priority.js';
import { createRequests } from './requests.js';

const draws = 20_000;
const plain = { prio: null, prioClass: null, prioHint: null };

/** How often each priority was put on requests of that size. */
function counts(
  options: Partial<CommandPriorityOptions>,
  operation: number,
  byteCount: number,
  own = 0,
): Record<number, number> {
  const requests = createRequests(1);
  const priorities = new CommandPriorities({ ...noCommandPriority, ...options }, requests, own, Random.fromSeed(3));
  const found: Record<number, number> = {};
  for (let draw = 0; draw < draws; draw++) {
    requests.operation[0] = operation;
    requests.byteCount[0] = byteCount;
    const priority = priorities.draw(0);
    expect(priorities.drawn(0)).toBe(priority);
    if (operation <= Operation.write) {
      expect(priorities.values[operation]![priorities.indexOfSlot[0]!]).toBe(priority);
    }
    found[priority] = (found[priority] ?? 0) + 1;
  }
  return found;
}

/** Six standard deviations. */
const near = (count: number | undefined, share: number) =>
  expect(Math.abs((count ?? 0) / draws - share)).toBeLessThan(6 * Math.sqrt((share * (1 - share)) / draws));

describe('CommandPriorities', () => {
  it('gives the share asked for the real-time class, when no other is given', () => {
    const found = counts({ percent: { read: 30, write: 0 } }, Operation.read, 4096);
    near(found[packPriority(1, 0, 0)], 0.3);
    near(found[0], 0.7);
    expect(counts({ percent: { read: 30, write: 0 } }, Operation.write, 4096)).toEqual({ 0: draws });
    expect(counts({ percent: { read: 30, write: 30 } }, Operation.sync, 0)).toEqual({ 0: draws });
  });

  it("keeps the job's own priority for the rest", () => {
    const own = packPriority(2, 7, 0);
    const options = { percent: { read: 100, write: 1 }, priorityClass: { read: 2, write: 3 } };
    expect(counts(options, Operation.read, 512, own)).toEqual({ [packPriority(2, 0, 0)]: draws });
    const found = counts(options, Operation.write, 512, own);
    near(found[own], 0.99);
    near(found[packPriority(3, 0, 0)], 0.01);
  });

  it('goes by block size with a split, and leaves other sizes alone', () => {
    const entry = (blockBytes: number, percent: number, level: number | null) => ({
      blockBytes,
      percent,
      priority: level === null ? null : { priorityClass: 2, level, hint: 5 },
    });
    const split = { read: [entry(4096, 20, 1), entry(8192, 50, null), entry(4096, 30, 2)], write: [] };
    const options = { split, priorityClass: { read: 3, write: 3 } };
    const small = counts(options, Operation.read, 4096);
    near(small[packPriority(2, 1, 5)], 0.2);
    near(small[packPriority(2, 2, 5)], 0.3);
    near(small[0], 0.5);
    near(counts(options, Operation.read, 8192)[packPriority(3, 0, 0)], 0.5);
    expect(counts(options, Operation.read, 512)).toEqual({ 0: draws });
    expect(counts(options, Operation.write, 4096)).toEqual({ 0: draws });
  });

  it('puts nothing on requests while rehearsing, and takes the same lots', () => {
    const requests = createRequests(1);
    const options = { ...noCommandPriority, percent: { read: 50, write: 50 } };
    const real = new CommandPriorities(options, requests, 0, Random.fromSeed(1));
    const silent = new CommandPriorities(options, requests, 0, Random.fromSeed(1), false);
    for (let draw = 0; draw < 100; draw++) {
      real.draw(0);
      expect(silent.draw(0)).toBe(0);
      expect(silent.indexOfSlot[0]).toBe(real.indexOfSlot[0]);
    }
  });
});

it('packs and unpacks as ioprio_set(2)', () => {
  expect(packPriority(2, 4, 1)).toBe(0x400c);
  expect(unpackPriority(0x400c)).toEqual({ priorityClass: 2, level: 4, hint: 1 });
  expect(jobPriority({ ...plain, prio: 3 } as Parameters<typeof jobPriority>[0])).toBe(packPriority(2, 3, 0));
  expect(jobPriority(plain as Parameters<typeof jobPriority>[0])).toBe(0);
});

it('draws nothing where there is no share', () => {
  expect(drawsPriorities(null)).toBe(false);
  expect(drawsPriorities({ ...noCommandPriority, level: { read: 3, write: 3 } })).toBe(false);
  expect(drawsPriorities({ ...noCommandPriority, percent: { read: 0, write: 1 } })).toBe(true);
});
