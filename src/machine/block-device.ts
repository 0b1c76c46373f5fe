/**
 * Block devices as sysfs and procfs describe them: what a device belongs to, what uses it, what its queue can do.
 * Devices are told by their number (`254:1`), never by name, so that every path and link to one leads to the same facts.
 * Sources: Documentation/ABI/stable/sysfs-block, Documentation/block/stat.rst, proc_pid_mountinfo(5), proc_swaps(5).
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Described, Zod } from '../support/described.js';
import { chosen, readText } from '../system/small-files.js';
import { type LoopDevice, type LoopView, overlap, readLoopDevices, readLoopStatus } from './loop-devices.js';
import { statx } from './statx.js';
import type { DeviceUse, QueueFacts } from './target-facts.js';

/** Where the kernel's files are; tests put a tree of their own in place. */
export interface SystemView extends LoopView {
  readonly proc: string;
  /** `major:minor` of the device node at `path`, links followed; null when it is none. */
  deviceNumber(path: string): string | null;
}

export const liveSystem: SystemView = {
  proc: '/proc',
  sys: '/sys',
  loopStatus: readLoopStatus,
  fileNumber: (filePath) => {
    const status = statx(filePath);
    return status?.type === 'file' ? `${status.device} ${status.inode}` : null;
  },
  deviceNumber: (nodePath) => {
    try {
      const stat = fs.statSync(nodePath);
      return stat.isBlockDevice() ? formatDeviceNumber(stat.rdev) : null;
    } catch {
      return null;
    }
  },
};

/** `major:minor` of a `dev_t` as Node's `stat.dev` and `stat.rdev` give it (gnu_dev_major(3)). */
export function formatDeviceNumber(device: number): string {
  const low = device >>> 0;
  const high = Math.floor(device / 2 ** 32);
  const major = ((low >>> 8) & 0xfff) + (high & ~0xfff);
  const minor = (low & 0xff) | ((low >>> 12) & 0xfff00);
  return `${major}:${minor}`;
}

export interface MountEntry {
  readonly mountId: number;
  /** `major:minor` of the files' st_dev. */
  readonly deviceNumber: string;
  readonly mountPoint: string;
  readonly type: string;
  /** What is mounted: `/dev/vda1`, `tmpfs`. */
  readonly source: string;
  /** Options of the mount, then those of the file system. */
  readonly options: string;
}

/** The mounts of this process's namespace, in the order of the kernel. */
export function readMounts(system: SystemView = liveSystem): MountEntry[] {
  const mounts: MountEntry[] = [];
  for (const line of (readText(`${system.proc}/self/mountinfo`) ?? '').split('\n')) {
    const [before, after] = line.split(' - ');
    if (before === undefined || after === undefined) continue;
    const [mountId, , deviceNumber, , mountPoint, mountOptions] = before.split(' ');
    const [type, source, superOptions] = after.split(' ');
    mounts.push({
      mountId: Number(mountId),
      deviceNumber: deviceNumber ?? '',
      mountPoint: unescapeOctal(mountPoint ?? ''),
      type: type ?? '',
      source: unescapeOctal(source ?? ''),
      options: [mountOptions, superOptions].filter((options) => options !== undefined && options !== '').join(','),
    });
  }
  return mounts;
}

/** The whole disk of a device (of a partition: its parent). */
interface WholeDisk {
  /** Kernel name: `vda`. */
  readonly name: string;
  readonly deviceNumber: string;
  /** Its folder in sysfs, links resolved. */
  readonly folder: string;
}

/** Null when sysfs does not know the device (a file system without a disk, as tmpfs or btrfs). */
export function wholeDiskOf(deviceNumber: string, system: SystemView = liveSystem): WholeDisk | null {
  const own = deviceFolder(deviceNumber, system);
  if (own === null) return null;
  const folder = isPartition(own) ? path.dirname(own) : own;
  return { name: path.basename(folder), deviceNumber: readText(`${folder}/dev`) ?? deviceNumber, folder };
}

/**
 * Kernel name and number of the disk below a file system, by the files' st_dev, or by the mount's source where st_dev is
 * no device (btrfs). Null when there is no disk.
 */
