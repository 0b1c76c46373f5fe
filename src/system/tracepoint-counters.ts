/**
 * Counting tracepoints in the kernel (perf_event_open(2), PERF_TYPE_TRACEPOINT): nothing is recorded and nothing wakes
 * up; each hit of the calling thread, and of the threads that it has afterwards, adds one where the filter fits. The
 * counters end with their descriptors, so also with a process that is killed.
 */
import fs from 'node:fs';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno } from './errno.js';
import { errno, libc } from './libc.js';
import { systemCall } from './system-call.js';
import { tracepointId } from './tracefs.js';

export interface TracepointChoice {
  /** `io_uring/io_uring_complete`. */
  readonly event: string;
  /** In the language of event filters (Documentation/trace/events.rst); null = every hit counts. */
  readonly filter: string | null;
}

const PERF_TYPE_TRACEPOINT = 2;
const attrDisabled = 1 << 0;
const attrInherit = 1 << 1;
const PERF_FLAG_FD_CLOEXEC = 8;
/** struct perf_event_attr as of its fifth version, the oldest size that has all that we set and more. */
const attrBytes = 112;

const PERF_EVENT_IOC_ENABLE = 0x2400;
const PERF_EVENT_IOC_DISABLE = 0x2401;
const PERF_EVENT_IOC_SET_FILTER = 0x40082406;
const EMFILE = 24;

export class TracepointCounters {
  readonly #descriptors: readonly number[];

  private constructor(descriptors: readonly number[]) {
    this.#descriptors = descriptors;
  }

  /**
   * One counter for each choice, not counting yet. To count the kernel's threads of a ring it must exist before them.
   * @param root of tracefs. Throws `UserError` with what is not allowed and what to do.
   */
  static open(root: string, choices: readonly TracepointChoice[]): TracepointCounters {
    const descriptors: number[] = [];
    try {
      for (const choice of choices) {
        const id = tracepointId(root, choice.event);
        if (id === null) {
          throw UserError.of(`this kernel has no tracepoint ${choice.event}`, 'use Linux 6.1 or later', 1);
        }
        descriptors.push(openCounter(id));
        if (choice.filter !== null) setFilter(descriptors.at(-1)!, choice.filter);
      }
    } catch (error) {
      for (const descriptor of descriptors) fs.closeSync(descriptor);
      throw error;
    }
    return new TracepointCounters(descriptors);
  }

  enable(): void {
    for (const descriptor of this.#descriptors) control(descriptor, PERF_EVENT_IOC_ENABLE);
  }

  disable(): void {
    for (const descriptor of this.#descriptors) control(descriptor, PERF_EVENT_IOC_DISABLE);
  }

  /** Hits so far, in the order of the choices: only differences of two readings mean something. */
  read(): number[] {
    const value = Buffer.alloc(8);
    return this.#descriptors.map((descriptor) => {
      fs.readSync(descriptor, value, 0, 8, null);
      return Number(value.readBigUInt64LE());
    });
  }

  close(): void {
    for (const descriptor of this.#descriptors) fs.closeSync(descriptor);
  }
}

function openCounter(id: number): number {
  const attr = Buffer.alloc(attrBytes);
  attr.writeUInt32LE(PERF_TYPE_TRACEPOINT, 0);
  attr.writeUInt32LE(attrBytes, 4);
  attr.writeBigUInt64LE(BigInt(id), 8);
  attr.writeUInt32LE(attrDisabled | attrInherit, 40);
  const open = systemCall('perf_event_open', ['void *', 'int', 'int', 'int', 'long']);
  const descriptor: number = open(attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (descriptor < 0) throw refusal(errno());
  return descriptor;
}

function setFilter(descriptor: number, filter: string): void {
  const set = libc.func('ioctl', 'int', ['int', 'long', 'str']);
  if (set(descriptor, PERF_EVENT_IOC_SET_FILTER, filter) < 0) throw refusal(errno());
}

function control(descriptor: number, command: number): void {
  libc.func('ioctl', 'int', ['int', 'long', 'long'])(descriptor, command, 0);
}

function refusal(number: number): UserError {
  const { name, meaning } = describeErrno(number);
  if (number === Errno.EACCES || number === Errno.EPERM) {
    const limit = readLimit();
    return UserError.of(
      `counting in the kernel is not allowed (${name}; kernel.perf_event_paranoid is ${limit})`,
      'run as root, give CAP_PERFMON, or as root: sysctl kernel.perf_event_paranoid=1; in containers allow perf_event_open',
      1,
    );
  }
  const advice = number === EMFILE ? 'raise the limit (ulimit -n), or lower numjobs' : null;
  return UserError.of(`the kernel does not count tracepoints: ${meaning} (${name})`, advice, 1);
}

function readLimit(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
