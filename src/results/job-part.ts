/**
 * The effective options of a job in the result document, as the rows of the table describe them. What a document of an
 * earlier version does not have is at its default.
 */
import * as z from 'zod';
import type { Job } from '../job/job.js';
import { treeOf } from '../job/options/row.js';
import { jobFields } from '../job/options/rows.js';

interface Tree {
  readonly [key: string]: Tree | z.ZodType;
}

const count = z.int().nonnegative();

function objectOf(tree: Tree): z.ZodObject {
  const members = Object.entries(tree).map(([key, value]) => [
    key,
    value instanceof z.ZodType ? value : objectOf(value).prefault({}),
  ]);
  return z.object(Object.fromEntries(members));
}

export const jobOptions = objectOf({
  source: z.object({ file: z.string(), line: count, section: z.string() }),
  typedOptions: z.record(z.string(), z.string()),
  groupIndex: count,
  cloneIndex: count,
  ...(treeOf(jobFields, ({ schema, settled }) => schema(z).default(settled)) as Tree),
}) as unknown as z.ZodType<Job>;
