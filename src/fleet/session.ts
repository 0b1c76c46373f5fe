/** One host of a run, from where it is led: the process that reaches it, what was said, and how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { IotestDocument } from '../results/document.js';
import { parseResult } from '../results/parse.js';
import { schemaVersion } from '../results/version.js';
import { type ExitCode, type Problem, UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import type { Progress } from '../worker/outcome.js';
import { type ClockOffset, clockOffset, type RoundTrip } from './clock-offset.js';
import type { Host } from './hosts.js';
import type { Launcher } from './launcher.js';
import { Assembler, LineReader, linesOf, ProtocolError } from './lines.js';
import { monotonicNs } from './monotonic.js';
import {
  type AgentMessage,
  agentMessageOf,
  type Hello,
  type JobMessage,
  type LeaderMessage,
  type PlannedMessage,
  protocolVersion,
  receivedProblems,
} from './protocol.js';

/** Without a word while it measures, and before: laying out and looking at targets can keep a host from answering. */
const silenceMsWhileRunning = 5000;
const silenceMsBefore = 60_000;
/** To log in and to start. */
const helloMs = 45_000;
const roundTripCount = 40;
/** Lines before the hello, as a login may print them, and lines on stderr that are passed on. */
const strangeLinesMax = 200;
const stderrLinesMax = 200;
const shownLength = 400;

export interface SessionListener {
  /** A line for people, about this host. */
  readonly say: (text: string) => void;
  /** Something has changed that a barrier may wait for. */
  readonly changed: () => void;
  readonly lost: (session: HostSession) => void;
}

/** How a host came out. */
export type HostEnd =
  | { readonly kind: 'result'; readonly document: IotestDocument }
  /** It said why it gives none. */
  | { readonly kind: 'failed'; readonly problems: readonly Problem[]; readonly exitCode: ExitCode }
  /** The connection ended, or it fell silent, or it said what we do not understand. */
  | { readonly kind: 'lost'; readonly reason: string; readonly advice: string | null };

