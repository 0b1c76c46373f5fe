/** A ring that is set up and mapped, in whatever way: what both bindings give. */
import { viewMemory } from '../system/libc.js';
import { Enter, ParamsWord, Register, waitArgumentBytes } from './abi.js';
import { type MappedRing, type RingLayout, type SetupRequest, sqesBytes } from './port.js';
import { createWaitArgument } from './wait-argument.js';

/** Raw io_uring_enter: what liburing's io_uring_enter2 does, result −errno on failure. */
export type RawEnter = (
  descriptor: number,
  toSubmit: number,
  completionsMin: number,
  flags: number,
  argumentAddress: number,
  argumentBytes: number,
) => number;

/** io_uring_register(2): result or −errno. */
export type RawRegister = (
  descriptor: number,
  opcode: number,
  argument: ArrayBufferView | null,
  count: number,
) => number;

interface Mapping {
  readonly descriptor: number;
  /** As the kernel has filled them. */
  readonly params: Uint32Array;
  readonly layout: RingLayout;
  readonly rings: { readonly address: number; readonly bytes: number };
  readonly sqesAddress: number;
  readonly enter: RawEnter;
  readonly register: RawRegister;
  /** Unmaps, and closes the descriptor. */
  unmap(): void;
}

/**
 * The addresses that `enter` needs live in constants of this closure: as numbers they are boxed once, here, and never per
 * call.
 */
export function createMappedRing({ waitNsMax }: SetupRequest, mapping: Mapping): MappedRing {
  const { descriptor, params, layout, rings, sqesAddress, enter: rawEnter } = mapping;
  const register: MappedRing['register'] = (opcode, argument, count) =>
    mapping.register(descriptor, opcode, argument, count);
  const waitArgument = createWaitArgument(waitNsMax);
  const argumentAddress = waitArgument.memory.address;
  let enterDescriptor = descriptor;
  let enterFlags = 0;
  let open = true;
  // struct io_uring_rsrc_update { u32 offset, u32 resv, u64 data }: offset -1 lets the kernel choose, and tells it back.
  const ringUpdate = new Uint32Array([0xffffffff, 0, descriptor, 0]);
  return {
    descriptor,
    flags: params[ParamsWord.flags]!,
    features: params[ParamsWord.features]!,
    views: {
      words: new Int32Array(viewMemory(rings.address, rings.bytes)),
      sqes: new Int32Array(viewMemory(sqesAddress, sqesBytes(params))),
      layout,
      sqEntries: params[ParamsWord.sqEntries]!,
      cqEntries: params[ParamsWord.cqEntries]!,
    },
    enter: (toSubmit, completionsMin, flags) =>
      rawEnter(enterDescriptor, toSubmit, completionsMin, flags | enterFlags, argumentAddress, waitArgumentBytes),
    waitLimit: waitArgument.limit,
    register,
    registerRingDescriptor() {
      if (enterFlags !== 0) return true;
      if (register(Register.RING_FDS, ringUpdate, 1) !== 1) return false;
      enterDescriptor = ringUpdate[0]!;
      enterFlags = Enter.REGISTERED_RING;
      return true;
    },
    close() {
      if (!open) return;
      open = false;
      if (enterFlags !== 0) register(Register.UNREGISTER_RING_FDS, new Uint32Array([enterDescriptor, 0, 0, 0]), 1);
      enterDescriptor = -1;
      enterFlags = 0;
      waitArgument.memory.free();
      mapping.unmap();
    },
  };
}
