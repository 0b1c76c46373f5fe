/** Priorities of single I/Os (`cmdprio…`). */
import type { ReadWrite } from './per-direction.js';

/** One entry of `cmdprio_bssplit`. */
export interface PrioritySplitEntry {
  readonly blockBytes: number;
  readonly percent: number;
  /** null = what `cmdprio_class`, `cmdprio` and `cmdprio_hint` say. */
  readonly priority: { readonly priorityClass: number; readonly level: number; readonly hint: number } | null;
}

export interface CommandPriorityOptions {
  readonly percent: ReadWrite<number>;
  /** 0 = not given: real time. */
  readonly priorityClass: ReadWrite<number>;
  readonly level: ReadWrite<number>;
  readonly hint: ReadWrite<number>;
  /** Instead of `percent`. */
  readonly split: ReadWrite<readonly PrioritySplitEntry[]> | null;
}
