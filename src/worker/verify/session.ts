/**
 * A worker that verifies: stands before its workload, notes what was written, has it read back (when all is written, or
 * with a backlog between the writes), and looks at what was read. Jobs without `verify` have none.
 */
import type { Requests } from '../../engines/requests.js';
import type { VerifyOptions } from '../../job/job.js';
import { Operation } from '../../job/operation.js';
import {
  type BlockMismatch,
  type MismatchNotice,
  mismatchHeading,
  type VerifyReport,
} from '../../stats/verify-report.js';
import type { BlockChecker, ExpectedWrite } from '../../workload/verify/block-checker.js';
import { createExpectedWrite, Wrong } from '../../workload/verify/block-checker.js';
import type { BlockWriter } from '../../workload/verify/block-writer.js';
import type { BlockView } from '../../workload/verify/crc.js';
import type { BlockFormat } from '../../workload/verify/format.js';
import { HeaderScratch, readHeader } from '../../workload/verify/header.js';
import { seedOfWrite } from '../../workload/verify/seeds.js';
import { WriteHistory, zeroedNumber } from '../../workload/verify/write-history.js';
import type { JobWorkload } from '../../workload/workload.js';
import type { CompletionObserver } from '../loop-hooks.js';
import { CheckingWorkload } from './checking-workload.js';
import { adviseOn, describeWrong } from './describe.js';
import { diagnose, noticeOf, type WrongBlock } from './diagnosis.js';
import { saveDumps } from './dumps.js';
import type { WriteState } from './state-file.js';

/** Wrong blocks that are told of; all are counted. */
const toldMax = 16;

/** What a slot's I/O is. */
const Role = { none: 0, write: 1, trim: 2, read: 3, piece: 4, sync: 5 } as const;

interface VerifyParts {
  readonly options: VerifyOptions;
  readonly format: BlockFormat;
  readonly requests: Requests;
  readonly views: readonly BlockView[];
  readonly workload: JobWorkload;
  readonly writer: BlockWriter;
  readonly checker: BlockChecker;
  /** Two words, what seeds are made of. */
  readonly key: Int32Array;
  readonly paths: readonly string[];
  /** Every read is checked: the job reads only. */
  readonly checksReads: boolean;
  /** Before the next pass begins; else when all of them are written. */
  readonly readsEachPass: boolean;
  /** False where the engine moves no data. */
  readonly movesData: boolean;
  /** What is known of blocks that this job wrote. */
  readonly knows: { readonly seed: boolean; readonly number: boolean };
  /** So many requests may be in flight, and complete in another order than they reach the device. */
  readonly depth: number;
  /** Before anything is read back: what was written goes to the device and out of the cache. */
  readonly settle: () => void;
  /** Before a batch of trims. */
  readonly beforeTrims: () => void;
  readonly nowNs: () => number;
  /** Told of each wrong block at once; null = the report is enough. */
  readonly onMismatch: ((notice: MismatchNotice) => void) | null;
  /** Where `verify_dump` saves. */
  readonly dumpFolder: string;
  /** `verify_state_load`: what an earlier run had written; null = all of it. */
  readonly loaded: WriteState | null;
  /** Of `loaded`: the job goes through the blocks in the order of that run. */
  readonly knowsOrder: boolean;
}

export class VerifySession extends CheckingWorkload implements CompletionObserver {
  readonly #parts: VerifyParts;
  readonly #history = new WriteHistory();
  readonly #expected: ExpectedWrite = createExpectedWrite();
  /** By slot: a `Role`, and of pieces the row of the history and how many rows there were when the read was issued. */
  readonly #role: Uint8Array;
  readonly #pieceOf: Float64Array;
  readonly #mismatches: BlockMismatch[] = [];
  /** [checked I/Os, checked bytes, number of a piece, time of the last change of phase, ns writing, ns verifying] */
  readonly #numbers = new Float64Array(6);
  #wrongCount = 0;
  /** Rows to read back, in this order, once all is written; null before. */
  #order: Int32Array | null = null;
  #cursor = 0;
  #batchLeft = 0;
  #sinceBacklog = 0;
  /** Writes that are to be trimmed, and how many of them now. */
  readonly #trims = new WriteHistory();
  #trimsLeft = 0;
  #sinceTrim = 0;
  /** Per cent of a trim that the writes so far have come to. */
  #trimShare = 0;
  /** Numbers of writes that failed. */
  readonly #failed: number[] = [];
  /** Of `verify_policy=fsynced`: what was written when the sync of a slot was begun, and when the last that is done was. */
  readonly #syncing = new Map<number, WriteState>();
  #synced: WriteState = { writeCount: 0, inFlight: [] };
  /** Reads of a job that only reads, in order: number of the write that each must find. */
  #readCount = 0;
  /** No pass comes after this one. */
  #isLast = false;
  #dryWrites = { ioCount: 0, byteCount: 0 };

