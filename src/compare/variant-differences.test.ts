import { describe, expect, it } from 'vitest';
import { plainStyle } from '../report/terminal.js';
import { buildResult } from '../results/build.js';
import { sampleEnginesResult, sampleOutcome, sampleResultInput, sampleStep } from '../testing/sample-result.js';
import { differenceLines } from './variant-differences.js';
import { compareVariants } from './within-run.js';

describe('differences of variants', () => {
  it('are told against the first variant, within 80 columns', () => {
    const steps = [0, 1, 2].flatMap((repetition) =>
      ['psync', 'io_uring'].map((variant) => sampleStep({ variant, repetition, workers: [sampleOutcome()] })),
    );
    const lines = differenceLines(compareVariants(buildResult(sampleResultInput(steps))), plainStyle(true));
    expect(lines[0]).toMatch(/^randread: io_uring against psync, 3 pairs of runs/);
    expect(lines.find((line) => line.includes('IOPS'))).toMatch(/1\.000x, too few repetitions to tell \(3\)/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('are none where one variant ran', () => {
    const single = buildResult(sampleResultInput([sampleStep({ workers: [sampleOutcome()] })]));
    expect(differenceLines(compareVariants(single), plainStyle(true))).toEqual([]);
    expect(compareVariants(sampleEnginesResult())).toHaveLength(1);
  });
});
