/** Stacks counted: what a flame graph is drawn from. */
import type { Frame, Sample } from './perf-script.js';

/** One node for each function in its calling context. Counts include those of the children. */
export interface StackNode {
  readonly frame: Frame;
  /** Samples of each profile, in the order of the engines. */
  readonly counts: number[];
  readonly children: Map<string, StackNode>;
}

export function createRoot(profileCount: number): StackNode {
  return { frame: { name: 'all', kind: 'thread' }, counts: Array(profileCount).fill(0), children: new Map() };
}

/** @param profile which of the engines the sample is of */
export function addSample(root: StackNode, sample: Sample, profile: number): void {
  let node = root;
  node.counts[profile]!++;
  for (const frame of [threadFrame(sample), ...sample.frames]) {
    const key = `${frame.kind}:${frame.name}`;
    let child = node.children.get(key);
    if (child === undefined) {
      child = { frame, counts: root.counts.map(() => 0), children: new Map() };
      node.children.set(key, child);
    }
    child.counts[profile]!++;
    node = child;
  }
}

/** Threads of a kind together: io-wq has many, and their numbers say nothing. */
function threadFrame({ threadName, processId, threadId }: Sample): Frame {
  const name = threadName.startsWith('iou-sqp-')
    ? 'submission thread (SQPOLL)'
    : threadName.startsWith('iou-wrk-')
      ? 'io-wq workers'
      : threadId === processId
        ? 'main thread'
        : threadName;
  return { name, kind: 'thread' };
}

/** Nodes with what of them is in no child, outermost first. */
export function* walkStacks(
  root: StackNode,
): Generator<{ readonly frames: readonly Frame[]; readonly ownCounts: readonly number[] }> {
  const open: { node: StackNode; frames: readonly Frame[] }[] = [...root.children.values()].map((node) => ({
    node,
    frames: [node.frame],
  }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, frames } = next;
    const children = [...node.children.values()];
    const ownCounts = node.counts.map((count, profile) =>
      children.reduce((rest, child) => rest - child.counts[profile]!, count),
    );
    if (ownCounts.some((count) => count > 0)) yield { frames, ownCounts };
    for (const child of children) open.push({ node: child, frames: [...frames, child.frame] });
  }
}
