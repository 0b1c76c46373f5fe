/** Zones with write pointers (`zonemode=zbd`): what jobs do with them, and what cannot work there. */
import { directionsOf, sizeLimits } from '../job/block-sizes.js';
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import type { TargetFacts, ZonedFacts } from '../machine/target-facts.js';
import { sendsCommands } from './commands.js';
import { destroysData, overwrites, touchesFiles } from './files.js';
import type { Findings } from './findings.js';
import type { PlannedZones } from './types.js';
import { isConventional, type Region, usesZones } from './zone-region.js';

/** What jobs of one file must agree in, by path. */
export interface ZoneAgreement {
  readonly zoneBytes: number;
  readonly capacityBytes: number;
  readonly openMax: number;
  /** Of the jobs that reset zones by `zone_reset_frequency`. */
  readonly reset: Region | null;
}

/** Zones take 44 bytes of memory each. */
const emulatedZonesMax = 1 << 22;

/**
 * What a job that knows nothing of write pointers may not do. `checkZones` is for those that do.
 */
export function refuseUnzonedWrites(job: Job, facts: TargetFacts, region: Region, findings: Findings): void {
  const zoned = facts.zoned ?? null;
  if (usesZones(job) || zoned?.model !== 'host-managed' || !overwrites(job) || !touchesFiles(job)) return;
  if (job.target.precondition === 'none' && isConventional(zoned, region)) return;
  const what = job.target.precondition === 'none' ? 'writes' : `precondition=${job.target.precondition} writes`;
  findings.usage(
    job,
    `${facts.path} is a zoned device (${zoned.model}): it takes writes at the write pointers of its zones only, and job "${job.name}" ${what} anywhere`,
    job.target.precondition === 'none'
      ? 'add zonemode=zbd and direct=1'
      : 'leave precondition out, and write the zones with a job of zonemode=zbd before',
  );
}

/** Of a job with `zonemode=zbd`; null where something is wrong, which then is in the findings. */
export function planZones(
  job: Job,
  facts: TargetFacts,
  region: Region,
  agreed: Map<string, ZoneAgreement>,
  findings: Findings,
): PlannedZones | null {
  if (sendsCommands(job)) {
    findings.usage(
      job,
      `${job.engine.name} sends commands past the kernel's zones, and zonemode=zbd needs those`,
      `use ioengine=io_uring or libaio on ${facts.commands?.blockDevice ?? 'the block device'}`,
    );
    return null;
  }
  const zoned = touchesFiles(job) ? (facts.zoned ?? null) : null;
  const { zones, order } = job.workload;
  const zoneBytes = zoned?.zoneBytes ?? order.zoneBytes;
  const capacityBytes = zoned !== null || zones.capacityBytes === 0 ? zoneBytes : zones.capacityBytes;
  const isSound =
    zoned === null
      ? checkEmulated(job, facts, region, findings)
      : checkDevice(job, facts, { ...zoned, isTold: order.zoneBytes > 0 }, findings);
  if (!isSound || !checkBlocks(job, zoneBytes, capacityBytes, findings)) return null;
  const deviceMax = zoned?.model === 'host-managed' && !zones.ignoresDeviceLimit ? zoned.openMax : 0;
  const openMax = zones.openMax === 0 ? deviceMax : zones.openMax;
  const agreement = { zoneBytes, capacityBytes, openMax, reset: zones.resetFrequency > 0 ? region : null };
  if (
    !checkLimits(job, facts, openMax, deviceMax, findings) ||
    !checkAgreement(job, facts, agreement, agreed, findings)
  )
    return null;
  const keepsOrder = zoned === null || (engineTraits(job.engine.name).ordersWrites && zoned.ordersWrites);
  if (!keepsOrder && job.engine.depth > 1 && directionsOf(job.workload).includes('write')) {
    findings.warn(
      job,
      'zone-writes-one-by-one',
      `${facts.path}: writes to one zone go one after another, for ${job.engine.name} does not keep them in order: iodepth=${job.engine.depth} works across zones only`,
      zoned.ordersWrites
        ? 'use ioengine=libaio for several in flight in one zone'
        : 'set the scheduler to mq-deadline and use ioengine=libaio',
    );
  }
  return { zoneBytes, capacityBytes, isDevice: zoned !== null, openMax, keepsOrder };
}

function checkEmulated(
  job: Job,
  facts: TargetFacts,
  { offsetBytes, regionBytes }: Region,
  findings: Findings,
): boolean {
  const { order, zones, directions } = job.workload;
  const { zoneBytes } = order;
  const wholeBytes = Math.max(facts.sizeBytes, offsetBytes + regionBytes);
  const refuse = (message: string, advice: string): boolean => {
    findings.usage(job, message, advice);
    return false;
  };
  if (zoneBytes === 0) {
    return refuse(
      `${facts.path} has no zones of its own: zonemode=zbd needs a zonesize to emulate them`,
      'write zonesize=64m, for example, or name a zoned device',
    );
  }
  if (zoneBytes < 512) return refuse(`zonesize=${zoneBytes} is less than a sector`, 'use 512 or more');
  if (zones.capacityBytes > zoneBytes) {
    return refuse(
      `zonecapacity=${zones.capacityBytes} is larger than zonesize=${zoneBytes}`,
      `use ${zoneBytes} or less, or leave zonecapacity out`,
    );
  }
  const align = job.target.direct ? (facts.directAlignBytes ?? 1) : 1;
  for (const [option, bytes] of Object.entries({ zonesize: zoneBytes, zonecapacity: zones.capacityBytes })) {
    if (bytes % align !== 0) {
      return refuse(
        `${facts.path}: direct I/O needs multiples of ${align} bytes, and ${option} is ${bytes}`,
        `use ${Math.ceil(bytes / align) * align}, or direct=0`,
      );
    }
  }
  if (wholeBytes / zoneBytes > emulatedZonesMax) {
    return refuse(
      `${facts.path}: ${Math.ceil(wholeBytes / zoneBytes)} zones of ${zoneBytes} bytes are more than the ${emulatedZonesMax} that are emulated`,
      'use a larger zonesize',
    );
  }
  if (directions === 'read' && !zones.readsBeyondPointer) {
    findings.warn(
      job,
      'zones-empty-at-first',
      `${facts.path}: emulated zones are empty when the run begins, so this job reads only what jobs of this run have written with zonemode=zbd`,
      'add read_beyond_wp=1 to read all of it',
    );
  }
  return true;
}

