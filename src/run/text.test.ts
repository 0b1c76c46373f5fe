import { describe, expect, it } from 'vitest';
import { decideStyle, plainStyle } from '../report/terminal.js';
import { warningLines } from '../report/warning-lines.js';
import { buildResult } from '../results/build.js';
import type { IotestDocument } from '../results/document.js';
import {
  sampleDirection,
  sampleEnginesResult,
  sampleJob,
  sampleOutcome,
  samplePlannedWorker,
  sampleResult,
  sampleResultInput,
  sampleStep,
  sampleWarning,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { formatRun } from './text.js';

const utf8 = plainStyle(true);

function resultWith(directions: Parameters<typeof sampleWorkerReport>[0], job = sampleJob()): IotestDocument {
  const worker = samplePlannedWorker({ job });
  const outcome = sampleOutcome({ worker, report: sampleWorkerReport(directions) });
  return buildResult(sampleResultInput([sampleStep({ workers: [outcome] })]));
}

describe('formatRun', () => {
  it('keeps within 80 columns', () => {
    for (const document of [sampleResult(), sampleEnginesResult()]) {
      const text = formatRun(document, [sampleWarning], utf8);
      expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it('says what ran, where, and what came out', () => {
    const text = formatRun(sampleResult(), [], utf8);
    expect(text).toContain('engine  : io_uring: liburing 2.3, SINGLE_ISSUER DEFER_TASKRUN');
    expect(text).toContain('target  : /srv/bench/data (256MiB), ext4 at /srv, disk vda');
    expect(text).toContain('randread: io_uring, randread, 4096B, depth 8, O_DIRECT\n');
    expect(text).toContain('  read: IOPS=1000, BW=4000KiB/s (4096kB/s), 8000KiB in 2000msec\n');
    expect(text).toContain('  ruler   : clock 62ns a reading, loop 85.0ns per I/O, garbage collections 0\n');
    expect(text).toContain('disk vda: ios=2000/3');
    expect(text).toMatch(/100us – +120us │█+│ +403 +20\.15%/);
    expect(text).not.toContain('engines compared');
  });

  it('compares engines at the end, with errors and warnings in place', () => {
    const document = sampleEnginesResult();
    const text = formatRun(document, document.iotest.warnings, utf8);
    expect(text).toContain('mixed: engines compared (x = ratio to psync)');
    expect(text).toMatch(/read mean +116us +69\.3us +0\.60x/);
    expect(text).toMatch(/error in worker 1: read of 4096 bytes at offset 8192/);
    expect(text).toContain('fsync/fdatasync: 18 calls');
    expect(text.indexOf('engines compared')).toBeLessThan(text.indexOf('warning: '));
  });

  it('is plain ASCII where nothing else can be shown, and coloured only when asked', () => {
    expect(formatRun(sampleEnginesResult(), [sampleWarning], plainStyle(false))).toMatch(/^[\x20-\x7e\n]+$/);
    const coloured = decideStyle({ environment: { FORCE_COLOR: '1' }, isTerminal: false, noColor: false });
    expect(formatRun(sampleResult(), [], coloured)).toContain('\u001b[');
  });

  it('takes a job without I/O', () => {
    const none = sampleDirection([]);
    const text = formatRun(resultWith({ directions: { read: none, write: none, trim: none } }), [], utf8);
    expect(text).toContain('no I/O was completed');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('takes trims and stalls of many seconds', () => {
    const none = sampleDirection([]);
    const trim = sampleDirection([100_000, 2_500_000_000, 17_200_000_000]);
    const text = formatRun(resultWith({ directions: { read: none, write: none, trim } }), [], utf8);
    expect(text).toContain('  trim: IOPS=');
    expect(text).toMatch(/max=17200/);
    expect(text).toMatch(/10s – +100s │█/);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('says that latency was not measured', () => {
    const bare = sampleDirection([], { ioCount: 5000, byteCount: 5000 * 4096 });
    const none = sampleDirection([]);
    const text = formatRun(resultWith({ directions: { read: bare, write: none, trim: none } }), [], utf8);
    expect(text).toContain('latency: not measured');
  });

  it('lets no escape sequence of a job file through', () => {
    const job = sampleJob({ name: 'evil\u001b[2J', description: '\u001b]0;title\u0007' });
    expect(formatRun(resultWith({}, job), [], utf8)).not.toContain('\u001b');
  });
});

describe('warningLines', () => {
  it('shows each once, wrapped, with what to do', () => {
    expect(warningLines([sampleWarning, sampleWarning], plainStyle(false))).toEqual([
      'warning: randread: iodepth 512 is more than the 256 requests that vda takes at a',
      '         time',
      '         -> set iodepth to 256 or less',
    ]);
  });

  it('gives advice once for jobs with the same trouble', () => {
    expect(warningLines([sampleWarning, { ...sampleWarning, jobName: 'b', message: 'm' }], plainStyle(false))).toEqual([
      'warning: randread: iodepth 512 is more than the 256 requests that vda takes at a',
      '         time',
      '         b: m',
      '         -> set iodepth to 256 or less',
    ]);
  });
});
