/** The content that `verify_pattern` describes, at any place of a file. */
import { parseBufferPattern } from '../../job/buffer-pattern.js';

const offsetBytes = 8;

export class OffsetPattern {
  readonly #bytes: Uint8Array;
  readonly #places: readonly number[];
  /** The pattern begins anew after so many bytes, with the offset there; 0 = with each block. */
  readonly #intervalBytes: number;

  constructor(bytes: Uint8Array, offsetPlaces: readonly number[], intervalBytes: number) {
    this.#bytes = bytes;
    this.#places = offsetPlaces;
    this.#intervalBytes = intervalBytes;
  }

  /** Lays the pattern over bytes [0, byteCount) of a block that stands at `offset[0]` of its file. */
  lay(into: Uint8Array, byteCount: number, offset: Float64Array): void {
    const interval = this.#intervalBytes === 0 ? byteCount : this.#intervalBytes;
    for (let at = 0; at < byteCount; at += interval) {
      const end = Math.min(at + interval, byteCount);
      this.#layOne(into, at, end, offset[0]! + (this.#intervalBytes === 0 ? 0 : at));
    }
  }

  #layOne(into: Uint8Array, from: number, to: number, offset: number): void {
    const bytes = this.#bytes;
    const length = bytes.length;
    const first = Math.min(length, to - from);
    for (let at = 0; at < first; at++) into[from + at] = bytes[at]!;
    for (const place of this.#places) layOffset(into, from + place, from + first, offset);
    // Each copy doubles what is there.
    for (let done = first; done < to - from; ) {
      const count = Math.min(done, to - from - done);
      into.copyWithin(from + done, from, from + count);
      done += count;
    }
  }
}

function layOffset(into: Uint8Array, at: number, to: number, offset: number): void {
  let rest = offset;
  for (let byte = 0; byte < offsetBytes && at + byte < to; byte++) {
    into[at + byte] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** @param text as checked when the job was read; files named in it are read again. Throws `Error` when one is gone */
export function createOffsetPattern(text: string, intervalBytes: number): OffsetPattern {
  const parsed = parseBufferPattern(text, undefined, true);
  if (!parsed.ok) throw new Error(`verify_pattern: ${parsed.message}`);
  return new OffsetPattern(parsed.bytes, parsed.offsetPlaces, intervalBytes);
}
