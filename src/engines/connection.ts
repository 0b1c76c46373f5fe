/**
 * One end of a connection: bound before the start, connected after it. A receiving end waits up to a minute for the
 * other one, a sending end tries for ten seconds where nobody listens yet: the two may be jobs of one file, or programs
 * on two machines, fio among them. UDP has fio's messages: one that opens the link, one that closes it.
 */
import fs from 'node:fs';
import { UserError } from '../support/errors.js';
import { describeErrno, Errno } from '../system/errno.js';
import { sleepThread } from '../system/sleep.js';
import {
  acceptSocket,
  bindSocket,
  boundCalls,
  connectSocket,
  openSocket,
  receiveFrom,
  type SocketAddress,
  SocketFamily,
  sendMessage,
  setNoDelay,
  waitForInput,
} from '../system/sockets.js';
import type { Endpoint, EngineSetup } from './engine.js';

const acceptMsMax = 60_000;
const connectMsMax = 10_000;
const pollMs = 100;

/** Eight bytes: a magic number and a command; fio opens in network order and closes in little-endian. */
const linkMagic = 0x6c696e6b;
const linkOpen = 0x98;
const linkClose = 0x89;
export const linkMessageBytes = 8;

/** How sockets are connected; io_uring does it by requests. 0, a descriptor, or −errno. */
export interface ConnectCalls {
  accept(listener: number): number;
  connect(descriptor: number, address: SocketAddress): number;
}

export const connectCalls: ConnectCalls = { accept: acceptSocket, connect: connectSocket };

export class Connection {
  /** Of the connection; −1 until `establish`. */
  descriptor = -1;
  readonly #endpoint: Endpoint;
  readonly #setup: EngineSetup;
  readonly #calls: ConnectCalls;
  #listener = -1;
  #boundPath: string | null = null;

