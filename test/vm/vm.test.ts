/**
 * iotest on devices that complete by polling, and on some that fail, go away, or lose what they were given, in a virtual
 * machine: no disk of an ordinary machine does. One start of the machine per kernel; what it left behind is judged here.
 * Runs on request, as it takes minutes and a whole CPU.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { crashIni, crashSteps } from './crash-cases.js';
import { crashChecks } from './crash-checks.js';
import { faultSteps, faultsIni, removedIni } from './fault-cases.js';
import { faultChecks } from './fault-checks.js';
import { dataInterrupts } from './interrupts.js';
import { type MachineRun, runMachine } from './machine.js';
import { fetchEmulator, fetchKernel, type KernelChoice, packagesMissing } from './packages.js';
import {
  deepDepth,
  deepIni,
  ioCount,
  modesIni,
  passthroughBytes,
  pollCases,
  rateCase,
  rateIni,
  refusedIni,
} from './poll-cases.js';
import { unzonedIni, zoneSteps, zonesIni } from './zone-cases.js';
import { zoneChecks } from './zone-checks.js';

/** `1`: polling, on the distribution's kernel; `all`: devices that fail or lose data too, and the backports' kernel. */
const wish = process.env.IOTEST_VM ?? '';
const isWhole = wish === 'all';
/** Set where packages can be had for certain: not having them is a failure then. */
const isRequired = process.env.IOTEST_VM_REQUIRED === '1';

/** All that it takes, downloading included, and the machine's part of that. */
const bootMs = 1_800_000;
const machineMs = 1_500_000;

interface RunJob {
  readonly jobName: string;
  readonly engine: {
    readonly depth: number;
    readonly setupFlags: readonly string[];
    readonly fixedBuffers: boolean;
    readonly fixedFiles: boolean;
    readonly fallbacks: readonly { readonly asked: string }[];
  } | null;
  readonly errors: readonly { readonly message: string }[];
  readonly ended: string;
}

