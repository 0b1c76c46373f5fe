/**
 * The machine as a result records it: what could explain that the same job is faster elsewhere, or was faster before.
 * Flat: one field, one fact, raw as the kernel gives it. A fact that cannot be read is null, never a guess.
 */
import fs from 'node:fs';
import os from 'node:os';
import { lockedMemoryLimitBytes } from '../system/memory.js';
import { chosen, finiteOrNull, readNumber, readText } from '../system/small-files.js';

export interface MachineFacts {
  /** `6.18.0` (/proc/sys/kernel/osrelease), and the build (version: date, SMP, PREEMPT). */
  readonly kernel: string | null;
  readonly kernelVersion: string | null;
  readonly arch: string;
  readonly cpuModel: string | null;
  readonly microcode: string | null;
  /** CPUs online, and those that this process may use. */
  readonly cpuCount: number | null;
  readonly cpusOnline: string | null;
  readonly cpusAllowed: string | null;
  readonly smtActive: boolean | null;
  readonly numaNodes: string | null;
  readonly governor: string | null;
  readonly frequencyDriver: string | null;
  readonly turbo: boolean | null;
  /** `spectre_v2: Mitigation: …`, one for each entry that is not "Not affected". */
  readonly cpuMitigations: readonly string[] | null;
  /** Switches of the kernel's command line that bear on I/O and timing; the rest may hold secrets and is left out. */
  readonly kernelSwitches: readonly string[] | null;
  /** `none`, or what kind: the product's name where it is known, else `virtual machine`. */
  readonly virtualization: string | null;
  /** `docker`, `podman`, `kubernetes`, `lxc`…; `none` when nothing hints at one. A hint, not a proof. */
  readonly container: string | null;
  readonly memoryTotalBytes: number | null;
  readonly memoryAvailableBytes: number | null;
  readonly swapTotalBytes: number | null;
  readonly transparentHugePages: string | null;
  readonly dirtyRatio: string | null;
  readonly dirtyBackgroundRatio: string | null;
  readonly clocksource: string | null;
  /** Limits of this process's cgroup, version 2 names (`max 100000`); null without a limit file. */
  readonly cgroupCpuMax: string | null;
  readonly cgroupIoMax: string | null;
  readonly cgroupMemoryMax: string | null;
  readonly cgroupCpusEffective: string | null;
  /** 0 for all, 1 for privileged processes only, 2 for none (sysctl kernel.io_uring_disabled, 6.6). */
  readonly ioUringDisabled: number | null;
  readonly aioRequestsMax: number | null;
  /** RLIMIT_MEMLOCK; null = unlimited. */
  readonly lockedMemoryLimitBytes: number | null;
  /** Load over 1, 5 and 15 minutes. */
  readonly loadAverage: string | null;
  /** Share of time in which some task waited for I/O or CPU over the last 10 s, percent (PSI). */
  readonly ioPressurePercent: number | null;
  readonly cpuPressurePercent: number | null;
  /** CPU time that the hypervisor gave to others since boot, percent. */
  readonly stealPercent: number | null;
  readonly uptimeSeconds: number | null;
  readonly node: string;
  readonly v8: string;
}

/** Roots of procfs and sysfs, and of what containers leave behind; tests put a tree of their own in place. */
export interface MachineRoots {
  readonly proc: string;
  readonly sys: string;
  /** For /.dockerenv and /run/.containerenv. */
  readonly root: string;
}

const liveRoots: MachineRoots = { proc: '/proc', sys: '/sys', root: '' };

