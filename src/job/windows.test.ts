import { describe, expect, it } from 'vitest';
import { parseJobFile } from './expand.js';
import type { Job } from './job.js';
import { logWindows, statisticsWindows } from './windows.js';

const settings = { overrides: [], sections: [], environment: {}, cpuCount: 8, pageBytes: 4096 };

function jobOf(lines: string): Job {
  const { jobSet } = parseJobFile(`[a]\nioengine=null\nsize=1m\n${lines}`, 'a.fio', settings);
  return jobSet.jobs[0]!;
}

describe('statisticsWindows', () => {
  it.each([
    ['', 500, 500],
    ['bwavgtime=250', 250, 500],
    ['iopsavgtime=1000', 500, 1000],
    ['bwavgtime=250\niopsavgtime=50', 250, 50],
    // A log that averages sets what is left open, and that only.
    ['write_bw_log\nlog_avg_msec=100', 100, 500],
    ['write_iops_log\nlog_avg_msec=100', 500, 100],
    ['write_bw_log\nwrite_iops_log\nlog_avg_msec=100\nbwavgtime=500', 500, 100],
    ['write_lat_log\nlog_avg_msec=100', 500, 500],
    ['write_bw_log', 500, 500],
  ])('of "%s" are %d and %d ms', (lines, bandwidthMs, iopsMs) => {
    expect(statisticsWindows(jobOf(lines))).toEqual({ bandwidthMs, iopsMs });
  });
});

describe('logWindows', () => {
  it.each([
    ['log_avg_msec=1000', 1000, 1000],
    ['log_avg_msec=1000\nbwavgtime=500', 500, 1000],
    ['log_avg_msec=100\nbwavgtime=500\niopsavgtime=50', 100, 50],
    ['bwavgtime=500', 0, 0],
  ])('of "%s" are %d and %d ms, those of latencies as log_avg_msec says', (lines, bandwidthMs, iopsMs) => {
    const job = jobOf(lines);
    expect(logWindows(job)).toEqual({ bandwidthMs, iopsMs, latencyMs: job.logs.averageMs });
  });
});
