/**
 * What can make the same job faster or slower elsewhere or later, field by field, each with a class that says what a
 * difference means. A field that cannot be read is null with the reason: on virtual machines that is usual.
 * Sources: Documentation/ABI/stable/sysfs-block, Documentation/ABI/testing/sysfs-devices-system-cpu,
 * Documentation/admin-guide/sysctl/vm.rst, Documentation/ABI/testing/sysfs-bus-pci (link speed and width).
 */
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Described, Zod } from '../support/described.js';
import { chosen } from '../system/small-files.js';
import { liveSystem, readMounts, type SystemView } from './block-device.js';
import type { MachineFacts } from './machine.js';
import type { TargetFacts } from './target-facts.js';

export const fingerprintField = (z: Zod) =>
  z.object({
    /** Dotted: what it is of, then what: `disk.scheduler`; of the second disk `disk2.scheduler`. */
    name: z.string(),
    value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable(),
    /** Why the value is null; absent otherwise. */
    reason: z.string().optional(),
    /**
     * blocking: results that differ in it are no measure of each other. warning: they may be, with a caveat.
     * informative: good to know when something has to be explained.
     */
    class: z.enum(['blocking', 'warning', 'informative']),
    /** True: of the moment (free space, a temperature), so no part of the hashes. */
    momentary: z.literal(true).optional(),
  });

export type FingerprintField = Described<typeof fingerprintField>;
export type FingerprintClass = FingerprintField['class'];

interface FingerprintInput {
  readonly machine: MachineFacts;
  /** What the jobs use. */
  readonly targets: readonly TargetFacts[];
  /** Some job goes through the page cache: memory and write-back settings then decide, so they block. */
  readonly isBuffered: boolean;
  /** Environment, for `IOTEST_SERIAL_KEY`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Serial numbers are kept only as a keyed hash. The key is the same everywhere unless IOTEST_SERIAL_KEY gives another,
 * because results travel: a baseline from another folder or another checkout must know the same disk again. So the hash
 * keeps a serial number from being read, not from being guessed by someone who tries all of a vendor's.
 */
const commonSerialKey = 'iotest disk serial number, version 1';

/** 12 hex digits of HMAC-SHA-256. An empty IOTEST_SERIAL_KEY counts as none. */
export function hashSerial(serial: string, environment: FingerprintInput['environment']): string {
  const key = environment.IOTEST_SERIAL_KEY || commonSerialKey;
  return createHmac('sha256', key).update(serial.trim()).digest('hex').slice(0, 12);
}

/** Reads everything anew; never throws. The order of the fields is fixed. */
export function readFingerprint(input: FingerprintInput, system: SystemView = liveSystem): FingerprintField[] {
  const reader = new Reader(system);
  const places = placesOf(input.targets);
  const disks = disksOf(input.targets, reader);
  return [
    ...machineFields(input, reader),
    ...memoryFields(input, reader),
    ...places.flatMap((target, index) => targetFields(target, numbered(index), system)),
    ...disks.flatMap((disk, index) => diskFields(disk, numbered(index), input, reader)),
    ...(places.length > 0 ? [] : targetFields(null, '', system)),
    ...(disks.length > 0 ? [] : diskFields(null, '', input, reader)),
  ];
}

function numbered(index: number): string {
  return index === 0 ? '' : String(index + 1);
}

// ------------------------------------------------------------------------------------------------------ reading

type Value = FingerprintField['value'];

/** Reads below the roots, and says why there is nothing to read. Paths are given as in a live system. */
class Reader {
  readonly #system: SystemView;

  constructor(system: SystemView) {
    this.#system = system;
  }

  real(file: string): string {
    if (file.startsWith('/sys/')) return this.#system.sys + file.slice('/sys'.length);
    return this.#system.proc + file.slice('/proc'.length);
  }

  text(file: string): string | null {
    try {
      const text = fs.readFileSync(this.real(file), 'utf8').trim();
      return text === '' ? null : text;
    } catch {
      return null;
    }
  }

  list(folder: string): string[] {
    try {
      return fs.readdirSync(this.real(folder)).sort();
    } catch {
      return [];
    }
  }

  /** Whole disk of an entry of a `slaves` folder: of a partition its parent. */
  wholeDisk(link: string): string {
    try {
      const folder = fs.realpathSync(this.real(link));
      return path.basename(fs.existsSync(`${folder}/partition`) ? path.dirname(folder) : folder);
    } catch {
      return path.basename(link);
    }
  }

