/** Jobs that do no I/O (`cpuio`, `exec`) in words: what they are to do, and what they did. */
import { engineTraits } from '../job/engine-traits.js';
import type { EngineOptions } from '../job/job.js';
import type { FioJob, IotestJob } from '../results/document.js';
import { printable } from '../support/printable.js';
import { formatLatencyNs, formatPercent } from '../support/units.js';

export function isBesideIo({ name }: Pick<EngineOptions, 'name'>): boolean {
  return engineTraits(name).besideIo;
}

/** `30% of a CPU, 50ms at a time`, or the program with its arguments. */
export function besideIoWork({ name, compute, program }: EngineOptions): string {
  if (name === 'exec') return printable([program.path, program.arguments].filter((part) => part !== null).join(' '));
  const sorts = compute.mode === 'qsort' ? ', sorting' : '';
  return `${Math.min(100, compute.loadPercent ?? 0)}% of a CPU, ${formatLatencyNs(compute.chunkUs * 1000)} at a time${sorts}`;
}

/** What it came to; empty for a job that did not get to it. */
export function besideIoLines({ read, usr_cpu, sys_cpu }: FioJob, { options, ended }: IotestJob): string[] {
  if (read.total_ios === 0) return [];
  if (options.engine.name === 'exec') {
    const until = ended === 'done' ? 'to its end' : ended === 'failed' ? '' : 'until the job was over';
    const duration = formatLatencyNs(read.lat_ns.mean);
    return read.lat_ns.N === 0 ? [] : [`  ran     : ${[duration, until].filter((part) => part !== '').join(', ')}`];
  }
  return [`  computed: ${formatPercent(usr_cpu + sys_cpu)} of a CPU, ${read.total_ios} times`];
}
