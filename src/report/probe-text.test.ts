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
    lockedMemoryBytesMax: 8 * 2 ** 20,
  },
  libaio: { available: true, reason: null, requestsMax: 65536, requestsInUse: 3 },
  target: null,
};

describe('formatProbe', () => {
  it('says what is there, what is missing, and which flags will be used', () => {
    expect(formatProbe(probe, plainStyle(false))).toMatchInlineSnapshot(`
      "kernel          Linux 6.1.0, x64

      io_uring
        binding       system calls (liburing.so.2 is not installed)
        locked memory 8192KiB (ulimit -l bounds registered buffers)
        features      NODROP
        setup flags   IOPOLL
        missing flags SQE_MIXED (Linux 6.19)
        operations    NOP
        modes         default: DEFER_TASKRUN (refused: EINVAL)
                      default: CQSIZE

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

  it('describes a path where O_DIRECT is refused and no disk lies below', () => {
    const target = sampleTarget({ directAlignBytes: null, queue: null, readOnly: true });
    const text = formatProbe({ ...probe, target }, plainStyle(false));
    expect(text).toContain('O_DIRECT      refused here\n');
    expect(text).toContain('disk          none below it\n');
    expect(text).toContain(', read-only\n');
  });
});
