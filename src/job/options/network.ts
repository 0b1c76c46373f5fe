/** Whom a network engine talks to, and how. */
import type { JobDraft } from '../draft.js';
import { type EngineName, type NetworkOptions, networkProtocols } from '../job.js';
import { bool, choice, flag, integer, line, optional, size } from '../values.js';
import { type Option, refused, supported } from './option.js';

const both = ['net', 'io_uring_net'] as const satisfies readonly EngineName[];

function change(draft: JobDraft, changes: Partial<NetworkOptions>): void {
  draft.engine.network = { ...draft.engine.network, ...changes };
}

export const networkOptions: readonly Option[] = [
  supported({
    name: 'hostname',
    scope: both,
    tier: 3,
    help: 'The other end: a name, an address, or the path of a UNIX socket.',
    example: 'localhost',
    type: line,
    get: (draft) => draft.engine.network.hostname,
    set: (draft, hostname) => change(draft, { hostname }),
  }),
  supported({
    name: 'port',
    scope: both,
    tier: 3,
    help: 'Port of the receiving end; clones take those that follow.',
    example: '8888',
    type: optional(integer({ min: 1, max: 65535 })),
    get: (draft) => draft.engine.network.port,
    set: (draft, port) => change(draft, { port }),
  }),
  supported({
    name: 'protocol',
    aliases: ['proto'],
    scope: both,
    default: 'tcp',
    tier: 3,
    help: 'What carries the data.',
    type: choice(
      Object.fromEntries(networkProtocols.map((name) => [name, name])) as Record<
        NetworkOptions['protocol'],
        NetworkOptions['protocol']
      >,
      { vsock: 'the nearest is unix, or tcp to the guest' },
    ),
    get: (draft) => draft.engine.network.protocol,
    set: (draft, protocol) => change(draft, { protocol }),
  }),
  supported({
    name: 'nodelay',
    scope: both,
    default: '0',
    tier: 3,
    help: 'Send small TCP messages at once (TCP_NODELAY).',
    type: bool,
    get: (draft) => draft.engine.network.noDelay,
    set: (draft, noDelay) => change(draft, { noDelay }),
  }),
  supported({
    name: 'listen',
    scope: both,
    default: '0',
    tier: 3,
    help: 'Wait for the other end to connect (TCP); of other protocols the reading end waits.',
    type: flag,
    get: (draft) => draft.engine.network.listens,
    set: (draft, listens) => change(draft, { listens }),
  }),
  supported({
    name: 'pingpong',
    scope: both,
    default: '0',
    tier: 3,
    help: 'Answer each block with one of the same length: an I/O is the way there and back.',
    type: flag,
    get: (draft) => draft.engine.network.pingPong,
    set: (draft, pingPong) => change(draft, { pingPong }),
  }),
  refused({
    name: 'interface',
    scope: [...both],
    type: 'text',
    tier: 3,
    help: 'Interface for multicast.',
    reason: 'not supported: there is no multicast',
    nearest: 'leave it out, and send to one address',
  }),
  refused({
    name: 'ttl',
    scope: [...both],
    type: 'number',
    default: '1',
    tier: 3,
    help: 'How far multicast goes.',
    reason: 'not supported: there is no multicast',
    nearest: 'leave it out, and send to one address',
  }),
  supported({
    name: 'window_size',
    scope: both,
    unit: 'bytes',
    default: '0',
    tier: 3,
    help: 'Buffers of the socket (SO_RCVBUF, SO_SNDBUF); 0 = as the system sizes them.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
    get: (draft) => draft.engine.network.windowBytes,
    set: (draft, windowBytes) => change(draft, { windowBytes }),
  }),
  supported({
    name: 'mss',
    scope: both,
    unit: 'bytes',
    default: '0',
    tier: 3,
    help: 'Largest TCP segment (TCP_MAXSEG); 0 = as the system has it.',
    type: integer({ min: 0, max: 65535 }),
    get: (draft) => draft.engine.network.segmentBytes,
    set: (draft, segmentBytes) => change(draft, { segmentBytes }),
  }),
  supported({
    name: 'send_zc',
    scope: ['io_uring_net'],
    default: '0',
    tier: 2,
    help: 'Send from the buffer itself, without a copy (IORING_OP_SEND_ZC, Linux 6.0).',
    ours: true,
    type: bool,
    get: (draft) => draft.engine.network.sendsZeroCopy,
    set: (draft, sendsZeroCopy) => change(draft, { sendsZeroCopy }),
  }),
  supported({
    name: 'recv_multishot',
    scope: ['io_uring_net'],
    default: '0',
    tier: 2,
    help: 'One request receives everything, into a ring of provided buffers (Linux 6.0).',
    ours: true,
    type: bool,
    get: (draft) => draft.engine.network.receivesMultishot,
    set: (draft, receivesMultishot) => change(draft, { receivesMultishot }),
  }),
];
