/** Numbers of the system calls that rows make (asm/unistd_64.h; asm-generic/unistd.h for arm64). */

const x64 = {
  read: 0,
  write: 1,
  lseek: 8,
  ioctl: 16,
  pread64: 17,
  pwrite64: 18,
  readv: 19,
  writev: 20,
  fsync: 74,
  fdatasync: 75,
  sync_file_range: 277,
  fallocate: 285,
  preadv: 295,
  pwritev: 296,
  preadv2: 327,
  pwritev2: 328,
} as const;

type CallName = keyof typeof x64;

const arm64: Readonly<Record<CallName, number>> = {
  read: 63,
  write: 64,
  lseek: 62,
  ioctl: 29,
  pread64: 67,
  pwrite64: 68,
  readv: 65,
  writev: 66,
  fsync: 82,
  fdatasync: 83,
  sync_file_range: 84,
  fallocate: 47,
  preadv: 69,
  pwritev: 70,
  preadv2: 286,
  pwritev2: 287,
};

export const callNumbers: Readonly<Record<CallName, number>> = process.arch === 'arm64' ? arm64 : x64;