export function diskBelow(
  fileDeviceNumber: string,
  mount: MountEntry | null,
  system: SystemView = liveSystem,
): WholeDisk | null {
  const direct = wholeDiskOf(fileDeviceNumber, system);
  if (direct !== null || mount === null || !mount.source.startsWith('/')) return direct;
  const source = system.deviceNumber(mount.source);
  return source === null ? null : wholeDiskOf(source, system);
}

/** Size of a device in bytes; 0 when unknown. The kernel counts it in sectors of 512 bytes, whatever the block size. */
export function deviceSizeBytes(deviceNumber: string, system: SystemView = liveSystem): number {
  const folder = deviceFolder(deviceNumber, system);
  return folder === null ? 0 : Number(readText(`${folder}/size`) ?? 0) * 512;
}

/** True when the kernel refuses writes to the device. */
export function deviceReadOnly(deviceNumber: string, system: SystemView = liveSystem): boolean {
  const folder = deviceFolder(deviceNumber, system);
  return folder !== null && readText(`${folder}/ro`) === '1';
}

/**
 * Tells the devices apart that have a number one after the other: the disk's sequence number, and where a partition of it
 * begins. Null where the kernel does not count (before Linux 5.15).
 */
export function deviceInstance(deviceNumber: string, system: SystemView = liveSystem): string | null {
  const sequence = readText(`${wholeDiskOf(deviceNumber, system)?.folder}/diskseq`);
  if (sequence === null) return null;
  const start = readText(`${system.sys}/dev/block/${deviceNumber}/start`);
  return start === null ? sequence : `${sequence} ${start}`;
}

/** What the queue of the device's whole disk is like. Null when there is no disk. */
export function queueFacts(deviceNumber: string, system: SystemView = liveSystem): QueueFacts | null {
  const disk = wholeDiskOf(deviceNumber, system);
  if (disk === null) return null;
  const read = (name: string): string | null => readText(`${disk.folder}/queue/${name}`);
  const logicalBlockBytes = Number(read('logical_block_size') ?? 512);
  return {
    disk: disk.name,
    logicalBlockBytes,
    physicalBlockBytes: Number(read('physical_block_size') ?? logicalBlockBytes),
    polls: read('io_poll') === '1',
    requestsMax: Number(read('nr_requests') ?? 0),
    scheduler: chosen(read('scheduler')),
    rotational: read('rotational') === '1',
    writeCache: read('write_cache'),
    discardBytesMax: Number(read('discard_max_bytes') ?? 0),
    model: readText(`${disk.folder}/device/model`),
    driver: driverOf(disk),
  };
}

/**
 * Everything known to use a device: mounts, swap, dm and md devices above it (and what uses those),
 * btrfs, loop devices, on the device itself, on its partitions, or on the disk that it is a partition of.
 * Empty when nothing does. Uses in other mount namespaces, and ZFS, do not show
 * here: only opening with O_EXCL finds those.
 */
export function deviceUses(deviceNumber: string, system: SystemView = liveSystem): DeviceUse[] {
  const found = lookAround(system);
  collectUses(deviceNumber, found, system);
  const disk = wholeDiskOf(deviceNumber, system);
  // A partition is also in use when something took its whole disk, whatever the partition table says.
  if (disk !== null && disk.deviceNumber !== deviceNumber) collectOwnUses(disk.deviceNumber, found, system);
  if (disk !== null) collectUsesBelow(disk, found, system);
  return [...found.uses.values()];
}

/**
 * What is known to stand on a regular file: loop devices with all that uses those, and swap.
 * @param fileNumber `major:minor inode`
 * @param shownPath what the file is called
 */
export function standingOnFile(fileNumber: string, shownPath: string, system: SystemView = liveSystem): DeviceUse[] {
  const found = lookAround(system);
  for (const loop of found.loops) {
    if (loop.file !== fileNumber) continue;
    const device = `/dev/${loop.name}`;
    found.uses.set(device, { device, by: 'a loop device on this file' });
    collectUses(loop.number, found, system);
  }
  if (found.swaps.has(fileNumber)) found.uses.set('swap', { device: shownPath, by: 'swap' });
  return [...found.uses.values()];
}

