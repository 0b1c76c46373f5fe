/**
 * Requests of a ring on a timeline, from what perf prints of io_uring's tracepoints: a lane for each slot with a bar from
 * submission to completion, inside it the part from the hand-over to a worker on, and the runs of task work on the lanes
 * of their threads. As trace-event JSON, which ui.perfetto.dev and chrome://tracing open.
 */
import { escapedJson } from '../support/printable.js';

interface TraceEvent {
  readonly threadName: string;
  readonly threadId: number;
  readonly timeNs: number;
  /** `io_uring_submit_req`. */
  readonly name: string;
  readonly text: string;
}

/** `node 812/815 [001] 5012.123456789: io_uring:io_uring_complete: ring 0x…, …`; null for other lines. */
export function parseTraceEvent(line: string): TraceEvent | null {
  const [, threadName, threadId, seconds, fraction, name, text] =
    /^\s*(\S.*?)\s+\d+\/(\d+)\s+\[\d+\]\s+(\d+)\.(\d+):\s+io_uring:(\w+):\s*(.*)$/.exec(line) ?? [];
  if (threadName === undefined || fraction === undefined || name === undefined) return null;
  return {
    threadName,
    threadId: Number(threadId),
    timeNs: Number(seconds) * 1e9 + Number(fraction.padEnd(9, '0').slice(0, 9)),
    name,
    text: text ?? '',
  };
}

interface OpenRequest {
  readonly startNs: number;
  readonly operation: string;
  handedOverNs: number | null;
}

type Json = Record<string, unknown>;

export class Timeline {
  readonly #originNs: number;
  readonly #requestsMax: number;
  readonly #open = new Map<string, OpenRequest>();
  /** Rings by their address, numbered from 1 in the order of their appearance. */
  readonly #rings = new Map<string, number>();
  readonly #lanes = new Set<string>();
  readonly #threads = new Map<number, string>();
  readonly #events: Json[] = [];
  requestCount = 0;

  /** @param originNs where the timeline begins, on the clock of the events */
  constructor(originNs: number, requestsMax: number) {
    this.#originNs = originNs;
    this.#requestsMax = requestsMax;
  }

  /** As many requests as were wanted are there. */
  get isFull(): boolean {
    return this.requestCount >= this.#requestsMax;
  }

  add(event: TraceEvent): void {
    const { name, text, timeNs } = event;
    const field = (key: string): string | undefined => new RegExp(`\\b${key} (\\S+?)(?:,|$|\\s)`).exec(text)?.[1];
    const ring = field('ring');
    const slot = Number(field('user_data') ?? Number.NaN);
    const key = `${ring} ${slot}`;
    if (name === 'io_uring_submit_req' || name === 'io_uring_submit_sqe') {
      this.#open.set(key, { startNs: timeNs, operation: field('opcode') ?? 'request', handedOverNs: null });
    } else if (name === 'io_uring_queue_async_work') {
      const request = this.#open.get(key);
      if (request !== undefined) request.handedOverNs = timeNs;
    } else if (name === 'io_uring_complete') {
      const request = this.#open.get(key);
      this.#open.delete(key);
      if (request !== undefined && ring !== undefined) this.#close(event, request, ring, slot, Number(field('result')));
    } else if (name.endsWith('_work_run')) {
      this.#threads.set(event.threadId, event.threadName);
      const count = Number(field('count') ?? 0);
      this.#events.push({
        ...{ name: `task work: ${count}`, cat: 'io_uring', ph: 'i', s: 't', pid: 0, tid: event.threadId },
        ...{ ts: this.#us(timeNs), args: { count } },
      });
    }
  }

  #close(event: TraceEvent, request: OpenRequest, ring: string, slot: number, result: number): void {
    if (!this.#rings.has(ring)) this.#rings.set(ring, this.#rings.size + 1);
    const pid = this.#rings.get(ring)!;
    this.#lanes.add(`${pid} ${slot}`);
    this.requestCount++;
    const bar = (name: string, startNs: number, args: Json): Json => ({
      ...{ name, cat: 'io_uring', ph: 'X', pid, tid: slot, ts: this.#us(startNs) },
      ...{ dur: (event.timeNs - startNs) / 1000, args },
    });
    const by = `${event.threadName} ${event.threadId}`;
    this.#events.push(bar(request.operation, request.startNs, { result, 'completed by': by }));
    if (request.handedOverNs !== null) this.#events.push(bar('io-wq worker', request.handedOverNs, {}));
  }

  #us(timeNs: number): number {
    return (timeNs - this.#originNs) / 1000;
  }

  json(): string {
    const names: Json[] = [...this.#rings].map(([address, pid]) => ({
      ...{ name: 'process_name', ph: 'M', pid, tid: 0, args: { name: `ring ${address}` } },
    }));
    for (const lane of this.#lanes) {
      const [pid, tid] = lane.split(' ').map(Number);
      names.push({ name: 'thread_name', ph: 'M', pid, tid, args: { name: `slot ${tid}` } });
    }
    if (this.#threads.size > 0)
      names.push({ name: 'process_name', ph: 'M', pid: 0, tid: 0, args: { name: 'threads' } });
    for (const [tid, name] of this.#threads) {
      names.push({ name: 'thread_name', ph: 'M', pid: 0, tid, args: { name: `${name} ${tid}` } });
    }
    const lines = [...names, ...this.#events].map((each) => escapedJson(JSON.stringify(each)));
    return `{"displayTimeUnit":"ns","traceEvents":[\n${lines.join(',\n')}\n]}\n`;
  }
}