  whyNothing(file: string): string {
    try {
      const text = fs.statSync(this.real(file)).isDirectory() ? 'x' : fs.readFileSync(this.real(file), 'utf8').trim();
      return text === '' ? `${file} is empty` : `${file} does not tell`;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      if (code === 'ENOENT' || code === 'ENOTDIR') return `no ${file} here`;
      return code === 'EACCES' || code === 'EPERM' ? `${file} may not be read` : `${file} cannot be read (${code})`;
    }
  }

  /** A field of a value known already; `file` is where it would have come from. */
  known(name: string, fieldClass: FingerprintClass, value: Value, file: string): FingerprintField {
    if (value === null) return { name, value, reason: this.whyNothing(file), class: fieldClass };
    return { name, value, class: fieldClass };
  }

  /** A field that is the text of a file. */
  file(name: string, fieldClass: FingerprintClass, file: string): FingerprintField {
    return this.known(name, fieldClass, this.text(file), file);
  }

  /** A field that is the number in a file. */
  number(name: string, fieldClass: FingerprintClass, file: string, factor = 1): FingerprintField {
    const text = this.text(file);
    const value = text === null ? Number.NaN : Number(text) * factor;
    return this.known(name, fieldClass, Number.isFinite(value) ? value : null, file);
  }

  /** A field that is the first of these files that says anything. */
  first(name: string, fieldClass: FingerprintClass, files: readonly string[]): FingerprintField {
    const file = files.find((each) => this.text(each) !== null) ?? files[0]!;
    return this.file(name, fieldClass, file);
  }
}

// ------------------------------------------------------------------------------------------------------ machine

function machineFields({ machine }: FingerprintInput, reader: Reader): FingerprintField[] {
  const cpu = '/sys/devices/system/cpu';
  const frequency = `${cpu}/cpu0/cpufreq`;
  const cgroup = '/sys/fs/cgroup';
  return [
    reader.known('kernel.release', 'blocking', machine.kernel, '/proc/sys/kernel/osrelease'),
    reader.known('kernel.version', 'blocking', machine.kernelVersion, '/proc/sys/kernel/version'),
    { name: 'arch', value: machine.arch, class: 'blocking' },
    reader.known('kernel.switches', 'warning', machine.kernelSwitches, '/proc/cmdline'),
    reader.known('cpu.model', 'blocking', machine.cpuModel, '/proc/cpuinfo'),
    reader.known('cpu.flags', 'informative', cpuFlags(reader), '/proc/cpuinfo'),
    reader.known('cpu.microcode', 'informative', machine.microcode, '/proc/cpuinfo'),
    reader.known('cpu.online', 'blocking', machine.cpusOnline, `${cpu}/online`),
    reader.known('cpu.allowed', 'blocking', machine.cpusAllowed, '/proc/self/status'),
    reader.known('cpu.smt', 'blocking', machine.smtActive, `${cpu}/smt/active`),
    reader.known('cpu.numaNodes', 'blocking', machine.numaNodes, '/sys/devices/system/node/online'),
    reader.known('cpu.governor', 'blocking', machine.governor, `${frequency}/scaling_governor`),
    reader.known('cpu.frequencyDriver', 'blocking', machine.frequencyDriver, `${frequency}/scaling_driver`),
    reader.file('cpu.energyPreference', 'blocking', `${frequency}/energy_performance_preference`),
    reader.known('cpu.turbo', 'blocking', machine.turbo, `${cpu}/intel_pstate/no_turbo`),
    reader.known('cpu.mitigations', 'blocking', machine.cpuMitigations, `${cpu}/vulnerabilities`),
    reader.known(
      'clocksource',
      'blocking',
      machine.clocksource,
      '/sys/devices/system/clocksource/clocksource0/current_clocksource',
    ),
    reader.known('virtualization', 'blocking', machine.virtualization, '/sys/class/dmi/id/sys_vendor'),
    reader.known('container', 'blocking', machine.container, '/proc/self/cgroup'),
    limitField('cgroup.cpuMax', machine.cgroupCpuMax, `${cgroup}/…/cpu.max`),
    limitField('cgroup.ioMax', machine.cgroupIoMax, `${cgroup}/…/io.max`),
    limitField('cgroup.cpusEffective', machine.cgroupCpusEffective, `${cgroup}/…/cpuset.cpus.effective`),
    reader.known('io_uring.disabled', 'blocking', machine.ioUringDisabled, '/proc/sys/kernel/io_uring_disabled'),
    machine.lockedMemoryLimitBytes === null
      ? { name: 'limit.lockedMemory', value: 'unlimited', class: 'informative' }
      : { name: 'limit.lockedMemory', value: machine.lockedMemoryLimitBytes, class: 'informative' },
    reader.known('limit.aioRequests', 'informative', machine.aioRequestsMax, '/proc/sys/fs/aio-max-nr'),
  ];
}

function limitField(name: string, value: string | null, file: string): FingerprintField {
  if (value !== null) return { name, value, class: 'blocking' };
  return { name, value, reason: `no ${file} at or above this process`, class: 'blocking' };
}

function cpuFlags(reader: Reader): string[] | null {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(reader.text('/proc/cpuinfo') ?? '');
  return line === null ? null : line[1]!.split(/\s+/).sort();
}

function memoryFields({ machine, isBuffered }: FingerprintInput, reader: Reader): FingerprintField[] {
  const fieldClass = isBuffered ? 'blocking' : 'warning';
  const vm = '/proc/sys/vm';
  return [
    reader.known('memory.totalBytes', fieldClass, machine.memoryTotalBytes, '/proc/meminfo'),
    reader.known('memory.swapBytes', fieldClass, machine.swapTotalBytes, '/proc/meminfo'),
    { ...limitField('memory.cgroupMax', machine.cgroupMemoryMax, '/sys/fs/cgroup/…/memory.max'), class: fieldClass },
    reader.known(
      'memory.transparentHugePages',
      fieldClass,
      machine.transparentHugePages,
      '/sys/kernel/mm/transparent_hugepage/enabled',
    ),
    reader.number('memory.dirtyRatio', fieldClass, `${vm}/dirty_ratio`),
    reader.number('memory.dirtyBytes', fieldClass, `${vm}/dirty_bytes`),
    reader.number('memory.dirtyBackgroundRatio', fieldClass, `${vm}/dirty_background_ratio`),
    reader.number('memory.dirtyBackgroundBytes', fieldClass, `${vm}/dirty_background_bytes`),
    reader.number('memory.dirtyExpireMs', fieldClass, `${vm}/dirty_expire_centisecs`, 10),
    reader.number('memory.dirtyWritebackMs', fieldClass, `${vm}/dirty_writeback_centisecs`, 10),
    reader.number('memory.swappiness', fieldClass, `${vm}/swappiness`),
  ];
}

// ------------------------------------------------------------------------------------------------------ targets

/** One for each place: many files of one file system are one. */
function placesOf(targets: readonly TargetFacts[]): TargetFacts[] {
  const places = new Map<string, TargetFacts>();
  for (const target of targets) {
    const key = target.kind === 'block' ? target.realPath : (target.fileSystem?.mountPoint ?? target.realPath);
    if (!places.has(key)) places.set(key, target);
  }
  return [...places.values()];
}

function targetFields(target: TargetFacts | null, number: string, system: SystemView): FingerprintField[] {
  const field = (name: string, fieldClass: FingerprintClass, value: Value, reason: string): FingerprintField =>
    value === null ? { name, value, reason, class: fieldClass } : { name, value, class: fieldClass };
  const none = 'no file or device is used';
  const isBlock = target?.kind === 'block';
  const noFileSystem = target === null ? none : isBlock ? 'the target is a device' : 'the mount is not known';
  const fileSystem = target?.fileSystem ?? null;
  const mount =
    fileSystem === null
      ? null
      : (readMounts(system).findLast((each) => each.mountPoint === fileSystem.mountPoint) ?? null);
  const free = fileSystem === null ? null : freePercent(fileSystem.mountPoint);
  return [
    // Whether the file was there before the first run makes no difference.
    field(`target${number}.kind`, 'blocking', target === null ? null : isBlock ? 'device' : 'file', none),
    field(
      `target${number}.deviceBytes`,
      'blocking',
      target !== null && isBlock ? target.sizeBytes : null,
      target === null ? none : 'the target is no device',
    ),
    field(`fileSystem${number}.type`, 'blocking', fileSystem?.type ?? null, noFileSystem),
    field(`fileSystem${number}.options`, 'blocking', fileSystem?.options ?? null, noFileSystem),
    field(`fileSystem${number}.source`, 'informative', mount?.source ?? null, noFileSystem),
    field(`fileSystem${number}.mountPoint`, 'informative', fileSystem?.mountPoint ?? null, noFileSystem),
    {
      ...field(
        `fileSystem${number}.freePercent`,
        'warning',
        free,
        fileSystem === null ? noFileSystem : 'statfs does not tell',
      ),
      momentary: true,
    },
  ];
}

function freePercent(folder: string): number | null {
  try {
    const { bavail, blocks } = fs.statfsSync(folder);
    return blocks === 0 ? null : Math.round((bavail / blocks) * 1000) / 10;
  } catch {
    return null;
  }
}

// -------------------------------------------------------------------------------------------------------- disks

/** The disks of the targets and, below dm and md devices, those that they are made of; each once. */
function disksOf(targets: readonly TargetFacts[], reader: Reader): string[] {
  const found = new Set<string>();
  const add = (disk: string): void => {
    if (found.has(disk)) return;
    found.add(disk);
    const slaves = `/sys/block/${disk}/slaves`;
    for (const slave of reader.list(slaves)) add(reader.wholeDisk(`${slaves}/${slave}`));
  };
  for (const { queue } of targets) if (queue !== null) add(queue.disk);
  return [...found];
}

function diskFields(
  disk: string | null,
  number: string,
  { isBuffered, targets, environment }: FingerprintInput,
  reader: Reader,
): FingerprintField[] {
  const block = `/sys/block/${disk}`;
  const queue = `${block}/queue`;
  const device = `${block}/device`;
  const cached = isBuffered ? 'blocking' : 'warning';
  const named = (name: string) => `disk${number}.${name}`;
  const fields = [
    { name: named('name'), value: disk, class: 'informative' as const },
    reader.known(named('kind'), 'blocking', disk === null ? null : diskKind(disk, reader), block),
    reader.known(named('parts'), 'blocking', disk === null ? null : reader.list(`${block}/slaves`).length, block),
    reader.first(named('vendor'), 'informative', [`${device}/vendor`, `${device}/device/vendor`]),
    reader.file(named('model'), 'blocking', `${device}/model`),
    reader.first(named('firmware'), 'blocking', [`${device}/firmware_rev`, `${device}/rev`]),
    reader.known(named('transport'), 'blocking', transport(disk, reader), `${device}/transport`),
    reader.file(named('address'), 'informative', `${device}/address`),
    serialField(named('serial'), block, environment, reader),
    reader.number(named('capacityBytes'), 'blocking', `${block}/size`, 512),
    reader.number(named('logicalBlockBytes'), 'blocking', `${queue}/logical_block_size`),
    reader.number(named('physicalBlockBytes'), 'blocking', `${queue}/physical_block_size`),
    reader.number(named('minimumIoBytes'), 'blocking', `${queue}/minimum_io_size`),
    reader.number(named('optimalIoBytes'), 'blocking', `${queue}/optimal_io_size`),
    reader.number(named('maximumIoKib'), 'warning', `${queue}/max_sectors_kb`),
    reader.known(named('scheduler'), 'blocking', chosen(reader.text(`${queue}/scheduler`)), `${queue}/scheduler`),
    reader.number(named('nr_requests'), 'blocking', `${queue}/nr_requests`),
    reader.number(named('nomerges'), 'warning', `${queue}/nomerges`),
    reader.number(named('rq_affinity'), 'warning', `${queue}/rq_affinity`),
    reader.number(named('wbt_lat_usec'), 'warning', `${queue}/wbt_lat_usec`),
    reader.number(named('readAheadKib'), cached, `${queue}/read_ahead_kb`),
    reader.number(named('io_poll'), 'blocking', `${queue}/io_poll`),
    reader.number(named('io_poll_delay'), 'blocking', `${queue}/io_poll_delay`),
    pollQueuesField(named('pollQueues'), disk, reader),
    reader.first(named('writeCache'), 'blocking', [`${queue}/write_cache`, `${block}/cache_type`]),
    reader.number(named('fua'), 'blocking', `${queue}/fua`),
    // virtio disks say 1 whatever is below them.
    reader.number(named('rotational'), 'informative', `${queue}/rotational`),
    reader.file(named('zoned'), 'informative', `${queue}/zoned`),
    reader.number(named('dax'), 'informative', `${queue}/dax`),
    reader.number(named('discardGranularityBytes'), 'informative', `${queue}/discard_granularity`),
    ...linkFields(named, device, reader),
    { ...temperatureField(named('temperatureCelsius'), disk, reader), momentary: true as const },
  ];
  if (disk !== null) return fields;
  const hasTarget = targets.length > 0;
  const reason = hasTarget ? 'there is no disk below the target' : 'no file or device is used';
  return fields.map((field) => ({ ...field, value: null, reason }));
}

function diskKind(disk: string, reader: Reader): string {
  const level = reader.text(`/sys/block/${disk}/md/level`);
  if (level !== null) return `md ${level}`;
  // `LVM-…`, `CRYPT-LUKS2-…`: what made it, before the first hyphen.
  const uuid = reader.text(`/sys/block/${disk}/dm/uuid`);
  if (uuid !== null) return `dm ${uuid.split('-')[0]!.toLowerCase()}`;
  return disk
    .replace(/^(nvme)\d+n\d+$/, '$1')
    .replace(/^(sd|vd|xvd|hd)[a-z]+$/, '$1')
    .replace(/-?\d+$/, '');
}

function transport(disk: string | null, reader: Reader): string | null {
  if (disk === null) return null;
  const told = reader.text(`/sys/block/${disk}/device/transport`);
  if (told !== null) return told;
  if (/^vd[a-z]+$/.test(disk)) return 'virtio';
  if (/^(zram|loop|dm-|md|ram|nullb)/.test(disk)) return 'virtual';
  return null;
}

/** Page 0x80 of the vital product data: type, page, two bytes of length, then the serial number in ASCII (SPC-4). */
function serialField(
  name: string,
  block: string,
  environment: FingerprintInput['environment'],
  reader: Reader,
): FingerprintField {
  const device = `${block}/device`;
  const plain = [`${block}/serial`, `${device}/serial`, `${device}/wwid`, `${block}/wwid`]
    .map((file) => reader.text(file))
    .find((text) => text !== null);
  const serial = plain ?? reader.text(`${device}/vpd_pg80`)?.slice(4) ?? null;
  const value = serial === null ? null : hashSerial(serial, environment);
  return reader.known(name, 'blocking', value, `${device}/serial`);
}

function pollQueuesField(name: string, disk: string | null, reader: Reader): FingerprintField {
  const file = disk?.startsWith('vd')
    ? '/sys/module/virtio_blk/parameters/poll_queues'
    : '/sys/module/nvme/parameters/poll_queues';
  return reader.number(name, 'blocking', file);
}

/** The PCI function is the device itself for some drivers, and below the NVMe controller for NVMe. */
function linkFields(named: (name: string) => string, device: string, reader: Reader): FingerprintField[] {
  const folder = reader.text(`${device}/device/current_link_speed`) === null ? device : `${device}/device`;
  const read = (name: string) => reader.text(`${folder}/${name}`);
  const [speed, width] = [read('current_link_speed'), read('current_link_width')];
  const [speedMax, widthMax] = [read('max_link_speed'), read('max_link_width')];
  const whole = [speed, width, speedMax, widthMax].every((text) => text !== null);
  const isBelow = whole ? Number.parseFloat(speed!) < Number.parseFloat(speedMax!) || +width! < +widthMax! : null;
  return [
    reader.file(named('pcieSpeed'), 'blocking', `${folder}/current_link_speed`),
    reader.number(named('pcieWidth'), 'blocking', `${folder}/current_link_width`),
    reader.known(named('pcieBelowItsMaximum'), 'warning', isBelow, `${folder}/max_link_speed`),
    reader.number(named('numaNode'), 'blocking', `${folder}/numa_node`),
  ];
}

/** °C of the disk's first sensor (hwmon of the nvme driver, or drivetemp); null without one. */
export function diskTemperatureCelsius(disk: string, system: SystemView = liveSystem): number | null {
  const { value } = temperatureField('', disk, new Reader(system));
  return typeof value === 'number' ? value : null;
}

function temperatureField(name: string, disk: string | null, reader: Reader): FingerprintField {
  const device = `/sys/block/${disk}/device`;
  // Beside the controller as hwmon3, or one level down, by kernel version and driver.
  const folders = reader
    .list(device)
    .filter((entry) => /^hwmon\d*$/.test(entry))
    .flatMap((entry) => [entry, ...reader.list(`${device}/${entry}`).map((inner) => `${entry}/${inner}`)]);
  const folder = folders.find((each) => reader.text(`${device}/${each}/temp1_input`) !== null) ?? 'hwmon';
  return reader.number(name, 'warning', `${device}/${folder}/temp1_input`, 1 / 1000);
}
