/**
 * Reports, outcomes and documents made up for tests: small, deterministic, and consistent (counts agree with sums), so
 * that everything that reads results can be tested without a run.
 */

import { plainJob } from '../job/draft.js';
import type { EngineOptions, Job } from '../job/job.js';
import type { DiskUse } from '../machine/block-device.js';
import type { FingerprintField } from '../machine/fingerprint.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Plan, PlannedWorker } from '../plan/types.js';
import { type BuildResultInput, buildResult } from '../results/build.js';
import type { IotestDocument } from '../results/document.js';
import type { EngineFacts } from '../stats/engine-facts.js';
import { countsLength, emptyLatencyCounts, LatencyRecorder, latencyCounts, sumsLength } from '../stats/latency.js';
import type { DirectionReport, LatencyCounts, SeriesWindow, WorkerReport } from '../stats/worker-report.js';
import type { Warning } from '../support/warning.js';
import type { RunOutcome, StepOutcome, WorkerOutcome } from '../worker/outcome.js';

/** 2026-11-22 12:00:00 UTC. */
export const sampleStartEpochMs = Date.UTC(2026, 10, 22, 12);

/** Counts of exactly these latencies. */
export function sampleLatency(valuesNs: readonly number[]): LatencyCounts {
  const recorder = new LatencyRecorder(new Float64Array(countsLength(1)), new Float64Array(sumsLength(1)));
  for (const value of valuesNs) recorder.record(0, value);
  return latencyCounts(recorder.counts, recorder.sums, 0);
}

/** The same counts in a form that test runners compare and print fast: only the buckets in use. */
export function usedBuckets(latency: LatencyCounts): Record<string, unknown> {
  const used = Array.from(latency.counts.entries()).filter(([, count]) => count !== 0);
  return { ...latency, counts: Object.fromEntries(used), bucketCount: latency.counts.length };
}

/** Latencies around `medianNs` with a long tail, as storage has; the same ones each time. */
export function sampleLatencies(count: number, medianNs: number, seed = 1): number[] {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.round(medianNs * Math.exp(0.35 * normal) * (uniform() < 0.002 ? 30 : 1));
  });
}

/** One direction with these latencies (its I/O count is their number). */
export function sampleDirection(
  valuesNs: readonly number[],
  overrides: Partial<DirectionReport> = {},
): DirectionReport {
  return {
    ioCount: valuesNs.length,
    byteCount: valuesNs.length * 4096,
    shortCount: 0,
    errorCount: 0,
    total: sampleLatency(valuesNs),
    completion: emptyLatencyCounts(),
    submission: emptyLatencyCounts(),
    openLoop: emptyLatencyCounts(),
    ...overrides,
  };
}

/** Windows of 500 ms over `elapsedNs` among which I/Os are spread evenly; the last may be shorter. */
function sampleSeries(elapsedNs: number, directions: WorkerReport['directions'], windowNs = 500e6): SeriesWindow[] {
  const windows: SeriesWindow[] = [];
  for (let startNs = 0; startNs < elapsedNs; startNs += windowNs) {
    const endNs = Math.min(elapsedNs, startNs + windowNs);
    const share = (whole: number) =>
      Math.round((whole * endNs) / elapsedNs) - Math.round((whole * startNs) / elapsedNs);
    const each = (value: (report: DirectionReport) => number) => ({
      read: share(value(directions.read)),
      write: share(value(directions.write)),
      trim: share(value(directions.trim)),
    });
    windows.push({
      startNs,
      endNs,
      ioCount: each((report) => report.ioCount),
      byteCount: each((report) => report.byteCount),
      totalNsSum: each((report) => report.total.sumNs),
    });
  }
  return windows;
}

