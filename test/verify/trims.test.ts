/** Written blocks that are trimmed meanwhile (`trim_percentage`), on a loop device: as many as asked for, and zeros afterwards. */
import fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { ended, start } from '../cli/command.js';
import { cleanUp, labMissing, loopDevice } from '../faults/fault-lab.js';

const missing = labMissing();
afterEach(cleanUp);

describe.skipIf(missing !== null)(
  `trims${missing === null ? '' : ` (skipped: ${missing})`}`,
  { timeout: 120_000 },
  () => {
    const run = async (device: string, ...words: string[]) => {
      const common = [
        'fio',
        '--name=t',
        '--verify=md5',
        `--filename=${device}`,
        `--destructive=${device}`,
        '--number_ios=64',
      ];
      const child = start([...common, '--output-format=json', '--verify_state_save=0', ...words]);
      const { status, stdout, stderr } = await ended(child);
      const job = (JSON.parse(stdout) as { jobs: { read: Count; write: Count; trim: Count }[] }).jobs[0]!;
      return { status, stderr, counts: [job.read, job.write, job.trim].map(({ total_ios }) => total_ios) };
    };
    interface Count {
      readonly total_ios: number;
    }

    it.each<[string, string[], number[]]>([
      ['all, one by one', ['--trim_percentage=100', '--trim_backlog=1'], [64, 64, 64]],
      ['half, sixteen at a time', ['--trim_percentage=50', '--trim_backlog=16'], [64, 64, 32]],
      ['without reading back', ['--trim_percentage=50', '--trim_backlog=1', '--do_verify=0'], [0, 64, 32]],
      ['zeros are not asked for', ['--trim_percentage=50', '--trim_backlog=1', '--trim_verify_zero=0'], [32, 64, 32]],
    ])('%s', async (_, words, counts) => {
      const device = loopDevice(4 << 20).path;
      for (const rw of ['write', 'randwrite']) {
        expect(await run(device, `--rw=${rw}`, ...words)).toEqual({ status: 0, stderr: '', counts });
      }
    });

    it('what is read there by another job is zeros', async () => {
      const device = loopDevice(1 << 20).path;
      await run(device, '--rw=write', '--trim_percentage=100', '--trim_backlog=1');
      const bytes = Buffer.alloc(64 * 4096, 1);
      const file = fs.openSync(device, 'r');
      fs.readSync(file, bytes, 0, bytes.length, 0);
      fs.closeSync(file);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
    });
  },
);
