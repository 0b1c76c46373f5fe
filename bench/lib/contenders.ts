/** One run of fio, of iotest, or of the minimal loop, boiled down to the figures that are compared. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnMeasured } from './spawn.js';

/** Compiled to dist/.bench/bench/lib. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));
const iotest = join(root, 'bin/run.js');

export interface Figures {
  readonly iops: number;
  /** ns, of the threads that did the I/O, in the measured time. */
  readonly userNsPerIo: number;
  /** ns, of the whole process from start to end. */
  readonly processUserNsPerIo: number;
  /** Total latency: fio's `lat`. ns; NaN where it was not measured. */
  readonly latMeanNs: number;
  readonly latP50Ns: number;
  readonly latP99Ns: number;
  readonly wallSeconds: number;
  readonly peakRssBytes: number;
  /** NaN for others than iotest. */
  readonly garbageCollections: number;
}

export interface Contender {
  readonly label: string;
  readonly run: (seconds: number) => Promise<Figures>;
}

interface FioShapedJob {
  readonly usr_cpu: number;
  readonly job_runtime: number;
  readonly read: {
    readonly iops: number;
    readonly total_ios: number;
    readonly lat_ns: { readonly mean: number; readonly percentile?: Readonly<Record<string, number>> };
  };
}

interface FioShaped {
  readonly jobs: readonly FioShapedJob[];
  readonly iotest?: {
    readonly jobs: readonly {
      readonly cpu: { readonly userNs: number };
      readonly garbageCollectionCount: number;
    }[];
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** The lines of a job, one option each; runtime and the measured percentiles are added. */
type Lines = readonly string[];

function jobText(lines: Lines, seconds: number): string {
  return ['[job]', ...lines, 'rw=randread', `runtime=${seconds}`, 'time_based', 'lat_percentiles=1', ''].join('\n');
}

async function measure(words: readonly string[], lines: Lines, seconds: number): Promise<Figures> {
  const cwd = mkdtempSync(join(tmpdir(), 'iotest-bench-'));
  try {
    writeFileSync(join(cwd, 'job.ini'), jobText(lines, seconds));
    const finished = await spawnMeasured(words, cwd);
    const { jobs, iotest: own } = JSON.parse(finished.stdout) as FioShaped;
    const ioCount = sum(jobs.map(({ read }) => read.total_ios));
    const [first] = jobs;
    const userNs =
      own === undefined
        ? sum(jobs.map((job) => (job.usr_cpu / 100) * job.job_runtime * 1e6))
        : sum(own.jobs.map(({ cpu }) => cpu.userNs));
    const { mean, percentile } = first!.read.lat_ns;
    return {
      iops: sum(jobs.map(({ read }) => read.iops)),
      userNsPerIo: userNs / ioCount,
      processUserNsPerIo: (finished.userSeconds * 1e9) / ioCount,
      latMeanNs: mean,
      latP50Ns: percentile?.['50.000000'] ?? Number.NaN,
      latP99Ns: percentile?.['99.000000'] ?? Number.NaN,
      wallSeconds: finished.wallSeconds,
      peakRssBytes: finished.peakRssBytes,
      garbageCollections: own === undefined ? Number.NaN : sum(own.jobs.map((job) => job.garbageCollectionCount)),
    };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

export function fio(lines: Lines, label = 'fio'): Contender {
  return { label, run: (seconds) => measure(['fio', '--output-format=json', 'job.ini'], lines, seconds) };
}

export function us(lines: Lines, label = 'iotest'): Contender {
  const words = [process.execPath, iotest, 'run', 'job.ini', '--no-save', '--quiet', '--format', 'json'];
  return { label, run: (seconds) => measure(words, lines, seconds) };
}

/** See nop-loop.ts. */
export function minimalLoop(depth: number): Contender {
  const script = fileURLToPath(new URL('./nop-loop.js', import.meta.url));
  return {
    label: 'minimal loop',
    run: async (seconds) => {
      const finished = await spawnMeasured([process.execPath, script, String(depth), String(seconds)], root);
      const { iops } = JSON.parse(finished.stdout) as { readonly iops: number };
      const none = Number.NaN;
      return {
        iops,
        userNsPerIo: none,
        processUserNsPerIo: (finished.userSeconds * 1e9) / (iops * seconds),
        latMeanNs: none,
        latP50Ns: none,
        latP99Ns: none,
        wallSeconds: finished.wallSeconds,
        peakRssBytes: finished.peakRssBytes,
        garbageCollections: none,
      };
    },
  };
}

/** Seconds from start to end of `iotest --version`. */
export async function versionSeconds(): Promise<number> {
  return (await spawnMeasured([process.execPath, iotest, '--version'], root)).wallSeconds;
}

/** `fio-3.33`, or null when it is not installed. */
export function fioVersion(): string | null {
  try {
    return execFileSync('fio', ['--version'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return null;
  }
}
