/**
 * The disks that data comes to lie on in the end: below partitions, device-mapper and RAID (`slaves` in sysfs), loop
 * devices (their backing files), and file systems of several devices (btrfs). What lies on one of them is lost with it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { readText } from '../system/small-files.js';
import { diskBelow, list, liveSystem, readMounts, type SystemView, wholeDiskOf } from './block-device.js';
import { readLoopDevices } from './loop-devices.js';
import type { TargetFacts } from './target-facts.js';

interface LeafDisk {
  /** Kernel name: `vda`; of a file system without a disk, its type and where it is mounted. */
  readonly name: string;
  /** Equal for what is one piece of hardware: namespaces of one NVMe controller. */
  readonly hardware: string;
  /** A power cut loses all of it. */
  readonly isMemory: boolean;
}

const memoryFileSystems = new Set(['tmpfs', 'ramfs', 'devtmpfs', 'rootfs', 'hugetlbfs']);
const memoryDisk = /^(zram|ram|nullb)\d+$/;

/** Of a file, a folder or a device; empty where nothing is known of what it lies on. */
export function leafDisksOf(
  { queue, fileSystem }: Pick<TargetFacts, 'queue' | 'fileSystem'>,
  system: SystemView = liveSystem,
): LeafDisk[] {
  if (queue === null) return fileSystem === null ? [] : [withoutDisk(fileSystem)];
  const disks = fileSystem?.type === 'btrfs' ? btrfsDisks(queue.disk, system) : [queue.disk];
  const leaves = new Map<string, LeafDisk>();
  const visited = new Set<string>();
  for (const disk of disks) collect(disk, { leaves, visited, system });
  return [...leaves.values()];
}

function withoutDisk({ type, mountPoint }: { readonly type: string; readonly mountPoint: string }): LeafDisk {
  const name = `the ${type} at ${mountPoint}`;
  return { name, hardware: name, isMemory: memoryFileSystems.has(type) };
}

interface Collecting {
  readonly leaves: Map<string, LeafDisk>;
  readonly visited: Set<string>;
  readonly system: SystemView;
}

function collect(name: string, collecting: Collecting): void {
  const { leaves, visited, system } = collecting;
  if (visited.has(name)) return;
  visited.add(name);
  const folder = `${system.sys}/block/${name}`;
  const slaves = list(`${folder}/slaves`).flatMap((slave) => wholeDiskName(`${folder}/slaves/${slave}/dev`, system));
  const backing = name.startsWith('loop') ? backingOf(name, system) : null;
  for (const below of [...slaves, ...(backing?.disks ?? [])]) collect(below, collecting);
  if (backing?.leaf != null) leaves.set(backing.leaf.name, backing.leaf);
  if (slaves.length > 0 || backing !== null) return;
  leaves.set(name, { name, hardware: hardwareOf(name, folder), isMemory: memoryDisk.test(name) });
}

/** Namespaces share their controller, or where it has several paths their subsystem. */
function hardwareOf(name: string, folder: string): string {
  if (!name.startsWith('nvme')) return name;
  try {
    return path.basename(fs.realpathSync(`${folder}/device`));
  } catch {
    return name;
  }
}

/** What a loop device stands on: disks, or a file system that has none. Null where nobody tells. */
function backingOf(
  name: string,
  system: SystemView,
): { readonly disks: readonly string[]; readonly leaf: LeafDisk | null } | null {
  const loop = readLoopDevices(system).find((each) => each.name === name);
  const number = loop?.node ?? loop?.file?.split(' ')[0];
  if (number === undefined) return null;
  const mount = readMounts(system).find(({ deviceNumber }) => deviceNumber === number) ?? null;
  const disk = diskBelow(number, mount, system);
  if (disk !== null) {
    return { disks: mount?.type === 'btrfs' ? btrfsDisks(disk.name, system) : [disk.name], leaf: null };
  }
  return mount === null ? null : { disks: [], leaf: withoutDisk(mount) };
}

/** All disks of the file systems that have a part of this one. */
function btrfsDisks(disk: string, system: SystemView): string[] {
  const found = new Set([disk]);
  for (const id of list(`${system.sys}/fs/btrfs`)) {
    const folder = `${system.sys}/fs/btrfs/${id}/devices`;
    const disks = list(folder).flatMap((name) => wholeDiskName(`${folder}/${name}/dev`, system));
    if (disks.includes(disk)) for (const each of disks) found.add(each);
  }
  return [...found];
}

function wholeDiskName(file: string, system: SystemView): string[] {
  const number = readText(file);
  const disk = number === null ? null : wholeDiskOf(number, system);
  return disk === null ? [] : [disk.name];
}
