/** Whom a network engine talks to, and how. */
import type { EngineName } from '../engine-names.js';
import { bool, flag, integer, line, oneOf, optional, size } from '../values.js';
import { fixed, type Option, refused } from './option.js';
import { optionsOf, row, rows } from './row.js';

const networkProtocols = ['tcp', 'tcpv6', 'udp', 'udpv6', 'unix'] as const;

const both = ['net', 'io_uring_net'] as const satisfies readonly EngineName[];

const multicastInterface = refused({
  name: 'interface',
  scope: [...both],
  type: 'text',
  tier: 3,
  help: 'Interface for multicast.',
  reason: 'not supported: there is no multicast',
  nearest: 'leave it out, and send to one address',
});

const ttl = fixed({
  name: 'ttl',
  scope: [...both],
  values: ['1'],
  default: '1',
  tier: 3,
  help: 'How far multicast goes.',
  reason: 'not supported: there is no multicast',
  nearest: 'leave it out, and send to one address',
});

export const networkRows = rows('engine.network', {
  /** A name, an address, or the path of a UNIX socket; null = not given. */
  hostname: row({
    name: 'hostname',
    scope: both,
    initial: null,
    tier: 3,
    help: 'The other end: a name, an address, or the path of a UNIX socket.',
    example: 'localhost',
    type: line,
  }),
  /** Of the receiving end; clones take those that follow. */
  port: row({
    name: 'port',
    scope: both,
    initial: null,
    tier: 3,
    help: 'Port of the receiving end; clones take those that follow.',
    example: '8888',
    type: optional(integer({ min: 1, max: 65535 })),
  }),
  protocol: row({
    name: 'protocol',
    aliases: ['proto'],
    scope: both,
    initial: 'tcp',
    tier: 3,
    help: 'What carries the data.',
    type: oneOf(networkProtocols, { vsock: 'the nearest is unix, or tcp to the guest' }),
  }),
  /** TCP_NODELAY. */
  noDelay: row({
    name: 'nodelay',
    scope: both,
    initial: false,
    tier: 3,
    help: 'Send small TCP messages at once (TCP_NODELAY).',
    type: bool,
  }),
  /** This end waits for the connection. Of UDP and UNIX sockets the reading end does. */
  listens: row({
    name: 'listen',
    scope: both,
    initial: false,
    tier: 3,
    help: 'Wait for the other end to connect (TCP); of other protocols the reading end waits.',
    type: flag,
  }),
  pingPong: row({
    name: 'pingpong',
    scope: both,
    initial: false,
    tier: 3,
    help: 'Answer each block with one of the same length: an I/O is the way there and back.',
    type: flag,
  }),
  /** SO_RCVBUF and SO_SNDBUF; 0 = the system's. */
  windowBytes: row({
    name: 'window_size',
    scope: both,
    unit: 'bytes',
    initial: 0,
    tier: 3,
    help: 'Buffers of the socket (SO_RCVBUF, SO_SNDBUF); 0 = as the system sizes them.',
    type: size({ min: 0, max: 2 ** 31 - 1 }),
  }),
  /** 0 = the system's. */
  segmentBytes: row({
    name: 'mss',
    scope: both,
    unit: 'bytes',
    initial: 0,
    tier: 3,
    help: 'Largest TCP segment (TCP_MAXSEG); 0 = as the system has it.',
    type: integer({ min: 0, max: 65535 }),
  }),
  sendsZeroCopy: row({
    name: 'send_zc',
    scope: ['io_uring_net'],
    initial: false,
    tier: 2,
    help: 'Send from the buffer itself, without a copy (IORING_OP_SEND_ZC, Linux 6.0).',
    ours: true,
    type: bool,
  }),
  receivesMultishot: row({
    name: 'recv_multishot',
    scope: ['io_uring_net'],
    initial: false,
    tier: 2,
    help: 'One request receives everything, into a ring of provided buffers (Linux 6.0).',
    ours: true,
    type: bool,
  }),
});

export const networkOptions: readonly Option[] = optionsOf(networkRows, { pingPong: [multicastInterface, ttl] });
