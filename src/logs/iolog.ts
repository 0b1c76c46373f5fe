/**
 * fio's recordings of I/O (its HOWTO, "Trace file format"), version 2 and 3, read into columns.
 *
 *   fio version 3 iolog                      the first line
 *   [us] NAME add | open | close             us: version 3 only, since the start
 *   [us] NAME read | write | trim | sync | datasync OFFSET LENGTH
 *   NAME wait MS 0                           version 2 only
 *
 * fio's HOWTO says that `wait` counts microseconds from the wait before; fio itself takes milliseconds since its start,
 * and so do we.
 */

import type { ReplayOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import type { Place, Problem } from '../support/errors.js';
import { quote } from '../support/quote.js';
import type { Recording } from './recording.js';

export interface ParsedIolog {
  readonly recording: Recording;
  readonly problems: readonly Problem[];
  /** Trims that were cut into pieces of at most 1 GiB, since a request of ours is below 2 GiB. */
  readonly splitTrimCount: number;
}

/** blktrace(8) writes this in front of each of its records, in the byte order of the machine; the last byte is a version. */
const blktraceMagic = 0x65617400;

export function isBlktrace(text: Buffer): boolean {
  if (text.length < 4) return false;
  return (
    (text.readUInt32LE(0) & 0xffffff00) >>> 0 === blktraceMagic ||
    (text.readUInt32BE(0) & 0xffffff00) >>> 0 === blktraceMagic
  );
}

const header = /^fio version (\d+) iolog\s*$/;
const operations: ReadonlyMap<string, number> = new Map([
  ['read', Operation.read],
  ['write', Operation.write],
  ['trim', Operation.trim],
  ['sync', Operation.sync],
  ['datasync', Operation.dataSync],
]);
const fileActions = ['add', 'open', 'close'];
const trimPieceBytes = 2 ** 30;
const transferBytesMax = 2 ** 31 - 1;
const problemsMax = 50;
/** What a short text can name is bounded before it takes memory: 25 bytes a row. */
const rowsMax = 2 ** 25;
const filesMax = 2 ** 16;
const lineBytesMax = 2 ** 16;

/**
 * Reads a whole recording. Gives every problem with its line (at most 50 of them), never throws.
 * @param fileName for messages
 */
export function parseIolog(bytes: Buffer, fileName: string, options: ReplayOptions): ParsedIolog {
  const reader = new IologReader(fileName, options);
  let lineNumber = 0;
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    // One byte more than may be, so that it shows.
    const text = bytes.toString('utf8', start, Math.min(end < 0 ? bytes.length : end, start + lineBytesMax + 1));
    reader.line(text.endsWith('\r') ? text.slice(0, -1) : text, ++lineNumber);
    if (reader.isHopeless) break;
    start = end < 0 ? bytes.length : end + 1;
  }
  return reader.finish();
}

class IologReader {
  readonly #fileName: string;
  readonly #options: ReplayOptions;
  readonly #problems: Problem[] = [];
  readonly #files: string[] = [];
  readonly #added = new Map<string, number>();
  readonly #indexes = new Map<string, number>();
  readonly #rows = new Rows();
  #unlistedCount = 0;
  #version: 2 | 3 | null = null;
  #place: Place;
  /** Version 3: the time of the line before; null = the next one is the first. */
  #lastUs: number | null = null;
  #dueUs = 0;
  #splitTrimCount = 0;
  isHopeless = false;

  constructor(fileName: string, options: ReplayOptions) {
    this.#fileName = fileName;
    this.#options = options;
    this.#place = { file: fileName, line: 1, column: 1, text: '' };
  }

