import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job } from '../job/job.js';
import type { FingerprintField } from '../machine/fingerprint.js';
import {
  sampleFingerprintFields,
  sampleJob,
  sampleOutcome,
  samplePlannedWorker,
  sampleResult,
  sampleResultInput,
  sampleStep,
} from '../testing/sample-result.js';
import type { ResultDocument } from './document.js';
import { compareFingerprints, identityOf, isVaried, makeFingerprint, runFieldNames } from './fingerprint.js';
import { hashJobs } from './job-hash.js';

const fields = sampleFingerprintFields;

function changed(name: string, change: Partial<FingerprintField>): FingerprintField[] {
  return fields.map((field) => (field.name === name ? { ...field, ...change } : field));
}

describe('hashes', () => {
  it('do not depend on the order of the fields', () => {
    const expected = makeFingerprint(fields);
    fc.assert(
      fc.property(fc.shuffledSubarray([...fields], { minLength: fields.length }), (shuffled) => {
        const { identity, full } = makeFingerprint(shuffled);
        expect({ identity, full }).toEqual({ identity: expected.identity, full: expected.full });
      }),
      { numRuns: 30 },
    );
    expect(expected.identity).toMatch(/^[0-9a-f]{16}$/);
  });

  it('change with what they are over, and with nothing else', () => {
    const { identity, full } = makeFingerprint(fields);
    const blocking = makeFingerprint(changed('disk.scheduler', { value: 'bfq' }));
    expect([blocking.identity === identity, blocking.full === full]).toEqual([false, false]);
    const informative = makeFingerprint(changed('cpu.microcode', { value: '0x2' }));
    expect([informative.identity === identity, informative.full === full]).toEqual([true, false]);
    const moment = makeFingerprint(changed('fileSystem.freePercent', { value: 3 }));
    expect([moment.identity === identity, moment.full === full]).toEqual([true, true]);
    const otherReason = makeFingerprint(changed('cpu.governor', { reason: 'it may not be read' }));
    expect(otherReason.full).toBe(full);
    const unknown = makeFingerprint(changed('disk.scheduler', { value: null, reason: 'gone' }));
    expect(unknown.identity).not.toBe(identity);
  });

  it('leave out what may vary', () => {
    const other = changed('disk.scheduler', { value: 'bfq' });
    expect(identityOf(other)).not.toBe(identityOf(fields));
    expect(identityOf(other, ['scheduler'])).toBe(identityOf(fields, ['scheduler']));
    expect(identityOf(other, ['kernel'])).not.toBe(identityOf(fields, ['kernel']));
  });
});

it('fields are named wholly, by what they are of, or by what they are', () => {
  expect(isVaried('kernel.release', ['kernel'])).toBe(true);
  expect(isVaried('disk2.scheduler', ['scheduler'])).toBe(true);
  expect(isVaried('disk.scheduler', ['disk.scheduler'])).toBe(true);
  expect(isVaried('disk2.scheduler', ['disk'])).toBe(false);
  expect(isVaried('disk.nr_requests', ['requests', 'disk.nr'])).toBe(false);
  expect(isVaried('job', ['job'])).toBe(true);
  expect(isVaried('arch', [])).toBe(false);
});

