/** What a worker found when it verified, as it is reported and as it stands in results. Plain data. */
import type { Described, Zod } from '../support/described.js';

const foundHeader = (z: Zod) => {
  const count = z.number().nonnegative();
  return z.object({
    form: z.enum(['fio-3.41', 'fio-3.33']),
    /** As users name it: `crc32c`. */
    type: z.string(),
    lengthBytes: count,
    /** 16 hexadecimal digits. */
    seed: z.string(),
    offset: count,
    timeNs: count,
    thread: count,
    number: count,
    isIntact: z.boolean(),
  });
};

const blockMismatch = (z: Zod) => {
  const count = z.number().nonnegative();
  return z.object({
    path: z.string(),
    /** Of the wrong part in the file. */
    offset: count,
    byteCount: count,
    /** Of the I/O that read it. */
    ioOffset: count,
    ioBytes: count,
    /** What is wrong, first of all: `bad magic number cccc, expected acca`. */
    what: z.string(),
    /** null where there is none, or none that can be read. */
    header: foundHeader(z).nullable(),
    /** In hexadecimal digits; null where there is none to compare. */
    expectedChecksum: z.string().nullable(),
    foundChecksum: z.string().nullable(),
    /** Bytes [from, to) of the part that differ from what was written; null where that cannot be known. */
    ranges: z.array(z.tuple([count, count])).nullable(),
    /** null where it looks like nothing in particular. */
    likeness: z.enum(['zeros', 'older', 'misplaced', 'torn', 'flipped-bit', 'damaged-header']).nullable(),
    /** What it looks like, in a sentence. */
    explanation: z.string().nullable(),
    /** With `verify_dump`. */
    dumps: z.array(z.string()),
  });
};

export const verifyReport = (z: Zod) => {
  const count = z.number().nonnegative();
  return z.object({
    /** `verify`. */
    kind: z.string(),
    /** I/Os whose data was looked at. */
    checkedCount: count,
    checkedBytes: count,
    wrongCount: count,
    /** Wrong blocks, the first of them. */
    mismatches: z.array(blockMismatch(z)),
    /** Writes of a `verify_only` job: counted as fio does, and not done. */
    dryWrites: z.object({ ioCount: count, byteCount: count }).optional(),
    /** Where the state was saved, one of each worker. */
    stateFiles: z.array(z.string()).optional(),
  });
};

export type BlockMismatch = Described<typeof blockMismatch>;
export type VerifyReport = Described<typeof verifyReport>;

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
