/** Taking back what is in flight. */
import { Cancel, Register } from './abi.js';
import type { MappedRing } from './port.js';

/**
 * Asks the kernel to cancel all that is in flight (IORING_REGISTER_SYNC_CANCEL, 6.0). Older kernels answer EINVAL, and
 * what the device already has cannot be taken back: in both cases the requests complete by themselves.
 * struct io_uring_sync_cancel_reg: { u64 addr, s32 fd, u32 flags, timespec timeout = 0 (do not wait), 32 bytes 0 }.
 */
export function cancelEverything(mapped: Pick<MappedRing, 'register'>): void {
  const argument = new Int32Array(16);
  argument[2] = -1;
  argument[3] = Cancel.ALL | Cancel.ANY;
  mapped.register(Register.SYNC_CANCEL, argument, 1);
}