export function sampleEngineFacts(overrides: Partial<EngineFacts> = {}): EngineFacts {
  return {
    label: 'io_uring',
    depth: 8,
    binding: 'liburing 2.3',
    setupFlags: ['SINGLE_ISSUER', 'DEFER_TASKRUN', 'COOP_TASKRUN', 'SUBMIT_ALL', 'CQSIZE'],
    features: ['SINGLE_MMAP', 'NODROP', 'EXT_ARG'],
    fixedBuffers: false,
    fixedFiles: false,
    fallbacks: [],
    enterCount: 1200,
    retryCount: 0,
    wakeupCount: 0,
    overflowCount: 0,
    ...overrides,
  };
}

/** One worker that did 2000 random 4 KiB reads of about 100 µs in 2 s. Counts follow `directions` when overridden. */
export function sampleWorkerReport(overrides: Partial<WorkerReport> = {}): WorkerReport {
  const elapsedNs = overrides.elapsedNs ?? 2e9;
  const directions = overrides.directions ?? {
    read: sampleDirection(sampleLatencies(2000, 100_000)),
    write: sampleDirection([]),
    trim: sampleDirection([]),
  };
  const ioCount = directions.read.ioCount + directions.write.ioCount + directions.trim.ioCount;
  return {
    startedEpochMs: sampleStartEpochMs,
    jobStartMs: sampleStartEpochMs,
    elapsedNs,
    directions,
    sync: sampleDirection([], { byteCount: 0 }),
    series: sampleSeries(elapsedNs, directions),
    userCpuNs: 0.06 * elapsedNs,
    systemCpuNs: 0.2 * elapsedNs,
    ringThreadCpuNs: 0,
    voluntarySwitchCount: 1100,
    involuntarySwitchCount: 7,
    majorFaultCount: 0,
    minorFaultCount: 12,
    depthLevels: [1, 1, 4, Math.max(0, ioCount - 6), 0, 0, 0],
    submitLevels: [0, ioCount, 0, 0, 0, 0, 0],
    completeLevels: [0, ioCount, 0, 0, 0, 0, 0],
    engine: sampleEngineFacts(),
    clockReadNs: 62,
    loopNsPerIo: 85,
    garbageCollectionCount: 0,
    seed: 0x89,
    error: null,
    toleratedErrorCount: 0,
    firstToleratedErrno: 0,
    fatalIsCounted: false,
    toleratedErrors: [],
    depthFound: null,
    ended: 'runtime',
    ...overrides,
  };
}

export function sampleEngineOptions(overrides: Partial<EngineOptions> = {}): EngineOptions {
  return { ...plainJob().engine, name: 'io_uring', depth: 8, depthLow: 8, ...overrides };
}

/** A job `randread` of section line 5: io_uring, depth 8, direct, on /srv/bench/data. */
export function sampleJob(overrides: Partial<Job> = {}): Job {
  const plain = plainJob();
  return {
    ...plain,
    source: { file: 'sample.ini', line: 5, section: 'randread' },
    name: 'randread',
    typedOptions: { ioengine: 'io_uring', iodepth: '8', rw: 'randread' },
    groupIndex: 0,
    cloneIndex: 0,
    target: { ...plain.target, filenames: ['/srv/bench/data'], size: { bytes: 2 ** 28 }, direct: true },
    workload: { ...plain.workload, random: true },
    engine: sampleEngineOptions(),
    schedule: { ...plain.schedule, runtimeMs: 2000, timeBased: true },
    ...overrides,
  };
}

export function samplePlannedWorker(overrides: Partial<PlannedWorker> = {}): PlannedWorker {
  const job = overrides.job ?? sampleJob();
  return {
    workerIndex: job.cloneIndex,
    job,
    engine: job.engine,
    engineLabel: job.engine.name,
    files: [
      {
        path: '/srv/bench/data',
        kind: 'file',
        regionOffsetBytes: 0,
        regionBytes: 2 ** 28,
        fileBytes: 2 ** 28,
        layOut: 'nothing',
        layOutToBytes: 0,
        alignBytes: 512,
        isOwn: true,
        isDeleted: false,
      },
    ],
    seed: 0x89,
    ioBytes: null,
    passBytes: 2 ** 28,
    ioSizeBytes: null,
    dedupePeers: [],
    recording: null,
    fileWork: null,
    network: null,
    logs: null,
    ...overrides,
  };
}

