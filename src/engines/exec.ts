/**
 * Runs a program (`program`, `arguments`) beside the jobs that do I/O. Its one request is complete when the program has
 * ended. A job that is over before ends it: SIGTERM, and SIGKILL after the grace time.
 *
 * Between us and the program is a shell that leads a process group of both. It holds the reading end of a pipe of ours: if
 * we end in any way, SIGKILL included, the pipe closes, and the whole group is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type EngineFacts, factsWithoutRing } from '../stats/engine-facts.js';
import { createClock } from '../system/clock.js';
import { Errno } from '../system/errno.js';
import { libc } from '../system/libc.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import type { Engine, EngineSetup, ProgramWork } from './engine.js';

/** $@ is the program with its arguments. SIGTERM to the group is for the program: the shell waits on. */
const guardScript = `
trap : TERM
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
(trap '' TERM; read -r word <&3; kill -KILL 0) >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait "$program"
status=$?
while kill -0 "$program" 2>/dev/null; do wait "$program"; status=$?; done
kill -KILL "$guard"
exit "$status"
`;

const lookNs = 20e6;
const wakeNs = 0;
const killNs = 1;

/** waitid(2): the end of one child, at once, which stays to be reaped by Node. */
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x1000000;
/** Words of siginfo_t: si_code, si_pid, si_status. */
const codeWord = 2;
const pidWord = 4;
const statusWord = 6;
const siginfoBytes = 128;
const CLD_EXITED = 1;

const waitid = libc.func('waitid', 'int', ['int', 'int', 'uint64_t', 'int']);

export function openEngine({ program }: EngineSetup): Engine {
  return new ProgramEngine(program!);
}

class ProgramEngine implements Engine {
  readonly completedSlot = new Int32Array(1);
  readonly completedResult = new Int32Array(1);
  readonly #work: ProgramWork;
  readonly #clock = createClock();
  readonly #information: MappedMemory = mapMemory(siginfoBytes);
  readonly #words = new Int32Array(this.#information.view, 0, siginfoBytes / 4);
  /** [when to look again, when to kill] */
  readonly #ns = Float64Array.of(0, Number.POSITIVE_INFINITY);
  #child: ChildProcess | null = null;
  #isQueued = false;
  #isEnding = false;
  #isClosed = false;
  /** As the shell tells it: 128 and the signal where one ended the program. */
  #status = 0;

  constructor(work: ProgramWork) {
    this.#work = work;
  }

  queue(slot: number): void {
    this.completedSlot[0] = slot;
    this.completedResult[0] = 0;
    this.#isQueued = true;
  }

  queueRest(slot: number, _doneBytes: number): void {
    this.queue(slot);
  }

  submit(): void {
    if (!this.#isQueued || this.#child !== null) return;
    const { words, stdout, stderr } = this.#work;
    const child = spawn('/bin/sh', ['-c', guardScript, 'iotest-exec', ...words], {
      stdio: ['pipe', stdout, stderr],
      detached: true,
    });
    // What failed is told by the missing process id.
    child.on('error', () => {});
    child.stdin!.on('error', () => {});
    child.unref();
    this.#child = child;
  }

  submitAndReap(completionsMin: number): number {
    if (!this.#isQueued) return 0;
    this.submit();
    const ns = this.#ns;
    if (!this.#hasEnded()) {
      const now = this.#clock.nowNs();
      if (now >= ns[killNs]!) this.#signal('SIGKILL');
      if (completionsMin > 0) {
        ns[wakeNs] = now + lookNs;
        this.#clock.sleepUntil(ns, wakeNs);
      }
      return 0;
    }
    this.#isQueued = false;
    return 1;
  }

  /** The job is over, the program is not. */
  endInput(): void {
    if (this.#child === null || !this.#isQueued) return;
    this.#isEnding = true;
    this.#signal('SIGTERM');
    this.#ns[killNs] = this.#clock.nowNs() + this.#work.graceSeconds * 1e9;
  }

  cancelAll(): void {
    this.#isEnding = true;
    this.#signal('SIGKILL');
  }

  /** A program that could not be started, or ended by itself with another status than 0. */
  failure(): string | null {
    if (this.#status === 0 || this.#isEnding) return null;
    const how = this.#status > 128 ? `was ended by signal ${this.#status - 128}` : `ended with ${this.#status}`;
    return `its program ${how}: ${this.#work.words.join(' ')}`;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // What the program has left behind is in its group.
    this.#signal('SIGKILL');
    this.#child?.stdin?.destroy();
    this.#information.free();
  }

  describe(): EngineFacts {
    return factsWithoutRing('exec', 1);
  }

  #signal(name: 'SIGTERM' | 'SIGKILL'): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // Nobody is left.
    }
  }

  #hasEnded(): boolean {
    const pid = this.#child?.pid;
    if (pid === undefined) {
      this.completedResult[0] = -Errno.EAGAIN;
      return true;
    }
    const words = this.#words;
    words.fill(0);
    if (waitid(P_PID, pid, this.#information.address, WEXITED | WNOHANG | WNOWAIT) !== 0) return true;
    if (words[pidWord] === 0) return false;
    this.#status = words[codeWord] === CLD_EXITED ? words[statusWord]! : 128 + words[statusWord]!;
    return true;
  }
}
