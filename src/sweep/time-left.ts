/** How long a sweep will take, and how long it still takes: from the plans, and from what the runs so far took beside that. */

/** Before there is anything to learn from: what a run takes to prepare, rehearse, look around and pause. */
const firstGuessSeconds = 1.5;

interface PlannedTime {
  readonly seconds: number;
  /** False: some job runs until its data is done. */
  readonly isKnown: boolean;
}

export class TimeLeft {
  readonly #planned: readonly PlannedTime[];
  #ownSeconds = 0;
  #count = 0;

  /** @param planned of each point */
  constructor(planned: readonly PlannedTime[]) {
    this.#planned = planned;
  }

  /** A run of this point took so long, all in all. */
  note(pointIndex: number, seconds: number): void {
    this.#ownSeconds += Math.max(0, seconds - this.#planned[pointIndex]!.seconds);
    this.#count++;
  }

  /** Of runs that are still to be made, s; null while nothing is known of jobs that run until their data is done. */
  of(pointIndexes: readonly number[]): number | null {
    if (this.#count === 0 && pointIndexes.some((index) => !this.#planned[index]!.isKnown)) return null;
    const own = this.#count === 0 ? firstGuessSeconds : this.#ownSeconds / this.#count;
    return pointIndexes.reduce((sum, index) => sum + this.#planned[index]!.seconds + own, 0);
  }
}
