import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import {
  addNice,
  affinity,
  ioPriority,
  ringThreadCpuNs,
  ringThreads,
  setAffinity,
  setIoPriority,
  threadId,
  threadUsage,
  usageDifference,
} from './thread.js';

describe('the calling thread', () => {
  it('knows its number', () => {
    expect(fs.existsSync(`/proc/self/task/${threadId()}`)).toBe(true);
  });

  it('can be pinned and released', () => {
    const before = affinity();
    expect(before.length).toBeGreaterThan(0);
    setAffinity([before[0]!]);
    expect(affinity()).toEqual([before[0]]);
    setAffinity(before);
    expect(affinity()).toEqual(before);
    expect(() => setAffinity([1023])).toThrow(UserError);
    expect(() => setAffinity([5000])).toThrow(UserError);
    expect(affinity()).toEqual(before);
  });

  it('adds to its nice value, as nice(2), and no further than 19', () => {
    const nice = (): number => {
      const stat = fs.readFileSync(`/proc/self/task/${threadId()}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    };
    // The test's own thread stays nicer for the rest of this file; lowering it again may need a privilege.
    const before = nice();
    addNice(1);
    expect(nice()).toBe(Math.min(before + 1, 19));
    addNice(2);
    expect(nice()).toBe(Math.min(before + 3, 19));
  });

  it('sets its I/O priority', () => {
    setIoPriority(2, 6);
    expect(ioPriority()).toEqual({ priorityClass: 2, level: 6, hint: 0 });
    expect(() => setIoPriority(7, 0)).toThrow(UserError);
    setIoPriority(0, 0);
  });

  it('sets a hint with its I/O priority, or says that the kernel takes none', () => {
    // Hints came with Linux 6.6; kernels before see a level out of range.
    const [major = 0, minor = 0] = os.release().split('.').map(Number);
    if (major > 6 || (major === 6 && minor >= 6)) {
      setIoPriority(2, 6, 5);
      expect(ioPriority()).toEqual({ priorityClass: 2, level: 6, hint: 5 });
      setIoPriority(0, 0);
    } else {
      expect(() => setIoPriority(2, 6, 5)).toThrow(/priohint 5/);
    }
  });

  it('counts what it uses', () => {
    const before = threadUsage();
    let sum = 0;
    for (let i = 0; i < 5e7; i++) sum += i % 7;
    expect(sum).toBeGreaterThan(0);
    const used = usageDifference(before, threadUsage());
    expect(used.userNs + used.systemNs).toBeGreaterThan(1e6);
    expect(before.minorFaultCount).toBeGreaterThan(0);
    expect(used.majorFaultCount).toBeGreaterThanOrEqual(0);
  });
});

describe('ringThreads', () => {
  it('adds up the threads of one owner only', () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-thread-'));
    const add = (tid: number, comm: string, files: Record<string, string>): void => {
      fs.mkdirSync(`${root}/self/task/${tid}`, { recursive: true });
      fs.writeFileSync(`${root}/self/task/${tid}/comm`, `${comm}\n`);
      for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${root}/self/task/${tid}/${name}`, text);
    };
    add(10, 'node', { schedstat: '1000 0 1\n' });
    add(11, 'iou-sqp-10', { schedstat: '5000 0 1\n' });
    add(12, 'iou-wrk-10', { stat: '12 (iou-wrk-10) S 1 1 1 0 -1 0 0 0 0 0 3 4 0 0 20 0 1 0 0\n' });
    add(13, 'iou-wrk-99', { schedstat: '7777 0 1\n' });
    expect(ringThreads(10, root).map((thread) => [thread.threadId, thread.kind, thread.cpuNs])).toEqual([
      [11, 'sqpoll', 5000],
      [12, 'worker', 7e7],
    ]);
    expect(ringThreadCpuNs(10, root)).toBe(70_005_000);
    expect(ringThreadCpuNs(1, root)).toBe(0);
    fs.rmSync(root, { recursive: true });
  });
});
