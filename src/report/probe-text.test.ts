import { describe, expect, it } from 'vitest';
import { sampleTarget } from '../testing/sample-result.js';
import { formatProbe, type ProbeDocument } from './probe-text.js';
import { plainStyle } from './terminal.js';

const probe: ProbeDocument = {
  kernel: '6.1.0',
  architecture: 'x64',
  io_uring: {
    available: true,
    problem: null,
    binding: 'system calls',
    liburingVersion: null,
    setupFlags: [
      { name: 'IOPOLL', since: '5.1', supported: true },
      { name: 'SQE_MIXED', since: '6.19', supported: false },
    ],
    combinations: [
      { mode: 'default', flags: ['DEFER_TASKRUN'], outcome: 'EINVAL' },
      { mode: 'default', flags: ['CQSIZE'], outcome: 'ok' },
      { mode: 'default', flags: [], outcome: 'ok' },
    ],
    features: ['NODROP'],
    operations: [{ name: 'NOP', since: '5.1', supported: true }],
    anatomy: null,
    limits: {
      sqEntriesMax: 32768,
      cqEntriesMax: 65536,
      filesMax: 1024,
      buffersMax: 16384,
      boundedWorkersMax: 8,
      unboundedWorkersMax: null,
    },
    lockedMemoryBytesMax: 8 * 2 ** 20,
  },
  libaio: { available: true, reason: null, requestsMax: 65536, requestsInUse: 3 },
  target: null,
  targetReads: null,
};

describe('formatProbe', () => {
  it('says what is there, what is missing, and which flags will be used', () => {
    expect(formatProbe(probe, plainStyle(false))).toMatchInlineSnapshot(`
      "kernel          Linux 6.1.0, x64

      io_uring
        binding       system calls (liburing.so.2 is not installed)
        locked memory 8192KiB (ulimit -l bounds registered buffers)
        features      NODROP
        entries       at most 32768 submissions, 65536 completions
        registered    at most 1024 files (as ulimit -n lets), 16384 buffers of up to
                      1GiB each
        io-wq workers at most 8 for files, unknown for sockets
        modes         default: DEFER_TASKRUN (refused: EINVAL)
                      default: CQSIZE

      setup flags: 1 of 2 (+ there, - not; bit or number, name, since Linux)
        +  0 IOPOLL    5.1    -  1 SQE_MIXED 6.19

      operations: 1 of 1 (+ there, - not; bit or number, name, since Linux)
        +  0 NOP 5.1

      libaio
        available     yes
        requests      3 of 65536 in use (fs.aio-max-nr)
      "
    `);
  });

  it('says why io_uring is not there, and what to do', () => {
    const problem = { place: null, message: 'io_uring is switched off', advice: 'sysctl kernel.io_uring_disabled=0' };
    const text = formatProbe(
      { ...probe, io_uring: { ...probe.io_uring, available: false, problem } },
      plainStyle(true),
    );
    expect(text).toContain('no: io_uring is switched off\n');
    expect(text).toContain('sysctl kernel.io_uring_disabled=0\n');
  });

  it('describes a device and who uses it', () => {
    const target = sampleTarget({
      path: '/dev/vda',
      realPath: '/dev/vda',
      kind: 'block',
      fileSystem: null,
      uses: [{ device: '/dev/vda1', by: 'mounted at /home' }],
    });
    const text = formatProbe({ ...probe, target }, plainStyle(false));
    expect(text).toContain('in use        /dev/vda1: mounted at /home\n');
    expect(text).toContain('multiples of 512 bytes\n');
    expect(text).toContain('nr_requests 256\n');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('says how to get poll queues, and what cannot be read without blocking', () => {
    const reads = { nowaitDirect: false, nowaitBuffered: true, pollQueues: 0 };
    const text = formatProbe({ ...probe, target: sampleTarget(), targetReads: reads }, plainStyle(false));
    const flat = text.replace(/\s+/g, ' ');
    expect(flat).toContain(
      'polling no: the device has no poll queues (virtio_blk.poll_queues=0), hipri and +iopoll are refused; load virtio_blk with poll_queues=2',
    );
    expect(flat).toContain('NOWAIT direct no, buffered yes: io_uring hands such requests to worker threads');
    expect(flat).toContain('atomic writes none');
    const atomicWrite = { unitBytesMin: 4096, unitBytesMax: 65536 };
    expect(formatProbe({ ...probe, target: sampleTarget({ atomicWrite }) }, plainStyle(false))).toContain(
      'atomic writes 4096B to 64.0KiB (atomic=1)',
    );
    const polls = sampleTarget({ queue: { ...sampleTarget().queue!, polls: true } });
    expect(formatProbe({ ...probe, target: polls }, plainStyle(false))).toContain('polling       yes: hipri');
  });

  it('draws the memory of a ring', () => {
    const anatomy = {
      entriesAsked: 3,
      sqEntries: 4,
      cqEntries: 8,
      ringsBytes: 464,
      sqesBytes: 256,
      sqeBytes: 64,
      cqeBytes: 16,
      ringsMapOffset: 0,
      sqesMapOffset: 0x10000000,
      sqOffsets: { head: 0 },
      cqOffsets: { head: 128 },
      parts: [
        { name: 'SQ head', offsetBytes: 0, byteCount: 4, use: 'the kernel moves it' },
        { name: 'CQ head', offsetBytes: 128, byteCount: 4, use: 'we move it' },
        { name: 'CQEs', offsetBytes: 320, byteCount: 128, use: '8 x 16 bytes' },
        { name: 'SQ array', offsetBytes: 448, byteCount: 16, use: '4 x 4 bytes' },
      ],
    };
    const text = formatProbe({ ...probe, io_uring: { ...probe.io_uring, anatomy } }, plainStyle(false));
    expect(text).toContain('ring of 4 entries (3 asked, rounded up to a power of two)\n');
    expect(text).toMatch(/^ {7}0x0 \| SQ head +the kernel moves it +\|\n +\+-+\+\n {6}0x80 \| CQ head/m);
    expect(text).toMatch(/^ {5}0x1d0 end$/m);
    expect(text).toContain('256B at mmap offset 0x10000000 (IORING_OFF_SQES)');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('describes a path where O_DIRECT is refused and no disk lies below', () => {
    const target = sampleTarget({ directAlignBytes: null, queue: null, readOnly: true });
    const text = formatProbe({ ...probe, target }, plainStyle(false));
    expect(text).toContain('O_DIRECT      refused here\n');
    expect(text).toContain('disk          none below it\n');
    expect(text).toContain(', read-only\n');
  });
});
