import { describe, expect, it } from 'vitest';
import type { FingerprintField } from '../machine/fingerprint.js';
import { sampleFingerprintFields, sampleJob, sampleResult } from '../testing/sample-result.js';
import { agreeInBlocking, asOfToday, makeFingerprint } from './fingerprint.js';
import { isDifferent, withClasses } from './fingerprint-meaning.js';

const { iotest } = sampleResult();
const plain = iotest.jobs[0]!;
const withEngine = (engine: object) => ({
  ...plain,
  options: { ...plain.options, engine: { ...plain.options.engine, ...engine } },
});
const classOf = (name: string, jobs: Parameters<typeof withClasses>[1]) =>
  withClasses<FingerprintField>([{ name, value: 1, class: 'warning' }], jobs)[0]!.class;

describe('classes of fields', () => {
  it('take a limit on locked memory for one only where memory is locked', () => {
    expect(classOf('limit.lockedMemory', [plain])).toBe('informative');
    expect(classOf('limit.lockedMemory', [plain, withEngine({ fixedBuffers: true })])).toBe('blocking');
    const locking = { ...plain, options: { ...plain.options, process: { ...plain.options.process, lockedBytes: 1 } } };
    expect(classOf('limit.lockedMemory', [locking])).toBe('blocking');
  });

  it('take switches of io_uring and limits of disks only where there are rings and disks', () => {
    expect(classOf('io_uring.disabled', [plain])).toBe('blocking');
    expect(classOf('io_uring.disabled', [{ ...plain, engine: { ...plain.engine!, features: [] } }])).toBe(
      'informative',
    );
    expect(classOf('cgroup.ioMax', [plain])).toBe('blocking');
    const inMemory = plain.files.map((file) => ({ ...file, kind: 'memory' as const }));
    expect(classOf('cgroup.ioMax', [{ ...plain, files: inMemory }])).toBe('informative');
  });

  it('hold the speed of the processor for a setting like any other', () => {
    for (const name of ['governor', 'frequencyDriver', 'energyPreference', 'turbo']) {
      expect(classOf(`cpu.${name}`, [plain])).toBe('blocking');
    }
    expect(classOf('disk.nomerges', [plain])).toBe('warning');
  });

  it('are those of today in results of earlier versions', () => {
    const old = makeFingerprint([
      ...sampleFingerprintFields,
      { name: 'limit.lockedMemory', value: 8388608, class: 'blocking' },
    ]);
    const present = asOfToday(old, [plain]);
    expect(present.fields.find(({ name }) => name === 'limit.lockedMemory')!.class).toBe('informative');
    expect(present.fields.find(({ name }) => name === 'cpu.governor')!.class).toBe('blocking');
    expect(asOfToday(present, [plain])).toEqual(present);
  });
});

describe('values of fields', () => {
  const gibibyte = 2 ** 30;

  it('are amounts of memory within 2 %, whoever is larger', () => {
    const total = 15.6 * gibibyte;
    expect(isDifferent('memory.totalBytes', total, total - 65_536)).toBe(false);
    expect(isDifferent('memory.totalBytes', total * 0.981, total)).toBe(false);
    expect(isDifferent('memory.totalBytes', total, total * 0.979)).toBe(true);
    expect(isDifferent('memory.totalBytes', total * 0.979, total)).toBe(true);
    expect(isDifferent('memory.cgroupMax', '1073741824', '1073000000')).toBe(false);
    expect(isDifferent('memory.cgroupMax', '1073741824', 'max')).toBe(true);
    expect(isDifferent('memory.swapBytes', 0, gibibyte)).toBe(true);
    expect(isDifferent('memory.totalBytes', null, gibibyte)).toBe(true);
    expect(isDifferent('disk.capacityBytes', total, total - 65_536)).toBe(true);
  });

  it('let results of buffered jobs be compared after a boot that left 64 KiB less', () => {
    const fields = (bytes: number): FingerprintField[] => [
      ...sampleFingerprintFields,
      { name: 'memory.totalBytes', value: bytes, class: 'blocking' },
    ];
    const total = 244 * 2 ** 26 + 2 ** 25;
    expect(agreeInBlocking(fields(total), fields(total - 65_536))).toBe(true);
    expect(agreeInBlocking(fields(total), fields(total / 2))).toBe(false);
    expect(agreeInBlocking(fields(total), fields(total / 2), ['memory'])).toBe(true);
    expect(agreeInBlocking(fields(total), sampleFingerprintFields)).toBe(false);
    expect(sampleJob().engine.fixedBuffers).toBe(false);
  });
});
