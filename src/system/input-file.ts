/**
 * Reading what comes from outside: files that a user, a job or another program names. The only way in (test/tidy.test.ts):
 * regular files up to a stated size, standard input, and pipes that the shell hands over (`<(…)`, /dev/stdin). A device,
 * a socket or a FIFO with a name may have no end, or never begin.
 */
import fs from 'node:fs';
import { errnoName, errnoOf } from './errno.js';
import { sleepThread } from './sleep.js';

interface InputLimits {
  /** The first `bytesMax` bytes will do, however many there are. */
  readonly beginning?: boolean;
  readonly bytesMax: number;
  /** Pipes that were handed over are read too, up to `bytesMax`; absent = no. */
  readonly pipes?: boolean;
  /** False: the name itself must be the file, for what lies beside results is shown, and a link may lead anywhere. */
  readonly links?: boolean;
}

export type Input =
  | { readonly ok: true; readonly bytes: Buffer }
  /** `problem` follows the path in a sentence; `code` is the system's, as `ENOENT`, or null for what we refuse. */
  | { readonly ok: false; readonly code: string | null; readonly problem: string };

const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;

/** What `<(…)` and `/dev/stdin` are called: what stands behind is open already, and was meant. */
const handedOver = /^\/(?:dev\/(?:fd\/\d+|stdin)|proc\/self\/fd\/\d+)$/;
const chunkBytes = 64 * 1024;
/** Between two looks at an input that has nothing yet and does not let us wait. */
const pauseMs = 5;

/** Throws nothing. Never waits for a file; for a pipe that was handed over, until its writer is done. */
export function readInput(path: string, limits: InputLimits): Input {
  // Node refuses such paths with an error that is none of the system's.
  if (path.includes('\0')) return { ok: false, code: null, problem: 'is no path' };
  return guarded(() => {
    const isPipe = (facts: fs.Stats) => limits.pipes === true && facts.isFIFO() && handedOver.test(path);
    // Before it is opened: that alone does things to some devices.
    const kind =
      limits.links === false && fs.lstatSync(path).isSymbolicLink()
        ? 'is a link'
        : refusedKind(fs.statSync(path), isPipe);
    if (kind !== null) return refused(kind);
    // The name may lead elsewhere by now, and some files of /proc wait for events.
    const noLinks = limits.links === false ? fs.constants.O_NOFOLLOW : 0;
    const descriptor = fs.openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | noLinks);
    try {
      const facts = fs.fstatSync(descriptor);
      const opened = refusedKind(facts, isPipe);
      if (opened !== null) return refused(opened);
      if (facts.size > limits.bytesMax && limits.beginning !== true) return tooLong(`has ${facts.size} bytes`, limits);
      return readDescriptor(descriptor, limits, facts.isFIFO());
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/** Whatever stands behind it, up to the limit. Throws nothing. */
export function readStandardInput(limits: Omit<InputLimits, 'pipes'>): Input {
  return guarded(() => readDescriptor(0, limits, true));
}

function guarded(read: () => Input): Input {
  try {
    return read();
  } catch (error) {
    const number = errnoOf(error);
    if (number === null) throw error;
    const code = errnoName(number);
    return { ok: false, code, problem: code === 'ENOENT' ? 'does not exist' : `cannot be read: ${code}` };
  }
}

function refusedKind(facts: fs.Stats, isPipe: (facts: fs.Stats) => boolean): string | null {
  if (facts.isFile() || isPipe(facts)) return null;
  if (facts.isDirectory()) return 'is a directory';
  if (facts.isFIFO()) return 'is a pipe, not a regular file';
  if (facts.isSocket()) return 'is a socket, not a regular file';
  return 'is a device, not a regular file';
}

function refused(problem: string): Input {
  return { ok: false, code: null, problem };
}

function tooLong(what: string, { bytesMax }: InputLimits): Input {
  const limit = bytesMax % 2 ** 20 === 0 ? `${bytesMax / 2 ** 20} MiB` : `${bytesMax} bytes`;
  return refused(`${what}, and at most ${limit} are read`);
}

/** To its end. A file's size is only a promise: those of /proc have none, and others grow. */
function readDescriptor(descriptor: number, limits: InputLimits, mayWait: boolean): Input {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const count = readSome(descriptor, chunk, mayWait);
    if (count === 0) return { ok: true, bytes: Buffer.concat(chunks, total) };
    total += count;
    if (total >= limits.bytesMax && limits.beginning === true) {
      return { ok: true, bytes: Buffer.concat([...chunks, chunk.subarray(0, count)]).subarray(0, limits.bytesMax) };
    }
    if (total > limits.bytesMax) return tooLong('goes on and on', limits);
    chunks.push(chunk.subarray(0, count));
  }
}

function readSome(descriptor: number, chunk: Buffer, mayWait: boolean): number {
  for (;;) {
    try {
      return fs.readSync(descriptor, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || !mayWait) throw error;
      sleepThread(pauseMs);
    }
  }
}
