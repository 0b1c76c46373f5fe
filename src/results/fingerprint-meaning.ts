/**
 * What fields of a fingerprint mean for results: which of them bear on jobs like these, and how far two values may be
 * apart and still be the same thing. Decided anew for each result that is read, of whatever version.
 */
import type { FingerprintClass, FingerprintField } from '../machine/fingerprint.js';
import type { IotestJob } from './document.js';

interface Use {
  /** Buffers that the kernel pins: registered with a ring, or asked for by lockmem. */
  readonly locksMemory: boolean;
  readonly hasRing: boolean;
  /** Files or devices that are not in memory alone. */
  readonly hasDisk: boolean;
}

const onlyWhere = (isUsed: boolean): FingerprintClass => (isUsed ? 'blocking' : 'informative');

/**
 * How fast the processor runs is a setting of the machine as the I/O scheduler is, and moves latencies at low depths by
 * as much. A limit that no job comes near is none.
 */
const classes: Readonly<Record<string, (use: Use) => FingerprintClass>> = {
  'cpu.governor': () => 'blocking',
  'cpu.frequencyDriver': () => 'blocking',
  'cpu.energyPreference': () => 'blocking',
  'cpu.turbo': () => 'blocking',
  'limit.lockedMemory': ({ locksMemory }) => onlyWhere(locksMemory),
  'io_uring.disabled': ({ hasRing }) => onlyWhere(hasRing),
  'cgroup.ioMax': ({ hasDisk }) => onlyWhere(hasDisk),
};

/** The fields with the classes that they have for results of these jobs. */
export function withClasses<Field extends FingerprintField>(
  fields: readonly Field[],
  jobs: readonly Pick<IotestJob, 'options' | 'engine' | 'files'>[],
): Field[] {
  const use: Use = {
    locksMemory: jobs.some(({ options }) => options.engine.fixedBuffers || options.process.lockedBytes > 0),
    hasRing: jobs.some(({ engine }) => (engine?.features.length ?? 0) > 0),
    hasDisk: jobs.some(({ files }) => files.some(({ kind }) => kind !== 'memory')),
  };
  return fields.map((field) => {
    // Names are the document's: `constructor` is none of ours.
    const rule = Object.hasOwn(classes, field.name) ? classes[field.name] : undefined;
    return rule === undefined ? field : { ...field, class: rule(use) };
  });
}

/** How far fields of the moment may be apart before it is worth saying. */
const toleratedSteps: Readonly<Record<string, number>> = { freePercent: 10, temperatureCelsius: 10 };
/** Below this much free space, file systems and flash work otherwise. */
const freePercentLow = 15;

/** The kernel's own share of the memory differs from boot to boot, and a virtual machine's with its balloon. */
const memoryShare = 0.02;
const amountsOfMemory = new Set(['memory.totalBytes', 'memory.swapBytes', 'memory.cgroupMax']);

/** Whether two values of a field are different things. Unknown on both sides is no difference, on one side it is. */
export function isDifferent(name: string, left: FingerprintField['value'], right: FingerprintField['value']): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (typeof left === 'number' && typeof right === 'number' && last in toleratedSteps) {
    const isLow = (value: number) => last === 'freePercent' && value < freePercentLow;
    return Math.abs(left - right) > toleratedSteps[last]! || isLow(left) !== isLow(right);
  }
  if (amountsOfMemory.has(name)) {
    const [a, b] = [bytesOf(left), bytesOf(right)];
    if (a !== null && b !== null) return Math.abs(a - b) > memoryShare * Math.max(a, b);
  }
  return JSON.stringify(left) !== JSON.stringify(right);
}

/** cgroups write numbers, or `max`. */
function bytesOf(value: FingerprintField['value']): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null;
}
