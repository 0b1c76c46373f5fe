/**
 * The one door to foreign functions. Nothing else imports koffi.
 *
 * Addresses cross it as numbers (user space ends at 2^47, so a double holds them exactly). On a hot path keep an address
 * in a `const` of a closure or as an array element among non-numbers: a double in a class field is boxed anew on every
 * call, and that is garbage for the collector. Results that fit 32 bits come back as small integers, without garbage.
 */
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
  | 'void *';

// biome-ignore lint/suspicious/noExplicitAny: the types of a foreign function are stated where it is declared
export type ForeignFunction = (...args: any[]) => any;

export interface Library {
  /** Throws when the library has no such symbol. */
  func(name: string, result: CType, parameters: readonly CType[]): ForeignFunction;
  has(name: string): boolean;
}

function wrap(handle: ReturnType<typeof koffi.load>): Library {
  return {
    func: (name, result, parameters) => handle.func(name, result, [...parameters]),
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
