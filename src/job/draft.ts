/**
 * A job while its options are being read: the shape of `Job`, writable, with what later options may still change.
 */
import { noChain } from './chain.js';

import type { Job, MeasureOptions, SteadyStateOptions } from './job.js';
import { defaultNetwork } from './network.js';
import type { PerDirection } from './per-direction.js';
import { noVerify } from './verify.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface JobDraft {
  name: string;
  description: string | null;
  cloneCount: number;
  stonewall: boolean;
  newGroup: boolean;
  groupReporting: boolean;
  continueOnError: Job['continueOnError'];
  target: Writable<Job['target']>;
  workload: Writable<Omit<Job['workload'], 'refillBuffers' | 'scrambleBuffers'>> & {
    /** null = not given: the content decides. */
    refillBuffers: boolean | null;
    scrambleBuffers: boolean | null;
  };
  payload: Writable<Job['payload']>;
  engine: Writable<Omit<Job['engine'], 'depthLow' | 'bufferAlignBytes'>> & {
    /** null = as `depth`. */
    depthLow: number | null;
    /** null = a page. */
    bufferAlignBytes: number | null;
  };
  schedule: Writable<Job['schedule']>;
  ending: Writable<Job['ending']>;
  errors: Writable<Job['errors']>;
  pacing: Writable<Job['pacing']>;
  thinkTime: Writable<Job['thinkTime']>;
  flow: Writable<Job['flow']>;
  latencyTarget: Writable<Job['latencyTarget']>;
  process: Writable<Job['process']>;
  measure: Writable<Omit<MeasureOptions, 'submission'>> & {
    /** What `disable_slat` says; null = not given, then `slat_percentiles` decides. */
    submission: boolean | null;
  };
  logs: Writable<Job['logs']>;
  replay: Writable<Job['replay']>;
  verify: Writable<Job['verify']>;
  /** `randseed` was given; it is stronger than `randrepeat=0`. */
  seedGiven: boolean;
}

/** fio's default seed. */
export const defaultSeed = 0x89;

const defaultPercentiles = [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99];

const noSteadyState: SteadyStateOptions = {
  figure: 'iops',
  isSnia: false,
  isSlope: true,
  limit: 0.01,
  isPercent: true,
  durationMs: 0,
  rampMs: 0,
  intervalMs: 1000,
};

const noReplay: Job['replay'] = {
  iologs: null,
  noStall: false,
  timeScalePercent: 100,
  offsetScale: 1,
  offsetAlignBytes: 0,
  redirect: null,
  skip: [],
};

