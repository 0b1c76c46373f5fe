/** What a result says of the characterization that it is a part of: `iotest characterize` makes one document per section. */
import * as z from 'zod';

const count = z.int().nonnegative();

export const characterizeSections = [
  'throughput',
  'matrix',
  'latency',
  'load',
  'engines',
  'response',
  'saturation',
] as const;

/** What a resumed characterization must know again. */
const characterizeSettings = z.object({
  /** As given. */
  target: z.string(),
  level: z.enum(['quick', 'default', 'pts']),
  /** Durations are multiplied by this; results of another scale than 1 are no measure of others. */
  scale: z.number().positive(),
  /** Of a file; null = the whole file or device. */
  sizeBytes: z.number().nullable(),
  /** The first does all sections. */
  engines: z.array(z.string()),
  /** The target may be overwritten. */
  writes: z.boolean(),
  /** `--destructive` named the target; absent in results of earlier versions. */
  permitted: z.boolean().optional(),
});

export const characterizePart = z.object({
  /** The same in all documents of one characterization. */
  id: z.string(),
  section: z.enum(characterizeSections),
  title: z.string(),
  /** From 1; null where a section has no rounds. */
  round: count.nullable(),
  settings: characterizeSettings,
  /** What is not measured, and why; a sentence each. */
  leftOut: z.array(z.string()),
  /** Titles of all sections that were to be measured; absent in results of earlier versions. */
  planned: z.array(z.string()).optional(),
});

export type CharacterizePart = z.infer<typeof characterizePart>;
export type CharacterizeSettings = z.infer<typeof characterizeSettings>;
export type CharacterizeSection = CharacterizePart['section'];

/** Names of the jobs whose rates decide whether the rounds of the matrix are steady: as the SNIA's test has them, small writes, a mix, large reads. */
export function trackedJobs({ writes }: Pick<CharacterizeSettings, 'writes'>): string[] {
  return writes ? ['randwrite-4k', 'mix65-64k', 'randread-1m'] : ['randread-4k', 'randread-64k', 'randread-1m'];
}
