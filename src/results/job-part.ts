/**
 * Parts of a job's options in the result document: how its files are made and kept, and the thread that ran it. What the
 * first version of the document did not have is optional.
 */
import * as z from 'zod';

const count = z.int().nonnegative();

/** Goes into `target`. */
export const fileOptions = {
  filenameFormat: z.string().nullable().optional(),
  openDirectory: z.string().nullable().optional(),
  fileType: z.enum(['file', 'block', 'char']).nullable().optional(),
  fileAppend: z.boolean().optional(),
  createOnOpen: z.boolean().optional(),
  createOnly: z.boolean().optional(),
  createSerialize: z.boolean().optional(),
  createFsync: z.boolean().optional(),
  allowFileCreate: z.boolean().optional(),
  allowMountedWrite: z.boolean().optional(),
  preRead: z.boolean().optional(),
  fsyncOnClose: z.boolean().optional(),
  endSyncfs: z.boolean().optional(),
  fadviseHint: z.enum(['none', 'pattern', 'random', 'sequential', 'noreuse']).optional(),
  writeHint: z.enum(['none', 'short', 'medium', 'long', 'extreme']).nullable().optional(),
  fillDevice: z.boolean().optional(),
  lockFile: z.enum(['none', 'exclusive', 'readwrite']).optional(),
  precondition: z.enum(['none', 'fill', '2x', 'until-steady']).optional(),
};

export const processOptions = z.object({
  cpusAllowed: z.array(count).nullable(),
  nice: z.number().nullable(),
  prio: z.number().nullable(),
  prioClass: z.number().nullable(),
  prioHint: z.number().nullable().optional(),
  cpusAllowedPolicy: z.enum(['shared', 'split']).optional(),
  comm: z.string().nullable().optional(),
  uid: z.number().nullable().optional(),
  gid: z.number().nullable().optional(),
  execPrerun: z.string().nullable().optional(),
  execPostrun: z.string().nullable().optional(),
  bufferMemory: z
    .object({
      kind: z.enum(['malloc', 'shm', 'shmhuge', 'mmap', 'mmapshared', 'mmaphuge']),
      path: z.string().nullable(),
    })
    .optional(),
  hugePageBytes: z.number().nullable().optional(),
  lockedBytes: count.optional(),
});

/** Goes into `engine`. */
export const ringOptions = {
  sqThreadIdleMs: z.number().nullable().default(null),
  sharesSqThread: z.boolean().default(false),
  workerCountMax: z.object({ bounded: count, unbounded: count }).nullable().default(null),
  workerCpus: z.array(count).nullable().default(null),
  withoutSqArray: z.boolean().default(false),
};
