/** A worker's records → lines of its log files, in fio's formats (its HOWTO, "Log File Formats" and "Trace file format v3"). */
import { fioBucketCount } from './fio-buckets.js';
import { LineBuffer } from './line-buffer.js';
import { type LogFile, type LogFormat, type LogKind, priorityText } from './log-files.js';
import { histogramTag, issuedTag, recordWidth, windowKinds, windowTag } from './record-ring.js';

const operationWords = ['read', 'write', 'trim', 'sync', 'datasync', 'sync_file_range'] as const;

/** Where the bytes of one file go. */
interface ByteSink {
  write(bytes: Buffer): void;
}

interface LogOutput {
  readonly file: LogFile;
  readonly sink: ByteSink;
}

export class LogWriter {
  readonly #format: LogFormat;
  readonly #epochMs: () => number;
  readonly #lines: Partial<Record<LogKind, LineBuffer>>;
  /** Files with a line for each I/O. */
  readonly #bandwidth: LineBuffer | undefined;
  readonly #iops: LineBuffer | undefined;
  readonly #total: LineBuffer | undefined;
  readonly #completion: LineBuffer | undefined;
  readonly #submission: LineBuffer | undefined;
  readonly #windowLines: readonly (LineBuffer | undefined)[];
  /** Columns by priority; few occur. */
  readonly #priorityColumns = new Map<number, string>();
  /** Buckets that are still to come, and the sum of those for the next column. */
  #bucketsLeft = 0;
  #columnSum = 0;

