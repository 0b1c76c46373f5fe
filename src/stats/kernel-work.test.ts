import { expect, it } from 'vitest';
import { buildResult } from '../results/build.js';
import { parseResult } from '../results/parse.js';
import { sampleOutcome, sampleResultInput, sampleStep, sampleWorkerReport } from '../testing/sample-result.js';
import { type KernelWork, mergeKernelWork } from './kernel-work.js';

const paths = { submitted: 10, inline: 1, taskWork: 2, worker: 3, polled: 4, overflowed: 5 };
const work: KernelWork = {
  ioCount: 10,
  enterCount: 4,
  retryCount: 1,
  wakeupCount: 2,
  overflowCount: 3,
  switchCount: 5,
  paths,
  tracingNsPerIo: 150,
  sqThreads: { threadCount: 1, cpuNs: 1000, switchCount: 2, workNs: 400 },
  workers: { threadCount: 2, cpuNs: 50, switchCount: 7 },
  blockingPath: '/dev/zram0',
  missing: [],
};

it('sums workers, and knows no sum where one of them does not know', () => {
  expect(mergeKernelWork([work, work])).toEqual({
    ...work,
    ioCount: 20,
    enterCount: 8,
    retryCount: 2,
    wakeupCount: 4,
    overflowCount: 6,
    switchCount: 10,
    paths: { submitted: 20, inline: 2, taskWork: 4, worker: 6, polled: 8, overflowed: 10 },
    sqThreads: { threadCount: 2, cpuNs: 2000, switchCount: 4, workNs: 800 },
    workers: { threadCount: 4, cpuNs: 100, switchCount: 14 },
  });
  const blind = { ...work, paths: null, enterCount: null, sqThreads: null };
  expect(mergeKernelWork([work, blind])).toMatchObject({ paths: null, enterCount: null, sqThreads: work.sqThreads });
  expect(mergeKernelWork([])).toBeNull();
});

it('travels in the result document, where results without it stay valid', () => {
  const documentOf = (report: object) =>
    buildResult(sampleResultInput([sampleStep({ workers: [sampleOutcome({ report: sampleWorkerReport(report) })] })]));
  const explained = parseResult(JSON.stringify(documentOf({ kernelWork: work })), 'a.json');
  expect(explained.iotest!.jobs[0]!.kernelWork).toEqual(work);
  const plain = parseResult(JSON.stringify(documentOf({})), 'b.json');
  expect(plain.iotest!.jobs[0]!.kernelWork).toBeUndefined();
  const broken = JSON.stringify(documentOf({ kernelWork: { ...work, paths: { ...paths, inline: 'many' } } }));
  expect(() => parseResult(broken, 'c.json')).toThrow(/kernelWork\.paths\.inline/);
});
