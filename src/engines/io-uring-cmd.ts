/**
 * The io_uring_cmd engine: NVMe commands straight to the driver (IORING_OP_URING_CMD on /dev/ng0n1), past the block layer.
 * Reads and writes; syncs are flushes, and trims deallocate (dataset management). A command is done as a whole or fails.
 */
import { fstatSync } from 'node:fs';
import { Operation } from '../job/operation.js';
import { nvmeNamespace } from '../machine/nvme.js';
import { Op, SqeFlag, SqeWord } from '../ring/abi.js';
import { cancelEverything } from '../ring/cancel.js';
import type { Ring } from '../ring/ring.js';
import type { FixedBuffers, OpenedRing } from '../ring/setup.js';
import { highWord, lowWord } from '../ring/words.js';
import type { EngineFacts, EngineSetting } from '../stats/engine-facts.js';
import { UserError } from '../support/errors.js';
import { Errno } from '../system/errno.js';
import { type MappedMemory, mapMemory } from '../system/memory.js';
import type { Buffers, Engine, EngineSetup } from './engine.js';
import {
  CommandWord,
  commandFixedBuffer,
  deallocate,
  NvmeOpcode,
  nvmeUringCommandIo,
  rangeWords,
} from './nvme-command.js';
import type { Requests } from './requests.js';
import { fixedBuffersOf, fixesFiles, onRing, ringCounts, ringFacts, ringRequest, settleRing } from './ring-settings.js';

/** Namespaces by file, in columns. */
interface Namespaces {
  /** What goes into sqe->fd. */
  readonly sqeFile: Int32Array;
  readonly namespaceId: Int32Array;
  readonly blocksPerByte: Float64Array;
}

interface Parts {
  /** Frees ring and memory once the engine has dropped its views. */
  release(): void;
  readonly opened: OpenedRing;
  readonly depth: number;
  readonly requests: Requests;
  readonly buffers: Buffers;
  readonly namespaces: Namespaces;
  readonly fixedBuffers: FixedBuffers | null;
  /** opcode and flags of all SQEs; a no-operation in a rehearsal. */
  readonly opcodeFlags: number;
  /** Ranges of trims, `rangeWords` per slot. */
  readonly ranges: MappedMemory;
  readonly facts: Omit<EngineFacts, 'enterCount' | 'retryCount' | 'wakeupCount' | 'overflowCount'>;
}

class PassthroughEngine implements Engine {
  readonly completedSlot: Int32Array;
  readonly completedResult: Int32Array;
  readonly waitLimit: Int32Array;

  private readonly ring: Ring;
  private readonly operation: Int32Array;
  private readonly fileIndex: Int32Array;
  private readonly byteCount: Int32Array;
  private readonly offset: Float64Array;
  private readonly sqeFile: Int32Array;
  private readonly namespaceId: Int32Array;
  private readonly blocksPerByte: Float64Array;
  private readonly sqeShift: number;
  private sqes: Int32Array;
  private ranges: Int32Array;
  /** Slots whose SQE is not as prefilled. */
  private readonly disturbed: Uint8Array;
  /** Of the first command that the device refused; 0 = none. */
  private firstStatus: number;
  private closed: boolean;
  private readonly parts: Parts;

  constructor(parts: Parts) {
    const { opened, requests, depth, namespaces, ranges } = parts;
    const { ring } = opened;
    this.completedSlot = ring.completedSlot;
    this.completedResult = ring.completedResult;
    this.waitLimit = opened.mapped.waitLimit;
    this.ring = ring;
    this.operation = requests.operation;
    this.fileIndex = requests.fileIndex;
    this.byteCount = requests.byteCount;
    this.offset = requests.offset;
    this.sqeFile = namespaces.sqeFile;
    this.namespaceId = namespaces.namespaceId;
    this.blocksPerByte = namespaces.blocksPerByte;
    this.sqeShift = ring.sqeShift;
    this.sqes = ring.sqes;
    this.ranges = new Int32Array(ranges.view);
    this.disturbed = new Uint8Array(depth);
    this.firstStatus = 0;
    this.closed = false;
    this.parts = parts;
    for (let slot = 0; slot < depth; slot++) this.prefill(slot);
  }

