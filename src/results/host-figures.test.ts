import { describe, expect, it } from 'vitest';
import {
  sampleDirection,
  sampleFingerprintFields,
  sampleLatencies,
  sampleOutcome,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { buildResult } from './build.js';
import type { IotestDocument, ResultHost } from './document.js';
import { hostFigures, stepGroups, stepTimes } from './host-figures.js';

interface Shape {
  readonly name: string;
  /** Over 2 s. */
  readonly ioCount?: number;
  readonly medianNs?: number;
  readonly scheduler?: string;
  readonly lateMs?: number;
  readonly elapsedNs?: number;
}

function hostOf({
  name,
  ioCount = 2000,
  medianNs = 100_000,
  scheduler,
  lateMs = 0,
  elapsedNs = 2e9,
}: Shape): ResultHost {
  const directions = {
    read: sampleDirection(sampleLatencies(ioCount, medianNs)),
    write: sampleDirection([]),
    trim: sampleDirection([]),
  };
  const workers = [sampleOutcome({ report: sampleWorkerReport({ directions, elapsedNs }) })];
  const fingerprint = sampleFingerprintFields.map((field) =>
    field.name === 'disk.scheduler' && scheduler !== undefined ? { ...field, value: scheduler } : field,
  );
  return {
    name,
    hostname: name,
    bootId: null,
    clock: { offsetNs: 0, boundNs: 30_000, driftNs: 0 },
    steps: [{ lateNs: lateMs * 1e6, durationNs: elapsedNs }],
    lost: null,
    document: buildResult(sampleResultInput([sampleStep({ workers })], { fingerprint })),
  };
}

/** The total is not looked at here. */
function documentOf(hosts: readonly ResultHost[]): IotestDocument {
  const { iotest, ...fio } = hosts.find(({ document }) => document !== null)!.document!;
  return { ...fio, iotest: { ...iotest, hosts: [...hosts] } };
}

function figuresOf(shapes: readonly Shape[]) {
  const document = documentOf(shapes.map(hostOf));
  return hostFigures(document, stepGroups(document)[0]!);
}

describe('hosts beside each other', () => {
  it('have their own figures, and a share of the median', () => {
    const [a, b, c] = figuresOf([
      { name: 'a', ioCount: 2000, lateMs: 0.4 },
      { name: 'b', ioCount: 2200 },
      { name: 'c', ioCount: 1800 },
    ]);
    expect([a!.iops, b!.iops, c!.iops]).toEqual([1000, 1100, 900]);
    expect([a!.byMedian, b!.byMedian, c!.byMedian]).toEqual([1, 1.1, 0.9]);
    expect(a!.bytesPerSecond).toBe(1000 * 4096);
    expect(a!.lateNs).toBe(400_000);
    expect(a!.p99Ns).toBeGreaterThan(a!.p50Ns!);
    expect([a, b, c].flatMap((host) => host!.notes)).toEqual([]);
  });

  it('are named when they do less than 0.8 of the median, with what is other there', () => {
    const shapes = [{ name: 'a' }, { name: 'b' }, { name: 'c', ioCount: 1500, scheduler: 'bfq' }];
    expect(figuresOf(shapes).map(({ notes }) => notes)).toEqual([[], [], ['slower, disk.scheduler bfq (others none)']]);
    expect(
      figuresOf([{ name: 'a' }, { name: 'b' }, { name: 'c', ioCount: 1620 }]).flatMap(({ notes }) => notes),
    ).toEqual([]);
  });

  it('are named when their tail is twice as long as that of the others', () => {
    const shapes = [{ name: 'a' }, { name: 'b' }, { name: 'c', medianNs: 220_000 }];
    expect(figuresOf(shapes).map(({ notes }) => notes)).toEqual([[], [], ['longer tail']]);
  });

  it('are not held against anybody where there is one', () => {
    expect(figuresOf([{ name: 'a' }])[0]).toMatchObject({ byMedian: 1, notes: [] });
  });

  it('say nothing of a difference on which the others do not agree', () => {
    const shapes = [
      { name: 'a', scheduler: 'none' },
      { name: 'b', scheduler: 'kyber' },
      { name: 'c', ioCount: 1000, scheduler: 'bfq' },
    ];
    expect(figuresOf(shapes)[2]!.notes).toEqual(['slower']);
  });

  it('without a result are left out', () => {
    const lost = { ...hostOf({ name: 'b' }), document: null, lost: 'gone' };
    const document = documentOf([hostOf({ name: 'a' }), lost]);
    expect(hostFigures(document, stepGroups(document)[0]!).map(({ name }) => name)).toEqual(['a']);
  });
});

describe('the times of a step', () => {
  it('have the skew of the begins with the bounds of both clocks, and the time in which all were at work', () => {
    const hosts = [hostOf({ name: 'a', lateMs: 1 }), hostOf({ name: 'b', lateMs: 101 })];
    expect(stepTimes(documentOf(hosts), 0)).toMatchObject({
      skewNs: 100e6,
      skewBoundNs: 60_000,
      overlapNs: 1.9e9,
      wholeNs: 2.1e9,
      firstDone: 'a',
      lastDone: 'b',
    });
  });

  it('have the rates of that time, from the windows of each host', () => {
    // Both do 1000 I/Os a second evenly; the second one does so for 1 s alone.
    const hosts = [hostOf({ name: 'a' }), hostOf({ name: 'b', ioCount: 1000, elapsedNs: 1e9 })];
    const times = stepTimes(documentOf(hosts), 0)!;
    expect(times).toMatchObject({ overlapNs: 1e9, firstDone: 'b', lastDone: 'a' });
    expect(times.overlapIops).toBeCloseTo(2000, 0);
    expect(times.overlapBytesPerSecond).toBeCloseTo(2000 * 4096, -3);
  });

  it('count a window by the share of it that lies within', () => {
    const hosts = [hostOf({ name: 'a' }), hostOf({ name: 'b', lateMs: 250 })];
    expect(stepTimes(documentOf(hosts), 0)!.overlapIops).toBeCloseTo(2000, 0);
  });

  it('are unknown where no host told them, and have no overlap where there was none', () => {
    expect(stepTimes(documentOf([{ ...hostOf({ name: 'a' }), steps: [] }]), 0)).toBeNull();
    const apart = [hostOf({ name: 'a' }), hostOf({ name: 'b', lateMs: 3000 })];
    expect(stepTimes(documentOf(apart), 0)).toMatchObject({ overlapNs: 0, overlapIops: 0 });
  });
});
