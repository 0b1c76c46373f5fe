/**
 * Where the kernel's tracing files are (Documentation/trace/ftrace.rst): nothing is switched on here, only looked up.
 */
import fs from 'node:fs';

type Tracefs =
  | { readonly root: string }
  /** Why tracing cannot be used, and what to do. */
  | { readonly reason: string; readonly advice: string };

/** The usual place, and where it is for older tools (below debugfs). */
const usualPlaces = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

/** @param places for tests. */
export function findTracefs(places: readonly string[] = usualPlaces): Tracefs {
  let isForbidden = false;
  for (const root of places) {
    try {
      // The folder is there without the file system as well, and empty then.
      fs.readdirSync(`${root}/events`);
      return { root };
    } catch (error) {
      isForbidden ||= /^E(ACCES|PERM)$/.test((error as NodeJS.ErrnoException).code ?? '');
    }
  }
  if (isForbidden) {
    return {
      reason: `the kernel's tracing files (${places[0]}) may be read by root only`,
      advice: 'run as root',
    };
  }
  return {
    reason: `the kernel's tracing files are not mounted at ${places[0]}`,
    advice: `as root: mount -t tracefs nodev ${places[0]} (in containers also: start it privileged)`,
  };
}

/** Number of a tracepoint (`io_uring/io_uring_complete`), by which perf_event_open(2) knows it; null = not in this kernel. */
export function tracepointId(root: string, event: string): number | null {
  try {
    return Number(fs.readFileSync(`${root}/events/${event}/id`, 'utf8'));
  } catch {
    return null;
  }
}
