/**
 * NVMe namespaces as character devices (/dev/ng0n1), which take commands instead of reads and writes. What is known of
 * one comes from the block device of the same namespace: nvme-generic names both by the same numbers
 * (drivers/nvme/host/core.c, nvme_ns_alloc and nvme_add_ns_cdev).
 */
import fs from 'node:fs';
import path from 'node:path';
import { mayAccess } from '../system/file-looks.js';
import { deviceReadOnly, deviceSizeBytes, deviceUses, formatDeviceNumber, queueFacts } from './block-device.js';
import type { TargetFacts } from './target-facts.js';

interface NvmeNamespace {
  /** Node of its block device: `/dev/nvme0n1`. */
  readonly blockDevice: string;
  /** `major:minor` of that. */
  readonly deviceNumber: string;
  readonly namespaceId: number;
  /** Of a logical block. */
  readonly blockBytes: number;
  /** Of metadata with each logical block; 0 on nearly all. */
  readonly metadataBytes: number;
  readonly sizeBytes: number;
  /** A command is never split: it must not move more than this. */
  readonly transferBytesMax: number;
}

/** The namespace behind a character device; null when it is none, or its block device is not there. */
export function nvmeNamespace(stat: fs.Stats, sys = '/sys'): NvmeNamespace | null {
  if (!stat.isCharacterDevice()) return null;
  const name = nameOf(`${sys}/dev/char/${formatDeviceNumber(stat.rdev)}`);
  if (name === null || !/^ng\d+n\d+$/.test(name)) return null;
  const disk = name.replace('ng', 'nvme');
  const folder = `${sys}/block/${disk}`;
  const deviceNumber = read(`${folder}/dev`);
  const namespaceId = Number(read(`${folder}/nsid`));
  if (deviceNumber === null || !(namespaceId > 0)) return null;
  const limit = (file: string): number => Number(read(`${folder}/queue/${file}`) ?? 0);
  // A buffer that begins inside of a page takes one segment more than it has pages.
  const segmentsBytes = (limit('max_segments') - 1) * 4096;
  return {
    blockDevice: `/dev/${disk}`,
    deviceNumber,
    namespaceId,
    blockBytes: limit('logical_block_size'),
    metadataBytes: Number(read(`${folder}/metadata_bytes`) ?? 0),
    sizeBytes: deviceSizeBytes(deviceNumber),
    transferBytesMax: Math.min(limit('max_hw_sectors_kb') * 1024, segmentsBytes),
  };
}

/** By what its block device is: size, queue, and above all who uses it. */
export function inspectNamespace(targetPath: string, realPath: string, namespace: NvmeNamespace): TargetFacts {
  const { deviceNumber, sizeBytes, ...commands } = namespace;
  return {
    path: targetPath,
    realPath,
    kind: 'block',
    sizeBytes,
    allocatedBytes: sizeBytes,
    directAlignBytes: commands.blockBytes,
    atomicWrite: null,
    readOnly: deviceReadOnly(deviceNumber) || !mayAccess(realPath, fs.constants.W_OK),
    fileSystem: null,
    queue: queueFacts(deviceNumber),
    commands,
    uses: deviceUses(deviceNumber),
  };
}

function nameOf(link: string): string | null {
  try {
    return path.basename(fs.realpathSync(link));
  } catch {
    return null;
  }
}

function read(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
