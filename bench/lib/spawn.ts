/** Runs a program to its end and says what it cost as a whole: the clock on the wall, CPU, memory. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Finished {
  readonly stdout: string;
  readonly wallSeconds: number;
  /** Of the process and of all that it waited for, start and end included. */
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** VmHWM, looked at every 20 ms while it ran. */
  readonly peakRssBytes: number;
}

/** Throws with the end of stderr when the program fails. */
export async function spawnMeasured(words: readonly string[], cwd: string): Promise<Finished> {
  const folder = mkdtempSync(join(tmpdir(), 'iotest-bench-'));
  const timesFile = join(folder, 'times');
  try {
    // The shell waits for it, so its times are those of wait4(2).
    const script = `TIMEFORMAT='%3U %3S'; { time "$@" 2>&3; } 3>&2 2>"$0"`;
    const begun = performance.now();
    const child = spawn('bash', ['-c', script, timesFile, ...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    let peakRssBytes = 0;
    const watch = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, peakRssOfChild(child.pid!));
    }, 20);
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    clearInterval(watch);
    const wallSeconds = (performance.now() - begun) / 1000;
    if (status !== 0) throw new Error(`${words.join(' ')}: status ${status}\n${stderr.slice(-2000)}`);
    const [userSeconds = 0, systemSeconds = 0] = readFileSync(timesFile, 'utf8').trim().split(' ').map(Number);
    return { stdout, wallSeconds, userSeconds, systemSeconds, peakRssBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of the only child of a shell; 0 when there is none at the moment. */
function peakRssOfChild(shell: number): number {
  try {
    const child = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0];
    if (child === undefined || child === '') return 0;
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'));
    return match === null ? 0 : Number(match[1]) * 1024;
  } catch {
    return 0;
  }
}
