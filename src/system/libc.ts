/**
 * The one door to foreign functions. Nothing else imports koffi.
 *
 * Addresses cross it as numbers (user space ends at 2^47, so a double holds them exactly). On a hot path keep an address
 * in a `const` of a closure or as an array element among non-numbers: a double in a class field is boxed anew on every
 * call, and that is garbage for the collector. Results that fit 32 bits come back as small integers, without garbage.
 */
import { isMainThread } from 'node:worker_threads';
import koffi from 'koffi';

/** koffi's names of C types that we use. */
export type CType =
  | 'int'
  | 'long'
  | 'int32_t'
  | 'uint32_t'
  | 'int64_t'
  | 'uint64_t'
  | 'size_t'
  | 'str'
  | 'void'
  | 'void *'
  | 'split64';

/**
 * What a `split64` parameter takes: a 64-bit integer in two halves. A struct of eight bytes travels by value in the same
 * register as an int64_t (System V x86-64 and AAPCS64), and a typed array needs no box: so one object that is used again
 * for each call makes no garbage, where a double beyond 2^31 costs 16 bytes. It adds 0.15–0.2 µs to the 20 ns of a call
 * (a struct of two numbers adds 0.28, an ordinary array in it 0.39).
 */
export interface Split64 {
  /** The lower and the upper 32 bits. A typed array takes a double modulo 2^32: `[0] = value; [1] = value / 2 ** 32`. */
  readonly halves: Int32Array;
}

export function createSplit64(): Split64 {
  return { halves: new Int32Array(2) };
}

const split64 = koffi.struct({ halves: koffi.array('int32_t', 2, 'Typed') });

// biome-ignore lint/suspicious/noExplicitAny: the types of a foreign function are stated where it is declared
export type ForeignFunction = (...args: any[]) => any;

export interface Library {
  /** Throws when the library has no such symbol. */
  func(name: string, result: CType, parameters: readonly CType[]): ForeignFunction;
  has(name: string): boolean;
}

function wrap(handle: ReturnType<typeof koffi.load>): Library {
  return {
    func: (name, result, parameters) =>
      handle.func(
        name,
        result,
        parameters.map((type) => (type === 'split64' ? split64 : type)),
      ),
    has: (name) => {
      try {
        handle.func(name, 'void', []);
        return true;
      } catch {
        return false;
      }
    },
  };
}

export const libc: Library = wrap(koffi.load('libc.so.6'));

/** The first of `names` that the dynamic linker finds, or null. */
export function loadLibrary(names: readonly string[]): Library | null {
  for (const name of names) {
    try {
      return wrap(koffi.load(name));
    } catch {
      // Not installed under this name; the next one may be.
    }
  }
  return null;
}

/** Where `name` of the C library is: for machine code that calls it. */
export function symbolAddress(name: string): number {
  return libc.func('dlsym', 'uint64_t', ['uint64_t', 'str'])(0, name);
}

/** The function at `address`, which stays mapped as long as it may be called. */
export function functionAt(address: number, result: CType, parameters: readonly CType[]): ForeignFunction {
  return koffi.decode(BigInt(address), koffi.proto(result, [...parameters]));
}

/** errno of the calling thread after the last foreign call that failed. */
export function errno(): number {
  return koffi.errno();
}

/**
 * Memory at `address` as an ArrayBuffer. It must stay mapped for as long as any view of it lives: V8 cannot detach the
 * buffer, and touching it after munmap kills the process.
 */
export function viewMemory(address: number, byteCount: number): ArrayBuffer {
  return koffi.view(BigInt(address), byteCount);
}

/**
 * koffi's library syncs stdout and stderr when the process ends, and hangs for ever where that fails. What was to be
 * written is written by then: the process ends without what libraries do at the end. Whoever has Node profile or cover
 * the program gets the ordinary end, for that is when the files are written.
 */
function endAtOnce(status: number): void {
  const listeners = process.listeners('exit');
  for (const later of listeners.slice(listeners.indexOf(endAtOnce) + 1)) later.call(process, status);
  libc.func('_exit', 'void', ['int'])(Number(process.exitCode ?? status));
}

const isWatched =
  process.execArgv.some((word) => !word.startsWith('--inspect-port=')) ||
  process.env.NODE_OPTIONS !== undefined ||
  process.env.NODE_V8_COVERAGE !== undefined;
if (isMainThread && !isWatched) process.on('exit', endAtOnce);
