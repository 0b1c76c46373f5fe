import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MachineRoots, readMachine } from './machine.js';

let root = '';
let roots: MachineRoots;

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(`${root}/${file}`), { recursive: true });
  fs.writeFileSync(`${root}/${file}`, `${text}\n`);
}

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-machine-'));
  roots = { proc: `${root}/proc`, sys: `${root}/sys`, root };
  const cpu = 'sys/devices/system/cpu';
  write('proc/sys/kernel/osrelease', '6.1.0-18-amd64');
  write(
    'proc/cpuinfo',
    'processor\t: 0\nmodel name\t: Fast CPU: 3000\nmicrocode\t: 0xf0\nflags\t\t: fpu hypervisor lm\n',
  );
  write(`${cpu}/online`, '0-3,8');
  write(`${cpu}/smt/active`, '1');
  write(`${cpu}/cpu0/cpufreq/scaling_governor`, 'performance');
  write(`${cpu}/cpu1/cpufreq/scaling_governor`, 'powersave');
  write(`${cpu}/intel_pstate/no_turbo`, '0');
  write(`${cpu}/vulnerabilities/meltdown`, 'Not affected');
  write(`${cpu}/vulnerabilities/retbleed`, 'Vulnerable');
  write('proc/cmdline', 'root=UUID=1 password=secret isolcpus=2-3 nvme.poll_queues=4 quiet');
  write('proc/meminfo', 'MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\nSwapTotal:  0 kB');
  write('proc/self/cgroup', '0::/kubepods/pod1/app');
  write('proc/self/status', 'Name:\tnode\nCpus_allowed_list:\t0-1');
  write('sys/fs/cgroup/kubepods/pod1/cpu.max', '150000 100000');
  write('sys/fs/cgroup/kubepods/pod1/app/memory.max', 'max');
  write('sys/kernel/mm/transparent_hugepage/enabled', 'always [madvise] never');
  write('sys/class/dmi/id/sys_vendor', 'QEMU');
  write('sys/class/dmi/id/product_name', 'Standard PC');
  write(
    'proc/pressure/io',
    'some avg10=12.50 avg60=1.00 avg300=0.00 total=1\nfull avg10=9.00 avg60=0 avg300=0 total=1',
  );
  write('proc/stat', 'cpu  100 0 50 800 0 0 0 50 0 0\ncpu0 1 2 3 4 5 6 7 8');
  write('proc/loadavg', '0.50 0.25 0.10 1/100 999');
  write('proc/sys/kernel/io_uring_disabled', '1');
});

afterAll(() => fs.rmSync(root, { recursive: true }));

describe('readMachine', () => {
  it('reads what is there', () => {
    expect(readMachine(roots)).toMatchObject({
      kernel: '6.1.0-18-amd64',
      cpuModel: 'Fast CPU: 3000',
      microcode: '0xf0',
      cpuCount: 5,
      cpusAllowed: '0-1',
      smtActive: true,
      governor: 'performance, powersave',
      turbo: true,
      cpuMitigations: ['retbleed: Vulnerable'],
      kernelSwitches: ['isolcpus=2-3', 'nvme.poll_queues=4'],
      virtualization: 'QEMU Standard PC',
      container: 'kubernetes',
      memoryTotalBytes: 16_384_000_000,
      memoryAvailableBytes: 8_192_000_000,
      swapTotalBytes: 0,
      transparentHugePages: 'madvise',
      cgroupCpuMax: '150000 100000',
      cgroupMemoryMax: 'max',
      cgroupIoMax: null,
      ioUringDisabled: 1,
      loadAverage: '0.50 0.25 0.10',
      ioPressurePercent: 12.5,
      cpuPressurePercent: null,
      stealPercent: 5,
    });
  });

  it('says null where nothing can be read, and keeps secrets out', () => {
    const facts = readMachine({ proc: '/nonexistent', sys: '/nonexistent', root: '/nonexistent' });
    for (const [name, value] of Object.entries(facts)) {
      if (['arch', 'node', 'v8', 'lockedMemoryLimitBytes'].includes(name)) continue;
      expect(value, name).toBeNull();
    }
    expect(JSON.stringify(readMachine(roots))).not.toContain('secret');
  });

  it('knows this machine', () => {
    const facts = readMachine();
    expect(facts.kernel).toBe(os.release());
    expect(facts.cpuCount).toBeGreaterThan(0);
    expect(facts.memoryTotalBytes).toBe(os.totalmem());
    expect(facts.node).toBe(process.version);
    for (const value of Object.values(facts)) expect(Number.isNaN(value)).toBe(false);
  });
});
