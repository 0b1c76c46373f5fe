/** What `fadvise_hint` does to a mapping, told by the pages that the kernel had to fetch one by one. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectTarget } from '../../src/machine/target.js';
import { executable, scratchFolder } from '../cli/command.js';

const readCount = 256;

/** Major faults of random reads, one page each, of a file that the page cache does not hold. */
function majorFaults(file: string, hint: string): number {
  const words = ['fio', '--output-format=json', '--name=faults', `--filename=${file}`, '--size=16m', '--ioengine=mmap'];
  const job = ['--rw=randread', '--bs=4k', `--io_size=${readCount * 4}k`, '--randrepeat=1', '--readonly'];
  const { stdout, stderr, status } = spawnSync(executable, [...words, ...job, ...(hint === '' ? [] : [hint])], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  const [result] = JSON.parse(stdout).jobs;
  expect(result.read.total_ios).toBe(readCount);
  return result.majf;
}

describe('mmap', () => {
  it('reads the page alone that a random access asks for, unless hints say otherwise', (context) => {
    const folder = scratchFolder();
    const file = path.join(folder, 'data');
    fs.writeFileSync(file, Buffer.alloc(16 << 20, 1));
    const type = inspectTarget(file).fileSystem?.type;
    if (type !== 'ext4' && type !== 'xfs') context.skip(`known of ext4 and xfs on a disk, not of ${type}`);
    expect(majorFaults(file, '')).toBeGreaterThanOrEqual(200);
    expect(majorFaults(file, '--fadvise_hint=random')).toBeGreaterThanOrEqual(200);
    for (const hint of ['--fadvise_hint=0', '--fadvise_hint=sequential']) {
      const faults = majorFaults(file, hint);
      expect(faults, hint).toBeGreaterThan(0);
      expect(faults, hint).toBeLessThan(150);
    }
  }, 60_000);
});
