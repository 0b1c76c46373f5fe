/**
 * Counts how often `iotest gate --ab` sees a slow-down that is really there. Two loop devices over files of one folder
 * are read; the second is held to a share of the first one's rate by the kernel's throttling of block devices
 * (Documentation/admin-guide/cgroup-v1/blkio-controller.rst: blkio.throttle.read_iops_device; io.max of cgroup v2).
 * The cap is set anew before each gate, from a short run on the first device. With `--iops 1000` the first device is held
 * as well: a device with a steady rate of its own, whatever else the machine is doing.
 *
 *   node dist/.bench/bench/gate-slowdown.js --gates 20 --percent 10 --repeat 20 --runtime 2s
 *
 * Needs root, losetup, and a cgroup hierarchy with blkio or io. Takes the devices and the cap away at the end.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gate, iotest, optionsFrom, report } from './gate-command.js';

const options = optionsFrom(process.argv.slice(2), {
  gates: 20,
  percent: 10,
  repeat: 20,
  runtime: '2s',
  folder: tmpdir(),
  megabytes: 128,
  depth: 4,
  iops: 0,
});

/** Holds reads of a block device by this process and its children below a rate. */
interface Throttle {
  readonly limit: (device: string, iops: number) => void;
  readonly close: () => void;
}

function openThrottle(): Throttle {
  const first = '/sys/fs/cgroup/blkio';
  if (existsSync(join(first, 'blkio.throttle.read_iops_device'))) {
    const group = mkdtempSync(join(first, 'iotest-'));
    writeFileSync(join(group, 'cgroup.procs'), String(process.pid));
    return {
      limit: (device, iops) =>
        writeFileSync(join(group, 'blkio.throttle.read_iops_device'), `${numberOf(device)} ${iops}`),
      close: () => {
        writeFileSync(join(first, 'cgroup.procs'), String(process.pid));
        rmdirSync(group);
      },
    };
  }
  const second = '/sys/fs/cgroup';
  if (!readFileSync(join(second, 'cgroup.controllers'), 'utf8').split(/\s+/).includes('io')) {
    throw new Error('there is neither a blkio hierarchy nor an io controller');
  }
  const group = join(second, `iotest-${process.pid}`);
  const home = readFileSync('/proc/self/cgroup', 'utf8').trim().replace(/^0::/, '');
  writeFileSync(join(second, 'cgroup.subtree_control'), '+io');
  mkdirSync(group);
  writeFileSync(join(group, 'cgroup.procs'), String(process.pid));
  return {
    limit: (device, iops) => writeFileSync(join(group, 'io.max'), `${numberOf(device)} riops=${iops}`),
    close: () => {
      writeFileSync(join(second, home, 'cgroup.procs'), String(process.pid));
      rmdirSync(group);
    },
  };
}

/** `7:3`. */
function numberOf(device: string): string {
  return readFileSync(`/sys/block/${basename(device)}/dev`, 'utf8').trim();
}

/** Reads per second of a job's device when nothing holds it back: the median of three short runs. */
function freeRate(job: string): number {
  const { jobs } = JSON.parse(iotest(['run', job, '--no-save', '--quiet', '--repeat', '3', '--format', 'json'])) as {
    readonly jobs: readonly { readonly read: { readonly iops: number } }[];
  };
  return jobs.map(({ read }) => read.iops).sort((a, b) => a - b)[1]!;
}

const folder = mkdtempSync(join(options.folder, 'iotest-gate-slowdown-'));
const devices: string[] = [];
let throttle: Throttle | null = null;
try {
  const jobs = ['old', 'new'].map((name) => {
    const data = join(folder, `${name}.data`);
    writeFileSync(data, Buffer.alloc(options.megabytes * 2 ** 20, name));
    const device = execFileSync('losetup', ['--find', '--show', '--direct-io=on', data], { encoding: 'utf8' }).trim();
    devices.push(device);
    const job = join(folder, `${name}.ini`);
    writeFileSync(
      job,
      `[global]
ioengine=io_uring
iodepth=${options.depth}
direct=1
bs=4k
filename=${device}
runtime=${options.runtime}
ramp_time=300ms
time_based

[randread]
rw=randread
`,
    );
    return job;
  });
  throttle = openThrottle();
  let found = 0;
  for (let number = 1; number <= options.gates; number++) {
    throttle.limit(devices[0]!, options.iops);
    throttle.limit(devices[1]!, 0);
    const rate = options.iops === 0 ? freeRate(jobs[0]!) : options.iops;
    throttle.limit(devices[1]!, Math.round(rate / (1 + options.percent / 100)));
    const verdict = gate(['--ab', ...jobs, '--repeat', String(options.repeat), '--no-save']);
    report(number, verdict);
    if (verdict.verdict === 'regression') found++;
  }
  console.log(
    `${found} of ${options.gates} gates saw ${options.percent} % (${options.repeat} pairs of ${options.runtime}, ` +
      `depth ${options.depth}${options.iops === 0 ? '' : `, against ${options.iops} IOPS`})`,
  );
} finally {
  for (const device of devices) {
    throttle?.limit(device, 0);
    execFileSync('losetup', ['--detach', device]);
  }
  throttle?.close();
  rmSync(folder, { recursive: true, force: true });
}
