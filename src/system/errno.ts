/**
 * Error numbers of Linux (asm-generic/errno.h, the same on x86-64 and arm64): their names, what they mean when storage
 * gives them, and what to do. Where the block layer has a meaning of its own it is that of blk_status_t (block/blk-core.c).
 */

interface ErrnoDescription {
  /** `EIO`; `errno 530` when it has no name here. */
  readonly name: string;
  /** One clause, no full stop: what it means for storage. */
  readonly meaning: string;
  /** One clause, no full stop: what to do. */
  readonly advice: string;
}

type Row = readonly [number: number, name: string, meaning: string, advice: string];

const rows: readonly Row[] = [
  [1, 'EPERM', 'the operation is not permitted to this user', 'run as root, or choose a target that you own'],
  [2, 'ENOENT', 'there is no such file or directory', 'check the path'],
  [4, 'EINTR', 'a signal interrupted the call', 'run again; when it persists, find out who sends signals'],
  [
    5,
    'EIO',
    'the device failed to read or write',
    'look at dmesg and the health of the disk (smartctl, nvme smart-log)',
  ],
  [6, 'ENXIO', 'there is no device behind this node', 'check that the device is still there (lsblk)'],
  [9, 'EBADF', 'the file is not open for this', 'report it: iotest should not let this happen'],
  [11, 'EAGAIN', 'the request would have had to wait', 'lower iodepth, or leave nowait off'],
  [12, 'ENOMEM', 'the kernel is out of memory for this', 'lower iodepth, bs or numjobs, or free memory'],
  [13, 'EACCES', 'permission is denied', 'run as a user who may open it, or change its permissions (ls -l)'],
  [14, 'EFAULT', 'memory outside of the address space was named', 'report it: iotest should not let this happen'],
  [15, 'ENOTBLK', 'a block device is needed', 'name a block device'],
  [16, 'EBUSY', 'something else holds the device', 'unmount it, or see what uses it (lsblk, fuser -v)'],
  [17, 'EEXIST', 'the file exists already', 'remove it, or choose another name'],
  [
    19,
    'ENODEV',
    'the device went away, or does not support this',
    'check that the device is still there (lsblk, dmesg)',
  ],
  [20, 'ENOTDIR', 'a part of the path is not a directory', 'check the path'],
  [21, 'EISDIR', 'this is a directory', 'use directory= for directories, filename= for files'],
  [
    22,
    'EINVAL',
    'the kernel refuses these parameters',
    'with direct=1 make bs and offset multiples of the block size of the device (iotest probe TARGET)',
  ],
  [23, 'ENFILE', 'the system has too many open files', 'raise fs.file-max (sysctl)'],
  [24, 'EMFILE', 'this process has too many open files', 'raise the limit (ulimit -n), or lower nrfiles or numjobs'],
  [25, 'ENOTTY', 'the target does not know this command', 'trim only block devices that support discard'],
  [26, 'ETXTBSY', 'the file is a program that runs', 'choose another file'],
  [27, 'EFBIG', 'the file would be too large', 'lower size, or raise the limit (ulimit -f)'],
  [28, 'ENOSPC', 'no space is left', 'free space, or lower size'],
  [29, 'ESPIPE', 'the target cannot seek', 'name a regular file or a block device'],
  [30, 'EROFS', 'the file system or device is read-only', 'choose a writable target, or read only'],
  [32, 'EPIPE', 'the other end is closed', 'name a regular file or a block device'],
  [34, 'ERANGE', 'a number is out of range', 'check size and offset'],
  [36, 'ENAMETOOLONG', 'the path is too long', 'choose a shorter name'],
  [38, 'ENOSYS', 'this kernel has no such system call', 'use another engine, or a newer kernel'],
  [39, 'ENOTEMPTY', 'the directory is not empty', 'choose another directory'],
  [40, 'ELOOP', 'the symbolic links go round in circles', 'check the path'],
  [
    52,
    'EBADE',
    'another host holds a reservation on the device',
    'release the reservation (nvme resv-report, sg_persist)',
  ],
  [61, 'ENODATA', 'a medium error: these blocks cannot be read', 'look at dmesg; the disk loses data, replace it'],
  [62, 'ETIME', 'a timer ran out', 'run again; when it persists, look at dmesg'],
  [67, 'ENOLINK', 'the path to the device is lost', 'check cables, fabric and multipath'],
  [71, 'EPROTO', 'the device broke its protocol', 'look at dmesg'],
  [74, 'EBADMSG', 'the data failed its checksum', 'look at dmesg and check the file system'],
  [75, 'EOVERFLOW', 'a value is too large for its type', 'check size and offset'],
  [84, 'EILSEQ', 'the data is not what was written (integrity check)', 'do not trust this device; look at dmesg'],
  [87, 'EUSERS', 'a limit of the device is reached', 'lower iodepth or numjobs'],
  [88, 'ENOTSOCK', 'this is no socket', 'report it: iotest should not let this happen'],
  [90, 'EMSGSIZE', 'a request is too large', 'lower bs'],
  [93, 'EPROTONOSUPPORT', 'the protocol is not supported', 'use another engine or target'],
  [
    95,
    'EOPNOTSUPP',
    'the target does not support this operation',
    'leave off what asked for it: hipri needs a device with poll queues, trim one with discard',
  ],
  [98, 'EADDRINUSE', 'the address is in use', 'choose another port, or see what uses it (ss -lnp)'],
  [99, 'EADDRNOTAVAIL', 'this machine has no such address', 'check the address (ip address)'],
  [101, 'ENETUNREACH', 'there is no way to this network', 'check the address and the routes (ip route)'],
  [103, 'ECONNABORTED', 'the connection was given up', 'check the network and the server'],
  [104, 'ECONNRESET', 'the connection was reset', 'check the network and the server'],
  [105, 'ENOBUFS', 'no buffers are left', 'lower iodepth or bs'],
  [107, 'ENOTCONN', 'the server is not connected', 'check the network and the server'],
  [108, 'ESHUTDOWN', 'the device was shut down', 'check that the device is still there (lsblk, dmesg)'],
  [109, 'ETOOMANYREFS', 'too many zones are open', 'lower the number of zones written at once'],
  [110, 'ETIMEDOUT', 'the device did not answer in time', 'look at dmesg and the health of the disk'],
  [111, 'ECONNREFUSED', 'nobody listens there', 'start the receiving end first, and check hostname and port'],
  [112, 'EHOSTDOWN', 'the server is down', 'check the network and the server'],
  [113, 'EHOSTUNREACH', 'the server cannot be reached', 'check the network and the server'],
  [114, 'EALREADY', 'it is under way already', 'wait for it to end'],
  [115, 'EINPROGRESS', 'it is under way', 'wait for it to end'],
  [116, 'ESTALE', 'the server forgot this file', 'mount the file system again'],
  [117, 'EUCLEAN', 'the file system is damaged', 'check the file system (fsck)'],
  [121, 'EREMOTEIO', 'the storage target reported a failure', 'look at dmesg and at the storage target'],
  [122, 'EDQUOT', 'the quota is used up', 'free space of this user, or raise the quota'],
  [123, 'ENOMEDIUM', 'no medium is in the drive', 'put one in'],
  [124, 'EMEDIUMTYPE', 'the medium is of the wrong type', 'put in another medium'],
  [125, 'ECANCELED', 'the request was cancelled', 'run again'],
  [133, 'EHWPOISON', 'a page of memory is broken', 'replace the memory; look at dmesg'],
];

