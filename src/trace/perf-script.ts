/** Reads what `perf script -F comm,pid,tid,time,event,ip,sym,dso` prints: samples with their stacks, one at a time. */
import { bundledSource } from './bundled-source.js';

type FrameKind = 'thread' | 'kernel' | 'javascript' | 'native';

export interface Frame {
  readonly name: string;
  readonly kind: FrameKind;
}

export interface Sample {
  readonly threadName: string;
  readonly processId: number;
  readonly threadId: number;
  /** On the clock that perf record was told (`-k`). */
  readonly timeNs: number;
  /** `cpu-clock`, `cycles`. */
  readonly event: string;
  /** Outermost first. */
  readonly frames: readonly Frame[];
}

/** `node 812/815  5012.123456789:  250250 cpu-clock:pppH:`; the period is printed by some versions. */
const headPattern = /^\s*(\S.*?)\s+(\d+)\/(\d+)\s+(\d+)\.(\d+):\s+(?:\d+\s+)?(\S+?):?\s*$/;
const framePattern = /^\s+[0-9a-f]+\s+(.*?)\s+\((.*)\)\s*$/;

/** Takes lines, gives a sample whenever one is whole. */
export class PerfScriptReader {
  #head: Omit<Sample, 'frames'> | null = null;
  #frames: Frame[] = [];

  /** @returns the sample that this line ends, if it ends one */
  line(text: string): Sample | null {
    if (text.trim() === '') return this.end();
    if (this.#head === null) {
      this.#head = headOf(text);
      return null;
    }
    const [, symbol, file] = framePattern.exec(text) ?? [];
    if (symbol !== undefined && file !== undefined) this.#push(frameOf(symbol, file));
    return null;
  }

  /** Of an addon's frames, whose functions nobody knows, one stands for all in a row. */
  #push(frame: Frame): void {
    const inner = this.#frames.at(-1);
    if (frame.name.endsWith('.node]') && inner?.name === frame.name) return;
    this.#frames.push(frame);
  }

  /** The last sample has no empty line after it. */
  end(): Sample | null {
    const head = this.#head;
    const frames = this.#frames;
    this.#head = null;
    this.#frames = [];
    return head === null ? null : { ...head, frames: frames.reverse() };
  }
}

function headOf(text: string): Omit<Sample, 'frames'> | null {
  const [, threadName, processId, threadId, seconds, fraction, event] = headPattern.exec(text) ?? [];
  if (threadName === undefined || fraction === undefined || event === undefined) return null;
  return {
    threadName,
    processId: Number(processId),
    threadId: Number(threadId),
    timeNs: Number(seconds) * 1e9 + Number(fraction.padEnd(9, '0').slice(0, 9)),
    event: event.replace(/:.*$/, ''),
  };
}

function frameOf(symbol: string, file: string): Frame {
  if (
    /^\[kernel|^\[guest\.kernel|\.ko(\.|$)|^\[[\w-]+\]$/.test(file) &&
    !/^\[(vdso|vsyscall|unknown|heap|anon)/.test(file)
  ) {
    return { name: symbol, kind: 'kernel' };
  }
  if (/\/perf-\d+\.map$|^jitted-/.test(file)) return { name: javascriptName(symbol), kind: 'javascript' };
  // Addons are stripped: perf names their code after the nearest function that they export (CallFinalizer), which it is not.
  if (symbol === '[unknown]' || file.endsWith('.node'))
    return { name: `[${file.split('/').at(-1)!.replace(/[[\]]/g, '')}]`, kind: 'native' };
  // Node enters an addon through code that has no name of its own: perf names it after a neighbour, which ends objects.
  return { name: /^node_napi_env__::CallFinalizer\b/.test(symbol) ? '[Node-API]' : symbol, kind: 'native' };
}

/**
 * V8 writes `JS:*runUntil file:///…/dist/worker/thread.js:1243:12`, with a mark for the tier of the compiler; what is of
 * interest is `runUntil run-loop.ts`. Outside our bundles the place has its line: `next list.js:120`.
 */
export function javascriptName(symbol: string): string {
  const plain = symbol
    .replace(/^(?:JS|LazyCompile|Function|Script|Eval|InterpretedFunction|Module):\s*/, '')
    .replace(/^[*~^+']+/, '');
  const [, name, path, line] = /^(\S*)\s+(\S+?):(\d+)(?::\d+)?$/.exec(plain) ?? [];
  if (name === undefined || path === undefined) return plain;
  const source = bundledSource(path, Number(line)) ?? `${path}:${line}`;
  return `${name === '' ? '(anonymous)' : name} ${source.split('/').at(-1)}`;
}