  queue(slot: number): void {
    const operation = this.operation[slot]!;
    if (operation > Operation.write) {
      this.queueWithoutData(slot, operation);
      return;
    }
    const sqes = this.sqes;
    const sqe = slot << this.sqeShift;
    const file = this.fileIndex[slot]!;
    const block = this.offset[slot]! * this.blocksPerByte[file]!;
    const byteCount = this.byteCount[slot]!;
    sqes[sqe + SqeWord.fd] = this.sqeFile[file]!;
    sqes[sqe + CommandWord.opcode] = operation === Operation.read ? NvmeOpcode.read : NvmeOpcode.write;
    sqes[sqe + CommandWord.namespaceId] = this.namespaceId[file]!;
    sqes[sqe + CommandWord.dataBytes] = byteCount;
    sqes[sqe + CommandWord.dword10] = block | 0;
    sqes[sqe + CommandWord.dword11] = (block / 4294967296) | 0;
    sqes[sqe + CommandWord.dword12] = byteCount * this.blocksPerByte[file]! - 1;
    this.ring.queue(slot);
  }

  /** Never needed: a command does all or nothing. Asked for all the same, the whole is done again. */
  queueRest(slot: number, _doneBytes: number): void {
    this.queue(slot);
  }

  submit(): void {
    this.ring.submit();
  }

  submitAndReap(completionsMin: number): number {
    const count = this.ring.submitAndReap(completionsMin);
    const completedSlot = this.completedSlot;
    const completedResult = this.completedResult;
    for (let index = 0; index < count; index++) {
      const slot = completedSlot[index]!;
      const result = completedResult[index]!;
      if (result === 0) completedResult[index] = this.byteCount[slot]!;
      else if (result > 0) completedResult[index] = this.refused(result);
      if (this.disturbed[slot] !== 0) this.prefill(slot);
    }
    return count;
  }

  cancelAll(): void {
    if (!this.closed) cancelEverything(this.parts.opened.mapped);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    // A view of unmapped memory, once touched, kills the process: so none is left.
    this.sqes = new Int32Array(0);
    this.ranges = new Int32Array(0);
    this.parts.release();
  }

  describe(): EngineFacts {
    const { ring, parts, firstStatus } = this;
    const status: EngineSetting[] =
      firstStatus === 0 ? [] : [{ option: 'first NVMe status', value: `0x${firstStatus.toString(16)}` }];
    return {
      ...parts.facts,
      settings: [...(parts.facts.settings ?? []), ...status],
      ...ringCounts(ring),
    };
  }

  /** Writes what stays the same for all reads and writes of the slot. */
  private prefill(slot: number): void {
    const { buffers, fixedBuffers, opcodeFlags } = this.parts;
    const sqes = this.sqes;
    const sqe = slot << this.sqeShift;
    const address = buffers.address + slot * buffers.strideBytes;
    sqes.fill(0, sqe, sqe + (1 << this.sqeShift));
    sqes[sqe] = opcodeFlags;
    sqes[sqe + SqeWord.userDataLow] = slot;
    sqes[sqe + CommandWord.addressLow] = lowWord(address);
    sqes[sqe + CommandWord.addressHigh] = highWord(address);
    if ((opcodeFlags & 0xff) === Op.uringCommand) sqes[sqe + SqeWord.offsetLow] = nvmeUringCommandIo;
    if (fixedBuffers !== null) {
      if ((opcodeFlags & 0xff) === Op.uringCommand) sqes[sqe + SqeWord.opFlags] = commandFixedBuffer;
      sqes[sqe + SqeWord.bufferIndex] = Math.floor(slot / fixedBuffers.slotsPerBuffer);
    }
    this.disturbed[slot] = 0;
  }

