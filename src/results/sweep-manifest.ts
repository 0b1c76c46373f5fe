/** What an unfinished sweep is made of: to go on with it, and to tell whether it is still the same. */
import * as z from 'zod';

const axis = z.object({ option: z.string(), values: z.array(z.string()) });

const manifest = z.object({
  manifestVersion: z.literal(1),
  id: z.string(),
  toolVersion: z.string(),
  /** As given on the command line; `-` for standard input. */
  source: z.string(),
  /** With the texts that it includes. */
  jobFileText: z.string(),
  axes: z.array(axis),
  repeat: z.int().positive(),
  set: z.array(z.string()),
  section: z.array(z.string()),
  runtime: z.string().nullable(),
  orderSeed: z.number(),
});

export type SweepManifest = z.infer<typeof manifest>;

/** null for what is no manifest of this version. */
export function readManifest(text: string): SweepManifest | null {
  try {
    return manifest.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** In what two sweeps differ, a sentence each; empty when they are the same. Where the job file lies does not count. */
export function manifestDifferences(saved: SweepManifest, asked: SweepManifest): string[] {
  const pairs: readonly (readonly [what: string, saved: string, asked: string])[] = [
    ...axisPairs(saved, asked),
    ['--repeat', String(saved.repeat), String(asked.repeat)],
    ['--set', saved.set.join(' '), asked.set.join(' ')],
    ['--section', saved.section.join(' '), asked.section.join(' ')],
    ['--runtime', saved.runtime ?? '', asked.runtime ?? ''],
    ['--order-seed', String(saved.orderSeed), String(asked.orderSeed)],
    ['iotest itself', saved.toolVersion, asked.toolVersion],
  ];
  const differences = pairs
    .filter(([, was, is]) => was !== is)
    .map(([what, was, is]) => `${what} was ${was === '' ? 'not given' : was}, and is ${is === '' ? 'not given' : is}`);
  if (saved.jobFileText === asked.jobFileText) return differences;
  return [`the job file has changed, ${firstDifference(saved.jobFileText, asked.jobFileText)}`, ...differences];
}

function axisPairs(saved: SweepManifest, asked: SweepManifest): [string, string, string][] {
  const options = [...new Set([...saved.axes, ...asked.axes].map(({ option }) => option))];
  const listOf = ({ axes }: SweepManifest, option: string) =>
    axes.find((each) => each.option === option)?.values.join(',') ?? '';
  const pairs = options.map((option): [string, string, string] => [
    `--vary ${option}`,
    listOf(saved, option),
    listOf(asked, option),
  ]);
  const order = ({ axes }: SweepManifest) => axes.map(({ option }) => option).join(', ');
  const isReordered = pairs.every(([, was, is]) => was === is) && order(saved) !== order(asked);
  return isReordered ? [['the order of --vary', order(saved), order(asked)]] : pairs;
}

function firstDifference(was: string, is: string): string {
  const [before, now] = [was.split('\n'), is.split('\n')];
  const line = before.findIndex((text, index) => text !== now[index]);
  const at = line < 0 ? before.length : line;
  const shown = (text: string | undefined) => (text === undefined ? 'nothing' : `"${text.trim()}"`);
  return `first in line ${at + 1}: ${shown(before[at])} then, ${shown(now[at])} now`;
}
