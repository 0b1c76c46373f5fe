/**
 * The calling thread to the kernel: its number, where and how eagerly it runs, what it has used. On Linux each of these
 * is per thread; a worker calls them for itself.
 */
import fs from 'node:fs';
import os from 'node:os';
import { UserError } from '../support/errors.js';
import { describeErrno } from './errno.js';
import { errno, libc } from './libc.js';
import { readText } from './small-files.js';
import { systemCall } from './system-call.js';

const PRIO_PROCESS = 0;
const RUSAGE_THREAD = 1;
const IOPRIO_WHO_PROCESS = 1;
const PR_SET_TIMERSLACK = 29;
const ioprioClassShift = 13;
const ioprioHintShift = 3;
const PR_SET_NAME = 15;
/** sched_getaffinity's and sched_setaffinity's masks: CPUs 0…1023 (CPU_SETSIZE). */
const cpuMaskBytes = 128;

/** gettid(2). */
export function threadId(): number {
  return libc.func('gettid', 'int', [])();
}

/** A cpu_set_t of these CPUs. Throws `UserError`. */
export function affinityMask(cpus: readonly number[]): Uint8Array {
  const mask = new Uint8Array(cpuMaskBytes);
  for (const cpu of cpus) {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= cpuMaskBytes * 8) {
      throw UserError.of(`CPU ${cpu} does not exist`, `name CPUs between 0 and ${cpuMaskBytes * 8 - 1}`);
    }
    mask[cpu >> 3]! |= 1 << (cpu & 7);
  }
  return mask;
}

/** Runs the calling thread on these CPUs only (sched_setaffinity(2)). Throws `UserError`. */
export function setAffinity(cpus: readonly number[]): void {
  const mask = affinityMask(cpus);
  const set = libc.func('sched_setaffinity', 'int', ['int', 'size_t', 'void *']);
  if (set(0, cpuMaskBytes, mask) === 0) return;
  const allowed = affinity();
  throw UserError.of(
    `cannot run on CPU ${cpus.join(', ')}: ${describeErrno(errno()).name}`,
    `this process may use CPU ${allowed.join(', ')} (cpus_allowed, cpuset)`,
    1,
  );
}

/** The CPUs on which the calling thread may run. */
export function affinity(): number[] {
  const mask = new Uint8Array(cpuMaskBytes);
  libc.func('sched_getaffinity', 'int', ['int', 'size_t', 'void *'])(0, cpuMaskBytes, mask);
  const cpus: number[] = [];
  for (let cpu = 0; cpu < cpuMaskBytes * 8; cpu++) if ((mask[cpu >> 3]! >> (cpu & 7)) & 1) cpus.push(cpu);
  return cpus;
}

/** How late the kernel may wake the calling thread to save wake-ups (PR_SET_TIMERSLACK, prctl(2)), ns; 50 000 by default. */
export function setTimerSlack(ns: number): void {
  libc.func('prctl', 'int', ['int', 'long', 'long', 'long', 'long'])(PR_SET_TIMERSLACK, ns, 0, 0, 0);
}

/**
 * Adds to the nice value of the calling thread alone, as nice(2); the kernel keeps it within −20…19 (setpriority(2)).
 * Throws `UserError`.
 */
export function addNice(increment: number): void {
  const set = libc.func('setpriority', 'int', ['int', 'uint32_t', 'int']);
  const nice = os.getPriority() + increment;
  if (set(PRIO_PROCESS, 0, nice) === 0) return;
  throw UserError.of(
    `cannot set nice to ${nice}: ${describeErrno(errno()).meaning}`,
    'run as root (negative values need CAP_SYS_NICE), or raise the limit (ulimit -e)',
    1,
  );
}

/**
 * I/O priority of the calling thread (ioprio_set(2)).
 * `priorityClass`: 0 none, 1 real time, 2 best effort, 3 idle; `level`: 0 (first) … 7; `hint`: 0 none … 1023, what the
 * device makes of it (linux/ioprio.h). Throws `UserError`.
 */
export function setIoPriority(priorityClass: number, level: number, hint = 0): void {
  const priority = (priorityClass << ioprioClassShift) | (hint << ioprioHintShift) | level;
  if (systemCall('ioprio_set', ['int', 'int', 'int'])(IOPRIO_WHO_PROCESS, 0, priority) === 0) return;
  throw UserError.of(
    `cannot set prioclass ${priorityClass}, prio ${level}${hint === 0 ? '' : `, priohint ${hint}`}: ${describeErrno(errno()).meaning}`,
    'run as root (the real-time class needs CAP_SYS_NICE), or use prioclass=2 and prio=0…7',
    1,
  );
}

/** ioprio_get(2) of the calling thread. */
export function ioPriority(): { readonly priorityClass: number; readonly level: number; readonly hint: number } {
  const priority: number = systemCall('ioprio_get', ['int', 'int'])(IOPRIO_WHO_PROCESS, 0);
  return {
    priorityClass: priority >> ioprioClassShift,
    level: priority & 7,
    hint: (priority >> ioprioHintShift) & 0x3ff,
  };
}

/** Name of the calling thread, of which the kernel keeps 15 bytes (prctl(2) PR_SET_NAME). */
export function setThreadName(name: string): void {
  libc.func('prctl', 'int', ['int', 'str', 'long', 'long', 'long'])(PR_SET_NAME, name, 0, 0, 0);
}

