/** What the kernel does with zones of a zoned block device (linux/blkzoned.h): it tells of them, resets and finishes them. */
import { errno, libc } from './libc.js';

/** _IOWR(0x12, 130, struct blk_zone_report), _IOW(0x12, 131 and 136, struct blk_zone_range). */
const BLKREPORTZONE = 0xc0101282;
const BLKRESETZONE = 0x40101283;
const BLKFINISHZONE = 0x40101288;

/** struct blk_zone_report: sector, number of zones, flags; then struct blk_zone for each. */
const headBytes = 16;
const zoneBytes = 64;
const BLK_ZONE_REP_CAPACITY = 1;
/** Zones asked for at once. */
const reportMax = 4096;
const sectorBytes = 512;

/** enum blk_zone_type, enum blk_zone_cond. */
const zoneTypes = { conventional: 1, sequentialRequired: 2 } as const;
const conditions = { notPointer: 0, implicitlyOpen: 2, explicitlyOpen: 3, closed: 4, full: 0xe, offline: 0xf } as const;

/** A zone as the device has it, in bytes. */
export interface ReportedZone {
  readonly startBytes: number;
  readonly lengthBytes: number;
  readonly capacityBytes: number;
  /** Of a conventional zone, and of a full one, the end of what can be written. */
  readonly pointerBytes: number;
  /** False of conventional zones; those where sequential writes are only preferred count as such, as in fio. */
  readonly hasPointer: boolean;
  readonly isOffline: boolean;
  readonly isOpen: boolean;
  /** Written in part, and neither open nor full: it takes resources of the device where those are limited. */
  readonly isClosed: boolean;
}

const ioctl = libc.func('ioctl', 'int', ['int', 'uint32_t', 'void *']);

/** All zones up to `sizeBytes`, or the errno of the call that failed. A report that ends early is the whole. */
export function reportZones(descriptor: number, sizeBytes: number): ReportedZone[] | number {
  const zones: ReportedZone[] = [];
  const report = new Uint8Array(headBytes + reportMax * zoneBytes);
  const view = new DataView(report.buffer);
  for (let offset = 0; offset < sizeBytes; ) {
    view.setBigUint64(0, BigInt(offset / sectorBytes), true);
    view.setUint32(8, reportMax, true);
    view.setUint32(12, 0, true);
    if (ioctl(descriptor, BLKREPORTZONE, report) !== 0) return errno();
    const count = view.getUint32(8, true);
    if (count === 0) break;
    const hasCapacity = (view.getUint32(12, true) & BLK_ZONE_REP_CAPACITY) !== 0;
    for (let index = 0; index < count; index++) zones.push(zoneAt(view, headBytes + index * zoneBytes, hasCapacity));
    const last = zones.at(-1)!;
    offset = last.startBytes + last.lengthBytes;
  }
  return zones;
}

/** 0, or an errno. The data of the zone is lost. */
export function resetZone(descriptor: number, startBytes: number, byteCount: number): number {
  return ioctl(descriptor, BLKRESETZONE, range(startBytes, byteCount)) === 0 ? 0 : errno();
}

/** The zone counts as full: 0, or an errno. */
export function finishZone(descriptor: number, startBytes: number, byteCount: number): number {
  return ioctl(descriptor, BLKFINISHZONE, range(startBytes, byteCount)) === 0 ? 0 : errno();
}

/** struct blk_zone_range, in sectors. */
function range(startBytes: number, byteCount: number): Uint8Array {
  const values = BigUint64Array.of(BigInt(startBytes / sectorBytes), BigInt(byteCount / sectorBytes));
  return new Uint8Array(values.buffer);
}

function zoneAt(view: DataView, at: number, hasCapacity: boolean): ReportedZone {
  const bytes = (place: number): number => Number(view.getBigUint64(at + place, true)) * sectorBytes;
  const startBytes = bytes(0);
  const lengthBytes = bytes(8);
  const capacityBytes = hasCapacity ? bytes(32) : lengthBytes;
  const type = view.getUint8(at + 24);
  const condition = view.getUint8(at + 25);
  const isAtEnd =
    condition === conditions.notPointer || condition === conditions.full || type === zoneTypes.conventional;
  return {
    startBytes,
    lengthBytes,
    capacityBytes,
    pointerBytes: isAtEnd ? startBytes + capacityBytes : bytes(16),
    hasPointer: type === zoneTypes.sequentialRequired,
    isOffline: condition === conditions.offline,
    isOpen: condition === conditions.implicitlyOpen || condition === conditions.explicitlyOpen,
    isClosed: condition === conditions.closed,
  };
}