describe('hashJobs', () => {
  const hashOf = (overrides: Parameters<typeof sampleJob>[0], repetitions = 1) => {
    const worker = samplePlannedWorker({ job: sampleJob(overrides) });
    const steps = Array.from({ length: repetitions }, (_, repetition) =>
      sampleStep({ repetition, workers: [sampleOutcome({ worker })] }),
    );
    return hashJobs(sampleResultInput(steps).plan.steps);
  };
  const { workload, target } = sampleJob();

  it('is the same for the same work, wherever it is written and however often it runs', () => {
    const plain = hashOf({});
    expect(plain).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf({}, 3)).toBe(plain);
    expect(hashOf({ source: { file: 'other.ini', line: 99, section: 'randread' } })).toBe(plain);
    expect(hashOf({ description: 'words', typedOptions: { rw: 'randread', bs: '4k' } })).toBe(plain);
    expect(hashOf({ target: { ...target, filenames: ['/mnt/other/data'] } })).toBe(plain);
    expect(hashOf({ groupReporting: true, groupIndex: 3, cloneIndex: 1 })).toBe(plain);
  });

  it('does not depend on options at their default, whether a version has them or not', () => {
    const { pacing: _, logs: __, flow: ___, ...fewer } = sampleJob();
    const known = { ...fewer, workload: { ...workload, laterOption: undefined } } as unknown as Job;
    const hashOfJob = (job: Job) => {
      const worker = { ...samplePlannedWorker(), job };
      return hashJobs(sampleResultInput([sampleStep({ workers: [sampleOutcome({ worker })] })]).plan.steps);
    };
    expect(hashOfJob(known)).toBe(hashOfJob(sampleJob()));
    const shared = { ...sampleJob(), flow: { id: 1, weight: 2, sleepMs: 0 } };
    expect(hashOfJob(shared)).not.toBe(hashOfJob(sampleJob()));
  });

  it('differs when anything else is asked of the storage', () => {
    const hashes = [
      hashOf({}),
      hashOf({ name: 'other' }),
      hashOf({ cloneCount: 4 }),
      hashOf({ workload: { ...workload, blockBytes: { read: 8192, write: 4096, trim: 4096 } } }),
      hashOf({ target: { ...target, direct: false } }),
      hashOf({ target: { ...target, filenames: ['/srv/a', '/srv/b'] } }),
      hashOf({ schedule: { ...sampleJob().schedule, runtimeMs: 9000 } }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('the fingerprint of a result', () => {
  it('has the fields of the machine, of the tool and of the jobs', () => {
    const { fingerprint } = sampleResult().iotest;
    const values = Object.fromEntries(fingerprint!.fields.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({ 'kernel.release': '6.18.0', 'tool.major': '0.1', 'tool.liburing': '2.3' });
    expect(values['io_uring.features']).toEqual(['EXT_ARG', 'NODROP', 'SINGLE_MMAP']);
    expect(values.job).toBe(hashJobs(sampleResultInput().plan.steps));
    expect(sampleResult({ fingerprint: null }).iotest.fingerprint).toBeNull();
  });

  it('has the names of the fields of a run in one list', () => {
    const names = sampleResult().iotest.fingerprint!.fields.map(({ name }) => name);
    expect(names.slice(-runFieldNames.length)).toEqual([...runFieldNames]);
  });

  it('from version 1 on blocks on the major version alone', () => {
    const major = (version: string) =>
      sampleResult({ tool: { version, koffi: '3.3.4', liburing: null } }).iotest.fingerprint!.fields.find(
        ({ name }) => name === 'tool.major',
      )!.value;
    expect(major('2.7.1')).toBe('2');
  });
});

describe('compareFingerprints', () => {
  const documentOf = (own: readonly FingerprintField[]) => sampleResult({ fingerprint: own });
  const fio: ResultDocument = (({ iotest: _, ...rest }) => rest)(sampleResult());

  it('finds no difference between equals', () => {
    expect(compareFingerprints(sampleResult(), sampleResult())).toEqual([]);
  });

  it('names what differs, what matters most first, and mirrors', () => {
    const left = documentOf(fields);
    const right = documentOf([
      { name: 'kernel.release', value: '6.18.0', class: 'blocking' },
      { name: 'cpu.flags', value: ['aes'], class: 'informative' },
      { name: 'cpu.governor', value: 'performance', class: 'warning' },
      { name: 'disk.scheduler', value: 'bfq', class: 'blocking' },
      { name: 'cpu.microcode', value: '0x1', class: 'informative' },
      { name: 'fileSystem.freePercent', value: 35, class: 'warning', momentary: true },
      { name: 'disk2.model', value: 'new', class: 'blocking' },
    ]);
    const differences = compareFingerprints(left, right);
    expect(differences.map((each) => [each.field, each.class])).toEqual([
      ['disk.scheduler', 'blocking'],
      ['cpu.governor', 'blocking'],
      ['disk2.model', 'blocking'],
      ['cpu.flags', 'informative'],
    ]);
    expect(differences[0]).toMatchObject({ left: { value: 'none', reason: null }, right: { value: 'bfq' } });
    expect(differences[2]!.left).toEqual({ value: null, reason: 'this result does not have the field' });
    expect(differences[1]!.left).toEqual({ value: null, reason: 'there is no scaling_governor here' });
    const mirrored = compareFingerprints(right, left).map((each) => ({ ...each, left: each.right, right: each.left }));
    const sorted = (list: typeof differences) => [...list].sort((a, b) => (a.field < b.field ? -1 : 1));
    expect(sorted(mirrored)).toEqual(sorted(differences));
  });

  it('takes the stricter class where the sides disagree', () => {
    const [left, right] = (['warning', 'blocking'] as const).map((each, index) =>
      documentOf([{ name: 'memory.dirtyRatio', value: index, class: each }]),
    );
    expect(compareFingerprints(left!, right!)).toMatchObject([{ class: 'blocking' }]);
  });

  it('lets free space and temperature differ a little, but not into scarcity', () => {
    const differs = (name: string, a: number, b: number) => {
      const own = (value: number): FingerprintField[] => [{ name, value, class: 'warning', momentary: true }];
      return compareFingerprints(documentOf(own(a)), documentOf(own(b))).length > 0;
    };
    expect(differs('fileSystem.freePercent', 40, 31)).toBe(false);
    expect(differs('fileSystem.freePercent', 40, 29)).toBe(true);
    expect(differs('fileSystem.freePercent', 16, 14)).toBe(true);
    expect(differs('fileSystem.freePercent', 9, 3)).toBe(false);
    expect(differs('disk.temperatureCelsius', 41, 50)).toBe(false);
    expect(differs('disk2.temperatureCelsius', 41, 52)).toBe(true);
    expect(differs('disk.nr_requests', 255, 256)).toBe(true);
  });

  it("says that nothing is known beside fio's JSON, and beside results without a fingerprint", () => {
    const known = sampleResult();
    expect(compareFingerprints(known, fio)).toEqual([
      {
        field: 'fingerprint',
        class: 'blocking',
        left: { value: known.iotest.fingerprint!.identity, reason: null },
        right: { value: null, reason: "fio's JSON says nothing of the machine" },
      },
    ]);
    expect(compareFingerprints(fio, fio)).toHaveLength(1);
    expect(compareFingerprints(sampleResult({ fingerprint: null }), known)[0]!.left.reason).toBe('it was not taken');
  });
});
