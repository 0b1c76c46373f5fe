import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRequests } from '../../engines/requests.js';
import { createDraft } from '../../job/draft.js';
import { RandomStreams } from '../../support/random.js';
import { sampleJob } from '../../testing/sample-result.js';
import { simulate } from '../../testing/simulated-run.js';
import { ErrorPolicy, toleratedErrors } from '../error-policy.js';
import { createSharedState } from '../shared-state.js';
import { batchNowNs, batchUntilNs, createSlotTimes } from '../slot-times.js';
import { createPacing } from './create.js';
import { createFlows, Flow, type FlowMembership, leaveFlow } from './flow.js';

type Member = Parameters<typeof createFlows>[0][number];

function member(weight: number, { id = 0, sleepMs = 0, delayMs = 0 } = {}): Member {
  const { schedule } = createDraft();
  return {
    job: {
      flow: { id, weight, sleepMs },
      schedule: { ...schedule, startDelayMs: { min: delayMs, max: delayMs } },
    },
  };
}

/** A gate that counts what it let through. */
function gate(membership: FlowMembership) {
  const due = new Float64Array(1);
  const times = createSlotTimes(1);
  const flow = new Flow(membership, times, createRequests(1), due);
  const made = {
    pass: (ns: number) => {
      times.batchNs[batchNowNs] = times.batchNs[batchNowNs]! + ns;
    },
    count: 0,
    due,
    restart: () => flow.restart(false),
    tryOne: () => {
      if (!flow.allows(0)) return false;
      flow.started(0);
      made.count++;
      return true;
    },
    /** As many as it may without the others. */
    run: (max: number) => {
      for (let n = 0; n < max && made.tryOne(); n++);
    },
  };
  return made;
}

/** Time as a job sees it that has a CPU for 3 ms out of 18: in between the others have it. */
class TurnsClock {
  #nowNs = 0;
  readonly #othersRun: () => void;

  constructor(othersRun: () => void) {
    this.#othersRun = othersRun;
  }

  readonly nowNs = (): number => this.#nowNs;

  /** A look takes a fifth of a microsecond. */
  record(target: Float64Array, index: number): void {
    this.#passUntil(this.#nowNs + 200);
    target[index] = this.#nowNs;
  }

  sleepUntil(target: Float64Array, index: number): void {
    this.#passUntil(target[index]!);
  }

