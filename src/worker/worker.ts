/**
 * One job on one thread: open what it needs, warm the loop up, wait for the start, measure, close. `thread.ts`
 * calls it; the order of the methods is the order of events.
 */

import fs from 'node:fs';
import { chainEngineModule } from '../engines/chains/registry.js';
import { CommandPriorities, drawsPriorities, jobPriority } from '../engines/command-priority.js';
import type { Endpoint, Engine, EngineModule, EngineSetup, OpenFile, ProgramWork } from '../engines/engine.js';
import { withFileLocks } from '../engines/locking.js';
import { engineModule } from '../engines/registry.js';
import { createRequests, type Requests } from '../engines/requests.js';
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { openHeld } from '../machine/open-target.js';
import type { HeldTarget } from '../machine/target-identity.js';
import { blockBytesUsed, destroysData } from '../plan/files.js';
import type { PlannedWorker } from '../plan/types.js';
import type { MismatchNotice } from '../stats/verify-report.js';
import type { WorkerError, WorkerReport } from '../stats/worker-report.js';
import { RandomStreams } from '../support/random.js';
import { mapBufferMemory } from '../system/buffer-memory.js';
import { type Clock, clockMs, createClock, epochMs, realTimeClockId } from '../system/clock.js';
import { Errno } from '../system/errno.js';
import {
  allocateSlotBuffers,
  createScratchFile,
  fileSizeLimitBytes,
  lockMemory,
  type MappedMemory,
  pageBytes,
  type SlotBuffers,
} from '../system/memory.js';
import * as thread from '../system/thread.js';
import { BesideIoWorkload } from '../workload/beside-io-workload.js';
import { createWorkload, forRehearsal, isPlain } from '../workload/create-workload.js';
import { NameWorkload } from '../workload/name-workload.js';
import type { Payload, WriteBuffers } from '../workload/payload.js';
import { hasRate } from '../workload/rate.js';
import { foldRecording, ReplayWorkload } from '../workload/replay.js';
import { SerializedWorkload } from '../workload/serialized-workload.js';
import { syncRangeFlags } from '../workload/sync-schedule.js';
import type { WorkloadFile } from '../workload/varied-workload.js';
import { ioCountLimit, type JobWorkload, RandomUse } from '../workload/workload.js';
import { createWorkerChains, type WorkerChains } from './chains.js';
import { createLoop } from './create-loop.js';
import { createPayload } from './create-payload.js';
import { resolveEndpoint } from './endpoint.js';
import type { ErrorPolicy } from './error-policy.js';
import { describeError } from './error-words.js';
import { FilePlaces } from './file-places.js';
import { CollectionCounter, collectGarbage } from './garbage.js';
import { createWorkerLogs, type WorkerLogs } from './io-logs.js';
import {
  latencyKinds,
  refuseUnregistered,
  requestCountOf,
  serializes,
  slotCountOf,
  takesAhead,
  timesSubmission,
  windowWidths,
} from './job-rules.js';
import type { KernelWatch } from './kernel-watch.js';
import { measure } from './measure.js';
import type { WorkerInput } from './messages.js';
import { adviceOf, closeFiles, preReadFiles, syncAtEnd, syncsAtEnd, WorkerTargets } from './open-files.js';
import { rehearsed } from './pacing/create.js';
import { createFlows, type FlowMembership, leaveFlow } from './pacing/flow.js';
import { PassSeries, passed } from './pass-series.js';
import { onlyJobPriority, PriorityRecorder, withPriorities } from './priority-recorder.js';
import { rehearsalRoundsNsMax, rehearseLoop } from './rehearsal.js';
import { rehearsalRegion } from './rehearsal-region.js';
import { buildReport, levelsPart, usagePart } from './report-builder.js';
import {
  Command,
  controlCommand,
  controlThreadId,
  createSharedState,
  issuedCount,
  noteUsage,
  type SharedState,
} from './shared-state.js';
import { createSlotTimes, type SlotTimes } from './slot-times.js';
import { SharedSqThread } from './sq-thread.js';
import { applyThreadOptions } from './thread-options.js';
import type { Verification } from './verify/create.js';
import { PromiseKeeper } from './verify/promise-keeper.js';
import { asMovable, createZonedWorkload, endZones, trimmingZones } from './zones.js';

