/** What results must say of the devices of fault-cases.ts that fail: errno, offset and count by every engine. */
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import type { IotestDocument } from '../../src/results/document.js';
import { faultCases, faultEngines, missingFor, slowCount, slowDevice, slowMs } from './fault-cases.js';

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

  check('jobs on devices that fail come to their end with status 1', () => {
    expect(statusOf('faults'), fileOf('make-faults')).toMatch(/^faults: 1\n/);
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
      `slow, ${engine}: each read takes the ${slowMs} ms of dm-delay or longer, and none fails`,
      () => {
        const { ours, fio } = jobOf('faults', `slow-${engine}`);
        expect(ours.errors).toEqual([]);
        expect(ours.ended).toBe('done');
        expect(fio.read.total_ios).toBe(slowCount);
        expect(fio.read.lat_ns.min / 1e6).toBeGreaterThanOrEqual(slowMs);
      },
      missingFor(slowDevice),
    );
  }

  check('both bindings of io_uring were at work, where liburing is installed', () => {
    const bindingOf = (engine: string) => jobOf('faults', `badblocks-${engine}`).ours.engine?.binding;
    expect(bindingOf('uring-syscalls')).toBe('system calls');
    if (existsSync('/usr/lib/x86_64-linux-gnu/liburing.so.2')) expect(bindingOf('uring')).toMatch(/liburing/);
  });
}
