/**
 * Decides what a run will do. Pure: all it knows of the machine comes in through `PlanSettings`, so that
 * `iotest check` prints exactly what `iotest run` would do.
 */

import { directionsOf } from '../job/block-sizes.js';
import { applyEngineLabel, engineLabel, optionsLostByLabel } from '../job/engine-label.js';
import { engineTraits } from '../job/engine-traits.js';
import { fileOperationOf } from '../job/file-engines.js';
import { type EngineName, type EngineOptions, engineNames, type Job, type JobSet } from '../job/job.js';
import type { DeviceUse, TargetFacts } from '../machine/target-facts.js';
import { pollQueueAdvice } from '../support/poll-queue-parameters.js';
import type { Input } from '../system/input-file.js';
import { amountOf } from './amount.js';
import { checkBesideIo, checkEndless, isBesideIo, noFile, withoutIo } from './beside-io.js';
import { grantCallFlags } from './call-flags.js';
import { checkChain } from './chain.js';
import { checkCommandOptions, sendsCommands } from './commands.js';
import { checkRoomTogether } from './disk-room.js';
import type { FilePolicy } from './file-safety.js';
import { refuseUsedBuffers, refuseUsedFile } from './file-use.js';
import { amountOfWork, filesOfWork, planFileWork } from './file-work.js';
import { type FilePlanning, planFiles } from './files.js';
import { Findings } from './findings.js';
import { checkLocksAndMemory } from './locks-and-memory.js';
import { LogPlanner, logSuffix } from './logs.js';
import { checkLoops } from './loops.js';
import { checkMappedFiles } from './mapped-files.js';
import { connectionFile, planNetwork } from './network.js';
import { checkProcessRoom, type ProcessRoom } from './process-room.js';
import { type PlannedReplay, planReplayFiles, RecordingReader } from './replay.js';
import { checkRing, checkSharedThreads } from './ring.js';
import { checkCommands, SafetyRules } from './safety.js';
import type { Plan, PlannedFile, PlannedWorker, Step } from './types.js';
import { usesZones } from './zone-region.js';
import { planZones, refuseUnzonedWrites, type ZoneAgreement } from './zones.js';

export interface PlanSettings extends ProcessRoom {
  /** `--engine` values, in order; empty = each job's own `ioengine`. */
  readonly engines: readonly string[];
  /** How often the whole plan is run; at least 1. */
  readonly repeat: number;
  /** `--destructive` values: block devices that may be overwritten. */
  readonly destructive: readonly string[];
  /** What is at a path; must not touch data. */
  readonly inspect: (path: string) => TargetFacts;
  /** The same for targets, which are held from then on: what is opened later is what was found here. */
  readonly hold?: (path: string) => TargetFacts;
  /** What may be done to regular files; as `iotest run` does it unless given. */
  readonly filePolicy?: FilePolicy;
  /** What uses a file; nothing unless given. */
  readonly usesOf?: (path: string) => readonly DeviceUse[];
  /** All regular files below a directory, for `opendir`; links are not followed. Throws `UserError`. */
  readonly listFiles: (directory: string) => readonly string[];
  /** `--allow-exec`: commands in job files may run. */
  readonly allowExec: boolean;
  /** Where relative names of logs begin; '' = the working directory. */
  readonly logFolder?: string;
  /** Reads a recording (`read_iolog`). */
  readonly readRecording?: (path: string) => Input;
  /** A fresh seed, for jobs with `randrepeat=0`. */
  readonly drawSeed: () => number;
  /**
   * Draws for each repetition but the first whether its variants run in reverse order, so that no rhythm of the machine
   * can keep step with one of them.
   */
  readonly drawOrder: () => boolean;
}

/** One way to run: a job file (or a changed copy of it), with the name that tells it from the others. */
export interface PlanVariant {
  /** null when nothing but the engine tells variants apart. */
  readonly name: string | null;
  readonly jobSet: JobSet;
}

/**
 * Throws `UserError` with everything that is wrong: exit code 2 for requests that make no sense, 1 for what the machine
 * cannot do.
 * @param variants at least one; the first is what the others are compared with
 */
