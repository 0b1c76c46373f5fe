/**
 * Rows of system calls: what the submission queue is to io_uring, for calls that block. A batch is written into memory
 * and performed by one foreign call, back to back, each row with its result and the moment when it ended.
 */
import { errno, functionAt, libc, symbolAddress } from '../system/libc.js';
import { type MappedMemory, mapExecutable, mapMemory } from '../system/memory.js';
import { assembled, performRows, RowWord, rowBytes } from './machine-code.js';

export const rowWords = rowBytes / 4;

export interface CallRows {
  /** All rows, each `rowWords` long; row `index` begins at word `rowAt(index)`. */
  readonly words: Int32Array;
  /**
   * Performs the first `count` rows in order, and stops behind one whose result is not the expected one.
   * @returns how many were performed
   */
  perform(count: number): number;
  /** Each is a foreign call of its own: no machine code may run here, or there is none for this processor. */
  readonly isPlain: boolean;
  free(): void;
}

/** Place 0 is of no row: its end is when the first row begins. */
export function rowAt(index: number): number {
  return (index + 1) * rowWords;
}

/**
 * @param capacity rows
 * @param isPlain perform each by a foreign call of its own, as where no machine code may run
 * Throws `UserError` when there is no memory.
 */
export function createCallRows(capacity: number, isPlain = false): CallRows {
  const memory = mapMemory((capacity + 1) * rowBytes, true);
  const words = new Int32Array(memory.view);
  const atOnce = isPlain ? null : byMachineCode(memory);
  return { words, perform: atOnce ?? oneByOne(memory, words), isPlain: atOnce === null, free: memory.free };
}

/** Mapped once for each thread, for as long as the process lives; null where this cannot be. */
let routine: ReturnType<typeof functionAt> | null | undefined;

function byMachineCode(memory: MappedMemory): CallRows['perform'] | null {
  if (routine === undefined) {
    const address = process.arch === 'x64' ? mapExecutable(assembled(performRows)) : null;
    routine = address === null ? null : functionAt(address, 'int', ['uint64_t', 'int', 'uint64_t']);
  }
  if (routine === null) return null;
  const performFrom = routine;
  const first = memory.address + rowBytes;
  const clock = symbolAddress('clock_gettime');
  return (count) => count - performFrom(first, count, clock);
}

const CLOCK_MONOTONIC = 1;

/** Numbers travel in halves (`Split64`): six of them cost about a microsecond per row, and no garbage. */
function oneByOne(memory: MappedMemory, words: Int32Array): CallRows['perform'] {
  const six = Array.from({ length: 6 }, () => 'split64' as const);
  const syscall = libc.func('syscall', 'int64_t', ['long', ...six]);
  const clockGettime = libc.func('clock_gettime', 'int', ['int', 'uint64_t']);
  const given = six.map(() => ({ halves: new Int32Array(2) }));
  const endAddress = (row: number): number => memory.address + (row + RowWord.endSeconds) * 4;
  return (count) => {
    clockGettime(CLOCK_MONOTONIC, endAddress(0));
    for (let index = 0; index < count; index++) {
      const row = rowAt(index);
      for (let k = 0; k < 6; k++) {
        given[k]!.halves[0] = words[row + RowWord.arguments + 2 * k]!;
        given[k]!.halves[1] = words[row + RowWord.arguments + 2 * k + 1]!;
      }
      const [a, b, c, d, e, f] = given;
      const result: number = syscall(words[row + RowWord.number]!, a, b, c, d, e, f);
      const outcome = result < 0 ? -errno() : result;
      words[row + RowWord.result] = outcome;
      words[row + RowWord.result + 1] = Math.floor(outcome / 4294967296);
      clockGettime(CLOCK_MONOTONIC, endAddress(row));
      const expected = words[row + RowWord.expected + 1]! * 4294967296 + (words[row + RowWord.expected]! >>> 0);
      if (outcome !== expected) return index + 1;
    }
    return count;
  };
}
