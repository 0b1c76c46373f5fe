import { describe, expect, it } from 'vitest';
import { parseTraceEvent, Timeline } from './timeline-text.js';

const submit = (time: string, slot: number, opcode = 'READ') =>
  `node 812/815 [001] ${time}: io_uring:io_uring_submit_req: ring 0xffff1, req 0xffff${slot}, user_data 0x${slot}, opcode ${opcode}, flags 0x0, sq_thread 0`;
const complete = (time: string, slot: number, result: number, by = 'node 812/815') =>
  `${by} [000] ${time}: io_uring:io_uring_complete: ring 0xffff1, req 0xffff${slot}, user_data 0x${slot}, result ${result}, cflags 0x0 extra1 0 extra2 0`;

interface Event {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Record<string, unknown>;
}

function eventsOf(lines: readonly string[], requestsMax = 100): Event[] {
  const timeline = new Timeline(5000e9, requestsMax);
  for (const line of lines) {
    const event = parseTraceEvent(line);
    if (event !== null) timeline.add(event);
  }
  return (JSON.parse(timeline.json()) as { traceEvents: Event[] }).traceEvents;
}

describe('a timeline', () => {
  it('has a lane for each slot, with a bar from submission to completion', () => {
    const events = eventsOf([
      submit('5000.000001000', 0),
      submit('5000.000002500', 3, 'WRITE'),
      complete('5000.000011000', 0, 4096),
      complete('5000.000012500', 3, -5),
    ]);
    const bars = events.filter(({ ph }) => ph === 'X');
    expect(bars.map(({ name, pid, tid, ts, dur, args }) => [name, pid, tid, ts, dur, args.result])).toEqual([
      ['READ', 1, 0, 1, 10, 4096],
      ['WRITE', 1, 3, 2.5, 10, -5],
    ]);
    expect(events.filter(({ ph }) => ph === 'M').map(({ args }) => args.name)).toEqual([
      'ring 0xffff1',
      'slot 0',
      'slot 3',
    ]);
  });

  it('shows the part that a worker did, and who completed it', () => {
    const events = eventsOf([
      submit('5000.000001000', 2),
      'node 812/815 [001] 5000.000003000: io_uring:io_uring_queue_async_work: ring 0xffff1, request 0xffff2, user_data 0x2, opcode READ, flags 0x0, normal queue, work 0xfff',
      complete('5000.000009000', 2, 512, 'iou-wrk-815 812/900'),
    ]);
    const bars = events.filter(({ ph }) => ph === 'X');
    expect(bars.map(({ name, tid, ts, dur }) => [name, tid, ts, dur])).toEqual([
      ['READ', 2, 1, 8],
      ['io-wq worker', 2, 3, 6],
    ]);
    expect(bars[0]!.args['completed by']).toBe('iou-wrk-815 900');
  });

  it('shows runs of task work on their threads, and nothing of requests that began before', () => {
    const events = eventsOf([
      complete('5000.000001000', 1, 4096),
      'node 812/815 [001] 5000.000002000: io_uring:io_uring_local_work_run: ring 0xffff1, count 4, loops 1',
    ]);
    expect(events.filter(({ ph }) => ph === 'X')).toEqual([]);
    expect(events.find(({ ph }) => ph === 'i')).toMatchObject({ name: 'task work: 4', tid: 815, ts: 2 });
  });

  it('is full with as many requests as were wanted', () => {
    const timeline = new Timeline(0, 1);
    for (const line of [submit('1.0', 0), complete('1.1', 0, 1)]) timeline.add(parseTraceEvent(line)!);
    expect(timeline.isFull).toBe(true);
    expect(timeline.requestCount).toBe(1);
  });
});

it('other lines are no events', () => {
  expect(parseTraceEvent('')).toBeNull();
  expect(parseTraceEvent('[ perf record: woken up ]')).toBeNull();
  expect(parseTraceEvent('node 1/1 [000] 1.0: sched:sched_switch: prev_comm=node')).toBeNull();
});
