import { describe, expect, it } from 'vitest';
import { sampleResult } from '../testing/sample-result.js';
import { misfits } from './document.js';
import { type Migration, migrateResult } from './migrate.js';

/** A version that never was: the machine was called host, and nothing was known of noise. */
function versionZero(): Record<string, unknown> {
  const { iotest, ...rest } = structuredClone(sampleResult());
  const { machine, noise: _, ...others } = iotest;
  return { ...rest, iotest: { ...others, host: machine, schemaVersion: 0 } };
}

const fromZero: Migration = (document) => {
  const { host, ...others } = document.iotest as Record<string, unknown>;
  return { ...document, iotest: { ...others, machine: host, noise: null, schemaVersion: 1 } };
};

describe('migrateResult', () => {
  it('brings an earlier version to the present one', () => {
    expect(misfits(versionZero())).not.toEqual([]);
    const outcome = migrateResult(versionZero(), new Map([[0, fromZero]]));
    expect(outcome.kind).toBe('current');
    const { data } = outcome as { data: unknown };
    expect(misfits(data)).toEqual([]);
    expect(data).toEqual(sampleResult());
  });

  it('goes over several versions, in order', () => {
    const step =
      (from: number): Migration =>
      ({ iotest }) => {
        const { trail } = iotest as { trail: string };
        return { iotest: { schemaVersion: from + 1, trail: trail + from } };
      };
    const table = new Map([1, 2, 3].map((from) => [from, step(from)]));
    expect(migrateResult({ iotest: { schemaVersion: 1, trail: '' } }, table, 4)).toEqual({
      kind: 'current',
      data: { iotest: { schemaVersion: 4, trail: '123' } },
    });
  });

  it("leaves fio's own documents and the present version alone", () => {
    for (const document of [{ 'fio version': 'fio-3.42' }, sampleResult(), null, 7, { iotest: null }]) {
      expect(migrateResult(document)).toEqual({ kind: 'current', data: document });
    }
  });

  it('knows newer versions from unknown ones', () => {
    expect(migrateResult({ iotest: { schemaVersion: 99 } })).toEqual({ kind: 'newer', version: 99 });
    expect(migrateResult({ iotest: { schemaVersion: 0 } })).toEqual({ kind: 'unknown', version: 0 });
    expect(migrateResult({ iotest: { schemaVersion: '1' } })).toEqual({ kind: 'unknown', version: '1' });
    expect(migrateResult({ iotest: {} })).toEqual({ kind: 'unknown', version: 'missing' });
  });

  it('ends when a step leads nowhere', () => {
    const stuck: Migration = (document) => document;
    expect(migrateResult({ iotest: { schemaVersion: 0 } }, new Map([[0, stuck]]))).toEqual({
      kind: 'unknown',
      version: 0,
    });
  });
});
