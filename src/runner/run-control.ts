/** How the outside stops a run: once politely, twice in a hurry. Drains either way. */
import { setTimeout } from 'node:timers/promises';
import { Command, controlCommand } from '../worker/shared-state.js';

export class RunControl {
  readonly #abort = new AbortController();
  readonly #controls = new Set<Int32Array>();
  #command: typeof Command.wait | typeof Command.stop | typeof Command.abandon = Command.wait;

  /** First call: finish what is in flight, report. Second call: cancel what is in flight, then the same. */
  requestStop(): void {
    this.#command = this.#command === Command.wait ? Command.stop : Command.abandon;
    this.#abort.abort();
    for (const control of this.#controls) this.#send(control);
  }

  get isStopping(): boolean {
    return this.#command !== Command.wait;
  }

  /** For what is not a worker: laying out files. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Sleeps, or not when stopped. */
  async pause(ms: number): Promise<void> {
    if (this.isStopping) return;
    await setTimeout(ms, undefined, { signal: this.signal }).catch(() => {});
  }

  /** A worker's control words; told at once when the stop came before. */
  watch(control: Int32Array): void {
    this.#controls.add(control);
    if (this.isStopping) this.#send(control);
  }

  unwatch(control: Int32Array): void {
    this.#controls.delete(control);
  }

  #send(control: Int32Array): void {
    Atomics.store(control, controlCommand, this.#command);
    Atomics.notify(control, controlCommand);
  }
}
