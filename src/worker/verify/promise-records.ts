/**
 * What a writer under `iotest crashtest` says of its writes while it runs: records of 32 bytes, each with a check of its
 * own, for what they go through may end anywhere.
 *
 *   u8 kind, u8 job, u16 file, u32 bytes | own, then
 *   write   u48 number, u48 floor, u64 offset
 *   sync    u48 covered, u48 µs from its submission to its end, f64 µs since the epoch when it had ended
 *   u32 CRC-32C of the 28 bytes before
 *
 * A write is told when it has completed. A sync promises those writes of its file that had completed when it was submitted
 * (the first `covered` that were told, of all files), and the last `own` of that file before this record: those of its own
 * chain, or the one that was synced by itself (O_SYNC). All numbers have the lowest byte first.
 */
import { crc32cOf } from '../../workload/verify/crc.js';

export const promiseRecordBytes = 32;
const crcAt = 28;
const writeKind = 0x57;
const syncKind = 0x53;

export interface WriteRecord {
  readonly kind: 'write';
  readonly job: number;
  readonly file: number;
  readonly offset: number;
  readonly byteCount: number;
  /** As in the headers of its blocks. */
  readonly number: number;
  /** The least number of a write to this place that was under way at the same time, or its own: the device may have kept either. */
  readonly floor: number;
}

export interface SyncRecord {
  readonly kind: 'sync';
  readonly job: number;
  readonly file: number;
  readonly covered: number;
  readonly own: number;
  /** In µs since the epoch. */
  readonly doneUs: number;
  readonly tookUs: number;
}

export type PromiseRecord = WriteRecord | SyncRecord;

const scratch = new Uint8Array(promiseRecordBytes);
const scratchView = { bytes: scratch, words: new Int32Array(scratch.buffer) };
const bytes = Buffer.from(scratch.buffer);

/** Puts a record at `at`. */
export function putRecord(into: Buffer, at: number, record: PromiseRecord): void {
  const isWrite = record.kind === 'write';
  bytes.writeUInt8(isWrite ? writeKind : syncKind, 0);
  bytes.writeUInt8(record.job, 1);
  bytes.writeUInt16LE(record.file, 2);
  bytes.writeUInt32LE(isWrite ? record.byteCount : record.own, 4);
  bytes.writeUIntLE(isWrite ? record.number : record.covered, 8, 6);
  bytes.writeUIntLE(isWrite ? record.floor : record.tookUs, 14, 6);
  bytes.writeDoubleLE(isWrite ? record.offset : record.doneUs, 20);
  bytes.writeInt32LE(crc32cOf(scratchView, 0, crcAt), crcAt);
  into.set(scratch, at);
}

/** null where there is none that is whole. */
export function readRecord(from: Uint8Array, at: number): PromiseRecord | null {
  if (at + promiseRecordBytes > from.length) return null;
  scratch.set(from.subarray(at, at + promiseRecordBytes));
  if (bytes.readInt32LE(crcAt) !== crc32cOf(scratchView, 0, crcAt)) return null;
  const job = bytes.readUInt8(1);
  const file = bytes.readUInt16LE(2);
  const [second, third, last] = [bytes.readUIntLE(8, 6), bytes.readUIntLE(14, 6), bytes.readDoubleLE(20)];
  if (bytes[0] === writeKind) {
    return { kind: 'write', job, file, byteCount: bytes.readUInt32LE(4), number: second, floor: third, offset: last };
  }
  if (bytes[0] !== syncKind) return null;
  return { kind: 'sync', job, file, own: bytes.readUInt32LE(4), covered: second, tookUs: third, doneUs: last };
}
