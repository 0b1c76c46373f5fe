import { describe, expect, it } from 'vitest';
import { serialiseResult } from '../results/fio-json.js';
import { parseResult } from '../results/parse.js';
import { sampleSweep, sampleSweepParts } from '../testing/sample-sweep.js';
import { asSweepPart, isSweep, mergeSweep, placeOf, type SweepDocument } from './document.js';

const given = { depths: [1, 2, 4], engines: ['io_uring', 'libaio'], repeat: 2 };

describe('a part of a sweep', () => {
  it('has the values of its point in the names of its jobs, and what it was called before', () => {
    const [part] = sampleSweepParts(given);
    expect(part!.jobs[0]!.jobname).toBe('randread iodepth=1');
    expect(part!.iotest.jobs[0]).toMatchObject({ jobName: 'randread iodepth=1', variant: 'io_uring' });
    expect(part!.iotest.sweep.points).toEqual([
      { index: 0, values: { engine: 'io_uring', iodepth: '1' }, jobs: [{ jobName: 'randread', jobIndexes: [0] }] },
    ]);
  });

  it('survives being written and read', () => {
    const [part] = sampleSweepParts(given);
    const read = parseResult(serialiseResult(part!), 'part.json') as SweepDocument;
    expect(isSweep(read)).toBe(true);
    expect(placeOf(read)).toEqual({ pointIndex: 0, repetition: 0 });
  });

  it('keeps its names where only the engine was varied', () => {
    const [part] = sampleSweepParts(given);
    const { sweep: _, ...iotest } = part!.iotest;
    const facts = { id: 'a', axes: [{ option: 'engine', values: ['psync'] }], repeat: 1, orderSeed: 1 };
    const renamed = asSweepPart({ ...part!, iotest }, facts, { index: 0, values: { engine: 'psync' } });
    expect(renamed.jobs[0]!.jobname).toBe(part!.jobs[0]!.jobname);
  });
});

describe('mergeSweep', () => {
  it('is one document in the order of the matrix, whatever the order of the runs', () => {
    const parts = sampleSweepParts(given);
    const merged = mergeSweep(parts.toReversed(), false);
    expect(merged).toEqual(mergeSweep(parts, false));
    expect(merged.jobs.map(({ jobname }) => jobname).slice(0, 3)).toEqual([
      'randread iodepth=1',
      'randread iodepth=2',
      'randread iodepth=4',
    ]);
    expect(merged.iotest.variants).toEqual(['io_uring', 'libaio']);
    expect(merged.iotest.repetitions.map(({ jobIndexes }) => jobIndexes)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
    ]);
    expect(merged.iotest.sweep.points[4]).toEqual({
      index: 4,
      values: { engine: 'libaio', iodepth: '2' },
      jobs: [{ jobName: 'randread', jobIndexes: [4, 10] }],
    });
    expect(merged.iotest.steps.map(({ jobIndexes }) => jobIndexes)).toEqual(merged.jobs.map((_, index) => [index]));
    expect(new Set(merged.jobs.map(({ groupid }) => groupid)).size).toBe(12);
    expect(merged.iotest.elapsedMs).toBe(12 * 2345);
    expect(merged.iotest.startedAt).toBe(parts[0]!.iotest.startedAt);
    expect(merged.disk_util![0]!.read_ios).toBe(12 * parts[0]!.disk_util![0]!.read_ios);
  });

  it('is a result that can be read, and has one fingerprint whatever was measured first', () => {
    const parts = sampleSweepParts(given);
    const read = parseResult(serialiseResult(mergeSweep(parts, false)), 'sweep.json') as SweepDocument;
    expect(read.iotest.sweep.points).toHaveLength(6);
    const identity = mergeSweep(parts, false).iotest.fingerprint!.identity;
    expect(mergeSweep(parts.toReversed(), false).iotest.fingerprint!.identity).toBe(identity);
    expect(sampleSweep({ ...given, depths: [1, 2, 8] }).iotest.fingerprint!.identity).not.toBe(identity);
  });

  it('tells when the machine changed on the way', () => {
    const [first, second, ...others] = sampleSweepParts(given);
    const fingerprint = second!.iotest.fingerprint!;
    const fields = fingerprint.fields.map((field) =>
      field.name === 'kernel.release' ? { ...field, value: '7.0.0' } : field,
    );
    expect(fields).not.toEqual(fingerprint.fields);
    const moved = { ...second!, iotest: { ...second!.iotest, fingerprint: { ...fingerprint, fields } } };
    const codes = (document: SweepDocument) => document.iotest.warnings.map(({ code }) => code);
    expect(codes(mergeSweep([first!, moved, ...others], false))).toContain('sweep-machine-changed');
    expect(codes(mergeSweep([first!, second!, ...others], false))).not.toContain('sweep-machine-changed');
  });
});
