/**
 * Leads one run on many hosts: all plan, and only when none refuses do they prepare; all begin each step together; what
 * each measured becomes one result. One process per host, and nothing that stays.
 */
import { randomInt } from 'node:crypto';
import type { JobFlags } from '../cli/flags.js';
import { answerSignals, leave, type StopSignal } from '../cli/signals.js';
import type { IotestDocument, ResultHost } from '../results/document.js';
import { packageOf } from '../run/document.js';
import type { JobInput } from '../run/variant-flags.js';
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { leadNs } from './clock-offset.js';
import type { Fleet, Host } from './hosts.js';
import { LiveHosts } from './live-hosts.js';
import { mergeHosts } from './merge.js';
import { monotonicNs } from './monotonic.js';
import { type JobMessage, pingIntervalMs } from './protocol.js';
import { type HostEnd, HostSession } from './session.js';
import { sharedTargetProblems } from './shared-targets.js';

interface LeaderOptions {
  readonly fleet: Fleet;
  readonly input: JobInput;
  readonly flags: JobFlags;
  readonly explains: boolean;
  /** A host that is lost while it measures does not end the others. */
  readonly keepsGoing: boolean;
  readonly quiet: boolean;
  readonly commandLine: readonly string[];
  /** The package's folder. */
  readonly root: string;
}

interface FleetOutcome {
  readonly document: IotestDocument;
  /** Not all hosts gave a whole result. */
  readonly hasLost: boolean;
}

/** Throws `UserError` when nothing was measured. */
export async function leadRun(options: LeaderOptions): Promise<FleetOutcome> {
  const leader = new Leader(options);
  try {
    return await leader.run();
  } finally {
    await leader.leave();
  }
}

class Leader {
  readonly #options: LeaderOptions;
  readonly #sessions: readonly HostSession[];
  readonly #live: LiveHosts;
  readonly #heart: NodeJS.Timeout;
  #beatMs = performance.now();
  #wishCount = 0;
  /** Something has gone wrong, or was wished: no further step begins. */
  #isStopping = false;
  #isReleasing = false;
  #hasPrepared = false;