  #passUntil(ns: number): void {
    const before = Math.floor(this.#nowNs / 18e6);
    this.#nowNs = Math.max(this.#nowNs, ns);
    if (this.#nowNs % 18e6 > 3e6) this.#nowNs = (Math.floor(this.#nowNs / 18e6) + 1) * 18e6;
    if (Math.floor(this.#nowNs / 18e6) > before) this.#othersRun();
  }
}

const gates = (...members: readonly Member[]) => createFlows(members).map((membership) => gate(membership!));

describe('a flow', () => {
  it('shares by weight, whoever asks how often', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 4 }),
        fc.array(fc.nat(), { minLength: 100, maxLength: 400 }),
        (weights, order) => {
          const members = gates(...weights.map((weight) => member(weight)));
          for (const each of order) members[each % members.length]!.tryOne();
          const all = members.reduce((sum, { count }) => sum + count, 0);
          const weightOfAll = weights.reduce((sum, weight) => sum + weight, 0);
          // None has more than its share, but for the one I/O that takes it there, the one that all begin with, and
          // what it may be ahead.
          members.forEach(({ count }, index) => {
            expect(count).toBeLessThanOrEqual((weights[index]! / weightOfAll) * (all + 1) * (1 + 1 / 64) + 1);
          });
          // Never do all of them wait.
          expect(members.some((each) => each.tryOne())).toBe(true);
        },
      ),
    );
  });

  it('of two to one', () => {
    const [two, one] = gates(member(2), member(1)) as [ReturnType<typeof gate>, ReturnType<typeof gate>];
    for (let round = 0; round < 1000; round++) {
      two.run(10_000);
      one.run(10_000);
    }
    // Whoever came last may be 512 of all I/Os ahead.
    expect(Math.abs(two.count - 2 * one.count)).toBeLessThanOrEqual(2 * 512 + 2);
    expect(two.count).toBeGreaterThan(100_000);
  });

  it('keeps a rate beside it where jobs take turns on one CPU', () => {
    const [own, others] = createFlows([member(1), member(8)]) as [FlowMembership, FlowMembership];
    const other = gate(others);
    const clock = new TurnsClock(() => other.run(Number.POSITIVE_INFINITY));
    const requests = createRequests(1);
    const times = createSlotTimes(1);
    times.batchNs[batchUntilNs] = Number.POSITIVE_INFINITY;
    const pacing = createDraft().pacing;
    const { pacer } = createPacing({
      planned: {
        job: sampleJob({ pacing: { ...pacing, iops: { read: 1000, write: 0, trim: 0 } } }),
        engine: { ...sampleJob().engine, depth: 1 },
      },
      engine: {},
      workload: { nextOperation: () => 0, turnTo: () => undefined, turns: false },
      requests,
      times,
      clock,
      random: new RandomStreams(1, 0),
      errors: new ErrorPolicy(
        requests,
        createSharedState({ submission: false, openLoop: true }).totals,
        toleratedErrors(sampleJob()),
      ),
      openLoop: null,
      flow: own,
      replay: null,
    });
    clock.record(times.batchNs, batchNowNs);
    pacer!.restart(false);
    let count = 0;
    while (clock.nowNs() < 10e9) {
      clock.record(times.batchNs, batchNowNs);
      if (pacer!.mayStart(0)) {
        pacer!.started(0);
        count++;
      } else pacer!.sleep();
    }
    // One I/O per turn were 555.
    expect(count).toBeGreaterThan(9500);
    expect(count).toBeLessThanOrEqual(10_001);
    expect(other.count / count).toBeGreaterThan(7.5);
    expect(other.count / count).toBeLessThan(8.5);
  });

  it('holds a job that runs ahead, which looks again after flow_sleep', () => {
    const [ahead] = gates(member(1, { sleepMs: 3 }), member(1)) as [ReturnType<typeof gate>];
    ahead.run(1000);
    // own × 2 ≤ own + 1 holds up to 1.
    expect(ahead.count).toBe(2);
    expect(ahead.due[0]).toBe(3e6);
  });

  it('has nothing to do with another, nor with jobs in none', () => {
    const memberships = createFlows([member(1, { id: 1 }), member(1, { id: 2 }), member(0)]);
    expect(memberships[2]).toBeNull();
    const alone = gate(memberships[0]!);
    alone.run(1000);
    expect(alone.count).toBe(1000);
  });

  it('goes on without a job that has ended', () => {
    const [first, second] = createFlows([member(1), member(5)]) as [FlowMembership, FlowMembership];
    const rest = gate(first);
    rest.run(1000);
    expect(rest.count).toBeLessThan(3);
    const before = rest.count;
    leaveFlow(second);
    // Not at once: it may be about to end as well.
    rest.run(1000);
    expect(rest.count).toBe(before);
    expect(rest.due[0]).toBe(50e6);
    rest.pass(50e6);
    rest.run(1000);
    expect(rest.count).toBe(before + 1000);
  });

  it('takes in a job that begins later, which does not make up for what it missed', () => {
    const [first, late] = gates(member(1), member(1, { delayMs: 100 })) as [
      ReturnType<typeof gate>,
      ReturnType<typeof gate>,
    ];
    first.run(1000);
    expect(first.count).toBe(1000);
    late.restart();
    for (let round = 0; round < 100; round++) {
      late.run(1000);
      first.run(1000);
    }
    expect(Math.abs(first.count - 1000 - late.count)).toBeLessThanOrEqual(2 + (first.count + late.count + 1000) / 64);
    expect(late.count).toBeGreaterThanOrEqual(100);
  });

  it('is joined once: the end of the ramp changes nothing', () => {
    const [first, late] = gates(member(1), member(1, { delayMs: 100 })) as [
      ReturnType<typeof gate>,
      ReturnType<typeof gate>,
    ];
    first.run(10);
    late.restart();
    late.run(5);
    const { count } = late;
    late.restart();
    expect(late.tryOne()).toBe(false);
    expect(late.count).toBe(count);
  });

  it('lets a whole run go as far as the others allow', () => {
    const [own, other] = createFlows([member(2, { sleepMs: 1 }), member(1)]) as [FlowMembership, FlowMembership];
    const table = new Float64Array(other.memory);
    table[other.memberIndex * 2] = 10;
    const { reads, measured } = simulate({
      flow: own,
      depth: 4,
      runtimeMs: 500,
      serviceNs: () => 1000,
      job: { flow: { id: 0, weight: 2, sleepMs: 1 } },
    });
    // own × 3 ≤ 2 × (1 + own + 10) × 65 / 64 holds up to 23.
    expect(reads.count).toBe(24);
    expect(measured.elapsedNs).toBe(500e6);
  });
});
