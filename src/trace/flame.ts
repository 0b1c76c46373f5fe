/** `iotest trace`: samples of one or two engines as a flame graph, or as counted stacks. */

import { ExitCode, UserError } from '../support/errors.js';
import { foldedStacks, speedscopeJson } from './flame-export.js';
import { flameSvg } from './flame-svg.js';
import { type Recording, recordRun } from './perf.js';
import { PerfScriptReader, type Sample } from './perf-script.js';
import { addSample, createRoot, type StackNode } from './stacks.js';

export type FlameFormat = 'svg' | 'folded' | 'speedscope';

interface FlameRun {
  readonly label: string;
  readonly runArguments: readonly string[];
}

interface Flame {
  readonly root: StackNode;
  readonly profiles: readonly FlameProfileFacts[];
  /** `cpu-clock` where the machine has no hardware counters, or hides them. */
  readonly event: string;
  readonly hasKernel: boolean;
}

interface FlameProfileFacts {
  readonly label: string;
  readonly nsPerIoOfSample: number;
  readonly sampleCount: number;
  readonly ioCount: number;
  readonly interrupted: boolean;
}

/** One after another, each under perf. Throws `UserError`. */
export async function sampleRuns(runs: readonly FlameRun[], frequencyHz: number, packageRoot: string): Promise<Flame> {
  const root = createRoot(runs.length);
  const profiles: FlameProfileFacts[] = [];
  const seen = { event: '', hasKernel: false };
  for (const [profile, { label, runArguments }] of runs.entries()) {
    const recording = await recordRun({
      perfArguments: ['-F', String(frequencyHz), '-g'],
      runArguments,
      root: packageRoot,
    });
    try {
      const before = root.counts[profile]!;
      await readSamples(recording, (sample) => {
        addSample(root, sample, profile);
        seen.event = sample.event;
        seen.hasKernel ||= sample.frames.some(({ kind }) => kind === 'kernel');
      });
      const { ioCount } = recording;
      const sampleCount = root.counts[profile]! - before;
      if (sampleCount === 0) {
        throw UserError.of(
          `perf took no sample of ${label} in the measured time`,
          'let it run longer (--runtime 5s), or sample more often (--frequency 4999)',
          ExitCode.failed,
        );
      }
      const { interrupted } = recording.document.iotest;
      if (ioCount === 0) throw UserError.of(`${label} did no I/O`, 'see iotest run for what it met', ExitCode.failed);
      const nsPerIoOfSample = 1e9 / frequencyHz / ioCount;
      profiles.push({ label, nsPerIoOfSample, sampleCount, ioCount, interrupted });
      if (interrupted) break;
    } finally {
      recording.remove();
    }
  }
  return { root, profiles, ...seen };
}

async function readSamples({ windows, readLines }: Recording, take: (sample: Sample) => void): Promise<void> {
  const reader = new PerfScriptReader();
  const takeMeasured = (sample: Sample | null): void => {
    if (sample === null || sample.frames.length === 0) return;
    if (windows.some(({ startNs, endNs }) => sample.timeNs >= startNs && sample.timeNs <= endNs)) take(sample);
  };
  await readLines('comm,pid,tid,time,event,ip,sym,dso', (line) => {
    takeMeasured(reader.line(line));
    return true;
  });
  takeMeasured(reader.end());
}

export function renderFlame(flame: Flame, format: FlameFormat, title: string, exporter: string): string {
  const { root, profiles, event } = flame;
  const labels = profiles.map(({ label }) => label);
  if (format === 'folded') return foldedStacks(root);
  if (format === 'speedscope') return speedscopeJson(root, labels, title, exporter);
  const counts = profiles.map(({ label, sampleCount }) => `${label}: ${sampleCount} samples`).join(', ');
  return flameSvg({
    root,
    profiles,
    title,
    note: `CPU time in the measured time, by ${event}; ${counts}. Click a box to zoom, hover for its figures.`,
  });
}
