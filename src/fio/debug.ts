/** `--debug`: what was parsed, planned and drawn, a line each, in fio's form: category, process, text. */
import type { Job } from '../job/job.js';
import { effectiveOptions } from '../job/print.js';
import type { Plan, PlannedWorker } from '../plan/types.js';
import { RandomStreams } from '../support/random.js';
import { fioMixUse, RandomUse } from '../workload/workload.js';

/** How fio announces that it will. */
export function announceDebug(categories: ReadonlySet<string>): string {
  return [...categories].map((category) => `fio: set debug option ${category}\n`).join('');
}

/** `parse`: every option of every job, with the value in effect. */
export function debugParse(jobs: readonly Job[]): string {
  return jobs
    .filter(({ cloneIndex }) => cloneIndex === 0)
    .flatMap((job) => [
      ...effectiveOptions(job).map(([name, value]) => `${job.name}: ${name}=${value}`),
      ...steadyStateText(job),
    ])
    .map((text) => line('parse', text))
    .join('');
}

/** In fio's words, which its own tests look for. */
function steadyStateText({ ending }: Job): string[] {
  const { figure, limit, isPercent, durationMs } = ending.steadyState;
  if (durationMs === 0) return [];
  const start = 'set steady state';
  if (isPercent) return [`${start} threshold to ${limit.toFixed(6)}%`];
  if (figure === 'iops') return [`${start} IOPS threshold to ${limit.toFixed(6)}`];
  return figure === 'bw' ? [`${start} BW threshold to ${limit}`] : [`${start} latency threshold to ${limit} nsec`];
}

/** `job`: what each worker will do; `random`: with which random numbers each of its streams begins. */
export function debugPlan({ steps }: Plan, categories: ReadonlySet<string>): string {
  const workers = steps.flatMap((step) => step.workers);
  return [
    ...(categories.has('job') ? workers.map(jobText).map((text) => line('job', text)) : []),
    ...(categories.has('random') ? workers.flatMap(seedTexts).map((text) => line('random', text)) : []),
  ].join('');
}

function line(category: string, text: string): string {
  return `${category.padEnd(8)} ${String(process.pid).padEnd(5)} ${text}\n`;
}

function jobText({ job, engine, files, seed, ioBytes }: PlannedWorker): string {
  const amount = ioBytes === null ? 'no limit' : `${ioBytes} bytes`;
  const where = `${files.length} file${files.length === 1 ? '' : 's'}`;
  return `${job.name}.${job.cloneIndex}: group ${job.groupIndex}, ${engine.name} at depth ${engine.depth}, ${where}, ${amount}, seed ${seed}`;
}

const directionCount = 3;

function seedTexts({ seed, workerIndex, files }: PlannedWorker): string[] {
  const streams = new RandomStreams(seed, workerIndex);
  const offsets = Array.from({ length: files.length * directionCount }, (_, index) => RandomUse.offsets + index);
  const own = [RandomUse.payload, ...offsets].map((use) => streams.stream(use));
  const all = [streams.asFio(fioMixUse), ...own];
  return [
    `FIO_RAND_NR_OFFS=${all.length}`,
    ...all.map((stream, index) => `rand_seeds[${index}]=${stream.nextInt32() >>> 0}`),
  ];
}
