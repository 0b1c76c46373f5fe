/**
 * What `--before` keeps elsewhere, and `--after` reads: a head that says which jobs wrote what, and behind it the records of
 * the writers as they came. Power goes when it goes: the end may be cut anywhere, and is left out then.
 *
 *   16 bytes "iotest crash 1\n\0", u32 length and u32 CRC-32C of the head, the head as JSON, records of 32 bytes
 */
import * as z from 'zod';
import { UserError } from '../support/errors.js';
import { promiseRecordBytes, readRecord } from '../worker/verify/promise-records.js';
import { crc32cOf } from '../workload/verify/crc.js';
import { type CrashJob, unitBytesMax } from './plan.js';
import { ImpossibleRecord, Promised } from './promised.js';
import { sectorBytes } from './sector.js';

const magic = 'iotest crash 1\n\0';
const lengthAt = magic.length;
const crcAt = lengthAt + 4;
const headAt = crcAt + 4;
const headBytesMax = 64 * 2 ** 20;
/** As long as a state may become: some 30 million records. */
export const stateBytesMax = 2 ** 30;

const count = z.int().nonnegative();
const word = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);

const headSchema = z.strictObject({
  key: z.tuple([word, word]),
  startedEpochMs: count,
  /** Of the kernel: another one after a restart. */
  bootId: z.string().max(64).nullable(),
  /** Where relative paths begin. */
  folder: z.string().max(4096),
  jobs: z
    .array(
      z.strictObject({
        name: z.string().max(4096),
        workerIndex: z.int().min(0).max(255),
        promise: z.string().max(4096).nullable(),
        unitBytes: z.int().min(sectorBytes).max(unitBytesMax).multipleOf(sectorBytes),
        files: z
          .array(z.strictObject({ path: z.string().max(4096), regionOffsetBytes: count, regionBytes: count }))
          .max(65_536),
      }),
    )
    .min(1)
    .max(256),
});

export interface StateHead {
  readonly key: readonly [number, number];
  readonly startedEpochMs: number;
  readonly bootId: string | null;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly jobs: readonly CrashJob[];
}

export function encodeHead(head: StateHead): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.alloc(headAt + json.length);
  bytes.write(magic, 'latin1');
  bytes.writeUInt32LE(json.length, lengthAt);
  bytes.writeInt32LE(checkOf(json), crcAt);
  json.copy(bytes, headAt);
  return bytes;
}

function checkOf(json: Uint8Array): number {
  const bytes = new Uint8Array((json.length + 3) & ~3);
  bytes.set(json);
  return crc32cOf({ bytes, words: new Int32Array(bytes.buffer) }, 0, json.length);
}

export interface State {
  readonly head: StateHead;
  readonly promised: Promised;
  /** Behind the last whole record. */
  readonly leftOutBytes: number;
}

/** Throws `UserError`. @param from as it was named */
export function decodeState(bytes: Buffer, from: string): State {
  const wrong = (why: string): UserError =>
    UserError.of(`--state ${from} holds no state of iotest crashtest: ${why}`, 'name the state that --before kept');
  const head = decodeHead(bytes);
  if (typeof head === 'string') throw wrong(head);
  const promised = new Promised(head.head.jobs);
  let at = head.byteCount;
  try {
    for (let record = readRecord(bytes, at); record !== null; record = readRecord(bytes, at)) {
      promised.add(record);
      at += promiseRecordBytes;
    }
  } catch (error) {
    throw readingError(error, (why) => wrong(`record ${(at - head.byteCount) / promiseRecordBytes + 1}: ${why}`));
  }
  return { head: head.head, promised, leftOutBytes: bytes.length - at };
}

/** What `Promised` throws, for people. */
export function readingError(error: unknown, wrong: (why: string) => UserError): unknown {
  if (error instanceof ImpossibleRecord) return wrong(error.message);
  if (!(error instanceof RangeError)) return error;
  return UserError.of(
    `too much was promised for the memory of this machine: ${error.message}`,
    'use a smaller size, larger blocks (bs), a sync more often (fsync=N), or a shorter run',
    1,
  );
}

/** The head and how many bytes it takes, or in a few words why there is none. */
function decodeHead(bytes: Buffer): { head: StateHead; byteCount: number } | string {
  if (bytes.length < headAt) return `${bytes.length} bytes, too few for one`;
  const found = bytes.toString('latin1', 0, magic.length);
  if (found !== magic) return found.startsWith('iotest crash ') ? 'it is of another version' : 'it begins otherwise';
  const length = bytes.readUInt32LE(lengthAt);
  if (length > headBytesMax || headAt + length > bytes.length) return 'its head is not whole';
  const json = bytes.subarray(headAt, headAt + length);
  if (checkOf(json) !== bytes.readInt32LE(crcAt)) return 'its head is damaged';
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch {
    return 'its head is no JSON';
  }
  const parsed = headSchema.safeParse(value);
  if (parsed.success) return { head: parsed.data, byteCount: headAt + length };
  const [issue] = parsed.error.issues;
  return `its head is wrong at ${issue?.path.join('.') ?? 'its begin'}: ${issue?.message ?? 'not known'}`;
}
