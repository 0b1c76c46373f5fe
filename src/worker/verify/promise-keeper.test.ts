import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRequests, type Requests } from '../../engines/requests.js';
import type { ChainOptions } from '../../job/job.js';
import { Operation } from '../../job/operation.js';
import type { JobWorkload } from '../../workload/workload.js';
import { PromiseKeeper } from './promise-keeper.js';
import { type PromiseRecord, promiseRecordBytes, readRecord } from './promise-records.js';

let folder: string;
let descriptor: number;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'iotest-promises-'));
  descriptor = fs.openSync(join(folder, 'told'), 'w+');
});
afterEach(() => {
  fs.closeSync(descriptor);
  fs.rmSync(folder, { recursive: true });
});

function told(): PromiseRecord[] {
  const bytes = fs.readFileSync(join(folder, 'told'));
  return Array.from(
    { length: bytes.length / promiseRecordBytes },
    (_, at) => readRecord(bytes, at * promiseRecordBytes)!,
  );
}

type Row = readonly [operation: number, file: number, block: number];

/** Fills the slot's rows with what `ask` says comes next, and counts writes as a block writer does. */
function setup(depth: number, { chain, syncsWrites = false }: { chain?: ChainOptions; syncsWrites?: boolean } = {}) {
  const requests = createRequests(depth);
  const stepCount = chain?.elements.length ?? 1;
  const steps: Requests = chain === undefined ? requests : createRequests(depth * stepCount);
  const numberOf = new Float64Array(depth * stepCount);
  let number = 0;
  let rows: readonly Row[] = [];
  const workload: JobWorkload = {
    turns: true,
    next: (slot) => {
      for (const [index, [operation, file, block]] of rows.entries()) {
        const row = slot * stepCount + index;
        steps.operation[row] = operation;
        steps.fileIndex[row] = file;
        steps.offset[row] = block * 4096;
        steps.byteCount[row] = operation === Operation.write ? 4096 : 0;
        if (operation === Operation.write) numberOf[row] = number++;
      }
      return true;
    },
    beginPass: () => false,
    renewBudget: () => {},
    nextOperation: () => Operation.write,
    turnTo: () => {},
  };
  const keeper = new PromiseKeeper({
    descriptor,
    job: 2,
    workload,
    requests,
    chain: chain === undefined ? null : { options: chain, steps },
    numberOf,
    syncsWrites,
    nowNs: () => 5000,
  });
  const begin = (slot: number, ...next: Row[]): void => {
    rows = next;
    keeper.next(slot);
  };
  return { keeper, begin };
}

const write = (block: number, file = 0): Row => [Operation.write, file, block];
const sync = (file = 0): Row => [Operation.dataSync, file, 0];

it('promises what was complete when the sync was submitted, and not what completed before it returned', () => {
  const { keeper, begin } = setup(4);
  begin(0, write(0));
  keeper.completed(0);
  begin(1, write(1));
  begin(2, sync());
  keeper.completed(1);
  keeper.completed(2);
  expect(told()).toMatchObject([
    { kind: 'write', job: 2, file: 0, offset: 0, byteCount: 4096, number: 0, floor: 0 },
    { kind: 'write', offset: 4096, number: 1, floor: 1 },
    { kind: 'sync', job: 2, file: 0, covered: 1, own: 0 },
  ]);
});

it('tells nothing before something is promised', () => {
  const { keeper, begin } = setup(1);
  begin(0, write(0));
  keeper.completed(0);
  expect(told()).toEqual([]);
});

it('knows which writes were under way at one place at once', () => {
  const { keeper, begin } = setup(4);
  begin(0, write(7));
  begin(1, write(7));
  begin(2, write(7, 1));
  keeper.completed(1);
  keeper.completed(0);
  begin(1, write(7));
  keeper.completed(1);
  begin(3, sync());
  keeper.completed(3);
  expect(told()).toMatchObject([
    { number: 1, floor: 0 },
    { number: 0, floor: 0 },
    { number: 3, floor: 3 },
    { kind: 'sync', covered: 3 },
  ]);
});

it('takes each write as promised when it returns, with O_SYNC', () => {
  const { keeper, begin } = setup(2, { syncsWrites: true });
  begin(0, write(0));
  begin(1, write(1));
  keeper.completed(1);
  expect(told()).toMatchObject([
    { kind: 'write', number: 1 },
    { kind: 'sync', covered: 0, own: 1 },
  ]);
});

const chain: ChainOptions = {
  elements: [
    { operation: 'write', count: 1 },
    { operation: 'fdatasync', count: 1 },
    { operation: 'write', count: 1 },
  ],
  mode: 'link',
  timing: 'chain',
};

it('promises of a chain the writes before its sync, and none of another chain that had not completed', () => {
  const { keeper, begin } = setup(2, { chain });
  begin(0, write(0), sync(), write(1));
  begin(1, write(2), sync(), write(3));
  keeper.completed(1);
  keeper.completed(0);
  expect(told()).toMatchObject([
    { kind: 'write', number: 2, offset: 8192 },
    { kind: 'sync', covered: 0, own: 1 },
    { kind: 'write', number: 3 },
    { kind: 'write', number: 0 },
    { kind: 'sync', covered: 0, own: 1 },
  ]);
});

it('promises of a chain only what is in the file of its sync', () => {
  const { keeper, begin } = setup(1, { chain });
  begin(0, write(0, 1), sync(2), write(1, 2));
  keeper.completed(0);
  expect(told()).toMatchObject([
    { kind: 'write', file: 1 },
    { kind: 'sync', file: 2, own: 0 },
  ]);
});

const twice: ChainOptions = { ...chain, elements: [...chain.elements, { operation: 'fsync', count: 1 }] };

it('promises by each sync of a chain what no sync of it has promised before', () => {
  const { keeper, begin } = setup(1, { chain: twice });
  begin(0, write(0), sync(), write(1), sync());
  keeper.completed(0);
  begin(0, write(2, 1), sync(), write(3), sync(1));
  keeper.completed(0);
  expect(told().filter(({ kind }) => kind === 'sync')).toMatchObject([
    { file: 0, covered: 0, own: 1 },
    { file: 0, covered: 0, own: 1 },
    { file: 0, covered: 2, own: 0 },
    { file: 1, covered: 2, own: 1 },
  ]);
});

it('promises each write of a chain by itself, with O_SYNC, and nothing by its syncs', () => {
  const { keeper, begin } = setup(1, { chain: twice, syncsWrites: true });
  begin(0, write(0), sync(), write(1), sync());
  keeper.completed(0);
  expect(told().map((record) => (record.kind === 'sync' ? record.own : 'write'))).toEqual([
    ...['write', 1, 0],
    ...['write', 1, 0],
  ]);
});

it('ends the job where nobody hears its promises', () => {
  const { keeper, begin } = setup(1, { syncsWrites: true });
  const fatal: { reason?: string }[] = [];
  keeper.noteTo({ noteFatal: (error: { reason?: string }) => fatal.push(error) } as never);
  begin(0, write(0));
  fs.closeSync(descriptor);
  keeper.completed(0);
  descriptor = fs.openSync(join(folder, 'told'), 'r');
  expect(fatal).toMatchObject([{ reason: 'what was promised cannot be told to iotest crashtest' }]);
});
