/** Names of files as the kernel wants them: bytes that end with a zero, at addresses that stay. */
import { type MappedMemory, mapMemory } from '../system/memory.js';

export interface PathMemory {
  /** By file index; boxed once, as an array that also holds a string keeps doubles as objects. Begins at 1. */
  readonly boxedAddresses: readonly (number | string)[];
  /** The same in halves, by file index: lower words, then upper words. */
  readonly lowWords: Int32Array;
  readonly highWords: Int32Array;
  readonly memory: MappedMemory;
}

/** Index into `boxedAddresses` = file index + this. */
export const boxedFrom = 1;

export function mapPaths(paths: readonly string[]): PathMemory {
  const texts = paths.map((path) => Buffer.from(`${path}\0`, 'utf8'));
  const byteCount = texts.reduce((sum, text) => sum + text.length, 0);
  const memory = mapMemory(byteCount, true);
  const bytes = new Uint8Array(memory.view);
  const boxedAddresses: (number | string)[] = ['boxed'];
  const lowWords = new Int32Array(paths.length);
  const highWords = new Int32Array(paths.length);
  let offset = 0;
  for (const [index, text] of texts.entries()) {
    bytes.set(text, offset);
    const address = memory.address + offset;
    boxedAddresses.push(address);
    lowWords[index] = address;
    highWords[index] = address / 4294967296;
    offset += text.length;
  }
  return { boxedAddresses, lowWords, highWords, memory };
}