const byNumber = new Map(rows.map((row) => [row[0], row]));
const numberByName = new Map(rows.map(([number, name]) => [name, number]));

/** Numbers by name: `Errno.EAGAIN`; only those that code here has to tell apart. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ENOSPC: 28,
  EPIPE: 32,
  ENOSYS: 38,
  ETIME: 62,
  EILSEQ: 84,
  EMSGSIZE: 90,
  EOPNOTSUPP: 95,
  ECONNRESET: 104,
  ENOBUFS: 105,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EDQUOT: 122,
  ECANCELED: 125,
} as const;

/** `EIO` for 5 or −5. */
export function errnoName(number: number): string {
  return byNumber.get(Math.abs(number))?.[1] ?? `errno ${Math.abs(number)}`;
}

/** 5 for `EIO`; null when there is no such name here. */
export function errnoNumber(name: string): number | null {
  return numberByName.get(name) ?? null;
}

/** Takes the number with either sign, as errno and as a result of the kernel. */
export function describeErrno(number: number): ErrnoDescription {
  const row = byNumber.get(Math.abs(number));
  if (row === undefined) {
    return {
      name: errnoName(number),
      meaning: 'an error that storage seldom gives',
      advice: 'look at dmesg, and at errno(3)',
    };
  }
  return { name: row[1], meaning: row[2], advice: row[3] };
}

/** The number of an error that `node:fs` threw; null for anything else. */
export function errnoOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errno' in error)) return null;
  return typeof error.errno === 'number' ? Math.abs(error.errno) : null;
}