/**
 * Credentials of the calling thread alone, for the rest of its life: real, effective and saved (setgid(2), setuid(2)).
 * The system calls change one thread; it is libc's functions that carry the change to all of them. Every open, and what
 * a ring or a command started from this thread does, is then done as that user. As of a process, its supplementary
 * groups stay. Node reads no file of its own on a worker's thread once its modules are loaded. Throws `UserError`.
 */
export function setCredentials({ uid, gid }: { readonly uid: number | null; readonly gid: number | null }): void {
  // A new group needs rights that a new user may not have.
  if (gid !== null && systemCall('setgid', ['uint32_t'])(gid) !== 0) throw credentialFailure('gid', gid);
  if (uid !== null && systemCall('setuid', ['uint32_t'])(uid) !== 0) throw credentialFailure('uid', uid);
}

function credentialFailure(option: string, value: number): UserError {
  const { name, meaning } = describeErrno(errno());
  return UserError.of(
    `cannot run with ${option}=${value}: ${meaning} (${name})`,
    `run iotest as root, or as that ${option === 'uid' ? 'user' : 'group'} without ${option}`,
    1,
  );
}

/** What a thread has used so far (getrusage(2) RUSAGE_THREAD). */
export interface ThreadUsage {
  readonly userNs: number;
  readonly systemNs: number;
  readonly minorFaultCount: number;
  readonly majorFaultCount: number;
  readonly voluntarySwitchCount: number;
  readonly involuntarySwitchCount: number;
}

/** Of the calling thread. */
export function threadUsage(): ThreadUsage {
  const usage = new BigInt64Array(18);
  libc.func('getrusage', 'int', ['int', 'void *'])(RUSAGE_THREAD, usage);
  const field = (index: number): number => Number(usage[index]);
  return {
    userNs: field(0) * 1e9 + field(1) * 1e3,
    systemNs: field(2) * 1e9 + field(3) * 1e3,
    minorFaultCount: field(8),
    majorFaultCount: field(9),
    voluntarySwitchCount: field(16),
    involuntarySwitchCount: field(17),
  };
}

/** Of any thread of this process, from /proc (times in ticks of 10 ms); null when it is gone. */
export function otherThreadUsage(threadId: number, procRoot = '/proc'): ThreadUsage | null {
  const folder = `${procRoot}/self/task/${threadId}`;
  const stat = readText(`${folder}/stat`);
  const status = readText(`${folder}/status`);
  if (stat === null || status === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const switches = (kind: string) =>
    Number(new RegExp(`^${kind}_ctxt_switches:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return {
    userNs: Number(fields[11] ?? 0) * 1e7,
    systemNs: Number(fields[12] ?? 0) * 1e7,
    minorFaultCount: Number(fields[7] ?? 0),
    majorFaultCount: Number(fields[9] ?? 0),
    voluntarySwitchCount: switches('voluntary'),
    involuntarySwitchCount: switches('nonvoluntary'),
  };
}

/** What was used between two readings. */
export function usageDifference(before: ThreadUsage, after: ThreadUsage): ThreadUsage {
  return {
    userNs: after.userNs - before.userNs,
    systemNs: after.systemNs - before.systemNs,
    minorFaultCount: after.minorFaultCount - before.minorFaultCount,
    majorFaultCount: after.majorFaultCount - before.majorFaultCount,
    voluntarySwitchCount: after.voluntarySwitchCount - before.voluntarySwitchCount,
    involuntarySwitchCount: after.involuntarySwitchCount - before.involuntarySwitchCount,
  };
}

/** A kernel thread that works for a ring of this process; it appears among the process's own threads. */
export interface RingThread {
  readonly threadId: number;
  readonly kind: 'sqpoll' | 'worker';
  readonly cpuNs: number;
}

/**
 * The kernel threads of the rings that thread `ownerThreadId` created: iou-sqp-TID polls its submission queue (SQPOLL),
 * iou-wrk-TID does what would block (io-wq). Workers that were idle for 5 s are gone, and their time with them.
 */
export function ringThreads(ownerThreadId: number, procRoot = '/proc'): RingThread[] {
  const threads: RingThread[] = [];
  for (const entry of listTasks(procRoot)) {
    const folder = `${procRoot}/self/task/${entry}`;
    const [, kind, owner] = /^iou-(sqp|wrk)-(\d+)$/.exec(readText(`${folder}/comm`) ?? '') ?? [];
    if (Number(owner) !== ownerThreadId) continue;
    threads.push({ threadId: Number(entry), kind: kind === 'sqp' ? 'sqpoll' : 'worker', cpuNs: taskCpuNs(folder) });
  }
  return threads;
}

/** CPU time of all ring threads of one owner, ns. */
export function ringThreadCpuNs(ownerThreadId: number, procRoot = '/proc'): number {
  return ringThreads(ownerThreadId, procRoot).reduce((sum, thread) => sum + thread.cpuNs, 0);
}

function taskCpuNs(folder: string): number {
  // schedstat counts ns (Documentation/scheduler/sched-stats.rst); stat, when there is none, ticks of 10 ms.
  const schedstat = readText(`${folder}/schedstat`);
  if (schedstat !== null) return Number(schedstat.split(' ')[0] ?? 0);
  const stat = readText(`${folder}/stat`);
  if (stat === null) return 0;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1e7;
}

function listTasks(procRoot: string): string[] {
  try {
    return fs.readdirSync(`${procRoot}/self/task`);
  } catch {
    return [];
  }
}