function checkDevice(
  job: Job,
  facts: TargetFacts,
  zoned: ZonedFacts & { readonly isTold: boolean },
  findings: Findings,
): boolean {
  const { order, zones } = job.workload;
  if (zoned.isTold && order.zoneBytes !== zoned.zoneBytes) {
    findings.usage(
      job,
      `${facts.path} has zones of ${zoned.zoneBytes} bytes, and zonesize is ${order.zoneBytes}`,
      `leave zonesize out, or write zonesize=${zoned.zoneBytes}`,
    );
    return false;
  }
  if (destroysData(job) && !job.target.direct) {
    findings.usage(
      job,
      `${facts.path} is a zoned device: the page cache writes back in another order than its zones take`,
      'add direct=1',
    );
    return false;
  }
  if (zones.capacityBytes > 0) {
    findings.warn(job, 'option-without-effect', `zonecapacity has no effect on ${facts.path}, which has zones`, null);
  }
  return true;
}

function checkBlocks(job: Job, zoneBytes: number, capacityBytes: number, findings: Findings): boolean {
  const { workload } = job;
  const used = directionsOf(workload);
  if (used.includes('trim')) {
    const { min, max } = sizeLimits(workload, 'trim');
    if (min !== zoneBytes || max !== zoneBytes) {
      findings.usage(
        job,
        `a trim resets a whole zone of ${zoneBytes} bytes, and the trim block size is ${min === max ? min : `${min}-${max}`}`,
        `use bs=,,${zoneBytes}`,
      );
      return false;
    }
  }
  if (!used.includes('write')) return true;
  const { min, max } = sizeLimits(workload, 'write');
  if (max <= zoneBytes && min <= capacityBytes) return true;
  findings.usage(
    job,
    `a zone holds ${Math.min(zoneBytes, capacityBytes)} bytes, less than a write of ${max}`,
    'use a smaller bs, or larger zones',
  );
  return false;
}

function checkLimits(job: Job, facts: TargetFacts, openMax: number, deviceMax: number, findings: Findings): boolean {
  const { jobOpenMax } = job.workload.zones;
  if (deviceMax > 0 && openMax > deviceMax) {
    findings.usage(
      job,
      `max_open_zones=${openMax} is more than the ${deviceMax} that ${facts.path} allows`,
      `use ${deviceMax} or less, or ignore_zone_limits=1`,
    );
    return false;
  }
  if (jobOpenMax === 0 || (openMax > 0 && jobOpenMax <= openMax)) return true;
  findings.usage(
    job,
    openMax === 0
      ? `job_max_open_zones=${jobOpenMax} is a part of max_open_zones, and ${facts.path} has no such limit`
      : `job_max_open_zones=${jobOpenMax} is more than all jobs together may have open, ${openMax}`,
    openMax === 0 ? 'set max_open_zones as well' : `use ${openMax} or less`,
  );
  return false;
}

/** Jobs share the zones of a file, whichever of them begins. */
function checkAgreement(
  job: Job,
  { path }: TargetFacts,
  own: ZoneAgreement,
  agreed: Map<string, ZoneAgreement>,
  findings: Findings,
): boolean {
  const known = agreed.get(path) ?? own;
  agreed.set(path, { ...known, reset: known.reset ?? own.reset });
  const refuse = (option: string, value: number, other: number): boolean => {
    findings.usage(
      job,
      `${path}: ${option} is ${value} for job "${job.name}" and ${other} for a job before it, and they share its zones`,
      'use one value for all jobs',
    );
    return false;
  };
  if (own.zoneBytes !== known.zoneBytes) return refuse('zonesize', own.zoneBytes, known.zoneBytes);
  if (own.capacityBytes !== known.capacityBytes) return refuse('zonecapacity', own.capacityBytes, known.capacityBytes);
  if (own.openMax !== known.openMax && job.workload.zones.openMax > 0)
    return refuse('max_open_zones', own.openMax, known.openMax);
  const isOther = (left: Region, right: Region): boolean =>
    left.offsetBytes !== right.offsetBytes || left.regionBytes !== right.regionBytes;
  if (own.reset !== null && known.reset !== null && isOther(own.reset, known.reset)) {
    findings.usage(
      job,
      `${path}: jobs with zone_reset_frequency have different parts of it, and count what is written in their own`,
      'use the same offset and size for them',
    );
    return false;
  }
  return true;
}