interface Latency {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

interface FioJob {
  readonly jobname: string;
  readonly read: { readonly iops: number; readonly total_ios: number; readonly lat_ns: Latency };
  readonly write: { readonly iops: number; readonly total_ios: number; readonly lat_ns: Latency };
  readonly trim: { readonly iops: number; readonly total_ios: number; readonly lat_ns: Latency };
}

interface Result {
  readonly jobs: readonly FioJob[];
  readonly iotest: { readonly jobs: readonly RunJob[]; readonly warnings: readonly { readonly code: string }[] };
}

function steps(): string {
  const iotest = '"$NODE" "$IOTEST"';
  return [
    // Latencies and rates are judged of these: by compiled code.
    `measure modes 60 env IOTEST_BRIEF_WARM_UP=0 ${iotest} run /out/modes.ini --format json -o /out/modes.json --no-save --allow-exec \\`,
    '  --destructive /dev/fast --destructive /dev/ng-fast',
    `measure landed 60 sh -c 'dd if=/dev/fast bs=64k count=${passthroughBytes >> 16} 2>/dev/null | /usr/bin/od -v -A n -t x1 -w4096 | /usr/bin/sort | /usr/bin/uniq -c'`,
    `rate ${rateCase.tries} ${rateCase.iops}`,
    ...zoneSteps(iotest),
    // Mostly they load programs: that can go on at the same time.
    `measure refused 60 ${iotest} check /out/refused.ini &`,
    'interrupt politely INT &',
    'interrupt hard KILL &',
    'wait',
    ...(isWhole ? [...faultSteps(iotest), ...crashSteps(iotest)] : []),
    '',
  ].join('\n');
}

async function reasonToSkip(): Promise<string | null> {
  if (wish === '') return 'only on request: ./test.sh, or IOTEST_VM=1 npx vitest run test/vm';
  const missing = packagesMissing();
  if (missing !== null) return missing;
  if (isRequired) return null;
  try {
    await fetchEmulator();
    await fetchKernel('distribution');
    return null;
  } catch (error) {
    return `its packages cannot be had: ${(error as Error).message.split('\n')[0]}`;
  }
}

const skipped = await reasonToSkip();
const kernels: readonly KernelChoice[] = wish === 'all' ? ['distribution', 'backports'] : ['distribution'];

describe.each(kernels)('polling in a virtual machine, kernel of the %s', (choice) => {
  let machine: MachineRun;
  const fileOf = (name: string): string => readFileSync(join(machine.folder, name), 'utf8');
  /** With what the command said, where a test fails over it. */
  const statusOf = (name: string): string => {
    if (!existsSync(join(machine.folder, `${name}.status`))) return `${name} never ended\n${machine.console}`;
    const status = fileOf(`${name}.status`).trim();
    return `${name}: ${status}\n${status === '0' ? '' : `${fileOf(`${name}.stdout`)}${fileOf(`${name}.stderr`)}`}`;
  };
  const resultOf = (name: string): Result => JSON.parse(fileOf(`${name}.json`)) as Result;
  const jobOf = (name: string): RunJob & FioJob => {
    const result = resultOf('modes');
    const ours = result.iotest.jobs.find((job) => job.jobName === name);
    const theirs = result.jobs.find((job) => job.jobname === name);
    if (ours === undefined || theirs === undefined) throw new Error(`no job ${name} in the result`);
    return { ...theirs, ...ours };
  };

  const iosOf = (name: string): number => {
    const { read, write, trim } = jobOf(name);
    return read.total_ios + write.total_ios + trim.total_ios;
  };

  beforeAll(async () => {
    if (skipped !== null) return;
    const scripts = ['guest.sh'].map((name) => [name, readFileSync(new URL(name, import.meta.url), 'utf8')]);
    machine = await runMachine(
      choice,
      {
        ...Object.fromEntries(scripts),
        'steps.sh': steps(),
        'modes.ini': modesIni(),
        'rate.ini': rateIni(),
        'refused.ini': `${refusedIni()}\n${unzonedIni()}\n`,
        'politely.ini': deepIni('politely'),
        'hard.ini': deepIni('hard'),
        'zones.ini': zonesIni(isWhole),
        'faults.ini': faultsIni(),
        'removed.ini': removedIni(),
        'crash.ini': crashIni(),
        'replay-writes.mjs': readFileSync(new URL('replay-writes.js', import.meta.url), 'utf8'),
      },
      machineMs,
    );
  }, bootMs);

  const check = (name: string, judge: () => void, missing: string | null = null): void => {
    it(name, ({ skip }) => {
      const reason = skipped ?? missing;
      skip(reason !== null, reason ?? '');
      judge();
    });
  };

  check('the machine has four devices that poll, and one that does not', () => {
    const devices = fileOf('devices');
    for (const name of ['nvme0n1', 'nvme1n1', 'nullb0', 'vda', 'sda']) expect(devices).toContain(`${name} io_poll=1`);
    expect(devices).toContain('nullb9 io_poll=0');
  });

  check('the run of all modes ends well', () => {
    expect(statusOf('modes')).toBe('modes: 0\n');
  });

  for (const { name, granted, options } of pollCases) {
    const isPolled = options.includes('hipri=1');
    check(`${name}: reads or writes, with the flags that it asks for and no fallback`, () => {
      const { engine, errors, ended } = jobOf(name);
      expect(errors).toEqual([]);
      expect(ended).toBe('done');
      if (!options.includes('number_ios=0')) expect(iosOf(name)).toBe(ioCount);
      expect(engine!.setupFlags).toEqual(expect.arrayContaining([...granted]));
      expect(engine!.setupFlags.includes('IOPOLL')).toBe(isPolled);
      expect(engine!.fallbacks).toEqual([]);
      expect(engine!.fixedBuffers).toBe(options.includes('fixedbufs=1'));
    });

    if (!/^(nvme|virtio)/.test(name)) continue;
    check(`${name}: ${isPolled ? 'no interrupt comes' : 'each I/O comes by interrupt'}`, () => {
      const grown = dataInterrupts(fileOf(`${name}.before`), fileOf(`${name}.after`));
      if (isPolled) expect(grown).toBe(0);
      // Several completions may share one.
      else expect(grown).toBeGreaterThan(iosOf(name) / 20);
    });
  }

  for (const { name, latencyMsMin } of pollCases) {
    if (latencyMsMin === null) continue;
    const { from, to } = latencyMsMin;
    check(`${name}: the quickest I/O took from ${from} to ${to} ms`, () => {
      const { min } = jobOf(name).read.lat_ns;
      expect(min / 1e6).toBeGreaterThanOrEqual(from);
      expect(min / 1e6).toBeLessThanOrEqual(to);
    });
  }

  check('what commands wrote is on the block device, and what they trimmed is gone from it', () => {
    // Each line: how many blocks of 4096 bytes hold the bytes that follow.
    const blocks = fileOf('landed.stdout')
      .split('\n')
      .filter((line) => line !== '');
    const counts = blocks.map((line) => [
      Number(/^\s*(\d+)/.exec(line)![1]),
      [...new Set(line.trim().split(/\s+/).slice(1))],
    ]);
    expect(counts).toEqual([
      [128, ['00']],
      [128, ['a5']],
    ]);
    expect(jobOf('nvme-commands-writes').write.total_ios).toBe(256);
    expect(jobOf('nvme-commands-trims').trim.total_ios).toBe(128);
  });

  check(
    'commands for what takes none, and the other way round, are refused, and so is a namespace that nobody named',
    () => {
      const said = fileOf('refused.stderr').replaceAll(/\s+/g, ' ');
      expect(said).toContain('ioengine=io_uring_cmd sends NVMe commands, and /dev/fast takes none');
      expect(said).toContain('/dev/ng-fast takes NVMe commands only, and ioengine=io_uring sends none');
      expect(said).toMatch(/would overwrite the block device \/dev\/ng-rate .* add --destructive \/dev\/ng\dn1/);
      expect(said).toMatch(/\/dev\/ng-rate: a command moves at most \d+ bytes, and a block has 16777216/);
    },
  );

  // The drive's clock is the emulator's, which a busy machine holds up now and then: a try that was disturbed is made again.
  const rated = () => {
    const tries = Array.from({ length: rateCase.tries }, (_, index) => `rate-${index + 1}`);
    const made = tries.filter((name) => existsSync(join(machine.folder, `${name}.status`)));
    return made.map((name) => {
      expect(statusOf(name)).toBe(`${name}: 0\n`);
      return resultOf(name).jobs[0]!.read;
    });
  };
  /** The least error of all tries. Nothing is near enough where the emulator gets less than half of the time it asks for. */
  const checkError = (name: string, errorOf: (read: FioJob['read']) => number): void => {
    it(name, ({ skip }) => {
      skip(skipped !== null, skipped ?? '');
      const least = Math.min(...rated().map((read) => Math.abs(errorOf(read))));
      skip(least >= 0.02 && machine.waitShare > 0.5, 'the emulator waited for a CPU half of the time and more');
      expect(least).toBeLessThan(0.02);
    });
  };
  checkError(
    `the throttled drive is measured at its ${rateCase.iops} IOPS, within 2 %`,
    ({ iops }) => iops / rateCase.iops - 1,
  );
  checkError(
    'its latency follows from depth and rate, within 2 %',
    ({ iops, lat_ns }) => ((lat_ns.mean / 1e9) * iops) / rateCase.depth - 1,
  );

  check('a device without poll queues is refused beforehand, though this kernel may fall back in silence', () => {
    expect(fileOf('refused.status').trim()).toBe('2');
    const said = fileOf('refused.stderr').replaceAll(/\s+/g, ' ');
    expect(said).toContain('IOPOLL is impossible on /dev/nullb9: nullb9 does not poll (queue/io_poll is 0)');
    expect(said).toContain('load null_blk with poll_queues=2');
    expect(said).toContain('IOPOLL is impossible on /tmp/file');
  });

  check('so are buffered I/O and fsync on a polled ring', () => {
    const said = fileOf('refused.stderr').replaceAll(/\s+/g, ' ');
    expect(said).toContain('IOPOLL (hipri) works only with O_DIRECT');
    expect(said).toContain('a polled ring (hipri) takes reads and writes only');
  });

  check('a depth beyond nr_requests is capped, and said to be', () => {
    const rate = /^rate (\S+)$/m.exec(fileOf('names'))![1]!;
    const requestsMax = Number(new RegExp(`^${rate}n1 .*nr_requests=(\\d+)`, 'm').exec(fileOf('devices'))![1]);
    expect(requestsMax).toBeLessThan(deepDepth);
    const { jobs, warnings } = resultOf('politely').iotest;
    expect(jobs[0]!.engine!.depth).toBe(requestsMax);
    expect(warnings.map(({ code }) => code)).toContain('depth-capped-polling');
  });

  check('Ctrl-C with a full queue in flight drains it, reports, and leaves no process behind', () => {
    expect(statusOf('politely')).toMatch(/^politely: 130\n/);
    const { jobs } = resultOf('politely').iotest;
    expect(jobs[0]!.ended).toBe('interrupted');
    expect(jobs[0]!.errors).toEqual([]);
  });

  check('a process that is killed with a full queue in flight is gone soon, and not stuck in the kernel', () => {
    // 128 and SIGKILL.
    expect(statusOf('hard')).toMatch(/^hard: 137\n/);
  });

  zoneChecks(check, statusOf, fileOf, isWhole);

  // They take ten minutes more, on a processor that is emulated.
  if (isWhole) {
    faultChecks(check, statusOf, fileOf);
    crashChecks(check, statusOf, fileOf);
  } else {
    check(
      'devices that fail, go away, or lose what they were given',
      () => expect(isWhole).toBe(true),
      'ten minutes more of an emulated processor: ./test.sh --vm has them',
    );
  }
});
