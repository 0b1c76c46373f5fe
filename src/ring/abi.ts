/**
 * The kernel's binary interface of io_uring: numbers, names and word offsets, nothing that runs.
 * Source: include/uapi/linux/io_uring.h (stable ABI), io_uring_setup(2), io_uring_enter(2), io_uring_register(2).
 * All memory is seen as 32-bit words (Int32Array): `…Word` is an index into such a view, `…Byte` a byte offset.
 */

/** The same numbers on every architecture that Node runs on under Linux. */
export const SystemCall = { setup: 425, enter: 426, register: 427 } as const;

// ---------------------------------------------------------------------------------------------------- operations

/** sqe->opcode of what we submit; `operations` lists them all. */
export const Op = {
  nop: 0,
  readv: 1,
  writev: 2,
  fsync: 3,
  readFixed: 4,
  writeFixed: 5,
  syncFileRange: 8,
  accept: 13,
  connect: 16,
  fallocate: 17,
  openat: 18,
  close: 19,
  statx: 21,
  read: 22,
  write: 23,
  send: 26,
  recv: 27,
  renameat: 35,
  unlinkat: 36,
  mkdirat: 37,
  uringCommand: 46,
  sendZeroCopy: 47,
} as const;

/** Every operation in the order of its number, with the kernel that brought it; `IORING_OP_` left off. */
export const operations: readonly (readonly [name: string, since: string])[] = [
  ['NOP', '5.1'],
  ['READV', '5.1'],
  ['WRITEV', '5.1'],
  ['FSYNC', '5.1'],
  ['READ_FIXED', '5.1'],
  ['WRITE_FIXED', '5.1'],
  ['POLL_ADD', '5.1'],
  ['POLL_REMOVE', '5.1'],
  ['SYNC_FILE_RANGE', '5.2'],
  ['SENDMSG', '5.3'],
  ['RECVMSG', '5.3'],
  ['TIMEOUT', '5.4'],
  ['TIMEOUT_REMOVE', '5.5'],
  ['ACCEPT', '5.5'],
  ['ASYNC_CANCEL', '5.5'],
  ['LINK_TIMEOUT', '5.5'],
  ['CONNECT', '5.5'],
  ['FALLOCATE', '5.6'],
  ['OPENAT', '5.6'],
  ['CLOSE', '5.6'],
  ['FILES_UPDATE', '5.6'],
  ['STATX', '5.6'],
  ['READ', '5.6'],
  ['WRITE', '5.6'],
  ['FADVISE', '5.6'],
  ['MADVISE', '5.6'],
  ['SEND', '5.6'],
  ['RECV', '5.6'],
  ['OPENAT2', '5.6'],
  ['EPOLL_CTL', '5.6'],
  ['SPLICE', '5.7'],
  ['PROVIDE_BUFFERS', '5.7'],
  ['REMOVE_BUFFERS', '5.7'],
  ['TEE', '5.8'],
  ['SHUTDOWN', '5.11'],
  ['RENAMEAT', '5.11'],
  ['UNLINKAT', '5.11'],
  ['MKDIRAT', '5.15'],
  ['SYMLINKAT', '5.15'],
  ['LINKAT', '5.15'],
  ['MSG_RING', '5.18'],
  ['FSETXATTR', '5.19'],
  ['SETXATTR', '5.19'],
  ['FGETXATTR', '5.19'],
  ['GETXATTR', '5.19'],
  ['SOCKET', '5.19'],
  ['URING_CMD', '5.19'],
  ['SEND_ZC', '6.0'],
  ['SENDMSG_ZC', '6.1'],
  ['READ_MULTISHOT', '6.7'],
  ['WAITID', '6.7'],
  ['FUTEX_WAIT', '6.7'],
  ['FUTEX_WAKE', '6.7'],
  ['FUTEX_WAITV', '6.7'],
  ['FIXED_FD_INSTALL', '6.8'],
  ['FTRUNCATE', '6.9'],
  ['BIND', '6.11'],
  ['LISTEN', '6.11'],
  ['RECV_ZC', '6.15'],
  ['EPOLL_WAIT', '6.15'],
  ['READV_FIXED', '6.15'],
  ['WRITEV_FIXED', '6.15'],
  ['PIPE', '6.16'],
  ['NOP128', '6.19'],
  ['URING_CMD128', '6.19'],
];

// ----------------------------------------------------------------------------------------------------- setup flags