  /** Binds where the other end is waited for. Throws `UserError`. */
  constructor(setup: EngineSetup, endpoint: Endpoint, calls: ConnectCalls = connectCalls) {
    this.#setup = setup;
    this.#endpoint = endpoint;
    this.#calls = calls;
    if (!endpoint.listens) return;
    this.#listener = this.#open();
    try {
      if (endpoint.address.family === SocketFamily.unix) removeStaleSocket(endpoint.address, this.#open());
      bindSocket(this.#listener, endpoint.address, !endpoint.datagrams);
      if (endpoint.address.family === SocketFamily.unix) this.#boundPath = endpoint.address.text;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** True when there is a connection; false when it was stopped before there was one. Throws `UserError`. */
  establish(isStopping: () => boolean): boolean {
    const { listens, datagrams } = this.#endpoint;
    if (listens) this.#await(isStopping, datagrams);
    else this.#reach(isStopping, datagrams);
    if (this.descriptor >= 0) boundCalls(this.descriptor, pollMs);
    return this.descriptor >= 0;
  }

  close(): void {
    if (this.#endpoint.datagrams && this.descriptor >= 0) {
      // As often as it may get lost, and no more than the receiver has room for.
      for (let copy = 0; copy < 3; copy++) sendMessage(this.descriptor, closeMessage());
    }
    if (this.descriptor >= 0) fs.closeSync(this.descriptor);
    if (this.#listener >= 0 && this.#listener !== this.descriptor) fs.closeSync(this.#listener);
    this.descriptor = -1;
    this.#listener = -1;
    if (this.#boundPath !== null) fs.rmSync(this.#boundPath, { force: true });
    this.#boundPath = null;
  }

  #open(): number {
    const { network } = this.#setup.options;
    return openSocket({
      family: this.#endpoint.address.family,
      stream: !this.#endpoint.datagrams,
      noDelay: network.noDelay,
      windowBytes: network.windowBytes,
      segmentBytes: network.segmentBytes,
    });
  }

  #await(isStopping: () => boolean, datagrams: boolean): void {
    const { address } = this.#endpoint;
    for (let waitedMs = 0; !waitForInput(this.#listener, pollMs); waitedMs += pollMs) {
      if (isStopping()) return;
      if (waitedMs < acceptMsMax) continue;
      throw UserError.of(
        `nobody connected to ${address.text} within ${acceptMsMax / 1000} s`,
        'start the sending end, and check hostname, port and protocol there',
        1,
      );
    }
    if (datagrams) {
      this.#meetSender();
      return;
    }
    const result = this.#calls.accept(this.#listener);
    if (result < 0) throw connectFailure(`cannot accept at ${address.text}`, -result);
    this.descriptor = result;
    const isTcp = address.family !== SocketFamily.unix;
    if (this.#setup.options.network.noDelay && isTcp) setNoDelay(result);
  }

  /** From whom the first message comes is the other end from then on. */
  #meetSender(): void {
    const message = new Uint8Array(linkMessageBytes);
    const { result, from } = receiveFrom(this.#listener, message);
    const view = new DataView(message.buffer);
    const opens = view.getUint32(0, false) === linkMagic && view.getUint32(4, false) === linkOpen;
    if (result !== linkMessageBytes || !opens) {
      throw UserError.of(
        `what came to ${this.#endpoint.address.text} is no message of iotest or fio that opens a link`,
        'choose another port, and start the receiving end first',
        1,
      );
    }
    const connected = this.#calls.connect(this.#listener, from);
    if (connected < 0) throw connectFailure('cannot answer the sender', -connected);
    this.descriptor = this.#listener;
  }

  #reach(isStopping: () => boolean, datagrams: boolean): void {
    const { address } = this.#endpoint;
    for (let waitedMs = 0; ; waitedMs += pollMs) {
      // A socket whose connect failed is of no more use.
      const descriptor = this.#open();
      let result = this.#calls.connect(descriptor, address);
      if (result === 0 && datagrams) result = this.#openLink(descriptor);
      if (result === 0) {
        this.descriptor = descriptor;
        return;
      }
      fs.closeSync(descriptor);
      const isEarly = -result === Errno.ECONNREFUSED || -result === Errno.ENOENT;
      if (!isEarly || waitedMs >= connectMsMax) throw connectFailure(`cannot connect to ${address.text}`, -result);
      if (isStopping()) return;
      sleepThread(pollMs);
    }
  }

  /** Where nobody listens the system says so upon the next call. 0 or −errno. */
  #openLink(descriptor: number): number {
    const sent = sendMessage(descriptor, openMessage());
    if (sent < 0) return sent;
    if (!waitForInput(descriptor, 20)) return 0;
    const { result } = receiveFrom(descriptor, new Uint8Array(0));
    return Math.min(result, 0);
  }
}

function openMessage(): Uint8Array {
  const message = new Uint8Array(linkMessageBytes);
  new DataView(message.buffer).setUint32(0, linkMagic, false);
  new DataView(message.buffer).setUint32(4, linkOpen, false);
  return message;
}

function closeMessage(): Uint8Array {
  const message = new Uint8Array(linkMessageBytes);
  new DataView(message.buffer).setUint32(0, linkMagic, true);
  new DataView(message.buffer).setUint32(4, linkClose, true);
  return message;
}

/** Whether a slot's buffer, seen as words, holds the message that closes a link. */
export function closesLink(words: Int32Array, first: number): boolean {
  return words[first] === linkMagic && words[first + 1] === linkClose;
}

/**
 * A socket that nobody listens at any more is in the way of a new one; anything else is left alone.
 * @param probe a socket to find that out with, which is closed
 */
function removeStaleSocket(address: SocketAddress, probe: number): void {
  const { text: path } = address;
  boundCalls(probe, pollMs);
  const result = connectSocket(probe, address);
  fs.closeSync(probe);
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) {
    throw UserError.of(`${path} is there already and no socket`, 'choose another hostname, or remove it yourself', 1);
  }
  if (result !== -Errno.ECONNREFUSED) {
    throw UserError.of(`somebody listens at ${path} already`, 'choose another hostname, or end what does (ss -lxp)', 1);
  }
  fs.unlinkSync(path);
}

function connectFailure(what: string, number: number): UserError {
  const { name, meaning } = describeErrno(number);
  const advice =
    number === Errno.ECONNREFUSED || number === Errno.ENOENT
      ? 'start the receiving end first, and check hostname, port and protocol'
      : 'check hostname, port and protocol, and the network between';
  return UserError.of(`${what}: ${meaning} (${name})`, advice, 1);
}