/** What others use of the bytes that a device stands on: of loop devices the file or device below, through md and dm too. */
function collectUsesBelow(disk: WholeDisk, found: Found, system: SystemView): void {
  const own = found.loops.find(({ number }) => number === disk.deviceNumber);
  if (own !== undefined) {
    for (const other of found.loops) {
      const isSame = own.file === null ? other.node === own.node : other.file === own.file;
      if (isSame && other !== own && overlap(own, other)) collectUses(other.number, found, system);
    }
    if (own.file !== null && found.swaps.has(own.file)) {
      found.uses.set('swap below', { device: own.backingPath, by: 'swap' });
    }
    const below = own.node === null ? null : wholeDiskOf(own.node, system);
    if (own.node !== null && below !== null) {
      const others = { ...found, loops: found.loops.filter((loop) => loop !== own) };
      collectUses(own.node, others, system);
      collectOwnUses(below.deviceNumber, others, system);
      collectUsesBelow(below, others, system);
    }
  }
  for (const slave of list(`${disk.folder}/slaves`)) {
    const number = readText(`${disk.folder}/slaves/${slave}/dev`);
    const below = number === null ? null : wholeDiskOf(number, system);
    if (below !== null) collectUsesBelow(below, found, system);
  }
}

interface Found {
  readonly uses: Map<string, DeviceUse>;
  readonly visited: Set<string>;
  readonly mounts: readonly MountEntry[];
  /** Devices by their numbers, files by theirs. */
  readonly swaps: ReadonlySet<string>;
  readonly loops: readonly LoopDevice[];
}

type Sight = Pick<Found, 'mounts' | 'swaps' | 'loops'>;

/** Jobs of thousands of files ask for each of them in turn. */
const sightMs = 50;
/** null = every question looks anew. */
let shared: { atMs: number; seen: Sight | null } | null = null;

/** Questions that `ask` puts one after the other share a look at mounts, swap and loop devices while it is 50 ms old. */
export function inOneSight<Value>(ask: () => Value): Value {
  const outer = shared;
  shared ??= { atMs: 0, seen: null };
  try {
    return ask();
  } finally {
    shared = outer;
  }
}

function lookAround(system: SystemView): Found {
  const mayShare = shared !== null && system === liveSystem;
  const known = mayShare && performance.now() - shared!.atMs <= sightMs ? shared!.seen : null;
  const seen = known ?? { mounts: readMounts(system), swaps: readSwaps(system), loops: readLoopDevices(system) };
  if (mayShare && known === null) shared = { atMs: performance.now(), seen };
  return { uses: new Map(), visited: new Set(), ...seen };
}

function collectUses(deviceNumber: string, found: Found, system: SystemView): void {
  collectOwnUses(deviceNumber, found, system);
  const folder = deviceFolder(deviceNumber, system);
  if (folder === null || isPartition(folder)) return;
  for (const name of list(folder)) {
    if (!isPartition(`${folder}/${name}`)) continue;
    const partition = readText(`${folder}/${name}/dev`);
    if (partition !== null) collectUses(partition, found, system);
  }
}

/** Uses of this very device and of what holds it, not of its partitions. */
function collectOwnUses(deviceNumber: string, found: Found, system: SystemView): void {
  if (found.visited.has(deviceNumber)) return;
  found.visited.add(deviceNumber);
  const folder = deviceFolder(deviceNumber, system);
  const name = folder === null ? deviceNumber : path.basename(folder);
  const add = (by: string): void => {
    const device = `/dev/${name.replaceAll('!', '/')}`;
    found.uses.set(`${device} ${by}`, { device, by });
  };
  for (const mount of found.mounts) {
    const same =
      mount.deviceNumber === deviceNumber ||
      (mount.source.startsWith('/dev/') && system.deviceNumber(mount.source) === deviceNumber);
    if (same) add(`mounted at ${mount.mountPoint}`);
  }
  if (found.swaps.has(deviceNumber)) add('swap');
  if (folder === null) return;
  for (const fileSystem of list(`${system.sys}/fs/btrfs`)) {
    if (list(`${system.sys}/fs/btrfs/${fileSystem}/devices`).includes(name)) add(`part of btrfs ${fileSystem}`);
  }
  for (const loop of found.loops) {
    if (loop.node !== deviceNumber) continue;
    add(`below ${loop.name}`);
    collectUses(loop.number, found, system);
  }
  for (const holder of list(`${folder}/holders`)) {
    add(`held by ${holder}`);
    const holderNumber = readText(`${folder}/holders/${holder}/dev`);
    if (holderNumber !== null) collectUses(holderNumber, found, system);
  }
}

