import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import { UserError } from '../support/errors.js';
import { sampleTarget } from '../testing/sample-result.js';
import { makePlan } from './plan.js';

function plan(text: string) {
  const machine = { overrides: [], sections: [], environment: {}, cpuCount: 2, pageBytes: 4096 };
  const { jobSet } = parseJobFile(text, 'job.ini', machine);
  return makePlan([{ name: null, jobSet }], {
    engines: [],
    repeat: 1,
    destructive: [],
    inspect: (path) => sampleTarget({ path }),
    listFiles: () => [],
    allowExec: false,
    memoryAvailableBytes: 2 ** 33,
    drawSeed: () => 1,
    drawOrder: () => false,
  });
}

function problems(lines: string): string {
  try {
    plan(`[j]\nioengine=io_uring_net\n${lines}\n`);
  } catch (error) {
    if (error instanceof UserError)
      return error.problems.map(({ message, advice }) => `${message} | ${advice}`).join('\n');
    throw error;
  }
  return '';
}

describe('ends of a connection', () => {
  it('wait or connect, clones at the ports that follow', () => {
    const { steps, targets } = plan(
      '[global]\nioengine=net\nport=100\nsize=8k\nnumjobs=2\n[r]\nlisten\nrw=read\n[w]\nhostname=other\nrw=write\n',
    );
    expect(steps[0]!.workers.map(({ network }) => network)).toEqual([
      { protocol: 'tcp', listens: true, hostname: null, port: 100 },
      { protocol: 'tcp', listens: true, hostname: null, port: 101 },
      { protocol: 'tcp', listens: false, hostname: 'other', port: 100 },
      { protocol: 'tcp', listens: false, hostname: 'other', port: 101 },
    ]);
    expect(steps[0]!.workers[0]).toMatchObject({ ioBytes: 8192, files: [{ kind: 'memory', path: 'tcp port 100' }] });
    expect(steps[0]!.workers[3]!.files[0]!.path).toBe('tcp other:101');
    expect(targets).toEqual([]);
  });

  it('of other protocols wait when they read', () => {
    const { steps } = plan(
      '[global]\nioengine=net\nprotocol=unix\nhostname=/tmp/s\nsize=8k\n[r]\nrw=read\n[w]\nrw=write\n',
    );
    expect(steps[0]!.workers.map(({ network }) => network!.listens)).toEqual([true, false]);
  });

  it('need no size where time ends the job', () => {
    const { steps } = plan('[w]\nioengine=net\nport=1\nhostname=h\nrw=write\ntime_based\nruntime=1s\n');
    expect(steps[0]!.workers[0]!.ioBytes).toBeNull();
  });
});

describe('what cannot be sent', () => {
  const sender = 'rw=write\nhostname=h\nport=1\nsize=8k\n';
  it('is said when nothing is wrong', () => expect(problems(sender)).toBe(''));
  it.each([
    ['rw=write\nsize=8k\nport=1', 'without a hostname | write hostname=, or listen'],
    ['rw=write\nsize=8k\nhostname=h', 'without a port'],
    [`${sender}listen`, 'a hostname in the job that waits'],
    [`${sender}rw=randwrite`, 'a random rw'],
    [`${sender}rw=rw`, 'rw=readwrite | use rw=read in one job'],
    [`${sender}protocol=udp\nnodelay=1`, 'nodelay with protocol=udp'],
    [`${sender}protocol=udp\nbs=128k\nsize=1m`, 'a datagram as large as that'],
    [`${sender}protocol=unix`, 'port with protocol=unix'],
    [`${sender}pingpong\niodepth=4`, 'pingpong with iodepth=4 | use numjobs'],
    [`${sender}hostname=239.0.0.1`, 'the multicast address'],
    [`${sender}recv_multishot=1`, 'recv_multishot with rw=write'],
    ['rw=read\nlisten\nport=1\nsize=8k\nsend_zc=1', 'send_zc with rw=read'],
    [`${sender}fsync=1`, 'a sync'],
    [`${sender}chain=write:2`, 'chain'],
    ['rw=write\nhostname=h\nport=1', 'without a size | write size=1g, or runtime with time_based'],
  ])('%j', (lines, expected) => expect(problems(lines)).toContain(expected));
});
