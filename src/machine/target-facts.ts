/** What can be known of a file or device without touching its data. `inspectTarget` (target.ts) gives it; plans read it. */

export interface QueueFacts {
  /** Kernel name of the whole disk: `vda`, also for a partition of it. */
  readonly disk: string;
  readonly logicalBlockBytes: number;
  readonly physicalBlockBytes: number;
  /** queue/io_poll: the device can complete by polling. */
  readonly polls: boolean;
  readonly requestsMax: number;
  readonly scheduler: string | null;
  readonly rotational: boolean;
  readonly writeCache: string | null;
  readonly discardBytesMax: number;
  readonly model: string | null;
  readonly driver: string | null;
}

/** Of a zoned block device (Linux: Documentation/block, queue/zoned). */
export interface ZonedFacts {
  /** As the kernel calls it: `host-managed` must be written at write pointers, `host-aware` should be. */
  readonly model: string;
  readonly zoneBytes: number;
  /** How many zones may be open at once; 0 = no limit, or none that is known. */
  readonly openMax: number;
  /** Closed ones included, 0 likewise. */
  readonly activeMax: number;
  /** Parts without write pointers; empty where nobody may ask. */
  readonly conventional: readonly { readonly startBytes: number; readonly endBytes: number }[];
  /** Writes to one zone reach the device in the order in which they were begun (mq-deadline, or Linux 6.10). */
  readonly ordersWrites: boolean;
}

/** Something that holds a device: a mount, swap, dm, md, a partition of it that is in use. */
export interface DeviceUse {
  /** The node that is in use: `/dev/vda1`. */
  readonly device: string;
  /** `mounted at /home`, `swap`, `held by dm-0`. */
  readonly by: string;
}

/** Of the namespace behind a character device. */
export interface NvmeCommandFacts {
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

export interface TargetFacts {
  /** As given. */
  readonly path: string;
  /** Symbolic links resolved; the directory's when the file is missing. */
  readonly realPath: string;
  readonly kind: 'file' | 'block' | 'missing' | 'directory' | 'other';
  readonly sizeBytes: number;
  /** Bytes really allocated (files), to see sparse ones. */
  readonly allocatedBytes: number;
  /** What O_DIRECT needs here (statx DIOALIGN, else the logical block size); null: O_DIRECT is refused here. */
  readonly directAlignBytes: number | null;
  /** Sizes of atomic writes (statx(2) STATX_WRITE_ATOMIC, Linux 6.11); null where there are none, or nobody knows. */
  readonly atomicWrite?: { readonly unitBytesMin: number; readonly unitBytesMax: number } | null;
  readonly readOnly: boolean;
  /** File system of files (`ext4`, `tmpfs`), with its mount point and options; null for devices. */
  readonly fileSystem: {
    readonly type: string;
    readonly mountPoint: string;
    readonly options: string;
    /** null when the file system does not say. */
    readonly freeBytes: number | null;
  } | null;
  /** The disk's queue: of the device itself, or of the disk below the file system; null when there is none (tmpfs). */
  readonly queue: QueueFacts | null;
  /** Absent of all that is no zoned block device. */
  readonly zoned?: ZonedFacts;
  /** A character device that takes NVMe commands (/dev/ng0n1), `kind` block; null or absent for all else. */
  readonly commands?: NvmeCommandFacts | null;
  /** Of regular files. */
  readonly file?: { readonly mark: OwnMark; readonly changedEpochMs: number; readonly linkCount: number } | null;
  /** null or absent where nothing is there. */
  readonly identity?: TargetIdentity | null;
  /** Empty when nothing holds the device. Always empty for files. */
  readonly uses: readonly DeviceUse[];
}
