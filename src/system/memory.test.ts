import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import {
  allocateSlotBuffers,
  availableMemoryBytes,
  createScratchFile,
  describeBytes,
  lockedMemoryLimitBytes,
  mapMemory,
} from './memory.js';

describe('mapMemory', () => {
  it('gives zeroed pages that can be written, and frees once', () => {
    const memory = mapMemory(5000);
    expect(memory.address % 4096).toBe(0);
    expect(memory.byteCount).toBe(8192);
    const bytes = new Uint8Array(memory.view);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    bytes[8191] = 7;
    expect(bytes[8191]).toBe(7);
    memory.free();
    memory.free();
  });
});

describe('allocateSlotBuffers', () => {
  it('goes beyond 4 GiB, which no single view can', () => {
    const buffers = allocateSlotBuffers({
      slotCount: 5,
      blockBytesMax: 2 ** 30,
      availableBytes: 2 ** 40,
      populate: false,
    });
    for (let slot = 0; slot < 5; slot++) buffers.slot(slot)[2 ** 30 - 1] = slot + 1;
    for (let slot = 0; slot < 5; slot++) expect(buffers.slot(slot)[2 ** 30 - 1]).toBe(slot + 1);
    buffers.free();
    expect(() => allocateSlotBuffers({ slotCount: 1, blockBytesMax: 2 ** 33, availableBytes: 2 ** 40 })).toThrow(
      UserError,
    );
  });

  it('aligns every slot and keeps slots apart', () => {
    for (const alignBytes of [512, 4096, 65536, 2 ** 21]) {
      const buffers = allocateSlotBuffers({ slotCount: 3, blockBytesMax: 5000, alignBytes });
      expect(buffers.strideBytes % alignBytes).toBe(0);
      expect(buffers.address % alignBytes).toBe(0);
      for (let slot = 0; slot < 3; slot++) buffers.slot(slot).fill(slot + 1);
      for (let slot = 0; slot < 3; slot++) expect(buffers.slot(slot).every((byte) => byte === slot + 1)).toBe(true);
      buffers.free();
    }
  });

  it('refuses a terabyte before trying, with the sizes', () => {
    let caught: unknown = null;
    try {
      allocateSlotBuffers({ slotCount: 2 ** 20, blockBytesMax: 2 ** 20 });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(UserError);
    const { problems, exitCode } = caught as UserError;
    expect(problems[0]!.message).toMatch(/^1048576 buffers of 1 MiB take 1 TiB, but only .* are available$/);
    expect(problems[0]!.advice).toContain('iodepth');
    expect(exitCode).toBe(1);
  });

  it('refuses by the amount that it is told', () => {
    const needs = { slotCount: 4, blockBytesMax: 4096 };
    expect(() => allocateSlotBuffers({ ...needs, availableBytes: 16383 })).toThrow(UserError);
    allocateSlotBuffers({ ...needs, availableBytes: 16384 }).free();
  });
});

describe('limits', () => {
  it('reads what this machine has', () => {
    expect(availableMemoryBytes()).toBeGreaterThan(2 ** 20);
    expect(lockedMemoryLimitBytes()).toBeGreaterThanOrEqual(0);
    expect(availableMemoryBytes('/nonexistent', '/nonexistent')).toBe(Number.POSITIVE_INFINITY);
  });

  it('names sizes', () => {
    expect([100, 4096, 1536, 2 ** 40].map(describeBytes)).toEqual(['100 bytes', '4 KiB', '1.5 KiB', '1 TiB']);
  });
});

describe('createScratchFile', () => {
  it('gives a file of that size without a name', () => {
    const descriptor = createScratchFile(1 << 20);
    expect(fs.fstatSync(descriptor).size).toBe(1 << 20);
    expect(fs.fstatSync(descriptor).nlink).toBe(0);
    fs.closeSync(descriptor);
  });
});
