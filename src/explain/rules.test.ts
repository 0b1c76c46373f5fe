import { describe, expect, it } from 'vitest';
import { engineLabel } from '../job/engine-label.js';
import type { EngineOptions } from '../job/job.js';
import { plainStyle } from '../report/terminal.js';
import { buildResult } from '../results/build.js';
import type { IotestDocument } from '../results/document.js';
import type { KernelWork } from '../stats/kernel-work.js';
import {
  sampleDirection,
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
    return sampleStep({ engineLabel: label, variant: label, workers });
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
      [{ engine: { depth: 512 }, work: { paths: paths({ worker: 1000, taskWork: 1000 }) } }],
      queue({ requestsMax: 256 }),
    ],
    silent: [
      [
        [{ engine: { depth: 64 }, work: { paths: paths({ worker: 1000, taskWork: 1000 }) } }],
        queue({ requestsMax: 256 }),
      ],
      [[{ engine: { depth: 512 } }], queue({ requestsMax: 256 })],
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
  'sqpoll-cost': {
    fires: [[{ engine: { sqpoll: true }, work: { sqThreads: sqThread } }]],
    silent: [[[{ engine: { sqpoll: true }, work: { sqThreads: { ...sqThread, cpuNs: 0.05e9 } } }]], [[{}]]],
  },
  'sqpoll-sleeps': {
    fires: [[{ engine: { sqpoll: true }, work: { sqThreads: sqThread, wakeupCount: 1500 } }]],
    silent: [[[{ engine: { sqpoll: true }, work: { sqThreads: sqThread, wakeupCount: 3 } }]]],
  },
  'sqpoll-short-of-cpus': {
    fires: [[{ engine: { sqpoll: true }, work: { sqThreads: sqThread } }], { cpuCount: 2, workers: 2 }],
    silent: [[[{ engine: { sqpoll: true }, work: { sqThreads: sqThread } }], { cpuCount: 2, workers: 1 }]],
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
    fires: [[{ work: { enterCount: 2000 } }]],
    silent: [[[{ work: { enterCount: 500 } }]], [[{ engine: { depth: 1 }, work: { enterCount: 2000 } }]]],
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
