/** What a job does, as far as both iotest's results and fio's tell: jobs of one name may still do different things. */
import { type Direction, directions } from '../job/per-direction.js';
import type { FioJob, IotestJob } from '../results/document.js';
import { usedDirections } from '../results/unified.js';
import { type ComparedDirection, comparedDirections } from './types.js';

export interface Workload {
  /** As in fio: `randrw`; null = not known. */
  readonly readWrite: string | null;
  /** Of the directions that had I/O; null where sizes vary. */
  readonly blockBytes: Readonly<Partial<Record<ComparedDirection, number | null>>>;
  readonly readPercent: number | null;
  readonly fsyncEvery: number | null;
  readonly workerCount: number | null;
}

export function workloadOf(fio: FioJob, iotest: IotestJob | null, globals: Readonly<Record<string, string>>): Workload {
  return iotest === null ? fioWorkload(fio, { ...globals, ...fio['job options'] }) : ourWorkload(fio, iotest);
}

function ourWorkload(fio: FioJob, { options, workerCount }: IotestJob): Workload {
  const used = usedDirections(fio).map(([name]) => name);
  return workloadOfJob(options.workload, used, workerCount);
}

type PerIo<T> = Readonly<Record<Direction, T>>;

/** What counts of a job's options, in a plan or in a result. */
interface WorkloadFacts {
  readonly directions: string;
  readonly random: boolean;
  readonly readPercent: number;
  readonly blockBytes: PerIo<number>;
  readonly sizes: { readonly range: PerIo<unknown>; readonly split: PerIo<unknown> };
  readonly fsyncEvery: number;
  readonly fdatasyncEvery: number;
}

/**
 * Of a job as it is, or will be run.
 * @param used directions that have I/O, or will
 */
export function workloadOfJob(
  options: WorkloadFacts,
  used: readonly ComparedDirection[],
  workerCount: number | null,
): Workload {
  const { directions: asked, random, readPercent, blockBytes, sizes, fsyncEvery, fdatasyncEvery } = options;
  const sizeOf = (name: Direction) =>
    (sizes.range[name] ?? sizes.split[name] ?? null) === null ? blockBytes[name] : null;
  /** Of all directions that the job's `rw` names, where they are one. */
  const commonSize = () => {
    const all = new Set(directions.filter((name) => asked.includes(name)).map(sizeOf));
    return all.size === 1 ? [...all][0]! : null;
  };
  const plain = asked === 'readwrite' ? 'rw' : asked;
  return {
    readWrite: random ? `rand${plain}` : plain,
    blockBytes: Object.fromEntries(used.map((name) => [name, name === 'mixed' ? commonSize() : sizeOf(name)])),
    readPercent: asked === 'readwrite' ? readPercent : null,
    fsyncEvery: Math.max(fsyncEvery, fdatasyncEvery),
    workerCount,
  };
}

/** Of options as typed: `randrw` for `randrw:8` and `readwrite=randreadwrite`; the share of reads is null where all are of one kind. */
export function fioReadWrite({ rw, readwrite, rwmixread, rwmixwrite }: Readonly<Record<string, string>>) {
  const readWrite = (rw ?? readwrite ?? 'read').split(':')[0]!.replace('readwrite', 'rw');
  const readPercent = readWrite.endsWith('rw') ? Number(rwmixread ?? 100 - Number(rwmixwrite ?? 50)) : null;
  return { readWrite, readPercent };
}

function fioWorkload(fio: FioJob, options: Readonly<Record<string, string>>): Workload {
  return {
    ...fioReadWrite(options),
    blockBytes: Object.fromEntries(
      usedDirections(fio).map(([name, figures]) => {
        const bytes = figures.io_bytes / figures.total_ios;
        return [name, Number.isInteger(bytes) ? bytes : null];
      }),
    ),
    fsyncEvery: Math.max(Number(options.fsync ?? 0), Number(options.fdatasync ?? 0)),
    // Without group_reporting each clone is a job object of its own; with it the number of them is in the options.
    workerCount: options.group_reporting === undefined ? 1 : Number(options.numjobs ?? 1),
  };
}

/** `randread 4096B`. */
export function workloadText({ readWrite, blockBytes }: Workload): string {
  const sizes = [...new Set(Object.values(blockBytes))].map((bytes) => (bytes === null ? 'mixed sizes' : `${bytes}B`));
  return [readWrite ?? 'unknown', sizes.join('/')].filter((part) => part !== '').join(' ');
}

/** What differs, in words: `rw is randread, was read`. Unknown values differ from nothing. */
export function workloadDifferences(baseline: Workload, current: Workload): string[] {
  const differences: string[] = [];
  const check = (what: string, before: unknown, after: unknown) => {
    const isKnown = before !== null && after !== null && !Number.isNaN(before) && !Number.isNaN(after);
    if (isKnown && before !== after) differences.push(`${what} is ${after}, was ${before}`);
  };
  check('rw', baseline.readWrite, current.readWrite);
  for (const name of comparedDirections) {
    const [before, after] = [baseline.blockBytes[name], current.blockBytes[name]];
    if (before !== undefined && after !== undefined) check(`${name} block size`, before, after);
  }
  check('rwmixread', baseline.readPercent, current.readPercent);
  check('fsync', baseline.fsyncEvery, current.fsyncEvery);
  check('numjobs', baseline.workerCount, current.workerCount);
  return differences;
}