export function makePlan(variants: readonly PlanVariant[], settings: PlanSettings): Plan {
  const findings = new Findings();
  const targets = new Map<string, TargetFacts>();
  const { hold = settings.inspect, usesOf = () => [] } = settings;
  const inspect = (path: string): TargetFacts => {
    const known = targets.get(path) ?? hold(path);
    targets.set(path, known);
    return known;
  };
  const looked = new Map<string, TargetFacts>();
  const look = (path: string): TargetFacts => {
    const known = targets.get(path) ?? looked.get(path) ?? settings.inspect(path);
    looked.set(path, known);
    return known;
  };
  const world = {
    inspect,
    look,
    listFiles: settings.listFiles,
    appendedBytes: new Map<string, number>(),
    laidOutBytes: new Map<string, number>(),
    filledInStep: new Map<string, number>(),
    zonesAgreed: new Map<string, ZoneAgreement>(),
    findings,
  };
  const safety = new SafetyRules(settings.destructive, hold, findings, settings.filePolicy);
  const seeds = new SeedSequence(settings.drawSeed);
  const logs = new LogPlanner({ folder: settings.logFolder ?? '', inspect: settings.inspect, findings });
  const recordings = new RecordingReader(settings.readRecording ?? null, findings);
  const ways = variants.flatMap((variant) => waysOf(variant, settings.engines, findings));
  const phaseCount = Math.max(...ways.map((way) => way.phases.length));
  const steps: Step[] = [];
  for (let repetition = 0; repetition < settings.repeat; repetition++) {
    // The first repetition is in the order of the variants: by it they are known.
    const isReversed = repetition > 0 && settings.drawOrder();
    for (let phase = 0; phase < phaseCount; phase++) {
      for (const way of isReversed ? ways.toReversed() : ways) {
        const suffix = logSuffix(ways.length > 1 ? (way.name ?? labelOf(way)) : null, settings.repeat, repetition);
        const workers = (way.phases[phase] ?? []).map((workerIndex) => {
          const job = way.jobs[workerIndex]!;
          checkLocksAndMemory(job, look, findings);
          checkCommands(job, settings.allowExec, findings);
          const seedOf = (index: number) => seeds.seedFor(way.jobs[index]!, index, repetition);
          const dedupePeers = sharesWorkingSet(job)
            ? [...way.jobs.keys()]
                .filter((index) => sharesWorkingSet(way.jobs[index]!))
                .map((index) => ({ workerIndex: index, seed: seedOf(index) }))
            : [];
          const seed = seedOf(workerIndex);
          return planWorker({
            ...world,
            stepIndex: steps.length,
            usesOf,
            job,
            workerIndex,
            seed,
            dedupePeers,
            suffix,
            safety,
            logs,
            recordings,
          });
        });
        if (workers.length === 0) continue;
        const engineLabels = stepLabel(workers);
        const wayIndex = ways.indexOf(way);
        steps.push({ engineLabel: engineLabels, variant: way.name ?? engineLabels, repetition, wayIndex, workers });
        checkEndless(workers, findings);
        checkMappedFiles(workers, look, findings);
        checkSharedThreads(workers, findings);
        checkProcessRoom(workers, settings, findings);
      }
    }
  }
  safety.finish();
  if (!findings.hasProblems) checkRoomTogether(steps, inspect, findings);
  findings.throwIfAny();
  return { jobSet: variants[0]!.jobSet, steps, targets: [...targets.values()], warnings: findings.warnings };
}

/** A variant on one engine. */
interface Way {
  readonly name: string | null;
  readonly jobs: readonly Job[];
  /** Indices of jobs that run together. */
  readonly phases: readonly (readonly number[])[];
}

function waysOf({ name, jobSet }: PlanVariant, engines: readonly string[], findings: Findings): Way[] {
  const phases = phasesOf(jobSet.jobs);
  if (engines.length === 0) return [{ name, jobs: jobSet.jobs, phases }];
  return engines.map((engine) => ({
    name: name === null ? null : engines.length === 1 ? name : `${name} ${engine}`,
    jobs: jobSet.jobs.map((job) => onEngine(job, engine, findings)),
    phases,
  }));
}

function onEngine(job: Job, variant: string, findings: Findings): Job {
  // It is no I/O that is compared.
  if (isBesideIo(job)) return job;
  const lost = optionsLostByLabel(job.engine, variant);
  if (lost.length > 0) {
    findings.warn(
      job,
      'options-lost',
      `--engine ${variant} leaves out what only ${job.engine.name} has: ${lost.join(', ')}`,
      null,
    );
  }
  return { ...job, engine: applyEngineLabel(job.engine, variant) };
}

