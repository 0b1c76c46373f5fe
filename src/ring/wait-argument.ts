/** struct io_uring_getevents_arg with its timespec: bounds every wait (EXT_ARG, 5.11). Lives as long as the ring. */
import { type MappedMemory, mapMemory } from '../system/memory.js';
import { highWord, lowWord } from './words.js';

const timespecByte = 64;

interface WaitArgument {
  readonly memory: MappedMemory;
  /** The timespec: [seconds, 0, ns, 0]. The next wait takes what is written here. */
  readonly limit: Int32Array;
}

export function createWaitArgument(waitNsMax: number): WaitArgument {
  const memory = mapMemory(4096);
  const words = new Int32Array(memory.view);
  const timespecAddress = memory.address + timespecByte;
  // { u64 sigmask = 0, u32 sigmask_sz = 0, u32 pad, u64 ts }
  words[4] = lowWord(timespecAddress);
  words[5] = highWord(timespecAddress);
  // { s64 tv_sec, s64 tv_nsec }
  words[timespecByte / 4] = Math.floor(waitNsMax / 1e9);
  words[timespecByte / 4 + 2] = waitNsMax % 1e9;
  return { memory, limit: words.subarray(timespecByte / 4, timespecByte / 4 + 4) };
}
