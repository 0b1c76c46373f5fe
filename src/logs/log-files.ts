/** Which log files there are and what they are called: fio's names. */

const logKinds = ['bandwidth', 'iops', 'total', 'completion', 'submission', 'histogram', 'iolog'] as const;
export type LogKind = (typeof logKinds)[number];

/** One file that a worker's entries go to. */
export interface LogFile {
  readonly kind: LogKind;
  /** As given in the job, below the working directory unless absolute. */
  readonly path: string;
  /** Added to what is there (one file for all jobs, and iologs), instead of in its place. */
  readonly adds: boolean;
}

/** How the lines of a worker's logs look. */
export interface LogFormat {
  readonly averageMs: number;
  readonly windowValue: 'average' | 'maximum' | 'both';
  readonly offset: boolean;
  readonly issueTime: boolean;
  /** The column of the priority is `0x4003`; else `1` for the real time class and `0` for others. */
  readonly priorityInFull: boolean;
  readonly histogramCoarseness: number;
  /** Names as they stand in an iolog, by the worker's file number. */
  readonly fileNames: readonly string[];
}

const words: Readonly<Record<Exclude<LogKind, 'iolog'>, string>> = {
  bandwidth: 'bw',
  iops: 'iops',
  total: 'lat',
  completion: 'clat',
  submission: 'slat',
  histogram: 'clat_hist',
};

/** `STEM_bw.3.log`, or `STEM_bw.log` where all jobs share a file. `number` counts jobs from 1, over the whole run. */
export function logPath(stem: string, kind: Exclude<LogKind, 'iolog'>, number: number | null): string {
  return number === null ? `${stem}_${words[kind]}.log` : `${stem}_${words[kind]}.${number}.log`;
}

/**
 * @param packed as ioprio_set(2) has it: the class in bits 13 to 15, a hint below, the level in bits 0 to 2. Without `log_prio`, fio prints only
 * whether it is the real time class.
 */
export function priorityText(packed: number, inFull: boolean): string {
  if (!inFull) return packed >> 13 === 1 ? '1' : '0';
  return `0x${packed.toString(16).padStart(4, '0')}`;
}
