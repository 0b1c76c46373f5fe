/**
 * What runs on each host of a fleet: plans and runs one job for whoever leads the run, over one pipe each way. Never
 * outlives its leader by more than its lease: then it drains, and ends.
 */
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { planJobs } from '../cli/job-input.js';
import { answerSignals, leave } from '../cli/signals.js';
import type { Includes } from '../job/ini.js';
import { machineSubstitutions } from '../job/machine.js';
import type { Plan } from '../plan/types.js';
import { serialiseResult } from '../results/fio-json.js';
import { schemaVersion } from '../results/version.js';
import { packageOf, runDocument } from '../run/document.js';
import { type JobInput, parseJobInput } from '../run/variant-flags.js';
import { runPlan } from '../runner/coordinator.js';
import { RunControl } from '../runner/run-control.js';
import { RunWatch } from '../runner/run-watch.js';
import type { WorkerHandle } from '../runner/worker-handle.js';
import { ExitCode, UserError } from '../support/errors.js';
import { Random } from '../support/random.js';
import type { Clock } from '../system/clock.js';
import { readText } from '../system/small-files.js';
import type { Progress, StepOutcome } from '../worker/outcome.js';
import { controlPhase, markStartNs, Phase } from '../worker/shared-state.js';
import { Assembler, LineReader, linesOf, ProtocolError } from './lines.js';
import { monotonicNs } from './monotonic.js';
import { plannedTargets } from './planned-targets.js';
import {
  type AgentMessage,
  type JobMessage,
  type LeaderMessage,
  leaderMessageOf,
  leaseMs,
  protocolVersion,
  sentProblems,
} from './protocol.js';

/** In which what is in flight is drained, cancelled, and reported, when nobody leads any more. */
const drainMs = 1000;
/** A look at whether anybody leads. */
const leaseLookMs = 500;
/** Ticks are left out while so much waits for a leader that does not read. */
const waitingBytesMax = 2 ** 20;

interface Planned {
  readonly plan: Plan;
  readonly input: JobInput;
  readonly job: JobMessage;
}

export class Agent {
  readonly #output: Writable;
  readonly #root: string;
  readonly #control = new RunControl();
  readonly #reader = new LineReader();
  readonly #assembler = new Assembler();
  #heardMs = performance.now();
  #planned: Planned | null = null;
  #runs: Promise<void> | null = null;
  #step = -1;
  /** Of the step that waits at the barrier. */
  #begin: ((atNs: number | null) => void) | null = null;
  #isOver = false;
  #settle: (status: ExitCode) => void = () => {};

  /** @param root the package's folder */
  constructor(output: Writable, root: string) {
    this.#output = output;
    this.#root = root;
  }

  /** Settles when the leader has said goodbye, or is gone. */
  serve(input: Readable): Promise<ExitCode> {
    const over = new Promise<ExitCode>((resolve) => {
      this.#settle = resolve;
    });
    answerSignals({ stop: (signal) => this.#end(`ended by ${signal}`), status: () => {} });
    // Nobody reads any more: told by the end of the input as well.
    this.#output.on('error', () => this.#end('nobody reads what it says'));
    input.on('data', (chunk: Buffer) => this.#feed(chunk));
    input.on('end', () => this.#end('whoever led the run is gone'));
    input.on('error', () => this.#end('whoever led the run is gone'));
    const lease = setInterval(() => this.#lookAtLease(), leaseLookMs);
    this.#sayHello();
    return over.finally(() => {
      clearInterval(lease);
      input.destroy();
    });
  }

  #sayHello(): void {
    this.#say({
      type: 'hello',
      protocol: protocolVersion,
      version: packageOf(this.#root).version,
      schema: schemaVersion,
      node: process.versions.node,
      arch: process.arch,
      kernel: readText('/proc/sys/kernel/osrelease') ?? '',
      hostname: hostname(),
      bootId: bootId(),
      nowNs: monotonicNs(),
    });
  }

  #say(message: AgentMessage): void {
    for (const line of linesOf(message)) this.#output.write(line);
  }

  #feed(chunk: Buffer): void {
    this.#heardMs = performance.now();
    try {
      for (const line of this.#reader.feed(chunk)) {
        const value = this.#assembler.add(line);
        if (value !== undefined) this.#obey(leaderMessageOf(value));
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      process.stderr.write(`iotest agent: whoever leads the run is not understood: ${error.message}\n`);
      this.#end('whoever leads the run is not understood');
    }
  }

  #obey(message: LeaderMessage): void {
    if (message.type === 'ping') this.#say({ type: 'pong', id: message.id, nowNs: monotonicNs() });
    else if (message.type === 'job') this.#plan(message);
    else if (message.type === 'prepare') this.#prepare();
    else if (message.type === 'go') this.#go(message.step, message.atNs);
    else if (message.type === 'stop') this.#stop();
    else this.#leaveOrderly();
  }

  #plan(job: JobMessage): void {
    if (this.#planned !== null) throw new ProtocolError('it sent a second job');
    try {
      const host = { name: hostname(), index: job.index, count: job.count };
      const substitutions = { ...machineSubstitutions(), host, include: shippedIncludes(job.included) };
      const input = parseJobInput(job.files, job.flags, substitutions);
      const random = Random.fromSeed(job.orderSeed);
      const plan = planJobs(input.variants, job.flags, true, () => random.nextShortFraction() < 0.5);
      this.#planned = { plan, input, job };
      this.#say({ type: 'planned', targets: plannedTargets(plan, bootId()), stepCount: plan.steps.length });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#say({ type: 'refused', problems: sentProblems(error.problems), exitCode: error.exitCode });
    }
  }

  #prepare(): void {
    if (this.#planned === null || this.#runs !== null) throw new ProtocolError('it asked to run what was not planned');
    this.#runs = this.#run(this.#planned);
  }

  async #run({ plan, input, job }: Planned): Promise<void> {
    try {
      const watch = new AgentWatch(plan, this.#watchers());
      const hooks = {
        control: this.#control,
        explains: job.explains,
        barrier: (canStart: boolean) => this.#waitAtBarrier(canStart, watch),
        onProgress: (progress: Progress) => this.#tick(progress, watch),
        watch,
      };
      const { jobFile } = input;
      const facts = { plan, jobFile, commandLine: job.commandLine, root: this.#root };
      const document = await runDocument(facts, () => runPlan(plan, hooks));
      this.#say({ type: 'result', document: serialiseResult(document) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#say({ type: 'failed', problems: sentProblems(error.problems), exitCode: error.exitCode });
    }
  }

  #watchers(): StepListener {
    return {
      started: (lateNs) => this.#say({ type: 'started', step: this.#step, lateNs }),
      ended: (durationNs) => this.#say({ type: 'ended', step: this.#step, durationNs }),
    };
  }

  async #waitAtBarrier(canStart: boolean, watch: AgentWatch): Promise<number | null> {
    this.#step++;
    const told = new Promise<number | null>((resolve) => {
      this.#begin = resolve;
    });
    this.#say({ type: 'ready', step: this.#step, canStart });
    if (this.#control.isStopping) this.#begin?.(null);
    const atNs = await told;
    this.#begin = null;
    if (atNs === null) return null;
    watch.expect(atNs);
    return performance.now() + (atNs - monotonicNs()) / 1e6;
  }

  #go(step: number, atNs: number): void {
    // It may have been stopped on its own meanwhile.
    if (step === this.#step) this.#begin?.(atNs);
  }

  #tick(progress: Progress, watch: AgentWatch): void {
    watch.tellStart();
    if (this.#output.writableLength < waitingBytesMax) {
      this.#say({ type: 'tick', progress: { ...progress, jobNames: [...progress.jobNames] } });
    }
  }

  #stop(): void {
    this.#control.requestStop();
    this.#begin?.(null);
  }

