import { describe, expect, it } from 'vitest';
import { buildResult } from '../results/build.js';
import type { IotestDocument, IotestPart } from '../results/document.js';
import {
  sampleDirection,
  sampleDiskUse,
  sampleEngineOptions,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResultInput,
  sampleStep,
  sampleTarget,
  sampleWarning,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { findWarnings, withWarnings } from './warnings.js';

interface Scene {
  readonly job?: Parameters<typeof sampleJob>[0];
  readonly report?: Parameters<typeof sampleWorkerReport>[0];
  readonly disk?: Parameters<typeof sampleDiskUse>[0] | null;
  readonly target?: Parameters<typeof sampleTarget>[0];
  readonly machine?: IotestPart['machine'];
  readonly globals?: Record<string, string>;
}

/** A direct job that gives no warning, changed by the scene. */
function scene({ job, report, disk, target, machine, globals }: Scene = {}): IotestDocument {
  const worker = samplePlannedWorker({ job: sampleJob(job) });
  const outcome = sampleOutcome({ worker, report: sampleWorkerReport(report) });
  const diskUse = disk === null ? [] : [sampleDiskUse(disk)];
  const input = sampleResultInput([sampleStep({ workers: [outcome], diskUse })]);
  return buildResult({
    ...input,
    plan: { ...input.plan, jobSet: { ...input.plan.jobSet, globalOptions: globals ?? { bs: '4k' } } },
    targets: [sampleTarget(target)],
    machine: machine ?? {
      cpuCount: 2,
      clocksource: 'tsc',
      memoryAvailableBytes: 2 ** 32,
      loadAverage: '0.10 0.20 0.30',
    },
  });
}

const codes = (document: IotestDocument) => findWarnings(document).map((warning) => warning.code);
const find = (document: IotestDocument, code: string) => findWarnings(document).find((each) => each.code === code);

const buffered = { target: { ...sampleJob().target, direct: false } };
const none = sampleDirection([]);

it('a sound run has no warnings', () => {
  expect(findWarnings(scene())).toEqual([]);
});

describe('buffered-without-direct', () => {
  it('fires when nothing was said of direct, with what the disk really did', () => {
    const warning = find(
      scene({ job: buffered, disk: { readSectors: 16, writeSectors: 0 } }),
      'buffered-without-direct',
    );
    expect(warning).toMatchObject({ jobName: 'randread' });
    expect(warning!.message).toContain('the job moved 8000KiB, the disk 8192B');
  });

  it('is silent when the user chose, and where there is no disk below', () => {
    expect(codes(scene({ job: buffered, globals: { direct: '0' } }))).not.toContain('buffered-without-direct');
    const typed = { ...buffered, typedOptions: { buffered: '1' } };
    expect(codes(scene({ job: typed }))).not.toContain('buffered-without-direct');
    expect(codes(scene({ job: buffered, target: { queue: null } }))).not.toContain('buffered-without-direct');
  });
});

describe('working-set-in-cache', () => {
  const globals = { direct: '0' };
  const disk = { readSectors: 16, writeSectors: 0 };

  it('fires for buffered reads of less than the memory that is available', () => {
    const { message } = find(scene({ job: buffered, globals, disk }), 'working-set-in-cache')!;
    expect(message).toContain('the working set of 256MiB fits into the 4096MiB of available memory');
    expect(message).toContain('the job moved 8000KiB, the disk 8192B');
  });

  it('is silent where the disk served most of them, and where it is said already that nothing was said of direct', () => {
    const most = { readSectors: 15_000, writeSectors: 0 };
    expect(codes(scene({ job: buffered, globals, disk: most }))).not.toContain('working-set-in-cache');
    expect(codes(scene({ job: buffered }))).toEqual(['buffered-without-direct']);
  });

  it('is silent for direct I/O, for larger sets, for writes, and when memory is not known', () => {
    expect(codes(scene())).not.toContain('working-set-in-cache');
    const small = { memoryAvailableBytes: 2 ** 27 };
    expect(codes(scene({ job: buffered, globals, machine: small, disk }))).not.toContain('working-set-in-cache');
    expect(codes(scene({ job: buffered, globals, machine: {}, disk }))).not.toContain('working-set-in-cache');
    const writes = { directions: { read: none, write: sampleDirection(sampleLatencies(100, 50_000)), trim: none } };
    expect(codes(scene({ job: buffered, globals, report: writes }))).not.toContain('working-set-in-cache');
  });
});

describe('submitter-cpu-bound', () => {
  const busy = { userCpuNs: 0.5e9, systemCpuNs: 1.45e9 };

  it('fires from 95 % of a core on', () => {
    expect(find(scene({ report: busy }), 'submitter-cpu-bound')!.message).toContain('98 % of a core');
    expect(codes(scene({ report: { ...busy, systemCpuNs: 1.38e9 } }))).not.toContain('submitter-cpu-bound');
  });

  it('is silent of runs so short that starting and ending are much of their time', () => {
    expect(codes(scene({ report: { ...busy, elapsedNs: 0.05e9 } }))).not.toContain('submitter-cpu-bound');
  });

  it('is silent where the loop polls by order, and for the null engine', () => {
    for (const engine of [
      { iopoll: true },
      { highPriority: true },
      { batchCompleteMin: 0 },
      { name: 'null' as const },
    ]) {
      const job = { engine: sampleEngineOptions(engine) };
      expect(codes(scene({ job, report: busy, target: { queue: null } }))).not.toContain('submitter-cpu-bound');
    }
  });
});

describe('polling-without-poll-queue', () => {
  const hipri = { engine: sampleEngineOptions({ name: 'pvsync2', highPriority: true }) };

  it('fires when the device does not poll', () => {
    expect(find(scene({ job: hipri }), 'polling-without-poll-queue')!.message).toContain('vda has no poll queues');
  });

  it('is silent when it does, and when nobody asked', () => {
    const polls = { queue: { ...sampleTarget().queue!, polls: true } };
    expect(codes(scene({ job: hipri, target: polls }))).not.toContain('polling-without-poll-queue');
    expect(codes(scene())).not.toContain('polling-without-poll-queue');
  });
});

describe('warnings of the page cache', () => {
  it('are silent for passthrough commands and for uncached I/O, which it has no part in', () => {
    const cacheCodes = ['buffered-without-direct', 'working-set-in-cache'];
    const of = (engine: Parameters<typeof sampleEngineOptions>[0]) =>
      codes(scene({ job: { ...buffered, engine: sampleEngineOptions(engine) } })).filter((code) =>
        cacheCodes.includes(code),
      );
    expect(of({})).not.toEqual([]);
    expect(of({ name: 'io_uring_cmd' })).toEqual([]);
    expect(of({ uncached: true })).toEqual([]);
  });
});

describe('depth-above-queue', () => {
  const depth = (value: number) => ({
    job: { engine: sampleEngineOptions({ depth: value }) },
    report: { engine: { ...sampleWorkerReport().engine, depth: value } },
  });

  it('fires above nr_requests', () => {
    expect(find(scene(depth(257)), 'depth-above-queue')!.message).toContain(
      '257 requests in flight are more than the 256',
    );
  });

  it('is silent at nr_requests, and for buffered I/O', () => {
    expect(codes(scene(depth(256)))).not.toContain('depth-above-queue');
    const both = { ...depth(512), job: { ...depth(512).job, ...buffered } };
    expect(codes(scene(both))).not.toContain('depth-above-queue');
  });

  it('counts what is in flight, not iodepth, where a rate or pauses hold back', () => {
    const base = sampleJob();
    const rate = { pacing: { ...base.pacing, iops: { read: 1000, write: 0, trim: 0 } } };
    const pauses = { thinkTime: { ...base.thinkTime, pauseMs: 1 } };
    for (const paced of [rate, pauses]) {
      const idle = { ...depth(512), job: { ...depth(512).job, ...paced } };
      expect(codes(scene(idle))).not.toContain('depth-above-queue');
      const slow = sampleDirection(sampleLatencies(2000, 500e6));
      const full = { ...idle, report: { ...idle.report, directions: { read: slow, write: none, trim: none } } };
      expect(codes(scene(full))).toContain('depth-above-queue');
    }
  });

  it('is silent for a driver without a request queue, which says 0', () => {
    const queueless = { target: { queue: { ...sampleTarget().queue!, requestsMax: 0 } } };
    expect(codes(scene({ ...depth(32), ...queueless }))).not.toContain('depth-above-queue');
  });
});

describe('ruler-significant', () => {
  const mean = (ns: number) => ({ directions: { read: sampleDirection([ns, ns, ns]), write: none, trim: none } });

  it('fires when clock and loop are above 5 % of the mean latency', () => {
    expect(find(scene({ report: mean(1000) }), 'ruler-significant')!.message).toContain('147ns per I/O');
    expect(codes(scene({ report: mean(2900) }))).toContain('ruler-significant');
  });

  it('is silent below', () => {
    expect(codes(scene({ report: mean(3000) }))).not.toContain('ruler-significant');
  });
});

describe('other-io-on-disk', () => {
  it('fires when the disk moved much more than we did', () => {
    const warning = find(scene({ disk: { readSectors: 16000, writeSectors: 40000 } }), 'other-io-on-disk');
    expect(warning).toMatchObject({ jobName: null });
    expect(warning!.message).toContain('vda moved 27.3MiB while the jobs on io_uring moved 8000KiB');
  });

  it('is silent for a little more, for buffered I/O, after a ramp, and when the disk is not known', () => {
    expect(codes(scene({ disk: { readSectors: 16000, writeSectors: 5000 } }))).not.toContain('other-io-on-disk');
    const much = { readSectors: 16000, writeSectors: 40000 };
    expect(codes(scene({ disk: much, job: buffered }))).not.toContain('other-io-on-disk');
    const ramp = { schedule: { ...sampleJob().schedule, rampMs: 1000 } };
    expect(codes(scene({ disk: much, job: ramp }))).not.toContain('other-io-on-disk');
    expect(codes(scene({ disk: null }))).not.toContain('other-io-on-disk');
  });
});

describe('the machine', () => {
  it('is said to be busy from half its CPUs on', () => {
    expect(codes(scene({ machine: { loadAverage: '2.50 0.00 0.00', cpuCount: 4 } }))).toContain('busy-machine');
    expect(codes(scene({ machine: { loadAverage: '1.50 9.00 9.00', cpuCount: 4 } }))).not.toContain('busy-machine');
    expect(codes(scene({ machine: {} }))).not.toContain('busy-machine');
  });

  it('is said to wait for I/O from 10 % on', () => {
    expect(codes(scene({ machine: { ioPressurePercent: 12 } }))).toContain('busy-disks');
    expect(codes(scene({ machine: { ioPressurePercent: 9 } }))).not.toContain('busy-disks');
  });

  it('is said to be limited by a control group', () => {
    expect(find(scene({ machine: { cgroupCpuMax: '50000 100000' } }), 'limited-by-cgroup')!.message).toContain(
      'cpu.max "50000 100000"',
    );
    expect(codes(scene({ machine: { cgroupIoMax: '8:0 rbps=1048576 wbps=max' } }))).toContain('limited-by-cgroup');
    expect(codes(scene({ machine: { cgroupCpuMax: 'max 100000', cgroupIoMax: null } }))).toEqual([]);
  });

  it('is said to have a slow clock', () => {
    expect(find(scene({ machine: { clocksource: 'hpet' } }), 'slow-clock')!.message).toContain('hpet, at 62ns');
    expect(codes(scene({ machine: { clocksource: 'kvm-clock' } }))).not.toContain('slow-clock');
    expect(codes(scene({ machine: { clocksource: null } }))).not.toContain('slow-clock');
  });

  it('is said to save power', () => {
    expect(codes(scene({ machine: { governor: 'powersave' } }))).toContain('power-saving');
    expect(codes(scene({ machine: { governor: 'performance' } }))).not.toContain('power-saving');
  });
});

describe('several engines', () => {
  const onEngines = (...cpuNs: readonly number[]) => {
    const steps = cpuNs.map((systemCpuNs, index) => {
      const engineLabel = ['psync', 'libaio'][index]!;
      const worker = samplePlannedWorker({ job: sampleJob(), engineLabel });
      return sampleStep({
        engineLabel,
        workers: [sampleOutcome({ worker, report: sampleWorkerReport({ systemCpuNs }) })],
      });
    });
    return buildResult({ ...sampleResultInput(steps), machine: {} });
  };

  it('are named where only some of them show it', () => {
    const warnings = findWarnings(onEngines(2e9, 1e8));
    expect(warnings.map(({ code }) => code)).toEqual(['submitter-cpu-bound']);
    expect(warnings[0]!.message).toMatch(/^on psync: each worker used 106 % of a core/);
  });

  it('are not repeated where all of them do', () => {
    const warnings = findWarnings(onEngines(2e9, 2.1e9));
    expect(warnings.map(({ message }) => message.slice(0, 16))).toEqual(['each worker used']);
  });
});

it('withWarnings puts them where they belong', () => {
  const document = withWarnings(scene(), [sampleWarning, { ...sampleWarning, jobName: null }]);
  expect(document.iotest.warnings).toHaveLength(2);
  expect(document.iotest.jobs[0]!.warnings).toEqual([sampleWarning]);
});
