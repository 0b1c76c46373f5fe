/** Runs a job in a process of its own under `perf record`, and reads what perf saw of it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { answerSignals } from '../cli/signals.js';
import type { IotestDocument } from '../results/document.js';
import { parseResult } from '../results/parse.js';
import { ExitCode, UserError } from '../support/errors.js';

export interface Recording {
  readonly document: IotestDocument;
  /** The measured times of the jobs, on the clock of the samples (CLOCK_MONOTONIC). */
  readonly windows: readonly { readonly startNs: number; readonly endNs: number }[];
  /** I/Os of all jobs. */
  readonly ioCount: number;
  /** What `perf script` prints with these fields, line by line; ends early when `take` says false. */
  readLines(fields: string, take: (line: string) => boolean): Promise<void>;
  /** Removes what it left. Safe to call twice. */
  remove(): void;
}

interface RecordInput {
  /** Of perf record: what to sample. */
  readonly perfArguments: readonly string[];
  /** Of iotest: `run …`, without where the result goes. */
  readonly runArguments: readonly string[];
  /** The package's folder. */
  readonly root: string;
}

const clockName = 'CLOCK_MONOTONIC';

/** Throws `UserError` with what to install or to allow when perf cannot, and with what the job met when it failed. */
export async function recordRun({ perfArguments, runArguments, root }: RecordInput): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), 'iotest-trace-'));
  const [dataPath, resultPath, processPath] = ['perf.data', 'result.json', 'process'].map((name) => join(folder, name));
  // V8 writes the names of what it compiles to a file of this name, where perf looks for it.
  const mapPath = (): string | null => {
    const processId = readFileSync(processPath!, 'utf8').trim();
    return /^\d+$/.test(processId) ? `/tmp/perf-${processId}.map` : null;
  };
  const remove = (): void => {
    try {
      const path = mapPath();
      if (path !== null) rmSync(path, { force: true });
    } catch {
      // It never came as far as to have a process.
    }
    rmSync(folder, { recursive: true, force: true });
  };
  // A signal that comes when perf has ended ends this process.
  process.once('exit', remove);
  const keepResult = ['--format', 'json', '--output', resultPath!, '--no-save', '--quiet'];
  const command = [
    ...['record', ...perfArguments, '-k', clockName, '-o', dataPath!, '--'],
    ...['sh', '-c', 'echo $$ >"$0"; exec "$@"', processPath!, process.execPath, '--perf-basic-prof'],
    // V8 opens a log as well, one for each thread, where it is not told otherwise.
    ...['--no-logfile-per-isolate', `--logfile=${join(folder, 'v8.log')}`],
    ...[join(root, 'bin/run.js'), ...runArguments, ...keepResult],
  ];
  try {
    const ended = await runPerf(command);
    const document = readDocument(resultPath!, ended);
    // Both clocks now: they run alike, to a millisecond or so.
    const offsetNs = Date.now() * 1e6 - Number(process.hrtime.bigint());
    const windows = document.iotest.jobs.flatMap(({ startedEpochMs, elapsedNs }) => {
      if (startedEpochMs === undefined) return [];
      const startNs = startedEpochMs * 1e6 - offsetNs;
      return [{ startNs, endNs: startNs + elapsedNs }];
    });
    const ioCount = document.jobs.reduce(
      (sum, job) => sum + job.read.total_ios + job.write.total_ios + job.trim.total_ios,
      0,
    );
    return { document, windows, ioCount, readLines: (fields, take) => readLines(dataPath!, fields, take), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly isInterrupted: boolean;
}

/** A Ctrl-C reaches the job as well, which ends politely; this process lives on to tidy up. */
function runPerf(argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('perf', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    let isInterrupted = false;
    const settle = answerSignals({
      stop: (signal) => {
        isInterrupted = true;
        // perf would not survive the others, and its recording with it.
        child.kill(signal === 'SIGTERM' ? signal : 'SIGINT');
      },
      status: () => process.stderr.write('iotest: tracing\n'),
    });
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle();
      reject(error.code === 'ENOENT' ? perfMissing() : error);
    });
    child.on('close', () => {
      settle();
      resolve({ stdout, stderr, isInterrupted });
    });
  });
}

function perfMissing(): UserError {
  return UserError.of(
    'perf is not installed',
    'install it (Debian: apt-get install linux-perf; Ubuntu: linux-tools-generic; Fedora: dnf install perf)',
    ExitCode.failed,
  );
}

function readDocument(path: string, { stdout, stderr, isInterrupted }: Ended): IotestDocument {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    if (isInterrupted) throw UserError.of('stopped before anything was measured', null, ExitCode.interrupted);
    throw problemsOf(stdout) ?? failureOf(stderr);
  }
  return parseResult(text, path) as IotestDocument;
}

/** With --format json a run says what is wrong as JSON on stdout. */
function problemsOf(stdout: string): UserError | null {
  try {
    const { error } = JSON.parse(stdout) as { error: { problems: { message: string; advice: string | null }[] } };
    return new UserError(
      error.problems.map(({ message, advice }) => ({ place: null, message, advice })),
      ExitCode.failed,
    );
  } catch {
    return null;
  }
}

/** perf's refusal. */
function failureOf(stderr: string): UserError {
  const lines = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\[ perf record|^Warning:|^Couldn't /.test(line));
  if (/perf_event_paranoid|Permission denied|Operation not permitted|No permission/i.test(stderr)) {
    return UserError.of(
      'perf may not sample here',
      'run as root, or as root: sysctl kernel.perf_event_paranoid=1; in containers allow perf_event_open (CAP_PERFMON)',
      ExitCode.failed,
    );
  }
  const message = lines
    .slice(0, 12)
    .join('\n')
    .replace(/^iotest: /, '');
  return UserError.of(message === '' ? 'perf record ended without a word' : message, null, ExitCode.failed);
}

function readLines(dataPath: string, fields: string, take: (line: string) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const argv = ['script', '-i', dataPath, '--ns', '--no-inline', '-F', fields];
    const child = spawn('perf', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    let isDone = false;
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      if (isDone || take(line)) return;
      isDone = true;
      child.kill('SIGTERM');
    });
    const end = (): boolean => child.kill();
    process.once('exit', end);
    child.on('error', reject);
    child.on('close', (status) => {
      process.off('exit', end);
      if (isDone || status === 0) resolve();
      else reject(UserError.of(`perf script failed: ${stderr.trim().split('\n')[0]}`, null, ExitCode.failed));
    });
  });
}
