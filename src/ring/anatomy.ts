/** How a ring lies in memory: what io_uring_setup(2) returned, as parts at their offsets. Pure. */
import type { RingAnatomy, RingPart } from '../support/ring-facts.js';
import { cqeWords, MapOffset, ParamsWord, sqeWords } from './abi.js';
import { ringBytes, sqesBytes } from './port.js';

const sqMembers = [
  ['head', ParamsWord.sqHead, 'SQ head', 'the kernel moves it'],
  ['tail', ParamsWord.sqTail, 'SQ tail', 'we move it'],
  ['ring_mask', ParamsWord.sqRingMask, 'SQ mask', 'entries - 1'],
  ['ring_entries', ParamsWord.sqRingEntries, 'SQ entries', ''],
  ['flags', ParamsWord.sqFlags, 'SQ flags', 'NEED_WAKEUP, CQ_OVERFLOW, TASKRUN'],
  ['dropped', ParamsWord.sqDropped, 'SQ dropped', 'invalid indexes in the array'],
] as const;

const cqMembers = [
  ['head', ParamsWord.cqHead, 'CQ head', 'we move it'],
  ['tail', ParamsWord.cqTail, 'CQ tail', 'the kernel moves it'],
  ['ring_mask', ParamsWord.cqRingMask, 'CQ mask', 'entries - 1'],
  ['ring_entries', ParamsWord.cqRingEntries, 'CQ entries', ''],
  ['overflow', ParamsWord.cqOverflow, 'CQ overflow', 'completions that were lost'],
  ['flags', ParamsWord.cqFlags, 'CQ flags', 'EVENTFD_DISABLED'],
] as const;

const wordBytes = 4;

/** @param params as io_uring_setup filled them. */
export function ringAnatomy(entriesAsked: number, params: Uint32Array): RingAnatomy {
  const sqEntries = params[ParamsWord.sqEntries]!;
  const cqEntries = params[ParamsWord.cqEntries]!;
  const [sqeBytes, cqeBytes] = [sqeWords * wordBytes, cqeWords * wordBytes];
  const offset = (word: number) => params[word]!;
  const parts: RingPart[] = [
    ...[...sqMembers, ...cqMembers].map(([, word, name, use]) => ({
      name,
      offsetBytes: offset(word),
      byteCount: wordBytes,
      use,
    })),
    {
      name: 'CQEs',
      offsetBytes: offset(ParamsWord.cqCqes),
      byteCount: cqEntries * cqeBytes,
      use: `${cqEntries} x ${cqeBytes} bytes: user_data, result, flags`,
    },
    {
      name: 'SQ array',
      offsetBytes: offset(ParamsWord.sqArray),
      byteCount: sqEntries * wordBytes,
      use: `${sqEntries} x ${wordBytes} bytes: which SQE is next`,
    },
  ];
  return {
    entriesAsked,
    sqEntries,
    cqEntries,
    ringsBytes: ringBytes(params),
    sqesBytes: sqesBytes(params),
    sqeBytes,
    cqeBytes,
    ringsMapOffset: MapOffset.rings,
    sqesMapOffset: MapOffset.sqes,
    sqOffsets: { ...offsetsOf(sqMembers, offset), array: offset(ParamsWord.sqArray) },
    cqOffsets: { ...offsetsOf(cqMembers, offset), cqes: offset(ParamsWord.cqCqes) },
    parts: parts.sort((one, other) => one.offsetBytes - other.offsetBytes),
  };
}

function offsetsOf(
  members: readonly (readonly [name: string, word: number, ...rest: readonly string[]])[],
  offset: (word: number) => number,
): Record<string, number> {
  return Object.fromEntries(members.map(([name, word]) => [name, offset(word)]));
}
