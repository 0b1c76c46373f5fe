import { describe, expect, it } from 'vitest';
import { createRequests, type Requests } from '../../engines/requests.js';
import { Operation } from '../../job/operation.js';
import { OverlapPacer } from '../../worker/overlap-pacer.js';
import { createSlotTimes } from '../../worker/slot-times.js';
import { createZoneMemory, emptyZones, ZoneTable } from './zone-table.js';
import { type MovableSource, type ZoneControl, ZonedWorkload } from './zoned-workload.js';

const zoneBytes = 64;
const { read, write, trim } = Operation;

/** [operation, offset, bytes] */
type Io = readonly [operation: number, offset: number, bytes?: number];

/** Draws these, one after another, and notes what becomes of them. */
class Scripted implements MovableSource {
  readonly turns = true;
  readonly moves: unknown[] = [];
  readonly #requests: Requests;
  readonly #ios: readonly Io[];
  #next = 0;
  #turnsTo = -1;

  constructor(requests: Requests, ios: readonly Io[]) {
    this.#requests = requests;
    this.#ios = ios;
  }

  renewBudget(): void {}

  beginPass(): boolean {
    this.#next = 0;
    return true;
  }

  nextOperation(): number {
    return this.#ios[this.#next]?.[0] ?? -1;
  }

  turnTo(operation: number): void {
    this.#turnsTo = operation;
  }

  next(slot: number): boolean {
    const io = this.#ios[this.#next++];
    if (io === undefined) return false;
    this.#requests.operation[slot] = this.#turnsTo < 0 ? io[0] : this.#turnsTo;
    this.#turnsTo = -1;
    this.#requests.fileIndex[slot] = 0;
    this.#requests.offset[slot] = io[1];
    this.#requests.byteCount[slot] = io[2] ?? 4;
    return true;
  }

  moved(row: Requests, drawnBytes: number, skippedBytes: number): void {
    this.moves.push([row.offset[0], row.byteCount[0], drawnBytes, skippedBytes]);
  }

  endFile(): void {
    this.moves.push('ended');
  }
}

class Device implements ZoneControl {
  readonly calls: string[] = [];
  error = 0;

  reset(startBytes: number): number {
    this.calls.push(`reset ${startBytes}`);
    return this.error;
  }

  finish(startBytes: number): number {
    this.calls.push(`finish ${startBytes}`);
    return this.error;
  }
}

interface Wanted {
  readonly written?: readonly number[];
  readonly job?: number;
  readonly table?: ZoneTable;
  readonly writesFirst?: boolean;
  readonly startsEmpty?: boolean;
  readonly smallest?: number;
}

function setUp(ios: readonly Io[], wanted: Wanted = {}) {
  const { written = [0, 0], job = 1, writesFirst = false, startsEmpty = false, smallest = 4 } = wanted;
  const zones = emptyZones(written.length * zoneBytes, zoneBytes, zoneBytes).map((zone, index) => ({
    ...zone,
    pointerBytes: zone.startBytes + written[index]!,
  }));
  const table = wanted.table ?? new ZoneTable(createZoneMemory(zones, zoneBytes));
  const requests = createRequests(4);
  const device = new Device();
  let source!: Scripted;
  const workload = new ZonedWorkload({
    requests,
    payload: null,
    createSource: (staged) => {
      source = new Scripted(staged, ios);
      return source;
    },
    table,
    rules: {
      job,
      regionOffsetBytes: 0,
      regionBytes: table.zoneCount * zoneBytes,
      random: false,
      readsBeyondPointer: false,
      verifies: startsEmpty,
      openMax: 0,
      jobOpenMax: 0,
      resetThreshold: 0,
      resetFrequency: 0,
      keepsOrder: true,
      smallestBytes: [4, smallest, zoneBytes],
    },
    control: device,
    writesFirst,
    startsEmpty,
  });
  const pacer = new OverlapPacer(workload, createSlotTimes(4), null);
  return { table, requests, device, source, workload, pacer };
}

const placed = ({ operation, offset, byteCount }: Requests, slot: number) => [
  operation[slot],
  offset[slot],
  byteCount[slot],
];

