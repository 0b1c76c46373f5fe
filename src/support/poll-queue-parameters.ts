/** Which drivers can complete by polling, and how they are told to. */

/** The module's parameter, by the driver's name in sysfs. Source: the drivers' module_param in Linux 6.12. */
const parameters: Readonly<Record<string, { readonly module: string; readonly parameter: string }>> = {
  nvme: { module: 'nvme', parameter: 'poll_queues' },
  virtio_blk: { module: 'virtio_blk', parameter: 'poll_queues' },
  null_blk: { module: 'null_blk', parameter: 'poll_queues' },
  // Devices without hardware have the driver that their name tells.
  nullb: { module: 'null_blk', parameter: 'poll_queues' },
  scsi_debug: { module: 'scsi_debug', parameter: 'poll_queues' },
  megaraid_sas: { module: 'megaraid_sas', parameter: 'poll_queues' },
  mpt3sas: { module: 'mpt3sas', parameter: 'poll_queues' },
  mpi3mr: { module: 'mpi3mr', parameter: 'poll_queues' },
};

/** Null where no way is known. */
export function pollQueueParameter(
  driver: string | null,
): { readonly module: string; readonly parameter: string } | null {
  return driver === null ? null : (parameters[driver] ?? null);
}

/** What to do so that a disk of this driver has poll queues; null where no way is known. */
export function pollQueueAdvice(driver: string | null): string | null {
  const known = pollQueueParameter(driver);
  if (known === null) return null;
  const { module, parameter } = known;
  return `load ${module} with ${parameter}=2 (modprobe ${module} ${parameter}=2, or ${module}.${parameter}=2 on the kernel's command line where it is built in)`;
}
