/**
 * Devices of the machine that fail, each by a means of the kernel's own, and the jobs that meet it: every engine, and
 * io_uring by both of its bindings.
 */
import { existsSync } from 'node:fs';

const blockBytes = 4096;

/** Options that name the engine, by what the jobs are called. */
export const faultEngines: Readonly<Record<string, readonly string[]>> = {
  uring: ['ioengine=io_uring'],
  'uring-syscalls': ['ioengine=io_uring', 'uring_binding=syscalls'],
  libaio: ['ioengine=libaio'],
  psync: ['ioengine=psync'],
};

export interface FaultCase {
  readonly name: string;
  readonly device: string;
  readonly options: readonly string[];
  readonly errno: number;
  /** Offsets of the blocks that cannot be read; null = all of them. */
  readonly badOffsets: readonly number[] | null;
  /** Of the blocks asked for, where errors are passed over; null where the first one ends the job. */
  readonly readable: number | null;
}

const EIO = 5;
const ENODATA = 61;
const firstBad = 512 * 1024;
const threeBad = [firstBad, firstBad + blockBytes, firstBad + 2 * blockBytes];
const passedOver = ['error_dump=1'];

export const faultCases: readonly FaultCase[] = [
  {
    name: 'badblocks',
    device: '/dev/nullb8',
    options: ['size=1m', ...passedOver, 'continue_on_error=read'],
    errno: EIO,
    badOffsets: threeBad,
    readable: 256 - 3,
  },
  {
    // Sectors 0x1234 to 0x123d.
    name: 'medium',
    device: '/dev/sda',
    options: ['offset=2375680', 'size=64k', ...passedOver, 'ignore_error=ENODATA'],
    errno: ENODATA,
    badOffsets: [582 * blockBytes, 583 * blockBytes],
    readable: 16 - 2,
  },
  // continue_on_error alone passes over EIO and EILSEQ, as in fio.
  {
    name: 'medium-ends',
    device: '/dev/sda',
    options: ['offset=2375680', 'size=64k', 'continue_on_error=read'],
    errno: ENODATA,
    badOffsets: [582 * blockBytes, 583 * blockBytes],
    readable: null,
  },
  { name: 'error', device: '/dev/mapper/part', options: ['size=1m'], errno: EIO, badOffsets: threeBad, readable: null },
  { name: 'flakey', device: '/dev/mapper/flaky', options: ['size=1m'], errno: EIO, badOffsets: null, readable: null },
];

/** Of this system, which the machine has too: a device that cannot be made without it, or null. */
export function missingFor(device: string): string | null {
  const isThere = ['/usr/sbin/dmsetup', '/sbin/dmsetup'].some((path) => existsSync(path));
  return isThere || !device.startsWith('/dev/mapper/') ? null : 'dmsetup is not installed';
}

export const slowDevice = '/dev/mapper/slow';
export const slowMs = 50;
export const slowCount = 16;

const common = ['[global]', 'direct=1', 'rw=read', 'bs=4k', 'iodepth=8', 'invalidate=0'];

/** The engines of a case side by side, the cases one after the other. */
export function faultsIni(): string {
  const slow = { name: 'slow', device: slowDevice, options: ['size=1m', `number_ios=${slowCount}`] };
  const cases = [...faultCases, slow].filter(({ device }) => missingFor(device) === null);
  const sections = cases.flatMap(({ name, device, options }) =>
    Object.entries(faultEngines).map(([engine, words], index) =>
      [`[${name}-${engine}]`, ...(index === 0 ? ['stonewall'] : []), `filename=${device}`, ...words, ...options].join(
        '\n',
      ),
    ),
  );
  return [...common, ...sections, ''].join('\n');
}

export const removedDevices: Readonly<Record<string, string>> = { null: '/dev/nullb7', scsi: '/dev/sdb' };

/** All at once, until their devices are taken away; each says by its log that it has begun. */
export function removedIni(): string {
  const sections = Object.entries(removedDevices).flatMap(([name, device]) =>
    Object.entries(faultEngines).map(([engine, words]) =>
      [
        `[${name}-${engine}]`,
        `filename=${device}`,
        ...words,
        'offset=16m',
        'size=16m',
        `write_iops_log=/tmp/begun-${name}-${engine}`,
      ].join('\n'),
    ),
  );
  const endless = ['time_based=1', 'runtime=1h', 'rw=randread', 'log_avg_msec=100'];
  return [...common, ...endless, ...sections, ''].join('\n');
}

/** For steps.sh: what is judged by `faultChecks`. */
export function faultSteps(iotest: string): string[] {
  const count = Object.keys(removedDevices).length * Object.keys(faultEngines).length;
  return [
    'make_faults >/out/make-faults 2>&1',
    `measure faults 60 ${iotest} run /out/faults.ini --format json -o /out/faults.json --no-save &`,
    `measure removed 60 ${iotest} run /out/removed.ini --format json -o /out/removed.json --no-save &`,
    `remove_devices ${count}`,
    'wait',
  ];
}
