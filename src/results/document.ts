/**
 * The result document: what a run leaves behind, and all that reports, comparisons and gates may know of it.
 *
 * It is fio's JSON document (keys, units and nesting as fio 3.42 writes them) with one more root key, `iotest`. Plain
 * fio output is therefore a valid document without that key. Units: `*_ns` nanoseconds, `bw` KiB/s, `bw_bytes`
 * bytes/s, `runtime` ms, `elapsed` s, `usr_cpu`, `sys_cpu`, `util`, `bw_agg` and the distributions per cent.
 *
 * `jobs[i]` (fio's numbers) and `iotest.jobs[i]` (ours) describe the same job object.
 */

import * as z from 'zod';
import { diskUse } from '../machine/block-device.js';
import { fingerprintField } from '../machine/fingerprint.js';
import { recordedTarget } from '../machine/target-facts.js';
import { encodedHistogram } from '../stats/encoded-histogram.js';
import { engineFacts } from '../stats/engine-facts.js';
import { kernelWork } from '../stats/kernel-work.js';
import { column, series } from '../stats/series.js';
import { verifyReport } from '../stats/verify-report.js';
import { warning } from '../support/warning.js';
import { chainFigures } from './chain-part.js';
import { characterizePart } from './characterize-part.js';
import { jobSteadyState, preconditioning } from './ends-part.js';
import { type fioDirection, fioDisk, fioJob, type fioLatency } from './fio-schema.js';
import { hostPart } from './hosts-part.js';
import { jobOptions } from './job-part.js';
import { isCrowded } from './limits.js';
import { resultSweep } from './sweep-part.js';
import { schemaVersion } from './version.js';

const count = z.int().nonnegative();
const amount = z.number().nonnegative();
const texts = z.record(z.string(), z.string());

// ---- our part ------------------------------------------------------------------------------------------------------

/** Counts per latency bucket, with what the buckets cannot say exactly. `decodeHistogram` (histogram.ts) opens it. */
const histogram = encodedHistogram(z);

const directionHistograms = z.object({
  /** Submission begun → completion seen. */
  total: histogram,
  /** Handed to the kernel → completion seen; absent = not measured apart from total. */
  completion: histogram.optional(),
  submission: histogram.optional(),
  /** Start that the rate intended → completion seen; absent without a rate. */
  openLoop: histogram.optional(),
  /** Of each entry of fio's `prios`, in its order. */
  priorities: z.array(histogram).optional(),
});

const jobError = z.object({
  /** Which worker of the job object: its clone number. */
  cloneIndex: count,
  /** null when it is not an error of the system. */
  errno: z.number().nullable(),
  message: z.string(),
  advice: z.string().nullable(),
});

const iotestJob = z.object({
  jobName: z.string(),
  /** fio's groupid: numbered over the whole run, each engine variant apart. */
  groupIndex: count,
  /** As users name it with modes: `io_uring+sqpoll`. */
  engineLabel: z.string(),
  /** What distinguishes it from the same job run otherwise: the engine label, or the name of the variant or job file. */
  variant: z.string(),
  /** 0-based number of the repetition of the whole plan that it belongs to. */
  repetition: count,
  source: z.object({ file: z.string(), line: count, section: z.string() }),
  workerCount: count,
  /** Of the first worker, with the engine variant applied. */
  options: jobOptions,
  seeds: z.array(z.number()),
  /** What was granted, counters summed over the workers; null when no worker got as far. */
  engine: engineFacts(z).nullable(),
  /** The ruler: cost of one clock reading and of the loop without an engine, per I/O (largest of the workers). */
  clock: z.object({ readNs: amount, loopNsPerIo: amount }).nullable(),
  /** When the first worker began to measure, ms since 1970; absent in results of versions that had only fio's job_start. */
  startedEpochMs: amount.optional(),
  /** Longest measured time of a worker, without the ramp. */
  elapsedNs: amount,
  garbageCollectionCount: amount,
  /** What `total`, `completion` and `submission` mean in this result, in a sentence. */
  latencyDefinition: z.string(),
  /** Directions (and `sync`) that had I/O and were measured. */
  histograms: z.object({
    read: directionHistograms.optional(),
    write: directionHistograms.optional(),
    trim: directionHistograms.optional(),
    sync: directionHistograms.optional(),
    mixed: directionHistograms.optional(),
  }),
  /** Of jobs whose I/Os are chains of requests; absent for others. */
  chain: chainFigures(histogram).optional(),
  /** With `verify`. */
  verify: verifyReport(z).optional(),
  series: series(z),
  cpu: z.object({
    /** Sums over the workers' threads in the measured time. */
    userNs: amount,
    systemNs: amount,
    /** Kernel threads that worked for the rings: SQPOLL and io-wq. */
    ringThreadNs: amount,
    /** The same per I/O; null without I/O. */
    perIo: z.object({ userNs: amount, systemNs: amount, ringThreadNs: amount }).nullable(),
    voluntarySwitchCount: amount,
    involuntarySwitchCount: amount,
  }),
  /** What the kernel did for it; only with --explain. */
  kernelWork: kernelWork(z).optional(),
  /** The parts of files and devices that were used; `iotest.targets` knows more of each path. */
  files: z.array(
    z.object({
      path: z.string(),
      kind: z.enum(['file', 'block', 'missing', 'memory']),
      regionOffsetBytes: amount,
      regionBytes: amount,
    }),
  ),
  /**
   * Why it stopped; of several workers the first of these: failed, error, interrupted, steady (the steady state was
   * attained), exitall (ended by another job), runtime, done, unstarted.
   */
  ended: z.enum(['runtime', 'done', 'error', 'interrupted', 'failed', 'steady', 'exitall', 'unstarted']),
  /** Before its ramp was over: nothing was measured. Of several workers any. */
  endedInRamp: z.boolean().optional(),
  errors: z.array(jobError),
  toleratedErrorCount: amount,
  /** With error_dump what was passed over, the first thousand of each worker. */
  toleratedErrors: z.array(jobError).optional(),
  /** The depth that `latency_target` came to, the smallest of the workers; absent without one. */
  depthFound: count.optional(),
  steadyState: jobSteadyState.optional(),
  warnings: z.array(warning(z)),
});

