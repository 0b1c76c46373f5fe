/** What can be known of a file or device without touching its data. `inspectTarget` (target.ts) gives it; plans read it. */

import type { Described, Zod } from '../support/described.js';

/** Of a zoned block device (Linux: Documentation/block, queue/zoned). */
const zonedFacts = (z: Zod) => {
  const amount = z.number().nonnegative();
  return z.object({
    /** As the kernel calls it: `host-managed` must be written at write pointers, `host-aware` should be. */
    model: z.string(),
    zoneBytes: amount,
    /** How many zones may be open at once; 0 = no limit, or none that is known. */
    openMax: amount,
    /** Closed ones included, 0 likewise. */
    activeMax: amount,
    /** Parts without write pointers; empty where nobody may ask. */
    conventional: z.array(z.object({ startBytes: amount, endBytes: amount })),
    /** Writes to one zone reach the device in the order in which they were begun (mq-deadline, or Linux 6.10). */
    ordersWrites: z.boolean(),
  });
};

export type ZonedFacts = Described<typeof zonedFacts>;

/** Of a disk's queue. */
const queueFacts = (z: Zod) => {
  const amount = z.number().nonnegative();
  return z.object({
    /** Kernel name of the whole disk: `vda`, also for a partition of it. */
    disk: z.string(),
    logicalBlockBytes: amount,
    physicalBlockBytes: amount,
    /** queue/io_poll: the device can complete by polling. */
    polls: z.boolean(),
    requestsMax: amount,
    scheduler: z.string().nullable(),
    rotational: z.boolean(),
    writeCache: z.string().nullable(),
    discardBytesMax: amount,
    model: z.string().nullable(),
    driver: z.string().nullable(),
  });
};

export type QueueFacts = Described<typeof queueFacts>;

/** What results say of a target. */
export const recordedTarget = (z: Zod) => {
  const amount = z.number().nonnegative();
  return z.object({
    /** As given. */
    path: z.string(),
    /** Symbolic links resolved; the directory's when the file is missing. */
    realPath: z.string(),
    kind: z.enum(['file', 'block', 'missing', 'directory', 'other']),
    sizeBytes: amount,
    /** Bytes really allocated (files), to see sparse ones. */
    allocatedBytes: amount,
    /** What O_DIRECT needs here (statx DIOALIGN, else the logical block size); null: O_DIRECT is refused here. */
    directAlignBytes: z.number().nullable(),
    readOnly: z.boolean(),
    /** File system of files (`ext4`, `tmpfs`), with its mount point and options; null for devices. */
    fileSystem: z
      .object({
        type: z.string(),
        mountPoint: z.string(),
        options: z.string(),
        /** null when the file system does not say. */
        freeBytes: amount.nullable(),
      })
      .nullable(),
    /** The disk's queue: of the device itself, or of the disk below the file system; null when there is none (tmpfs). */
    queue: queueFacts(z).nullable(),
    /** Absent of all that is no zoned block device. */
    zoned: zonedFacts(z).optional(),
    /**
     * What holds a device: a mount, swap, dm, md, a partition of it that is in use. `device` is the node that is in use,
     * `by` says how: `mounted at /home`, `swap`, `held by dm-0`. Empty when nothing does. Always empty for files.
     */
    uses: z.array(z.object({ device: z.string(), by: z.string() })),
  });
};

type RecordedTarget = Described<typeof recordedTarget>;
export type DeviceUse = RecordedTarget['uses'][number];

/** Of the namespace behind a character device. */
interface NvmeCommandFacts {
  /** Node of its block device: `/dev/nvme0n1`. */
  readonly blockDevice: string;
  readonly namespaceId: number;
  readonly blockBytes: number;
  readonly metadataBytes: number;
  readonly transferBytesMax: number;
}

/** What tells a target from all others, whatever its name (target-identity.ts). */
export interface TargetIdentity {
  readonly type: 'file' | 'block' | 'character' | 'directory' | 'link' | 'other';
  /** `major:minor` of a device node; of a file, that of its file system and the inode number. */
  readonly number: string;
  /** Tells two that have the number one after the other; null where that cannot be known. */
  readonly instance: string | null;
}

/**
 * Whether iotest has made a file (own-files.ts): `own`; `changed` when something else has written to it since; `none` when
 * it bears no mark.
 */
export type OwnMark = 'own' | 'changed' | 'none';

export interface TargetFacts extends RecordedTarget {
  /** Sizes of atomic writes (statx(2) STATX_WRITE_ATOMIC, Linux 6.11); null where there are none, or nobody knows. */
  readonly atomicWrite?: { readonly unitBytesMin: number; readonly unitBytesMax: number } | null;
  /** A character device that takes NVMe commands (/dev/ng0n1), `kind` block; null or absent for all else. */
  readonly commands?: NvmeCommandFacts | null;
  /** Of regular files. */
  readonly file?: { readonly mark: OwnMark; readonly changedEpochMs: number; readonly linkCount: number } | null;
  /** null or absent where nothing is there. */
  readonly identity?: TargetIdentity | null;
}
