/**
 * A priority for each I/O by lot (`cmdprio_percentage`, `cmdprio_bssplit`), as ioprio_set(2) packs it: class in bits 13
 * to 15, hint in bits 3 to 12, level in bits 0 to 2. The engine draws when a slot is queued; who records latencies per
 * priority looks up what was drawn.
 */
import type { CommandPriorityOptions, Job, PrioritySplitEntry } from '../job/job.js';
import { Operation } from '../job/operation.js';
import type { Random } from '../support/random.js';
import type { Requests } from './requests.js';

const classShift = 13;
const hintShift = 3;
/** Real time: what is drawn when no class is given, as in fio. */
const classDefault = 1;
const directionCount = 2;

export function packPriority(priorityClass: number, level: number, hint: number): number {
  return (priorityClass << classShift) | (hint << hintShift) | level;
}

export function unpackPriority(packed: number): { priorityClass: number; level: number; hint: number } {
  return { priorityClass: packed >> classShift, level: packed & 7, hint: (packed >> hintShift) & 0x3ff };
}

/** What the whole job runs with (`prio`, `prioclass`, `priohint`); 0 = none. */
export function jobPriority({ prio, prioClass, prioHint }: Job['process']): number {
  if (prio === null && prioClass === null && prioHint === null) return 0;
  return packPriority(prioClass ?? 2, prio ?? 0, prioHint ?? 0);
}

export class CommandPriorities {
  /** Per slot: which of `values` its I/O has; 0 is the job's own. */
  readonly indexOfSlot: Int32Array;
  /** Priorities that may occur, of reads and of writes; the job's own first. */
  readonly values: readonly (readonly number[])[];
  readonly #operation: Int32Array;
  readonly #byteCount: Int32Array;
  readonly #random: Random;
  /** Rows [block size or 0 for any, share up to and with this row in 1/100, index], those of reads first. */
  readonly #rows: Int32Array;
  readonly #rowFrom: Int32Array;
  readonly #packed: Int32Array;
  readonly #packedFrom: Int32Array;
  /** As `#packed`, also where nothing is put on the I/Os; the job's own first. */
  readonly #meant: Int32Array;

  /**
   * @param own the job's own priority
   * @param applies false: lots are drawn, and nothing is put on the I/Os; for rehearsing
   */
  constructor(options: CommandPriorityOptions, requests: Requests, own: number, random: Random, applies = true) {
    this.indexOfSlot = new Int32Array(requests.operation.length);
    this.#operation = requests.operation;
    this.#byteCount = requests.byteCount;
    this.#random = random;
    const values = [[own], [own]];
    const rows: number[] = [];
    const rowFrom = [0];
    for (const [direction, name] of (['read', 'write'] as const).entries()) {
      const usual = packPriority(options.priorityClass[name] || classDefault, options.level[name], options.hint[name]);
      let [blockBytes, share] = [-1, 0];
      for (const entry of entriesOf(options, name)) {
        const packed = entry.priority === null ? usual : packPriorityOf(entry.priority);
        const ofDirection = values[direction]!;
        if (!ofDirection.includes(packed)) ofDirection.push(packed);
        share = entry.blockBytes === blockBytes ? share + entry.percent : entry.percent;
        blockBytes = entry.blockBytes;
        rows.push(blockBytes, share, ofDirection.indexOf(packed));
      }
      rowFrom.push(rows.length);
    }
    this.values = values;
    this.#rows = Int32Array.from(rows);
    this.#rowFrom = Int32Array.from(rowFrom);
    this.#packed = Int32Array.from(values.flat(), (priority) => (applies ? priority : 0));
    this.#meant = Int32Array.from(values.flat());
    this.#packedFrom = Int32Array.of(0, values[0]!.length);
  }

  /** Draws for the slot's request; gives the priority to put on it, 0 = none of its own. */
  draw(slot: number): number {
    const operation = this.#operation[slot]!;
    this.indexOfSlot[slot] = operation > Operation.write ? 0 : this.#choose(operation, this.#byteCount[slot]!);
    return this.drawn(slot);
  }

  /** What was drawn for it last, for the rest of a short transfer. */
  drawn(slot: number): number {
    const operation = this.#operation[slot]!;
    if (operation >= directionCount) return 0;
    return this.#packed[this.#packedFrom[operation]! + this.indexOfSlot[slot]!]!;
  }

  /** The priority that the slot's request has, the job's own among them. */
  meant(slot: number): number {
    const operation = this.#operation[slot]!;
    if (operation >= directionCount) return this.#meant[0]!;
    return this.#meant[this.#packedFrom[operation]! + this.indexOfSlot[slot]!]!;
  }

  #choose(direction: number, byteCount: number): number {
    const rows = this.#rows;
    const lot = Math.floor(((this.#random.nextInt32() >>> 0) / 4294967296) * 100);
    for (let row = this.#rowFrom[direction]!; row < this.#rowFrom[direction + 1]!; row += 3) {
      if ((rows[row] === 0 || rows[row] === byteCount) && lot < rows[row + 1]!) return rows[row + 2]!;
    }
    return 0;
  }
}

function packPriorityOf({ priorityClass, level, hint }: NonNullable<PrioritySplitEntry['priority']>): number {
  return packPriority(priorityClass, level, hint);
}

/** Sorted by size, so that shares of one size add up. */
function entriesOf(options: CommandPriorityOptions, name: 'read' | 'write'): readonly PrioritySplitEntry[] {
  if (options.split !== null) return options.split[name].toSorted((left, right) => left.blockBytes - right.blockBytes);
  return options.percent[name] === 0 ? [] : [{ blockBytes: 0, percent: options.percent[name], priority: null }];
}

/** Whether any I/O of the job can get a priority by lot. */
export function drawsPriorities(options: CommandPriorityOptions | null): options is CommandPriorityOptions {
  return options !== null && (['read', 'write'] as const).some((name) => entriesOf(options, name).length > 0);
}
