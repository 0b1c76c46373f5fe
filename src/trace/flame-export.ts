/** Counted stacks for other tools: folded lines (FlameGraph, inferno) and speedscope's JSON. */
import { escapedJson, printable } from '../support/printable.js';
import { type StackNode, walkStacks } from './stacks.js';

/** As FlameGraph's annotations tell kernel and compiled functions. */
const marks = { thread: '', native: '', kernel: '_[k]', javascript: '_[j]' } as const;

/** `a;b;c 12`, of two profiles `a;b;c 12 34` as difffolded.pl writes it; sorted. Ends with a newline. */
export function foldedStacks(root: StackNode): string {
  const lines = [...walkStacks(root)].map(({ frames, ownCounts }) => {
    // A semicolon parts frames, the last blank the counts.
    const stack = frames.map(({ name, kind }) => `${printable(name.replace(/[;\n]/g, ','))}${marks[kind]}`).join(';');
    return `${stack} ${ownCounts.join(' ')}`;
  });
  return `${lines.sort().join('\n')}\n`;
}

/** One sampled profile for each engine. https://www.speedscope.app/file-format-schema.json */
export function speedscopeJson(root: StackNode, labels: readonly string[], name: string, exporter: string): string {
  const frames: { name: string }[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (frameName: string): number => {
    const known = indexes.get(frameName);
    if (known !== undefined) return known;
    indexes.set(frameName, frames.length);
    frames.push({ name: frameName });
    return frames.length - 1;
  };
  const stacks = [...walkStacks(root)];
  const profiles = labels.map((label, profile) => {
    const own = stacks.filter(({ ownCounts }) => ownCounts[profile]! > 0);
    const weights = own.map(({ ownCounts }) => ownCounts[profile]!);
    return {
      type: 'sampled',
      name: label,
      unit: 'none',
      startValue: 0,
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: own.map((stack) => stack.frames.map((frame) => indexOf(`${frame.name}${marks[frame.kind]}`))),
      weights,
    };
  });
  const document = {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name,
    exporter,
    activeProfileIndex: 0,
    shared: { frames },
    profiles,
  };
  return `${escapedJson(JSON.stringify(document))}\n`;
}
