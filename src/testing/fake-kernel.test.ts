/** The fake kernel must answer as the real one does: the same script runs on both. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Op, Setup } from '../ring/abi.js';
import type { EnterFunction, RingViews } from '../ring/port.js';
import { probeRing } from '../ring/probe.js';
import { Ring } from '../ring/ring.js';
import { systemCalls } from '../ring/syscalls.js';
import { FakeKernel, fakeUringEngine } from './fake-kernel.js';

const entries = 8;

type Step = { readonly queue: readonly boolean[] } | { readonly submit: true } | { readonly reap: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  // true = a bad SQE.
  fc.record({ queue: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }) }),
  fc.record({ submit: fc.constant(true as const) }),
  fc.record({ reap: fc.nat(4) }),
);

/** Runs the script and tells everything that can be seen from outside. */
function play(views: RingViews, enter: EnterFunction, flags: number, steps: readonly Step[]): string[] {
  const log: string[] = [];
  const logged: EnterFunction = (toSubmit, completionsMin, enterFlags) => {
    const result = enter(toSubmit, completionsMin, enterFlags);
    log.push(`enter(${toSubmit}, ${completionsMin}, ${enterFlags}) = ${result}`);
    return result;
  };
  const ring = new Ring({ views, enter: logged, setupFlags: flags, slotCount: entries, completionsMax: entries });
  const free = Array.from({ length: entries }, (_, slot) => slot);
  for (const each of steps) {
    if ('queue' in each) {
      for (const bad of each.queue) {
        const slot = free.pop();
        if (slot === undefined) break;
        ring.sqes.fill(0, slot * 16, slot * 16 + 16);
        ring.sqes[slot * 16] = bad ? 250 : Op.nop;
        ring.sqes[slot * 16 + 8] = slot;
        ring.queue(slot);
      }
    } else if ('submit' in each) {
      ring.submit();
    } else {
      // What was not submitted after a bad SQE would only make the wait run into its bound.
      const wanted = Math.min(each.reap, entries - free.length - ring.unsubmittedCount);
      const count = ring.submitAndReap(wanted);
      for (let index = 0; index < count; index++) {
        log.push(`slot ${ring.completedSlot[index]} = ${ring.completedResult[index]}`);
        free.push(ring.completedSlot[index]!);
      }
    }
    log.push(`unsubmitted ${ring.unsubmittedCount}`);
  }
  ring.close();
  return log;
}

describe('FakeKernel', () => {
  it.for([
    ['without SUBMIT_ALL', 0],
    ['with SUBMIT_ALL', Setup.SUBMIT_ALL],
  ] as const)('answers scripts of good and bad requests as the kernel here does: %s', ([, flags], context) => {
    const probe = probeRing();
    if (!probe.available) return context.skip(probe.problem!.message);
    const known = probe.setupFlags.find((flag) => flag.name === 'SUBMIT_ALL')!.supported;
    if (flags !== 0 && !known) return context.skip('this kernel has no SUBMIT_ALL (5.18)');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const real = systemCalls.setup({
          entries,
          cqEntries: 64,
          flags: Setup.CQSIZE | flags,
          sqThreadCpu: 0,
          sqThreadIdleMs: 0,
          waitNsMax: 1e6,
        });
        if (typeof real === 'number') throw new Error(`io_uring_setup: ${real}`);
        const expected = play(real.views, real.enter, flags, steps);
        real.close();
        const fake = new FakeKernel({ entries, cqEntries: 64, flags, serviceTimeNs: () => 0, waitNsMax: 1e6 });
        expect(play(fake.views, fake.enter, flags, steps)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('does the same again with the same seed, and something else with another', () => {
    const run = (seed: number) => {
      const { engine, kernel, requests, clock } = fakeUringEngine({
        depth: 4,
        seed,
        faults: { partialSubmit: 0.3, again: 0.2, delay: 0.5, shortTransfer: 0.2 },
      });
      requests.byteCount.fill(4096);
      for (let turn = 0; turn < 50; turn++) {
        engine.queue(0);
        for (let tries = 0; tries < 100 && engine.submitAndReap(1) === 0; tries++);
      }
      return JSON.stringify([kernel.enterLog, clock.nowNs]);
    };
    expect(run(5)).toBe(run(5));
    expect(run(5)).not.toBe(run(7));
  });

  it('takes exactly the scripted time at a depth of one', () => {
    const { engine, requests, clock } = fakeUringEngine({ depth: 1, serviceTimeNs: (sqe) => 1000 + sqe.offset });
    requests.byteCount.fill(4096);
    for (let index = 0; index < 1000; index++) {
      requests.offset[0] = index;
      engine.queue(0);
      expect(engine.submitAndReap(1)).toBe(1);
    }
    expect(clock.nowNs).toBe(1000 * 1000 + (999 * 1000) / 2);
  });
});
