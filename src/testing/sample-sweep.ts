/** Sweeps made up for tests: a device whose rate and latency follow from the depth by Little's law. */
import { buildResult } from '../results/build.js';
import { asSweepPart, mergeSweep, type SweepDocument } from '../sweep/document.js';
import {
  sampleDirection,
  sampleDiskUse,
  sampleEngineFacts,
  sampleEngineOptions,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from './sample-result.js';

interface SampleSweep {
  readonly depths: readonly number[];
  readonly engines?: readonly string[];
  readonly repeat?: number;
  /** I/Os in the 2 s of a run. */
  readonly ioCount?: (depth: number, engine: string, repetition: number) => number;
  /** What the engine grants; by default what was asked for. */
  readonly depthOf?: (depth: number) => number;
}

/** Doubles with the depth up to 16, then hardly grows. */
const saturating = (depth: number) => Math.min(depth, 16) * 200 + depth;

/** The parts, in the order of the matrix, repetition after repetition. */
export function sampleSweepParts({
  depths,
  engines,
  repeat = 1,
  ioCount = saturating,
  depthOf = (depth) => depth,
}: SampleSweep): SweepDocument[] {
  const axes = [
    ...(engines === undefined ? [] : [{ option: 'engine', values: [...engines] }]),
    { option: 'iodepth', values: depths.map(String) },
  ];
  const facts = { id: '20261122-120000-sample-abcdef', axes, repeat, orderSeed: 7 };
  const points = (engines ?? ['io_uring']).flatMap((engine) => depths.map((depth) => ({ engine, depth })));
  return Array.from({ length: repeat }, (_, repetition) =>
    points.map(({ engine, depth }, index) => {
      const count = ioCount(depth, engine, repetition);
      // Little: in flight = rate × latency.
      const latencyNs = (depthOf(depth) / (count / 2)) * 1e9;
      const job = sampleJob({ engine: sampleEngineOptions({ depth }) });
      const worker = { ...samplePlannedWorker({ job }), engineLabel: engine };
      const directions = {
        read: sampleDirection(sampleLatencies(count, latencyNs, index + 1)),
        write: sampleDirection([]),
        trim: sampleDirection([]),
      };
      const report = sampleWorkerReport({ directions, engine: sampleEngineFacts({ depth: depthOf(depth) }) });
      const step = sampleStep({
        engineLabel: engine,
        variant: engine,
        repetition,
        workers: [sampleOutcome({ worker, report })],
        diskUse: [sampleDiskUse()],
      });
      const input = sampleResultInput([step]);
      const startedEpochMs = input.outcome.startedEpochMs + (repetition * points.length + index) * 3000;
      const document = buildResult({ ...input, outcome: { ...input.outcome, startedEpochMs } });
      const values = { ...(engines === undefined ? {} : { engine }), iodepth: String(depth) };
      return asSweepPart(document, facts, { index, values });
    }),
  ).flat();
}

export function sampleSweep(given: SampleSweep): SweepDocument {
  return mergeSweep(sampleSweepParts(given), false);
}