/** Reads everything anew: load and pressure are of this moment. Never throws. */
export function readMachine(roots: MachineRoots = liveRoots): MachineFacts {
  const { proc, sys } = roots;
  const cpu = `${sys}/devices/system/cpu`;
  const cpuinfo = readText(`${proc}/cpuinfo`) ?? '';
  const online = readText(`${cpu}/online`);
  return {
    kernel: readText(`${proc}/sys/kernel/osrelease`),
    kernelVersion: readText(`${proc}/sys/kernel/version`),
    arch: os.arch(),
    cpuModel: field(cpuinfo, 'model name') ?? field(cpuinfo, 'Model'),
    microcode: field(cpuinfo, 'microcode'),
    cpuCount: online === null ? null : countList(online),
    cpusOnline: online,
    cpusAllowed: field(readText(`${proc}/self/status`) ?? '', 'Cpus_allowed_list'),
    smtActive: readFlag(`${cpu}/smt/active`),
    numaNodes: readText(`${sys}/devices/system/node/online`),
    governor: uniform(cpu, 'cpufreq/scaling_governor'),
    frequencyDriver: uniform(cpu, 'cpufreq/scaling_driver'),
    turbo: turbo(cpu),
    cpuMitigations: mitigations(`${cpu}/vulnerabilities`),
    kernelSwitches: kernelSwitches(readText(`${proc}/cmdline`)),
    virtualization: virtualization(roots, cpuinfo),
    container: container(roots),
    ...memoryFacts(roots),
    transparentHugePages: chosen(readText(`${sys}/kernel/mm/transparent_hugepage/enabled`)),
    dirtyRatio: readText(`${proc}/sys/vm/dirty_ratio`),
    dirtyBackgroundRatio: readText(`${proc}/sys/vm/dirty_background_ratio`),
    clocksource: readText(`${sys}/devices/system/clocksource/clocksource0/current_clocksource`),
    ...cgroupFacts(roots),
    ioUringDisabled: readNumber(`${proc}/sys/kernel/io_uring_disabled`),
    aioRequestsMax: readNumber(`${proc}/sys/fs/aio-max-nr`),
    lockedMemoryLimitBytes: finiteOrNull(lockedMemoryLimitBytes()),
    loadAverage: readText(`${proc}/loadavg`)?.split(' ').slice(0, 3).join(' ') ?? null,
    ioPressurePercent: pressure(`${proc}/pressure/io`),
    cpuPressurePercent: pressure(`${proc}/pressure/cpu`),
    stealPercent: steal(readText(`${proc}/stat`)),
    uptimeSeconds: finiteOrNull(Math.floor(Number(readText(`${proc}/uptime`)?.split(' ')[0] ?? Number.NaN))),
    node: process.version,
    v8: process.versions.v8,
  };
}

function memoryFacts({
  proc,
}: MachineRoots): Pick<MachineFacts, 'memoryTotalBytes' | 'memoryAvailableBytes' | 'swapTotalBytes'> {
  const meminfo = readText(`${proc}/meminfo`) ?? '';
  const bytes = (name: string): number | null => {
    const text = field(meminfo, name);
    return text === null ? null : finiteOrNull(Number.parseInt(text, 10) * 1024);
  };
  return {
    memoryTotalBytes: bytes('MemTotal'),
    memoryAvailableBytes: bytes('MemAvailable'),
    swapTotalBytes: bytes('SwapTotal'),
  };
}

/** Limits can stand at any level above the process; the nearest file that has one is given. */
function cgroupFacts({
  proc,
  sys,
}: MachineRoots): Pick<MachineFacts, 'cgroupCpuMax' | 'cgroupIoMax' | 'cgroupMemoryMax' | 'cgroupCpusEffective'> {
  const own = /^0::(.*)$/m.exec(readText(`${proc}/self/cgroup`) ?? '')?.[1] ?? null;
  const nearest = (file: string): string | null => {
    if (own === null) return null;
    for (let folder = own; ; folder = folder.slice(0, folder.lastIndexOf('/'))) {
      const text = readText(`${sys}/fs/cgroup${folder}/${file}`);
      if (text !== null && text !== '') return text;
      if (folder === '' || folder === '/') return null;
    }
  };
  return {
    cgroupCpuMax: nearest('cpu.max'),
    cgroupIoMax: nearest('io.max'),
    cgroupMemoryMax: nearest('memory.max'),
    cgroupCpusEffective: nearest('cpuset.cpus.effective'),
  };
}

function virtualization({ sys }: MachineRoots, cpuinfo: string): string | null {
  const xen = readText(`${sys}/hypervisor/type`);
  if (xen !== null) return xen;
  const flags = field(cpuinfo, 'flags') ?? field(cpuinfo, 'Features');
  if (flags === null) return null;
  const vendor = readText(`${sys}/class/dmi/id/sys_vendor`);
  const product = readText(`${sys}/class/dmi/id/product_name`);
  if (flags.split(' ').includes('hypervisor')) {
    const name = [vendor, product].filter((part) => part !== null && part !== '').join(' ');
    return name === '' ? 'virtual machine' : name;
  }
  // arm64 has no such flag; its virtual machines show in the vendor's name or not at all.
  if (/QEMU|KVM|VMware|VirtualBox|Xen|Amazon EC2|Google Compute/.test(`${vendor} ${product}`))
    return `${vendor} ${product}`;
  return os.arch() === 'x64' ? 'none' : null;
}

