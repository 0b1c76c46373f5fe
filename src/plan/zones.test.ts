import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import type { TargetFacts, ZonedFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';
import { zoneRegion } from './zone-region.js';
import { planZones, refuseUnzonedWrites, type ZoneAgreement } from './zones.js';

const settings = { overrides: [], sections: [], environment: {}, cpuCount: 8, pageBytes: 4096 };
const jobOf = (options: string) => parseJobFile(`[a]\n${options}\n`, 'job.ini', settings).jobSet.jobs[0]!;
const mib = 1 << 20;

const file = { path: 'f', kind: 'file', sizeBytes: 64 * mib, directAlignBytes: 512 } as TargetFacts;
const zoned: ZonedFacts = {
  model: 'host-managed',
  zoneBytes: 4 * mib,
  openMax: 8,
  activeMax: 8,
  conventional: [{ startBytes: 0, endBytes: 8 * mib }],
  ordersWrites: true,
};
const device = { ...file, path: '/dev/z', kind: 'block', zoned } as TargetFacts;

/** What is said, and what comes out. */
function judged<T>(act: (findings: Findings) => T): { readonly said: string[]; readonly result: T } {
  const said: string[] = [];
  const note = (_job: unknown, message: string) => said.push(message);
  const findings = {
    usage: note,
    machine: note,
    warn: (_job: unknown, _code: string, text: string) => said.push(text),
  };
  const result = act(findings as never);
  return { said, result };
}

const all = { offsetBytes: 0, regionBytes: 64 * mib };
const planned = (options: string, facts: TargetFacts, agreed = new Map<string, ZoneAgreement>()) =>
  judged((findings) => planZones(jobOf(options), facts, all, agreed, findings));

describe('a region of zones', () => {
  const region = (options: string, facts: TargetFacts, offsetMib: number, mibs: number) =>
    judged((findings) =>
      zoneRegion(jobOf(options), facts, { offsetBytes: offsetMib * mib, regionBytes: mibs * mib }, findings),
    );

  it('is made of whole zones, and that is said', () => {
    const { said, result } = region('rw=write\nzonemode=zbd\nzonesize=4m', file, 3, 10);
    expect(result).toEqual({ offsetBytes: 4 * mib, regionBytes: 8 * mib });
    expect(said).toEqual([
      'f: the job has 8388608 bytes from 4194304 on, whole zones of 4194304, of 10485760 from 3145728 on',
    ]);
    expect(region('rw=write\nzonemode=zbd', device, 8, 8)).toEqual({
      said: [],
      result: { offsetBytes: 8 * mib, regionBytes: 8 * mib },
    });
  });

  it('of a job that only reads may begin anywhere', () => {
    const { result } = region('rw=read\nzonemode=zbd', device, 9, 8);
    expect(result).toEqual({ offsetBytes: 9 * mib, regionBytes: 7 * mib });
  });

  it('holds one zone at least', () => {
    expect(region('rw=write\nzonemode=zbd', device, 9, 5).said).toEqual([
      "/dev/z: the job's part, 5242880 bytes from 9437184 on, holds no whole zone of 4194304 bytes",
    ]);
  });

  it('is left as it is in conventional zones, and without zonemode=zbd', () => {
    expect(region('rw=write\nzonemode=zbd', device, 1, 2).result).toEqual({ offsetBytes: mib, regionBytes: 2 * mib });
    expect(region('rw=write', file, 1, 2).said).toEqual([]);
  });
});

describe('emulated zones', () => {
  it.each([
    ['rw=write', 'f has no zones of its own: zonemode=zbd needs a zonesize to emulate them'],
    ['rw=write\nzonesize=256', 'zonesize=256 is less than a sector'],
    ['rw=write\nzonesize=4m\nzonecapacity=8m', 'zonecapacity=8388608 is larger than zonesize=4194304'],
    ['rw=write\nzonesize=1m\nbs=2m', 'a zone holds 1048576 bytes, less than a write of 2097152'],
    ['rw=write\nzonesize=10000\ndirect=1\nbs=512', 'f: direct I/O needs multiples of 512 bytes, and zonesize is 10000'],
    ['rw=trim\nzonesize=1m', 'a trim resets a whole zone of 1048576 bytes, and the trim block size is 4096'],
    [
      'rw=write\nzonesize=4m\njob_max_open_zones=2',
      'job_max_open_zones=2 is a part of max_open_zones, and f has no such limit',
    ],
    [
      'rw=write\nzonesize=4m\nmax_open_zones=2\njob_max_open_zones=3',
      'job_max_open_zones=3 is more than all jobs together may have open, 2',
    ],
  ])('%s', (options, message) => {
    expect(planned(`zonemode=zbd\n${options}`, file)).toEqual({ said: [message], result: null });
  });

  it('are not emulated by the million: each takes memory', () => {
    const huge = { ...file, sizeBytes: 2 ** 42 };
    expect(planned('zonemode=zbd\nrw=write\nbs=512\nzonesize=512', huge).said[0]).toMatch(
      /^f: 8589934592 zones of 512 bytes are more than/,
    );
  });

  it('are empty at first, which a job that only reads is told', () => {
    expect(planned('zonemode=zbd\nrw=read\nzonesize=4m', file).said[0]).toMatch(/^f: emulated zones are empty when/);
    expect(planned('zonemode=zbd\nrw=read\nzonesize=4m\nread_beyond_wp=1', file).said).toEqual([]);
  });

  it('may have several writes in flight each', () => {
    expect(planned('zonemode=zbd\nrw=write\nzonesize=4m\nzonecapacity=3m\nmax_open_zones=2\niodepth=8', file)).toEqual({
      said: [],
      result: { zoneBytes: 4 * mib, capacityBytes: 3 * mib, isDevice: false, openMax: 2, keepsOrder: true },
    });
  });
});

describe('zones of a device', () => {
  it.each([
    ['rw=write', '/dev/z is a zoned device: the page cache writes back in another order than its zones take'],
    ['rw=read\nzonesize=1m', '/dev/z has zones of 4194304 bytes, and zonesize is 1048576'],
    ['rw=write\ndirect=1\nmax_open_zones=9', 'max_open_zones=9 is more than the 8 that /dev/z allows'],
  ])('%s', (options, message) => {
    expect(planned(`zonemode=zbd\n${options}`, device)).toEqual({ said: [message], result: null });
  });

  it('have its limit, unless the job says otherwise', () => {
    const limit = (options: string) => planned(`zonemode=zbd\nrw=write\ndirect=1\n${options}`, device).result?.openMax;
    expect(limit('')).toBe(8);
    expect(limit('max_open_zones=3')).toBe(3);
    expect(limit('ignore_zone_limits=1')).toBe(0);
    expect(limit('ignore_zone_limits=1\nmax_open_zones=20')).toBe(20);
  });

  it('take several writes in flight from libaio alone, where the kernel keeps their order', () => {
    const of = (options: string, facts = device) =>
      planned(`zonemode=zbd\nrw=write\ndirect=1\niodepth=8\n${options}`, facts);
    expect(of('ioengine=libaio')).toMatchObject({ said: [], result: { keepsOrder: true } });
    const { said, result } = of('ioengine=io_uring');
    expect(result).toMatchObject({ keepsOrder: false });
    expect(said).toEqual([
      '/dev/z: writes to one zone go one after another, for io_uring does not keep them in order: iodepth=8 works across zones only',
    ]);
    const unordered = { ...device, zoned: { ...zoned, ordersWrites: false } };
    expect(of('ioengine=libaio', unordered).result).toMatchObject({ keepsOrder: false });
  });
});

describe('jobs that share zones', () => {
  it('agree in what they are', () => {
    const agreed = new Map<string, ZoneAgreement>();
    const say = (options: string) => planned(`zonemode=zbd\nrw=write\n${options}`, file, agreed).said;
    expect(say('zonesize=4m\nmax_open_zones=2')).toEqual([]);
    expect(say('zonesize=4m')).toEqual([]);
    expect(say('zonesize=8m')).toEqual([
      'f: zonesize is 8388608 for job "a" and 4194304 for a job before it, and they share its zones',
    ]);
    expect(say('zonesize=4m\nmax_open_zones=3')).toEqual([
      'f: max_open_zones is 3 for job "a" and 2 for a job before it, and they share its zones',
    ]);
  });
});

describe('a job without zonemode=zbd', () => {
  const said = (options: string, offsetMib: number) =>
    judged((findings) =>
      refuseUnzonedWrites(jobOf(options), device, { offsetBytes: offsetMib * mib, regionBytes: 4 * mib }, findings),
    ).said;

  it('does not write a host-managed device but for conventional zones', () => {
    expect(said('rw=write\ndirect=1', 8)).toEqual([
      '/dev/z is a zoned device (host-managed): it takes writes at the write pointers of its zones only, and job "a" writes anywhere',
    ]);
    expect(said('rw=write\ndirect=1', 4)).toEqual([]);
    expect(said('rw=read', 8)).toEqual([]);
    expect(said('rw=read\nprecondition=fill', 4)[0]).toMatch(/precondition=fill writes anywhere$/);
  });
});