function readSwaps(system: SystemView): Set<string> {
  const swaps = new Set<string>();
  for (const line of (readText(`${system.proc}/swaps`) ?? '').split('\n').slice(1)) {
    const name = unescapeOctal(line.split(/\s+/)[0] ?? '');
    const number = system.deviceNumber(name) ?? system.fileNumber(name);
    if (number !== null) swaps.add(number);
  }
  return swaps;
}

/** The counters of /sys/block/NAME/stat at one moment. */
export interface DiskStatistics {
  readonly name: string;
  readonly readIos: number;
  readonly readMerges: number;
  readonly readSectors: number;
  readonly readTicksMs: number;
  readonly writeIos: number;
  readonly writeMerges: number;
  readonly writeSectors: number;
  readonly writeTicksMs: number;
  readonly busyMs: number;
  readonly inQueueMs: number;
}

/** Null when there is no such disk. */
export function diskStatistics(name: string, system: SystemView = liveSystem): DiskStatistics | null {
  const text = readText(`${system.sys}/block/${name}/stat`);
  if (text === null) return null;
  const field = text.split(/\s+/).map(Number);
  return {
    name,
    readIos: field[0] ?? 0,
    readMerges: field[1] ?? 0,
    readSectors: field[2] ?? 0,
    readTicksMs: field[3] ?? 0,
    writeIos: field[4] ?? 0,
    writeMerges: field[5] ?? 0,
    writeSectors: field[6] ?? 0,
    writeTicksMs: field[7] ?? 0,
    busyMs: field[9] ?? 0,
    inQueueMs: field[10] ?? 0,
  };
}

/** What a disk did between two readings. */
export const diskUse = (z: Zod) =>
  z.object({
    name: z.string(),
    readIos: z.number(),
    writeIos: z.number(),
    readSectors: z.number(),
    writeSectors: z.number(),
    readMerges: z.number(),
    writeMerges: z.number(),
    readTicksMs: z.number(),
    writeTicksMs: z.number(),
    inQueueMs: z.number(),
    /** Share of the time in which at least one request was in flight, 0…100. */
    utilPercent: z.number(),
  });

export type DiskUse = Described<typeof diskUse>;

/** `elapsedMs`: time between the readings. */
export function diskUseBetween(before: DiskStatistics, after: DiskStatistics, elapsedMs: number): DiskUse {
  return {
    name: after.name,
    readIos: after.readIos - before.readIos,
    writeIos: after.writeIos - before.writeIos,
    readSectors: after.readSectors - before.readSectors,
    writeSectors: after.writeSectors - before.writeSectors,
    readMerges: after.readMerges - before.readMerges,
    writeMerges: after.writeMerges - before.writeMerges,
    readTicksMs: after.readTicksMs - before.readTicksMs,
    writeTicksMs: after.writeTicksMs - before.writeTicksMs,
    inQueueMs: after.inQueueMs - before.inQueueMs,
    utilPercent: elapsedMs > 0 ? Math.min(100, ((after.busyMs - before.busyMs) / elapsedMs) * 100) : 0,
  };
}

function deviceFolder(deviceNumber: string, system: SystemView): string | null {
  try {
    return fs.realpathSync(`${system.sys}/dev/block/${deviceNumber}`);
  } catch {
    return null;
  }
}

function isPartition(folder: string): boolean {
  return fs.existsSync(`${folder}/partition`);
}

function driverOf(disk: WholeDisk): string | null {
  // NVMe has the namespace's controller in between; disks without hardware have no driver but are named after it.
  for (const link of ['device/driver', 'device/device/driver']) {
    try {
      return path.basename(fs.realpathSync(`${disk.folder}/${link}`));
    } catch {
      // Not this way.
    }
  }
  return disk.folder.includes('/devices/virtual/') ? disk.name.replace(/-?\d+$/, '') : null;
}

/** Names in a folder, sorted; none where it cannot be read. */
export function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** procfs writes blanks in names as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
