/** Kernel AIO (the system calls of libaio): found out by trying, as the engine would. */
import type { AioProbe } from '../report/probe-text.js';
import { describeErrno } from '../system/errno.js';
import { errno } from '../system/libc.js';
import { readNumber } from '../system/small-files.js';
import { systemCall } from '../system/system-call.js';

/** Sets up a context for one request and gives it back; does no I/O. */
export function probeAio(): AioProbe {
  const limits = {
    requestsMax: readNumber('/proc/sys/fs/aio-max-nr'),
    requestsInUse: readNumber('/proc/sys/fs/aio-nr'),
  };
  const context = new BigUint64Array(1);
  if (systemCall('io_setup', ['uint32_t', 'void *'])(1, context) !== 0) {
    const { name, meaning } = describeErrno(errno());
    return { available: false, reason: `${meaning} (${name})`, ...limits };
  }
  systemCall('io_destroy', ['uint64_t'])(Number(context[0]));
  return { available: true, reason: null, ...limits };
}
