/** Which part of a file a job has that follows write pointers (`zonemode=zbd`): whole zones. */
import type { Job } from '../job/job.js';
import type { TargetFacts, ZonedFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';

export interface Region {
  readonly offsetBytes: number;
  readonly regionBytes: number;
}

export function usesZones({ workload }: Job): boolean {
  return workload.order.zoneMode === 'zbd';
}

/** No zone of the region has a write pointer. */
export function isConventional({ conventional }: ZonedFacts, { offsetBytes, regionBytes }: Region): boolean {
  return conventional.some(
    ({ startBytes, endBytes }) => startBytes <= offsetBytes && offsetBytes + regionBytes <= endBytes,
  );
}

/**
 * The region in whole zones, as fio makes it: from the next zone's start to the last one's end for jobs that write or trim;
 * of jobs that only read the end alone.
 */
export function zoneRegion(job: Job, facts: TargetFacts, region: Region, findings: Findings): Region {
  const zoneBytes = facts.zoned?.zoneBytes ?? job.workload.order.zoneBytes;
  const zoned = facts.zoned ?? null;
  if (!usesZones(job) || zoneBytes === 0 || (zoned !== null && isConventional(zoned, region))) return region;
  const { offsetBytes, regionBytes } = region;
  const end = Math.floor((offsetBytes + regionBytes) / zoneBytes) * zoneBytes;
  const readsOnly = job.workload.directions === 'read';
  const begin = readsOnly ? offsetBytes : Math.ceil(offsetBytes / zoneBytes) * zoneBytes;
  if (end <= begin) {
    if (readsOnly) return region;
    findings.usage(
      job,
      `${facts.path}: the job's part, ${regionBytes} bytes from ${offsetBytes} on, holds no whole zone of ${zoneBytes} bytes`,
      `use a size of ${zoneBytes} or more, from a multiple of it on`,
    );
    return region;
  }
  if (begin !== offsetBytes || end - begin !== regionBytes) {
    findings.warn(
      job,
      'zones-rounded',
      `${facts.path}: the job has ${end - begin} bytes from ${begin} on, whole zones of ${zoneBytes}, of ${regionBytes} from ${offsetBytes} on`,
      'use multiples of the zone size for size and offset',
    );
  }
  return { offsetBytes: begin, regionBytes: end - begin };
}