  #leaveOrderly(): void {
    this.#isOver = true;
    this.#output.end(() => this.#settle(ExitCode.ok));
  }

  /** Timers of a process that was stopped, or too busy, fire before it hears what has come meanwhile. */
  #lookAtLease(): void {
    if (performance.now() - this.#heardMs < leaseMs) return;
    setImmediate(() =>
      setImmediate(() => {
        if (performance.now() - this.#heardMs >= leaseMs) this.#end(`nothing was heard for ${leaseMs / 1000} s`);
      }),
    );
  }

  /** Nobody leads: no host goes on writing without. */
  #end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stop();
    const farewell = () => leave('SIGHUP', `iotest agent: ${why}\n`, ExitCode.failed);
    if (this.#runs === null) farewell();
    setTimeout(() => this.#control.requestStop(), drainMs / 2);
    const latest = setTimeout(farewell, drainMs);
    void this.#runs?.finally(() => {
      clearTimeout(latest);
      farewell();
    });
  }
}

function bootId(): string | null {
  return readText('/proc/sys/kernel/random/boot_id');
}

/** Files that the job includes, as they were read where the run is led, under the names that were looked up there. */
function shippedIncludes(files: JobMessage['included']): Includes {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return {
    read: (name, includingFile) => {
      const path = [name, join(dirname(includingFile), name)].find((each) => texts.has(each));
      if (path !== undefined) return { ok: true, path, text: texts.get(path)!, doubt: null };
      const message = `there is no file ${name} to include`;
      return { ok: false, message, advice: 'its name may not depend on the host' };
    },
    identityOf: (path) => path,
  };
}

interface StepListener {
  readonly started: (lateNs: number) => void;
  readonly ended: (durationNs: number) => void;
}

/** Sees when the workers of each step began, by the memory that they share. */
class AgentWatch extends RunWatch {
  readonly #listener: StepListener;
  #handles: readonly WorkerHandle[] = [];
  #clock: Clock | null = null;
  /** When the step was to begin; null before, and when that was told. */
  #atNs: number | null = null;

  constructor(plan: Plan, listener: StepListener) {
    super(plan, []);
    this.#listener = listener;
  }

  expect(atNs: number): void {
    this.#atNs = atNs;
  }

  override begin(stepIndex: number, handles: readonly WorkerHandle[], clock: Clock): void {
    super.begin(stepIndex, handles, clock);
    this.#handles = handles;
    this.#clock = clock;
  }

  override end(outcome: StepOutcome): void {
    this.tellStart();
    super.end(outcome);
    this.#handles = [];
    this.#atNs = null;
    const durations = outcome.workers.map(({ report }) => report?.elapsedNs ?? 0);
    if (outcome.workers.some(({ report }) => report !== null)) this.#listener.ended(Math.max(...durations));
  }

  /** Once for each step, as soon as a worker measures. Ramps and delays that the job asks for are not late. */
  tellStart(): void {
    const clock = this.#clock;
    if (this.#atNs === null || clock === null) return;
    const begun = this.#handles.filter(({ control }) => control[controlPhase]! >= Phase.measuring);
    if (begun.length === 0) return;
    const meantMs = ({ planned: { job } }: WorkerHandle) => job.schedule.rampMs + job.schedule.startDelayMs.min;
    const starts = begun.map((handle) => handle.shared.marks[markStartNs]! - meantMs(handle) * 1e6);
    this.#listener.started(clock.baseNs + Math.min(...starts) - this.#atNs);
    this.#atNs = null;
  }
}
