/** Something the user should know about a run, as data; report/ only lays it out. */
export interface Warning {
  /** Stable name, for tests and machines: `buffered-without-direct`. */
  readonly code: string;
  /** Job name, or null for the run as a whole. */
  readonly jobName: string | null;
  /** One sentence with the evidence. */
  readonly message: string;
  readonly advice: string | null;
}