/** The same seeds for every variant, others in every repetition: what is compared does the same I/O. */
class SeedSequence {
  readonly #draw: () => number;
  readonly #drawn = new Map<string, number>();

  constructor(draw: () => number) {
    this.#draw = draw;
  }

  seedFor({ workload }: Job, workerIndex: number, repetition: number): number {
    if (workload.randomRepeat) return workload.randomSeed + repetition;
    const key = `${repetition}:${workerIndex}`;
    const seed = this.#drawn.get(key) ?? this.#draw();
    this.#drawn.set(key, seed);
    return seed;
  }
}

function sharesWorkingSet({ payload, workload }: Job): boolean {
  return (
    payload.dedupeGlobal &&
    payload.dedupePercent > 0 &&
    payload.dedupeMode === 'working_set' &&
    workload.directions !== 'read'
  );
}

/** A `stonewall` job waits for all before it. */
function phasesOf(jobs: readonly Job[]): number[][] {
  const phases: number[][] = [];
  jobs.forEach((job, index) => {
    if (phases.length === 0 || (job.stonewall && job.cloneIndex === 0)) phases.push([]);
    phases.at(-1)!.push(index);
  });
  return phases;
}

function stepLabel(workers: readonly PlannedWorker[]): string {
  return [...new Set(workers.map((worker) => worker.engineLabel))].join(', ');
}

function labelOf({ jobs }: Way): string {
  return [...new Set(jobs.map((job) => engineLabel(job.engine)))].join(',');
}

interface WorkerPlanning extends FilePlanning {
  readonly workerIndex: number;
  readonly seed: number;
  readonly dedupePeers: PlannedWorker['dedupePeers'];
  readonly suffix: string;
  readonly logs: LogPlanner;
  readonly recordings: RecordingReader;
  readonly safety: SafetyRules;
  readonly usesOf: (path: string) => readonly DeviceUse[];
  readonly zonesAgreed: Map<string, ZoneAgreement>;
}

function filesOf(planning: WorkerPlanning, replay: PlannedReplay | null): PlannedFile[] {
  // Names that cannot be operated on are in the findings.
  if (fileOperationOf(planning.job.engine.name) !== null) return [];
  if (replay !== null) return planReplayFiles(planning, replay.recording);
  // A recording that cannot be read says nothing of files, and is in the findings.
  return planning.job.replay.iologs === null ? planFiles(planning) : [];
}

function planWorker(planning: WorkerPlanning): PlannedWorker {
  const { workerIndex, seed, dedupePeers, suffix, inspect, findings, safety } = planning;
  const isBeside = isBesideIo(planning.job);
  if (isBeside) checkBesideIo(planning.job, findings);
  const replay = isBeside ? null : planning.recordings.replayOf(planning.job);
  const job = isBeside ? withoutIo(planning.job) : (replay?.job ?? planning.job);
  const fileWork = planFileWork({ ...planning, job });
  const network = planNetwork(job, findings);
  const planned =
    network !== null
      ? [connectionFile(job, network)]
      : fileWork !== null
        ? filesOfWork(fileWork)
        : isBeside
          ? [noFile(job)]
          : filesOf({ ...planning, job }, replay);
  const files = planned.map((file) => ({ ...file, isDeleted: safety.files.isDeleted(job, file) }));
  const facts = files.filter((file) => file.kind !== 'memory').map((file) => inspect(file.path));
  for (const file of files) {
    if (file.kind === 'memory') continue;
    const fact = inspect(file.path);
    // No permission helps there, so none is asked for.
    if (fact.uses.length === 0 && refuseUsedFile(job, file, planning.usesOf, findings)) continue;
    safety.check(job, fact, file);
  }
  safety.checkBuffers(job);
  refuseUsedBuffers(job, planning.usesOf, findings);
  if (fileWork !== null) safety.files.checkWork(job, fileWork, planning.look);
  const engine = grantEngine(job, facts, findings);
  const amount = fileWork === null ? amountOf(job, files) : amountOfWork(job, fileWork);
  if (job.target.unlinkEachLoop) checkLoops(job, facts, amount.ioBytes, findings);
  return {
    workerIndex,
    job,
    engine,
    engineLabel: engineLabel(engine),
    files,
    seed,
    ...amount,
    ...(replay === null ? {} : { ioBytes: job.target.createOnly ? 0 : replay.ioBytes }),
    dedupePeers,
    recording: replay?.recording ?? null,
    fileWork,
    network,
    ...zonesOfWorker({ ...planning, job }, files),
    logs: planning.logs.plan({ job, workerIndex, files, suffix }),
  };
}

