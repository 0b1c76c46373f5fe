import { describe, expect, it } from 'vitest';
import type { Plan } from '../plan/types.js';
import { sampleJob, samplePlannedWorker, sampleTarget, sampleWarning } from '../testing/sample-result.js';
import { checkDocument, formatCheck } from './check-text.js';
import { plainStyle } from './terminal.js';

const step = { variant: 'psync', repetition: 0, wayIndex: 0 };
const worker = samplePlannedWorker();
const missing = { ...worker.files[0]!, kind: 'missing' as const, layOut: 'write' as const, layOutToBytes: 2 ** 28 };
const plan: Plan = {
  jobSet: { globalOptions: {}, jobs: [sampleJob()] },
  steps: [
    { ...step, engineLabel: 'psync', workers: [{ ...worker, engineLabel: 'psync', files: [missing] }] },
    {
      ...step,
      engineLabel: 'null',
      workers: [{ ...worker, ioBytes: 2 ** 20, files: [{ ...missing, kind: 'memory', layOut: 'nothing' }] }],
    },
  ],
  targets: [sampleTarget()],
  warnings: [sampleWarning],
};

describe('formatCheck', () => {
  const text = formatCheck(plan, '[randread]\nrw=randread\n', plainStyle(false));

  it('begins with how many steps and warnings there are, then what is made, and each step with what it would open', () => {
    expect(text).toMatch(
      /^2 steps, 1 warning; nothing was opened for I\/O\n\nbefore the first step\n {4}make \/srv\/bench\/data, written up to 256MiB\n\nstep 1 of 2: psync, 1 worker\n/,
    );
    expect(text).toContain('    open /srv/bench/data, file, read only, 256MiB from 0B on,');
    expect(text).toContain('every option)\n[randread]\nrw=randread\n');
    expect(text).toContain('no file: this engine does no I/O');
    expect(text).toContain('1024KiB to transfer');
  });

  it('ends with every warning', () => {
    expect(text).toContain('warning: randread: iodepth 512');
    expect(formatCheck({ ...plan, warnings: [] }, '', plainStyle(false))).toMatch(/^2 steps, no warnings; nothing/);
  });
});

it('checkDocument is the plan as data', () => {
  expect(JSON.parse(JSON.stringify(checkDocument(plan)))).toMatchObject({
    jobs: [{ name: 'randread' }],
    steps: [{ engineLabel: 'psync' }, { engineLabel: 'null' }],
    warnings: [{ code: 'depth-above-queue' }],
  });
});