const machineValue = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);

/** How busy the machine was with other things over a short interval; null where it cannot be known. */
const busySample = z.object({
  durationMs: amount,
  /** Over the last minute, so our own work counts in it after a run. */
  loadAverage: amount.nullable(),
  cpuBusyPercent: amount.nullable(),
  stealPercent: amount.nullable(),
  /** Share of the interval in which some task waited (PSI). */
  ioPressurePercent: amount.nullable(),
  cpuPressurePercent: amount.nullable(),
  disks: z.array(
    z.object({
      name: z.string(),
      iosPerSecond: amount,
      writesPerSecond: amount,
      utilPercent: amount,
      temperatureCelsius: z.number().nullable(),
    }),
  ),
});

const noise = z.object({
  /** True: something else took part in what was measured, or may have. */
  isNoisy: z.boolean(),
  /** A sentence for each rule that says so. */
  reasons: z.array(z.string()),
  /** Idle on our side: right before the run, and right after it. */
  before: busySample,
  after: busySample,
  /** CPU time that the hypervisor gave to others while the run lasted. */
  stealPercent: amount.nullable(),
});

const fingerprint = z.object({
  fields: z.array(fingerprintField(z)),
  /** Hash over the blocking fields: results that share it may be judged against each other. 16 hex digits. */
  identity: z.string(),
  /** Hash over all fields that are not of the moment. */
  full: z.string(),
  /** How the field `job` was made (job-hash.ts); absent in results of the first versions. */
  jobHashVersion: z.number().optional(),
});

const iotestPart = z.object({
  schemaVersion: z.literal(schemaVersion),
  tool: z.object({
    name: z.literal('iotest'),
    version: z.string(),
    node: z.string(),
    v8: z.string(),
    koffi: z.string(),
    liburing: z.string().nullable(),
  }),
  commandLine: z.array(z.string()),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  elapsedMs: amount,
  /** True: stopped by a signal; what was measured until then is in here. */
  interrupted: z.boolean(),
  /** What is known of the machine, field by field; null = cannot be known here. */
  machine: z.record(z.string(), machineValue),
  /** The same and more as fields that are compared; null when it was not taken. */
  fingerprint: fingerprint.nullable(),
  /** null when it was not looked at. */
  noise: noise.nullable(),
  jobFile: z.object({ path: z.string(), sha256: z.string(), text: z.string() }).nullable(),
  /** Labels of the engines in the order in which they first ran. */
  engines: z.array(z.string()),
  /** Labels of what is compared within the run, the first being what the others are compared with. */
  variants: z.array(z.string()),
  /** What ran at the same time, in order. */
  steps: z.array(
    z.object({
      engineLabel: z.string(),
      variant: z.string(),
      repetition: count,
      jobIndexes: z.array(count),
      diskUse: z.array(diskUse(z)),
      /** p99 of all latencies of the step, about once a second; absent in short steps and earlier versions. */
      p99: z.object({ endMs: column(z), ns: column(z) }).optional(),
    }),
  ),
  /** Which job objects belong to which repetition of the whole plan; one entry when nothing was repeated. */
  repetitions: z.array(z.object({ startedAt: z.string(), elapsedMs: amount, jobIndexes: z.array(count) })),
  jobs: z.array(iotestJob),
  targets: z.array(recordedTarget(z)),
  /** Absent where no job has `precondition`. */
  preconditioning: preconditioning.optional(),
  warnings: z.array(warning(z)),
  /** Of `iotest sweep`: which jobs belong to which point. */
  sweep: resultSweep.optional(),
  /** Of a document that `iotest characterize` made. */
  characterize: characterizePart.optional(),
  /** Of a run on several hosts: all the rest is their total then, and names of files and disks begin with the host's. */
  hosts: z.array(hostPart).optional(),
});