  line(text: string, lineNumber: number): void {
    this.#place = { file: this.#fileName, line: lineNumber, column: 1, text: text.slice(0, 200) };
    const match = header.exec(text);
    if (text.length > lineBytesMax) this.#tooMany(`this line is longer than ${lineBytesMax} bytes`);
    else if (match !== null) this.#header(Number(match[1]));
    else if (this.#version === null) this.#missingHeader();
    else this.#action(text);
  }

  #action(text: string): void {
    const words = text.trim().split(/\s+/);
    if (words[0] === '') return;
    if (this.#version === 3 && !this.#time(words.shift()!)) return;
    const [name, action, offset, length, ...more] = words;
    if (name === undefined || action === undefined || more.length > 0) {
      this.#problem(
        `this line has ${words.length} words`,
        `write ${this.#version === 3 ? 'TIME ' : ''}NAME ACTION, and OFFSET LENGTH for I/Os`,
      );
    } else if (offset === undefined) {
      this.#fileAction(name, action);
    } else if (length === undefined) {
      this.#problem(
        `${quote(action)} has an offset and no length`,
        'write both, in bytes; the file may have been cut off here',
      );
    } else if (action === 'wait') {
      this.#wait(offset);
    } else {
      this.#io(name, action, offset, length);
    }
  }

  finish(): ParsedIolog {
    if (this.#version === null && this.#problems.length === 0) {
      this.#problem('the recording is empty', 'write one with write_iolog');
    }
    if (this.#problems.length === 0 && this.#rows.count === 0) {
      this.#place = { ...this.#place, line: 1, text: '' };
      this.#problem('there is no I/O to replay in it', 'look at replay_skip, or write another recording');
    }
    if (this.#unlistedCount > 0) {
      this.#problems.push({
        place: { ...this.#place, line: 0, column: 0, text: '' },
        message: `${this.#unlistedCount} more problems in ${this.#fileName}`,
        advice: null,
      });
    }
    return {
      recording: this.#rows.finish(this.#files, this.#options.noStall, this.#version === 3),
      problems: this.#problems,
      splitTrimCount: this.#splitTrimCount,
    };
  }

  #header(version: number): void {
    if (version !== 2 && version !== 3) {
      this.#problem(`version ${version} of iologs is not supported`, 'versions 2 and 3 are');
      this.isHopeless = true;
    } else if (this.#version !== null && version !== this.#version) {
      this.#problem(`version ${version} begins inside of version ${this.#version}`, 'replay each recording by itself');
      this.isHopeless = true;
    }
    // fio adds to an existing recording: times begin anew then.
    this.#version = version === 2 ? 2 : 3;
    this.#lastUs = null;
  }

  #missingHeader(): void {
    const isFirst = /^[01],\s*\d+,\s*\d+$/.test(this.#place.text);
    // Not shown: the file may be any that this user may read.
    if (!isFirst) this.#place = { ...this.#place, column: 0, text: '' };
    this.#problem(
      isFirst
        ? 'version 1 of iologs is not supported'
        : 'this is not an iolog: its first line is not "fio version 3 iolog"',
      'write it anew with write_iolog, or put that line in front of lines TIME NAME ACTION OFFSET LENGTH',
    );
    this.isHopeless = true;
  }

  #time(text: string): boolean {
    const us = wholeNumber(text);
    if (us === null) {
      this.#problem(`${quote(text)} is not a time in microseconds`, 'version 3 has a time in front of each line');
      return false;
    }
    if (this.#lastUs !== null && us > this.#lastUs && !this.#options.noStall) {
      this.#dueUs += ((us - this.#lastUs) * 100) / this.#options.timeScalePercent;
    }
    this.#lastUs = us;
    return true;
  }

  #fileAction(name: string, action: string): void {
    if (!fileActions.includes(action)) {
      const isIo = operations.has(action) || action === 'wait';
      this.#problem(
        isIo ? `"${action}" has no offset and no length` : `unknown action ${quote(action)}`,
        isIo ? 'write both, in bytes; the file may have been cut off here' : `files are ${fileActions.join(', ')}ed`,
      );
      return;
    }
    if (action === 'add') this.#add(name);
    else this.#fileOf(name);
  }

  #add(name: string): void {
    if (this.#added.has(name)) return;
    const target = this.#options.redirect ?? name;
    const index = this.#indexes.get(target) ?? this.#files.push(target) - 1;
    this.#indexes.set(target, index);
    this.#added.set(name, index);
    if (this.#added.size > filesMax) this.#tooMany(`more than ${filesMax} files`);
  }

  /** null, with a problem noted, when the file is unknown. */
  #fileOf(name: string): number | null {
    const index = this.#added.get(name);
    if (index !== undefined) return index;
    this.#problem(
      `the file ${quote(name)} was not added before`,
      `write a line "${this.#version === 3 ? '0 ' : ''}${name.slice(0, 60)} add" above`,
    );
    // Once is enough.
    this.#add(name);
    return null;
  }

  #wait(text: string): void {
    if (this.#version === 3) {
      this.#problem('"wait" is not allowed in version 3', 'its times say when to go on; leave the line out');
      return;
    }
    const ms = wholeNumber(text);
    if (ms === null) this.#problem(`${quote(text)} is not a time in milliseconds`, null);
    else if (!this.#options.noStall) this.#dueUs = Math.max(this.#dueUs, ms * 1000);
  }

  #io(name: string, action: string, offsetText: string, lengthText: string): void {
    const operation = operations.get(action);
    if (operation === undefined) {
      this.#problem(`unknown action ${quote(action)}`, `I/Os are ${[...operations.keys()].join(', ')}`);
      return;
    }
    const offset = wholeNumber(offsetText);
    const length = wholeNumber(lengthText);
    if (offset === null) this.#problem(`${quote(offsetText)} is not an offset in bytes`, null);
    if (length === null) this.#problem(`${quote(lengthText)} is not a length in bytes`, null);
    const file = this.#fileOf(name);
    if (offset === null || length === null || file === null) return;
    const isSync = operation === Operation.sync || operation === Operation.dataSync;
    // As fio, whose "sync" means fsync alone here.
    if (operation !== Operation.dataSync && this.#options.skip.some((skip) => skip === action)) return;
    if (!isSync && length === 0) {
      this.#problem(`a ${action} of 0 bytes`, 'leave the line out');
      return;
    }
    if (length > transferBytesMax && operation !== Operation.trim) {
      this.#problem(`a ${action} of ${length} bytes is too long`, `at most ${transferBytesMax} are possible`);
      return;
    }
    const scaled = Math.floor(offset / this.#options.offsetScale);
    const align = this.#options.offsetAlignBytes;
    const from = align > 1 ? Math.floor(scaled / align) * align : scaled;
    const pieces = operation === Operation.trim ? Math.ceil(length / trimPieceBytes) : 1;
    if (this.#rows.count + pieces > rowsMax) this.#tooMany(`more than ${rowsMax} I/Os, trims in pieces of 1 GiB`);
    else if (isSync) this.#rows.add(operation, file, 0, 0, this.#dueUs);
    else if (operation === Operation.trim) this.#trim(file, from, length);
    else this.#rows.add(operation, file, length, from, this.#dueUs);
  }

  #trim(file: number, from: number, length: number): void {
    if (length > trimPieceBytes) this.#splitTrimCount++;
    for (let done = 0; done < length; done += trimPieceBytes) {
      this.#rows.add(Operation.trim, file, Math.min(trimPieceBytes, length - done), from + done, this.#dueUs);
    }
  }

  /** Nothing after it is read. */
  #tooMany(message: string): void {
    this.#problem(message, 'replay a part of the recording');
    this.isHopeless = true;
  }

  #problem(message: string, advice: string | null): void {
    if (this.#problems.length < problemsMax) this.#problems.push({ place: this.#place, message, advice });
    else this.#unlistedCount++;
  }
}

