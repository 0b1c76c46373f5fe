import { describe, expect, it } from 'vitest';
import { sampleJob, samplePlannedWorker } from '../testing/sample-result.js';
import { simulate, simulatedBlockBytes } from '../testing/simulated-run.js';
import {
  Command,
  controlCommand,
  controlPhase,
  controlRampOver,
  createSharedState,
  Phase,
} from '../worker/shared-state.js';
import { RampWatch } from './ramp-watch.js';

describe('a ramp by its size', () => {
  it('is left out of what is measured, and ends soon after its bytes are done', () => {
    // 100 µs each, looked at every 10 ms: the ramp takes 1000 I/Os and at most 100 more.
    const { reads, measured, engine } = simulate({ rampBytes: 1000 * simulatedBlockBytes, ioCount: 5000 });
    expect(reads.count).toBe(5000);
    expect(measured).toMatchObject({ elapsedNs: 5000 * 100_000, endedInRamp: false, ended: 'done' });
    expect(engine.issuedCount).toBeGreaterThanOrEqual(6000);
    expect(engine.issuedCount).toBeLessThanOrEqual(6101);
  });

  it('that its data does not last for ends with the data', () => {
    const { reads, measured } = simulate({ rampBytes: 1e12, ioCount: 500 });
    expect([reads.count, measured.endedInRamp]).toEqual([500, false]);
  });
});

describe('a run that is stopped in its ramp', () => {
  it.each([{ rampMs: 1000 }, { rampBytes: 1e12 }])('says so: %o', (ramp) => {
    const { measured, reads } = simulate({
      ...ramp,
      runtimeMs: 1000,
      observer: ({ control }) => ({
        completed: () => {
          control[controlCommand] = Command.stop;
        },
      }),
    });
    expect(measured).toMatchObject({ ended: 'interrupted', endedInRamp: true });
    expect(reads.count).toBe(0);
  });
});

describe('a group with a ramp by its size', () => {
  const group = (groupReporting: boolean) => {
    const job = sampleJob({ groupReporting, schedule: { ...sampleJob().schedule, rampBytes: 10_000 } });
    return [0, 1].map(() => {
      const shared = createSharedState({ submission: false, openLoop: false });
      shared.control[controlPhase] = Phase.ramp;
      return { planned: samplePlannedWorker({ job }), shared };
    });
  };
  const isOver = (workers: ReturnType<typeof group>) => workers.map(({ shared }) => shared.control[controlRampOver]);

  it('ends it for all when all together have done so much', () => {
    const workers = group(true);
    const watch = new RampWatch(workers);
    workers[0]!.shared.totals[0] = 6000;
    watch.look();
    expect(isOver(workers)).toEqual([0, 0]);
    workers[1]!.shared.totals[0] = 4000;
    watch.look();
    expect(isOver(workers)).toEqual([1, 1]);
  });

  it('ends it for all when one has come through', () => {
    const workers = group(true);
    workers[0]!.shared.control[controlPhase] = Phase.measuring;
    new RampWatch(workers).look();
    expect(isOver(workers)).toEqual([1, 1]);
  });

  it('is for each alone without group_reporting', () => {
    expect(new RampWatch(group(false)).isNeeded).toBe(false);
  });
});
