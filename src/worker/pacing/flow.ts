/**
 * Flows (`flow_id`, `flow`): jobs that run together share their I/Os in the ratio of their weights. A job that is ahead of
 * its share waits for the others. Each member writes its own count into memory that all of them read.
 *
 * As in fio the ratio holds over the whole time that jobs run together. A job may be a little ahead, by a share of all
 * that was done (`aheadShare`): if each I/O of one had to wait for one of the other, two jobs that take turns on a busy CPU
 * would do one I/O per turn, whatever rate they were to keep. fio, however, counts a job from before its start
 * until all have ended: there the rest of a flow waits for ever for a member that is done.
 */
import type { Requests } from '../../engines/requests.js';
import type { Job } from '../../job/job.js';
import { Operation } from '../../job/operation.js';
import { batchNowNs, type SlotTimes } from '../slot-times.js';
import type { Gate } from './gate.js';

const columnCount = 2;
const issuedColumn = 0;
const weightColumn = 1;

/** A job's place in its flow. Plain data: it goes to the job's thread. */
export interface FlowMembership {
  /** member × [I/Os issued, weight]; doubles. */
  readonly memory: SharedArrayBuffer;
  readonly memberIndex: number;
  readonly sleepMs: number;
  /** It begins later than the others, and takes its share from then on: what they did before is not made up for. */
  readonly joinsLater: boolean;
  readonly weight: number;
}

interface Member {
  readonly job: Pick<Job, 'flow' | 'schedule'>;
}

/** One flow per id among workers that start together; null for those that are in none. */
export function createFlows(workers: readonly Member[]): (FlowMembership | null)[] {
  const memories = new Map<number, SharedArrayBuffer>();
  const counts = new Map<number, number>();
  for (const { job } of workers) if (job.flow.weight > 0) counts.set(job.flow.id, (counts.get(job.flow.id) ?? 0) + 1);
  for (const [id, count] of counts) memories.set(id, new SharedArrayBuffer(count * columnCount * 8));
  const next = new Map<number, number>();
  return workers.map(({ job: { flow, schedule } }) => {
    if (flow.weight === 0) return null;
    const memory = memories.get(flow.id)!;
    const memberIndex = next.get(flow.id) ?? 0;
    next.set(flow.id, memberIndex + 1);
    const joinsLater = schedule.waitFor !== null || schedule.startDelayMs.max > 0;
    // Known before anyone starts, so that who is first does not run ahead.
    if (!joinsLater) new Float64Array(memory)[memberIndex * columnCount + weightColumn] = flow.weight;
    return { memory, memberIndex, sleepMs: flow.sleepMs, joinsLater, weight: flow.weight };
  });
}

/** The job has ended, or will not begin: the others share without it. */
export function leaveFlow({ memory, memberIndex }: FlowMembership): void {
  new Float64Array(memory).fill(0, memberIndex * columnCount, (memberIndex + 1) * columnCount);
}

/** How far a job may be ahead of its part, as a share of all I/Os of the flow, and in I/Os at most. */
const aheadShare = 1 / 64;
const aheadMax = 512;

/**
 * So long do the others wait when a member has left: jobs of one runtime end some ms apart, in which one that is left alone
 * would do more than its part of all the time before.
 */
const graceNs = 50e6;
const lastWeight = 0;
const graceUntilNs = 1;

/** When to look again: what a switch to another thread and back takes. */
const sleepNsMin = 20e3;

export class Flow implements Gate {
  readonly #table: Float64Array;
  readonly #row: number;
  readonly #sleepNs: Float64Array;
  readonly #times: SlotTimes;
  readonly #requests: Requests;
  readonly #due: Float64Array;
  readonly #weight: number;
  /** [weight of all when last looked at, end of the wait for those that may end as well] */
  readonly #grace = new Float64Array(2);

  constructor(membership: FlowMembership, times: SlotTimes, requests: Requests, due: Float64Array) {
    this.#table = new Float64Array(membership.memory);
    this.#row = membership.memberIndex * columnCount;
    this.#sleepNs = Float64Array.of(Math.max(sleepNsMin, membership.sleepMs * 1e6));
    this.#times = times;
    this.#requests = requests;
    this.#due = due;
    this.#weight = membership.weight;
  }

  /** own / (all + what it may be ahead) ≤ own weight / all weights. The sum begins at 1: the first I/O of each is allowed. */
  allows(_inFlightCount: number): boolean {
    const table = this.#table;
    let issued = 1;
    let weight = 0;
    for (let row = 0; row < table.length; row += columnCount) {
      issued += table[row + issuedColumn]!;
      weight += table[row + weightColumn]!;
    }
    const grace = this.#grace;
    const now = this.#times.batchNs;
    if (weight !== grace[lastWeight]!) {
      if (weight < grace[lastWeight]!) grace[graceUntilNs] = now[batchNowNs]! + graceNs;
      grace[lastWeight] = weight;
    }
    if (now[batchNowNs]! < grace[graceUntilNs]!) {
      this.#due[0] = grace[graceUntilNs]!;
      return false;
    }
    const allowed = issued + Math.min(issued * aheadShare, aheadMax);
    if (table[this.#row + issuedColumn]! * weight <= table[this.#row + weightColumn]! * allowed) return true;
    this.#due[0] = now[batchNowNs]! + this.#sleepNs[0]!;
    return false;
  }

  started(slot: number): void {
    if (this.#requests.operation[slot]! > Operation.trim) return;
    this.#table[this.#row + issuedColumn] = this.#table[this.#row + issuedColumn]! + 1;
  }

  restart(_isRamp: boolean): void {
    const table = this.#table;
    if (table[this.#row + weightColumn]! > 0) return;
    let issued = 0;
    let weight = 0;
    for (let row = 0; row < table.length; row += columnCount) {
      issued += table[row + issuedColumn]!;
      weight += table[row + weightColumn]!;
    }
    table[this.#row + issuedColumn] = weight === 0 ? 0 : (issued * this.#weight) / weight;
    table[this.#row + weightColumn] = this.#weight;
  }
}
