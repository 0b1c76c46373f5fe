/**
 * The port between `ring/` and whatever reaches the kernel: liburing, plain system calls, or the fake kernel of tests.
 * Errors come as −errno, as the kernel gives them; nothing here throws for what a kernel may answer.
 */
import { cqeShiftOf, ParamsWord, paramsWords, Setup, sqeShiftOf } from './abi.js';

/** Where things are in the mapped ring, as indices of 32-bit words. */
export interface RingLayout {
  readonly sqHead: number;
  readonly sqTail: number;
  readonly sqFlags: number;
  readonly sqArray: number;
  readonly cqHead: number;
  readonly cqTail: number;
  readonly cqes: number;
}

/** The memory that is shared with the kernel. */
export interface RingViews {
  /** SQ and CQ rings, one mapping (IORING_FEAT_SINGLE_MMAP, 5.4). */
  readonly words: Int32Array;
  readonly sqes: Int32Array;
  readonly layout: RingLayout;
  /** Powers of two. */
  readonly sqEntries: number;
  readonly cqEntries: number;
}

/**
 * io_uring_enter(2). Returns how many entries were consumed, or −errno. With GETEVENTS the flags must hold EXT_ARG too:
 * the wait is then bounded by the time given at setup.
 */
export type EnterFunction = (toSubmit: number, completionsMin: number, flags: number) => number;

export interface SetupRequest {
  readonly entries: number;
  /** Used with CQSIZE. */
  readonly cqEntries: number;
  /** `Setup` bits. */
  readonly flags: number;
  /** Used with SQ_AFF. */
  readonly sqThreadCpu: number;
  /** Descriptor of the ring whose threads are used as well; with ATTACH_WQ. */
  readonly attachTo?: number;
  /** Used with SQPOLL; 0 = the kernel's default of one second. */
  readonly sqThreadIdleMs: number;
  /** Bound of every wait. */
  readonly waitNsMax: number;
}

/** A ring of the kernel, mapped into this process. */
export interface MappedRing {
  readonly descriptor: number;
  /** As the kernel granted them. */
  readonly flags: number;
  readonly features: number;
  readonly views: RingViews;
  readonly enter: EnterFunction;
  /** What bounds each wait: struct timespec as words [seconds, 0, ns, 0]; may be changed between calls. */
  readonly waitLimit: Int32Array;
  /** io_uring_register(2): result or −errno. `argument` need only live during the call. */
  register(opcode: number, argument: ArrayBufferView | null, count: number): number;
  /** Enters by the registered index from now on (IORING_REGISTER_RING_FDS, 5.18); false where the kernel cannot. */
  registerRingDescriptor(): boolean;
  /** Unmaps and closes. No view may be touched afterwards: that would be a segmentation fault. Safe to call twice. */
  close(): void;
}

export interface RingBinding {
  /** For the result: `liburing 2.3` or `system calls`. */
  readonly name: string;
  /** The mapped ring, or −errno. */
  setup(request: SetupRequest): MappedRing | number;
}

/** io_uring_params as io_uring_setup(2) takes them. */
export function encodeParams(request: SetupRequest): Uint32Array {
  const params = new Uint32Array(paramsWords);
  params[ParamsWord.cqEntries] = request.cqEntries;
  params[ParamsWord.flags] = request.flags;
  params[ParamsWord.sqThreadCpu] = request.sqThreadCpu;
  params[ParamsWord.sqThreadIdle] = request.sqThreadIdleMs;
  params[ParamsWord.wqFd] = request.attachTo ?? 0;
  return params;
}

/** Bytes of the mapping that holds both rings: the larger of the two ends. */
export function ringBytes(params: Uint32Array): number {
  const flags = params[ParamsWord.flags]!;
  const sqEnd = (flags & Setup.NO_SQARRAY) !== 0 ? 0 : params[ParamsWord.sqArray]! + params[ParamsWord.sqEntries]! * 4;
  const cqEnd = params[ParamsWord.cqCqes]! + ((params[ParamsWord.cqEntries]! * 4) << cqeShiftOf(flags));
  return Math.max(sqEnd, cqEnd);
}

export function sqesBytes(params: Uint32Array): number {
  return (params[ParamsWord.sqEntries]! * 4) << sqeShiftOf(params[ParamsWord.flags]!);
}

/** Word indices from the byte offsets that the kernel filled in. */
export function layoutOf(params: Uint32Array): RingLayout {
  const word = (index: number) => params[index]! >>> 2;
  return {
    sqHead: word(ParamsWord.sqHead),
    sqTail: word(ParamsWord.sqTail),
    sqFlags: word(ParamsWord.sqFlags),
    sqArray: word(ParamsWord.sqArray),
    cqHead: word(ParamsWord.cqHead),
    cqTail: word(ParamsWord.cqTail),
    cqes: word(ParamsWord.cqCqes),
  };
}
