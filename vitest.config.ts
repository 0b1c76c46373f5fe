import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/summary-reporter.js';

export default defineConfig({
  test: {
    // test.sh runs them one after the other, the first beside the last.
    projects: [
      { extends: true, test: { name: 'beside the code', include: ['src/**/*.test.ts'] } },
      { extends: true, test: { name: 'outside', include: ['test/**/*.test.ts'], exclude: ['test/vm/vm.test.ts'] } },
      { extends: true, test: { name: 'virtual machine', include: ['test/vm/vm.test.ts'] } },
    ],
    pool: 'forks',
    // Most tests wait for runs of a second or two, so that two share even two CPUs well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A bound against hanging, not a measure: the machine may be busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', new SummaryReporter()],
  },
});