function zonesOfWorker(
  { job, look, zonesAgreed, findings }: WorkerPlanning,
  files: readonly PlannedFile[],
): Pick<PlannedWorker, 'zones'> {
  for (const file of files) {
    const region = { offsetBytes: file.regionOffsetBytes, regionBytes: file.regionBytes };
    if (file.kind === 'block') refuseUnzonedWrites(job, look(file.path), region, findings);
    const zones = usesZones(job) ? planZones(job, look(file.path), region, zonesAgreed, findings) : null;
    if (zones !== null) return { zones };
  }
  return {};
}

/** The engine that does the same with several in flight. */
function asynchronousTwin(name: EngineName): string {
  const twin = `io_uring_${name}`;
  return engineNames.some((known) => known === twin) ? twin : 'io_uring or libaio';
}

/** The engine options that this target allows, with findings for what it does not. */
function grantEngine(job: Job, facts: readonly TargetFacts[], findings: Findings): EngineOptions {
  const { engine } = job;
  const traits = engineTraits(engine.name);
  let depth = engine.depth;
  if (traits.depthMax !== null && depth > traits.depthMax) {
    findings.warn(
      job,
      'depth-ignored',
      `${engine.name} has ${traits.depthMax} request in flight: iodepth=${depth} has no effect`,
      `use --engine ${asynchronousTwin(engine.name)} for depth, or numjobs for parallel synchronous I/O`,
    );
    depth = traits.depthMax;
  }
  if (traits.needsDirectForAsync && !job.target.direct && depth > 1) {
    findings.warn(
      job,
      'libaio-buffered',
      'libaio is only asynchronous with O_DIRECT: buffered requests are done one after another inside io_submit',
      'use direct=1',
    );
  }
  if (!traits.direct && job.target.direct) {
    findings.usage(
      job,
      'mmap goes through the page cache, so direct=1 is impossible',
      'use direct=0 or another engine',
    );
  }
  if (!traits.reads && job.workload.directions !== 'write') {
    const message = `${engine.name} makes the offset of each write the size of the file, and knows no ${directionsOf(job.workload)[0]}`;
    findings.usage(job, message, 'use rw=write or rw=randwrite; falloc takes reads and trims as well');
  }
  checkRing(job, findings);
  checkCommandOptions(job, findings);
  if (engine.iopoll) depth = checkPolling(job, facts, depth, findings);
  checkChain(job, facts, depth, findings);
  return { ...engine, depth, ...grantCallFlags(job, facts, findings) };
}

function syncsWrites({ workload }: Job): boolean {
  return workload.fsyncEvery > 0 || workload.fdatasyncEvery > 0 || workload.syncRange !== null;
}

function checkPolling(job: Job, facts: readonly TargetFacts[], depth: number, findings: Findings): number {
  if (!job.target.direct && !sendsCommands(job)) {
    findings.usage(job, 'IOPOLL (hipri) works only with O_DIRECT', 'add direct=1, or drop hipri / +iopoll');
  }
  if (syncsWrites(job) || job.workload.directions.includes('trim')) {
    findings.usage(job, 'a polled ring (hipri) takes reads and writes only, no fsync and no trim', 'drop hipri');
  }
  let capped = depth;
  for (const { path, queue } of facts) {
    if (queue === null || !queue.polls) {
      const where =
        queue === null ? `${path} has no block device below it` : `${queue.disk} does not poll (queue/io_poll is 0)`;
      findings.machine(job, `IOPOLL is impossible on ${path}: ${where}`, pollAdvice(queue?.driver ?? null));
    } else if (queue.requestsMax > 0 && queue.requestsMax < capped) {
      findings.warn(
        job,
        'depth-capped-polling',
        `depth ${depth} exceeds nr_requests=${queue.requestsMax} of ${queue.disk}, and polled requests beyond it can leave an unkillable process: capped`,
        `use iodepth=${queue.requestsMax}`,
      );
      capped = queue.requestsMax;
    }
  }
  return capped;
}

/** Poll queues are a parameter of the driver, set when it loads. */
function pollAdvice(driver: string | null): string {
  return (
    pollQueueAdvice(driver) ?? 'use a device whose driver polls (NVMe with nvme.poll_queues=2), or drop hipri / +iopoll'
  );
}
