/** Errors that mean that a limit of this machine or process is reached: what is short, and how to raise it. No bug of ours. */
import { ExitCode, errorCode, type Problem, UserError } from './errors.js';

type Limit = readonly [code: string, short: string, advice: string];

const limits: readonly Limit[] = [
  [
    'EMFILE',
    'this process may have no more open files (RLIMIT_NOFILE)',
    'raise the limit (ulimit -n), or lower numjobs',
  ],
  ['ENFILE', 'the system has too many open files', 'raise fs.file-max (sysctl)'],
  [
    'EAGAIN',
    'this process may make no more threads (pids.max of its cgroup, RLIMIT_NPROC)',
    'raise the limit (pids.max, ulimit -u), or lower numjobs',
  ],
  [
    'ENOMEM',
    'no memory is left for this process (RLIMIT_AS, memory.max, or all of it is used)',
    'raise the limit (ulimit -v, memory.max), or lower numjobs, iodepth or bs',
  ],
];

const codesOfNode: Readonly<Record<string, string>> = {
  ERR_WORKER_OUT_OF_MEMORY: 'ENOMEM',
  ERR_MEMORY_ALLOCATION_FAILED: 'ENOMEM',
};

/** null when it is none of these. */
export function limitProblem(error: unknown): Problem | null {
  const code = codeOf(error);
  const limit = limits.find(([each]) => each === code);
  if (limit === undefined) return null;
  return { place: null, message: `${limit[1]} (${code})`, advice: limit[2] };
}

/** The same, to be thrown or shown. */
export function limitError(error: unknown): UserError | null {
  const limit = limitProblem(error);
  return limit === null ? null : new UserError([limit], ExitCode.failed);
}

function codeOf(error: unknown): string | null {
  const code = errorCode(error) ?? '';
  const text = error instanceof Error ? error.message : '';
  // Of a thread that could not be made, only the text tells why.
  if (code === 'ERR_WORKER_INIT_FAILED' || code === '')
    return /\bE(?:MFILE|NFILE|AGAIN|NOMEM)\b/.exec(text)?.[0] ?? ofText(text);
  return codesOfNode[code] ?? code;
}

/** V8 has no codes. */
function ofText(text: string): string | null {
  return /allocation failed/i.test(text) ? 'ENOMEM' : null;
}