  /** Flushes, and trims, whose range lies in memory of its own. */
  private queueWithoutData(slot: number, operation: number): void {
    const sqes = this.sqes;
    const sqe = slot << this.sqeShift;
    const file = this.fileIndex[slot]!;
    sqes.fill(0, sqe + SqeWord.opFlags, sqe + SqeWord.userDataLow);
    sqes.fill(0, sqe + CommandWord.opcode, sqe + (1 << this.sqeShift));
    sqes[sqe + SqeWord.bufferIndex] = 0;
    sqes[sqe + SqeWord.fd] = this.sqeFile[file]!;
    sqes[sqe + CommandWord.namespaceId] = this.namespaceId[file]!;
    sqes[sqe + CommandWord.opcode] = NvmeOpcode.flush;
    if (operation === Operation.trim) this.writeRange(slot, sqe, file);
    this.disturbed[slot] = 1;
    this.ring.queue(slot);
  }

  private writeRange(slot: number, sqe: number, file: number): void {
    const ranges = this.ranges;
    const sqes = this.sqes;
    const range = slot * rangeWords;
    const block = this.offset[slot]! * this.blocksPerByte[file]!;
    ranges[range] = 0;
    ranges[range + 1] = this.byteCount[slot]! * this.blocksPerByte[file]!;
    ranges[range + 2] = lowWord(block);
    ranges[range + 3] = highWord(block);
    const address = this.parts.ranges.address + range * 4;
    sqes[sqe + CommandWord.opcode] = NvmeOpcode.datasetManagement;
    sqes[sqe + CommandWord.addressLow] = lowWord(address);
    sqes[sqe + CommandWord.addressHigh] = highWord(address);
    sqes[sqe + CommandWord.dataBytes] = rangeWords * 4;
    sqes[sqe + CommandWord.dword11] = deallocate;
  }

  /** A status of the device is no errno; its number is in the facts. */
  private refused(status: number): number {
    if (this.firstStatus === 0) this.firstStatus = status;
    return -Errno.EIO;
  }
}

/** Opens the ring of one job on the calling thread. Throws `UserError` with what to do. */
export function openEngine(setup: EngineSetup): Engine {
  const { depth } = setup;
  return onRing({ ...ringRequest(setup), isWide: true }, (own) => {
    const { opened, fallbacks, memories, release } = own;
    const ranges = mapMemory(depth * rangeWords * 4, true);
    memories.push(ranges);
    const settings = settleRing(setup, opened, fallbacks);
    const fixedBuffers = fixedBuffersOf(setup, own, depth);
    const fixedFiles = fixesFiles(setup, own);
    const rehearses = setup.rehearses === true;
    return new PassthroughEngine({
      opened,
      release,
      depth,
      requests: setup.requests,
      buffers: setup.buffers,
      namespaces: namespacesOf(setup, fixedFiles, rehearses),
      fixedBuffers,
      opcodeFlags: (rehearses ? Op.nop : Op.uringCommand) | (fixedFiles ? SqeFlag.FIXED_FILE << 8 : 0),
      ranges,
      facts: {
        ...ringFacts(setup, opened),
        fixedBuffers: fixedBuffers !== null,
        fixedFiles,
        settings,
        fallbacks,
      },
    });
  });
}

function namespacesOf({ files }: EngineSetup, fixedFiles: boolean, rehearses: boolean): Namespaces {
  const found = files.map((file) => {
    // Rehearsed are no-operations on a file in memory.
    if (rehearses) return { namespaceId: 1, blockBytes: 512 };
    const namespace = nvmeNamespace(fstatSync(file.descriptor));
    if (namespace !== null) return namespace;
    throw UserError.of(`${file.path} is no NVMe namespace`, 'name its character device, as in /dev/ng0n1', 1);
  });
  return {
    sqeFile: Int32Array.from(files, (file, index) => (fixedFiles ? index : file.descriptor)),
    namespaceId: Int32Array.from(found, ({ namespaceId }) => namespaceId),
    blocksPerByte: Float64Array.from(found, ({ blockBytes }) => 1 / blockBytes),
  };
}
