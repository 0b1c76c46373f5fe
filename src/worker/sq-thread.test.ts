import { describe, expect, it } from 'vitest';
import { sampleEngineOptions, sampleJob, samplePlannedWorker } from '../testing/sample-result.js';
import { createSqThreadShares, SharedSqThread } from './sq-thread.js';

const workerOf = (name: string, sharesSqThread: boolean) =>
  samplePlannedWorker({ job: { ...sampleJob(), name }, engine: sampleEngineOptions({ sqpoll: true, sharesSqThread }) });

describe('a shared SQPOLL thread', () => {
  it('is that of the first of those that share', () => {
    const shares = createSqThreadShares([workerOf('a', false), workerOf('b', true), workerOf('c', true)]);
    expect(shares.map((share) => share && [share.isOwner, share.owner])).toEqual([null, [true, 'b.0'], [false, 'b.0']]);
    expect(shares[1]!.memory).toBe(shares[2]!.memory);
  });

  it('is told to the others by its descriptor', () => {
    const [own, other] = createSqThreadShares([workerOf('a', true), workerOf('b', true)]);
    new SharedSqThread(own!, () => false).offer(17);
    expect(new SharedSqThread(other!, () => false).descriptor()).toBe(17);
  });

  it('is waited for no longer when its job failed, or the user stops', () => {
    const [own, other] = createSqThreadShares([workerOf('a', true), workerOf('b', true)]);
    expect(() => new SharedSqThread(other!, () => true).descriptor()).toThrow(/stopped/);
    new SharedSqThread(other!, () => false).withdraw();
    expect(() => new SharedSqThread(other!, () => true).descriptor()).toThrow(/stopped/);
    new SharedSqThread(own!, () => false).withdraw();
    expect(() => new SharedSqThread(other!, () => false).descriptor()).toThrow(/job a\.0.* has none/);
  });
});
