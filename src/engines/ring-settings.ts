/** From a job's options to its ring: what is asked for, and what is set once the ring is open. Cold. */
import { engineLabel } from '../job/engine-label.js';
import type { EngineOptions } from '../job/job.js';
import { Register } from '../ring/abi.js';
import type { MappedRing } from '../ring/port.js';
import type { Ring } from '../ring/ring.js';
import {
  chooseBinding,
  type Fallback,
  type FixedBuffers,
  type OpenedRing,
  openRing,
  type RingRequest,
  registerBuffers,
  registerFiles,
} from '../ring/setup.js';
import type { EngineFacts, EngineSetting } from '../stats/engine-facts.js';
import { Errno, errnoName } from '../system/errno.js';
import { affinityMask } from '../system/thread.js';
import type { EngineSetup, SqThreadShare } from './engine.js';

/** Throws `UserError` when the ring whose thread it was to share is not there. */
export function ringRequest({ options, depth, sqThread = null }: EngineSetup): RingRequest {
  return {
    depth,
    completionsMax: Math.min(depth, options.batchCompleteMax ?? depth),
    sqpoll: options.sqpoll,
    sqpollCpu: options.sqpollCpu,
    sqThreadIdleMs: options.sqThreadIdleMs,
    attachTo: sqThread === null || sqThread.isOwner ? null : sqThread.descriptor(),
    withoutSqArray: options.withoutSqArray,
    iopoll: options.iopoll,
    binding: chooseBinding(options.binding),
  };
}

/** What the ring of an engine was granted, without what the engine itself registers. */
export function ringFacts({ options, depth }: EngineSetup, opened: OpenedRing) {
  return {
    label: engineLabel(options),
    depth,
    binding: opened.bindingName,
    setupFlags: opened.setupFlags,
    features: opened.features,
    fallbacks: opened.fallbacks,
  };
}

/** A ring, and what an engine has mapped for it: made together, and given back together. */
export interface EngineRing {
  readonly opened: OpenedRing;
  /** What `openRing` fell back to; what is registered later adds to it. */
  readonly fallbacks: Fallback[];
  /** To be freed after the ring. */
  readonly memories: { free(): void }[];
  /** Once the engine has dropped its views. */
  release(): void;
}

/** Makes an engine on a ring of its own; where that fails, nothing is left. Throws `UserError`. */
export function onRing<T>(request: RingRequest, make: (ring: EngineRing) => T): T {
  const opened = openRing(request);
  const memories: { free(): void }[] = [];
  const release = () => {
    opened.close();
    for (const memory of memories) memory.free();
  };
  try {
    return make({ opened, fallbacks: [...opened.fallbacks], memories, release });
  } catch (error) {
    release();
    throw error;
  }
}

/** Registers the buffers, so many of them; null where that was not asked for, or is refused. */
export function fixedBuffersOf(
  { options, buffers }: EngineSetup,
  { opened, fallbacks }: EngineRing,
  count: number,
): FixedBuffers | null {
  if (!options.fixedBuffers || options.nop) return null;
  const registered = registerBuffers(opened.mapped, buffers, count);
  if (!('asked' in registered)) return registered;
  fallbacks.push(registered);
  return null;
}

/** Registers the files; false where that was not asked for, or is refused. */
export function fixesFiles({ options, files }: EngineSetup, { opened, fallbacks }: EngineRing): boolean {
  if (!options.fixedFiles || options.nop || files.length === 0) return false;
  const descriptors = files.map(({ descriptor }) => descriptor);
  const failed = registerFiles(opened.mapped, descriptors);
  if (failed !== null) fallbacks.push(failed);
  return failed === null;
}

type RingCounts = Pick<EngineFacts, 'enterCount' | 'retryCount' | 'wakeupCount' | 'overflowCount'>;

/** What a ring has counted until now. */
export function ringCounts({ enterCount, retryCount, wakeupCount, overflowCount }: Ring): RingCounts {
  return { enterCount, retryCount, wakeupCount, overflowCount };
}

/** Of a ring that is open: offers its thread to those who wait for it, and sets what is set by calls. */
export function settleRing(
  { options, sqThread = null }: EngineSetup,
  { mapped }: OpenedRing,
  fallbacks: Fallback[],
): EngineSetting[] {
  if (sqThread?.isOwner === true) sqThread.offer(mapped.descriptor);
  return applyRingSettings(options, mapped, fallbacks, sqThread);
}

type RingOptions = Pick<EngineOptions, 'sqpoll' | 'sqThreadIdleMs' | 'workerCountMax' | 'workerCpus'>;

/**
 * Applies what the job asks for, and says what the kernel has made of it; what it refuses goes to `fallbacks`.
 * The workers belong to the thread that made the ring (to SQPOLL's, where there is one), so it must be the job's own.
 */
export function applyRingSettings(
  options: RingOptions,
  ring: Pick<MappedRing, 'register'>,
  fallbacks: Fallback[],
  share: SqThreadShare | null,
): EngineSetting[] {
  const settings: EngineSetting[] = [];
  if (options.sqpoll && options.sqThreadIdleMs !== null) {
    settings.push({ option: 'sq_thread_idle', value: `${options.sqThreadIdleMs} ms` });
  }
  if (share !== null) {
    settings.push({ option: 'sq_thread_share', value: share.isOwner ? 'owner' : `thread of ${share.owner}` });
  }
  const { workerCountMax, workerCpus } = options;
  if (workerCountMax !== null) {
    const counts = Int32Array.of(workerCountMax.bounded, workerCountMax.unbounded);
    const result = ring.register(Register.IOWQ_MAX_WORKERS, counts, 2);
    // Asked once more with zeros, which change nothing, it tells what is in force.
    const inForce = new Int32Array(2);
    if (result >= 0 && ring.register(Register.IOWQ_MAX_WORKERS, inForce, 2) >= 0) {
      settings.push({ option: 'iowq_max_workers', value: inForce.join(',') });
    } else {
      fallbacks.push(refusal('iowq_max_workers', result, '5.15'));
    }
  }
  if (workerCpus !== null) {
    const mask = affinityMask(workerCpus);
    const result = ring.register(Register.IOWQ_AFF, mask, mask.byteLength);
    if (result >= 0) settings.push({ option: 'iowq_cpus', value: workerCpus.join(',') });
    else fallbacks.push(refusal('iowq_cpus', result, '5.14'));
  }
  return settings;
}

function refusal(option: string, result: number, since: string): Fallback {
  return {
    asked: option,
    reason: `the kernel refuses it (${errnoName(-result)}; it came with Linux ${since})`,
    advice: result === -Errno.EINVAL ? `use Linux ${since} or later, or leave ${option} out` : `leave ${option} out`,
  };
}
