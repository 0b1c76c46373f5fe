/** How much can be registered with a ring, found out by trying: sparse tables, which hold no files and pin no memory. */
import type { RegistrationLimits } from '../support/ring-facts.js';
import { ParamsWord, paramsWords, Register, Setup } from './abi.js';
import { closeDescriptor, registerOnRing, setupRing } from './syscalls.js';

const IORING_RSRC_REGISTER_SPARSE = 1;
/** struct io_uring_rsrc_register: u32 nr, u32 flags, u64 resv2, u64 data, u64 tags. */
const resourceWords = 8;
const tableBits = 21;

export function registrationLimits(): RegistrationLimits {
  const clamped = new Uint32Array(paramsWords);
  clamped[ParamsWord.flags] = Setup.CLAMP;
  const isClamped = withRing(2 ** 20, clamped, () => true) === true;
  return {
    sqEntriesMax: isClamped ? clamped[ParamsWord.sqEntries]! : null,
    cqEntriesMax: isClamped ? clamped[ParamsWord.cqEntries]! : null,
    filesMax: largestTable(Register.FILES2),
    buffersMax: largestTable(Register.BUFFERS2),
    ...workerLimits(),
  };
}

/** The largest power of two, and then the largest count, that the kernel takes. */
function largestTable(operation: number): number | null {
  if (!takesTable(operation, 1)) return null;
  let [good, bad] = [1, 2 ** tableBits];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (takesTable(operation, middle)) good = middle;
    else bad = middle;
  }
  return good;
}

function takesTable(operation: number, count: number): boolean {
  const argument = new Uint32Array(resourceWords);
  argument[0] = count;
  argument[1] = IORING_RSRC_REGISTER_SPARSE;
  const register = (descriptor: number) => registerOnRing(descriptor, operation, argument, argument.byteLength) >= 0;
  return withRing(1, new Uint32Array(paramsWords), register) === true;
}

/** Zeros ask without changing anything (5.15). */
function workerLimits(): Pick<RegistrationLimits, 'boundedWorkersMax' | 'unboundedWorkersMax'> {
  const limits = new Uint32Array(2);
  const register = (descriptor: number) => registerOnRing(descriptor, Register.IOWQ_MAX_WORKERS, limits, 2) >= 0;
  const isKnown = withRing(1, new Uint32Array(paramsWords), register) === true;
  return { boundedWorkersMax: isKnown ? limits[0]! : null, unboundedWorkersMax: isKnown ? limits[1]! : null };
}

/** null when no ring can be had. */
function withRing<T>(entries: number, params: Uint32Array, use: (descriptor: number) => T): T | null {
  const descriptor = setupRing(entries, params);
  if (descriptor < 0) return null;
  try {
    return use(descriptor);
  } finally {
    closeDescriptor(descriptor);
  }
}
