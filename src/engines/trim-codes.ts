/** What trims ask of the kernel: of block devices by ioctl(2) (linux/fs.h), of regular files by fallocate(2). */

/** _IO(0x12, 119): discards { start, length } of a block device. */
export const BLKDISCARD = 0x1277;

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;

/** Flags of fallocate(2) that take space out of a file and leave its size. */
export const holeInFile = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE;
