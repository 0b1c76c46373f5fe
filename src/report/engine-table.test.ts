import { describe, expect, it } from 'vitest';
import { buildResult } from '../results/build.js';
import {
  sampleEnginesResult,
  sampleOutcome,
  samplePlannedWorker,
  sampleResult,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { compareEngines, type EngineComparison, engineTableLines, ratioText } from './engine-table.js';
import { decideStyle, plainStyle } from './terminal.js';

describe('compareEngines', () => {
  it('pairs the same job on each engine, per direction', () => {
    const [comparison, ...rest] = compareEngines(sampleEnginesResult());
    expect(rest).toEqual([]);
    expect(comparison!.engineLabels).toEqual(['psync', 'io_uring+sqpoll']);
    expect(comparison!.figures.map((figure) => figure.name)).toEqual([
      ...['read IOPS', 'read BW', 'read mean', 'read p50', 'read p99', 'read p99.9'],
      ...['write IOPS', 'write BW', 'write mean', 'write p50', 'write p99', 'write p99.9'],
      ...['CPU/IO', 'usr CPU/IO', 'sys CPU/IO', 'ring CPU/IO'],
    ]);
    expect(comparison!.figures[0]!.values).toEqual([1400, 1400]);
  });

  it('takes the median of repetitions', () => {
    const run = (engineLabel: string, repetition: number, elapsedNs: number) => {
      const worker = samplePlannedWorker({ engineLabel });
      const report = sampleWorkerReport({ elapsedNs });
      return sampleStep({ engineLabel, repetition, workers: [sampleOutcome({ worker, report })] });
    };
    const steps = [2e9, 8e9, 4e9].flatMap((ns, index) => [run('psync', index, ns), run('libaio', index, 1e9)]);
    const [comparison] = compareEngines(buildResult(sampleResultInput(steps)));
    expect(comparison!.repetitionCount).toBe(3);
    expect(comparison!.figures[0]!.values).toEqual([500, 2000]);
    expect(engineTableLines([comparison!], plainStyle(true))[0]).toContain('medians of 3 runs');
  });

  it('has nothing to say of one engine', () => {
    expect(compareEngines(sampleResult())).toEqual([]);
  });
});

describe('engineTableLines', () => {
  const labels = ['psync', 'libaio', 'io_uring', 'io_uring+sqpoll', 'io_uring+sqpoll+iopoll', 'io_uring+fixed'];
  const comparison: EngineComparison = {
    jobName: 'randread',
    engineLabels: labels,
    repetitionCount: 1,
    figures: [
      {
        name: 'write p99.9',
        better: 'less',
        format: (value) => `${value}MiB/s`,
        values: [1000, 1040, 900, null, 1023, 0],
      },
    ],
  };

  it('folds after four engines, the first one again at the left, within 80 columns', () => {
    const lines = engineTableLines([comparison], plainStyle(true));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => line.includes('psync') && !line.includes('compared'))).toHaveLength(2);
    expect(lines.join('\n')).toMatch(/write p99\.9 +1000MiB\/s +1040MiB\/s +1\.04x +900MiB\/s +0\.90x +-\n/);
  });

  it('colours nothing: a single run tells no better from worse', () => {
    const style = decideStyle({ environment: { FORCE_COLOR: '1' }, isTerminal: true, noColor: false });
    const text = engineTableLines([comparison], style).join('\n');
    expect(text).toContain('0.90x');
    for (const colour of [style.good, style.bad]) expect(text).not.toContain(colour('x').split('x')[0]);
  });
});

it('ratioText is short, and empty where there is no ratio', () => {
  expect([ratioText(3, 2), ratioText(30, 2), ratioText(300, 2), ratioText(1, 0), ratioText(null, 1)]).toEqual([
    '1.50x',
    '15.0x',
    '150x',
    '',
    '',
  ]);
});