/** io_uring_params.flags. */
export const Setup = {
  IOPOLL: 1 << 0,
  SQPOLL: 1 << 1,
  SQ_AFF: 1 << 2,
  CQSIZE: 1 << 3,
  CLAMP: 1 << 4,
  ATTACH_WQ: 1 << 5,
  R_DISABLED: 1 << 6,
  SUBMIT_ALL: 1 << 7,
  COOP_TASKRUN: 1 << 8,
  TASKRUN_FLAG: 1 << 9,
  SQE128: 1 << 10,
  CQE32: 1 << 11,
  SINGLE_ISSUER: 1 << 12,
  DEFER_TASKRUN: 1 << 13,
  NO_MMAP: 1 << 14,
  REGISTERED_FD_ONLY: 1 << 15,
  NO_SQARRAY: 1 << 16,
  HYBRID_IOPOLL: 1 << 17,
  CQE_MIXED: 1 << 18,
  SQE_MIXED: 1 << 19,
  SQ_REWIND: 1 << 20,
} as const;
export type SetupFlag = keyof typeof Setup;

/** The kernel that brought each flag, and the flags it is refused without. */
export const setupFlagFacts: Readonly<
  Record<SetupFlag, { readonly since: string; readonly needs: readonly SetupFlag[] }>
> = {
  IOPOLL: { since: '5.1', needs: [] },
  SQPOLL: { since: '5.1', needs: [] },
  SQ_AFF: { since: '5.1', needs: ['SQPOLL'] },
  CQSIZE: { since: '5.5', needs: [] },
  CLAMP: { since: '5.6', needs: [] },
  ATTACH_WQ: { since: '5.6', needs: [] },
  R_DISABLED: { since: '5.10', needs: [] },
  SUBMIT_ALL: { since: '5.18', needs: [] },
  COOP_TASKRUN: { since: '5.19', needs: [] },
  TASKRUN_FLAG: { since: '5.19', needs: ['COOP_TASKRUN'] },
  SQE128: { since: '5.19', needs: [] },
  CQE32: { since: '5.19', needs: [] },
  SINGLE_ISSUER: { since: '6.0', needs: [] },
  DEFER_TASKRUN: { since: '6.1', needs: ['SINGLE_ISSUER'] },
  NO_MMAP: { since: '6.5', needs: [] },
  REGISTERED_FD_ONLY: { since: '6.5', needs: ['NO_MMAP'] },
  NO_SQARRAY: { since: '6.6', needs: [] },
  HYBRID_IOPOLL: { since: '6.13', needs: ['IOPOLL'] },
  CQE_MIXED: { since: '6.18', needs: [] },
  SQE_MIXED: { since: '6.19', needs: [] },
  SQ_REWIND: { since: '7.0', needs: ['NO_SQARRAY'] },
};

// -------------------------------------------------------------------------------------------------------- features

/** io_uring_params.features. */
export const Feature = {
  SINGLE_MMAP: 1 << 0,
  NODROP: 1 << 1,
  SUBMIT_STABLE: 1 << 2,
  RW_CUR_POS: 1 << 3,
  CUR_PERSONALITY: 1 << 4,
  FAST_POLL: 1 << 5,
  POLL_32BITS: 1 << 6,
  SQPOLL_NONFIXED: 1 << 7,
  EXT_ARG: 1 << 8,
  NATIVE_WORKERS: 1 << 9,
  RSRC_TAGS: 1 << 10,
  CQE_SKIP: 1 << 11,
  LINKED_FILE: 1 << 12,
  REG_REG_RING: 1 << 13,
  RECVSEND_BUNDLE: 1 << 14,
  MIN_TIMEOUT: 1 << 15,
  RW_ATTR: 1 << 16,
  NO_IOWAIT: 1 << 17,
} as const;

/** Names of the bits set in `value`; bits without a name appear as `bit 21`. */
export function flagNames(table: Readonly<Record<string, number>>, value: number): string[] {
  const names = Object.keys(table).filter((name) => (value & table[name]!) !== 0);
  const named = Object.values(table).reduce((sum, bit) => sum | bit, 0);
  for (let bit = 0; bit < 32; bit++) if (((value & ~named) >>> bit) & 1) names.push(`bit ${bit}`);
  return names;
}

// ------------------------------------------------------------------------------------------------- other constants

/** io_uring_enter(2) flags. */
export const Enter = {
  GETEVENTS: 1 << 0,
  SQ_WAKEUP: 1 << 1,
  SQ_WAIT: 1 << 2,
  EXT_ARG: 1 << 3,
  REGISTERED_RING: 1 << 4,
} as const;

/** The SQ ring's flags word, written by the kernel. */
export const SqFlag = { NEED_WAKEUP: 1 << 0, CQ_OVERFLOW: 1 << 1, TASKRUN: 1 << 2 } as const;

