/** Both bindings against the kernel that runs here. */
import { describe, expect, it } from 'vitest';
import { lockedMemoryLimitBytes, mapMemory } from '../system/memory.js';
import { Enter, Op, Setup, SqeWord, SqFlag } from './abi.js';
import { loadLiburing } from './liburing.js';
import type { MappedRing, RingBinding } from './port.js';
import { probeRing } from './probe.js';
import { Ring } from './ring.js';
import { openRing, registerBuffers } from './setup.js';
import { systemCalls } from './syscalls.js';

const probe = probeRing();
const liburing = loadLiburing();
const bindings: [string, RingBinding | null][] = [
  ['system calls', systemCalls],
  ['liburing', liburing],
];

const hasFlag = (name: string) => probe.setupFlags.some((flag) => flag.name === name && flag.supported);

const flagSets: [string, number][] = [
  ['no flags', Setup.CQSIZE],
  ['SUBMIT_ALL', Setup.CQSIZE | Setup.SUBMIT_ALL],
  ['DEFER_TASKRUN', Setup.CQSIZE | Setup.SINGLE_ISSUER | Setup.DEFER_TASKRUN],
  ['SQPOLL', Setup.CQSIZE | Setup.SQPOLL],
  ['SQE128 and CQE32', Setup.CQSIZE | Setup.SQE128 | Setup.CQE32],
];
if (hasFlag('NO_SQARRAY')) {
  flagSets.push(
    ['NO_SQARRAY', Setup.CQSIZE | Setup.NO_SQARRAY],
    ['NO_SQARRAY, SQPOLL', Setup.CQSIZE | Setup.NO_SQARRAY | Setup.SQPOLL],
    ['NO_SQARRAY, SQE128 and CQE32', Setup.CQSIZE | Setup.NO_SQARRAY | Setup.SQE128 | Setup.CQE32],
  );
}

function setup(binding: RingBinding, flags: number, entries = 8, cqEntries = 8): MappedRing {
  const mapped = binding.setup({
    entries,
    cqEntries,
    flags,
    sqThreadCpu: 0,
    sqThreadIdleMs: 10,
    waitNsMax: 20e6,
  });
  if (typeof mapped === 'number') throw new Error(`io_uring_setup: errno ${-mapped}`);
  return mapped;
}

function queueNop(ring: Ring, slot: number, opcode: number = Op.nop): void {
  const sqe = slot << ring.sqeShift;
  ring.sqes.fill(0, sqe, sqe + (1 << ring.sqeShift));
  ring.sqes[sqe] = opcode;
  ring.sqes[sqe + SqeWord.userDataLow] = slot + 100;
  ring.queue(slot);
}

