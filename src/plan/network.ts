/** Jobs that send and receive (`net`, `io_uring_net`): which end they are, and what they cannot have. Pure. */

import { drawsSizes } from '../job/block-sizes.js';
import { engineTraits } from '../job/engine-traits.js';
import type { EngineName, Job } from '../job/job.js';
import type { Findings } from './findings.js';
import type { PlannedFile, PlannedNetwork } from './types.js';

export function isNetworkEngine(name: EngineName): boolean {
  return engineTraits(name).network;
}

/** null for jobs that send nothing; what is wrong is in the findings. */
export function planNetwork(job: Job, findings: Findings): PlannedNetwork | null {
  if (!isNetworkEngine(job.engine.name)) return null;
  const { network } = job.engine;
  const { protocol } = network;
  const isTcp = protocol === 'tcp' || protocol === 'tcpv6';
  const reads = job.workload.directions === 'read';
  const listens = isTcp ? network.listens : reads;
  // As fio, whose hostname is the file's name.
  const hostname = network.hostname ?? job.target.filenames?.join(':') ?? null;
  refuseWhatMeansNothing(job, listens, hostname, findings);
  return { protocol, listens, hostname, port: network.port === null ? 0 : network.port + job.cloneIndex };
}

/** In place of a file: one that is in memory as far as others see. */
export function connectionFile({ target, workload }: Job, network: PlannedNetwork): PlannedFile {
  const blockBytes = Math.max(workload.blockBytes.read, workload.blockBytes.write);
  const bytes = target.size !== null && 'bytes' in target.size ? target.size.bytes : blockBytes;
  return {
    path: describeConnection(network),
    kind: 'memory',
    regionOffsetBytes: 0,
    regionBytes: bytes,
    fileBytes: bytes,
    layOut: 'nothing',
    layOutToBytes: 0,
    alignBytes: 1,
    isOwn: false,
    isDeleted: false,
  };
}

/** `tcp localhost:8888`, `unix /tmp/socket`, `udp port 8888`. */
function describeConnection({ protocol, listens, hostname, port }: PlannedNetwork): string {
  if (protocol === 'unix') return `unix ${hostname}`;
  return listens ? `${protocol} port ${port}` : `${protocol} ${hostname}:${port}`;
}

function refuseWhatMeansNothing(job: Job, listens: boolean, hostname: string | null, findings: Findings): void {
  const { engine, workload, target, pacing, logs, replay, schedule } = job;
  const { network } = engine;
  const { protocol } = network;
  const isTcp = protocol === 'tcp' || protocol === 'tcpv6';
  const out = 'leave it out';
  const rows: readonly (readonly [boolean, string, string])[] = [
    [
      workload.directions !== 'read' && workload.directions !== 'write',
      `rw=${workload.directions}`,
      'use rw=read in one job and rw=write in another',
    ],
    [workload.random, 'a random rw', 'use rw=read or rw=write'],
    [
      protocol === 'unix' && network.port !== null,
      'port with protocol=unix',
      'give the path of the socket as hostname',
    ],
    [
      protocol === 'unix' && hostname === null,
      'protocol=unix without a hostname',
      'give the path of the socket as hostname',
    ],
    [protocol !== 'unix' && network.port === null, 'without a port', 'write port=8888, for example'],
    [
      network.port !== null && network.port + job.cloneIndex > 65535,
      'a port beyond 65535',
      'give a smaller port: clones take those that follow',
    ],
    [
      !isTcp && network.listens,
      `listen with protocol=${protocol}`,
      'leave listen out: the job with rw=read is the one that waits',
    ],
    [
      !listens && protocol !== 'unix' && hostname === null,
      'without a hostname',
      isTcp ? 'write hostname=, or listen in the job that waits' : 'write hostname=',
    ],
    [
      listens && protocol !== 'unix' && hostname !== null,
      'a hostname in the job that waits',
      'leave hostname out: it takes whoever comes',
    ],
    [isMulticast(hostname), `the multicast address ${hostname}`, 'send to one address'],
    [network.segmentBytes > 0 && !isTcp, `mss with protocol=${protocol}`, out],
    [network.noDelay && !isTcp, `nodelay with protocol=${protocol}`, out],
    [
      network.pingPong && engine.depth > 1,
      `pingpong with iodepth=${engine.depth}`,
      'use numjobs for several at once: clones take the ports that follow',
    ],
    [network.pingPong && network.receivesMultishot, 'pingpong with recv_multishot', 'leave one of them out'],
    [network.pingPong && network.sendsZeroCopy, 'pingpong with send_zc', 'leave one of them out'],
    [network.sendsZeroCopy && protocol === 'unix', 'send_zc with protocol=unix', 'use tcp or udp'],
    [network.sendsZeroCopy && workload.directions === 'read', 'send_zc with rw=read', 'give it to the job that writes'],
    [
      network.receivesMultishot && workload.directions === 'write',
      'recv_multishot with rw=write',
      'give it to the job that reads',
    ],
    [drawsSizes(workload), 'blocks of several sizes', 'give one bs'],
    [
      protocol.startsWith('udp') && Math.max(workload.blockBytes.read, workload.blockBytes.write) > datagramBytesMax,
      'a datagram as large as that',
      `use a bs of at most ${datagramBytesMax}`,
    ],
    [
      workload.fsyncEvery > 0 || workload.fdatasyncEvery > 0 || workload.syncRange !== null || workload.endFsync,
      'a sync',
      out,
    ],
    [target.direct, 'direct=1', out],
    [target.sync !== 'none', 'sync', out],
    [target.fileCount > 1, `nrfiles=${target.fileCount}`, 'use numjobs: a connection each'],
    [target.lockFile !== 'none', 'lockfile', out],
    [target.openDirectory !== null, 'opendir', out],
    [target.fillDevice, 'fill_device', out],
    [target.preRead, 'pre_read', out],
    ['bytes' in target.offset ? target.offset.bytes > 0 : target.offset.percent > 0, 'an offset', out],
    [target.size !== null && !('bytes' in target.size), 'a size in per cent', 'give the size in bytes'],
    [
      target.size === null && !(schedule.timeBased && schedule.runtimeMs !== null) && workload.ioSize === null,
      'without a size',
      'write size=1g, or runtime with time_based',
    ],
    [engine.chain.elements.length > 0, 'chain', out],
    [engine.nop, 'nop', out],
    [engine.depth > 8192, `iodepth=${engine.depth}`, 'use at most 8192'],
    [logs.iolog !== null, 'write_iolog', out],
    [replay.iologs !== null, 'read_iolog', out],
    [pacing.submitMode === 'offload' && network.pingPong, 'io_submit_mode=offload with pingpong', out],
  ];
  for (const [isSo, what, instead] of rows) {
    if (isSo) findings.usage(job, `ioengine=${engine.name} sends and receives: it cannot do ${what}`, instead);
  }
}

/** 64 KiB, less the headers of IPv4 and UDP. */
const datagramBytesMax = 65507;

function isMulticast(hostname: string | null): boolean {
  const first = Number(/^(\d+)\.\d+\.\d+\.\d+$/.exec(hostname ?? '')?.[1]);
  return first >= 224 && first <= 239;
}
