import type { Requests } from '../../engines/requests.js';
import { operationNames } from '../../job/operation.js';
import type { NotedError } from '../error-policy.js';
import { batchNowNs, type SlotTimes } from '../slot-times.js';

/** What a limit on latencies makes of an I/O beyond it. Cold: it ends the job. */
export function lateError(
  { times, requests }: { readonly times: SlotTimes; readonly requests: Requests },
  slot: number,
  errno: number,
  option: string,
  limitMs: number,
): NotedError {
  const tookMs = (times.batchNs[batchNowNs]! - times.issuedNs[slot]!) / 1e6;
  const operation = requests.operation[slot]!;
  const byteCount = requests.byteCount[slot]!;
  const offset = requests.offset[slot]!;
  const what = `a ${operationNames[operation]} of ${byteCount} bytes at offset ${offset} took ${tookMs.toFixed(3)} ms`;
  return {
    errno,
    operation,
    byteCount,
    offset,
    fileIndex: requests.fileIndex[slot]!,
    reason: `${option}=${limitMs}ms: ${what}`,
  };
}