  /**
   * @param epochMs what to add to the times of log lines, ms; asked per record, since it is known only when the job starts
   * @param isTimed submission was timed: else there are no lines of it
   */
  constructor(format: LogFormat, outputs: readonly LogOutput[], epochMs: () => number, isTimed: boolean) {
    this.#format = format;
    this.#epochMs = epochMs;
    this.#lines = Object.fromEntries(
      outputs.map(({ file, sink }) => [file.kind, new LineBuffer((bytes) => sink.write(bytes))]),
    );
    const { bandwidth, iops, total, completion, submission } = this.#lines;
    this.#bandwidth = bandwidth;
    this.#iops = iops;
    this.#total = total;
    this.#completion = completion;
    this.#submission = isTimed ? submission : undefined;
    this.#windowLines = windowKinds.map((kind) => this.#lines[kind]);
  }

  /** The record at `at`. */
  take(records: Float64Array, at: number): void {
    if (this.#bucketsLeft > 0) {
      this.#takeBuckets(records, at);
      return;
    }
    const tag = records[at]!;
    if (tag < windowTag) this.#takeIo(records, at);
    else if (tag < issuedTag) this.#takeWindow(records, at);
    else if (tag < histogramTag) this.#takeIssued(records, at);
    else this.#beginHistogram(records, at);
  }

  beginIolog(): void {
    const line = this.#lines.iolog;
    if (line === undefined) return;
    line.text('fio version 3 iolog');
    line.endLine();
    for (const name of this.#format.fileNames) this.#fileAction(line, 0, name, 'add');
    for (const name of this.#format.fileNames) this.#fileAction(line, 0, name, 'open');
  }

  /** @param endUs when the files were closed */
  endIolog(endUs: number): void {
    const line = this.#lines.iolog;
    if (line === undefined) return;
    for (const name of this.#format.fileNames) this.#fileAction(line, endUs, name, 'close');
  }

  flush(): void {
    for (const line of Object.values(this.#lines)) line.flush();
  }

  #takeIo(records: Float64Array, at: number): void {
    const completionNs = records[at + 4]!;
    const byteCount = records[at + 5]!;
    const issuedNs = records[at + 1]! - completionNs;
    if (this.#bandwidth !== undefined) {
      // As fio: of single I/Os in 1000 bytes per second, of windows in KiB.
      const rate = completionNs > 0 ? (byteCount * 1e6) / completionNs : 0;
      this.#ioLine(this.#bandwidth, records, at, rate, 0);
    }
    if (this.#iops !== undefined) this.#ioLine(this.#iops, records, at, 1, 0);
    if (this.#submission !== undefined) this.#ioLine(this.#submission, records, at, records[at + 3]!, issuedNs);
    if (this.#completion !== undefined) this.#ioLine(this.#completion, records, at, completionNs, issuedNs);
    if (this.#total !== undefined) this.#ioLine(this.#total, records, at, records[at + 2]!, 0);
  }

  #ioLine(line: LineBuffer, records: Float64Array, at: number, value: number, issuedNs: number): void {
    line.number(this.#epochMs() + Math.floor(records[at + 1]! / 1e6));
    line.text(', ');
    line.number(value);
    // fio has the column of the maximum in logs of single I/Os too, and nothing to put there.
    if (this.#format.windowValue === 'both') line.text(', 0');
    line.text(', ');
    line.number(records[at]!);
    line.text(', ');
    line.number(records[at + 5]!);
    if (this.#format.offset) {
      line.text(', ');
      line.number(records[at + 6]!);
    }
    line.text(this.#priorityColumn(records[at + 7]!));
    if (this.#format.issueTime) {
      line.text(', ');
      line.number(issuedNs);
    }
    line.endLine();
  }

  #priorityColumn(priority: number): string {
    const known = this.#priorityColumns.get(priority);
    if (known !== undefined) return known;
    const column = `, ${priorityText(priority, this.#format.priorityInFull)}`;
    this.#priorityColumns.set(priority, column);
    return column;
  }

  #takeWindow(records: Float64Array, at: number): void {
    const tag = records[at]! - windowTag;
    const line = this.#windowLines[tag >> 2];
    if (line === undefined) return;
    const { windowValue, offset, issueTime } = this.#format;
    line.number(this.#epochMs() + records[at + 1]!);
    line.text(', ');
    line.number(windowValue === 'maximum' ? records[at + 3]! : records[at + 2]!);
    if (windowValue === 'both') {
      line.text(', ');
      line.number(records[at + 3]!);
    }
    line.text(', ');
    line.number(tag & 3);
    line.text(', 0');
    if (offset) line.text(', 0');
    // A window has no priority of its own.
    line.text(this.#priorityColumn(0));
    if (issueTime) line.text(', 0');
    line.endLine();
  }

  #takeIssued(records: Float64Array, at: number): void {
    const line = this.#lines.iolog;
    if (line === undefined) return;
    line.number(records[at + 1]! / 1000);
    line.text(' ');
    line.anyText(this.#format.fileNames[records[at + 7]!]!);
    line.text(' ');
    line.text(operationWords[records[at]! - issuedTag]!);
    line.text(' ');
    line.number(records[at + 6]!);
    line.text(' ');
    line.number(records[at + 5]!);
    line.endLine();
  }

  #fileAction(line: LineBuffer, us: number, name: string, action: string): void {
    line.number(us);
    line.text(' ');
    line.anyText(name);
    line.text(` ${action}`);
    line.endLine();
  }

  #beginHistogram(records: Float64Array, at: number): void {
    this.#bucketsLeft = fioBucketCount;
    this.#columnSum = 0;
    const line = this.#lines.histogram;
    if (line === undefined) return;
    line.number(this.#epochMs() + records[at + 1]!);
    line.text(', ');
    line.number(records[at]! - histogramTag);
    line.text(', ');
    line.number(records[at + 5]!);
  }

  #takeBuckets(records: Float64Array, at: number): void {
    const line = this.#lines.histogram;
    const stride = 1 << this.#format.histogramCoarseness;
    for (let k = 0; k < recordWidth; k++) {
      this.#columnSum += records[at + k]!;
      this.#bucketsLeft--;
      if (line === undefined || this.#bucketsLeft % stride !== 0) continue;
      line.text(', ');
      line.number(this.#columnSum);
      this.#columnSum = 0;
    }
    if (this.#bucketsLeft === 0) line?.endLine();
  }
}