function container({ proc, root }: MachineRoots): string | null {
  if (fs.existsSync(`${root}/.dockerenv`)) return 'docker';
  if (fs.existsSync(`${root}/run/.containerenv`)) return 'podman';
  // systemd and lxc tell the first process what it runs in; only root may read it.
  const environment = readText(`${proc}/1/environ`);
  const named = environment === null ? null : /(?:^|\0)container=([^\0]+)/.exec(environment);
  if (named !== null) return named[1]!;
  const cgroup = readText(`${proc}/self/cgroup`);
  if (cgroup === null) return null;
  for (const [hint, name] of [
    ['kubepods', 'kubernetes'],
    ['docker', 'docker'],
    ['libpod', 'podman'],
    ['lxc', 'lxc'],
    ['containerd', 'containerd'],
  ] as const) {
    if (cgroup.includes(hint)) return name;
  }
  return 'none';
}

function mitigations(folder: string): string[] | null {
  let names: string[];
  try {
    names = fs.readdirSync(folder).sort();
  } catch {
    return null;
  }
  return names
    .map((name) => [name, readText(`${folder}/${name}`)] as const)
    .filter(([, text]) => text !== null && text !== 'Not affected')
    .map(([name, text]) => `${name}: ${text}`);
}

const switchNames =
  /^(mitigations|nopti|pti|spectre_v2|spec_store_bypass_disable|retbleed|isolcpus|nohz|nohz_full|rcu_nocbs|idle|processor\.|intel_idle\.|intel_pstate|amd_pstate|cpufreq\.|cpuidle|haltpoll|clocksource|tsc|iommu|intel_iommu|amd_iommu|swiotlb|nvme|scsi_mod\.|blk|elevator|transparent_hugepage|hugepages|default_hugepagesz|threadirqs|preempt|psi|nosmt|maxcpus)/;

function kernelSwitches(commandLine: string | null): string[] | null {
  if (commandLine === null) return null;
  return commandLine.split(/\s+/).filter((word) => switchNames.test(word));
}

function turbo(cpu: string): boolean | null {
  const noTurbo = readFlag(`${cpu}/intel_pstate/no_turbo`);
  return noTurbo === null ? readFlag(`${cpu}/cpufreq/boost`) : !noTurbo;
}

/** The file's text when it is the same for all CPUs; `a, b` when it is not; null when there is none. */
function uniform(cpu: string, file: string): string | null {
  const values = new Set<string>();
  let entries: string[];
  try {
    entries = fs.readdirSync(cpu);
  } catch {
    return null;
  }
  for (const entry of entries) {
    const text = /^cpu\d+$/.test(entry) ? readText(`${cpu}/${entry}/${file}`) : null;
    if (text !== null) values.add(text);
  }
  return values.size === 0 ? null : [...values].sort().join(', ');
}

function pressure(file: string): number | null {
  const match = /^some avg10=([\d.]+)/m.exec(readText(file) ?? '');
  return match === null ? null : Number(match[1]);
}

/** Fields of the first line: user nice system idle iowait irq softirq steal (proc_stat(5)). */
function steal(stat: string | null): number | null {
  const match = /^cpu\s+(.*)$/m.exec(stat ?? '');
  if (match === null) return null;
  const ticks = match[1]!.split(/\s+/).slice(0, 8).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return total === 0 || ticks.length < 8 ? null : Math.round((ticks[7]! / total) * 10_000) / 100;
}

/** `0-3,8` → 5. */
function countList(list: string): number | null {
  let count = 0;
  for (const part of list.split(',')) {
    const [first, last] = part.split('-').map(Number);
    count += (last ?? first ?? Number.NaN) - (first ?? Number.NaN) + 1;
  }
  return finiteOrNull(count);
}

/** Value of `name : value` in the listing's first such line. */
function field(text: string, name: string): string | null {
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && line.slice(0, colon).trim() === name) return line.slice(colon + 1).trim();
  }
  return null;
}

function readFlag(file: string): boolean | null {
  const text = readText(file);
  return text === null ? null : text === '1';
}
