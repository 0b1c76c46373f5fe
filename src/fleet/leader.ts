/**
 * Leads one run on many hosts: all plan, and only when none refuses do they prepare; all begin each step together; what
 * each measured becomes one result. One process per host, and nothing that stays.
 */
import { answerSignals, leave, type StopSignal } from '../cli/signals.js';
import type { IotestDocument, ResultHost } from '../results/document.js';
import { packageOf } from '../run/document.js';
import { ExitCode, UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { leadNs } from './clock-offset.js';
import type { Host } from './hosts.js';
import { type FleetJob, jobMessages } from './job-messages.js';
import { LiveHosts } from './live-hosts.js';
import { mergeHosts } from './merge.js';
import { monotonicNs } from './monotonic.js';
import { throwRefusals } from './refusals.js';
import type { HostEnd, HostSession } from './session.js';
import { Sessions } from './sessions.js';
import { sharedTargetProblems } from './shared-targets.js';

interface LeaderOptions extends FleetJob {
  /** A host that is lost while it measures does not end the others. */
  readonly keepsGoing: boolean;
  readonly quiet: boolean;
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
  readonly #opened: Sessions;
  #wishCount = 0;
  /** Something has gone wrong, or was wished: no further step begins. */
  #isStopping = false;
  #isReleasing = false;
  #hasPrepared = false;

  constructor(options: LeaderOptions) {
    this.#options = options;
    const { version } = packageOf(options.root);
    this.#live = new LiveHosts(options.quiet);
    const listenerFor = ({ name }: Host) => ({
      say: (text: string) => this.#live.say(`${name}: ${text}`),
      changed: () => this.#change(),
      lost: (session: HostSession) => this.#tellLost(session),
    });
    this.#opened = new Sessions(options.fleet, version, listenerFor, () => this.#live.update(this.#sessions));
    this.#sessions = this.#opened.all;
    answerSignals({ stop: (signal) => this.#wish(signal), status: () => this.#live.tell(this.#sessions) });
  }

  async run(): Promise<FleetOutcome> {
    await this.#opened.greeted();
    throwRefusals(this.#sessions);
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
    await this.#opened.leave();
    this.#live.clear();
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

  async #planAll(): Promise<void> {
    const jobs = jobMessages(this.#options);
    const planned = await Promise.all(this.#sessions.map((session, index) => session.plan(jobs[index]!)));
    throwRefusals(this.#sessions);
    const targets = planned.map((each, index) => ({
      name: this.#sessions[index]!.host.name,
      targets: each?.targets ?? [],
    }));
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
      if (this.#wishCount === 0) throwRefusals(this.#sessions, isCause);
      throw UserError.of('stopped before anything was measured', null, ExitCode.interrupted);
    }
    const { commandLine, input } = this.#options;
    const document = mergeHosts(hosts, { commandLine, jobFile: input.jobFile });
    return { document, hasLost: hosts.some(({ lost }) => lost !== null) };
  }
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
