/** From the outcome of a run to the result document: fio's part and ours, one job object at a time. Pure but for hashing. */
import { createHash } from 'node:crypto';
import { type Direction, directions, type PerDirection } from '../job/per-direction.js';
import { statisticsWindows } from '../job/windows.js';
import type { FingerprintField } from '../machine/fingerprint.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Plan } from '../plan/types.js';
import { encodeHistogram } from '../stats/encoded-histogram.js';
import type { EngineFacts } from '../stats/engine-facts.js';
import { mergeKernelWork } from '../stats/kernel-work.js';
import { prioritiesOf } from '../stats/priorities.js';
import { type DirectionSummary, type JobSummary, summarise } from '../stats/summary.js';
import { mergeVerifyReports } from '../stats/verify-report.js';
import type { PriorityReport, SteadyStateReport, WorkerError, WorkerReport } from '../stats/worker-report.js';
import type { Warning } from '../support/warning.js';
import { describeErrno } from '../system/errno.js';
import type { PreconditionOutcome, RunOutcome, StepOutcome, WorkerOutcome } from '../worker/outcome.js';
import { chainFiguresOf } from './chain-figures.js';
import type {
  DirectionHistograms,
  IotestDocument,
  IotestJob,
  IotestPart,
  JobError,
  MachineFields,
  Noise,
} from './document.js';
import { makeFingerprint, runFields } from './fingerprint.js';
import { withClasses } from './fingerprint-meaning.js';
import { type FioJobInput, fioDisks, fioJob } from './fio-json.js';
import { sniaSteadyState } from './fio-steady-state.js';
import { labelInForce } from './in-force.js';
import { fioVersion, schemaVersion } from './version.js';

export interface BuildResultInput {
  readonly outcome: RunOutcome;
  readonly plan: Plan;
  /** What is known of the machine; null = cannot be known here. */
  readonly machine: MachineFields;
  /** Fields of the machine, the targets and their disks; those of the tool and the jobs are added here. */
  readonly fingerprint: readonly FingerprintField[] | null;
  /** null when it was not looked at. */
  readonly noise: Noise | null;
  readonly commandLine: readonly string[];
  /** null when the job did not come from a file. */
  readonly jobFile: { readonly path: string; readonly text: string } | null;
  /** Versions: of iotest, of koffi, and of liburing when it is in use or null. */
  readonly tool: { readonly version: string; readonly koffi: string; readonly liburing: string | null };
  /** Found in the result; those of the plan and of the run are added here. */
  readonly warnings: readonly Warning[];
  /** What is known of the files and devices that were used. */
  readonly targets: readonly TargetFacts[];
}

/** Workers that share one job object: one, or with group_reporting those of a group that follow each other. */
interface JobGroup {
  readonly stepIndex: number;
  /** fio's groupid. */
  readonly groupId: number;
  readonly outcomes: readonly WorkerOutcome[];
  readonly reports: readonly WorkerReport[];
  readonly summary: JobSummary | null;
}

/** Failures that have no errno of their own are given to fio's readers as EIO, since 0 would say that all is well. */
const errnoEio = 5;

