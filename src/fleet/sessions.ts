/** The hosts of a run as they are reached: started together, kept alive by a heartbeat, and left together. */
import type { Fleet, Host } from './hosts.js';
import { pingIntervalMs } from './protocol.js';
import { HostSession, type SessionListener } from './session.js';

export class Sessions {
  readonly all: readonly HostSession[];
  readonly #heart: NodeJS.Timeout;
  readonly #onBeat: () => void;
  #beatMs = performance.now();

  /** @param version of iotest here */
  constructor(
    { hosts, launcher }: Fleet,
    version: string,
    listenerFor: (host: Host) => SessionListener,
    onBeat: () => void = () => {},
  ) {
    this.all = hosts.map((host) => new HostSession(host, launcher, version, listenerFor(host)));
    this.#onBeat = onBeat;
    this.#heart = setInterval(() => this.#beat(), pingIntervalMs);
  }

  /** Settles when each has said hello, or has ended. */
  async greeted(): Promise<void> {
    await Promise.all(this.all.map(({ greeted }) => greeted));
  }

  async leave(): Promise<void> {
    await Promise.all(this.all.map((session) => session.leave()));
    clearInterval(this.#heart);
  }

  /** Timers of ours that are late have kept us from hearing, too: that is no silence of the hosts. */
  #beat(): void {
    const nowMs = performance.now();
    const pausedMs = Math.max(0, nowMs - this.#beatMs - 2 * pingIntervalMs);
    this.#beatMs = nowMs;
    for (const session of this.all) session.beat(pausedMs);
    this.#onBeat();
  }
}
