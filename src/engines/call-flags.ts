/** Flags that single reads and writes carry (preadv2(2), linux/fs.h), the same for every engine that has them. */
import type { EngineOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { Errno } from '../system/errno.js';
import { drawsPriorities } from './command-priority.js';
import type { EngineSetup } from './engine.js';

const RWF_NOWAIT = 0x8;
/** Linux 6.11. */
const RWF_ATOMIC = 0x40;
/** Linux 6.14. */
const RWF_DONTCACHE = 0x80;

export interface CallFlags {
  readonly read: number;
  readonly write: number;
}

/** None while the code is rehearsed: the memory that it runs on knows none of them. */
export function callFlags({ options, rehearses }: EngineSetup): CallFlags {
  if (rehearses === true) return { read: 0, write: 0 };
  const both = (options.nowait ? RWF_NOWAIT : 0) | (options.uncached ? RWF_DONTCACHE : 0);
  return { read: both, write: both | (options.atomic ? RWF_ATOMIC : 0) };
}

export interface Refusal {
  /** In place of what the error means in general. */
  readonly reason: string;
  readonly advice: string;
}

/** Which of the flags is likely to have made the kernel refuse; null when none can have. `errno` positive. */
export function explainRefusal(errno: number, operation: number, options: EngineOptions): Refusal | null {
  if (operation > Operation.write) return null;
  const isWrite = operation === Operation.write;
  if (errno === Errno.EPERM && drawsPriorities(options.commandPriority)) {
    return {
      reason: 'priorities of the real-time class (cmdprio_class=1, the default) are for root',
      advice: 'run as root (CAP_SYS_NICE), or set cmdprio_class=2',
    };
  }
  if (errno === Errno.EAGAIN && options.nowait) {
    return {
      reason: 'it would have had to wait, and nowait=1 (RWF_NOWAIT) makes that an error',
      advice: 'leave nowait out, read what is in the page cache, or count such I/Os and go on with ignore_error=EAGAIN',
    };
  }
  if (errno === Errno.EINVAL && options.atomic && isWrite) {
    return {
      reason: 'the target takes no atomic write (RWF_ATOMIC) of this size or at this offset',
      advice: 'make bs a power of two within its limits, and offsets multiples of bs (iotest probe TARGET)',
    };
  }
  if (errno !== Errno.EOPNOTSUPP) return null;
  const causes = [
    ...(options.uncached ? ['uncached=1 (RWF_DONTCACHE) needs Linux 6.14 and a file system that has it'] : []),
    ...(options.nowait ? ['nowait=1 (RWF_NOWAIT) is not possible for every file system, nor for buffered writes'] : []),
    ...(options.atomic && isWrite
      ? ['atomic=1 (RWF_ATOMIC) needs Linux 6.11, O_DIRECT, and a device that writes so']
      : []),
  ];
  if (causes.length === 0) return null;
  const names = [options.uncached && 'uncached', options.nowait && 'nowait', options.atomic && isWrite && 'atomic'];
  return { reason: causes.join('; '), advice: `leave ${names.filter((name) => name !== false).join(' and ')} out` };
}