/** The whole document of a run. */
export function buildResult(input: BuildResultInput): IotestDocument {
  const { outcome } = input;
  const groups = jobGroups(outcome.steps);
  const warnings = [...input.plan.warnings, ...outcome.warnings, ...input.warnings];
  const { globalOptions } = input.plan.jobSet;
  const endedEpochMs = Math.round(outcome.startedEpochMs + outcome.elapsedMs);
  const startedAt = new Date(outcome.startedEpochMs).toISOString();
  const jobs = groups.map((group) => iotestJobOf(group, outcome.steps[group.stepIndex]!, warnings));
  const fingerprint =
    input.fingerprint === null
      ? null
      : makeFingerprint(withClasses([...input.fingerprint, ...runFields(input, jobs)], jobs));
  const disks = fioDisks(
    outcome.steps.map((step) => ({ diskUse: step.diskUse, durationMs: stepDurationNs(step) / 1e6 })),
  );
  return {
    'fio version': fioVersion(input.tool.version),
    timestamp: Math.floor(endedEpochMs / 1000),
    timestamp_ms: endedEpochMs,
    time: calendarTime(new Date(endedEpochMs)),
    ...(Object.keys(globalOptions).length === 0 ? {} : { 'global options': { ...globalOptions } }),
    jobs: groups.map((group) => fioJobOf(group, groups, globalOptions, ioElapsedMs(outcome))),
    ...(disks.length === 0 ? {} : { disk_util: disks }),
    iotest: {
      schemaVersion,
      tool: {
        name: 'iotest',
        version: input.tool.version,
        node: process.versions.node,
        v8: process.versions.v8,
        koffi: input.tool.koffi,
        liburing: input.tool.liburing,
      },
      commandLine: [...input.commandLine],
      startedAt,
      elapsedMs: outcome.elapsedMs,
      interrupted: outcome.interrupted,
      machine: { ...input.machine } as Record<string, string | number | boolean | string[] | null>,
      fingerprint,
      noise: input.noise,
      jobFile:
        input.jobFile === null
          ? null
          : {
              path: input.jobFile.path,
              sha256: createHash('sha256').update(input.jobFile.text).digest('hex'),
              text: input.jobFile.text,
            },
      engines: [...new Set(outcome.steps.map((step) => stepNames(step).engineLabel))],
      variants: [...new Set(outcome.steps.map((step) => stepNames(step).variant))],
      steps: outcome.steps.map((step, stepIndex) => ({
        ...stepNames(step),
        repetition: step.repetition,
        jobIndexes: groups.flatMap((group, index) => (group.stepIndex === stepIndex ? [index] : [])),
        diskUse: [...step.diskUse],
        ...(step.p99 === undefined ? {} : { p99: { endMs: [...step.p99.endMs], ns: [...step.p99.ns] } }),
      })),
      repetitions: repetitionsOf(outcome.steps, groups),
      jobs,
      targets: input.targets.map(({ identity: _, zoned, ...target }) => ({
        ...target,
        uses: [...target.uses],
        ...(zoned === undefined ? {} : { zoned: { ...zoned, conventional: [...zoned.conventional] } }),
      })),
      ...preconditioningOf(outcome.preconditioning ?? []),
      warnings,
    },
  };
}

function preconditioningOf(outcomes: readonly PreconditionOutcome[]): Pick<IotestPart, 'preconditioning'> {
  if (outcomes.length === 0) return {};
  return {
    preconditioning: outcomes.map(({ mode, jobNames, regions, writtenBytes, elapsedMs, ended, settled }) => ({
      mode,
      jobNames: [...jobNames],
      regions: regions.map((region) => ({ ...region })),
      writtenBytes,
      elapsedMs,
      ended,
      steadyStates: settled.flatMap(({ job, steadyState }) => sniaSteadyState(job, steadyState).steadyState ?? []),
    })),
  };
}

/**
 * fio's rule: a worker with group_reporting joins the job object before it when both are of one group. Groups of
 * different steps never join: each engine variant has results of its own.
 */
function jobGroups(steps: readonly StepOutcome[]): JobGroup[] {
  const members: { stepIndex: number; groupId: number; outcomes: WorkerOutcome[] }[] = [];
  const groupIds = new Map<string, number>();
  for (const [stepIndex, step] of steps.entries()) {
    for (const outcome of step.workers) {
      const { job } = outcome.worker;
      const key = `${stepIndex}:${job.groupIndex}`;
      const groupId = groupIds.get(key) ?? groupIds.size;
      groupIds.set(key, groupId);
      // `stats=0` leaves a job out, and its group counts all the same; what went wrong in it is told.
      if (!job.measure.statistics && errorsOf(outcome).length === 0) continue;
      const before = members.at(-1);
      if (before !== undefined && before.groupId === groupId && job.groupReporting) before.outcomes.push(outcome);
      else members.push({ stepIndex, groupId, outcomes: [outcome] });
    }
  }
  return members.map((member) => {
    const reports = member.outcomes.flatMap((outcome) => (outcome.report === null ? [] : [outcome.report]));
    const windows = statisticsWindows(member.outcomes[0]!.worker.job);
    const summary = reports.length === 0 ? null : summarise(reports, windows.bandwidthMs, windows.iopsMs);
    return { ...member, reports, summary };
  });
}

