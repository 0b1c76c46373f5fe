/** Which part of a file in memory a rehearsal reads and writes. */
import { UserError } from '../support/errors.js';
import { describeBytes, pageBytes } from '../system/memory.js';
import type { WorkloadFile } from '../workload/varied-workload.js';

const usualBytes = 16 << 20;
/** A draw of offsets needs some choice. */
const blocksMin = 4;
/** Offsets from here on take other paths in some engines. */
const borderBytes = 2 ** 31;

/**
 * Around 2 GiB where the job crosses it, else from the begin.
 * @param blockBytesMax the largest block of the job
 * @param fileBytesMax what a file may have (RLIMIT_FSIZE), which counts files in memory too; a job that only reads, or
 * writes to devices, has no other use for it
 * @throws UserError when that leaves no room
 */
export function rehearsalRegion(
  files: readonly { readonly regionOffsetBytes: number; readonly regionBytes: number }[],
  blockBytesMax: number,
  fileBytesMax: number,
): WorkloadFile {
  const leastBytes = blockBytesMax * blocksMin;
  const regionBytes = Math.max(usualBytes, leastBytes);
  const crosses = files.some((file) => file.regionOffsetBytes + file.regionBytes > borderBytes);
  const regionOffsetBytes = crosses ? borderBytes - regionBytes / 2 : 0;
  const fileBytes = regionOffsetBytes + regionBytes;
  if (fileBytes <= fileBytesMax) return { regionOffsetBytes, regionBytes, fileBytes };
  const roomBytes = Math.min(regionBytes, Math.floor(fileBytesMax / pageBytes) * pageBytes);
  if (roomBytes < leastBytes) {
    throw UserError.of(
      `no file may be larger than ${describeBytes(fileBytesMax)} (ulimit -f): too little for the file in memory on which the code warms up`,
      `raise the limit to ${describeBytes(leastBytes)} or more (ulimit -f ${Math.ceil(leastBytes / 1024)} in bash)`,
      1,
    );
  }
  return { regionOffsetBytes: 0, regionBytes: roomBytes, fileBytes: roomBytes };
}
