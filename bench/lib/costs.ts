/** What iotest costs by itself: time to start, time around a run, memory. */
import type { Goal } from './cases.js';
import { us, versionSeconds } from './contenders.js';
import { median, meets } from './pairs.js';

export interface Cost {
  readonly name: string;
  readonly unit: string;
  readonly goal: Goal;
  /** The median. */
  readonly value: number;
  readonly samples: readonly number[];
  readonly isMet: boolean;
}

const MiB = 2 ** 20;
const furtherJobs = 4;

export async function measureCosts(repetitions: number): Promise<Cost[]> {
  const job = (numjobs: number) => us(['ioengine=null', 'size=1g', 'bs=4k', `numjobs=${numjobs}`]);
  const version: number[] = [];
  const overhead: number[] = [];
  const memory: number[] = [];
  const memoryPerJob: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    version.push((await versionSeconds()) * 1000);
    const one = await job(1).run(1);
    const many = await job(1 + furtherJobs).run(1);
    overhead.push(one.wallSeconds - 1);
    memory.push(one.peakRssBytes / MiB);
    memoryPerJob.push((many.peakRssBytes - one.peakRssBytes) / furtherJobs / MiB);
  }
  const cost = (name: string, unit: string, max: number, samples: readonly number[]): Cost => {
    const value = median(samples);
    return { name, unit, goal: { max }, value, samples, isMet: meets(value, { max }) };
  };
  return [
    cost('iotest --version', 'ms', 200, version),
    cost('a run of 1 s takes longer by', 's', 0.6, overhead),
    cost('resident memory with one job', 'MiB', 150, memory),
    cost('resident memory per further job', 'MiB', 25, memoryPerJob),
  ];
}