/** As fio's `elapsed`: from when the first job may start, delays and ramps included, to the end of the last I/O. */
function ioElapsedMs({ steps }: RunOutcome): number {
  const runs = steps.flatMap(({ workers }) =>
    workers.flatMap(({ worker, report }) => {
      if (report === null) return [];
      const { rampMs, startDelayMs } = worker.job.schedule;
      const endMs = report.startedEpochMs + report.elapsedNs / 1e6;
      return [{ beginMs: report.startedEpochMs - rampMs - startDelayMs.min, endMs }];
    }),
  );
  if (runs.length === 0) return 0;
  return Math.max(...runs.map(({ endMs }) => endMs)) - Math.min(...runs.map(({ beginMs }) => beginMs));
}

/** Under which names a step goes; a variant that was given none has that of its engine. */
function stepNames({ engineLabel, variant, workers }: StepOutcome): { engineLabel: string; variant: string } {
  const inForce = labelInForce(
    engineLabel,
    workers.map(({ report }) => report),
  );
  return { engineLabel: inForce, variant: variant === engineLabel ? inForce : variant };
}

function stepDurationNs(step: StepOutcome): number {
  return step.workers.reduce((longest, { report }) => Math.max(longest, report?.elapsedNs ?? 0), 0);
}

function fioJobOf(
  group: JobGroup,
  groups: readonly JobGroup[],
  globalOptions: Readonly<Record<string, string>>,
  elapsedMs: number,
) {
  const { worker } = group.outcomes[0]!;
  return fioJob({
    job: worker.job,
    engine: worker.engine,
    depthFound: depthFoundOf(group),
    globalOptions,
    groupId: group.groupId,
    error: errnoOf(group),
    ...countedErrors(group.reports),
    steadyState: steadyStateOf(group),
    zoneResetCount: zoneResetsOf(group),
    elapsedMs,
    summary: withDryWrites(group),
    priorities: groupPriorities(group),
    groupBytesPerSecond: groupRates(groups.filter((other) => other.groupId === group.groupId)),
  });
}

