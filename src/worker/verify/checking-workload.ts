/** What stands before a job's workload, and checks or notes what becomes of its I/Os: what both kinds of it share. */
import type { JobWorkload } from '../../workload/workload.js';
import type { ErrorPolicy } from '../error-policy.js';

export abstract class CheckingWorkload implements JobWorkload {
  protected errors: ErrorPolicy | null = null;
  readonly #workload: JobWorkload;

  constructor(workload: JobWorkload) {
    this.#workload = workload;
  }

  abstract next(slot: number): boolean;

  /** Known once the loop is made. */
  noteTo(errors: ErrorPolicy): void {
    this.errors = errors;
  }

  get turns(): boolean {
    return this.#workload.turns;
  }

  nextOperation(): number {
    return this.#workload.nextOperation();
  }

  turnTo(operation: number): void {
    this.#workload.turnTo(operation);
  }

  beginPass(): boolean {
    return this.#workload.beginPass();
  }

  renewBudget(ioBytes: number, startsOver = false): void {
    this.#workload.renewBudget(ioBytes, startsOver);
  }
}