export const resultDocument = z.object({
  'fio version': z.string(),
  timestamp: z.number(),
  timestamp_ms: z.number().optional(),
  time: z.string(),
  'global options': texts.optional(),
  jobs: z.array(fioJob),
  disk_util: z.array(fioDisk).optional(),
  iotest: iotestPart.optional(),
});

export type FioLatency = z.infer<typeof fioLatency>;
export type FioDirection = z.infer<typeof fioDirection>;
export type FioJob = z.infer<typeof fioJob>;
export type FioDisk = z.infer<typeof fioDisk>;
export type DirectionHistograms = z.infer<typeof directionHistograms>;
export type JobError = z.infer<typeof jobError>;
export type IotestJob = z.infer<typeof iotestJob>;
export type IotestPart = z.infer<typeof iotestPart>;
export type BusySample = z.infer<typeof busySample>;
export type Noise = z.infer<typeof noise>;
export type Fingerprint = z.infer<typeof fingerprint>;
export type MachineFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
/** A document that was read: fio's, or ours (then `iotest` is there). */
export type ResultDocument = z.infer<typeof resultDocument>;
/** A document of ours: what `buildResult` makes. */
export type IotestDocument = ResultDocument & { readonly iotest: IotestPart };
export type ResultHost = Omit<z.infer<typeof hostPart>, 'document'> & { readonly document: IotestDocument | null };

/** Empty for what ran on one machine. */
export function hostsOf({ iotest }: ResultDocument): readonly ResultHost[] {
  // The schema cannot name itself; what was read has been through `misfits`.
  return (iotest?.hosts ?? []) as readonly ResultHost[];
}

/**
 * What of `data` does not fit the schema, at most `misfitsMax` things: each place as a path of keys and indexes, and
 * what is wrong there. Empty when all is well; `data` then is a `ResultDocument`.
 */
export function misfits(data: unknown): Misfit[] {
  const found: Misfit[] = [];
  // Job by job, for zod has a record of each thing that is wrong: of a million jobs a gigabyte.
  for (const { path, schema, part } of partsOf(data)) {
    if (isCrowded(part)) found.push({ path, message: 'more values than any result has' });
    else {
      const { error } = schema.safeParse(part);
      for (const issue of error?.issues ?? []) found.push({ path: [...path, ...issue.path], message: issue.message });
    }
    if (found.length >= misfitsMax) return found.slice(0, misfitsMax);
  }
  return found;
}

interface Misfit {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Who has seen these needs no more. */
const misfitsMax = 30;

interface Part {
  readonly path: PropertyKey[];
  readonly schema: z.ZodType;
  readonly part: unknown;
}

/** The document without its jobs, then each job; then the documents of its hosts, which have no hosts of their own. */
function* partsOf(data: unknown): Generator<Part> {
  const hosts = (data as { readonly iotest?: { readonly hosts?: unknown } } | null)?.iotest?.hosts;
  if (!Array.isArray(hosts)) {
    yield* partsOfOne(data);
    return;
  }
  const whole = data as { readonly iotest: object };
  const bare = hosts.map((host) => (typeof host === 'object' && host !== null ? { ...host, document: null } : host));
  yield* partsOfOne({ ...whole, iotest: { ...whole.iotest, hosts: bare } });
  for (const [index, host] of hosts.entries()) {
    const document = (host as { readonly document?: unknown } | null)?.document ?? null;
    const path = ['iotest', 'hosts', index, 'document'];
    if (document === null) continue;
    const { iotest } = document as { readonly iotest?: { readonly hosts?: unknown } | null };
    if (iotest === undefined || iotest === null) yield { path: [...path, 'iotest'], schema: iotestPart, part: iotest };
    else if (iotest.hosts !== undefined) yield { path: [...path, 'iotest', 'hosts'], schema: z.undefined(), part: 0 };
    else for (const each of partsOfOne(document)) yield { ...each, path: [...path, ...each.path] };
  }
}

function* partsOfOne(data: unknown): Generator<Part> {
  const root = data as { readonly jobs?: unknown; readonly iotest?: { readonly jobs?: unknown } } | null;
  const jobs = root?.jobs;
  const ours = root?.iotest?.jobs;
  if (!Array.isArray(jobs) || (root?.iotest !== undefined && !Array.isArray(ours))) {
    yield { path: [], schema: resultDocument, part: data };
    return;
  }
  const iotest = root?.iotest === undefined ? {} : { iotest: { ...root.iotest, jobs: [] } };
  yield { path: [], schema: resultDocument, part: { ...root, jobs: [], ...iotest } };
  for (const [index, part] of jobs.entries()) yield { path: ['jobs', index], schema: fioJob, part };
  if (!Array.isArray(ours)) return;
  for (const [index, part] of ours.entries()) yield { path: ['iotest', 'jobs', index], schema: iotestJob, part };
}