interface WorkerSurroundings
  extends Pick<WorkerInput, 'held' | 'heldBuffers' | 'logMemory' | 'flow' | 'sqThread' | 'zones' | 'explains'> {
  readonly onRenewed: (target: HeldTarget) => void;
  /** Told of each wrong block at once; null = the report is enough. */
  readonly onMismatch: ((notice: MismatchNotice) => void) | null;
}

export class Worker {
  readonly #planned: PlannedWorker;
  readonly #targets: WorkerTargets;
  readonly #openBuffers: (() => number) | null;
  readonly #shared: SharedState;
  /** Where entries for logs go; null without logs. */
  readonly #logMemory: SharedArrayBuffer | null;
  readonly #flow: FlowMembership | null;
  readonly #sqThread: SharedSqThread | null;
  /** null where the job follows no write pointers. */
  readonly #zones: SharedArrayBuffer | null;
  readonly #explains: boolean;
  readonly #onMismatch: WorkerSurroundings['onMismatch'];
  readonly #clock: Clock;
  readonly #requests: Requests;
  readonly #slotCount: number;
  readonly #random: RandomStreams;
  readonly #collections = new CollectionCounter();
  #clockReadNs = 0;
  #files: OpenFile[] = [];
  #buffers: SlotBuffers | null = null;
  #lockedMemory: MappedMemory | null = null;
  #engine: Engine | null = null;
  #priorities: CommandPriorities | null = null;
  #payload: Payload | null = null;
  /** null = nothing is verified. */
  #verification: Verification | null = null;
  #endpoint: Endpoint | null = null;
  /** null where the engine moves data. */
  readonly #places: FilePlaces | null;
  /** null = I/Os are single requests. */
  readonly #chains: WorkerChains | null;
  #kernelWatch: KernelWatch | null = null;
  /** null = the job runs none. */
  #program: ProgramWork | null = null;
  /** null = the job has none. */
  #commands: typeof import('./exec-commands.js') | null = null;

  constructor(
    planned: PlannedWorker,
    shared: SharedState,
    clockBaseSecond: number,
    { held, heldBuffers, onRenewed, onMismatch, logMemory, flow, sqThread, zones, explains }: WorkerSurroundings,
  ) {
    this.#planned = planned;
    this.#targets = new WorkerTargets(planned, held, onRenewed);
    this.#openBuffers = heldBuffers === null ? null : () => openHeld(heldBuffers, { write: true }).descriptor;
    this.#shared = shared;
    this.#logMemory = logMemory;
    this.#flow = flow;
    this.#sqThread = sqThread === null ? null : new SharedSqThread(sqThread, this.#isStopping);
    this.#zones = zones;
    this.#explains = explains;
    this.#onMismatch = onMismatch;
    this.#clock = createClock(clockBaseSecond);
    this.#slotCount = slotCountOf(planned);
    this.#chains = createWorkerChains(planned, this.#clock);
    this.#requests = this.#chains?.requests ?? createRequests(this.#slotCount);
    this.#random = new RandomStreams(planned.seed, planned.workerIndex);
    this.#places = planned.fileWork === null ? null : new FilePlaces(planned, planned.fileWork, this.#isStopping);
  }

