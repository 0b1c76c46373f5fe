/** What a rule is, and what rules ask of a scene. */

import { engineTraits } from '../job/engine-traits.js';
import { fileOperationOf } from '../job/file-engines.js';
import { formatIops } from '../support/units.js';
import { differenceOf } from './difference.js';
import type { Scene } from './scene.js';

/** One sentence, what it rests on, and what to do; advice is null where nothing is to be done. */
export interface Finding {
  readonly sentence: string;
  readonly evidence: string;
  readonly advice: string | null;
}

export interface Rule {
  /** Stable, for tests and machines. */
  readonly code: string;
  readonly find: (scene: Scene) => Finding | null;
}

export const percent = (share: number) => `${(share * 100).toFixed(share > 0.995 || share < 0.095 ? 1 : 0)} %`;
export const cpus = (ns: number, { pair }: Scene) => (ns / Math.max(1, pair.iotest.elapsedNs)).toFixed(2);
export const engineOf = ({ pair }: Scene) => pair.iotest.options.engine;
export const isRing = (scene: Scene) => engineTraits(engineOf(scene).name).ring;
export const isDirect = ({ pair }: Scene) => pair.iotest.options.target.direct;
/** A synchronous engine would call once for each element: what is said of single I/Os does not hold. */
export const isChained = ({ pair }: Scene) => pair.iotest.chain !== undefined;
export const depthOf = ({ pair }: Scene) => pair.iotest.engine?.depth ?? pair.iotest.options.engine.depth;

/** Of the only disk, where there is one. */
export function queueOf({ targets }: Scene) {
  const queues = targets.flatMap(({ queue }) => (queue === null ? [] : [queue]));
  return queues.every(({ disk }) => disk === queues[0]!.disk) ? (queues[0] ?? null) : null;
}

export const isNetwork = (scene: Scene) => engineTraits(engineOf(scene).name).network;
/** Making, looking at, renaming or deleting files or directories. */
export const isFileOperation = (scene: Scene) => fileOperationOf(engineOf(scene).name) !== null;

const blockingEngines = ['sync', 'psync', 'vsync', 'pvsync', 'pvsync2', 'net'];
const isBlocking = (engine: string) => blockingEngines.includes(engine) || /^(file|dir)/.test(engine);

/** A synchronous engine that did this job certainly faster, or null. */
export function fasterBlocking(scene: Scene): string | null {
  const faster = scene.others.flatMap(({ variant, runs }) => {
    if (!isBlocking(runs[0]!.iotest.options.engine.name)) return [];
    const difference = differenceOf('iops', scene.runs, runs);
    return difference === null || difference.own > difference.other ? [] : [{ variant, ...difference }];
  });
  const best = faster.sort((one, other) => other.other - one.other)[0];
  if (best === undefined) return null;
  const ratio = (best.other / best.own).toFixed(1);
  return `${best.variant} is faster here, ${ratio} times the IOPS (${formatIops(best.other)} against ${formatIops(best.own)})`;
}
