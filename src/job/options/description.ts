/** An option as help, docs and completion show it: nothing but data, so that it travels to report/ and into JSON. */
export interface OptionDescription {
  /** fio's primary name. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Title of the group that it is listed under. */
  readonly group: string;
  /** The engines whose private option it is; null = it may stand in any job. */
  readonly engines: readonly string[] | null;
  readonly type: string;
  readonly unit: string | null;
  /** As it would be written; null = there is none to write. */
  readonly default: string | null;
  readonly tier: 1 | 2 | 3;
  readonly help: string;
  /** `partly`: with `values` alone. */
  readonly state: 'supported' | 'partly' | 'refused' | 'ignored';
  /** The values that `partly` stands for, as far as they can be written; empty in the other states. */
  readonly values: readonly string[];
  /** Why it is refused or ignored, or which values of `partly` are; a part of a sentence. */
  readonly reason: string | null;
  /** What to write or do instead. */
  readonly nearest: string | null;
  /** A line for a job file that is accepted; null where none is. */
  readonly example: string | null;
  /** Not fio's but ours. */
  readonly ours: boolean;
}