export function sampleOutcome(overrides: Partial<WorkerOutcome> = {}): WorkerOutcome {
  return { worker: samplePlannedWorker(), report: sampleWorkerReport(), failure: null, ...overrides };
}

export function sampleDiskUse(overrides: Partial<DiskUse> = {}): DiskUse {
  return {
    name: 'vda',
    readIos: 2000,
    writeIos: 3,
    readSectors: 16000,
    writeSectors: 24,
    readMerges: 0,
    writeMerges: 1,
    readTicksMs: 210,
    writeTicksMs: 1,
    inQueueMs: 211,
    utilPercent: 92.5,
    ...overrides,
  };
}

export function sampleTarget(overrides: Partial<TargetFacts> = {}): TargetFacts {
  return {
    path: '/srv/bench/data',
    realPath: '/srv/bench/data',
    kind: 'file',
    sizeBytes: 2 ** 28,
    allocatedBytes: 2 ** 28,
    file: { mark: 'own', changedEpochMs: Date.UTC(2026, 10, 22), linkCount: 1 },
    directAlignBytes: 512,
    readOnly: false,
    fileSystem: { type: 'ext4', mountPoint: '/srv', options: 'rw,relatime', freeBytes: 2 ** 33 },
    queue: {
      disk: 'vda',
      logicalBlockBytes: 512,
      physicalBlockBytes: 4096,
      polls: false,
      requestsMax: 256,
      scheduler: 'none',
      rotational: false,
      writeCache: 'write back',
      discardBytesMax: 0,
      model: null,
      driver: 'virtio_blk',
    },
    uses: [],
    ...overrides,
  };
}

export const sampleWarning: Warning = {
  code: 'depth-above-queue',
  jobName: 'randread',
  message: 'iodepth 512 is more than the 256 requests that vda takes at a time',
  advice: 'set iodepth to 256 or less',
};

/** Two fields of each class, one of them unknown. */
export const sampleFingerprintFields: readonly FingerprintField[] = [
  { name: 'kernel.release', value: '6.18.0', class: 'blocking' },
  { name: 'disk.scheduler', value: 'none', class: 'blocking' },
  { name: 'cpu.governor', value: null, reason: 'there is no scaling_governor here', class: 'warning' },
  { name: 'fileSystem.freePercent', value: 40, class: 'warning', momentary: true },
  { name: 'cpu.microcode', value: '0x1', class: 'informative' },
  { name: 'cpu.flags', value: ['aes', 'avx2'], class: 'informative' },
];

/** A step of the first repetition; its variant is its engine. */
export function sampleStep(given: Partial<StepOutcome> & Pick<StepOutcome, 'workers'>): StepOutcome {
  const engineLabel = given.engineLabel ?? 'io_uring';
  return {
    engineLabel,
    variant: engineLabel,
    repetition: 0,
    startedEpochMs: sampleStartEpochMs,
    elapsedMs: 2000,
    diskUse: [],
    ...given,
  };
}

