/** Zoned block devices: what sysfs and a report of their zones tell without touching data. */
import fs from 'node:fs';
import os from 'node:os';
import { UserError } from '../support/errors.js';
import { describeErrno } from '../system/errno.js';
import { readText } from '../system/small-files.js';
import { type ReportedZone, reportZones } from '../system/zone-calls.js';
import { liveSystem, type SystemView, wholeDiskOf } from './block-device.js';
import type { ZonedFacts } from './target-facts.js';

/** From this version on the kernel itself keeps writes to a zone in order, whatever the scheduler (zone write plugging). */
const orderingKernel = [6, 10] as const;

/**
 * null of a device without zones.
 * @param at where the device can be opened to read, to ask which of its zones are conventional
 */
export function zonedFacts(
  deviceNumber: string,
  sizeBytes: number,
  at: string,
  system: SystemView = liveSystem,
  release: string = os.release(),
): ZonedFacts | null {
  const disk = wholeDiskOf(deviceNumber, system);
  const read = (name: string): string | null => (disk === null ? null : readText(`${disk.folder}/queue/${name}`));
  const model = read('zoned');
  const zoneBytes = Number(read('chunk_sectors') ?? 0) * 512;
  if (model === null || model === 'none' || zoneBytes === 0) return null;
  return {
    model,
    zoneBytes,
    openMax: Number(read('max_open_zones') ?? 0),
    activeMax: Number(read('max_active_zones') ?? 0),
    conventional: conventionalParts(at, sizeBytes),
    ordersWrites: (read('scheduler') ?? '').includes('[mq-deadline]') || isOrderingKernel(release),
  };
}

function isOrderingKernel(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return major > orderingKernel[0] || (major === orderingKernel[0] && minor >= orderingKernel[1]);
}

function conventionalParts(at: string, sizeBytes: number): ZonedFacts['conventional'] {
  let descriptor: number;
  try {
    descriptor = fs.openSync(at, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch {
    return [];
  }
  try {
    const zones = reportZones(descriptor, sizeBytes);
    return typeof zones === 'number' ? [] : withoutPointers(zones);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Conventional zones, those that follow each other as one. */
export function withoutPointers(zones: readonly ReportedZone[]): ZonedFacts['conventional'] {
  const parts: { startBytes: number; endBytes: number }[] = [];
  for (const { startBytes, lengthBytes, hasPointer } of zones) {
    if (hasPointer) continue;
    const last = parts.at(-1);
    if (last?.endBytes === startBytes) last.endBytes += lengthBytes;
    else parts.push({ startBytes, endBytes: startBytes + lengthBytes });
  }
  return parts;
}

/** The zones of an open device. Throws `UserError` when it does not tell. */
export function zonesOf(path: string, descriptor: number, sizeBytes: number): ReportedZone[] {
  const zones = reportZones(descriptor, sizeBytes);
  if (typeof zones !== 'number' && zones.length > 0) return zones;
  const { meaning, advice } = describeErrno(typeof zones === 'number' ? zones : 0);
  const why = typeof zones === 'number' ? meaning : 'the report is empty';
  throw UserError.of(`${path} does not report its zones: ${why}`, advice, 1);
}
