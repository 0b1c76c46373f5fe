/** Sockets by foreign calls: Node's own are not blocking calls, and their descriptors are hidden. See socket(7), tcp(7). */
import fs from 'node:fs';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno } from './errno.js';
import { errno, libc } from './libc.js';

export const SocketFamily = { unix: 1, inet: 2, inet6: 10 } as const;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_MAXSEG = 2;
const POLLIN = 1;

const socket = libc.func('socket', 'int', ['int', 'int', 'int']);
const bind = libc.func('bind', 'int', ['int', 'void *', 'uint32_t']);
const listen = libc.func('listen', 'int', ['int', 'int']);
const accept4 = libc.func('accept4', 'int', ['int', 'uint64_t', 'uint64_t', 'int']);
const connect = libc.func('connect', 'int', ['int', 'void *', 'uint32_t']);
const setsockopt = libc.func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint32_t']);
const poll = libc.func('poll', 'int', ['void *', 'uint32_t', 'int']);
const recvfrom = libc.func('recvfrom', 'long', ['int', 'void *', 'size_t', 'int', 'void *', 'void *']);
const send = libc.func('send', 'long', ['int', 'void *', 'size_t', 'int']);

/** Where a socket is bound or connected. */
export interface SocketAddress {
  /** A `SocketFamily`. */
  readonly family: number;
  /** struct sockaddr_in, _in6 or _un. */
  readonly bytes: Uint8Array;
  /** For people. */
  readonly text: string;
}

/** @param ip as digits; '' = any */
export function internetAddress(ip: string, port: number): SocketAddress {
  const isSix = ip.includes(':');
  const family = isSix ? SocketFamily.inet6 : SocketFamily.inet;
  const bytes = new Uint8Array(isSix ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port, false);
  bytes.set(isSix ? parseSix(ip) : ip.split('.').map(Number), isSix ? 8 : 4);
  return { family, bytes, text: isSix ? `[${ip}]:${port}` : `${ip}:${port}` };
}

/** sun_path holds 108 bytes, the closing zero among them. Throws `UserError`. */
export function unixAddress(path: string): SocketAddress {
  const name = Buffer.from(`${path}\0`, 'utf8');
  if (name.length > 108) {
    throw UserError.of(`${path} is too long for the name of a socket, which has at most 107 bytes`, 'shorten it', 1);
  }
  const bytes = new Uint8Array(2 + name.length);
  new DataView(bytes.buffer).setUint16(0, SocketFamily.unix, true);
  bytes.set(name, 2);
  return { family: SocketFamily.unix, bytes, text: path };
}