  /**
   * Everything that may fail or take time, before the start. Throws `UserError`; `close` cleans up either way.
   * @param rehearses false where compilation may be measured: the ruler takes its best moment anyway
   */
  async prepare(rehearses: boolean): Promise<void> {
    const planned = this.#planned;
    const { job } = planned;
    applyThreadOptions(planned);
    // So late may the kernel be when it wakes a thread; a schedule wants it punctual.
    const isReplayed = planned.recording !== null && !job.replay.noStall;
    if (hasRate(job.pacing) || job.thinkTime.pauseMs > 0 || isReplayed) thread.setTimerSlack(1);
    this.#clockReadNs = this.#clock.calibrate();
    // Before any ring: the threads that a ring brings inherit what counts.
    if (this.#explains) this.#kernelWatch = (await import('./kernel-watch.js')).watchKernel(planned, this.#clock.nowNs);
    if (job.process.lockedBytes > 0) this.#lockedMemory = lockMemory(job.process.lockedBytes);
    const blockBytesMax = Math.max(...blockBytesUsed(job));
    const { bufferMemory, hugePageBytes } = job.process;
    this.#buffers = allocateSlotBuffers({
      slotCount: this.#chains?.rowCount ?? (destroysData(job) ? this.#slotCount : planned.engine.depth),
      blockBytesMax,
      alignBytes: Math.max(pageBytes, job.engine.bufferAlignBytes),
      map: (byteCount) => mapBufferMemory(byteCount, { ...bufferMemory, hugePageBytes, open: this.#openBuffers }),
    });
    this.#payload = destroysData(job) ? this.#createPayload(this.#buffers) : null;
    this.#verification = await this.#createVerification(this.#buffers);
    const module = await (this.#chains === null ? engineModule : chainEngineModule)(planned.engine.name);
    if (rehearses && !this.#isBesideIo) this.#rehearse(module);
    this.#payload?.fillAll();
    this.#verification?.writer.restart();
    const { execPrerun, execPostrun } = job.process;
    if (execPrerun !== null || execPostrun !== null || job.engine.name === 'exec')
      this.#commands = await import('./exec-commands.js');
    // From here on as the user of the job, who may not be able to read our code: its commands, its files, its I/O.
    thread.setCredentials(job.process);
    if (execPrerun !== null) await this.#commands!.runCommand(job, 'prerun', execPrerun, this.#isStopping);
    this.#places?.prepare();
    if (job.engine.name === 'exec') this.#program = this.#commands!.openProgram(job);
    if (planned.network !== null) this.#endpoint = await resolveEndpoint(planned.network);
    this.#files = this.#targets.open();
    this.#priorities = this.#createPriorities(true);
    const setup = this.#engineSetup(this.#files, planned.engine, this.#priorities);
    this.#engine = this.#openEngine(module, { ...setup, sqThread: this.#sqThread });
    refuseUnregistered(planned, this.#engine.describe());
    // `dropCaches` leaves the files of such jobs alone.
    if (job.target.preRead) preReadFiles(planned, this.#files, this.#isStopping);
    collectGarbage();
  }

  /** Runs the job and says what was measured. `prepare` must have succeeded. */
  async run(): Promise<WorkerReport> {
    const { job, engine: options, seed } = this.#planned;
    const shared = this.#shared;
    this.#engine!.establish?.(this.#isStopping);
    const passes = new PassSeries(this.#planned, this.#targets, this.#ioBytes());
    const { workload, engine } = this.#createPassingWorkload(passes, this.#engine!);
    const { keeper, session, checkers, paced } = this.#createCheckers(workload, engine);
    const times = createSlotTimes(this.#slotCount);
    const logs = this.#createLogs(times, this.#logMemory, this.#priorities);
    const perPriority = this.#createPriorityRecorder(this.#priorities, times);
    const { loop, levels, recorders, errors, depthSearch } = createLoop({
      planned: this.#planned,
      requests: this.#requests,
      engine,
      workload,
      paced,
      source: logs?.source(paced) ?? paced,
      shared,
      clock: this.#clock,
      random: this.#random,
      times,
      observers: [...withPriorities(logs?.observers ?? [], perPriority), ...checkers],
      flow: this.#flow,
    });
    for (const each of checkers) each.noteTo(errors);
    let before = thread.threadUsage();
    let ringBeforeNs = 0;
    let startedEpochMs = 0;
    const { startClockId } = job.schedule;
    const jobStartMs = startClockId === realTimeClockId ? epochMs() : clockMs(startClockId);
    const threadId = thread.threadId();
    shared.control[controlThreadId] = threadId;
    const usesRing = engineTraits(options.name).ring;
    const measured = measure({
      loop,
      shared,
      levels,
      recorders: perPriority === null ? recorders : [...recorders, perPriority.recorder],
      errors,
      nowNs: this.#clock.nowNs,
      rampNs: job.schedule.rampMs * 1e6,
      rampBytes: job.schedule.rampBytes,
      runtimeNs: job.schedule.runtimeMs === null ? Number.POSITIVE_INFINITY : job.schedule.runtimeMs * 1e6,
      ...windowWidths(job),
      onMeasureStart: () => {
        workload.renewBudget(passes.ioBytes);
        session?.begin();
        this.#chains?.recorder.reset();
        ringBeforeNs = usesRing ? thread.ringThreadCpuNs(threadId) : 0;
        startedEpochMs = epochMs();
        logs?.begin(this.#clock.nowNs());
        this.#kernelWatch?.begin(engine, threadId);
        this.#collections.start();
        before = thread.threadUsage();
        noteUsage(shared, before);
      },
      onDone: () => passed(session, () => passes.next(this.#files, engine, workload, errors)),
      onPause: () => depthSearch !== null && !depthSearch.isDone,
      onDrained: () => {
        if (this.#flow !== null) leaveFlow(this.#flow);
        this.#collections.stop();
        session?.end();
        if (!syncsAtEnd(job)) return false;
        syncAtEnd(job, this.#files, (fileIndex, errno) =>
          errors.noteFatal({ errno, operation: Operation.sync, byteCount: 0, offset: 0, fileIndex }),
        );
        if (!errors.isFatal) keeper?.syncedAll(this.#files.length);
        return true;
      },
      onDrain: () => engine.endInput?.(),
      onStuck: () => engine.cancelAll(),
    });
    logs?.finish(measured.startNs + measured.elapsedNs);
    const used = thread.usageDifference(before, thread.threadUsage());
    const kernelWork = this.#kernelWatch?.end(engine, threadId, {
      ioCount: issuedCount(shared),
      switchCount: used.voluntarySwitchCount + used.involuntarySwitchCount,
      files: this.#files,
    });
    const ringAfterNs = usesRing ? thread.ringThreadCpuNs(threadId) : 0;
    const tolerated = errors.firstToleratedError;
    return buildReport(shared, {
      ...(this.#chains === null ? {} : { chain: this.#chains.recorder.report() }),
      priorities: perPriority?.report() ?? onlyJobPriority(job),
      startedEpochMs,
      jobStartMs,
      elapsedNs: measured.elapsedNs,
      ...(session === null ? {} : this.#verification!.report(session)),
      ...endZones(workload),
      series: measured.series,
      ...(measured.iopsSeries === null ? {} : { iopsSeries: measured.iopsSeries }),
      ...usagePart(used),
      // io-wq threads end when idle, and their time then goes to the process: never report less than nothing.
      ringThreadCpuNs: Math.max(0, ringAfterNs - ringBeforeNs),
      ...levelsPart(levels),
      engine: engine.describe(),
      clockReadNs: this.#clockReadNs,
      loopNsPerIo: 0,
      garbageCollectionCount: await this.#collections.count(),
      seed,
      error: this.#errorOf(errors, measured.abandonedCount),
      toleratedErrorCount: errors.toleratedCount,
      firstToleratedErrno: tolerated === null ? 0 : tolerated.errno,
      fatalIsCounted: errors.fatalIsCounted,
      endedInRamp: measured.endedInRamp,
      toleratedErrors: errors.dumped.map((error) => describeError(this.#planned, this.#files, error)),
      depthFound: depthSearch?.depth ?? null,
      ...(kernelWork === undefined ? {} : { kernelWork }),
      ended: errors.fatalError !== null || measured.abandonedCount > 0 ? 'error' : measured.ended,
    });
  }

  /** `exec_postrun`, after the job has run. Throws `UserError` when it fails. */
  async finish(): Promise<void> {
    const { job } = this.#planned;
    this.#places?.tidy();
    const failure = this.#engine?.failure?.() ?? null;
    if (failure !== null) throw this.#commands!.programFailure(job, failure);
    const { execPostrun } = job.process;
    // A job that was stopped is tidied up after as well, unless the user is in a hurry.
    const isHurried = (): boolean => this.#shared.control[controlCommand]! >= Command.abandon;
    if (execPostrun !== null) await this.#commands!.runCommand(job, 'postrun', execPostrun, isHurried);
  }

  readonly #isStopping = (): boolean => this.#shared.control[controlCommand]! >= Command.end;

  /** Releases everything, in the reverse order. Safe after a `prepare` that failed. */
  close(): void {
    this.#sqThread?.withdraw();
    this.#engine?.close();
    this.#engine = null;
    this.#places?.close();
    if (this.#program !== null) this.#commands!.closeProgram(this.#program);
    this.#program = null;
    closeFiles(this.#files);
    this.#files = [];
    this.#buffers?.free();
    this.#buffers = null;
    this.#lockedMemory?.free();
    this.#lockedMemory = null;
    this.#kernelWatch?.close();
    this.#kernelWatch = null;
  }

  /**
   * Runs the very loop of the job on a file in memory until V8 has compiled it, so that compilation is not measured and
   * the target is not touched. Several rounds, each on objects of its own: code compiled when it has seen one engine and
   * one workload is specialised for these very objects, and would be thrown away when the real ones come.
   */
  #rehearse(module: EngineModule): void {
    const { job, files } = this.#planned;
    const region = rehearsalRegion(files, Math.max(...blockBytesUsed(job)), fileSizeLimitBytes());
    const descriptor = createScratchFile(region.fileBytes);
    try {
      for (const nsMax of rehearsalRoundsNsMax) this.#rehearseOnce(module, descriptor, region, nsMax);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  #rehearseOnce(module: EngineModule, descriptor: number, region: WorkloadFile, nsMax: number): void {
    const sizeBytes = region.fileBytes;
    const { job, engine: options, files: planned } = this.#planned;
    const files = planned.map(
      ({ kind }): OpenFile => ({
        path: 'rehearsal',
        descriptor,
        kind: kind === 'memory' ? 'memory' : 'file',
        sizeBytes,
      }),
    );
    const regions = files.map(() => region);
    // What a file in memory cannot do is left out: polling, and flags of single calls.
    const possible = { ...options, iopoll: false, sqpollCpu: null };
    const priorities = this.#createPriorities(false);
    const engine = this.#openEngine(module, { ...this.#engineSetup(files, possible, priorities), rehearses: true });
    try {
      const workload = this.#createRehearsedWorkload(job, region, regions);
      const scratch = createSharedState(latencyKinds(this.#planned));
      const times = createSlotTimes(this.#slotCount);
      const logs = this.#createLogs(times, null, priorities);
      const { loop } = createLoop({
        planned: { ...this.#planned, job: rehearsed(job) },
        requests: this.#requests,
        engine: trimmingZones(engine, this.#planned, this.#requests, workload),
        workload,
        source: logs?.source(workload) ?? workload,
        shared: scratch,
        clock: this.#clock,
        random: this.#random,
        times,
        observers: withPriorities(logs?.observers ?? [], this.#createPriorityRecorder(priorities, times)),
        flow: createFlows([{ job }])[0]!,
      });
      rehearseLoop({ loop, workload, shared: scratch, nowNs: this.#clock.nowNs, nsMax });
    } finally {
      engine.close();
    }
  }

  #createRehearsedWorkload(job: Job, region: WorkloadFile, regions: readonly WorkloadFile[]): JobWorkload {
    const { recording } = this.#planned;
    if (recording === null) {
      return this.#createWorkload(forRehearsal(job.workload), regions, Number.POSITIVE_INFINITY);
    }
    const folded = foldRecording(recording, region.regionOffsetBytes, region.regionBytes, destroysData(job));
    const forever = Number.POSITIVE_INFINITY;
    return new ReplayWorkload(this.#requests, folded, this.#payload, forever, forever, forever);
  }

  #createLogs(
    times: SlotTimes,
    memory: SharedArrayBuffer | null,
    priorities: CommandPriorities | null,
  ): WorkerLogs | null {
    const { control } = this.#shared;
    return createWorkerLogs(this.#planned, {
      memory,
      requests: this.#requests,
      times,
      clock: this.#clock,
      priorities,
      mustGiveUp: () => Atomics.load(control, controlCommand) === Command.abandon,
    });
  }

  #createPayload(buffers: SlotBuffers): Payload {
    const slots = Array.from({ length: buffers.slotCount }, (_, slot) => {
      const bytes = buffers.slot(slot);
      return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    });
    return createPayload(this.#planned, slots, this.#random);
  }

  async #createVerification(buffers: SlotBuffers): Promise<Verification | null> {
    if (this.#planned.job.verify.kind === 'none') return null;
    const { createVerification } = await import('./verify/create.js');
    return createVerification({
      planned: this.#planned,
      requests: this.#chains?.setup.steps ?? this.#requests,
      buffers: Array.from({ length: buffers.slotCount }, (_, slot) => buffers.slot(slot)),
      random: this.#random,
      clock: this.#clock,
      payload: this.#payload,
      onMismatch: this.#onMismatch,
    });
  }

  /** At most one of the two: chains are not read back. */
  #createCheckers(workload: JobWorkload, engine: Engine) {
    const keeper = this.#createPromiseKeeper(workload);
    const isRead = this.#chains === null && this.#planned.promises === undefined;
    const session = isRead ? (this.#verification?.createSession(workload, this.#files, engine) ?? null) : null;
    const checkers = [keeper, session].filter((each) => each !== null);
    return { keeper, session, checkers, paced: keeper ?? session ?? workload };
  }

  #createPromiseKeeper(workload: JobWorkload): PromiseKeeper | null {
    const { promises, job, workerIndex } = this.#planned;
    if (promises === undefined || this.#verification === null || !destroysData(job)) return null;
    return new PromiseKeeper({
      descriptor: promises.descriptor,
      job: workerIndex,
      workload,
      requests: this.#requests,
      chain: this.#chains?.setup ?? null,
      numberOf: this.#verification.writer.numberOf,
      syncsWrites: job.target.sync !== 'none',
      nowNs: this.#clock.nowNs,
    });
  }

  #createPassingWorkload(passes: PassSeries, engine: Engine): { workload: JobWorkload; engine: Engine } {
    const restarted = passes.restarted(this.#files, engine);
    const workload = this.#createWorkload(passes.workload, this.#planned.files, passes.ioBytes, restarted);
    return { workload, engine: trimmingZones(engine, this.#planned, this.#requests, workload) };
  }

  #createWorkload(
    options: PlannedWorker['job']['workload'],
    regions: readonly WorkloadFile[],
    ioBytes: number,
    restarted: ((file: number) => void) | null = null,
  ): JobWorkload {
    const { job, files, passBytes, ioSizeBytes, recording, fileWork } = this.#planned;
    if (this.#isBesideIo) return new BesideIoWorkload(this.#requests, requestCountOf(job.engine));
    const content = this.#verification?.writer ?? this.#payload;
    if (fileWork !== null) {
      const nameCount = fileWork.paths.length;
      return new NameWorkload(this.#requests, options, nameCount, this.#random, this.#payload, ioBytes);
    }
    if (recording !== null) {
      const roundCount = job.schedule.timeBased ? Number.POSITIVE_INFINITY : options.loops;
      return new ReplayWorkload(this.#requests, recording, this.#payload, ioBytes, ioCountLimit(options), roundCount);
    }
    const openMax = job.target.openFileCount;
    const plain = isPlain(job.workload, files, openMax);
    const amount = { ioBytes, passBytes, ioSizeBytes };
    const surroundings = { asynchronous: takesAhead(this.#planned), restarted };
    // `number_ios` counts chains.
    const single = this.#chains === null ? options : { ...options, ioCountMax: null };
    const create = (requests: Requests, payload: WriteBuffers | null): JobWorkload =>
      createWorkload(plain, requests, single, regions, this.#random, payload, amount, openMax, surroundings);
    if (this.#zones !== null) {
      const isReal = regions === files;
      return createZonedWorkload({
        planned: this.#planned,
        memory: this.#zones,
        requests: this.#requests,
        payload: content,
        createSource: (staged) => asMovable(create(staged, null)),
        region: regions[0]!,
        file: isReal ? this.#files[0]! : null,
      });
    }
    if (this.#chains !== null) {
      return this.#chains.createWorkload(options, regions, create(this.#chains.setup.steps, content));
    }
    return serializes(this.#planned)
      ? new SerializedWorkload(this.#requests, content, (staged) => create(staged, null))
      : create(this.#requests, content);
  }

  get #isBesideIo(): boolean {
    return engineTraits(this.#planned.job.engine.name).besideIo;
  }

  #ioBytes(): number {
    return this.#planned.ioBytes ?? Number.POSITIVE_INFINITY;
  }

  #openEngine(module: EngineModule, setup: EngineSetup): Engine {
    const { lockFile } = this.#planned.job.target;
    const engine = module.openEngine(setup);
    return lockFile === 'none' ? engine : withFileLocks(engine, setup, lockFile);
  }

  #createPriorities(applies: boolean): CommandPriorities | null {
    const { engine, job } = this.#planned;
    const options = engine.commandPriority;
    if (!drawsPriorities(options)) return null;
    const random = this.#random.stream(RandomUse.engine);
    return new CommandPriorities(options, this.#requests, jobPriority(job.process), random, applies);
  }

  #createPriorityRecorder(priorities: CommandPriorities | null, times: SlotTimes): PriorityRecorder | null {
    if (priorities === null) return null;
    const sinceSubmitted = timesSubmission(this.#planned) && !this.#planned.job.measure.totalPercentiles;
    return new PriorityRecorder(priorities, this.#requests, times, sinceSubmitted ? times.submittedNs : times.issuedNs);
  }

  #engineSetup(
    files: readonly OpenFile[],
    options: EngineSetup['options'],
    priorities: CommandPriorities | null,
  ): EngineSetup {
    return {
      options,
      depth: this.#slotCount,
      requests: this.#requests,
      files,
      buffers: this.#buffers!.slotCount < this.#slotCount ? { ...this.#buffers!, strideBytes: 0 } : this.#buffers!,
      blockBytesMax: Math.max(...blockBytesUsed(this.#planned.job)),
      writes: destroysData(this.#planned.job),
      random: this.#random.stream(RandomUse.engine),
      syncRangeFlags: syncRangeFlags(this.#planned.job.workload.syncRange),
      ownPriority: jobPriority(this.#planned.job.process),
      priorities,
      accessAdvice: adviceOf(this.#planned.job),
      fileWork: this.#places?.engineWork(this.#planned.job.target) ?? null,
      ...(this.#chains === null ? {} : { chain: this.#chains.setup }),
      endpoint: this.#endpoint,
      program: this.#program,
    };
  }

  #errorOf({ fatalError }: ErrorPolicy, abandonedCount: number): WorkerError | null {
    if (fatalError !== null) return describeError(this.#planned, this.#files, fatalError);
    if (abandonedCount === 0) return null;
    return {
      errno: Errno.ETIMEDOUT,
      during: `${abandonedCount} requests that were never answered and had to be given up`,
    };
  }
}