  constructor(options: LeaderOptions) {
    this.#options = options;
    const { version } = packageOf(options.root);
    this.#live = new LiveHosts(options.quiet);
    this.#sessions = options.fleet.hosts.map(
      (host) =>
        new HostSession(host, options.fleet.launcher, version, {
          say: (text) => this.#live.say(`${host.name}: ${text}`),
          changed: () => this.#change(),
          lost: (session) => this.#tellLost(session),
        }),
    );
    this.#heart = setInterval(() => this.#beat(), pingIntervalMs);
    answerSignals({ stop: (signal) => this.#wish(signal), status: () => this.#live.tell(this.#sessions) });
  }

  async run(): Promise<FleetOutcome> {
    await Promise.all(this.#sessions.map(({ greeted }) => greeted));
    this.#throwRefusals();
    await this.#planAll();
    this.#hasPrepared = true;
    for (const session of this.#sessions) session.prepare();
    if (this.#isStopping) for (const session of this.#sessions) session.stop();
    await Promise.all(this.#sessions.map(({ over }) => over));
    await this.#measureDrift();
    this.#live.clear();
    return this.#outcome();
  }

  async leave(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.leave()));
    clearInterval(this.#heart);
    this.#live.clear();
  }

  /** Timers of ours that are late have kept us from hearing, too: that is no silence of the hosts. */
  #beat(): void {
    const nowMs = performance.now();
    const pausedMs = Math.max(0, nowMs - this.#beatMs - 2 * pingIntervalMs);
    this.#beatMs = nowMs;
    for (const session of this.#sessions) session.beat(pausedMs);
    this.#live.update(this.#sessions);
  }

  #wish(signal: StopSignal): void {
    this.#wishCount++;
    if (!this.#hasPrepared || this.#wishCount > 2) leave(signal);
    this.#live.say(
      this.#wishCount === 1
        ? 'stopping: what is in flight is finished and reported (once more to leave at once)'
        : 'leaving: cancelling what is in flight',
    );
    this.#stopAll();
  }

  #stopAll(): void {
    this.#isStopping = true;
    for (const session of this.#sessions) session.stop();
  }

  #tellLost({ host, end }: HostSession): void {
    if (this.#hasPrepared && end?.kind === 'lost') this.#live.say(`${host.name}: lost: ${end.reason}`);
  }

  #change(): void {
    if (!this.#hasPrepared) return;
    const isWhole = this.#sessions.every(({ end }) => end === null || end.kind === 'result');
    if (!isWhole && !this.#options.keepsGoing && !this.#isStopping) this.#stopAll();
    void this.#lookAtBarrier();
  }

  /** What each of several hosts says the same is told once. */
  #throwRefusals(isTold: (end: HostEnd) => boolean = () => true): void {
    const found = new Map<
      string,
      { readonly problem: Problem; readonly names: string[]; readonly exitCode: ExitCode }
    >();
    for (const { host, end } of this.#sessions) {
      if (end === null || end.kind === 'result' || !isTold(end)) continue;
      const problems =
        end.kind === 'failed' ? end.problems : [{ place: null, message: end.reason, advice: end.advice }];
      for (const each of problems) {
        const problem = { ...each, advice: each.advice === null ? null : permittedOn(host.name, each.advice) };
        const key = JSON.stringify(problem);
        const known = found.get(key);
        const exitCode = end.kind === 'failed' ? end.exitCode : ExitCode.failed;
        if (known === undefined) found.set(key, { problem, names: [host.name], exitCode });
        else known.names.push(host.name);
      }
    }
    if (found.size === 0) return;
    const all = [...found.values()];
    throw new UserError(
      all.map(({ problem, names }) => ({
        ...problem,
        message: `${names.length > 4 ? `${names.length} hosts` : names.join(', ')}: ${problem.message}`,
      })),
      Math.max(...all.map(({ exitCode }) => exitCode)) as ExitCode,
    );
  }

  async #planAll(): Promise<void> {
    const { fleet, input, flags, explains, commandLine } = this.#options;
    const included = new Map(
      input.variants.flatMap((variant) => variant.included.map(({ path, text }) => [path, text])),
    );
    const orderSeed = randomInt(2 ** 32);
    const jobFor = (host: Host, index: number): JobMessage => ({
      type: 'job',
      files: input.files.map(({ path, text }) => ({ path, text })),
      included: [...included].map(([path, text]) => ({ path: path!, text: text! })),
      flags: flagsFor(flags, host),
      explains,
      index,
      count: fleet.hosts.length,
      orderSeed,
      commandLine: [...commandLine],
    });
    const planned = await Promise.all(
      this.#sessions.map((session, index) => session.plan(jobFor(session.host, index))),
    );
    this.#throwRefusals();
    const targets = planned.map((each, index) => ({ name: fleet.hosts[index]!.name, targets: each?.targets ?? [] }));
    const problems = sharedTargetProblems(targets);
    if (problems.length > 0) throw new UserError(problems);
  }

  /** All who still run wait: those at the earliest step begin. Hosts may leave out steps that others have. */
  async #lookAtBarrier(): Promise<void> {
    if (this.#isReleasing || this.#isStopping) return;
    const running = this.#sessions.filter(({ end }) => end === null);
    if (running.length === 0 || running.some(({ waitsAt }) => waitsAt === null)) return;
    this.#isReleasing = true;
    const step = Math.min(...running.map(({ waitsAt }) => waitsAt!));
    const taking = running.filter(({ waitsAt }) => waitsAt === step);
    await this.#synchronise(taking);
    if (!this.#isStopping) {
      const atNs = monotonicNs() + leadNs(taking.map(({ clock }) => clock?.boundNs ?? 0));
      for (const session of taking) session.go(atNs);
    }
    this.#isReleasing = false;
    void this.#lookAtBarrier();
  }

  async #synchronise(sessions: readonly HostSession[]): Promise<void> {
    await Promise.all(
      sessions.map(async (session) => {
        session.clock = (await session.measureClock()) ?? session.clock;
      }),
    );
  }

  async #measureDrift(): Promise<void> {
    await Promise.all(
      this.#sessions.map(async (session) => {
        if (session.clock === null || session.end?.kind === 'lost') return;
        const now = await session.measureClock();
        if (now !== null) session.driftNs = now.offsetNs - session.clock.offsetNs;
      }),
    );
  }

  #outcome(): FleetOutcome {
    const hosts = this.#sessions.map(resultHostOf);
    if (hosts.every(({ document }) => document === null)) {
      // Hosts that were stopped because of another one have nothing to say.
      const isCause = (end: HostEnd) => end.kind !== 'failed' || end.exitCode !== ExitCode.interrupted;
      if (this.#wishCount === 0) this.#throwRefusals(isCause);
      throw UserError.of('stopped before anything was measured', null, ExitCode.interrupted);
    }
    const { commandLine, input } = this.#options;
    const document = mergeHosts(hosts, { commandLine, jobFile: input.jobFile });
    return { document, hasLost: hosts.some(({ lost }) => lost !== null) };
  }
}

/** A host knows nothing of its name here, by which alone a permission reaches it. */
function permittedOn(name: string, advice: string): string {
  return advice.replace(/(add --destructive )(?=\S)/g, (flag) => `${flag}${name}:`);
}

function flagsFor(flags: JobFlags, host: Host): JobMessage['flags'] {
  const { engine, section, runtime, variant, repeat, readonly } = flags;
  return {
    ...(engine === undefined ? {} : { engine: [...engine] }),
    set: [...(flags.set ?? []), ...host.set],
    ...(section === undefined ? {} : { section: [...section] }),
    ...(runtime === undefined ? {} : { runtime }),
    destructive: [...host.destructive],
    ...(readonly === undefined ? {} : { readonly }),
    ...(flags['allow-exec'] === undefined ? {} : { 'allow-exec': flags['allow-exec'] }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(variant === undefined ? {} : { variant: [...variant] }),
  };
}

function resultHostOf({ host, hello, clock, driftNs, end, steps }: HostSession): ResultHost {
  return {
    name: host.name,
    hostname: hello?.hostname ?? null,
    bootId: hello?.bootId ?? null,
    clock: clock === null ? null : { ...clock, driftNs },
    steps: Array.from(steps, (step) => step ?? null),
    lost: end?.kind === 'result' || end === null ? null : reasonOf(end),
    document: end?.kind === 'result' ? end.document : null,
  };
}

function reasonOf(end: Exclude<HostEnd, { kind: 'result' }>): string {
  return printable(end.kind === 'lost' ? end.reason : end.problems.map(({ message }) => message).join('; '));
}