/** Every option at its default. */
export function createDraft(): JobDraft {
  const blockBytes: PerDirection<number> = { read: 4096, write: 4096, trim: 4096 };
  const none: PerDirection<number> = { read: 0, write: 0, trim: 0 };
  return {
    name: '',
    description: null,
    cloneCount: 1,
    stonewall: false,
    newGroup: false,
    groupReporting: false,
    continueOnError: { read: false, write: false, verify: false },
    target: {
      filenames: null,
      directories: [],
      fileCount: 1,
      filesPerDirectory: null,
      openFileCount: null,
      size: null,
      filesizeBytes: null,
      offset: { bytes: 0 },
      offsetIncrement: { bytes: 0 },
      offsetAlignBytes: null,
      fallocate: 'native',
      direct: false,
      sync: 'none',
      invalidate: true,
      overwrite: false,
      unlink: false,
      unlinkEachLoop: false,
      filenameFormat: null,
      openDirectory: null,
      fileType: null,
      fileAppend: false,
      createOnOpen: false,
      createOnly: false,
      createSerialize: true,
      createFsync: true,
      allowFileCreate: true,
      allowMountedWrite: false,
      preRead: false,
      fsyncOnClose: false,
      endSyncfs: false,
      fadviseHint: 'pattern',
      writeHint: null,
      fillDevice: false,
      lockFile: 'none',
      precondition: 'none',
    },
    workload: {
      directions: 'read',
      random: false,
      readPercent: 50,
      blockBytes,
      sizes: {
        range: { read: null, write: null, trim: null },
        split: { read: null, write: null, trim: null },
        unaligned: false,
        bySequence: false,
        alignBytes: { read: null, write: null, trim: null },
      },
      order: {
        randomEvery: 1,
        holeBytes: 0,
        sequencer: 'sequential',
        randomPercent: { read: 100, write: 100, trim: 100 },
        distribution: { kind: 'random' },
        sequenceStrides: false,
        generator: 'tausworthe',
        softRandomMap: false,
        zoneMode: null,
        zoneBytes: 0,
        zoneRangeBytes: 0,
        zoneSkipBytes: 0,
      },
      fileService: { kind: 'roundrobin', ioCount: 1 },
      ioSize: null,
      ioCountMax: null,
      loops: 1,
      randomMap: true,
      randomRepeat: true,
      randomSeed: defaultSeed,
      fsyncEvery: 0,
      fdatasyncEvery: 0,
      syncRange: null,
      serializesOverlap: false,
      endFsync: false,
      refillBuffers: null,
      zeroBuffers: false,
      scrambleBuffers: null,
    },
    payload: {
      pattern: null,
      compressPercent: 0,
      compressChunkBytes: 512,
      dedupePercent: 0,
      dedupeMode: 'repeat',
      dedupeWorkingSetPercent: 5,
      dedupeGlobal: false,
    },
    engine: {
      name: 'psync',
      nop: false,
      depth: 1,
      batchSubmit: null,
      batchCompleteMin: 1,
      batchCompleteMax: null,
      depthLow: null,
      bufferAlignBytes: null,
      iopoll: false,
      sqpoll: false,
      sqpollCpu: null,
      fixedBuffers: false,
      fixedFiles: false,
      nonvectored: null,
      forceAsyncEvery: 0,
      highPriority: false,
      highPriorityPercent: 100,
      nowait: false,
      uncached: false,
      atomic: false,
      commandPriority: null,
      libaioVectored: false,
      userspaceReap: true,
      chain: noChain,
      sqThreadIdleMs: null,
      sharesSqThread: false,
      workerCountMax: null,
      workerCpus: null,
      withoutSqArray: false,
      binding: 'auto',
      fileCreate: 'open',
      statType: 'stat',
      network: defaultNetwork,
    },
    schedule: {
      startClockId: 0,
      runtimeMs: null,
      timeBased: false,
      rampMs: 0,
      rampBytes: 0,
      startDelayMs: { min: 0, max: 0 },
      waitFor: null,
    },
    ending: { exitAll: false, exitWhat: 'group', exitAllOnError: false, steadyState: noSteadyState },
    errors: { ignoredErrnos: { read: null, write: null, verify: null }, dump: false },
    process: {
      cpusAllowed: null,
      nice: null,
      prio: null,
      prioClass: null,
      prioHint: null,
      cpusAllowedPolicy: 'shared',
      comm: null,
      uid: null,
      gid: null,
      execPrerun: null,
      execPostrun: null,
      bufferMemory: { kind: 'malloc', path: null },
      hugePageBytes: null,
      lockedBytes: 0,
    },
    pacing: {
      bytesPerSecond: none,
      iops: none,
      bytesPerSecondMin: none,
      iopsMin: none,
      process: 'linear',
      cycleMs: 1000,
      ignoresThinkTime: false,
      submitMode: 'inline',
    },
    thinkTime: { pauseMs: 0, spinMs: 0, blockCount: null, counts: 'complete', ioTimeMs: 0, cycleCount: 0 },
    flow: { id: 0, weight: 0, sleepMs: 0 },
    latencyTarget: { latencyMsMax: none, targetMs: null, windowMs: 0, percent: 100, keepsSearching: false },
    measure: {
      statistics: true,
      percentiles: defaultPercentiles,
      completionPercentiles: true,
      totalPercentiles: false,
      submissionPercentiles: false,
      total: true,
      completion: true,
      submission: null,
      bandwidth: true,
      bandwidthWindowMs: null,
      iopsWindowMs: null,
      kiloBase: 1024,
      rateUnit: 'bytes',
      unified: 'none',
      diskUse: true,
      significantFigures: 4,
    },
    logs: {
      bandwidth: null,
      latency: null,
      iops: null,
      histogram: null,
      iolog: null,
      perJob: true,
      averageMs: 0,
      windowValue: 'average',
      offset: false,
      priority: false,
      issueTime: false,
      histogramMs: 0,
      histogramCoarseness: 0,
      entryCountMin: 1024,
      alternateEpoch: false,
      alternateEpochClockId: 0,
    },
    replay: { ...noReplay },
    verify: { ...noVerify },
    seedGiven: false,
  };
}

/** A copy whose groups can be written without changing the original; the values inside are never written in place. */
export function copyDraft(draft: JobDraft): JobDraft {
  return {
    ...draft,
    target: { ...draft.target },
    workload: { ...draft.workload },
    payload: { ...draft.payload },
    engine: { ...draft.engine },
    schedule: { ...draft.schedule },
    ending: { ...draft.ending },
    errors: { ...draft.errors },
    pacing: { ...draft.pacing },
    thinkTime: { ...draft.thinkTime },
    flow: { ...draft.flow },
    latencyTarget: { ...draft.latencyTarget },
    process: { ...draft.process },
    measure: { ...draft.measure },
    logs: { ...draft.logs },
    replay: { ...draft.replay },
    verify: { ...draft.verify },
  };
}

/** The way back, for printing: what options a finished job was made of. */
export function draftOfJob(job: Job, newGroup: boolean): JobDraft {
  return {
    name: job.name,
    description: job.description,
    cloneCount: job.cloneCount,
    stonewall: job.stonewall,
    newGroup,
    groupReporting: job.groupReporting,
    continueOnError: job.continueOnError,
    target: { ...job.target },
    workload: { ...job.workload },
    payload: { ...job.payload },
    engine: { ...job.engine },
    schedule: { ...job.schedule },
    ending: { ...job.ending },
    errors: { ...job.errors },
    pacing: { ...job.pacing },
    thinkTime: { ...job.thinkTime },
    flow: { ...job.flow },
    latencyTarget: { ...job.latencyTarget },
    process: { ...job.process },
    measure: { ...job.measure },
    logs: { ...job.logs },
    replay: { ...job.replay },
    verify: { ...job.verify },
    seedGiven: job.workload.randomRepeat,
  };
}