describe('ZonedWorkload', () => {
  it('moves what was drawn to its place, and its source goes on from there', () => {
    const { requests, source, workload, pacer } = setUp([[write, 0, 16]], { written: [56, 0] });
    expect(pacer.mayStart(0)).toBe(true);
    expect(workload.next(2)).toBe(true);
    expect(placed(requests, 2)).toEqual([write, 56, 8]);
    expect(source.moves).toEqual([[56, 8, 16, 0]]);
    expect(pacer.mayStart(1)).toBe(true);
    expect(workload.next(0)).toBe(false);
  });

  it('resets a full zone when nothing of it is in flight, and counts that', () => {
    const { requests, device, workload, pacer } = setUp(
      [
        [write, 60],
        [write, 0],
      ],
      { written: [60, 0] },
    );
    pacer.mayStart(0);
    workload.next(0);
    expect(pacer.mayStart(1)).toBe(false);
    expect(device.calls).toEqual([]);
    workload.completed(0);
    expect(pacer.mayStart(0)).toBe(true);
    expect(workload.next(0)).toBe(true);
    expect(placed(requests, 0)).toEqual([write, 0, 4]);
    expect(device.calls).toEqual(['reset 0']);
    expect(workload.resetCount).toBe(1);
  });

  it('finishes a zone whose rest holds no block', () => {
    const { requests, device, workload, pacer } = setUp([[write, 60, 12]], { written: [60, 0], smallest: 12 });
    expect(pacer.mayStart(0)).toBe(true);
    workload.next(0);
    expect(placed(requests, 0)).toEqual([write, 64, 12]);
    expect(device.calls).toEqual(['finish 0']);
  });

  it('ends, and says so, when a reset fails', () => {
    const { source, device, workload, pacer } = setUp([[write, 0]], { written: [64, 0] });
    const failures: unknown[] = [];
    workload.onFailure((errno, offset) => failures.push([errno, offset]));
    device.error = 5;
    expect(pacer.mayStart(0)).toBe(true);
    expect(workload.next(0)).toBe(false);
    expect(failures).toEqual([[5, 0]]);
    expect(source.moves).toEqual(['ended']);
    expect(workload.resetCount).toBe(0);
  });

  it('waits for zones that another job has I/Os in', () => {
    const first = setUp([[write, 0]]);
    const second = setUp([[write, 0]], { job: 2, table: first.table });
    first.pacer.mayStart(0);
    first.workload.next(0);
    expect(second.pacer.mayStart(0)).toBe(false);
    // Held by others with nothing in flight: it sleeps a moment, and goes on.
    expect(second.pacer.sleep()).toBe(true);
    first.workload.completed(0);
    expect(second.pacer.mayStart(0)).toBe(true);
    second.workload.next(0);
    expect(placed(second.requests, 0)).toEqual([write, 4, 4]);
  });

  it('gives up its zones when it ends, and what it had drawn ahead was not written', () => {
    const first = setUp([[write, 0]]);
    const second = setUp([[write, 0]], { job: 2, table: first.table });
    expect(first.pacer.mayStart(0)).toBe(true);
    expect(second.pacer.mayStart(0)).toBe(false);
    first.workload.end();
    expect(first.table.written(0)).toBe(0);
    expect(second.pacer.mayStart(0)).toBe(true);
  });

  it('lets an I/O that failed hold nothing', () => {
    const { workload, pacer, table } = setUp([
      [write, 0],
      [write, 4],
    ]);
    pacer.mayStart(0);
    workload.next(0);
    expect(table.inFlightCount(0)).toBe(1);
    // Its slot is free again without having been complete.
    pacer.mayStart(0);
    expect(table.inFlightCount(0)).toBe(1);
    workload.next(0);
    expect(table.inFlightCount(0)).toBe(1);
    workload.nothingInFlight();
    expect(table.inFlightCount(0)).toBe(0);
  });

  it('begins a mix with a write', () => {
    const { requests, workload, pacer } = setUp(
      [
        [read, 0],
        [read, 0],
      ],
      { writesFirst: true },
    );
    for (const slot of [0, 1]) {
      pacer.mayStart(slot);
      workload.next(slot);
    }
    expect([placed(requests, 0), placed(requests, 1)]).toEqual([
      [write, 0, 4],
      [read, 0, 4],
    ]);
  });

  it('empties the zones of a job that verifies, before each pass', () => {
    const { device, workload, pacer, table } = setUp([[write, 0]], { written: [8, 0], startsEmpty: true });
    pacer.mayStart(0);
    workload.next(0);
    expect(device.calls).toEqual(['reset 0']);
    workload.completed(0);
    expect(pacer.mayStart(0)).toBe(true);
    expect(workload.next(0)).toBe(false);
    workload.beginPass();
    pacer.mayStart(0);
    expect(device.calls).toEqual(['reset 0', 'reset 0']);
    expect(table.written(0)).toBe(4);
  });

  it('trims by resetting the zone', () => {
    const { requests, device, workload, pacer, table } = setUp([[trim, 0, 64]], { written: [8, 0] });
    pacer.mayStart(0);
    workload.next(1);
    expect(placed(requests, 1)).toEqual([trim, 0, 64]);
    expect(workload.trimsZone(1)).toBe(true);
    expect(workload.trim(1)).toBe(0);
    expect(device.calls).toEqual(['reset 0']);
    expect([table.written(0), workload.resetCount]).toEqual([0, 1]);
  });
});
