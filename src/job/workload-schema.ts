/**
 * The options of order and size as they stand in result documents. All are optional there: documents of before they
 * existed are still read.
 */
import * as z from 'zod';

const amount = z.union([z.object({ bytes: z.number() }), z.object({ percent: z.number() })]);

function perDirection<T extends z.ZodType>(each: T) {
  return z.object({ read: each, write: each, trim: each });
}

const skewed = [
  z.object({ kind: z.literal('zipf'), theta: z.number(), center: z.number().nullable() }),
  z.object({ kind: z.literal('pareto'), power: z.number(), center: z.number().nullable() }),
  z.object({ kind: z.literal('normal'), deviationPercent: z.number(), center: z.number().nullable() }),
] as const;

const zones = z.array(z.object({ accessPercent: z.number(), size: amount }));

export const workloadShape = {
  sizes: z
    .object({
      range: perDirection(z.object({ min: z.number(), max: z.number() }).nullable()),
      split: perDirection(z.array(z.object({ bytes: z.number(), percent: z.number() })).nullable()),
      unaligned: z.boolean(),
      bySequence: z.boolean(),
      alignBytes: perDirection(z.number().nullable()),
    })
    .optional(),
  order: z
    .object({
      randomEvery: z.number(),
      holeBytes: z.number(),
      sequencer: z.enum(['sequential', 'identical']),
      randomPercent: perDirection(z.number()),
      distribution: z.union([
        z.object({ kind: z.literal('random') }),
        ...skewed,
        z.object({ kind: z.enum(['zoned', 'zoned_abs']), zones: perDirection(zones.nullable()) }),
        z.object({ kind: z.literal('sequence'), blocks: z.array(z.number()) }),
      ]),
      sequenceStrides: z.boolean(),
      generator: z.enum(['tausworthe', 'lfsr', 'tausworthe64']),
      softRandomMap: z.boolean(),
      zoneMode: z.enum(['none', 'strided']).nullable(),
      zoneBytes: z.number(),
      zoneRangeBytes: z.number(),
      zoneSkipBytes: z.number(),
    })
    .optional(),
  fileService: z
    .union([
      z.object({ kind: z.enum(['roundrobin', 'random']), ioCount: z.number() }),
      z.object({ kind: z.literal('sequential') }),
      ...skewed,
    ])
    .optional(),
  syncRange: z
    .object({ waitBefore: z.boolean(), write: z.boolean(), waitAfter: z.boolean(), every: z.number() })
    .nullable()
    .optional(),
  serializesOverlap: z.boolean().optional(),
};

export const targetShape = {
  openFileCount: z.number().nullable().optional(),
  offsetAlignBytes: z.number().nullable().optional(),
};