/** io_uring_register(2) operations that we use. */
export const Register = {
  BUFFERS: 0,
  FILES: 2,
  PROBE: 8,
  FILES2: 13,
  BUFFERS2: 15,
  IOWQ_AFF: 17,
  IOWQ_MAX_WORKERS: 19,
  RING_FDS: 20,
  UNREGISTER_RING_FDS: 21,
  PBUF_RING: 22,
  SYNC_CANCEL: 24,
} as const;

/** sqe->flags. */
export const SqeFlag = {
  FIXED_FILE: 1 << 0,
  IO_DRAIN: 1 << 1,
  IO_LINK: 1 << 2,
  IO_HARDLINK: 1 << 3,
  ASYNC: 1 << 4,
  BUFFER_SELECT: 1 << 5,
  CQE_SKIP_SUCCESS: 1 << 6,
} as const;

/** cqe->flags; with BUFFER the upper 16 bits say which one. */
export const CqeFlag = { BUFFER: 1 << 0, MORE: 1 << 1, NOTIF: 1 << 3 } as const;
export const cqeBufferShift = 16;

/** Of a receive, in sqe->ioprio: one request for everything that comes (6.0). */
export const receiveMultishot = 1 << 1;

/** sqe->fsync_flags. */
export const fsyncDataSync = 1;

/** BLOCK_URING_CMD_DISCARD (6.12): sqe->addr is the start, sqe->addr3 the length, sqe->len stays 0. */
export const blockCommandDiscard = 0x1200;

/** Flags of asynchronous and synchronous cancel (5.19). */
export const Cancel = { ALL: 1 << 0, ANY: 1 << 2 } as const;

/** Magic file offsets of mmap(2) on the ring's descriptor. */
export const MapOffset = { rings: 0, sqes: 0x10000000 } as const;

/** io_uring refuses more submission entries (IORING_MAX_ENTRIES). */
export const entriesMax = 32768;

/** A registered buffer may not be larger (io_uring_register(2)). */
export const fixedBufferBytesMax = 2 ** 30;

// --------------------------------------------------------------------------------------------------------- layouts

/** struct io_uring_params in words. */
export const ParamsWord = {
  sqEntries: 0,
  cqEntries: 1,
  flags: 2,
  sqThreadCpu: 3,
  sqThreadIdle: 4,
  features: 5,
  wqFd: 6,
  sqHead: 10,
  sqTail: 11,
  sqRingMask: 12,
  sqRingEntries: 13,
  sqFlags: 14,
  sqDropped: 15,
  sqArray: 16,
  cqHead: 20,
  cqTail: 21,
  cqRingMask: 22,
  cqRingEntries: 23,
  cqOverflow: 24,
  cqCqes: 25,
  cqFlags: 26,
} as const;
export const paramsWords = 30;

/** struct io_uring_sqe in words; 64 bytes. The first word holds opcode, flags and ioprio (8, 8 and 16 bits). */
export const SqeWord = {
  opcodeFlags: 0,
  fd: 1,
  offsetLow: 2,
  offsetHigh: 3,
  addressLow: 4,
  addressHigh: 5,
  length: 6,
  opFlags: 7,
  userDataLow: 8,
  userDataHigh: 9,
  /** buf_index in the lower 16 bits. */
  bufferIndex: 10,
  /** buf_group, in the same place. */
  bufferGroup: 10,
  /** file_index: an entry of the ring's own table of files, counted from 1. */
  fileIndex: 11,
  /** addr3. */
  address3Low: 12,
  address3High: 13,
} as const;
export const sqeWords = 16;
/** slot << sqeShift = the slot's first word. */
export const sqeShift = 4;

/** struct io_uring_cqe in words; 16 bytes. */
export const CqeWord = { userDataLow: 0, userDataHigh: 1, result: 2, flags: 3 } as const;
export const cqeWords = 4;
export const cqeShift = 2;

/** index << shift = the first word of an SQE, which SQE128 makes twice as long. */
export function sqeShiftOf(setupFlags: number): number {
  return (setupFlags & Setup.SQE128) === 0 ? sqeShift : sqeShift + 1;
}

/** The same for CQEs, and CQE32. */
export function cqeShiftOf(setupFlags: number): number {
  return (setupFlags & Setup.CQE32) === 0 ? cqeShift : cqeShift + 1;
}

/** struct io_uring_getevents_arg, followed by the timespec it points to, in words. */
export const waitArgumentBytes = 24;

/** struct iovec in words (64-bit). */
export const iovecWords = 4;
