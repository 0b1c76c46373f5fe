/**
 * The state of a job's writes in fio's files, version 7 (versions 5 and 6 are the same): which writes were begun, which of
 * them had not completed. A later run that verifies leaves those and all that would come after them alone.
 *
 *   u64 version, u64 length and u64 CRC-32C of what follows:
 *   u32 depth, 4 unused, u64 number of writes begun, u64 index, 56 bytes state of fio's random numbers, 64 bytes name,
 *   depth × u64 number of a write that had not completed, all ones = none
 *
 * All numbers have the lowest byte first. Where fio keeps its random numbers, ours hold the seed.
 */
import path from 'node:path';
import { UserError } from '../../support/errors.js';
import { readInput } from '../../system/input-file.js';
import { writeOutputNow } from '../../system/output-file.js';
import { crc32cOf } from '../../workload/verify/crc.js';

const version = 7;
const versionsRead = [5, 6, 7];
const headBytes = 24;
const fixedBytes = 144;
const nameAt = headBytes + 80;
const nameBytes = 64;
const inFlightAt = headBytes + fixedBytes;
const randomAt = headBytes + 24;
/** `iote`, in the place where fio has the first word of its random numbers. */
const ourMark = 0x65746f69;
const depthMax = 65_536;

export interface WriteState {
  /** Writes that were begun. */
  readonly writeCount: number;
  /** Numbers of those that had not completed. */
  readonly inFlight: readonly number[];
}

interface LoadedState extends WriteState {
  /** Seed of the run of iotest that saved it; null = fio saved it, and the order of random writes is not known. */
  readonly seed: number | null;
}

/** As fio names it: `local-JOB-NUMBER-verify.state`, where `/` in the name becomes a dot. */
export function stateFileName(folder: string, jobName: string, workerIndex: number): string {
  return path.join(folder, `local-${jobName.replaceAll('/', '.')}-${workerIndex}-verify.state`);
}

export function encodeState(state: WriteState, jobName: string, depth: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(inFlightAt + depth * 8);
  const view = new DataView(bytes.buffer);
  const putLong = (at: number, value: number): void => {
    view.setUint32(at, value % 4294967296, true);
    view.setUint32(at + 4, value / 4294967296, true);
  };
  putLong(0, version);
  putLong(8, bytes.length - headBytes);
  view.setUint32(headBytes, depth, true);
  putLong(headBytes + 8, state.writeCount);
  view.setUint32(randomAt + 8, ourMark, true);
  putLong(randomAt + 12, seed);
  bytes.set(Buffer.from(jobName).subarray(0, nameBytes - 1), nameAt);
  bytes.fill(0xff, inFlightAt);
  for (const [index, number] of state.inFlight.slice(0, depth).entries()) putLong(inFlightAt + index * 8, number);
  putLong(16, crcOf(bytes));
  return bytes;
}

function crcOf(bytes: Uint8Array): number {
  const copy = new Uint8Array((bytes.length + 3) & ~3);
  copy.set(bytes);
  return crc32cOf({ bytes: copy, words: new Int32Array(copy.buffer) }, headBytes, bytes.length) >>> 0;
}

/** The state, or in a few words why these bytes hold none. */
export function decodeState(bytes: Uint8Array): LoadedState | string {
  if (bytes.length < inFlightAt) return `${bytes.length} bytes, too few for a state`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = (at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
  const found = long(0);
  if (!versionsRead.includes(found)) return `version ${found}, and 7 is read`;
  if (long(8) !== bytes.length - headBytes) return `${bytes.length - headBytes} bytes where it says ${long(8)}`;
  if (long(16) !== crcOf(bytes)) return 'damaged: its checksum is wrong';
  const depth = view.getUint32(headBytes, true);
  if (depth > depthMax || inFlightAt + depth * 8 !== bytes.length) return `damaged: a depth of ${depth}`;
  const inFlight: number[] = [];
  for (let index = 0; index < depth; index++) {
    const number = long(inFlightAt + index * 8);
    if (Number.isSafeInteger(number)) inFlight.push(number);
  }
  const isOurs = view.getUint32(randomAt + 8, true) === ourMark;
  return { writeCount: long(headBytes + 8), inFlight, seed: isOurs ? long(randomAt + 12) : null };
}

/** Throws `UserError`. */
export function loadState(filePath: string): LoadedState {
  const read = readInput(filePath, { bytesMax: inFlightAt + depthMax * 8 });
  if (!read.ok) {
    const advice = 'run the job that writes with verify_state_save=1 before, in the same folder or with --aux-path';
    throw UserError.of(`verify_state_load: ${filePath}: ${read.problem}`, advice, 1);
  }
  const state = decodeState(read.bytes);
  if (typeof state === 'string') {
    throw UserError.of(
      `verify_state_load: ${filePath} is no state of fio's: ${state}`,
      'save it anew, or leave it out',
      1,
    );
  }
  return state;
}

export function saveState(filePath: string, bytes: Uint8Array): void {
  writeOutputNow(filePath, bytes, true);
}
