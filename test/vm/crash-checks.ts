/** What `iotest crashtest` must say of the devices of crash-cases.ts. */
import { expect } from 'vitest';
import type { CrashtestDocument } from '../../src/crashtest/document.js';
import { crashJobs } from './crash-cases.js';
import { missingFor } from './fault-cases.js';

/** @param statusOf `NAME: STATUS`, and what the command said */
export function crashChecks(
  check: (name: string, judge: () => void, missing?: string | null) => void,
  statusOf: (name: string) => string,
  fileOf: (name: string) => string,
): void {
  const missing = missingFor('/dev/mapper/lost');
  const after = (name: string) => JSON.parse(fileOf(`after-${name}.json`)) as CrashtestDocument;

  check(
    'writers end well on a device that drops what it is given, and on one that keeps it',
    () => {
      for (const device of ['lost', 'logged']) {
        expect(statusOf(`crash-${device}`), fileOf('make-crash')).toBe(`crash-${device}: 0\n`);
      }
    },
    missing,
  );

  for (const name of ['kept', 'honest']) {
    const what = name === 'kept' ? 'a device that keeps it' : 'all that was flushed and nothing else';
    check(
      `${what}: every promise is kept, by LINK, HARDLINK, DRAIN and calls`,
      () => {
        expect(statusOf(`after-${name}`), fileOf('make-crash')).toBe(`after-${name}: 0\n`);
        const { verdict, rounds, jobs } = after(name);
        expect(verdict).toBe('kept');
        expect(jobs.map((job) => job.name)).toEqual(Object.keys(crashJobs));
        for (const job of rounds[0]!.jobs)
          expect(job).toEqual({ name: job.name, checkedBytes: 65_536, brokenCount: 0 });
        expect(rounds[0]!.jobs.map((job) => job.name)).toEqual(Object.keys(crashJobs));
      },
      missing,
    );
  }

  check(
    'a device that drops writes: broken promises by LINK, HARDLINK, DRAIN and calls',
    () => {
      expect(statusOf('after-lost')).toMatch(/^after-lost: 3\n/);
      const { verdict, rounds, first } = after('lost');
      expect(verdict).toBe('broken');
      expect(rounds[0]!.jobs.map(({ name, brokenCount }) => [name, brokenCount])).toEqual(
        Object.keys(crashJobs).map((name) => [name, 16]),
      );
      expect(first).toMatchObject({ path: '/dev/mapper/lost', byteCount: 4096, likeness: 'zeros', found: 'zeros' });
    },
    missing,
  );

  check(
    'a device that drops writes: seen by kill -9 as well',
    () => {
      expect(statusOf('kill-lost')).toMatch(/^kill-lost: 3\na promise was broken: /);
    },
    missing,
  );

  check(
    'a log without the last writes before its last flush: a broken promise, and older data in its place',
    () => {
      expect(statusOf('replay')).toBe('replay: 0\n');
      expect(statusOf('after-lying')).toMatch(/^after-lying: 3\n/);
      const { verdict, rounds, first } = after('lying');
      expect(verdict).toBe('broken');
      expect(rounds[0]!.brokenCount).toBeGreaterThan(0);
      expect(rounds[0]!.brokenCount).toBeLessThanOrEqual(8);
      expect(['older', 'zeros']).toContain(first!.likeness);
    },
    missing,
  );
}
