/**
 * Which of several files comes next (`file_service_type`), among at most `openfiles` that are in use at the same time: a
 * further one comes when one is done.
 */
import type { FileServiceOptions } from '../job/job.js';
import type { Random } from '../support/random.js';
import { createSkewedPlaces, type SkewedPlaces } from './skewed-places.js';

/** Skewed files are drawn from this many places each, so that the shares are as fine as fio's. */
const placesPerFile = 1024;

export class FileChooser {
  /** A file that has nothing left is begun anew instead of done, as fio has it for skewed choices. */
  readonly renewsFiles: boolean;
  readonly #fileCount: number;
  readonly #openMax: number;
  readonly #stays: boolean;
  readonly #ioCount: number;
  readonly #isRandom: boolean;
  readonly #random: Random;
  readonly #places: SkewedPlaces | null;
  readonly #place = new Float64Array(1);
  readonly #isOpen: Uint8Array;
  readonly #isDone: Uint8Array;
  #openCount = 0;
  #doneCount = 0;
  /** The file being served, or −1, and how many more I/Os it gets. */
  #current = -1;
  #left = 0;
  #next = 0;

  constructor(options: FileServiceOptions, fileCount: number, openMax: number | null, random: Random) {
    this.#fileCount = fileCount;
    this.#openMax = Math.min(openMax ?? fileCount, fileCount);
    this.#stays = options.kind === 'sequential';
    this.#ioCount = 'ioCount' in options ? options.ioCount : 1;
    this.#isRandom = options.kind === 'random';
    this.#random = random;
    const isSkewed = options.kind === 'zipf' || options.kind === 'pareto' || options.kind === 'normal';
    this.renewsFiles = isSkewed;
    this.#places = isSkewed ? createSkewedPlaces(options, fileCount * placesPerFile, random, false) : null;
    this.#isOpen = new Uint8Array(fileCount);
    this.#isDone = new Uint8Array(fileCount);
    this.restart();
  }

  /** The next file, or −1 when all are done. */
  next(): number {
    if (this.#doneCount === this.#fileCount) return -1;
    if (this.#current >= 0) {
      if (this.#stays) return this.#current;
      if (this.#left > 0) {
        this.#left--;
        return this.#current;
      }
    }
    let file = this.#candidate();
    while (this.#isDone[file] !== 0 || !this.#open(file)) file = this.#candidate();
    this.#current = file;
    this.#left = this.#ioCount - 1;
    return file;
  }

  /** The file has nothing left in this pass. */
  finish(file: number): void {
    if (this.#isDone[file] !== 0) return;
    this.#isDone[file] = 1;
    this.#doneCount++;
    this.#isOpen[file] = 0;
    this.#openCount--;
    this.#current = -1;
  }

  /** A new pass: all files have something again. */
  restart(): void {
    this.#isDone.fill(0);
    this.#doneCount = 0;
    this.#isOpen.fill(0);
    this.#isOpen.fill(1, 0, this.#openMax);
    this.#openCount = this.#openMax;
    this.#current = -1;
    this.#left = 0;
  }

  #open(file: number): boolean {
    if (this.#isOpen[file] !== 0) return true;
    if (this.#openCount >= this.#openMax) return false;
    this.#isOpen[file] = 1;
    this.#openCount++;
    return true;
  }

  #candidate(): number {
    if (this.#places !== null) {
      this.#places.draw(this.#place, 0);
      return Math.floor(this.#place[0]! / placesPerFile);
    }
    if (this.#isRandom) return Math.floor(this.#random.nextShortFraction() * this.#fileCount);
    const file = this.#next;
    this.#next = file + 1 < this.#fileCount ? file + 1 : 0;
    return file;
  }
}
