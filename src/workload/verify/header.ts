/**
 * The header of a verified block in fio's two forms. fio up to 3.40 writes the one of 40 bytes, later versions that of 48;
 * neither reads the other's. The third byte tells them apart: from 0x80 on it is a version.
 *
 *   40 bytes   magic u16, type u16, length u32, seed u64, offset u64, seconds u32, ns u32, thread u16, number u16, crc u32
 *   48 bytes   magic u16, version u8, type u8, length u32, seed u64, offset u64, seconds u32, ns u32, number u64, thread u16,
 *              two unused bytes, crc u32
 *
 * All numbers have the lowest byte first. The crc is CRC-32C of what stands before it, the unused bytes included.
 */
import { bareHeaderBytes, type HeaderForm } from '../../job/verify.js';
import { type BlockView, crc32cOf } from './crc.js';

const magic = 0xacca;
/** Of the longer form. */
const version = 0x81;

/** What a header says of its block. */
export interface HeaderFields {
  readonly form: HeaderForm;
  /** As in checksums.ts. */
  readonly diskType: number;
  readonly lengthBytes: number;
  /** 16 hexadecimal digits: what the content was drawn with. */
  readonly seed: string;
  readonly offset: number;
  /** When it was written, on the writer's clock. */
  readonly timeNs: number;
  readonly thread: number;
  /** How many writes the job had begun before this one; the shorter form keeps 16 bits. */
  readonly number: number;
  readonly crc: number;
  /** The header's own, as computed from its other bytes. */
  readonly computedCrc: number;
}

/** The places that a header is made in and looked at: columns as words, so that nothing is allocated. */
export class HeaderScratch implements BlockView {
  readonly words = new Int32Array(12);
  readonly bytes = new Uint8Array(this.words.buffer);

  load(from: Uint8Array, at: number): void {
    const { bytes } = this;
    for (let index = 0; index < bytes.length; index++) bytes[index] = from[at + index]!;
  }

  store(into: Uint8Array, at: number, byteCount: number): void {
    const { bytes } = this;
    for (let index = 0; index < byteCount; index++) into[at + index] = bytes[index]!;
  }

  get hasMagic(): boolean {
    return (this.words[0]! & 0xffff) === magic;
  }

  /** Bytes 2 and 3. */
  get kind(): number {
    return this.words[0]! >>> 16;
  }
}

/** Where the numbers stand, in words. */
const lengthWord = 1;
const seedWord = 2;
const offsetWord = 4;
const secondsWord = 6;

/** Bytes 2 and 3 of a header of that form and type, as `HeaderScratch.kind` gives them. */
export function kindOf(form: HeaderForm, diskType: number): number {
  return form === 'fio-3.41' ? version | (diskType << 8) : diskType;
}

export interface HeaderValues {
  /** [offset, number, seconds, ns] */
  readonly numbers: Float64Array;
  /** [low, high] */
  readonly seed: Int32Array;
}

/** Makes a header in `scratch`. @param lengthBytes of the part of the block that it stands for */
export function fillHeader(
  scratch: HeaderScratch,
  form: HeaderForm,
  diskType: number,
  lengthBytes: number,
  { numbers, seed }: HeaderValues,
  thread: number,
): void {
  const { words } = scratch;
  const offset = numbers[0]!;
  const number = numbers[1]!;
  words[0] = magic | (kindOf(form, diskType) << 16);
  words[lengthWord] = lengthBytes;
  words[seedWord] = seed[0]!;
  words[seedWord + 1] = seed[1]!;
  words[offsetWord] = offset % 4294967296;
  words[offsetWord + 1] = offset / 4294967296;
  words[secondsWord] = numbers[2]!;
  words[secondsWord + 1] = numbers[3]!;
  if (form === 'fio-3.41') {
    words[8] = number % 4294967296;
    words[9] = number / 4294967296;
    words[10] = thread & 0xffff;
    words[11] = crc32cOf(scratch, 0, 44);
  } else {
    words[8] = (thread & 0xffff) | ((number % 65536) << 16);
    words[9] = crc32cOf(scratch, 0, 36);
  }
}

/** The loaded header's own check is right. */
export function crcIsRight(scratch: HeaderScratch, form: HeaderForm): boolean {
  const crcAt = bareHeaderBytes[form] - 4;
  return scratch.words[crcAt >> 2] === crc32cOf(scratch, 0, crcAt);
}

/** The loaded header's block is this long and stands at `numbers[0]`. */
export function lengthIs({ words }: HeaderScratch, lengthBytes: number): boolean {
  return words[lengthWord] === lengthBytes;
}

export function offsetIs({ words }: HeaderScratch, numbers: Float64Array): boolean {
  const offset = numbers[0]!;
  return words[offsetWord] === ((offset % 4294967296) | 0) && words[offsetWord + 1] === ((offset / 4294967296) | 0);
}

export function seedIs({ words }: HeaderScratch, seed: Int32Array): boolean {
  return words[seedWord] === seed[0]! && words[seedWord + 1] === seed[1]!;
}

/** The loaded header has number `numbers[1]`, as far as its form keeps it. */
export function numberIs({ words }: HeaderScratch, form: HeaderForm, numbers: Float64Array): boolean {
  const number = numbers[1]!;
  if (form === 'fio-3.33') return words[8]! >>> 16 === number % 65536;
  return words[8] === ((number % 4294967296) | 0) && words[9] === ((number / 4294967296) | 0);
}

/** Which form begins with these bytes, or null when there is no magic number or an unknown version. */
export function formOf(scratch: HeaderScratch): HeaderForm | null {
  if (!scratch.hasMagic) return null;
  const third = scratch.kind & 0xff;
  if (third < 0x80) return 'fio-3.33';
  return third === version ? 'fio-3.41' : null;
}

/** All that the loaded header says; null when it is none. */
export function readHeader(scratch: HeaderScratch): HeaderFields | null {
  const form = formOf(scratch);
  if (form === null) return null;
  const view = new DataView(scratch.bytes.buffer);
  const isLong = form === 'fio-3.41';
  const crcAt = bareHeaderBytes[form] - 4;
  return {
    form,
    diskType: isLong ? scratch.bytes[3]! : scratch.kind,
    lengthBytes: view.getUint32(4, true),
    seed: wordsText(view.getUint32(12, true), view.getUint32(8, true)),
    offset: view.getUint32(16, true) + view.getUint32(20, true) * 4294967296,
    timeNs: view.getUint32(24, true) * 1e9 + view.getUint32(28, true),
    thread: view.getUint16(isLong ? 40 : 32, true),
    number: isLong ? view.getUint32(32, true) + view.getUint32(36, true) * 4294967296 : view.getUint16(34, true),
    crc: view.getUint32(crcAt, true),
    computedCrc: crc32cOf(scratch, 0, crcAt) >>> 0,
  };
}

/** 16 hexadecimal digits. */
export function wordsText(high: number, low: number): string {
  return [high, low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
