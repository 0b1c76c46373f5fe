/**
 * Messages as lines of JSON on a pipe, the same at both ends. A line is never longer than 1 MiB: what is larger goes
 * compressed, in numbered pieces. What comes in is bounded before it is kept, inflated or parsed.
 */
import { gunzipSync, gzipSync } from 'node:zlib';

export const lineBytesMax = 2 ** 20;
/** Characters, of which none takes more than three bytes. */
const plainLengthMax = 2 ** 18;
const pieceLength = 2 ** 19;
/** Compressed, in base64; and as text again. A host's result has some 100 KiB, one of thousands of jobs some 100 MiB. */
const packedLengthMax = 2 ** 26;
const messageBytesMax = 2 ** 28;

/** The other end does not speak as it should. Shown to people after its name. */
export class ProtocolError extends Error {}

interface Piece {
  readonly piece: number;
  readonly of: number;
  readonly data: string;
}

/** With their line ends. */
export function linesOf(message: object): string[] {
  const text = JSON.stringify(message);
  if (text.length <= plainLengthMax) return [`${text}\n`];
  const packed = gzipSync(text).toString('base64');
  const count = Math.ceil(packed.length / pieceLength);
  return Array.from({ length: count }, (_, piece) => {
    const data = packed.slice(piece * pieceLength, (piece + 1) * pieceLength);
    return `${JSON.stringify({ piece, of: count, data } satisfies Piece)}\n`;
  });
}

/** Cuts a stream of bytes into lines, without their ends. */
export class LineReader {
  #open: Buffer[] = [];
  #openBytes = 0;

  /** @throws ProtocolError when a line does not end. */
  feed(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, end));
      lines.push(Buffer.concat(this.#open, this.#openBytes).toString('utf8'));
      this.#open = [];
      this.#openBytes = 0;
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  /** What came after the last end of a line. */
  get rest(): string {
    return Buffer.concat(this.#open, this.#openBytes).toString('utf8');
  }

  #keep(part: Buffer): void {
    this.#openBytes += part.length;
    if (this.#openBytes > lineBytesMax) throw new ProtocolError(`it sent a line of more than ${lineBytesMax} bytes`);
    if (part.length > 0) this.#open.push(part);
  }
}

/** Puts pieces together; all else passes as it is. */
export class Assembler {
  #pieces: string[] = [];
  #length = 0;
  #count = 0;

  /**
   * The value of a line, or of the message that it completes; undefined while pieces are missing.
   * @throws ProtocolError for what is no JSON, or no piece that can be the next.
   */
  add(line: string): unknown {
    const value = parsed(line);
    if (!isPiece(value)) {
      if (this.#pieces.length > 0) throw new ProtocolError('it sent a message among the pieces of another');
      return value;
    }
    if (this.#pieces.length === 0) this.#count = value.of;
    if (value.of !== this.#count || value.piece !== this.#pieces.length || value.piece >= this.#count) {
      throw new ProtocolError(`it sent piece ${value.piece} of ${value.of} where ${this.#pieces.length} is next`);
    }
    this.#length += value.data.length;
    if (this.#length > packedLengthMax) throw new ProtocolError('it sent a message that is larger than any of ours');
    this.#pieces.push(value.data);
    if (this.#pieces.length < this.#count) return undefined;
    const packed = this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    return parsed(inflated(packed));
  }
}

function isPiece(value: unknown): value is Piece {
  if (typeof value !== 'object' || value === null || !('piece' in value)) return false;
  const { piece, of, data } = value as Partial<Piece>;
  if (Number.isInteger(piece) && Number.isInteger(of) && typeof data === 'string' && piece! >= 0) return true;
  throw new ProtocolError('it sent a piece that is none');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolError('it sent a line that is no JSON');
  }
}

function inflated(packed: string): string {
  try {
    return gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: messageBytesMax }).toString('utf8');
  } catch {
    throw new ProtocolError('it sent a message that cannot be inflated, or to more than any of ours');
  }
}
