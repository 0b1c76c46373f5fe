/** What a worker found when it verified. Plain data. */

/** A header of a block, as it was found. */
export interface FoundHeader {
  readonly form: 'fio-3.41' | 'fio-3.33';
  /** As users name it: `crc32c`. */
  readonly type: string;
  readonly lengthBytes: number;
  /** 16 hexadecimal digits. */
  readonly seed: string;
  readonly offset: number;
  readonly timeNs: number;
  readonly thread: number;
  readonly number: number;
  readonly isIntact: boolean;
}

export type Likeness = 'zeros' | 'older' | 'misplaced' | 'torn' | 'flipped-bit' | 'damaged-header';

export interface BlockMismatch {
  readonly path: string;
  /** Of the wrong part in the file. */
  readonly offset: number;
  readonly byteCount: number;
  /** Of the I/O that read it. */
  readonly ioOffset: number;
  readonly ioBytes: number;
  /** What is wrong, first of all: `bad magic number cccc, expected acca`. */
  readonly what: string;
  /** null where there is none, or none that can be read. */
  readonly header: FoundHeader | null;
  /** In hexadecimal digits; null where there is none to compare. */
  readonly expectedChecksum: string | null;
  readonly foundChecksum: string | null;
  /** Bytes [from, to) of the part that differ from what was written; null where that cannot be known. */
  readonly ranges: readonly (readonly [number, number])[] | null;
  /** null where it looks like nothing in particular. */
  readonly likeness: Likeness | null;
  /** What it looks like, in a sentence. */
  readonly explanation: string | null;
  /** With `verify_dump`. */
  readonly dumps: readonly string[];
}

/** What was compared and is not the same: a field of the header, the data behind it, or zeros where it was trimmed. */
export type MismatchCheck =
  | 'magic'
  | 'version'
  | 'crc'
  | 'type'
  | 'length'
  | 'offset'
  | 'seed'
  | 'number'
  | 'data'
  | 'zeros';

/** What the error of a job begins with that a wrong block has ended. */
export const mismatchHeading = 'verification at offset';

/** A wrong block, told at once when it is found. */
export interface MismatchNotice
  extends Pick<
    BlockMismatch,
    'path' | 'offset' | 'byteCount' | 'ioOffset' | 'ioBytes' | 'expectedChecksum' | 'foundChecksum' | 'dumps'
  > {
  /** `verify`. */
  readonly kind: string;
  readonly check: MismatchCheck;
  /** Of a field: hexadecimal digits where it is a mark (magic, version, crc, seed), else a decimal number. */
  readonly found: string;
  readonly expected: string;
  /** The first byte that differs, of data that is known; null where it is not. `at` counts from the end of the header. */
  readonly firstByte: { readonly at: number; readonly found: number; readonly expected: number } | null;
  readonly explanation: string | null;
}

export interface VerifyReport {
  /** `verify`. */
  readonly kind: string;
  /** I/Os whose data was looked at. */
  readonly checkedCount: number;
  readonly checkedBytes: number;
  readonly wrongCount: number;
  /** Wrong blocks, the first of them. */
  readonly mismatches: readonly BlockMismatch[];
  /** Writes of a `verify_only` job: counted as fio does, and not done. */
  readonly dryWrites?: { readonly ioCount: number; readonly byteCount: number };
  /** Where the state was saved, one of each worker. */
  readonly stateFiles?: readonly string[];
}

/** Those of the workers of one job object as one; null without any. */
export function mergeVerifyReports(reports: readonly VerifyReport[]): VerifyReport | null {
  const [first] = reports;
  if (first === undefined) return null;
  const sum = (value: (report: VerifyReport) => number) => reports.reduce((total, report) => total + value(report), 0);
  const stateFiles = reports.flatMap((report) => report.stateFiles ?? []);
  return {
    kind: first.kind,
    checkedCount: sum((report) => report.checkedCount),
    checkedBytes: sum((report) => report.checkedBytes),
    wrongCount: sum((report) => report.wrongCount),
    mismatches: reports.flatMap((report) => report.mismatches),
    ...(first.dryWrites === undefined
      ? {}
      : {
          dryWrites: {
            ioCount: sum((report) => report.dryWrites?.ioCount ?? 0),
            byteCount: sum((report) => report.dryWrites?.byteCount ?? 0),
          },
        }),
    ...(stateFiles.length === 0 ? {} : { stateFiles }),
  };
}