function wholeNumber(text: string): number | null {
  if (!/^\d{1,16}$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** Columns that grow. */
class Rows {
  count = 0;
  #operation = new Int8Array(1024);
  #fileIndex = new Int32Array(1024);
  #byteCount = new Int32Array(1024);
  #offset = new Float64Array(1024);
  #dueUs = new Float64Array(1024);

  add(operation: number, file: number, byteCount: number, offset: number, dueUs: number): void {
    if (this.count === this.#operation.length) this.#grow();
    const row = this.count++;
    this.#operation[row] = operation;
    this.#fileIndex[row] = file;
    this.#byteCount[row] = byteCount;
    this.#offset[row] = offset;
    this.#dueUs[row] = dueUs;
  }

  /** @param fromFirst times count from the first I/O; else, in version 2, from the start of the job, as its waits do */
  finish(files: readonly string[], noStall: boolean, fromFirst: boolean): Recording {
    const { count } = this;
    const startUs = fromFirst && count > 0 ? this.#dueUs[0]! : 0;
    const dueNs = filled(new Float64Array(new SharedArrayBuffer(count * 8)), this.#dueUs.subarray(0, count));
    for (let row = 0; row < count; row++) dueNs[row] = noStall ? 0 : (dueNs[row]! - startUs) * 1000;
    return {
      files,
      count,
      operation: filled(new Int8Array(new SharedArrayBuffer(count)), this.#operation.subarray(0, count)),
      fileIndex: filled(new Int32Array(new SharedArrayBuffer(count * 4)), this.#fileIndex.subarray(0, count)),
      byteCount: filled(new Int32Array(new SharedArrayBuffer(count * 4)), this.#byteCount.subarray(0, count)),
      offset: filled(new Float64Array(new SharedArrayBuffer(count * 8)), this.#offset.subarray(0, count)),
      dueNs,
    };
  }

  #grow(): void {
    const length = this.#operation.length * 2;
    this.#operation = filled(new Int8Array(length), this.#operation);
    this.#fileIndex = filled(new Int32Array(length), this.#fileIndex);
    this.#byteCount = filled(new Int32Array(length), this.#byteCount);
    this.#offset = filled(new Float64Array(length), this.#offset);
    this.#dueUs = filled(new Float64Array(length), this.#dueUs);
  }
}

function filled<T extends Int8Array | Int32Array | Float64Array>(target: T, source: ArrayLike<number>): T {
  target.set(source);
  return target;
}
