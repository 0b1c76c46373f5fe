/** What verification found, as a result document holds it. */
import * as z from 'zod';

const count = z.number().nonnegative();

const headerFields = z.object({
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

const blockMismatch = z.object({
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
  header: headerFields.nullable(),
  /** In hexadecimal digits; null where the block was not looked at so far. */
  expectedChecksum: z.string().nullable(),
  foundChecksum: z.string().nullable(),
  /** Bytes [from, to) of the part that differ from what was written; null where that cannot be known. */
  ranges: z.array(z.tuple([count, count])).nullable(),
  /** What it looks like, in a sentence; null where it looks like nothing in particular. */
  likeness: z.enum(['zeros', 'older', 'misplaced', 'torn', 'flipped-bit', 'damaged-header']).nullable(),
  explanation: z.string().nullable(),
  /** With `verify_dump`. */
  dumps: z.array(z.string()),
});

export const verifyReport = z.object({
  /** `verify`. */
  kind: z.string(),
  /** I/Os whose data was looked at. */
  checkedCount: count,
  checkedBytes: count,
  wrongCount: count,
  /** Wrong blocks, the first of them. */
  mismatches: z.array(blockMismatch),
  /** Writes of a `verify_only` job: counted as fio does, and not done. */
  dryWrites: z.object({ ioCount: count, byteCount: count }).optional(),
  /** Where the state was saved, one of each worker. */
  stateFiles: z.array(z.string()).optional(),
});