  constructor(parts: VerifyParts) {
    super(parts.workload);
    this.#parts = parts;
    const slotCount = parts.requests.operation.length;
    this.#role = new Uint8Array(slotCount);
    this.#pieceOf = new Float64Array(slotCount);
  }

  override get turns(): boolean {
    return this.#order === null && this.#batchLeft + this.#trimsLeft === 0 && super.turns;
  }

  override nextOperation(): number {
    if (this.#order !== null) return this.#cursor < this.#order.length ? Operation.read : -1;
    if (this.#trimsLeft > 0 && this.#trims.first < this.#trims.count) return Operation.trim;
    return this.#batchLeft > 0 ? Operation.read : super.nextOperation();
  }

  override next(slot: number): boolean {
    if (this.#order !== null) return this.#nextInOrder(slot);
    if (this.#trimsLeft > 0) {
      if (this.#nextTrim(slot)) return true;
      this.#trimsLeft = 0;
    }
    if (this.#batchLeft > 0) {
      if (this.#nextOfBacklog(slot)) return true;
      this.#batchLeft = 0;
    }
    const { workload, requests, writer } = this.#parts;
    const numberBefore = writer.numberOf[slot]!;
    if (!workload.next(slot)) return false;
    // It was never seen complete.
    if (this.#role[slot] === Role.write) this.#failed.push(numberBefore);
    this.#role[slot] = this.#roleOf(slot, requests.operation[slot]!);
    return true;
  }

  #roleOf(slot: number, operation: number): number {
    if (operation === Operation.write) return Role.write;
    if (operation === Operation.trim) return Role.trim;
    const { checksReads, loaded, knowsOrder, options } = this.#parts;
    if (operation === Operation.read) {
      if (!checksReads) return Role.none;
      return loaded === null || !knowsOrder || isDone(loaded, this.#readCount++) ? Role.read : Role.none;
    }
    if (options.policy !== 'fsynced') return Role.none;
    this.#syncing.set(slot, this.#stateNow());
    return Role.sync;
  }

  /** Writes begun so far, and those that have not completed. */
  #stateNow(): WriteState {
    const { writer } = this.#parts;
    const open = [...this.#role.keys()].filter((slot) => this.#role[slot] === Role.write);
    return {
      writeCount: writer.writeCount,
      inFlight: [...this.#failed, ...open.map((slot) => writer.numberOf[slot]!)],
    };
  }

  /** What a later run may rely on. */
  get state(): WriteState {
    return this.#parts.options.policy === 'fsynced' ? this.#synced : this.#stateNow();
  }

  completed(slot: number): void {
    const role = this.#role[slot]!;
    this.#role[slot] = Role.none;
    if (role === Role.write || role === Role.trim) this.#noteWrite(slot, role === Role.trim);
    else if (role === Role.sync) this.#synced = this.#syncing.get(slot)!;
    else if (role !== Role.none) this.#check(slot, role);
  }

  /** The clock of the measured time begins. */
  begin(): void {
    this.#numbers.fill(0, 4);
    this.#numbers[3] = this.#parts.nowNs();
    if (this.#parts.options.only) this.#runDry();
  }

  /**
   * Nothing is in flight, and the pass is over: what it wrote is read back, then another pass begins. As fio: with
   * `io_size` all passes are written before anything is read back.
   * @param goesOn begins another pass, false when there is none
   * @returns whether there is more to do
   */
  passed(goesOn: () => boolean): boolean {
    const { options, readsEachPass } = this.#parts;
    if (this.#order !== null) {
      this.#endReading();
      return !options.only && !this.#isLast && goesOn();
    }
    if (readsEachPass && this.#beginReading()) return true;
    if (!this.#isLast && goesOn()) return true;
    this.#isLast = true;
    return !readsEachPass && this.#beginReading();
  }

  #beginReading(): boolean {
    if (!this.#reads || this.errors?.isFatal) return false;
    const order = this.#vouchedFor(this.#history.lasting());
    this.#cursor = 0;
    if (order.length === 0) return false;
    this.#turnPhase(4);
    if (!this.#parts.options.only) this.#parts.settle();
    this.#order = order;
    return true;
  }

  /** Of what a job has just written it reads back, as in fio, only what a state that it loads had got to. */
  #vouchedFor(order: Int32Array): Int32Array {
    const { loaded, options } = this.#parts;
    if (loaded === null || options.only) return order;
    return order.filter((index) => isDone(loaded, this.#history.piece(index).number));
  }

  #endReading(): void {
    this.#turnPhase(5);
    this.#order = null;
    this.#cursor = 0;
    this.#batchLeft = 0;
    this.#sinceBacklog = 0;
    this.#history.clear();
  }

  /** The measured time is over. */
  end(): void {
    this.#turnPhase(this.#order === null ? 4 : 5);
  }

  /** Time spent on the job's own I/O, and on reading back. */
  get phases(): { readonly mainNs: number; readonly verifyNs: number } {
    return { mainNs: this.#numbers[4]!, verifyNs: this.#numbers[5]! };
  }

  report(): VerifyReport {
    return {
      kind: this.#parts.options.kind,
      checkedCount: this.#numbers[0]!,
      checkedBytes: this.#numbers[1]!,
      wrongCount: this.#wrongCount,
      mismatches: this.#mismatches,
      ...(this.#parts.options.only ? { dryWrites: this.#dryWrites } : {}),
    };
  }

  get #reads(): boolean {
    const { options } = this.#parts;
    return options.reads && (options.only || !this.#parts.checksReads);
  }

  #turnPhase(column: number): void {
    const now = this.#parts.nowNs();
    this.#numbers[column] = this.#numbers[column]! + now - this.#numbers[3]!;
    this.#numbers[3] = now;
  }

  /** Goes through the writes without doing them: what they would have left is then read. */
  #runDry(): void {
    const { workload, writer } = this.#parts;
    writer.isDry = true;
    this.#dryWrites = { ioCount: 0, byteCount: 0 };
    do {
      while (workload.next(0)) this.#noteDry();
    } while (workload.beginPass());
    this.#beginReading();
  }

  #noteDry(): void {
    const { requests, writer } = this.#parts;
    const operation = requests.operation[0]!;
    if (operation === Operation.trim) this.#history.append(requests, 0, writer.numberOf, true);
    if (operation !== Operation.write) return;
    const { loaded } = this.#parts;
    const number = writer.numberOf[0]!;
    // What was under way may be there or not: nothing is known of its place. What had not begun has left it alone.
    if (loaded === null || number < loaded.writeCount) {
      this.#history.append(requests, 0, writer.numberOf, loaded !== null && !isDone(loaded, number));
    }
    this.#dryWrites.ioCount++;
    this.#dryWrites.byteCount += requests.byteCount[0]!;
  }

  #noteWrite(slot: number, isTrim: boolean): void {
    const { options, requests, writer } = this.#parts;
    if (options.trimPercent > 0 && !isTrim) this.#drawTrim(slot);
    if (!this.#reads) return;
    this.#history.append(requests, slot, writer.numberOf, isTrim, options.trimPercent > 0 && options.expectsZeros);
    if (isTrim) return;
    if (options.backlogCount === 0) {
      this.#history.compact();
      return;
    }
    this.#sinceBacklog++;
    if (this.#sinceBacklog < options.backlogCount) return;
    this.#sinceBacklog = 0;
    this.#batchLeft = options.backlogBatchCount === 0 ? options.backlogCount : options.backlogBatchCount;
  }

  #nextInOrder(slot: number): boolean {
    const order = this.#order!;
    if (this.#cursor >= order.length) return false;
    this.#fillPiece(slot, order[this.#cursor++]!);
    return true;
  }

  /** As many of the writes as the percentage says, evenly. */
  #drawTrim(slot: number): void {
    const { options, requests, writer } = this.#parts;
    this.#trimShare += options.trimPercent;
    if (this.#trimShare >= 100) {
      this.#trimShare -= 100;
      this.#trims.append(requests, slot, writer.numberOf, false);
    }
    this.#sinceTrim++;
    if (this.#sinceTrim < options.trimBacklogCount) return;
    this.#sinceTrim = 0;
    this.#trimsLeft = options.trimBatchCount === 0 ? options.trimBacklogCount : options.trimBatchCount;
    if (this.#trims.first < this.#trims.count) this.#parts.beforeTrims();
  }

  #nextTrim(slot: number): boolean {
    const { requests, writer } = this.#parts;
    const trims = this.#trims;
    if (trims.first >= trims.count) return false;
    trims.load(trims.first, requests, slot, writer.numberOf, slot);
    trims.drop(trims.first + 1);
    requests.operation[slot] = Operation.trim;
    this.#role[slot] = Role.trim;
    this.#trimsLeft--;
    return true;
  }

  #nextOfBacklog(slot: number): boolean {
    const history = this.#history;
    let index = history.first;
    while (index < history.count && history.isTrim(index)) index++;
    if (index >= history.count) return false;
    this.#fillPiece(slot, index);
    this.#batchLeft--;
    // What is looked at once is done with.
    history.drop(index + 1);
    return true;
  }

  #fillPiece(slot: number, index: number): void {
    const { requests, writer } = this.#parts;
    this.#role[slot] = Role.piece;
    this.#pieceOf[slot] = index;
    this.#history.load(index, requests, slot, writer.numberOf, slot);
    requests.operation[slot] = Operation.read;
  }

  #check(slot: number, role: number): void {
    const { requests, views, checker, knows, key, movesData, writer } = this.#parts;
    const numbers = this.#numbers;
    const byteCount = requests.byteCount[slot]!;
    if (!movesData) return;
    numbers[0] = numbers[0]! + 1;
    numbers[1] = numbers[1]! + byteCount;
    const expected = this.#expected;
    const isPiece = role === Role.piece;
    if (isPiece && writer.numberOf[slot] === zeroedNumber) {
      if (!isZero(views[slot]!, byteCount) && !this.#isExcused(slot, Wrong.zeros)) {
        this.#noteWrong(slot, true, Wrong.zeros, true);
      }
      return;
    }
    expected.numbers[0] = requests.offset[slot]!;
    expected.checksNumber = isPiece && knows.number;
    expected.checksSeed = isPiece && knows.seed;
    if (isPiece) {
      expected.numbers[1] = writer.numberOf[slot]!;
      seedOfWrite(key, expected.numbers, 1, expected.seed);
    }
    const wrong = checker.check(views[slot]!, byteCount, expected);
    if (wrong !== Wrong.nothing) this.#noteWrongParts(slot, isPiece, wrong);
  }

  /** The part that was found, and those behind it: the error is the first one's. */
  #noteWrongParts(slot: number, isPiece: boolean, first: Wrong): void {
    const { requests, views, checker, format, options } = this.#parts;
    const byteCount = requests.byteCount[slot]!;
    let isError = false;
    for (let wrong = first; wrong !== Wrong.nothing; ) {
      const at = checker.wrongAt;
      const isExcused = isPiece ? this.#isExcused(slot, wrong) : this.#isUnwritten(slot, wrong);
      if (!isExcused) {
        this.#noteWrong(slot, isPiece, wrong, !isError);
        isError = true;
      }
      if (format.header === null || format.intervalBytes === 0 || (isError && options.fatal)) return;
      wrong = checker.check(views[slot]!, byteCount, this.#expected, at + format.intervalBytes);
    }
  }

  #noteWrong(slot: number, isPiece: boolean, wrong: Wrong, isError: boolean): void {
    const { options, dumpFolder, onMismatch } = this.#parts;
    if (isError) this.#wrongCount++;
    const block = this.#wrongBlock(slot, isPiece, wrong);
    const offset = block.ioOffset + block.at;
    const dumps = options.dump ? saveDumps(dumpFolder, block, offset) : [];
    const mismatch = this.#mismatches.length < toldMax ? { ...diagnose(block), dumps } : null;
    if (mismatch !== null) this.#mismatches.push(mismatch);
    const explanation = mismatch?.explanation ?? null;
    onMismatch?.({ ...noticeOf(block, options.kind), explanation, dumps });
    const what = explanation === null ? block.finding.what : `${block.finding.what}: ${explanation}`;
    if (!isError) return;
    this.errors!.noteMismatch(slot, options.fatal, {
      reason: `${mismatchHeading} ${offset} of ${block.path}: ${what}`,
      advice: adviseOn(block.finding, mismatch),
    });
  }

  /** The place was written again meanwhile, or in an order that is not known: what is there need not be this write. */
  #isExcused(slot: number, wrong: Wrong): boolean {
    const { requests, depth } = this.#parts;
    const history = this.#history;
    const file = requests.fileIndex[slot]!;
    const offset = requests.offset[slot]!;
    const byteCount = requests.byteCount[slot]!;
    const index = this.#pieceOf[slot]!;
    if (this.#order === null) {
      if (history.isTouchedFrom(Math.max(index + 1, history.first), file, offset, byteCount)) return true;
      return this.#isBeingWritten(file, offset, byteCount);
    }
    if (wrong !== Wrong.number && wrong !== Wrong.seed) return false;
    const before = history.lastBefore(index, file, offset, byteCount);
    return before >= 0 && index - before < depth;
  }

  /** By a state whose order is not known: the header itself says whether the state vouches for the block. */
  #isUnwritten(slot: number, wrong: Wrong): boolean {
    const { loaded, knowsOrder, views, format, checker } = this.#parts;
    if (loaded === null || knowsOrder || format.header === null) return false;
    if (wrong === Wrong.magic) return true;
    const scratch = new HeaderScratch();
    scratch.load(views[slot]!.bytes, checker.wrongAt + format.headerOffsetBytes);
    const header = readHeader(scratch);
    return header !== null && header.crc === header.computedCrc && !isDone(loaded, header.number);
  }

  #isBeingWritten(file: number, offset: number, byteCount: number): boolean {
    const { requests } = this.#parts;
    return this.#role.some(
      (role, slot) =>
        (role === Role.write || role === Role.trim) &&
        requests.fileIndex[slot] === file &&
        requests.offset[slot]! < offset + byteCount &&
        offset < requests.offset[slot]! + requests.byteCount[slot]!,
    );
  }

  #wrongBlock(slot: number, isPiece: boolean, wrong: Wrong): WrongBlock {
    const { requests, views, checker, format, paths, key, writer, knows } = this.#parts;
    const file = requests.fileIndex[slot]!;
    const offset = requests.offset[slot]!;
    const byteCount = requests.byteCount[slot]!;
    const bytes = views[slot]!.bytes.slice(0, (byteCount + 3) & ~3);
    const isWhole = wrong === Wrong.zeros || (wrong === Wrong.content && format.header === null);
    const at = isWhole ? 0 : checker.wrongAt;
    const isKnown = isPiece && wrong !== Wrong.zeros && (knows.number || knows.seed);
    const before = isPiece ? this.#history.lastBefore(this.#pieceOf[slot]!, file, offset, byteCount) : -1;
    const isSeeded = format.pattern === null && format.salt === null;
    return {
      io: { bytes, words: new Int32Array(bytes.buffer) },
      ioBytes: byteCount,
      ioOffset: offset,
      at,
      path: paths[file] ?? 'the target',
      finding: describeWrong(wrong, bytes, at, { format, expected: this.#expected, byteCount }),
      format,
      number: isKnown ? writer.numberOf[slot]! : null,
      seedOf: isSeeded && isKnown ? (number) => seedOf(key, number) : null,
      numberBefore: before < 0 ? null : this.#history.piece(before).number,
    };
  }
}

function seedOf(key: Int32Array, number: number): Int32Array {
  const seed = new Int32Array(2);
  seedOfWrite(key, Float64Array.of(number), 0, seed);
  return seed;
}

/** The state vouches for the write with this number. */
function isDone({ writeCount, inFlight }: WriteState, number: number): boolean {
  return number < writeCount && !inFlight.includes(number);
}

function isZero({ bytes }: BlockView, byteCount: number): boolean {
  for (let at = 0; at < byteCount; at++) if (bytes[at] !== 0) return false;
  return true;
}
