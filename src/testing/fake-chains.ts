/** The real chain engine on a fake kernel, with rows that tests fill themselves. */
import type { ChainSetup } from '../engines/chains/chain.js';
import { type ChainUringMode, UringChainEngine } from '../engines/chains/uring.js';
import { createRequests, type Requests } from '../engines/requests.js';
import { type ChainElement, chainSteps } from '../job/chain.js';
import type { ChainOptions } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { Setup } from '../ring/abi.js';
import { Ring } from '../ring/ring.js';
import { ChainRecorder } from '../stats/chain-recorder.js';
import { FakeKernel, type FakeKernelOptions, type SimulatedClock } from './fake-kernel.js';

/** `'write:4,fdatasync'` → elements; no checks. */
export function elementsOf(text: string): ChainElement[] {
  return text.split(',').map((part) => {
    const [operation, count = '1'] = part.split(':');
    return { operation: operation as ChainElement['operation'], count: Number(count) };
  });
}

export interface ChainRows {
  readonly requests: Requests;
  readonly setup: ChainSetup;
  readonly recorder: ChainRecorder;
  readonly stepCount: number;
  /** Fills the rows of one chain: data steps one after another from `offset` on, `blockBytes` each. */
  fill(slot: number, offset: number): void;
}

export const chainBlockBytes = 4096;

export function chainRows(
  options: ChainOptions,
  depth: number,
  clock: { record(target: Float64Array, index: number): void },
): ChainRows {
  const flat = chainSteps(options);
  const requests = { ...createRequests(depth), failedStep: new Int32Array(depth) };
  const steps = createRequests(depth * flat.length);
  const recorder = new ChainRecorder(options);
  const operations: Readonly<Record<string, number>> = {
    read: Operation.read,
    write: Operation.write,
    fdatasync: Operation.dataSync,
    sync_file_range: Operation.syncRange,
  };
  return {
    requests,
    recorder,
    stepCount: flat.length,
    setup: { options, steps, recorder, clock, scratchPath: '' },
    fill(slot, offset) {
      let at = offset;
      requests.byteCount[slot] = 0;
      flat.forEach(({ operation }, step) => {
        const row = slot * flat.length + step;
        steps.operation[row] = operations[operation] ?? Operation.sync;
        steps.offset[row] = at;
        steps.rangeBytes[row] = chainBlockBytes;
        steps.byteCount[row] = 0;
        if (operation !== 'read' && operation !== 'write') return;
        steps.byteCount[row] = chainBlockBytes;
        requests.byteCount[slot]! += chainBlockBytes;
        requests.operation[slot] = operations[operation]!;
        at += chainBlockBytes;
      });
    },
  };
}

interface FakeChainOptions extends Partial<FakeKernelOptions> {
  readonly elements: string;
  readonly chainMode?: ChainOptions['mode'];
  readonly timing?: ChainOptions['timing'];
  readonly depth: number;
  readonly mode?: Partial<ChainUringMode>;
}

export interface FakeChains extends ChainRows {
  readonly engine: UringChainEngine;
  readonly kernel: FakeKernel;
  readonly clock: SimulatedClock;
}

export function fakeChains(options: FakeChainOptions): FakeChains {
  const { depth, chainMode = 'link', timing = 'elements' } = options;
  const chain: ChainOptions = { elements: elementsOf(options.elements), mode: chainMode, timing };
  const rowCount = depth * chainSteps(chain).length;
  const entries = options.entries ?? 2 ** Math.ceil(Math.log2(rowCount));
  const kernel = new FakeKernel({ ...options, entries });
  const rows = chainRows(chain, depth, {
    record(target, index) {
      target[index] = kernel.clock.nowNs;
    },
  });
  const setupFlags = options.flags ?? Setup.SUBMIT_ALL;
  const ring = new Ring({
    views: kernel.views,
    enter: kernel.enter,
    setupFlags,
    slotCount: rowCount,
    completionsMax: rowCount,
    pollsBeforeWait: 0,
  });
  const waitLimit = Int32Array.of(0, 0, 100e6, 0);
  const engine = new UringChainEngine({
    ring,
    chain: rows.setup,
    depth,
    requests: rows.requests,
    files: [{ descriptor: 30 }],
    buffers: { address: 2 ** 44, strideBytes: 4096, totalBytes: rowCount * 4096 },
    mode: {
      fixedBuffers: null,
      fixedFiles: false,
      forceAsyncEvery: 0,
      callFlags: { read: 0, write: 0 },
      ownPriority: 0,
      sqpoll: (setupFlags & Setup.SQPOLL) !== 0,
      ...options.mode,
    },
    paths: {
      folder: -100,
      openFlags: 2,
      keepsFile: false,
      pathAddress: (slot) => 2 ** 40 + slot * 512,
      statxAddress: (slot) => 2 ** 40 + slot * 512 + 256,
      clear: () => {},
      close: () => {},
    },
    waitLimit,
    repeatsAgain: true,
    facts: {
      label: 'io_uring',
      depth,
      binding: 'fake kernel',
      setupFlags: [],
      features: [],
      fixedBuffers: false,
      fixedFiles: false,
      fallbacks: [],
    },
    cancelAll: () => kernel.cancelAll(),
    release: () => ring.close(),
  });
  return { ...rows, engine, kernel, clock: kernel.clock };
}