/** null of jobs that only read, and of those without write pointers. */
function zoneResetsOf({ reports, outcomes }: JobGroup): number | null {
  const counts = reports.flatMap(({ zoneResetCount }) => zoneResetCount ?? []);
  const resets = outcomes.some(({ worker }) => worker.job.workload.directions !== 'read');
  return counts.length === 0 || !resets ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** As fio: writes that `verify_only` went through without doing them are counted, in no time. */
function withDryWrites({ summary, reports }: JobGroup): JobSummary | null {
  const dry = mergeVerifyReports(reports.flatMap(({ verify }) => (verify === undefined ? [] : [verify])))?.dryWrites;
  if (summary === null || dry === undefined) return summary;
  const write = { ...summary.directions.write, ioCount: dry.ioCount, byteCount: dry.byteCount };
  return { ...summary, directions: { ...summary.directions, write } };
}

function steadyStateOf({ outcomes }: JobGroup): SteadyStateReport | null {
  return outcomes.findLast(({ steadyState }) => steadyState !== undefined)?.steadyState ?? null;
}

/** As fio counts: those passed over, and the one that ended the job when it could have been one of them. */
function countedErrors(reports: readonly WorkerReport[]): { countedErrorCount: number; firstCountedErrno: number } {
  let [countedErrorCount, firstCountedErrno] = [0, 0];
  for (const { toleratedErrorCount, firstToleratedErrno, fatalIsCounted, error } of reports) {
    const fatalErrno = fatalIsCounted && error !== null ? error.errno : 0;
    countedErrorCount += toleratedErrorCount + (fatalErrno > 0 ? 1 : 0);
    if (firstCountedErrno === 0) firstCountedErrno = toleratedErrorCount > 0 ? firstToleratedErrno : fatalErrno;
  }
  return { countedErrorCount, firstCountedErrno };
}

function depthFoundOf({ reports }: JobGroup): number | null {
  const found = reports.flatMap(({ depthFound }) => (depthFound === null ? [] : [depthFound]));
  return found.length === 0 ? null : Math.min(...found);
}

function errnoOf(group: JobGroup): number {
  const errno = group.reports.find((report) => report.error !== null)?.error?.errno;
  const failure = group.outcomes.find((outcome) => outcome.failure !== null)?.failure ?? null;
  return errno ?? (failure === null ? 0 : (failure.errno ?? errnoEio));
}

/** Bytes of the job objects of a group over its longest runtime, per direction, as fio's group totals. */
export function groupRates(
  groups: readonly Pick<JobGroup, 'summary'>[],
): PerDirection<number> & { readonly mixed: number } {
  const rate = (direction: Direction | 'mixed') => {
    const parts = groups.flatMap(({ summary }) =>
      summary === null ? [] : [direction === 'mixed' ? summary.mixed : summary.directions[direction]],
    );
    const bytes = parts.reduce((total, part) => total + part.byteCount, 0);
    const runtimeNs = parts.reduce((longest, part) => Math.max(longest, part.runtimeNs), 0);
    return runtimeNs === 0 ? 0 : (bytes * 1e9) / runtimeNs;
  };
  return { read: rate('read'), write: rate('write'), trim: rate('trim'), mixed: rate('mixed') };
}

function iotestJobOf(group: JobGroup, step: StepOutcome, warnings: readonly Warning[]): IotestJob {
  const { worker } = group.outcomes[0]!;
  const { summary, reports } = group;
  const names = new Set(group.outcomes.map((outcome) => outcome.worker.job.name));
  const greatest = (value: (report: WorkerReport) => number) => Math.max(...reports.map(value));
  const options = structuredClone({ ...worker.job, engine: worker.engine }) as unknown as IotestJob['options'];
  return {
    jobName: worker.job.name,
    groupIndex: group.groupId,
    engineLabel: labelInForce(worker.engineLabel, reports),
    variant: stepNames(step).variant,
    repetition: step.repetition,
    source: { ...worker.job.source },
    workerCount: group.outcomes.length,
    options,
    seeds: group.outcomes.map((outcome) => outcome.report?.seed ?? outcome.worker.seed),
    engine: mergeFacts(reports.map((report) => report.engine)),
    clock:
      reports.length === 0
        ? null
        : {
            readNs: greatest((report) => report.clockReadNs),
            loopNsPerIo: greatest((report) => report.loopNsPerIo),
          },
    ...(summary === null ? {} : { startedEpochMs: summary.startedEpochMs }),
    elapsedNs: summary?.runtimeNs ?? 0,
    garbageCollectionCount: reports.reduce((total, report) => total + report.garbageCollectionCount, 0),
    latencyDefinition: latencyDefinition(summary),
    histograms: histogramsOf(group, worker.job.measure.unified !== 'none'),
    ...chainPart(reports),
    ...verifyPart(reports),
    series: summary?.series ?? {
      windowMs: statisticsWindows(worker.job).bandwidthMs,
      startMs: [],
      durationMs: [],
      directions: {},
    },
    cpu: cpuPart(summary),
    ...kernelWorkOf(reports),
    files: filesOf(group),
    ended: endedOf(group),
    ...(reports.some(({ endedInRamp }) => endedInRamp === true) ? { endedInRamp: true } : {}),
    errors: group.outcomes.flatMap(errorsOf),
    ...(worker.job.errors.dump ? { toleratedErrors: group.outcomes.flatMap(toleratedErrorsOf) } : {}),
    ...(depthFoundOf(group) === null ? {} : { depthFound: depthFoundOf(group)! }),
    ...sniaSteadyState(worker.job, steadyStateOf(group)),
    toleratedErrorCount: reports.reduce((total, report) => total + report.toleratedErrorCount, 0),
    warnings: warnings.filter((warning) => warning.jobName !== null && names.has(warning.jobName)),
  };
}

function chainPart(reports: readonly WorkerReport[]): Pick<IotestJob, 'chain'> {
  const chain = chainFiguresOf(reports);
  return chain === undefined ? {} : { chain };
}

function verifyPart(reports: readonly WorkerReport[]): Pick<IotestJob, 'verify'> {
  const merged = mergeVerifyReports(reports.flatMap(({ verify }) => (verify === undefined ? [] : [verify])));
  return merged === null ? {} : { verify: structuredClone(merged) as NonNullable<IotestJob['verify']> };
}

/** Absent unless all workers looked. */
function kernelWorkOf(reports: readonly WorkerReport[]): Pick<IotestJob, 'kernelWork'> {
  const parts = reports.flatMap(({ kernelWork }) => (kernelWork === undefined ? [] : [kernelWork]));
  const merged = parts.length === reports.length ? mergeKernelWork(parts) : null;
  return merged === null ? {} : { kernelWork: structuredClone(merged) as NonNullable<IotestJob['kernelWork']> };
}

/** Steps of one repetition need not follow each other in the list, but their numbers rise. */
function repetitionsOf(steps: readonly StepOutcome[], groups: readonly JobGroup[]): IotestPart['repetitions'] {
  return [...new Set(steps.map((step) => step.repetition))].map((repetition) => {
    const own = steps.filter((step) => step.repetition === repetition);
    return {
      startedAt: new Date(Math.min(...own.map((step) => step.startedEpochMs))).toISOString(),
      elapsedMs: own.reduce((sum, step) => sum + step.elapsedMs, 0),
      jobIndexes: groups.flatMap((group, index) => (steps[group.stepIndex]!.repetition === repetition ? [index] : [])),
    };
  });
}

/** Facts of the first worker, its counters summed with the others', every fallback that any of them took. */
export function mergeFacts(facts: readonly EngineFacts[]): IotestJob['engine'] {
  const first = facts[0];
  if (first === undefined) return null;
  const sum = (value: (one: EngineFacts) => number) => facts.reduce((total, one) => total + value(one), 0);
  const fallbacks = new Map(facts.flatMap((one) => one.fallbacks).map((one) => [`${one.asked}\n${one.reason}`, one]));
  const settings = new Map(
    facts.flatMap((one) => one.settings ?? []).map((one) => [`${one.option}\n${one.value}`, { ...one }]),
  );
  const { settings: _, ...rest } = first;
  return {
    ...rest,
    setupFlags: [...first.setupFlags],
    features: [...first.features],
    ...(settings.size === 0 ? {} : { settings: [...settings.values()] }),
    fallbacks: [...fallbacks.values()].map(({ asked, reason, advice }) => ({ asked, reason, advice })),
    enterCount: sum((one) => one.enterCount),
    retryCount: sum((one) => one.retryCount),
    wakeupCount: sum((one) => one.wakeupCount),
    overflowCount: sum((one) => one.overflowCount),
  };
}

function latencyDefinition(summary: JobSummary | null): string {
  const timed =
    summary !== null && directions.some((direction) => summary.directions[direction].submission.counts.length > 0);
  return timed
    ? 'total: from the begin of the submission until the completion was seen; submission: until the kernel had taken ' +
        'the request; completion: from then on. Times are read once per batch of requests.'
    : "total: from the begin of the submission until the completion was seen, as fio's lat; submission was not timed " +
        'by itself, so lat_ns and clat_ns are the same. Times are read once per batch of requests.';
}

function groupPriorities({ outcomes, reports }: JobGroup): FioJobInput['priorities'] {
  const { totalPercentiles, unified } = outcomes[0]!.worker.job.measure;
  return {
    read: prioritiesOf(reports, ['read'], totalPercentiles),
    write: prioritiesOf(reports, ['write'], totalPercentiles),
    mixed: unified === 'none' ? [] : prioritiesOf(reports, directions, totalPercentiles),
  };
}

function histogramsOf(group: JobGroup, withMixed: boolean): IotestJob['histograms'] {
  const { summary } = group;
  if (summary === null) return {};
  const priorities: Readonly<Record<string, readonly PriorityReport[]>> = { ...groupPriorities(group) };
  const all = { ...summary.directions, sync: summary.sync, ...(withMixed ? { mixed: summary.mixed } : {}) };
  const encoded = Object.entries(all).flatMap(([name, direction]) => {
    const histograms = encodeDirection(direction);
    if (histograms === null) return [];
    const ofPriorities = (priorities[name] ?? []).map(({ latency }) => encodeHistogram(latency));
    return [[name, ofPriorities.length === 0 ? histograms : { ...histograms, priorities: ofPriorities }] as const];
  });
  return Object.fromEntries(encoded);
}

function encodeDirection(direction: DirectionSummary): DirectionHistograms | null {
  if (direction.total.count === 0) return null;
  const { completion, submission, openLoop } = direction;
  return {
    total: encodeHistogram(direction.total),
    ...(completion.count === 0 ? {} : { completion: encodeHistogram(completion) }),
    ...(submission.count === 0 ? {} : { submission: encodeHistogram(submission) }),
    ...(openLoop.count === 0 ? {} : { openLoop: encodeHistogram(openLoop) }),
  };
}

/** Files of all workers, each part once. */
function filesOf(group: JobGroup): IotestJob['files'] {
  const files = group.outcomes.flatMap((outcome) => outcome.worker.files);
  const keyed = new Map(files.map((file) => [`${file.regionOffsetBytes}:${file.regionBytes}:${file.path}`, file]));
  return [...keyed.values()].map(({ path, kind, regionOffsetBytes, regionBytes }) => ({
    path,
    kind,
    regionOffsetBytes,
    regionBytes,
  }));
}

const endings = ['failed', 'error', 'interrupted', 'steady', 'exitall', 'runtime', 'done', 'unstarted'] as const;

function endedOf(group: JobGroup): IotestJob['ended'] {
  return gravestEnding(
    group.outcomes.map((outcome) => (outcome.failure !== null ? 'failed' : (outcome.report?.ended ?? 'unstarted'))),
  );
}

/** What stands for several. */
export function gravestEnding(all: readonly IotestJob['ended'][]): IotestJob['ended'] {
  return endings.find((ending) => all.includes(ending))!;
}

function errorsOf(outcome: WorkerOutcome): JobError[] {
  const { cloneIndex } = outcome.worker.job;
  const errors: JobError[] = [];
  const error = outcome.report?.error ?? null;
  if (error !== null) errors.push(jobErrorOf(cloneIndex, error));
  if (outcome.failure !== null) {
    const { place, message, advice, errno = null } = outcome.failure;
    const where = place === null ? '' : `${place.file}${place.line > 0 ? `:${place.line}` : ''}: `;
    errors.push({ cloneIndex, errno, message: where + message, advice });
  }
  return errors;
}

function toleratedErrorsOf({ worker, report }: WorkerOutcome): JobError[] {
  return (report?.toleratedErrors ?? []).map((error) => jobErrorOf(worker.job.cloneIndex, error));
}

function jobErrorOf(cloneIndex: number, { errno, during, refusal }: WorkerError): JobError {
  const { name, meaning, advice } = describeErrno(errno);
  const { reason = meaning, advice: whatToDo = advice } = refusal ?? {};
  return { cloneIndex, errno, message: `${during}: ${name}, ${reason}`, advice: whatToDo };
}

/** As ctime(3) in the local time zone: `Sun Nov 22 11:06:45 2026`. */
export function calendarTime(date: Date): string {
  const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = String(date.getDate()).padStart(2, ' ');
  return `${days[date.getDay()]} ${months[date.getMonth()]} ${day} ${clock} ${date.getFullYear()}`;
}

/** @param summary null where nothing was measured */
export function cpuPart(summary: JobSummary | null) {
  return {
    userNs: summary?.userCpuNs ?? 0,
    systemNs: summary?.systemCpuNs ?? 0,
    ringThreadNs: summary?.ringThreadCpuNs ?? 0,
    perIo: summary?.cpuPerIo ?? null,
    voluntarySwitchCount: summary?.voluntarySwitchCount ?? 0,
    involuntarySwitchCount: summary?.involuntarySwitchCount ?? 0,
  };
}
