/** /proc/interrupts: how often each interrupt came, all processors together. */

/** By the last word of its line: `nvme0q1`, `virtio4-req.0`. */
export function interruptCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (!/^\d+:$/.test(words[0] ?? '')) continue;
    let sum = 0;
    for (const word of words.slice(1)) {
      if (!/^\d+$/.test(word)) break;
      sum += Number(word);
    }
    counts.set(words.at(-1)!, sum);
  }
  return counts;
}

/** Data queues alone: NVMe's first queue is for administration, and virtio's others are not of disks. */
const dataQueue = /^nvme\d+q[1-9]\d*$|^virtio\d+-req\.\d+$/;

/** By how much the interrupts of all data queues of NVMe and virtio disks have grown. */
export function dataInterrupts(before: string, after: string): number {
  const earlier = interruptCounts(before);
  let grown = 0;
  for (const [name, count] of interruptCounts(after))
    if (dataQueue.test(name)) grown += count - (earlier.get(name) ?? 0);
  return grown;
}
