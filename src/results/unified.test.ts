import { describe, expect, it } from 'vitest';
import {
  sampleDirection,
  sampleJob,
  sampleOutcome,
  samplePlannedWorker,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { buildResult } from './build.js';
import type { FioJob } from './document.js';
import { serialiseResult, withBins } from './fio-json.js';
import { parseResult } from './parse.js';
import { directionName, isMixedOnly } from './unified.js';

function documentOf(unified: 'none' | 'mixed' | 'both') {
  const job = sampleJob({ measure: { ...sampleJob().measure, unified } });
  const report = sampleWorkerReport({
    directions: {
      read: sampleDirection([100_000, 200_000, 300_000]),
      write: sampleDirection([50_000]),
      trim: sampleDirection([]),
    },
  });
  const outcome = sampleOutcome({ worker: samplePlannedWorker({ job }), report });
  return buildResult(sampleResultInput([sampleStep({ workers: [outcome] })]));
}

const keysOf = (text: string) => Object.keys((JSON.parse(text) as { jobs: object[] }).jobs[0]!);
/** As fio 3.33 has them, with what 3.42 added left out. */
const tail = ['job_runtime', 'usr_cpu', 'sys_cpu', 'ctx', 'majf', 'minf'];

describe('unified_rw_reporting', () => {
  it.each([
    ['none', ['job options', 'read', 'write', 'trim', 'sync', ...tail]],
    ['both', ['job options', 'read', 'write', 'trim', 'sync', 'mixed', ...tail]],
    ['mixed', ['job options', 'mixed', ...tail]],
  ] as const)('%s: keys where fio has them', (unified, expected) => {
    const keys = keysOf(serialiseResult(documentOf(unified)));
    expect(keys.slice(keys.indexOf('job options'), keys.indexOf('iodepth_level'))).toEqual(expected);
  });

  it.each(['mixed', 'both'] as const)('%s: adds up all I/Os, bytes and latencies', (unified) => {
    const [job] = documentOf(unified).jobs;
    expect(job!.mixed).toMatchObject({ total_ios: 4, io_bytes: 4 * 4096, runtime: 2000, iops: 2 });
    expect(job!.mixed!.clat_ns).toMatchObject({ N: 4, min: 50_000, max: 300_000, mean: 162_500 });
    expect(job!.mixed!.clat_ns.percentile!['50.000000']).toBeCloseTo(100_000, -3);
  });

  it('mixed: is looked at as one direction, whichever way the document came', () => {
    const document = documentOf('mixed');
    for (const each of [document, parseResult(serialiseResult(document), 'x.json')]) {
      const job = each.jobs[0]!;
      expect(isMixedOnly(job)).toBe(true);
      expect(directionName(job, 'read')).toBe('mixed');
      expect([job.read.total_ios, job.write.total_ios, job.trim.total_ios]).toEqual([4, 0, 0]);
      expect(each.iotest!.jobs[0]!.histograms.mixed!.total.count).toBe(4);
    }
    expect(serialiseResult(parseResult(serialiseResult(document), 'x.json'))).toBe(serialiseResult(document));
    const both = parseResult(serialiseResult(documentOf('both')), 'x.json').jobs[0]!;
    expect([isMixedOnly(both), both.read.total_ios, both.write.total_ios]).toEqual([false, 3, 1]);
  });

  it('has bins of all in json+', () => {
    for (const unified of ['mixed', 'both'] as const) {
      const [job] = (JSON.parse(serialiseResult(withBins(documentOf(unified)))) as { jobs: FioJob[] }).jobs;
      const bins = Object.values(job!.mixed!.clat_ns.bins!);
      expect(bins.reduce((sum, count) => sum + count, 0)).toBe(4);
      expect('read' in job!).toBe(unified === 'both');
    }
  });
});