interface StepTiming {
  lateNs: number;
  durationNs: number;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export class HostSession {
  readonly host: Host;
  hello: Hello | null = null;
  clock: ClockOffset | null = null;
  driftNs: number | null = null;
  end: HostEnd | null = null;
  progress: Progress | null = null;
  /** The step at whose barrier it waits; null = at none. */
  waitsAt: number | null = null;
  readonly steps: (StepTiming | undefined)[] = [];
  readonly #launcher: Launcher;
  readonly #version: string;
  readonly #listener: SessionListener;
  readonly #child: ChildProcess;
  readonly #reader = new LineReader();
  readonly #assembler = new Assembler();
  readonly #stderr = new LineReader();
  readonly #greeted = deferred<void>();
  readonly #answered = deferred<PlannedMessage | null>();
  readonly #over = deferred<void>();
  readonly #closed = deferred<void>();
  #pongs = new Map<number, (hostNs: number) => void>();
  #pingCount = 0;
  #heardMs = performance.now();
  #strangeLines: string[] = [];
  #stderrCount = 0;
  #lastStderr = '';
  #isLeft = false;
  #isMeasuring = false;

  /** @param version of iotest here */
  constructor(host: Host, launcher: Launcher, version: string, listener: SessionListener) {
    this.host = host;
    this.#launcher = launcher;
    this.#version = version;
    this.#listener = listener;
    const { command, arguments: words } = launcher.commandFor(host.name);
    // In a session of its own: Ctrl-C at our terminal is ours to answer, and ssh would end by it.
    this.#child = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child.on('error', (error) => this.#lose(`${command} cannot be started: ${error.message}`));
    this.#child.stdin!.on('error', () => {});
    this.#child.stdout!.on('data', (chunk: Buffer) => this.#guarded(() => this.#feed(chunk)));
    this.#child.stderr!.on('data', (chunk: Buffer) => this.#passOn(chunk));
    this.#child.on('close', (status, signal) => this.#close(status, signal));
  }

  /** Settles when it has said hello, or has ended. */
  get greeted(): Promise<void> {
    return Promise.race([this.#greeted.promise, this.#over.promise]);
  }

  /** What it would do; null when it refuses or has ended. */
  plan(job: JobMessage): Promise<PlannedMessage | null> {
    this.#say(job);
    return Promise.race([this.#answered.promise, this.#over.promise.then(() => null)]);
  }

  /** Settles when there is an `end`. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  prepare(): void {
    this.#say({ type: 'prepare' });
  }

  /** @param atNs on our clock; that of the host must have been measured */
  go(atNs: number): void {
    if (this.waitsAt === null || this.clock === null) return;
    this.#say({ type: 'go', step: this.waitsAt, atNs: Math.round(atNs + this.clock.offsetNs) });
    this.waitsAt = null;
    this.#isMeasuring = true;
  }

  stop(): void {
    if (this.end === null) this.#say({ type: 'stop' });
  }

  /** 40 round trips, one after the other; null when it ended meanwhile. */
  async measureClock(): Promise<ClockOffset | null> {
    const trips: RoundTrip[] = [];
    while (trips.length < roundTripCount) {
      const sentNs = monotonicNs();
      const hostNs = await Promise.race([this.#ping(), this.#closed.promise.then(() => null)]);
      if (hostNs === null) return null;
      trips.push({ sentNs, hostNs, receivedNs: monotonicNs() });
    }
    return clockOffset(trips);
  }

  /** Keeps its lease, and looks whether it still answers. @param pausedMs for which we ourselves did nothing */
  beat(pausedMs: number): void {
    if (this.#isLeft || this.#closedAlready) return;
    this.#heardMs += pausedMs;
    void this.#ping();
    const silentMs = performance.now() - this.#heardMs;
    if (this.end !== null) return;
    if (this.hello === null) {
      if (silentMs > helloMs) this.#lose(`it has not answered for ${helloMs / 1000} s`);
      return;
    }
    const limitMs = this.#isMeasuring ? silenceMsWhileRunning : silenceMsBefore;
    if (silentMs > limitMs) this.#lose(`nothing was heard of it for ${limitMs / 1000} s`);
  }

  /** Says goodbye, and ends the process that reaches it when that does not end by itself. */
  async leave(): Promise<void> {
    if (!this.#isLeft) {
      this.#isLeft = true;
      this.#say({ type: 'bye' });
      this.#child.stdin!.end();
    }
    const late = setTimeout(() => this.#kill(), 2000);
    await this.#closed.promise;
    clearTimeout(late);
  }

  get #closedAlready(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #kill(): void {
    this.#child.stdout!.destroy();
    this.#child.stderr!.destroy();
    this.#child.kill('SIGKILL');
  }

  #ping(): Promise<number> {
    const id = this.#pingCount++;
    const answer = new Promise<number>((resolve) => this.#pongs.set(id, resolve));
    this.#say({ type: 'ping', id });
    // One that does not answer is found out soon: no more are waited for than can be told apart.
    if (this.#pongs.size > 1000) this.#pongs.delete(this.#pongs.keys().next().value!);
    return answer;
  }

  #say(message: LeaderMessage): void {
    if (this.#child.stdin!.writable) for (const line of linesOf(message)) this.#child.stdin!.write(line);
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof ProtocolError) this.#lose(error.message);
      else if (error instanceof UserError) this.#lose(error.message);
      else throw error;
    }
  }

  #feed(chunk: Buffer): void {
    this.#heardMs = performance.now();
    if (this.end?.kind === 'lost') return;
    for (const line of this.#reader.feed(chunk)) {
      if (this.hello === null) this.#expectHello(line);
      else {
        const value = this.#assembler.add(line);
        if (value !== undefined) this.#take(agentMessageOf(value));
      }
    }
  }

  /** What a login prints stands before it. */
  #expectHello(line: string): void {
    if (!line.startsWith('{"type":"hello"')) {
      this.#strangeLines.push(line.slice(0, shownLength));
      if (this.#strangeLines.length > strangeLinesMax)
        throw new ProtocolError('it prints, and no agent begins to speak');
      return;
    }
    const message = agentMessageOf(this.#assembler.add(line));
    if (message.type !== 'hello') return;
    const { protocol, version, schema } = message;
    if (protocol !== protocolVersion || version !== this.#version || schema !== schemaVersion) {
      const advice = `install iotest ${this.#version} there, or name it with --agent PATH`;
      this.#lose(`it has iotest ${printable(version)}, and here is ${this.#version}`, advice);
      return;
    }
    this.hello = message;
    this.#greeted.resolve();
  }

  #take(message: AgentMessage): void {
    switch (message.type) {
      case 'hello':
        throw new ProtocolError('it said hello twice');
      case 'planned':
        this.#answered.resolve(message);
        break;
      case 'refused':
      case 'failed': {
        const problems = receivedProblems(message.problems);
        this.#finish({ kind: 'failed', problems, exitCode: message.exitCode as ExitCode });
        break;
      }
      case 'ready':
        this.waitsAt = message.step;
        this.#isMeasuring = false;
        this.#listener.changed();
        break;
      case 'pong':
        this.#pongs.get(message.id)?.(message.nowNs);
        this.#pongs.delete(message.id);
        break;
      case 'started':
        this.#timingOf(message.step).lateNs = message.lateNs;
        break;
      case 'ended':
        this.#timingOf(message.step).durationNs = message.durationNs;
        this.#isMeasuring = false;
        break;
      case 'tick':
        this.progress = message.progress;
        break;
      case 'result':
        this.#finish({ kind: 'result', document: this.#documentOf(message.document) });
    }
  }

  #timingOf(step: number): StepTiming {
    if (step > this.steps.length) throw new ProtocolError('it tells of a step that did not begin');
    const timing = this.steps[step] ?? { lateNs: 0, durationNs: 0 };
    this.steps[step] = timing;
    return timing;
  }

  #documentOf(text: string): IotestDocument {
    const document = parseResult(text, `the result of ${this.host.name}`);
    if (document.iotest === undefined) throw new ProtocolError('its result is none of ours');
    return document as IotestDocument;
  }

  #finish(end: HostEnd): void {
    if (this.end !== null) return;
    this.end = end;
    this.waitsAt = null;
    this.#over.resolve();
    this.#listener.changed();
  }

  #lose(reason: string, advice: string | null = null): void {
    if (this.end !== null) return;
    // It may hold words of the host.
    this.#finish({ kind: 'lost', reason: printable(reason), advice });
    this.#child.stdin!.end();
    this.#kill();
    this.#listener.lost(this);
  }

  #close(status: number | null, signal: NodeJS.Signals | null): void {
    this.#closed.resolve();
    if (this.end !== null) return;
    const { command } = this.#launcher.commandFor(this.host.name);
    const how = signal === null ? `status ${status}` : signal;
    const said = this.#lastStderr === '' ? '' : `: ${this.#lastStderr}`;
    if (this.hello !== null) this.#lose(`the connection ended: ${command} ended with ${how}${said}`);
    else {
      const printed = this.#strangeLines.length === 0 ? '' : `; it printed: ${printable(this.#strangeLines.at(-1)!)}`;
      const advice =
        status === 127
          ? 'install iotest there, or name it with --agent PATH'
          : `try it: ${printable(this.#launcher.trial(this.host.name))}`;
      this.#lose(`no agent runs there: ${command} ended with ${how}${said}${printed}`, advice);
    }
  }

  #passOn(chunk: Buffer): void {
    try {
      for (const line of this.#stderr.feed(chunk)) {
        const text = printable(line.slice(0, shownLength).trimEnd());
        if (text === '') continue;
        this.#lastStderr = text;
        // What a login has to say is of interest only when nothing comes of it, and is told as the reason then.
        if (this.hello === null) continue;
        this.#stderrCount++;
        if (this.#stderrCount <= stderrLinesMax) this.#listener.say(text);
        if (this.#stderrCount === stderrLinesMax) this.#listener.say('what else it says is left out');
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#child.stderr!.destroy();
    }
  }
}
