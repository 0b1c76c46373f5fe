import { describe, expect, it } from 'vitest';
import { engineLabel } from '../job/engine-label.js';
import type { EngineOptions } from '../job/job.js';
import { plainStyle } from '../report/terminal.js';
import { buildResult } from '../results/build.js';
import type { IotestDocument } from '../results/document.js';
import type { KernelWork } from '../stats/kernel-work.js';
import {
  sampleDirection,
  sampleDiskUse,
  sampleEngineFacts,
  sampleEngineOptions,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResultInput,
  sampleStep,
  sampleTarget,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { findingsOf, rules } from './rules.js';
import { scenesOf } from './scene.js';
import { explanationLines } from './text.js';

/** One way of running the job: 2000 reads in 2 s unless it says otherwise. */
interface Way {
  readonly engine?: Partial<EngineOptions>;
  readonly facts?: Parameters<typeof sampleEngineFacts>[0];
  readonly work?: Partial<KernelWork> | null;
  readonly direct?: boolean;
  readonly report?: Parameters<typeof sampleWorkerReport>[0];
  readonly ioCount?: number;
  readonly latencyNs?: number;
  readonly writes?: boolean;
  readonly syncCount?: number;
}

const noPaths = { submitted: 0, inline: 0, taskWork: 0, worker: 0, polled: 0, overflowed: 0 };

/** Requests by their ways; what was submitted is their sum. */
function paths(ways: Partial<NonNullable<KernelWork['paths']>>): NonNullable<KernelWork['paths']> {
  const all = { ...noPaths, ...ways };
  return { ...all, submitted: all.inline + all.taskWork + all.worker + all.polled };
}

const commit: EngineOptions['chain'] = {
  elements: [
    { operation: 'write', count: 1 },
    { operation: 'fdatasync', count: 1 },
  ],
  mode: 'link',
  timing: 'chain',
};
const reads: EngineOptions['chain'] = { ...commit, elements: [{ operation: 'read', count: 2 }] };

const sqThread = { threadCount: 1, cpuNs: 1.98e9, switchCount: 3, workNs: 0.5e9 };

function workOf(isRing: boolean, ioCount: number, given: Partial<KernelWork>): KernelWork {
  return {
    ioCount,
    enterCount: isRing ? ioCount / 2 : null,
    retryCount: 0,
    wakeupCount: 0,
    overflowCount: 0,
    switchCount: ioCount / 4,
    paths: isRing ? paths({ taskWork: ioCount }) : null,
    tracingNsPerIo: isRing ? 150 : null,
    sqThreads: null,
    workers: isRing ? { threadCount: 0, cpuNs: 0, switchCount: 0 } : null,
    blockingPath: null,
    missing: [],
    ...given,
  };
}

function documentOf(
  ways: readonly Way[],
  scene: {
    readonly target?: Parameters<typeof sampleTarget>[0];
    readonly cpuCount?: number;
    readonly workers?: number;
    readonly diskReadBytes?: number;
  } = {},
): IotestDocument {
  const steps = ways.map((way) => {
    const engine = sampleEngineOptions(way.engine);
    const label = engineLabel(engine);
    const isRing = engine.name.startsWith('io_uring');
    const { ioCount = 2000, latencyNs = 100_000 } = way;
    const io = sampleDirection(sampleLatencies(ioCount, latencyNs));
    const none = sampleDirection([]);
    const directions =
      way.writes === true ? { read: none, write: io, trim: none } : { read: io, write: none, trim: none };
    const job = sampleJob({ engine, target: { ...sampleJob().target, direct: way.direct ?? true } });
    const kernelWork = workOf(isRing, ioCount, way.work ?? {});
    const syncs = sampleDirection(sampleLatencies(way.syncCount ?? 0, 1e6), { byteCount: 0 });
    const report = sampleWorkerReport({
      directions,
      sync: syncs,
      engine: sampleEngineFacts({ label, depth: engine.depth, ...way.facts }),
      ...(way.work === null ? {} : { kernelWork }),
      ...way.report,
    });
    const worker = samplePlannedWorker({ job, engine, engineLabel: label });
    const workers = Array.from({ length: scene.workers ?? 1 }, () => sampleOutcome({ worker, report }));
    const { diskReadBytes } = scene;
    const diskUse = diskReadBytes === undefined ? [] : [sampleDiskUse({ readSectors: diskReadBytes / 512 })];
    return sampleStep({ engineLabel: label, variant: label, workers, diskUse });
  });
  const input = sampleResultInput(steps);
  return buildResult({
    ...input,
    targets: [sampleTarget(scene.target)],
    machine: { ...input.machine, cpuCount: scene.cpuCount ?? 8 },
  });
}

/** What was found of the first way. */
function found(...given: Parameters<typeof documentOf>) {
  return findingsOf(scenesOf(documentOf(...given))[0]!);
}

const codes = (...given: Parameters<typeof documentOf>) => found(...given).map(({ code }) => code);
const sentence = (code: string, ...given: Parameters<typeof documentOf>) =>
  found(...given).find((each) => each.code === code)?.sentence;

const zram = { work: { paths: paths({ worker: 1960, inline: 40 }), blockingPath: '/dev/zram0' } };
const slowRing = { ...zram, ioCount: 2000 };
const queue = (changes: Partial<NonNullable<ReturnType<typeof sampleTarget>['queue']>>) => ({
  target: { queue: { ...sampleTarget().queue!, ...changes } },
});
const fileSystem = (type: string) => ({ target: { fileSystem: { ...sampleTarget().fileSystem!, type } } });
const interruptsOf = (driver: string | null, polls = false) => queue({ driver, polls });

/** For each rule where it must speak and where it must not. */
const cases: Readonly<
  Record<string, { readonly fires: Parameters<typeof documentOf>; readonly silent: Parameters<typeof documentOf>[] }>
> = {
  'punted-without-nowait': {
    fires: [[slowRing]],
    silent: [
      [[{ work: { paths: paths({ inline: 2000 }), blockingPath: '/dev/zram0' } }]],
      [[{ work: { paths: paths({ worker: 2000 }), blockingPath: null } }]],
      [[{ work: { paths: null, blockingPath: '/dev/zram0' } }]],
    ],
  },
  'forced-async': {
    fires: [[{ engine: { forceAsyncEvery: 4 }, work: { paths: paths({ worker: 500, taskWork: 1500 }) } }]],
    silent: [[[{ work: { paths: paths({ worker: 500, taskWork: 1500 }) } }]], [[{ engine: { forceAsyncEvery: 4 } }]]],
  },
  'punted-queue-full': {
    fires: [
      [{ engine: { depth: 512 }, latencyNs: 500e6, work: { paths: paths({ worker: 1000, taskWork: 1000 }) } }],
      queue({ requestsMax: 256 }),
    ],
    silent: [
      // With a rate: few are in flight, whatever iodepth says.
      [
        [{ engine: { depth: 512 }, work: { paths: paths({ worker: 1000, taskWork: 1000 }) } }],
        queue({ requestsMax: 256 }),
      ],
      [
        [{ engine: { depth: 64 }, work: { paths: paths({ worker: 1000, taskWork: 1000 }) } }],
        queue({ requestsMax: 256 }),
      ],
      [[{ engine: { depth: 512 }, latencyNs: 500e6 }], queue({ requestsMax: 256 })],
    ],
  },
  'punted-buffered-writes': {
    fires: [[{ direct: false, writes: true, work: { paths: paths({ worker: 1900, inline: 100 }) } }]],
    silent: [
      [[{ direct: false, work: { paths: paths({ worker: 1900, inline: 100 }) } }]],
      [[{ direct: false, writes: true, work: { paths: paths({ inline: 2000 }) } }]],
      [
        [
          {
            engine: { name: 'io_uring_filecreate' },
            direct: false,
            writes: true,
            work: { paths: paths({ worker: 2000 }) },
          },
        ],
      ],
    ],
  },
  'punted-direct-writes': {
    fires: [[{ writes: true, work: { paths: paths({ worker: 2000 }) } }]],
    silent: [
      [[{ writes: true, work: { paths: paths({ taskWork: 2000 }) } }]],
      [[{ work: { paths: paths({ worker: 2000 }) } }]],
      [[{ writes: true, direct: false, work: { paths: paths({ worker: 2000 }) } }]],
      [[{ writes: true, work: { paths: paths({ worker: 2000 }) } }], fileSystem('xfs')],
      [[{ writes: true, syncCount: 2000, work: { ioCount: 4000, paths: paths({ worker: 2000, taskWork: 2000 }) } }]],
      [[{ writes: true, work: { paths: paths({ worker: 2000 }), blockingPath: '/dev/zram0' } }]],
    ],
  },
  'punted-syncs': {
    fires: [[{ writes: true, syncCount: 100, work: { ioCount: 2100, paths: paths({ worker: 100, taskWork: 2000 }) } }]],
    silent: [
      [[{ writes: true, work: { paths: paths({ worker: 100, taskWork: 1900 }) } }]],
      [[{ writes: true, syncCount: 100, work: { paths: paths({ worker: 2100 }) } }]],
    ],
  },
  'punted-chains': {
    fires: [[{ engine: { chain: commit }, direct: false, writes: true, work: { paths: paths({ worker: 4000 }) } }]],
    silent: [
      [[{ engine: { chain: commit }, writes: true, work: { paths: paths({ taskWork: 4000 }) } }]],
      [[{ engine: { chain: reads }, work: { paths: paths({ worker: 4000 }) } }]],
      [[{ direct: false, writes: true, work: { paths: paths({ worker: 4000 }) } }]],
    ],
  },
  'punted-operations': {
    fires: [[{ engine: { name: 'io_uring_filestat' }, work: { paths: paths({ worker: 2000 }) } }]],
    silent: [
      [[{ engine: { name: 'io_uring_filestat' }, work: { paths: paths({ inline: 2000 }) } }]],
      [[{ work: { paths: paths({ worker: 2000 }) } }]],
    ],
  },
  'inline-buffered-reads': {
    fires: [[{ direct: false, work: { paths: paths({ inline: 2000 }) } }]],
    silent: [
      [[{ work: { paths: paths({ inline: 2000 }) } }]],
      [[{ direct: false, work: { paths: paths({ inline: 1000, taskWork: 1000 }) } }]],
      [[{ direct: false, writes: true, work: { paths: paths({ inline: 2000 }) } }]],
    ],
  },
  'buffered-reads-wait': {
    fires: [[{ direct: false, work: { paths: paths({ taskWork: 2000 }) } }], { diskReadBytes: 8_000_000 }],
    silent: [
      [[{ direct: false, work: { paths: paths({ taskWork: 2000 }) } }], { diskReadBytes: 1_000_000 }],
      [[{ direct: false, work: { paths: paths({ taskWork: 2000 }) } }]],
      [[{ work: { paths: paths({ taskWork: 2000 }) } }], { diskReadBytes: 8_000_000 }],
    ],
  },
  'sqpoll-cost': {
    fires: [[{ engine: { sqpoll: true }, work: { sqThreads: sqThread } }]],
    silent: [[[{ engine: { sqpoll: true }, work: { sqThreads: { ...sqThread, cpuNs: 0.05e9 } } }]], [[{}]]],
  },
  'sqpoll-sleeps': {
    fires: [[{ engine: { sqpoll: true }, work: { sqThreads: sqThread, wakeupCount: 1500 } }]],
    silent: [[[{ engine: { sqpoll: true }, work: { sqThreads: sqThread, wakeupCount: 3 } }]]],
  },
  'sqpoll-short-of-cpus': {
    fires: [
      [{ engine: { sqpoll: true }, work: { sqThreads: sqThread }, report: { systemCpuNs: 1.6e9 } }],
      { cpuCount: 1, workers: 1 },
    ],
    silent: [
      [[{ engine: { sqpoll: true }, work: { sqThreads: sqThread } }], { cpuCount: 2, workers: 1 }],
      // Three threads on two CPUs, which they do not use: they rest.
      [
        [
          {
            engine: { sqpoll: true },
            work: { sqThreads: { ...sqThread, cpuNs: 0.2e9 } },
            report: { userCpuNs: 0.1e9, systemCpuNs: 0.1e9 },
          },
        ],
        { cpuCount: 2, workers: 2 },
      ],
    ],
  },
  'no-poll-queues': {
    fires: [[{}], interruptsOf('nvme')],
    silent: [
      [[{}], interruptsOf('nvme', true)],
      [[{}], interruptsOf('loop')],
      [[{ latencyNs: 5e6 }], interruptsOf('nvme')],
      [[{ work: { paths: null } }], interruptsOf('nvme')],
      [[{ direct: false }], interruptsOf('nvme')],
    ],
  },
  'polling-cost': {
    fires: [[{ engine: { iopoll: true }, work: { paths: paths({ polled: 2000 }) }, report: { systemCpuNs: 1.8e9 } }]],
    silent: [
      [[{ engine: { iopoll: true }, work: { paths: paths({ polled: 2000 }) }, report: { systemCpuNs: 0.1e9 } }]],
      [[{ report: { systemCpuNs: 1.8e9 } }]],
    ],
  },
  'not-registered': {
    fires: [[{ facts: { fallbacks: [{ asked: 'fixedbufs', reason: '9 MiB exceed the limit', advice: 'raise it' }] } }]],
    silent: [[[{ facts: { fallbacks: [{ asked: 'DEFER_TASKRUN', reason: 'EINVAL', advice: 'use 6.1' }] } }]]],
  },
  convoy: {
    fires: [[{ engine: { batchSubmit: 8 }, work: { enterCount: 250 } }]],
    silent: [
      [[{ engine: { batchSubmit: 8 }, work: { enterCount: 2000 } }]],
      [[{ work: { enterCount: 250 } }]],
      [[{ engine: { batchSubmit: 8 }, work: { enterCount: 250, paths: paths({ inline: 2000 }) } }]],
    ],
  },
  'one-call-per-io': {
    fires: [[{ latencyNs: 7e6, work: { enterCount: 2000 } }]],
    silent: [
      // A rate that leaves 0.1 in flight, at iodepth=8: advice to wait for four would ruin the latency.
      [[{ work: { enterCount: 2000 } }]],
      [[{ latencyNs: 7e6, work: { enterCount: 500 } }]],
      [[{ engine: { depth: 1 }, latencyNs: 7e6, work: { enterCount: 2000 } }]],
    ],
  },
  'sleep-per-io': {
    fires: [[{ engine: { name: 'psync', depth: 1 }, work: { switchCount: 2000 }, latencyNs: 30_000 }]],
    silent: [
      [[{ engine: { name: 'psync', depth: 1 }, work: { switchCount: 20 }, latencyNs: 30_000 }]],
      [[{ engine: { name: 'psync', depth: 1 }, work: { switchCount: 2000 }, latencyNs: 5e6 }]],
    ],
  },
  'nothing-to-batch': {
    fires: [[{ engine: { depth: 1 } }, { engine: { name: 'psync', depth: 1 }, ioCount: 4000 }]],
    silent: [
      [[{ engine: { depth: 1 } }]],
      [[{ engine: { depth: 1 } }, { engine: { name: 'psync', depth: 1 }, ioCount: 2020 }]],
      [[{ engine: { depth: 1 } }, { engine: { name: 'psync', depth: 1 }, ioCount: 1000 }]],
      [[{}, { engine: { name: 'psync', depth: 1 }, ioCount: 4000 }]],
    ],
  },
  'cq-overflow': {
    fires: [[{ work: { overflowCount: 4 } }]],
    silent: [[[{}]]],
  },
  'submission-refused': {
    fires: [[{ work: { retryCount: 9 } }]],
    silent: [[[{}]]],
  },
  'tracing-visible': {
    fires: [[{ latencyNs: 1000 }]],
    silent: [[[{}]], [[{ latencyNs: 1000, work: { tracingNsPerIo: null } }]]],
  },
};

describe('buffered I/O', () => {
  const readAhead = [{ direct: false, work: { paths: paths({ inline: 2000 }) } }];

  it('is told apart by the bytes that the disk read: from the page cache, or by read-ahead inside the submission', () => {
    const cold = found(readAhead, { diskReadBytes: 8_000_000 }).find(({ code }) => code === 'inline-buffered-reads')!;
    expect(cold.sentence).toMatch(/not in the page cache .* read-ahead reads the disk while they are submitted/);
    expect(cold.evidence).toBe('100.0 % completed inline; the job read 8000KiB, the disk 7813KiB; 0.50 calls per I/O');
    const warm = found(readAhead, { diskReadBytes: 4096 }).find(({ code }) => code === 'inline-buffered-reads')!;
    expect(warm.evidence).toBe(
      '100.0 % completed inline, from the page cache; the job read 8000KiB, the disk 4096B; 0.50 calls per I/O',
    );
  });

  it('without a cache says that the cache is left empty', () => {
    const ways = [{ direct: false, engine: { uncached: true }, work: { paths: paths({ taskWork: 2000 }) } }];
    expect(sentence('buffered-reads-wait', ways, { diskReadBytes: 8_000_000 })).toMatch(
      /waited for the disk without a worker, by its interrupt: .* which uncached=1 leaves empty/,
    );
  });

  it('names writes with syncs between them, and those among reads', () => {
    const synced = {
      direct: false,
      writes: true,
      syncCount: 250,
      work: { ioCount: 2250, paths: paths({ worker: 2250 }) },
    };
    expect(sentence('punted-buffered-writes', [synced])).toBe(
      '100.0 % of the buffered writes were done by io-wq workers: ext4 has none that do not wait, and so was every sync, as the kernel has none that does not block',
    );
    expect(codes([synced])).not.toContain('punted-syncs');
    const directions = {
      read: sampleDirection(sampleLatencies(1400, 100_000)),
      write: sampleDirection(sampleLatencies(600, 100_000)),
      trim: sampleDirection([]),
    };
    const mixed = { direct: false, report: { directions }, work: { paths: paths({ worker: 600, taskWork: 1400 }) } };
    expect(sentence('punted-buffered-writes', [mixed])).toBe(
      '100.0 % of the buffered writes were done by io-wq workers (30 % of all requests; reads were not): ext4 has none that do not wait',
    );
  });
});

describe('each rule', () => {
  it('has its cases here', () => {
    expect(Object.keys(cases).sort()).toEqual(rules.map(({ code }) => code).sort());
  });

  for (const [code, { fires, silent }] of Object.entries(cases)) {
    it(`${code} speaks where its condition was measured`, () => {
      expect(codes(...fires)).toContain(code);
    });
    it(`${code} is silent elsewhere`, () => {
      for (const scene of silent) expect(codes(...scene)).not.toContain(code);
    });
  }
});

describe('engines against each other', () => {
  const psync = (ioCount: number): Way => ({ engine: { name: 'psync', depth: 1 }, ioCount });

  it('names the faster synchronous engine, with both rates', () => {
    expect(sentence('punted-without-nowait', [slowRing, psync(4000)])).toBe(
      '98 % of the requests were punted to io-wq workers, because /dev/zram0 does not support non-blocking submission: ' +
        'psync is faster here, 2.0 times the IOPS (2000 against 1000)',
    );
  });

  it('claims nothing where the difference is small, the other slower, or too little was seen', () => {
    for (const other of [psync(2050), psync(1000)]) {
      expect(sentence('punted-without-nowait', [slowRing, other])).not.toContain('psync');
    }
    const short = { report: { elapsedNs: 0.5e9 } };
    expect(
      sentence('punted-without-nowait', [
        { ...slowRing, ...short },
        { ...psync(4000), ...short },
      ]),
    ).not.toContain('psync');
  });

  it('says what SQPOLL gains for what it costs', () => {
    const polled: Way = { engine: { sqpoll: true }, work: { sqThreads: sqThread }, latencyNs: 50_000 };
    expect(sentence('sqpoll-cost', [polled, { latencyNs: 90_000 }])).toMatch(
      /^SQPOLL cost 0\.99 CPUs for 4\d\.\dus less mean latency \([\d.]+us against [\d.]+us of io_uring\)$/,
    );
    expect(sentence('sqpoll-cost', [{ ...polled, latencyNs: 150_000 }, { latencyNs: 90_000 }])).toContain(
      'more mean latency',
    );
    expect(sentence('sqpoll-cost', [polled, { latencyNs: 50_500 }])).toBe(
      'SQPOLL cost 0.99 CPUs, and the latency is not certainly another than that of io_uring',
    );
    expect(sentence('sqpoll-cost', [polled])).toBe('SQPOLL cost 0.99 CPUs');
  });
});

it('drivers have parameters of their own', () => {
  const advice = (driver: string) =>
    found([{}], interruptsOf(driver)).find(({ code }) => code === 'no-poll-queues')?.advice;
  expect(advice('nvme')).toMatch(/^load nvme with poll_queues=2 .*nvme\.poll_queues=2/);
  expect(advice('virtio_blk')).toMatch(/^load virtio_blk with poll_queues=2/);
});

describe('the text', () => {
  const style = plainStyle(false);

  it('is absent without --explain', () => {
    expect(explanationLines(documentOf([{ work: null }]), style)).toEqual([]);
  });

  it('has a column for each engine, and says what could not be measured', () => {
    const missing = [{ what: 'shares of inline completions', reason: 'tracefs is not mounted', advice: 'mount it' }];
    const document = documentOf([
      { engine: { name: 'psync', depth: 1 } },
      { work: { paths: null, tracingNsPerIo: null, missing } },
      { engine: { sqpoll: true }, work: { sqThreads: sqThread, paths: paths({ inline: 500, taskWork: 1500 }) } },
    ]);
    const text = explanationLines(document, style).join('\n');
    expect(text).toMatch(/^ +psync +io_uring +io_uring\+sqpoll$/m);
    expect(text).toMatch(/^ {2}calls per I\/O +- +0\.50 +0\.50$/m);
    expect(text).toMatch(/^ {2}completed inline +- +- +25\.0 %$/m);
    expect(text).toMatch(/^ {2}SQ thread CPU +- +- +0\.99$/m);
    expect(text).toContain('not measured: shares of inline completions: tracefs is not mounted');
    expect(text).toContain('-> mount it');
    expect(text).toMatch(/^ {2}\* io_uring\+sqpoll: SQPOLL cost 0\.99 CPUs/m);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
