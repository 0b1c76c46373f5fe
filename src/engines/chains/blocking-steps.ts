/** The requests of a chain that the engines for single I/Os do not know, as plain calls. */
import { chainSteps } from '../../job/chain.js';
import { createSplit64, errno, libc } from '../../system/libc.js';
import type { EngineSetup } from '../engine.js';
import { StepKind } from './chain.js';
import { createChainPaths, createMode, statxMask } from './paths.js';

const FALLOC_FL_KEEP_SIZE = 1;

const fallocate = libc.func('fallocate', 'int', ['int', 'int', 'split64', 'split64']);
const openat = libc.func('openat', 'int', ['int', 'uint64_t', 'int', 'uint32_t']);
const closeFile = libc.func('close', 'int', ['int']);
const statx = libc.func('statx', 'int', ['int', 'uint64_t', 'int', 'uint32_t', 'uint64_t']);
const unlinkat = libc.func('unlinkat', 'int', ['int', 'uint64_t', 'int']);

export interface BlockingSteps {
  /** Whether this step is done here, and not by the engine. */
  readonly isOurs: Uint8Array;
  /** 0 or −errno. */
  perform(slot: number, step: number, row: number): number;
  /** A chain has ended, whole or broken: what it left open is closed. */
  settle(): void;
  /** The slot's chain has broken. */
  clear(slot: number): void;
  close(): void;
}

/**
 * @param descriptors of the files, by index; openat puts its own in place of the first
 * @param calls false for the engine that does nothing
 */
export function createBlockingSteps(setup: EngineSetup, descriptors: Int32Array, calls: boolean): BlockingSteps {
  const chain = setup.chain!;
  const kinds = Int32Array.from(chainSteps(chain.options), ({ operation }) => StepKind[operation]);
  const isOurs = Uint8Array.from(kinds, (kind) => (kind > StepKind.sync_file_range ? 1 : 0));
  if (!calls) return { isOurs, perform: () => 0, settle: () => {}, clear: () => {}, close: () => {} };
  const paths = createChainPaths(setup);
  const { steps } = chain;
  const offset = createSplit64();
  const length = createSplit64();
  const own = descriptors[0] ?? -1;

  function allocate(row: number): number {
    offset.halves[0] = steps.offset[row]!;
    offset.halves[1] = steps.offset[row]! / 4294967296;
    length.halves[0] = steps.rangeBytes[row]!;
    length.halves[1] = steps.rangeBytes[row]! / 4294967296;
    return fallocate(descriptors[steps.fileIndex[row]!]!, FALLOC_FL_KEEP_SIZE, offset, length);
  }

  function open(slot: number): number {
    const opened: number = openat(paths.folder, paths.pathAddress(slot), paths.openFlags, createMode);
    if (opened >= 0) descriptors[0] = opened;
    return opened;
  }

  function closeOpened(): number {
    const opened = descriptors[0]!;
    // Where openat failed and the chain went on, there is nothing of ours to close.
    if (opened === own) return 0;
    descriptors[0] = own;
    return closeFile(opened);
  }

  return {
    isOurs,
    perform(slot, step, row) {
      let result = 0;
      switch (kinds[step]) {
        case StepKind.fallocate:
          result = allocate(row);
          break;
        case StepKind.openat:
          result = open(slot);
          break;
        case StepKind.statx:
          result = statx(paths.folder, paths.pathAddress(slot), 0, statxMask, paths.statxAddress(slot));
          break;
        case StepKind.close:
          result = closeOpened();
          break;
        case StepKind.unlinkat:
          if (!paths.keepsFile) result = unlinkat(paths.folder, paths.pathAddress(slot), 0);
          break;
        default:
      }
      return result < 0 ? -errno() : 0;
    },
    settle() {
      closeOpened();
    },
    clear: paths.clear,
    close() {
      closeOpened();
      paths.close();
    },
  };
}
