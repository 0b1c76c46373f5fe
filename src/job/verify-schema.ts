/** How the options of verification stand in result documents; earlier ones have none of them. */
import * as z from 'zod';
import { headerForms, noVerify, verifyKinds } from './verify.js';

const count = z.number().nonnegative();

export const verifyOptionsSchema = z
  .object({
    kind: z.enum(verifyKinds),
    reads: z.boolean(),
    only: z.boolean(),
    intervalBytes: count,
    headerOffsetBytes: count,
    pattern: z.string().nullable(),
    patternIntervalBytes: count,
    fatal: z.boolean(),
    dump: z.boolean(),
    backlogCount: count,
    backlogBatchCount: count,
    asyncThreadCount: count,
    asyncCpus: z.array(count).nullable(),
    policy: z.enum(['completed', 'fsynced']),
    checksSeed: z.boolean().nullable(),
    checksNumber: z.boolean().nullable(),
    experimental: z.boolean(),
    savesState: z.boolean(),
    loadsState: z.boolean(),
    headerForm: z.enum(headerForms),
    salt: count,
    trimPercent: count.default(0),
    expectsZeros: z.boolean().default(true),
    trimBacklogCount: count.default(0),
    trimBatchCount: count.default(0),
  })
  .default({ ...noVerify, asyncCpus: null });
