/** What stands in a result, against fio: every key with the same type, and latencies of the same order. */
import { describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/results/document.js';
import { fioMissing, runBoth } from './fio.js';

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

/** `jobs[].read.lat_ns.mean: number` for each value of a document. */
function shape(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [`${path}[]`] : shape(value[0], `${path}[]`);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => shape(inner, path === '' ? key : `${path}.${key}`));
  }
  return [`${path}: ${value === null ? 'null' : typeof value}`];
}

describe('every key of a fio result is in ours, with the same type', () => {
  for (const [what, lines] of [
    ['reads', 'rw=randread'],
    ['writes with fsync', 'rw=write\nfsync=8'],
    ['a mix at depth 8', 'rw=randrw\nioengine=libaio\niodepth=8'],
    [
      'total and submission percentiles',
      'rw=randread\nlat_percentiles=1\nslat_percentiles=1\nioengine=io_uring\niodepth=4',
    ],
    ['percentiles of its own', 'rw=randread\npercentile_list=50:99:99.9'],
    ['no completion latency', 'rw=randread\ndisable_clat=1'],
    ['no latencies at all', 'rw=randread\ngtod_reduce=1'],
    ['clones in a group', 'rw=randread\nnumjobs=2\ngroup_reporting'],
    ['an error that is passed over', 'rw=randread\ncontinue_on_error=read'],
    ['a run bounded by time', 'rw=randread\nruntime=1\ntime_based'],
  ] as const) {
    itWithFio(withFio(what), async () => {
      const job = `[global]\nsize=1m\n[job]\ndescription=shape\n${lines}\n`;
      const { fio, ours } = await runBoth(job);
      const have = new Set(shape(ours));
      expect(shape(fio).filter((entry) => !have.has(entry))).toEqual([]);
    });
  }
});

describe('latencies of the same order as fio', () => {
  const means = ({ jobs }: ResultDocument) => jobs[0]!.read.lat_ns.mean;

  /**
   * On a machine where others work as well no two runs are alike, so this sees wrong units and wrong ends of a latency
   * only: a factor of four, in one of three attempts.
   */
  for (const [what, lines] of [
    ['psync, depth 1, cached', 'ioengine=psync'],
    ['io_uring, depth 16, cached', 'ioengine=io_uring\niodepth=16\niodepth_batch=16\niodepth_batch_complete_min=16'],
    ['libaio, depth 4, direct', 'ioengine=libaio\niodepth=4\ndirect=1'],
    ['psync, blocks of 1 MiB', 'ioengine=psync\nbs=1m'],
  ] as const) {
    itWithFio(withFio(what), async () => {
      const ratios: number[] = [];
      const isClose = (ratio: number | undefined) => ratio !== undefined && ratio > 0.25 && ratio < 4;
      while (ratios.length < 3 && !isClose(ratios.at(-1))) {
        const job = `[job]\nfilename=data\nsize=16m\nrw=randread\nruntime=1\ntime_based\ninvalidate=0\n${lines}\n`;
        const { fio, ours } = await runBoth(job, { files: { data: 16 << 20 } });
        ratios.push(means(ours) / means(fio));
      }
      expect(ratios.some(isClose), `ratios ${ratios.join(', ')}`).toBe(true);
    });
  }
});