/** The input of `buildResult` for these steps (by default one step of one worker). */
export function sampleResultInput(
  steps: readonly StepOutcome[] = [sampleStep({ workers: [sampleOutcome()], diskUse: [sampleDiskUse()] })],
  overrides: Partial<BuildResultInput> = {},
): BuildResultInput {
  const workers = steps.flatMap((step) => step.workers.map((outcome) => outcome.worker));
  const plan: Plan = {
    jobSet: { globalOptions: { bs: '4k', direct: '1' }, jobs: [...new Set(workers.map((worker) => worker.job))] },
    steps: steps.map((step) => ({
      engineLabel: step.engineLabel,
      variant: step.variant,
      repetition: step.repetition,
      wayIndex: 0,
      workers: step.workers.map((outcome) => outcome.worker),
    })),
    targets: [sampleTarget()],
    warnings: [],
  };
  const outcome: RunOutcome = {
    startedEpochMs: sampleStartEpochMs,
    elapsedMs: 2345,
    steps,
    warnings: [],
    interrupted: false,
  };
  return {
    outcome,
    plan,
    machine: { kernel: '6.18.0', cpuModel: 'Sample CPU', cpuCount: 2, governor: null, cpuMitigations: ['spectre_v2'] },
    fingerprint: sampleFingerprintFields,
    noise: null,
    commandLine: ['iotest', 'run', 'sample.ini'],
    jobFile: { path: 'sample.ini', text: '[global]\nbs=4k\ndirect=1\n\n[randread]\nrw=randread\n' },
    tool: { version: '0.1.0', koffi: '3.3.4', liburing: '2.3' },
    warnings: [],
    targets: [sampleTarget()],
    ...overrides,
  };
}

/** A small document: one job, one worker. */
export function sampleResult(overrides: Partial<BuildResultInput> = {}): IotestDocument {
  return buildResult(sampleResultInput(undefined, overrides));
}

/**
 * A rich document: a mixed job with fsync and two reporting clones, on psync and then on io_uring+sqpoll, where one
 * clone met an I/O error; with a warning.
 */
export function sampleEnginesResult(overrides: Partial<BuildResultInput> = {}): IotestDocument {
  const step = (name: 'psync' | 'io_uring', label: string, medianNs: number, fails: boolean): StepOutcome =>
    sampleStep({
      engineLabel: label,
      workers: [0, 1].map((cloneIndex) => {
        const job = sampleJob({
          name: 'mixed',
          description: 'a mixed job',
          source: { file: 'sample.ini', line: 9, section: 'mixed' },
          typedOptions: { rw: 'randrw', fsync: '64', numjobs: '2', group_reporting: '' },
          groupReporting: true,
          cloneIndex,
          cloneCount: 2,
          workload: { ...sampleJob().workload, directions: 'readwrite', readPercent: 70, fsyncEvery: 64 },
        });
        const engine = sampleEngineOptions({ name, depth: name === 'psync' ? 1 : 8, sqpoll: name === 'io_uring' });
        const directions = {
          read: sampleDirection(sampleLatencies(1400, medianNs, cloneIndex + 1)),
          write: sampleDirection(sampleLatencies(600, medianNs / 4, cloneIndex + 7)),
          trim: sampleDirection([]),
        };
        const failed = fails && cloneIndex === 1;
        const report = sampleWorkerReport({
          startedEpochMs: sampleStartEpochMs + (name === 'psync' ? 0 : 2400) + cloneIndex,
          directions,
          sync: sampleDirection(sampleLatencies(9, 2_000_000, cloneIndex + 3), { byteCount: 0 }),
          ringThreadCpuNs: name === 'io_uring' ? 1.9e9 : 0,
          engine: sampleEngineFacts(
            name === 'psync'
              ? { label, depth: 1, binding: null, setupFlags: [], features: [] }
              : { label, setupFlags: ['SINGLE_ISSUER', 'SUBMIT_ALL', 'CQSIZE', 'SQPOLL'], wakeupCount: 12 },
          ),
          seed: 0x89 + cloneIndex,
          error: failed ? { errno: 5, during: 'read of 4096 bytes at offset 8192 of /srv/bench/data' } : null,
          ended: failed ? 'error' : 'runtime',
        });
        return sampleOutcome({ worker: samplePlannedWorker({ job, engine, engineLabel: label }), report });
      }),
      diskUse: [sampleDiskUse({ readIos: 2800, writeIos: 1240, utilPercent: name === 'psync' ? 60 : 95 })],
    });
  const steps = [step('psync', 'psync', 100_000, false), step('io_uring', 'io_uring+sqpoll', 60_000, true)];
  return buildResult(sampleResultInput(steps, { warnings: [{ ...sampleWarning, jobName: 'mixed' }], ...overrides }));
}
