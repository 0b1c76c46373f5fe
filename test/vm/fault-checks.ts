/** What results must say of the devices of fault-cases.ts that fail or go away: errno, offset and count by every engine. */
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import type { IotestDocument } from '../../src/results/document.js';
import { faultCases, faultEngines, missingFor, removedDevices, slowCount, slowDevice, slowMs } from './fault-cases.js';

const offsetIn = (message: string): number => Number(/ at offset (\d+) of /.exec(message)?.[1] ?? Number.NaN);

/** @param statusOf `NAME: STATUS`, and what the command said */
export function faultChecks(
  check: (name: string, judge: () => void, missing?: string | null) => void,
  statusOf: (name: string) => string,
  fileOf: (name: string) => string,
): void {
  const jobOf = (file: string, name: string) => {
    const document = JSON.parse(fileOf(`${file}.json`)) as IotestDocument;
    const index = document.iotest.jobs.findIndex(({ jobName }) => jobName === name);
    if (index < 0) throw new Error(`no job ${name} in ${file}.json`);
    return { ours: document.iotest.jobs[index]!, fio: document.jobs[index]! };
  };

  check('jobs on devices that fail, and on some that go away, come to their end with status 1', () => {
    expect(statusOf('faults'), fileOf('make-faults')).toMatch(/^faults: 1\n/);
    expect(statusOf('removed')).toMatch(/^removed: 1\n/);
  });

  for (const engine of Object.keys(faultEngines)) {
    for (const { name, device, errno, badOffsets, readable } of faultCases) {
      check(
        `${name}, ${engine}: errno ${errno} at the offsets of bad blocks, and the others are counted`,
        () => {
          const { ours, fio } = jobOf('faults', `${name}-${engine}`);
          expect(ours.histograms.read?.total.count ?? 0).toBe(fio.read.total_ios);
          expect(fio.error).toBe(errno);
          if (readable === null) {
            expect(ours.ended).toBe('error');
            const [error] = ours.errors;
            expect(error!.errno).toBe(errno);
            expect(error!.message).toContain(
              `read of 4096 bytes at offset ${offsetIn(error!.message)} of ${device}: E`,
            );
            if (badOffsets === null) expect(fio.read.total_ios).toBe(0);
            else expect(badOffsets).toContain(offsetIn(error!.message));
            return;
          }
          expect(ours.ended).toBe('done');
          expect(ours.errors).toEqual([]);
          expect(fio.read.total_ios).toBe(readable);
          expect(ours.toleratedErrorCount).toBe(badOffsets!.length);
          expect([fio.total_err, fio.first_error]).toEqual([badOffsets!.length, errno]);
          const passedOver = ours.toleratedErrors!;
          expect(passedOver.map(({ errno: number }) => number)).toEqual(badOffsets!.map(() => errno));
          expect(passedOver.map(({ message }) => offsetIn(message)).toSorted((a, b) => a - b)).toEqual(badOffsets);
        },
        missingFor(device),
      );
    }

    check(
      `slow, ${engine}: reads take the ${slowMs} ms of dm-delay, and none fails`,
      () => {
        const { ours, fio } = jobOf('faults', `slow-${engine}`);
        expect(ours.errors).toEqual([]);
        expect(ours.ended).toBe('done');
        expect(fio.read.total_ios).toBe(slowCount);
        // Of ticks, which come late where the host is busy: some of the delays are shorter by the clock then.
        expect(fio.read.lat_ns.max / 1e6).toBeGreaterThanOrEqual(slowMs);
      },
      missingFor(slowDevice),
    );

    for (const [name, device] of Object.entries(removedDevices)) {
      check(`${device} is removed under ${engine}: said so, and what was measured is kept`, () => {
        const { ours, fio } = jobOf('removed', `${name}-${engine}`);
        expect(ours.ended).toBe('error');
        const [error] = ours.errors;
        // EIO, ENXIO, ENODEV: kernels differ in what they say then.
        expect([5, 6, 19]).toContain(error!.errno);
        expect(error!.message).toMatch(
          new RegExp(
            `^read of 4096 bytes at offset \\d+ of ${device}: E\\w+, the device was removed while the job ran`,
          ),
        );
        expect(fio.read.total_ios).toBeGreaterThan(0);
        expect(ours.histograms.read!.total.count).toBe(fio.read.total_ios);
      });
    }
  }

  check('both bindings of io_uring were at work, where liburing is installed', () => {
    const bindingOf = (engine: string) => jobOf('faults', `badblocks-${engine}`).ours.engine?.binding;
    expect(bindingOf('uring-syscalls')).toBe('system calls');
    if (existsSync('/usr/lib/x86_64-linux-gnu/liburing.so.2')) expect(bindingOf('uring')).toMatch(/liburing/);
  });
}
