import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { UserError } from '../support/errors.js';
import { sampleTarget } from '../testing/sample-result.js';
import { makePlan } from './plan.js';
import type { Plan } from './types.js';

const size = 1 << 20;
const world: Readonly<Record<string, Partial<TargetFacts>>> = {
  data: { sizeBytes: size, allocatedBytes: size },
  '/dev/vdz': { kind: 'block', sizeBytes: size },
};
const recordings: Readonly<Record<string, string | Buffer>> = {
  reads: 'fio version 3 iolog\n0 data add\n0 data read 4096 8192\n100 data read 0 512\n',
  mixed:
    'fio version 3 iolog\n0 data add\n0 other add\n0 data read 0 512\n0 other write 65536 4096\n0 other sync 0 0\n',
  device: 'fio version 3 iolog\n0 /dev/vdz add\n0 /dev/vdz write 0 4096\n',
  trims: 'fio version 3 iolog\n0 data add\n0 data trim 0 2147483648\n',
  bad: 'fio version 3 iolog\n0 data add\n0 data read x 1\n0 data fly 0 1\n',
  binary: Buffer.from([0x07, 0x74, 0x61, 0x65, 0, 0, 0, 0]),
};

function plan(text: string, destructive: readonly string[] = []): Plan {
  const settings = { overrides: [], sections: [], environment: {}, cpuCount: 2, pageBytes: 4096 };
  const { jobSet } = parseJobFile(text, 'job.ini', settings);
  return makePlan([{ name: null, jobSet }], {
    engines: [],
    repeat: 1,
    destructive,
    inspect: (path) =>
      sampleTarget({
        path,
        realPath: path,
        kind: world[path] === undefined ? 'missing' : 'file',
        ...(world[path] ?? { sizeBytes: 0, allocatedBytes: 0 }),
      }),
    listFiles: () => [],
    allowExec: false,
    memoryAvailableBytes: 2 ** 33,
    drawSeed: () => 1,
    drawOrder: () => false,
    readRecording: (path) => {
      const text = recordings[path];
      if (text === undefined) return { ok: false, code: 'ENOENT', problem: 'does not exist' };
      return { ok: true, bytes: Buffer.from(text as string) };
    },
  });
}

const workers = (text: string, destructive: readonly string[] = []) => plan(text, destructive).steps[0]!.workers;

function problems(text: string): string[] {
  try {
    plan(text);
  } catch (error) {
    if (error instanceof UserError)
      return error.problems.map(({ place, message }) => `${place?.file}:${place?.line}: ${message}`);
    throw error;
  }
  return [];
}

describe('a replay', () => {
  it('has the files, directions and sizes of its recording', () => {
    const [worker] = workers('[a]\nread_iolog=mixed\n');
    expect(worker!.job.workload).toMatchObject({
      directions: 'readwrite',
      blockBytes: { read: 512, write: 4096, trim: 4096 },
    });
    expect(worker!.files.map(({ path, regionBytes, layOut }) => [path, regionBytes, layOut])).toEqual([
      ['data', 512, 'nothing'],
      ['other', 69632, 'allocate'],
    ]);
    expect(worker!.recording!.count).toBe(3);
    expect(worker!.ioBytes).toBeNull();
  });

  it('lays out what is read and not there', () => {
    const [worker] = workers('[a]\nread_iolog=reads\nreplay_redirect=new\n');
    expect(worker!.files).toMatchObject([{ path: 'new', regionBytes: 12288, layOut: 'write', layOutToBytes: 12288 }]);
    expect(worker!.job.workload.directions).toBe('read');
  });

  it('gives clones the recordings in turn', () => {
    const all = workers('[a]\nread_iolog=reads:mixed\nnumjobs=3\n');
    expect(all.map(({ recording }) => recording!.count)).toEqual([2, 3, 2]);
  });

  it('puts relative names below the directory', () => {
    expect(workers('[a]\nread_iolog=reads\ndirectory=/srv\n')[0]!.files[0]!.path).toBe('/srv/data');
  });

  it('warns of what it overrules, and of trims in pieces', () => {
    const codes = plan('[a]\nioengine=null\nread_iolog=trims\nbs=8k\nrw=read\n').warnings.map(({ code }) => code);
    expect(codes).toEqual(['trims-split', 'replay-overrules']);
  });
});

describe('what a recording names is as safe as what a job names', () => {
  it('a block device is written only with leave', () => {
    expect(problems('[a]\nread_iolog=device\n')[0]).toMatch(/would overwrite the block device \/dev\/vdz/);
    expect(workers('[a]\nread_iolog=device\n', ['/dev/vdz'])).toHaveLength(1);
    expect(problems('[a]\nread_iolog=mixed\nreplay_redirect=/dev/vdz\n')[0]).toMatch(/would overwrite/);
    expect(problems('[a]\nread_iolog=reads\nreplay_redirect=/dev/vdz\n')).toEqual([]);
  });

  it('a device must be large enough', () => {
    recordsLarge();
    expect(problems('[a]\nread_iolog=large\nreplay_redirect=/dev/vdz\n')[0]).toMatch(
      /has 1048576 bytes, but the job goes up to/,
    );
  });

  it('files are not trimmed', () => {
    expect(problems('[a]\nread_iolog=trims\n')).toEqual([
      'job.ini:1: data is a file: the 2 trims of the recording need a block device',
    ]);
  });

  it('direct I/O is aligned throughout', () => {
    expect(problems('[a]\nread_iolog=mixed\ndirect=1\n')).toEqual([]);
    (recordings as Record<string, string>).odd = 'fio version 3 iolog\n0 data add\n0 data read 100 512\n';
    expect(problems('[a]\nread_iolog=odd\ndirect=1\n')).toEqual([
      'job.ini:1: data: direct I/O needs multiples of 512 bytes, and the recording has others',
    ]);
    expect(problems('[a]\nread_iolog=odd\ndirect=1\nreplay_align=512\n')).toEqual([]);
  });
});

function recordsLarge(): void {
  (recordings as Record<string, string>).large = 'fio version 3 iolog\n0 data add\n0 data read 1048576 512\n';
}

describe('what cannot be replayed is refused', () => {
  it.each([
    ['bad', ['bad:3: "x" is not an offset in bytes', 'bad:4: unknown action "fly"']],
    ['gone', []],
    [
      'binary',
      [
        'job.ini:1: binary is a binary trace of blktrace, which is not supported: its format depends on the machine that wrote it',
      ],
    ],
  ])('%s', (name, expected) => {
    const found = problems(`[a]\nread_iolog=${name}\nnumjobs=2\n`);
    if (name === 'gone') expect(found[0]).toMatch(/^job.ini:1: the recording gone does not exist$/);
    else expect(found).toEqual(expected);
  });
});
