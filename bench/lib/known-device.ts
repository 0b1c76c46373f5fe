/**
 * A device whose latency is known: a read-only file system of files named after it (`1000us`, `1100us`), each read of
 * which is answered that long after it was taken. One read at a time, whatever the depth. Served through /dev/fuse by a
 * process of its own (the kernel's protocol: include/uapi/linux/fuse.h); needs root and a kernel with FUSE.
 */
import { fork } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errno, libc } from '../../src/system/libc.js';

export interface KnownDevice {
  /** A file whose reads take `latencyUs`. */
  readonly path: (latencyUs: number) => string;
  readonly close: () => void;
}

const fileBytes = 256 * 2 ** 20;
const mount = libc.func('mount', 'int', ['str', 'str', 'str', 'uint64_t', 'str']);
const umount2 = libc.func('umount2', 'int', ['str', 'int']);
const MNT_DETACH = 2;

export async function openKnownDevice(): Promise<KnownDevice> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'iotest-known-device-'));
  const child = fork(fileURLToPath(import.meta.url), [folder]);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (status) => reject(new Error(`the device of known latency ended with ${status}`)));
  });
  child.removeAllListeners('exit');
  child.disconnect();
  return {
    path: (latencyUs) => join(folder, `${latencyUs}us`),
    close: () => {
      umount2(folder, MNT_DETACH);
      fs.rmdirSync(folder);
    },
  };
}

/** Opcodes. */
const Fuse = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  open: 14,
  read: 15,
  statfs: 17,
  release: 18,
  flush: 25,
  init: 26,
} as const;
const opendir = 27;
const [interrupt, batchForget] = [36, 42];
const openDirectIo = 1;
const [inHeaderBytes, outHeaderBytes] = [40, 16];
const readBytesMax = 2 ** 20;
const rootId = 1n;
/** The kernel asks again after that. */
const validSeconds = 3600n;

/** Answers until the file system is unmounted (ENODEV). */
function serve(descriptor: number): void {
  const request = Buffer.alloc(readBytesMax + 4096);
  const reply = Buffer.alloc(readBytesMax + outHeaderBytes);
  for (;;) {
    try {
      fs.readSync(descriptor, request);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EINTR' || code === 'ENOENT' || code === 'EAGAIN') continue;
      if (code === 'ENODEV') return;
      throw error;
    }
    const begin = performance.now();
    const opcode = request.readUInt32LE(4);
    if (opcode === Fuse.forget || opcode === batchForget || opcode === interrupt) continue;
    const node = request.readBigUInt64LE(16);
    const body = reply.subarray(outHeaderBytes);
    const { bytes, errno } = answer(opcode, node, request.subarray(inHeaderBytes), body);
    if (opcode === Fuse.read) waitUntil(begin + Number(node) / 1000);
    reply.writeUInt32LE(outHeaderBytes + bytes, 0);
    reply.writeInt32LE(-errno, 4);
    request.copy(reply, 8, 8, 16);
    try {
      fs.writeSync(descriptor, reply, 0, outHeaderBytes + bytes);
    } catch (error) {
      // Whoever asked was killed meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** The number of a file's node is its latency, µs. */
function answer(opcode: number, node: bigint, given: Buffer, body: Buffer): { bytes: number; errno: number } {
  body.fill(0, 0, 128);
  switch (opcode) {
    case Fuse.init:
      body.writeUInt32LE(7, 0);
      body.writeUInt32LE(31, 4);
      body.writeUInt32LE(0, 8);
      body.writeUInt16LE(64, 16);
      body.writeUInt32LE(4096, 20);
      body.writeUInt32LE(1, 24);
      return { bytes: 64, errno: 0 };
    case Fuse.lookup: {
      const latencyUs = /^(\d+)us\0/.exec(given.toString('latin1', 0, 20))?.[1];
      if (latencyUs === undefined) return { bytes: 0, errno: 2 };
      const id = BigInt(latencyUs);
      body.writeBigUInt64LE(id, 0);
      body.writeBigUInt64LE(validSeconds, 16);
      body.writeBigUInt64LE(validSeconds, 24);
      putAttributes(body.subarray(40), id);
      return { bytes: 128, errno: 0 };
    }
    case Fuse.getattr:
      body.writeBigUInt64LE(validSeconds, 0);
      putAttributes(body.subarray(16), node);
      return { bytes: 104, errno: 0 };
    case Fuse.open:
    case opendir:
      body.writeUInt32LE(openDirectIo, 8);
      return { bytes: 16, errno: 0 };
    case Fuse.read: {
      const [offset, size] = [Number(given.readBigUInt64LE(8)), given.readUInt32LE(16)];
      return { bytes: Math.max(0, Math.min(size, fileBytes - offset)), errno: 0 };
    }
    case Fuse.statfs:
      return { bytes: 80, errno: 0 };
    case Fuse.release:
    case Fuse.flush:
      return { bytes: 0, errno: 0 };
    default:
      return { bytes: 0, errno: 38 };
  }
}

function putAttributes(attributes: Buffer, id: bigint): void {
  const isRoot = id === rootId;
  attributes.writeBigUInt64LE(id, 0);
  attributes.writeBigUInt64LE(isRoot ? 0n : BigInt(fileBytes), 8);
  attributes.writeBigUInt64LE(isRoot ? 0n : BigInt(fileBytes / 512), 16);
  attributes.writeUInt32LE(isRoot ? 0o040555 : 0o100444, 60);
  attributes.writeUInt32LE(1, 64);
  attributes.writeUInt32LE(4096, 80);
}

const word = new Int32Array(new SharedArrayBuffer(4));
/** A sleep may end that much late: the rest is spent looking at the clock, ms. */
const lateMs = 0.15;

/** @param moment of `performance.now()` */
function waitUntil(moment: number): void {
  const sleepMs = moment - lateMs - performance.now();
  if (sleepMs > 0) Atomics.wait(word, 0, 0, sleepMs);
  while (performance.now() < moment);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2]!;
  const descriptor = fs.openSync('/dev/fuse', 'r+');
  const options = `fd=${descriptor},rootmode=40000,user_id=0,group_id=0,allow_other`;
  if (mount('iotest', folder, 'fuse', 0, options) !== 0) throw new Error(`cannot mount at ${folder}: ${errno()}`);
  process.send!('mounted', () => serve(descriptor));
}
