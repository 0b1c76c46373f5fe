/** What is left on the zoned devices of zone-cases.ts, by blkzone's report of them, and what results say. */
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import type { IotestDocument } from '../../src/results/document.js';
import { blockBytes, openMax, type ZonedDisk, zonedDisks, zonesOfJob } from './zone-cases.js';

interface Zone {
  /** In bytes from the start of the zone; of a full zone of no meaning. */
  readonly pointerBytes: number;
  /** `em`, `oi`, `cl`, `fu`, `nw`: as blkzone writes it. */
  readonly condition: string;
}

function zonesIn(report: string): Zone[] {
  return [...report.matchAll(/wptr 0x([0-9a-f]+).*zcond: ?\d+\((\w\w)\)/g)].map(([, pointer, condition]) => ({
    pointerBytes: Number.parseInt(pointer!, 16) * 512,
    condition: condition!,
  }));
}

/** Of this system, which the machine has too. */
const missing = existsSync('/usr/sbin/blkzone') ? null : 'blkzone is not installed';

/** @param statusOf `NAME: STATUS`, and what the command said */
export function zoneChecks(
  check: (name: string, judge: () => void, missing?: string | null) => void,
  statusOf: (name: string) => string,
  fileOf: (name: string) => string,
  isWhole: boolean,
): void {
  const jobOf = (name: string) => {
    const document = JSON.parse(fileOf('zones.json')) as IotestDocument;
    const index = document.iotest.jobs.findIndex(({ jobName }) => jobName === name);
    if (index < 0) throw new Error(`no job ${name} in zones.json`);
    return { ours: document.iotest.jobs[index]!, fio: document.jobs[index]! };
  };
  const blocksIn = ({ capacityBytes }: ZonedDisk): number => (zonesOfJob * capacityBytes) / blockBytes;

  check('zones: jobs on zoned devices end well', () => {
    expect(statusOf('zones')).toBe('zones: 0\n');
  });

  check('zones: what does not follow write pointers is refused before it begins', () => {
    const said = fileOf('refused.stderr').replaceAll(/\s+/g, ' ');
    for (const message of [
      'takes writes at the write pointers of its zones only, and job "plain" writes anywhere',
      'the page cache writes back in another order than its zones take',
      'has zones of 4194304 bytes, and zonesize is 1048576',
      'max_open_zones=5 is more than the 4 that /dev/nullb2 allows',
      'a trim resets a whole zone of 4194304 bytes, and the trim block size is 65536',
    ]) {
      expect(said).toContain(message);
    }
  });

  for (const disk of zonedDisks) {
    const { name, conventionalCount, capacityBytes } = disk;
    const first = conventionalCount + 1;
    const before = (zones: readonly Zone[]) => zones.slice(0, first).map(({ pointerBytes }) => pointerBytes);
    const own = (zones: readonly Zone[]) => zones.slice(first, first + zonesOfJob);
    const after = (zones: readonly Zone[]) => zones.slice(first + zonesOfJob).map(({ condition }) => condition);

    if (!isWhole) {
      const quick = name === 'null' ? 'null-verified' : 'nvme-deep';
      check(`zones: ${quick} fills its zones, and leaves all others alone`, () => {
        const { fio, ours } = jobOf(quick);
        expect(ours.errors).toEqual([]);
        expect(fio.write.total_ios).toBe(blocksIn(disk));
        expect(fio.zone_resets).toBe(0);
        if (name === 'null') expect(ours.verify).toMatchObject({ checkedCount: blocksIn(disk), wrongCount: 0 });
      });
      check(
        `zones: so it is on ${disk.device}`,
        () => {
          const zones = zonesIn(fileOf(`${name}.zones`));
          expect(before(zones)).toEqual(Array(first).fill(0));
          expect(own(zones).map(({ condition }) => condition)).toEqual(Array(zonesOfJob).fill('fu'));
          expect(new Set(after(zones))).toEqual(new Set(['em']));
        },
        missing,
      );
      continue;
    }

    check(`zones: writes, reads, resets and trims on ${disk.device} are as many as its zones make them`, () => {
      const all = blocksIn(disk);
      // By job: reads, writes, trims, resets.
      const wanted = {
        sequential: [0, all, 0, 0],
        again: [0, all, 0, zonesOfJob],
        read: [all, 0, 0, undefined],
        'two-jobs': [0, (8 << 20) / blockBytes, 0, expect.any(Number)],
        verified: [all, all, 0, zonesOfJob],
        often: [0, (zonesOfJob * disk.zoneBytes) / blockBytes, 0, expect.any(Number)],
        trim: [0, 0, zonesOfJob, zonesOfJob],
        // One block of 1984 KiB fits into a zone, and what is left is finished.
        rest: [0, zonesOfJob, 0, 0],
        some: [0, 24, 0, expect.any(Number)],
      };
      for (const [job, counts] of Object.entries(wanted)) {
        const { fio, ours } = jobOf(`${name}-${job}`);
        expect(ours.errors, job).toEqual([]);
        const found = [fio.read.total_ios, fio.write.total_ios, fio.trim.total_ios, fio.zone_resets];
        expect(found, job).toEqual(counts);
      }
      expect(jobOf(`${name}-verified`).ours.verify).toMatchObject({ checkedCount: all, wrongCount: 0 });
      expect(jobOf(`${name}-often`).fio.zone_resets!).toBeGreaterThan(2 * zonesOfJob);
    });

    check(
      `zones: no more are open on ${disk.device} than max_open_zones says, and those that are not the job's are untouched`,
      () => {
        const zones = zonesIn(fileOf(`${name}.zones`));
        expect(before(zones)).toEqual(Array(first).fill(0));
        expect(new Set(after(zones))).toEqual(new Set(['em']));
        const open = own(zones).filter(({ condition }) => condition === 'oi' || condition === 'cl');
        expect(open.length).toBe(openMax);
        // The last job wrote 24 blocks to three zones that it began anew.
        expect(open.reduce((sum, { pointerBytes }) => sum + pointerBytes, 0)).toBe(24 * blockBytes);
        for (const { pointerBytes } of open) expect(pointerBytes).toBeLessThan(capacityBytes);
      },
      missing,
    );
  }
}
