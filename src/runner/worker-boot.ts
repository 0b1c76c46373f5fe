/** The threads that workers run on. One may boot before it is known what it will be given, while a job file is read. */
import { Worker as Thread } from 'node:worker_threads';
import { readText } from '../system/small-files.js';
import type { WorkerInput } from '../worker/messages.js';

/** V8's young generation per worker, MiB: room for what preparing allocates; a running loop allocates nothing. */
const youngGenerationMb = 16;

/** Below this many open files (RLIMIT_NOFILE) no thread boots ahead: the program itself takes about 40, a thread 8. */
const scarceDescriptors = 128;

/** Booting, or waiting for input. */
let spare: Thread | null = null;

/** Threads that this process has made for jobs to come. */
export function spareThreadCount(): number {
  return spare === null ? 0 : 1;
}

/** Throws what Node throws when this process may make no more. */
function boot(): Thread {
  return new Thread(new URL('../worker/thread.js', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    // Descriptors are opened by foreign calls, which Node does not see: it would warn of each one closed.
    trackUnmanagedFds: false,
  });
}

/**
 * Boots what every run needs: a thread for its first worker. Unused, it keeps nothing from ending. None where addresses are
 * limited: a plan could not tell what a booting thread has reserved of them from what else is. None where descriptors are
 * scarce: Node aborts when a thread's event loop gets none, and a plan says it first.
 */
export function bootWorkerThread(): void {
  const limits = readText('/proc/self/limits') ?? '';
  if (!/^Max address space +unlimited/m.test(limits)) return;
  if (Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY) < scarceDescriptors) return;
  try {
    const thread = boot();
    thread.unref();
    const forget = (): void => {
      if (spare === thread) spare = null;
    };
    thread.on('error', forget);
    thread.on('exit', forget);
    spare = thread;
  } catch {
    // A limit of the machine: the worker meets it again, and tells.
  }
}

/** A thread that begins to work on `input`. Throws what Node throws when this process may make no more. */
export function startWorkerThread(input: WorkerInput): Thread {
  const thread = spare ?? boot();
  spare = null;
  thread.ref();
  thread.postMessage(input);
  return thread;
}
