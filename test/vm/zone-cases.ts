/** Zoned devices of the machine: null_blk with conventional zones in front, and a ZNS namespace; and the jobs for them. */
import { nvmeZones } from './machine.js';

const mib = 1 << 20;

export interface ZonedDisk {
  readonly name: 'null' | 'nvme';
  readonly device: string;
  readonly zoneBytes: number;
  readonly capacityBytes: number;
  readonly conventionalCount: number;
  readonly openMax: number;
}

/** Numbers of null_blk are in MiB. */
const nullZones = { size: 64, zone_size: 4, zone_capacity: 3, zone_nr_conv: 2, zone_max_open: 4, zone_max_active: 4 };

export const zonedDisks: readonly ZonedDisk[] = [
  {
    name: 'null',
    device: '/dev/nullb2',
    zoneBytes: nullZones.zone_size * mib,
    capacityBytes: nullZones.zone_capacity * mib,
    conventionalCount: nullZones.zone_nr_conv,
    openMax: nullZones.zone_max_open,
  },
  { name: 'nvme', device: '/dev/zoned', conventionalCount: 0, ...nvmeZones },
];

/** Zones that a job has, from the second sequential one on: those before must be left alone. */
export const zonesOfJob = 4;
export const blockBytes = 64 << 10;
export const openMax = 3;

export interface ZoneCase {
  readonly name: string;
  readonly options: readonly string[];
}

const verified = ['rw=randwrite', 'verify=crc32c', 'ioengine=psync'];
const deep = ['rw=write', 'ioengine=libaio', 'iodepth=8'];

/** One on each disk, side by side, where there is little time. */
export const quickCases: Readonly<Record<ZonedDisk['name'], ZoneCase>> = {
  null: { name: 'verified', options: verified },
  nvme: { name: 'deep', options: deep },
};

/** Each begins where the ones before it have left the zones. */
export const zoneCases: readonly ZoneCase[] = [
  { name: 'sequential', options: ['rw=write'] },
  // All are full: each is reset before its first block.
  { name: 'again', options: deep },
  { name: 'read', options: ['rw=read'] },
  { name: 'random', options: ['rw=randwrite', 'iodepth=4', 'job_max_open_zones=2'] },
  { name: 'two-jobs', options: ['rw=randwrite', 'numjobs=2', 'io_size=4m', 'group_reporting=1'] },
  { name: 'verified', options: verified },
  { name: 'often', options: ['rw=randwrite', 'zone_reset_threshold=0.1', 'zone_reset_frequency=0.1'] },
  { name: 'trim', options: ['rw=trim', `bs=64k,64k,${nvmeZones.zoneBytes}`] },
  { name: 'rest', options: ['rw=write', 'bs=1984k'] },
  { name: 'some', options: ['rw=randwrite', 'number_ios=24', 'iodepth=8'] },
];

function sectionsOf({ name, device, zoneBytes, conventionalCount }: ZonedDisk, isWhole: boolean): string[] {
  return (isWhole ? zoneCases : [quickCases[name]]).flatMap((each) => [
    `[${name}-${each.name}]`,
    ...(isWhole ? ['stonewall'] : []),
    `filename=${device}`,
    `offset=${(conventionalCount + 1) * zoneBytes}`,
    `size=${zonesOfJob * zoneBytes}`,
    ...each.options,
  ]);
}

export function zonesIni(isWhole: boolean): string {
  const common = ['[global]', 'ioengine=io_uring', 'direct=1', `bs=${blockBytes}`, 'zonemode=zbd', 'invalidate=0'];
  // Less than the devices allow.
  common.push(`max_open_zones=${openMax}`);
  return [...common, ...zonedDisks.flatMap((disk) => sectionsOf(disk, isWhole)), ''].join('\n');
}

/** What must not be done to zones, a job each: a part of refused.ini. */
export function unzonedIni(): string {
  const device = zonedDisks[0]!;
  const jobs = [
    ['plain', 'direct=1', 'rw=write'],
    ['buffered-zones', 'direct=0', 'rw=write', 'zonemode=zbd'],
    ['other-size', 'direct=1', 'rw=read', 'zonemode=zbd', 'zonesize=1m'],
    ['too-many', 'direct=1', 'rw=write', 'zonemode=zbd', `max_open_zones=${device.openMax + 1}`],
    ['half-trims', 'direct=1', 'rw=trim', 'bs=64k', 'zonemode=zbd'],
  ];
  const place = [`filename=${device.device}`, 'offset=16m', 'size=8m'];
  return jobs.flatMap(([name, ...options]) => [`[${name}]`, ...place, ...options]).join('\n');
}

/** For steps.sh: what is judged by `zoneChecks`. */
export function zoneSteps(iotest: string): string[] {
  const words = Object.entries(nullZones).map(([name, value]) => `${name}=${value}`);
  const reports = zonedDisks.map(({ name, device }) => `/usr/sbin/blkzone report ${device} >/out/${name}.zones 2>&1`);
  const run = `${iotest} run /out/zones.ini --format json -o /out/zones.json --no-save`;
  return [
    `null_disk 2 irqmode=0 memory_backed=1 zoned=1 ${words.join(' ')}`,
    ...zonedDisks.map(
      ({ device }) => `echo mq-deadline >/sys/block/$(basename $(readlink -f ${device}))/queue/scheduler`,
    ),
    `measure zones 60 ${run} ${zonedDisks.map(({ device }) => `--destructive ${device}`).join(' ')}`,
    ...reports,
  ];
}
