/**
 * `verify_dump`: a wrong block in two files, named as fio names them: `file.OFFSET.received` (`.hdr_fail` where the header
 * is wrong) and `file.OFFSET.expected`.
 */
import path from 'node:path';
import { writeOutputNow } from '../../system/output-file.js';
import { expectedBytes, type WrongBlock } from './diagnosis.js';

/**
 * Saves what was read, and what should have been where that can be told.
 * @param offset of the wrong part in its file
 * @returns the files; a file that cannot be written is left out, for the mismatch itself must still be told
 */
export function saveDumps(folder: string, wrong: WrongBlock, offset: number): string[] {
  const stem = path.join(folder, `${path.basename(wrong.path)}.${offset}`);
  const { format, ioBytes, at, io } = wrong;
  const length = format.intervalBytes === 0 ? ioBytes : format.intervalBytes;
  const expected = expectedBytes(wrong);
  const saved: string[] = [];
  const isHeader = wrong.finding.check !== 'data' && wrong.finding.check !== 'zeros';
  save(`${stem}.${isHeader ? 'hdr_fail' : 'received'}`, io.bytes.subarray(at, at + length), saved);
  if (expected !== null) save(`${stem}.expected`, expected, saved);
  return saved;
}

function save(name: string, bytes: Uint8Array, saved: string[]): void {
  try {
    writeOutputNow(name, bytes, false);
    saved.push(name);
  } catch {
    // Told by its absence from the list.
  }
}
