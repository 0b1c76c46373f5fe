/**
 * The way from a worker to the thread that writes logs: records of fixed size in shared memory. One thread puts, one
 * takes. When no room is left the worker waits, for an entry must not get lost; how often is counted.
 *
 *   Int32     control  [put … │ taken … │ waits │ lost │ writer gone]
 *   Float64   facts    [added to the times of log lines, ms; end of the recording, ns]
 *   Float64   records  capacity × 8
 *
 * What stands in the first place of a record says what it is:
 *
 *   0…2        an I/O         operation, completed ns, lat ns, slat ns, clat ns, bytes, offset, priority
 *   16 + k     a window       tag, ms, value, maximum          k = 4 × kind (of `windowKinds`) + direction
 *   64 + op    issued         tag, ns, 0, 0, 0, bytes, offset, file number
 *   128 + dir  a histogram    tag, ms, 0, 0, 0, bytes of the last I/O; then its buckets, 8 to a record
 */

export const recordWidth = 8;
export const windowTag = 16;
export const issuedTag = 64;
export const histogramTag = 128;

/** Latency kinds stand together: they share a window. */
export const windowKinds = ['bandwidth', 'iops', 'total', 'completion', 'submission'] as const;

const putAt = 0;
const takenAt = 16;
const waitsAt = 32;
const lostAt = 33;
const goneAt = 34;
const controlWords = 48;
export const factEpochMs = 0;
export const factEndNs = 1;
const factCount = 2;

/** So many entries wait in memory at least. At 100,000 per second they last over a second. */
const capacityMin = 131_072;

/** `capacity`: rounded up to a power of two. */
export function createRecordMemory(capacity: number): SharedArrayBuffer {
  const rounded = 2 ** Math.ceil(Math.log2(Math.max(capacity, capacityMin)));
  return new SharedArrayBuffer(controlWords * 4 + (factCount + (rounded + 1) * recordWidth) * 8);
}

function capacityOf(records: Float64Array): number {
  return records.length / recordWidth - 1;
}

interface RingViews {
  readonly control: Int32Array;
  readonly facts: Float64Array;
  readonly records: Float64Array;
}

function viewsOf(memory: SharedArrayBuffer): RingViews {
  return {
    control: new Int32Array(memory, 0, controlWords),
    facts: new Float64Array(memory, controlWords * 4, factCount),
    records: new Float64Array(memory, controlWords * 4 + factCount * 8),
  };
}

/** What the worker says besides records: see `factEpochMs`, `factEndNs`. Written before the records that need it. */
export function ringNotes(memory: SharedArrayBuffer): Float64Array {
  return viewsOf(memory).facts;
}

/** How often the worker had to wait for the writer, and how many entries it dropped because there was none any more. */
export function ringFacts(memory: SharedArrayBuffer): { readonly waitCount: number; readonly lostCount: number } {
  const { control } = viewsOf(memory);
  return { waitCount: Atomics.load(control, waitsAt), lostCount: Atomics.load(control, lostAt) };
}

const waitMs = 100;

/** The worker's end. */
export class RecordRing {
  readonly records: Float64Array;
  readonly #control: Int32Array;
  readonly #capacity: number;
  readonly #mask: number;
  readonly #mustGiveUp: () => boolean;
  readonly #isSink: boolean;
  #isDropping = false;
  #put: number;
  #taken: number;

  /** @param mustGiveUp asked about ten times a second while there is no room: true drops all entries from then on */
  constructor(memory: SharedArrayBuffer, mustGiveUp: () => boolean = () => false, isSink = false) {
    const { control, records } = viewsOf(memory);
    this.#control = control;
    this.records = records;
    this.#capacity = capacityOf(records);
    this.#mask = this.#capacity - 1;
    this.#mustGiveUp = mustGiveUp;
    this.#isSink = isSink;
    this.#put = Atomics.load(control, putAt);
    this.#taken = Atomics.load(control, takenAt);
  }

  /** Where in `records` the next one begins. Waits for room. Write it, then call `publish`. */
  claim(): number {
    if (((this.#put - this.#taken) | 0) >= this.#capacity) return this.#claimWhenFull();
    return (this.#put & this.#mask) * recordWidth;
  }

  publish(): void {
    if (this.#isDropping) return;
    this.#put = (this.#put + 1) | 0;
    Atomics.store(this.#control, putAt, this.#put);
  }

  #claimWhenFull(): number {
    const control = this.#control;
    this.#taken = this.#isSink ? this.#put : Atomics.load(control, takenAt);
    if (((this.#put - this.#taken) | 0) < this.#capacity) return (this.#put & this.#mask) * recordWidth;
    Atomics.add(control, waitsAt, 1);
    while (!this.#isDropping && ((this.#put - this.#taken) | 0) >= this.#capacity) {
      Atomics.wait(control, takenAt, this.#taken, waitMs);
      this.#taken = Atomics.load(control, takenAt);
      this.#isDropping = Atomics.load(control, goneAt) === 1 || this.#mustGiveUp();
    }
    if (!this.#isDropping) return (this.#put & this.#mask) * recordWidth;
    Atomics.add(control, lostAt, 1);
    // Behind the ring there is a place that nobody reads.
    return this.#capacity * recordWidth;
  }
}

/** Takes everything and keeps nothing: what a rehearsal's loop writes to. */
export function createRecordSink(): RecordRing {
  return new RecordRing(createRecordMemory(0), () => false, true);
}

/** The writer's end. */
export class RecordReader {
  readonly #control: Int32Array;
  readonly #records: Float64Array;
  readonly #mask: number;
  #taken: number;

  constructor(memory: SharedArrayBuffer) {
    const { control, records } = viewsOf(memory);
    this.#control = control;
    this.#records = records;
    this.#mask = capacityOf(records) - 1;
    this.#taken = Atomics.load(control, takenAt);
  }

  /** Shows each waiting record to `visit`, by its place in the memory, and frees them. Gives how many there were. */
  take(visit: (records: Float64Array, at: number) => void): number {
    const put = Atomics.load(this.#control, putAt);
    const count = (put - this.#taken) | 0;
    for (let k = 0; k < count; k++) {
      visit(this.#records, (this.#taken & this.#mask) * recordWidth);
      this.#taken = (this.#taken + 1) | 0;
      // In steps: a worker that waits for room goes on before all is written.
      if ((k & 1023) === 1023) this.#release();
    }
    if (count > 0) this.#release();
    return count;
  }

  /** Nobody will take anything any more. */
  leave(): void {
    Atomics.store(this.#control, goneAt, 1);
    Atomics.notify(this.#control, takenAt);
  }

  #release(): void {
    Atomics.store(this.#control, takenAt, this.#taken);
    Atomics.notify(this.#control, takenAt);
  }
}
