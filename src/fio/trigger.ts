/** `--trigger-file`, `--trigger-timeout` and `--trigger`: at a file or a time the jobs stop, then a command runs. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import type { RunControl } from '../runner/run-control.js';

export interface TriggerSettings {
  /** Its appearance pulls the trigger; it is removed. null = none. */
  readonly file: string | null;
  /** From the start of the program; null = never. */
  readonly timeoutMs: number | null;
  /** For the shell; null = the jobs stop, and that is all. */
  readonly command: string | null;
}

const lookMs = 50;

/** Looks from when it is made, until it is pulled or `act`. */
export class Trigger {
  readonly #settings: TriggerSettings;
  readonly #control: RunControl;
  readonly #timer: NodeJS.Timeout | undefined;
  isPulled = false;

  constructor(settings: TriggerSettings, control: RunControl) {
    this.#settings = settings;
    this.#control = control;
    if (settings.file !== null || settings.timeoutMs !== null) {
      this.#timer = setInterval(() => this.#look(), lookMs).unref();
    }
  }

  /**
   * The jobs have ended: runs the command if the trigger was pulled, and waits for it. So states are saved whole before a
   * command that takes the power away; fio runs it while the last I/Os complete.
   */
  act(): void {
    clearInterval(this.#timer);
    const { command } = this.#settings;
    if (!this.isPulled || command === null || command === '') return;
    const { error } = spawnSync('/bin/sh', ['-c', command], { stdio: 'inherit' });
    if (error !== undefined) process.stderr.write(`fio: failed executing the trigger: ${error.message}\n`);
  }

  #look(): void {
    const { timeoutMs } = this.#settings;
    const isLate = timeoutMs !== null && performance.now() >= timeoutMs;
    if (!this.#takeFile() && !isLate) return;
    clearInterval(this.#timer);
    // A signal was before: it is that which stops the jobs.
    if (this.#control.isStopping) return;
    this.isPulled = true;
    this.#control.requestStop();
  }

  #takeFile(): boolean {
    const { file } = this.#settings;
    if (file === null || !isThere(file)) return false;
    try {
      fs.unlinkSync(file);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      process.stderr.write(`fio: the trigger file cannot be removed: ${reason}\n`);
    }
    return true;
  }
}

/** False also for what we may not look at, as fio's stat(2) has it. */
function isThere(file: string): boolean {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