function parseSix(ip: string): Uint8Array {
  const [plain] = ip.split('%') as [string];
  const [head, tail] = plain.split('::') as [string, string | undefined];
  const words = (part: string | undefined): number[] =>
    part === undefined || part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const [left, right] = [words(head), words(tail)];
  const all = tail === undefined ? left : [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
  const bytes = new Uint8Array(16);
  for (const [index, word] of all.entries()) {
    bytes[index * 2] = word >> 8;
    bytes[index * 2 + 1] = word;
  }
  return bytes;
}

interface SocketNeeds {
  readonly family: number;
  readonly stream: boolean;
  readonly noDelay: boolean;
  /** SO_RCVBUF and SO_SNDBUF; 0 = the system's. */
  readonly windowBytes: number;
  /** TCP_MAXSEG; 0 = the system's. */
  readonly segmentBytes: number;
}

/** A blocking socket with its options. Throws `UserError`. */
export function openSocket(needs: SocketNeeds): number {
  const type = (needs.stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;
  const descriptor: number = socket(needs.family, type, 0);
  if (descriptor < 0) throw failure('cannot make a socket');
  try {
    if (needs.windowBytes > 0) {
      setNumber(descriptor, SOL_SOCKET, SO_RCVBUF, needs.windowBytes, 'window_size');
      setNumber(descriptor, SOL_SOCKET, SO_SNDBUF, needs.windowBytes, 'window_size');
    }
    const isTcp = needs.stream && needs.family !== SocketFamily.unix;
    if (needs.segmentBytes > 0 && isTcp) setNumber(descriptor, IPPROTO_TCP, TCP_MAXSEG, needs.segmentBytes, 'mss');
    if (needs.noDelay && isTcp) setNumber(descriptor, IPPROTO_TCP, TCP_NODELAY, 1, 'nodelay');
    return descriptor;
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

export function setNoDelay(descriptor: number): void {
  setNumber(descriptor, IPPROTO_TCP, TCP_NODELAY, 1, 'nodelay');
}

/** Bounds each blocking call, which then gives EAGAIN. */
export function boundCalls(descriptor: number, milliseconds: number): void {
  const time = new BigInt64Array([BigInt(Math.floor(milliseconds / 1000)), BigInt((milliseconds % 1000) * 1000)]);
  for (const option of [SO_RCVTIMEO, SO_SNDTIMEO]) {
    if (setsockopt(descriptor, SOL_SOCKET, option, time, 16) < 0) throw failure('cannot bound the waits of a socket');
  }
}

/** Binds and, of streams, listens. Throws `UserError`. */
export function bindSocket(descriptor: number, address: SocketAddress, listens: boolean): void {
  if (address.family !== SocketFamily.unix) setNumber(descriptor, SOL_SOCKET, SO_REUSEADDR, 1, 'SO_REUSEADDR');
  if (bind(descriptor, address.bytes, address.bytes.length) < 0) {
    throw failure(`cannot receive at ${address.text}`, 'choose another port, or end what uses this one (ss -lnp)');
  }
  if (listens && listen(descriptor, 10) < 0) throw failure(`cannot listen at ${address.text}`);
}

/** 0 or −errno. */
export function connectSocket(descriptor: number, address: SocketAddress): number {
  return connect(descriptor, address.bytes, address.bytes.length) < 0 ? -errno() : 0;
}

/** Whether there is something to accept or to receive, within so many milliseconds. */
export function waitForInput(descriptor: number, milliseconds: number): boolean {
  const request = new Int32Array([descriptor, POLLIN]);
  return poll(request, 1, milliseconds) > 0;
}

/** The connection, or −errno. */
export function acceptSocket(descriptor: number): number {
  const accepted: number = accept4(descriptor, 0, 0, SOCK_CLOEXEC);
  return accepted < 0 ? -errno() : accepted;
}

/** Receives one datagram; its length, or −errno, and where it came from. */
export function receiveFrom(descriptor: number, into: Uint8Array): { result: number; from: SocketAddress } {
  const address = new Uint8Array(128);
  const length = new Uint32Array([address.length]);
  const result = Number(recvfrom(descriptor, into, into.length, 0, address, length));
  const bytes = address.slice(0, length[0]);
  const family = new DataView(address.buffer).getUint16(0, true);
  return { result: result < 0 ? -errno() : result, from: { family, bytes, text: 'the sender' } };
}

/** Sends on a connected socket; bytes, or −errno. MSG_NOSIGNAL. */
export function sendMessage(descriptor: number, bytes: Uint8Array): number {
  const result = Number(send(descriptor, bytes, bytes.length, 0x4000));
  return result < 0 ? -errno() : result;
}

function setNumber(descriptor: number, level: number, option: number, value: number, name: string): void {
  if (setsockopt(descriptor, level, option, new Int32Array([value]), 4) === 0) return;
  throw failure(`cannot set ${name} to ${value}`, `leave ${name} out, or give another value`);
}

function failure(what: string, advice?: string): UserError {
  const number = errno();
  const { name, meaning, advice: general } = describeErrno(number === 0 ? Errno.EIO : number);
  return UserError.of(`${what}: ${meaning} (${name})`, advice ?? general, 1);
}
