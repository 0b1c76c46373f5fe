/** The threads that workers run on. One may boot before it is known what it will be given, while a job file is read. */
import { Worker as Thread } from 'node:worker_threads';
import { readText } from '../system/small-files.js';
import type { WorkerInput } from '../worker/messages.js';

/** V8's young generation per worker, MiB: room for what preparing allocates; a running loop allocates nothing. */
const youngGenerationMb = 16;

/** Below this many open files (RLIMIT_NOFILE) no thread boots ahead: the program itself takes about 40, a thread 8. */
const scarceDescriptors = 128;

/** Booting, or waiting for input; the oldest is taken first. */
const spares: Thread[] = [];

/** Threads that this process has made for jobs to come. */
export function spareThreadCount(): number {
  return spares.length;
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
 * Boots what every run needs: a thread for its first worker, and one for the ruler. Unused, they keep nothing from ending.
 * None where addresses are limited: a plan could not tell what booting threads have reserved of them from what else is.
 * None where descriptors are scarce: Node aborts when a thread's event loop gets none, and a plan says it first.
 */
export function bootWorkerThreads(): void {
  const limits = readText('/proc/self/limits') ?? '';
  if (!/^Max address space +unlimited/m.test(limits)) return;
  if (Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY) < scarceDescriptors) return;
  try {
    while (spares.length < 2) {
      const thread = boot();
      thread.unref();
      const forget = (): void => {
        if (spares.includes(thread)) spares.splice(spares.indexOf(thread), 1);
      };
      thread.on('error', forget);
      thread.on('exit', forget);
      spares.push(thread);
    }
  } catch {
    // A limit of the machine: the worker meets it again, and tells.
  }
}

/** A thread that begins to work on `input`. Throws what Node throws when this process may make no more. */
export function startWorkerThread(input: WorkerInput): Thread {
  const thread = spares.shift() ?? boot();
  thread.ref();
  thread.postMessage(input);
  return thread;
}
