/** How fast processors run, as far as the kernel says. */
import fs from 'node:fs';
import os from 'node:os';

/** MHz of the fastest CPU at this moment ("cpu MHz" of /proc/cpuinfo, or cpufreq); null where the kernel does not say. */
export function cpuMegahertz(): number | null {
  const speeds = [...megahertzIn(readCpuinfo()), ...os.cpus().map(({ speed }) => speed)];
  const fastest = Math.max(0, ...speeds);
  return fastest > 0 ? fastest : null;
}

/** Every "cpu MHz" in the text of /proc/cpuinfo; other architectures than x86 have none. */
export function megahertzIn(cpuinfo: string): number[] {
  return [...cpuinfo.matchAll(/^cpu MHz\s*:\s*([\d.]+)$/gm)].map(([, text]) => Number(text));
}

/** What so many cycles take at that frequency, ns; 0 for none, and where it is not known. */
export function cyclesToNs(cycleCount: number, megahertz = cycleCount > 0 ? cpuMegahertz() : null): number {
  return megahertz === null ? 0 : (cycleCount * 1000) / megahertz;
}

function readCpuinfo(): string {
  try {
    return fs.readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
