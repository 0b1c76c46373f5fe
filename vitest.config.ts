import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/summary-reporter.js';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    // Most tests wait for runs of a second or two, so that two share even two CPUs well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A bound against hanging, not a measure: the machine may be busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', new SummaryReporter()],
  },
});
