/**
 * Engines that change the space of files and move no data, as fio's of these names. `falloc`: a write allocates its place
 * and lets the file grow, a read allocates it and leaves the size as it is, a trim takes the space away (fallocate(2)).
 * `ftruncate`: a write makes its offset the size of the file (ftruncate(2)).
 */
import { Operation } from '../job/operation.js';
import { createSplit64, errno, libc } from '../system/libc.js';
import { BlockingEngine } from './blocking-engine.js';
import type { Engine, EngineSetup } from './engine.js';

const FALLOC_FL_KEEP_SIZE = 1;

const fallocate = libc.func('fallocate', 'int', ['int', 'int', 'split64', 'int64_t']);
const ftruncate = libc.func('ftruncate', 'int', ['int', 'split64']);

export function openEngine(setup: EngineSetup): Engine {
  return new FileSpaceEngine(setup);
}

class FileSpaceEngine extends BlockingEngine {
  private readonly truncates: boolean;
  private readonly descriptors: Int32Array;
  private readonly split = createSplit64();

  constructor(setup: EngineSetup) {
    super(setup, []);
    this.truncates = setup.options.name === 'ftruncate';
    this.descriptors = setup.descriptors ?? Int32Array.from(setup.files, (file) => file.descriptor);
  }

  protected override perform(slot: number): number {
    const { operation, fileIndex, byteCount, offset } = this.setup.requests;
    const descriptor = this.descriptors[fileIndex[slot]!]!;
    // Beyond 2^31 an offset by itself would be boxed.
    this.split.halves[0] = offset[slot]!;
    this.split.halves[1] = offset[slot]! / 4294967296;
    const mode = operation[slot]! === Operation.read ? FALLOC_FL_KEEP_SIZE : 0;
    const result: number = this.truncates
      ? ftruncate(descriptor, this.split)
      : fallocate(descriptor, mode, this.split, byteCount[slot]!);
    return result < 0 ? -errno() : byteCount[slot]!;
  }

  protected override label(): string {
    return this.setup.options.name;
  }
}
