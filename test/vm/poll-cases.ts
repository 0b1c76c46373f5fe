/** The jobs that run in the machine: which device, in which mode, and how long a request of it takes at least. */
import { knownIops } from './machine.js';

export interface PollCase {
  readonly name: string;
  /** A path in the machine. */
  readonly device: string;
  readonly options: readonly string[];
  /** Flags of io_uring_setup(2) that must have been granted. */
  readonly granted: readonly string[];
  /** Bounds of the smallest latency; null = nothing is known. */
  readonly latencyMsMin: { readonly from: number; readonly to: number } | null;
}

const polled = 'hipri=1';
const bySqThread = 'sqthread_poll=1';
const fixed = ['fixedbufs=1', 'registerfiles=1'];

function pollCase(
  name: string,
  device: string,
  options: readonly string[],
  latencyMsMin: PollCase['latencyMsMin'] = null,
): PollCase {
  const granted = [
    ...(options.includes(polled) ? ['IOPOLL'] : []),
    ...(options.includes(bySqThread) ? ['SQPOLL'] : ['DEFER_TASKRUN']),
    ...(options.includes('ioengine=io_uring_cmd') ? ['SQE128', 'CQE32'] : []),
  ];
  return { name, device, options, granted, latencyMsMin };
}

/** The timer of null_blk, and the delay of scsi_debug; a poll comes when it comes. */
const timerMs = 50;
const delayMs = 20;

/** Written by passthrough, and looked for on the block device: 256 blocks of this byte, the first half trimmed again. */
const pattern = 'buffer_pattern=0xa5';
export const passthroughBytes = 1 << 20;
const commands = 'ioengine=io_uring_cmd';
const amount = ['number_ios=0', 'rw=write'];

export const pollCases: readonly PollCase[] = [
  pollCase('nvme-interrupts', '/dev/fast', []),
  pollCase('nvme-iopoll', '/dev/fast', [polled]),
  pollCase('nvme-iopoll-fixed-writes', '/dev/fast', [polled, ...fixed, 'rw=randwrite']),
  pollCase('nvme-sqpoll', '/dev/fast', [bySqThread]),
  pollCase('nvme-sqpoll-iopoll-fixed', '/dev/fast', [bySqThread, polled, ...fixed]),
  pollCase('virtio-interrupts', '/dev/vda', []),
  pollCase('virtio-iopoll', '/dev/vda', [polled]),
  pollCase('null-interrupts', '/dev/nullb0', [], { from: timerMs, to: timerMs * 1.02 }),
  pollCase('null-iopoll', '/dev/nullb0', [polled], { from: 0, to: timerMs / 2 }),
  pollCase('scsi-iopoll', '/dev/sda', [polled], { from: delayMs, to: delayMs * 1.02 }),
  pollCase('nvme-commands', '/dev/ng-fast', [commands, 'cmd_type=nvme']),
  pollCase('nvme-commands-iopoll-fixed', '/dev/ng-fast', [commands, polled, ...fixed]),
  pollCase('nvme-commands-writes', '/dev/ng-fast', [commands, ...amount, pattern, 'size=1m', 'fsync=64']),
  pollCase('nvme-commands-trims', '/dev/ng-fast', [commands, ...amount, 'rw=trim', 'size=512k']),
];

/** The drive that is throttled: its rate is known, and with it, by Little's law, the latency at a depth. */
export const rateCase = { name: 'known-rate', iops: knownIops, depth: 128, tries: 6 };

/** Of each job that has no other end. */
export const ioCount = 200;

const common = [
  'ioengine=io_uring',
  'direct=1',
  'rw=randread',
  'bs=4k',
  'size=32m',
  'iodepth=8',
  'invalidate=0',
  // By number, so that a busy machine changes nothing but how long it takes.
  `number_ios=${ioCount}`,
  'runtime=60s',
];

function section(name: string, options: readonly string[]): string {
  return ['', `[${name}]`, 'stonewall', ...options, ''].join('\n');
}

/** Shows the interrupts before and after each job in NAME.before and NAME.after. */
export function modesIni(): string {
  const sections = pollCases.map(({ name, device, options }) =>
    section(name, [
      `filename=${device}`,
      ...options,
      `exec_prerun=cat /proc/interrupts >/out/${name}.before`,
      `exec_postrun=cat /proc/interrupts >/out/${name}.after`,
    ]),
  );
  return ['[global]', ...common, ...sections].join('\n');
}

export function rateIni(): string {
  const options = [
    'filename=/dev/rate',
    polled,
    `iodepth=${rateCase.depth}`,
    'number_ios=0',
    'time_based=1',
    'ramp_time=1s',
    'runtime=3s',
  ];
  return ['[global]', ...common, section(rateCase.name, options)].join('\n');
}

/** Of a depth that no queue has: it must be capped, or what is ended in the middle of it stays for minutes. */
export const deepDepth = 4000;

export function deepIni(name: string): string {
  const options = ['filename=/dev/rate', polled, `iodepth=${deepDepth}`, 'number_ios=0', 'time_based=1'];
  return ['[global]', ...common, section('deep', [...options, `exec_prerun=echo $PPID >/out/${name}.pid`])].join('\n');
}

/** What IOPOLL cannot do: each must be refused beforehand. */
export function refusedIni(): string {
  return [
    '[global]',
    ...common,
    section('no-poll-queues', ['filename=/dev/nullb9', polled]),
    section('no-device', ['filename=/tmp/file', polled]),
    section('commands-for-blocks', ['filename=/dev/fast', 'ioengine=io_uring_cmd']),
    section('blocks-for-commands', ['filename=/dev/ng-fast']),
    section('commands-not-permitted', ['filename=/dev/ng-rate', 'ioengine=io_uring_cmd', 'rw=randwrite']),
    section('commands-too-large', ['filename=/dev/ng-rate', 'ioengine=io_uring_cmd', 'bs=16m']),
    section('buffered', ['filename=/dev/fast', polled, 'direct=0']),
    section('with-fsync', ['filename=/dev/fast', polled, 'rw=write', 'fsync=1']),
  ].join('\n');
}