describe.skipIf(!probe.available)(
  `bindings (skipped without io_uring: ${probe.problem?.message ?? 'available'})`,
  () => {
    for (const [name, binding] of bindings) {
      describe.skipIf(binding === null)(`${name}${binding === null ? ' (skipped: not installed)' : ''}`, () => {
        const make = (flags: number, slotCount = 8) => {
          const mapped = setup(binding!, flags);
          const ring = new Ring({
            views: mapped.views,
            enter: mapped.enter,
            setupFlags: mapped.flags,
            slotCount,
            completionsMax: slotCount,
          });
          const close = () => {
            ring.close();
            mapped.close();
          };
          return { mapped, ring, close };
        };

        it('says which it is', () => {
          expect(binding!.name).toMatch(name === 'liburing' ? /^liburing 2(\.\d+)*$/ : /^system calls$/);
        });

        it('gives −errno for flags that the kernel refuses', () => {
          const request = { entries: 8, cqEntries: 8, sqThreadCpu: 0, sqThreadIdleMs: 0, waitNsMax: 1e6 };
          expect(binding!.setup({ ...request, flags: Setup.DEFER_TASKRUN })).toBe(-22);
          expect(binding!.setup({ ...request, entries: 0, flags: 0 })).toBe(-22);
        });

        it('maps a ring that is empty and of the size asked for', () => {
          const { mapped, close } = make(Setup.CQSIZE);
          const { words, sqes, layout, sqEntries, cqEntries } = mapped.views;
          expect([sqEntries, cqEntries]).toEqual([8, 8]);
          expect(sqes.length).toBe(8 * 16);
          expect([words[layout.sqHead], words[layout.sqTail], words[layout.cqHead], words[layout.cqTail]]).toEqual([
            0, 0, 0, 0,
          ]);
          close();
          close();
        });

        it.each(flagSets)('NOPs come back over many wraps of the array: %s', (_flags, flags) => {
          const { ring, close } = make(flags);
          for (let round = 0; round < 50; round++) {
            const slots = [5, 1, 7, 0, 2].map((slot) => (slot + round) % 8);
            for (const slot of slots) queueNop(ring, slot);
            const seen: number[] = [];
            for (let turn = 0; seen.length < slots.length && turn < 100; turn++) {
              const count = ring.submitAndReap(slots.length - seen.length);
              for (let index = 0; index < count; index++) {
                expect(ring.completedResult[index]).toBe(0);
                seen.push(ring.completedSlot[index]! - 100);
              }
            }
            expect(seen.sort()).toEqual(slots.sort());
          }
          close();
        });

        it('enters by the registered ring', () => {
          const { mapped, ring, close } = make(Setup.CQSIZE);
          expect(mapped.registerRingDescriptor()).toBe(true);
          expect(mapped.registerRingDescriptor()).toBe(true);
          queueNop(ring, 3);
          expect(ring.submitAndReap(1)).toBe(1);
          close();
        });

        it('bounds its waits', () => {
          const { mapped, close } = make(Setup.CQSIZE);
          const before = performance.now();
          expect(mapped.enter(0, 1, Enter.GETEVENTS | Enter.EXT_ARG)).toBe(-62);
          expect(performance.now() - before).toBeGreaterThan(15);
          close();
        });

        it('submits the rest after a bad SQE', () => {
          const { ring, close } = make(Setup.CQSIZE);
          queueNop(ring, 0);
          queueNop(ring, 1, 250);
          queueNop(ring, 2);
          expect(ring.submitAndReap(0)).toBe(2);
          expect([...ring.completedResult.subarray(0, 2)]).toEqual([0, -22]);
          expect(ring.unsubmittedCount).toBe(1);
          expect(ring.submitAndReap(1)).toBe(1);
          expect(ring.completedSlot[0]).toBe(102);
          close();
        });

        it('loses nothing when the CQ overflows', () => {
          const { mapped, ring, close } = make(Setup.CQSIZE, 32);
          for (let batch = 0; batch < 3; batch++) {
            for (let slot = 0; slot < 8; slot++) queueNop(ring, slot);
            ring.submit();
          }
          expect(mapped.views.words[mapped.views.layout.sqFlags]! & SqFlag.CQ_OVERFLOW).toBe(SqFlag.CQ_OVERFLOW);
          let count = 0;
          for (let turn = 0; turn < 10 && count < 24; turn++) count += ring.submitAndReap(0);
          expect(count).toBe(24);
          expect(ring.overflowCount).toBeGreaterThan(0);
          close();
        });

        it('wakes the SQ thread after its idle time', async () => {
          const { mapped, ring, close } = make(Setup.CQSIZE | Setup.SQPOLL);
          const asleep = () =>
            (Atomics.load(mapped.views.words, mapped.views.layout.sqFlags) & SqFlag.NEED_WAKEUP) !== 0;
          for (let turn = 0; turn < 200 && !asleep(); turn++) await new Promise((done) => setTimeout(done, 10));
          expect(asleep()).toBe(true);
          queueNop(ring, 4);
          let count = 0;
          for (let turn = 0; turn < 100 && count === 0; turn++) count = ring.submitAndReap(1);
          expect(count).toBe(1);
          expect(ring.wakeupCount).toBeGreaterThan(0);
          close();
        });

        it('registers buffers, and falls back where the kernel refuses', () => {
          const opened = openRing({ depth: 4, sqpoll: false, sqpollCpu: null, iopoll: false, binding: binding! });
          const memory = mapMemory(4 * 4096, true);
          const area = { address: memory.address, strideBytes: 4096, totalBytes: 4 * 4096 };
          expect(registerBuffers(opened.mapped, area, 4)).toEqual({ slotsPerBuffer: 4, bufferCount: 1 });
          // Registered already: EBUSY.
          expect(registerBuffers(opened.mapped, area, 4)).toMatchObject({ asked: 'fixedbufs' });
          opened.close();
          memory.free();
        });
      });
    }

    it('falls back when memory may not be locked', (context) => {
      const limit = lockedMemoryLimitBytes();
      if (limit > 64 * 2 ** 20) context.skip(`the limit of locked memory is too high to exceed: ${limit}`);
      const memory = mapMemory(limit + 2 ** 20);
      const area = { address: memory.address, strideBytes: memory.byteCount, totalBytes: memory.byteCount };
      const asRoot = process.geteuid?.() === 0;
      // Root is exempt; without its effective capabilities it is not.
      if (asRoot) process.seteuid!(65534);
      try {
        const opened = openRing({ depth: 1, sqpoll: false, sqpollCpu: null, iopoll: false, binding: systemCalls });
        const registered = registerBuffers(opened.mapped, area, 1);
        opened.close();
        expect(registered).toMatchObject({ asked: 'fixedbufs', reason: expect.stringContaining('locked memory') });
      } finally {
        if (asRoot) process.seteuid!(0);
        memory.free();
      }
    });

    it('leaves no descriptor behind', async () => {
      const { readdirSync } = await import('node:fs');
      const count = () => readdirSync('/proc/self/fd').length;
      const before = count();
      for (const [, binding] of bindings) {
        if (binding === null) continue;
        for (let round = 0; round < 5; round++) {
          openRing({ depth: 4, sqpoll: false, sqpollCpu: null, iopoll: false, binding }).close();
        }
      }
      probeRing();
      expect(count()).toBe(before);
    });
  },
);

describe('probeRing', () => {
  it('finds what the kernel of this machine must have, or says why not', () => {
    if (!probe.available) {
      expect(probe.problem?.advice).toBeTruthy();
      return;
    }
    expect(probe.features).toContain('SINGLE_MMAP');
    expect(probe.setupFlags.find((flag) => flag.name === 'CQSIZE')).toMatchObject({ supported: true, since: '5.5' });
    expect(probe.operations.find((operation) => operation.name === 'READ')).toMatchObject({ supported: true });
    expect(probe.combinations.filter((each) => each.mode === 'default').at(-1)?.outcome).toBe('ok');
    expect(probe.combinations.every((each) => each.flags.length > 0)).toBe(true);
    expect(probe.liburingVersion === null).toBe(liburing === null);
  });

  it('agrees with the ladder: the first set that it grants is the one that openRing gets', (context) => {
    if (!probe.available) context.skip(probe.problem!.message);
    const opened = openRing({ depth: 4, sqpoll: false, sqpollCpu: null, iopoll: false, binding: systemCalls });
    const first = probe.combinations.find((each) => each.mode === 'default' && each.outcome === 'ok');
    expect(opened.setupFlags).toEqual(first!.flags);
    opened.close();
  });
});
