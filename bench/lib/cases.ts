/** What is compared, and what it should come to: the table of docs/performance.md. */
import { type Contender, type Figures, fio, minimalLoop, us } from './contenders.js';
import { cachedSize, diskSize, type Targets } from './targets.js';

export interface Goal {
  readonly min?: number;
  readonly max?: number;
}

export interface Metric {
  readonly name: string;
  /** Of one run; the ratio of the two contenders is compared with the goal. */
  readonly pick: (figures: Figures) => number;
  /** null = for information. */
  readonly goal: Goal | null;
}

export interface Case {
  readonly name: string;
  readonly title: string;
  readonly needs: 'nothing' | 'file' | 'cached file' | 'zram';
  readonly metrics: readonly Metric[];
  /** The one that the goal is about, and the one it is divided by. */
  readonly contenders: (targets: Targets) => readonly [Contender, Contender];
}

const iops = (goal: Goal | null): Metric => ({ name: 'IOPS', pick: (figures) => figures.iops, goal });
const userCpu = (goal: Goal | null): Metric => ({
  name: 'user CPU per I/O',
  pick: (figures) => figures.userNsPerIo,
  goal,
});
const processCpu: Metric = {
  name: 'user CPU per I/O, whole process',
  pick: (figures) => figures.processUserNsPerIo,
  goal: null,
};
const withinFivePercent: Goal = { min: 0.95, max: 1.05 };

const both = (lines: readonly string[]): readonly [Contender, Contender] => [us(lines), fio(lines)];
const cached = (targets: Targets) => [
  `filename=${targets.file}`,
  `size=${cachedSize}`,
  'bs=4k',
  'direct=0',
  'invalidate=0',
];
const disk = (targets: Targets) => [`filename=${targets.file}`, `size=${diskSize}`, 'bs=4k', 'direct=1'];

export const cases: readonly Case[] = [
  {
    name: 'null',
    title: 'null engine, depth 32',
    needs: 'nothing',
    metrics: [iops({ min: 5 }), userCpu(null)],
    contenders: () => both(['ioengine=null', 'iodepth=32', 'size=1g', 'bs=4k']),
  },
  {
    name: 'cached-defaults',
    title: 'cached 4 KiB randread, io_uring depth 32, both at their defaults',
    needs: 'cached file',
    metrics: [iops({ min: 1.4 }), userCpu(null), processCpu],
    contenders: (targets) => both([...cached(targets), 'ioengine=io_uring', 'iodepth=32']),
  },
  {
    name: 'cached-tuned',
    title: 'the same, fio with every tuning; iotest with +fixed',
    needs: 'cached file',
    metrics: [iops({ min: 1.25 }), userCpu({ max: 0.4 }), processCpu],
    contenders: (targets) => {
      const lines = [...cached(targets), 'ioengine=io_uring', 'iodepth=32', 'fixedbufs', 'registerfiles'];
      const tuned = ['iodepth_batch=32', 'iodepth_batch_complete=32', 'norandommap'];
      return [us(lines), fio([...lines, ...tuned])];
    },
  },
  {
    name: 'cached-psync',
    title: 'cached 4 KiB randread, psync depth 1',
    needs: 'cached file',
    metrics: [iops({ min: 1 }), userCpu(null), processCpu],
    contenders: (targets) => both([...cached(targets), 'ioengine=psync']),
  },
  ...['psync', 'libaio'].map(
    (engine): Case => ({
      name: `zram-${engine}`,
      title: `zram O_DIRECT 4 KiB randread, ${engine}${engine === 'psync' ? '' : ' depth 32'}`,
      needs: 'zram',
      metrics: [iops({ min: 1 }), userCpu(null)],
      contenders: ({ zram }) =>
        both([
          `filename=${zram}`,
          'size=512m',
          'bs=4k',
          'direct=1',
          `ioengine=${engine}`,
          `iodepth=${engine === 'psync' ? 1 : 32}`,
        ]),
    }),
  ),
  ...['io_uring', 'libaio'].map(
    (engine): Case => ({
      name: `disk-${engine}`,
      title: `the disk, O_DIRECT 4 KiB randread, ${engine} depth 32`,
      needs: 'file',
      metrics: [iops({ min: 0.98, max: 1.05 }), userCpu({ max: 0.6 }), processCpu],
      contenders: (targets) => both([...disk(targets), `ioengine=${engine}`, 'iodepth=32']),
    }),
  ),
  {
    name: 'disk-depth1',
    title: 'the disk, O_DIRECT 4 KiB randread, psync depth 1: lat',
    needs: 'file',
    metrics: [
      { name: 'lat mean', pick: (figures) => figures.latMeanNs, goal: withinFivePercent },
      { name: 'lat p50', pick: (figures) => figures.latP50Ns, goal: withinFivePercent },
      { name: 'lat p99', pick: (figures) => figures.latP99Ns, goal: withinFivePercent },
    ],
    contenders: (targets) => both([...disk(targets), 'ioengine=psync']),
  },
  {
    name: 'nop',
    title: 'io_uring NOPs, depth 64, against a minimal loop',
    needs: 'nothing',
    metrics: [iops({ min: 0.9 })],
    contenders: () => [us(['ioengine=io_uring', 'nop=1', 'iodepth=64', 'size=1g', 'bs=4k']), minimalLoop(64)],
  },
  {
    name: 'numjobs',
    title: 'null engine, numjobs 2 against 1',
    needs: 'nothing',
    metrics: [iops({ min: 1.9 })],
    contenders: () => {
      const lines = ['ioengine=null', 'iodepth=32', 'size=1g', 'bs=4k'];
      return [us([...lines, 'numjobs=2'], 'numjobs=2'), us(lines, 'numjobs=1')];
    },
  },
];
