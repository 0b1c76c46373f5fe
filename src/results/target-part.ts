/** The schema of what results say of targets and of the disks below them. */
import * as z from 'zod';

const amount = z.number().nonnegative();

export const target = z.object({
  path: z.string(),
  realPath: z.string(),
  kind: z.enum(['file', 'block', 'missing', 'directory', 'other']),
  sizeBytes: amount,
  allocatedBytes: amount,
  directAlignBytes: z.number().nullable(),
  readOnly: z.boolean(),
  fileSystem: z
    .object({ type: z.string(), mountPoint: z.string(), options: z.string(), freeBytes: amount.nullable() })
    .nullable(),
  queue: z
    .object({
      disk: z.string(),
      logicalBlockBytes: amount,
      physicalBlockBytes: amount,
      polls: z.boolean(),
      requestsMax: amount,
      scheduler: z.string().nullable(),
      rotational: z.boolean(),
      writeCache: z.string().nullable(),
      discardBytesMax: amount,
      model: z.string().nullable(),
      driver: z.string().nullable(),
    })
    .nullable(),
  zoned: z
    .object({
      model: z.string(),
      zoneBytes: amount,
      openMax: amount,
      activeMax: amount,
      conventional: z.array(z.object({ startBytes: amount, endBytes: amount })),
      ordersWrites: z.boolean(),
    })
    .optional(),
  uses: z.array(z.object({ device: z.string(), by: z.string() })),
});

export const diskUse = z.object({
  name: z.string(),
  readIos: z.number(),
  writeIos: z.number(),
  readSectors: z.number(),
  writeSectors: z.number(),
  readMerges: z.number(),
  writeMerges: z.number(),
  readTicksMs: z.number(),
  writeTicksMs: z.number(),
  inQueueMs: z.number(),
  utilPercent: z.number(),
});
