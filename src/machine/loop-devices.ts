/**
 * Loop devices and what they stand on. The kernel tells the inode below a device (LOOP_GET_STATUS64, linux/loop.h), which
 * holds whatever has become of the path since, in other mount namespaces too, and for files that have been deleted; the path
 * in sysfs serves where the device may not be opened.
 */
import fs from 'node:fs';
import { libc } from '../system/libc.js';
import { readText } from '../system/small-files.js';

const LOOP_GET_STATUS64 = 0x4c05;
/** struct loop_info64: lo_device at 0, lo_inode at 8, lo_rdevice at 16, lo_offset at 24, lo_sizelimit at 32. */
const loopInfoBytes = 232;

/** A file by its file system and inode number, or a block device by its own number. */
export interface LoopStatus {
  /** `major:minor inode`; null for a device. */
  readonly file: string | null;
  /** `major:minor`; null for a file. */
  readonly node: string | null;
  readonly offsetBytes: number;
  /** 0 = up to the end. */
  readonly limitBytes: number;
}

export interface LoopDevice extends LoopStatus {
  /** `loop3`. */
  readonly name: string;
  readonly number: string;
  /** As sysfs shows it. */
  readonly backingPath: string;
}

/** What a reader of loop devices needs of the machine. */
export interface LoopView {
  readonly sys: string;
  deviceNumber(path: string): string | null;
  /** `major:minor inode` of a regular file; null when it is none. */
  fileNumber(path: string): string | null;
  /** null where the device may not be opened. */
  loopStatus(name: string): LoopStatus | null;
}

/** All that stand on something. */
export function readLoopDevices(system: LoopView): LoopDevice[] {
  return listBlockDevices(system.sys).flatMap((name) => {
    const shown = readText(`${system.sys}/block/${name}/loop/backing_file`);
    const number = readText(`${system.sys}/block/${name}/dev`);
    if (shown === null || number === null) return [];
    const backingPath = shown.replace(/ \(deleted\)$/, '');
    const status = system.loopStatus(name) ?? {
      file: system.fileNumber(backingPath),
      node: system.deviceNumber(backingPath),
      offsetBytes: Number(readText(`${system.sys}/block/${name}/loop/offset`) ?? 0),
      limitBytes: Number(readText(`${system.sys}/block/${name}/loop/sizelimit`) ?? 0),
    };
    return [{ ...status, name, number, backingPath }];
  });
}

function listBlockDevices(sys: string): string[] {
  try {
    return fs.readdirSync(`${sys}/block`).sort();
  } catch {
    return [];
  }
}

/** Whether two devices on one file show some of the same bytes. */
export function overlap(one: LoopStatus, other: LoopStatus): boolean {
  const end = ({ offsetBytes, limitBytes }: LoopStatus): number =>
    limitBytes === 0 ? Number.POSITIVE_INFINITY : offsetBytes + limitBytes;
  return one.offsetBytes < end(other) && other.offsetBytes < end(one);
}

export function readLoopStatus(name: string): LoopStatus | null {
  let descriptor: number;
  try {
    descriptor = fs.openSync(`/dev/${name}`, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const info = new DataView(new ArrayBuffer(loopInfoBytes));
    const ioctl = libc.func('ioctl', 'int', ['int', 'uint64_t', 'void *']);
    if (ioctl(descriptor, LOOP_GET_STATUS64, new Uint8Array(info.buffer)) !== 0) return null;
    const long = (offset: number): bigint => info.getBigUint64(offset, true);
    const node = long(16);
    return {
      file: node === 0n ? `${encodedNumber(long(0))} ${long(8)}` : null,
      node: node === 0n ? null : encodedNumber(node),
      offsetBytes: Number(long(24)),
      limitBytes: Number(long(32)),
    };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** huge_encode_dev of linux/kdev_t.h: the minor number around the twelve bits of the major one. */
function encodedNumber(device: bigint): string {
  return `${(device >> 8n) & 0xfffn}:${(device & 0xffn) | ((device >> 12n) & 0xfff00n)}`;
}
