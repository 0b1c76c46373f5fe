/** What the checks of one job say, and may ask, while its options are settled. */
export interface Findings {
  /** The option stands in the job file, or on the command line. */
  readonly isGiven: (option: string) => boolean;
  /** `option`: whose place is shown. */
  readonly refuse: (option: string, message: string, advice: string) => void;
  readonly warn: (code: string, message: string, advice: string | null) => void;
}
