/** What variables and `include` stand for on this machine. */
import { cpus, hostname, totalmem } from 'node:os';
import { pageBytes } from '../system/memory.js';
import { includes } from './include.js';
import type { Substitutions } from './ini.js';

export function machineSubstitutions(): Substitutions {
  return {
    environment: process.env,
    // Not availableParallelism: under taskset a job may still name any CPU that there is.
    cpuCount: cpus().length,
    pageBytes,
    memoryBytes: totalmem(),
    host: { name: hostname(), index: 0, count: 1 },
    include: includes,
  };
}
