/** fio's line of progress: how many jobs run, what each does, how far they are, their rates, and how long it will take. */
import type { Job } from '../job/job.js';
import { directions, type PerDirection } from '../job/per-direction.js';
import { formatCount, formatDurationSeconds, formatScaled } from '../support/units.js';

interface EtaWorker {
  readonly job: Job;
  readonly fileCount: number;
  readonly phase: 'not started' | 'preparing' | 'waiting' | 'ramp' | 'measuring' | 'draining' | 'ended';
}

export interface EtaInput {
  readonly workers: readonly EtaWorker[];
  readonly elapsedSeconds: number;
  /** null = unknown. */
  readonly secondsLeft: number | null;
  readonly iops: PerDirection<number>;
  readonly bytesPerSecond: PerDirection<number>;
}

/** fio says nothing of the end before. */
const silentSeconds = 3;

/** Without the carriage return. Before the third second, or while nothing runs, only how many jobs and files are open. */
export function formatFioEta(input: EtaInput): string {
  const { workers, elapsedSeconds, secondsLeft } = input;
  const running = workers.filter(({ phase }) => phase === 'measuring' || phase === 'draining' || phase === 'ramp');
  const files = running.reduce((sum, { phase, fileCount }) => sum + (phase === 'ramp' ? 0 : fileCount), 0);
  const head = `Jobs: ${running.length} (f=${files})${limits(running)}`;
  if (elapsedSeconds < silentSeconds || running.length === 0) return head;
  const inRamp = running.every(({ phase }) => phase === 'ramp');
  const share = secondsLeft === null || inRamp ? null : elapsedSeconds / (elapsedSeconds + secondsLeft);
  const percent = share === null ? '-.-%' : `${(share * 100).toFixed(1)}%`;
  const eta = secondsLeft === null ? '--' : formatDurationSeconds(secondsLeft);
  return `${head}: [${letters(workers)}][${percent}]${rates(input)}[eta ${eta}]`;
}

const directionsOf = {
  read: ['read'],
  write: ['write'],
  trim: ['trim'],
  readwrite: ['read', 'write'],
  trimwrite: ['write', 'trim'],
} as const;

/** The least and the most that running jobs ask for together: in bytes where any job limits them, else in I/Os. */
function limits(running: readonly EtaWorker[]): string {
  const jobs = running.filter(({ phase }) => phase !== 'ramp').map(({ job }) => job);
  const sum = (pick: (job: Job) => PerDirection<number>) =>
    jobs.reduce(
      (all, job) => directionsOf[job.workload.directions].reduce((part, name) => part + pick(job)[name], all),
      0,
    );
  const bytes = [sum(({ pacing }) => pacing.bytesPerSecondMin), sum(({ pacing }) => pacing.bytesPerSecond)];
  if (bytes.some((limit) => limit > 0)) {
    const base = jobs[0]?.measure.kiloBase ?? 1024;
    return `, ${bytes.map((limit) => formatScaled(limit, base, 'B/s')).join('-')}`;
  }
  const iops = [sum(({ pacing }) => pacing.iopsMin), sum(({ pacing }) => pacing.iops)];
  return iops.some((limit) => limit > 0) ? `, ${iops.join('-')} IOPS` : '';
}

/** Runs of equal states: `R(2),_(1)`. */
function letters(workers: readonly EtaWorker[]): string {
  const runs: { letter: string; count: number }[] = [];
  for (const worker of workers) {
    const letter = letterOf(worker);
    const last = runs.at(-1);
    if (last?.letter === letter) last.count++;
    else runs.push({ letter, count: 1 });
  }
  return runs.map(({ letter, count }) => `${letter}(${count})`).join(',');
}

function letterOf({ job, phase }: EtaWorker): string {
  switch (phase) {
    case 'not started':
    case 'preparing':
      return 'P';
    case 'waiting':
      return 'I';
    case 'ramp':
      return '/';
    case 'draining':
      return 'f';
    case 'ended':
      return '_';
    case 'measuring': {
      const letter = { read: 'r', write: 'w', trim: 'd', readwrite: 'm', trimwrite: 'w' }[job.workload.directions];
      return job.workload.random ? letter : letter.toUpperCase();
    }
  }
}

function rates({ workers, iops, bytesPerSecond }: EtaInput): string {
  const used = directions.filter((name) => iops[name] > 0 || bytesPerSecond[name] > 0);
  if (used.length === 0) return '';
  const measure = workers[0]?.job.measure;
  const inBits = measure?.rateUnit === 'bits';
  const rate = (bytes: number) =>
    formatScaled(inBits ? bytes * 8 : bytes, measure?.kiloBase ?? 1024, inBits ? 'bit/s' : 'B/s');
  const speeds = used.map((name) => `${name[0]}=${rate(bytesPerSecond[name])}`);
  const counts = used.map((name) => `${name[0]}=${formatCount(iops[name])}`);
  return `[${speeds.join(',')}][${counts.join(',')} IOPS]`;
}
