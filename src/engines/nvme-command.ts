/**
 * NVMe commands in the second half of a long SQE (SQE128): struct nvme_uring_cmd of linux/nvme_ioctl.h, which takes the
 * SQE's bytes from 48 on. Opcodes and dwords: NVM Express NVM Command Set Specification, chapter 3.
 */

/** _IOWR('N', 0x80, struct nvme_uring_cmd): one command with one buffer. */
export const nvmeUringCommandIo = 0xc0484e80 | 0;
/** IORING_URING_CMD_FIXED: the buffer is a registered one. */
export const commandFixedBuffer = 1;

export const NvmeOpcode = { flush: 0x00, write: 0x01, read: 0x02, datasetManagement: 0x09 } as const;

/** Words of the SQE from its begin. */
export const CommandWord = {
  opcode: 12,
  namespaceId: 13,
  addressLow: 18,
  addressHigh: 19,
  dataBytes: 21,
  /** Start in logical blocks of reads and writes; of dataset management the number of ranges less one. */
  dword10: 22,
  dword11: 23,
  /** Logical blocks less one. */
  dword12: 24,
} as const;

/** Dword 11 of dataset management: deallocate. */
export const deallocate = 1 << 2;

/** A range of dataset management: attributes, logical blocks, start (64 bits). */
export const rangeWords = 4;
