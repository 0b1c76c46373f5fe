import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { ExitCode, UserError } from '../support/errors.js';
import { layOutsOf } from './lay-outs.js';
import { withEnds } from './open-ended.js';
import { makePlan, type PlanSettings } from './plan.js';

const disk: TargetFacts = {
  path: '/dev/vdz',
  realPath: '/dev/vdz',
  kind: 'block',
  sizeBytes: 1 << 30,
  allocatedBytes: 1 << 30,
  directAlignBytes: 512,
  readOnly: false,
  fileSystem: null,
  queue: {
    disk: 'vdz',
    logicalBlockBytes: 512,
    physicalBlockBytes: 4096,
    polls: false,
    requestsMax: 64,
    scheduler: 'none',
    rotational: false,
    writeCache: 'write back',
    discardBytesMax: 1 << 30,
    model: 'Sample Disk',
    driver: 'nvme',
  },
  uses: [],
};

const fileSystem = { type: 'ext4', mountPoint: '/', options: 'rw', freeBytes: 2 ** 40 };
const missing = (path: string): TargetFacts => ({
  ...disk,
  path,
  realPath: '/',
  kind: 'missing',
  sizeBytes: 0,
  allocatedBytes: 0,
  fileSystem,
});
const existing = (path: string, sizeBytes: number): TargetFacts => ({
  ...disk,
  path,
  realPath: path,
  kind: 'file',
  sizeBytes,
  allocatedBytes: sizeBytes,
  fileSystem,
  file: { mark: 'own', changedEpochMs: 0, linkCount: 1 },
});

/** Not made by iotest. */
const strange = (path: string, sizeBytes: number): TargetFacts => ({
  ...existing(path, sizeBytes),
  file: { mark: 'none', changedEpochMs: 0, linkCount: 1 },
});

function settings(
  world: Readonly<Record<string, Partial<TargetFacts>>> = {},
  changes: Partial<PlanSettings> = {},
): PlanSettings {
  let drawn = 1000;
  return {
    engines: [],
    repeat: 1,
    destructive: [],
    inspect: (path) => {
      const known = world[path];
      return known === undefined ? missing(path) : { ...disk, path, realPath: path, ...known };
    },
    listFiles: () => [],
    allowExec: false,
    memoryAvailableBytes: 2 ** 33,
    drawSeed: () => drawn++,
    drawOrder: () => false,
    ...changes,
  };
}

function plan(text: string, given: PlanSettings = settings()) {
  const parsed = parseJobFile(text, 'job.ini', {
    overrides: [],
    sections: [],
    environment: {},
    cpuCount: 2,
    pageBytes: 4096,
  });
  return makePlan([{ name: null, jobSet: parsed.jobSet }], given);
}

function refusal(text: string, given: PlanSettings = settings()): UserError {
  try {
    plan(text, given);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the plan was accepted');
}

describe('what verify remembers of the writes', () => {
  const job = (...more: string[]) =>
    ['[w]', 'ioengine=null', 'rw=write', 'size=900g', 'bs=512', 'verify=crc32c', ...more, ''].join('\n');

  it('counts as memory: 28 bytes a write', () => {
    expect(refusal(job()).message).toMatch(/what verify remembers of the writes\) would take 5\d{10} bytes/);
    expect(refusal(job()).problems[0]!.advice).toMatch(/^set verify_backlog/);
  });

  it.each([['verify_backlog=1024'], ['do_verify=0'], ['number_ios=1000'], ['runtime=10'], ['bs=1m']])(
    'is little with %s',
    (line) => expect(plan(job(line)).steps).toHaveLength(1),
  );
});

describe('files of a plan', () => {
  it('are named, placed and laid out as in fio', () => {
    const directory = { kind: 'directory' } as const;
    const world = settings({ '/a': directory, '/b': directory });
    const { steps } = plan('[job]\nrw=read\nsize=1m\nnrfiles=2\nnumjobs=2\ndirectory=/a:/b\n', world);
    expect(steps[0]!.workers.map(({ files }) => files.map(({ path }) => path))).toEqual([
      ['/a/job.0.0', '/a/job.0.1'],
      ['/b/job.1.0', '/b/job.1.1'],
    ]);
    expect(steps[0]!.workers[0]!.files[0]).toMatchObject({
      regionBytes: 512 << 10,
      layOut: 'write',
      layOutToBytes: 512 << 10,
    });
  });

  it('that are only written need space, not data', () => {
    expect(plan('[w]\nrw=write\nsize=1m\n').steps[0]!.workers[0]!.files[0]!.layOut).toBe('allocate');
    expect(plan('[w]\nrw=write\nsize=1m\noverwrite=1\n').steps[0]!.workers[0]!.files[0]!.layOut).toBe('write');
  });

  it('take the size of what exists, and percentages of it, behind the offset', () => {
    const world = settings({ '/f': existing('/f', 10 << 20) });
    expect(plan('[r]\nfilename=/f\n', world).steps[0]!.workers[0]!.files[0]).toMatchObject({
      regionBytes: 10 << 20,
      layOut: 'nothing',
    });
    const half = plan('[r]\nfilename=/f\nsize=50%\noffset=20%\n', world).steps[0]!.workers[0]!.files[0];
    expect(half).toMatchObject({ regionOffsetBytes: 2 << 20, regionBytes: 5 << 20 });
  });

  it('take the size that an earlier job gives them, and are laid out once', () => {
    for (const world of [settings(), settings({ f: existing('f', 4096) })]) {
      const found = plan('[w]\nfilename=f\nsize=1m\nrw=randwrite\n[r]\nstonewall\nfilename=f\nrw=read\n', world);
      expect(found.steps[1]!.workers[0]!.files[0]).toMatchObject({ regionBytes: 1 << 20 });
      // What the first may leave unwritten holds data all the same: reading holes measures no disk.
      const [made, ...others] = layOutsOf(found).map(({ file }) => file);
      expect(made).toMatchObject({ path: 'f', layOut: 'write', layOutToBytes: 1 << 20 });
      expect(others).toEqual([]);
    }
    const half = plan('[w]\nfilename=f\nsize=1m\nrw=write\n[r]\nfilename=f\nrw=read\nsize=50%\n');
    expect(half.steps[0]!.workers[1]!.files[0]).toMatchObject({ regionBytes: 512 << 10 });
  });

  it('are iotest’s own where they are empty, whatever an earlier job makes of them', () => {
    const world = { ...settings({ f: strange('f', 0) }), filePolicy: { asksForFiles: true, readOnly: false } };
    const { steps } = plan(
      '[w]\nfilename=f\nsize=1m\nrw=write\nnumjobs=2\n[again]\nstonewall\nfilename=f\nsize=1m\nrw=write\n',
      world,
    );
    expect(steps.flatMap(({ workers }) => workers.map(({ files }) => files[0]!.isOwn))).toEqual([true, true, true]);
  });

  it('are changed by engines that change what space a file takes, also where those write no data', () => {
    const world = { ...settings({ f: strange('f', 1 << 20) }), filePolicy: { asksForFiles: true, readOnly: false } };
    const lines = '[a]\nioengine=falloc\nrw=read\nfilename=f\nsize=1m\n';
    expect(refusal(lines, world).message).toMatch(/overwrite f/);
    expect(refusal(lines, { ...world, filePolicy: { asksForFiles: true, readOnly: true } }).message).toMatch(
      /read-only/,
    );
  });

  it('end where a job before has filled the file system: a job that reads goes to the end', () => {
    const fill = '[w]\nfilename=f\nfill_device=1\nrw=write\n[r]\nfilename=f\n';
    const { steps } = plan(`${fill}stonewall\nrw=read\n`);
    expect(steps[1]!.workers[0]).toMatchObject({ ioBytes: null, files: [{ layOut: 'nothing', isOpenEnded: true }] });
    const [worker] = withEnds(steps[1]!, () => 10_000).workers;
    expect(worker).toMatchObject({ ioBytes: 8192, passBytes: 8192, files: [{ regionBytes: 8192, fileBytes: 10_000 }] });
    expect(() => withEnds(steps[1]!, () => 100)).toThrow(/has 100 bytes now/);
    expect(refusal(`${fill}stonewall\nrw=randread\n`).message).toMatch(/its size is known only then/);
    expect(refusal(`${fill}rw=read\n`).message).toMatch(/needs a size/);
  });

  it('are shifted per clone by offset_increment', () => {
    const { workers } = plan(
      '[r]\nfilename=/dev/vdz\nsize=1m\noffset_increment=2m\nnumjobs=3\n',
      settings({ '/dev/vdz': {} }),
    ).steps[0]!;
    expect(workers.map(({ files }) => files[0]!.regionOffsetBytes)).toEqual([0, 2 << 20, 4 << 20]);
  });

  it.each([
    ['a missing size', '[r]\nrw=read\n', /needs a size/],
    ['a directory', '[r]\nfilename=/d\nsize=1m\n', /is a directory/],
    [
      'a device that is too small',
      '[r]\nfilename=/dev/vdz\nsize=2g\n',
      /has 1073741824 bytes, but the job goes up to 2147483648/,
    ],
    ['a region below one block', '[r]\nsize=2k\nbs=4k\n', /less than one block/],
    ['a full file system', '[r]\nsize=2t\n', /free/],
    ['unaligned direct I/O', '[r]\nfilename=/dev/vdz\ndirect=1\nbs=1000\n', /multiples of 512/],
    ['trimming a file', '[r]\nrw=trim\nsize=1m\n', /trim needs a block device/],
    ['a missing directory', '[r]\nsize=1m\ndirectory=/e\n', /there is no such directory/],
    ['a file made among the devices', '[r]\nsize=1m\nfilename=link/x\n', /there is no device link\/x/],
    ['a mistyped device', '[r]\nrw=randwrite\nfilename=/dev/vdq\nsize=1m\n', /there is no device \/dev\/vdq/],
  ])('are refused for %s', (_name, text, expected) => {
    const link = { ...missing('link/x'), realPath: '/dev' };
    const world = settings({ '/dev/vdz': {}, '/d': { kind: 'directory' }, 'link/x': link });
    expect(refusal(text, world).message).toMatch(expected);
  });

  it('are named by a pattern whose words may be in any case', () => {
    const { workers } = plan(
      '[a/b]\nsize=1m\nnrfiles=2\nnumjobs=2\nfilename_format=d/$JobName-$JOBNUM.$filenum$clientuid\n',
    ).steps[0]!;
    expect(workers.map(({ files }) => files.map(({ path }) => path))).toEqual([
      ['d/a_b-0.0', 'd/a_b-0.1'],
      ['d/a_b-1.0', 'd/a_b-1.1'],
    ]);
  });

  it('are all of a directory with opendir, but for those below one block', () => {
    const facts = { '/d': { kind: 'directory' }, '/d/a': existing('/d/a', 8192), '/d/b': existing('/d/b', 5) } as const;
    const world = settings(facts, { listFiles: () => ['/d/a', '/d/b'] });
    const { steps, warnings } = plan('[r]\nopendir=/d\n', world);
    expect(steps[0]!.workers[0]!.files.map(({ path }) => path)).toEqual(['/d/a']);
    expect(warnings.map(({ code }) => code)).toContain('small-files-left-out');
    expect(refusal('[r]\nopendir=/d\nbs=64k\n', world).message).toMatch(/no file below \/d holds a block/);
    expect(refusal('[r]\nopendir=/e\n', world).message).toMatch(/no such directory/);
    expect(refusal('[r]\nopendir=/d\n', settings(facts)).message).toMatch(/no regular files/);
  });

  it('are appended to where the file ends, and where the job before has ended', () => {
    const world = settings({ '/f': existing('/f', 10_000) });
    const text = '[w]\nrw=write\nfilename=/f\nsize=1m\nfile_append=1\nnumjobs=2\n';
    const files = plan(text, world).steps[0]!.workers.map((worker) => worker.files[0]!);
    expect(files.map(({ regionOffsetBytes }) => regionOffsetBytes)).toEqual([10_000, 10_000 + (1 << 20)]);
    expect(files[1]!.layOutToBytes).toBe(10_000 + (2 << 20));
    expect(refusal(text.replace('size=1m\n', ''), world).message).toMatch(/does not say how much/);
  });

  it('keep their size where it is within the range of filesize', () => {
    const world = settings({ '/a': existing('/a', 1 << 20), '/b': existing('/b', 1 << 30) });
    const { files } = plan('[r]\nfilename=/a:/b\nfilesize=512k-2m\noffset=64k\n', world).steps[0]!.workers[0]!;
    expect(files[0]!.regionBytes).toBe((1 << 20) - (64 << 10));
    expect(files[1]!.regionBytes).toBeLessThanOrEqual(2 << 20);
    expect(files[1]!.regionBytes % 4096).toBe(0);
  });

  it('are neither made nor laid out where the job says so', () => {
    const opened = plan('[w]\nrw=write\nsize=1m\ncreate_on_open=1\n').steps[0]!.workers[0]!.files[0];
    expect(opened).toMatchObject({ kind: 'missing', layOut: 'nothing' });
    expect(plan('[w]\nrw=write\nsize=1m\ncreate_only=1\ntime_based\nruntime=9\n').steps[0]!.workers[0]!.ioBytes).toBe(
      0,
    );
    expect(refusal('[r]\nsize=1m\ncreate_on_open=1\n').message).toMatch(/makes r.0.0 empty/);
    expect(refusal('[w]\nrw=write\nsize=1m\nallow_file_create=0\n').message).toMatch(/forbids to make it/);
  });

  it('are only made where writing until no space is left fills them', () => {
    const world = settings({ '/dev/vdz': {}, '/f': existing('/f', 1 << 20) }, { destructive: ['/dev/vdz'] });
    const text = (lines: string) => `[w]\nrw=write\nfill_device=1\n${lines}\n`;
    const worker = plan(text('')).steps[0]!.workers[0]!;
    expect(worker).toMatchObject({ ioBytes: null, files: [{ layOut: 'allocate', layOutToBytes: 0 }] });
    expect(plan(text('size=8t')).steps[0]!.workers[0]!).toMatchObject({
      ioBytes: 2 ** 43,
      files: [{ layOut: 'allocate', layOutToBytes: 0 }],
    });
    expect(plan(text('filename=/f'), world).steps[0]!.workers[0]!.files[0]!.layOut).toBe('allocate');
    const device = plan(text('filename=/dev/vdz'), world).steps[0]!.workers[0]!;
    expect(device).toMatchObject({ ioBytes: 1 << 30, files: [{ regionBytes: 1 << 30 }] });
    for (const lines of ['rw=read', 'rw=randwrite', 'overwrite=1', 'ioengine=mmap']) {
      expect(refusal(text(lines), world).message).toMatch(/without a size is for jobs that only write/);
    }
    expect(refusal(text('rw=read\nsize=8t')).message).toMatch(/free/);
  });

  it('are locked only around calls that do the I/O', () => {
    expect(plan('[w]\nsize=1m\nlockfile=readwrite\n').steps).toHaveLength(1);
    for (const engine of ['io_uring', 'libaio', 'null']) {
      expect(refusal(`[w]\nsize=1m\nlockfile=exclusive\nioengine=${engine}\n`).message).toMatch(/has no such call/);
    }
  });

  it('give no buffers where those would overwrite a device', () => {
    const world = settings({
      '/dev/vdz': {},
      '/sys/x': { ...existing('/sys/x', 4096), fileSystem: { ...fileSystem, type: 'sysfs' } },
      '/f': existing('/f', 4096),
    });
    for (const path of ['/dev/vdz', '/sys/x']) {
      const error = refusal(`[r]\nsize=1m\nmem=mmapshared:${path}\n`, world);
      expect(error.message).toMatch(/buffers there would overwrite a device/);
    }
    const { warnings } = plan('[r]\nsize=1m\nmem=mmapshared:/f\nhugepage-size=2m\n', world);
    expect(warnings.map(({ code }) => code)).toEqual(['huge-pages-unused', 'overwrites-file']);
    expect(refusal('[r]\nsize=1m\nmem=mmaphuge\nhugepage-size=3m\n').message).toMatch(/not a power of two/);
  });

  it('are of the kind that filetype says', () => {
    const world = settings({ '/dev/vdz': {}, '/f': existing('/f', 1 << 20) });
    expect(refusal('[r]\nfilename=/f\nfiletype=block\n', world).message).toMatch(/is no block device/);
    expect(refusal('[r]\nfilename=/g\nsize=1m\nfiletype=block\n', world).message).toMatch(/does not exist/);
    expect(refusal('[r]\nfilename=/dev/vdz\nfiletype=file\n', world).message).toMatch(/is a block device/);
    expect(refusal('[r]\nfilename=/f\nfiletype=char\n', world).message).toMatch(/only NVMe namespaces are supported/);
    expect(plan('[r]\nfilename=/dev/vdz\nfiletype=block\n', world).steps).toHaveLength(1);
  });

  it('are no more than the process may have open, of all jobs that run together', () => {
    const world = settings({}, { openFileLimit: 512 });
    const error = refusal('[r]\nrw=read\nnrfiles=512\nsize=4m\n', world);
    expect(error.problems).toEqual([
      {
        place: null,
        message: expect.stringMatching(
          /^too many open files: .* 512 files take about 560 descriptors, and .* may have 512 /,
        ),
        advice: expect.stringContaining('ulimit -n'),
      },
    ]);
    expect(error.exitCode).toBe(ExitCode.failed);
    const two = (between: string) => `[global]\nnrfiles=300\nsize=2m\n[a]\n[b]\n${between}`;
    expect(refusal(two(''), world).message).toMatch(/ 600 files take about /);
    // One after the other they fit, and what touches no file opens none.
    expect(plan(two('stonewall\n'), world).steps).toHaveLength(2);
    expect(plan('[r]\nioengine=null\nnrfiles=600\nsize=4m\n', world).steps).toHaveLength(1);
  });

  it('are refused for every reason at once', () => {
    const error = refusal('[a]\nrw=read\n[b]\nrw=trim\nsize=1m\n[c]\nbs=8k\nsize=4k\n');
    expect(error.problems).toHaveLength(3);
    expect(error.problems.map(({ place }) => place?.line)).toEqual([1, 3, 6]);
  });
});

describe('safety', () => {
  const world = { '/dev/vdz': {}, '/dev/disk/by-id/x': { realPath: '/dev/vdz' } };
  const write = '[w]\nrw=randwrite\nfilename=/dev/vdz\nsize=1m\n';

  it('refuses to write a block device that is not named', () => {
    const error = refusal(write, settings(world));
    expect(error.message).toMatch(/would overwrite the block device \/dev\/vdz/);
    expect(error.problems[0]!.advice).toMatch(/--destructive \/dev\/vdz/);
    expect(error.exitCode).toBe(ExitCode.usage);
  });

  it('accepts the name, and any other name of the same device', () => {
    for (const destructive of ['/dev/vdz', '/dev/disk/by-id/x']) {
      expect(plan(write, settings(world, { destructive: [destructive] })).steps).toHaveLength(1);
    }
    const linked = write.replace('/dev/vdz', '/dev/disk/by-id/x');
    expect(refusal(linked, settings(world)).message).toMatch(/which is \/dev\/vdz/);
  });

  it('counts trimming as writing, and reading as harmless', () => {
    expect(refusal(write.replace('randwrite', 'trim'), settings(world)).message).toMatch(/trim away/);
    expect(plan(write.replace('randwrite', 'randread'), settings(world)).steps).toHaveLength(1);
  });

  it('refuses a device in use whatever is said', () => {
    const uses = [{ device: '/dev/vdz1', by: 'mounted at /home' }];
    const error = refusal(write, settings({ '/dev/vdz': { uses } }, { destructive: ['/dev/vdz'] }));
    expect(error.message).toMatch(/\/dev\/vdz1 is mounted at \/home/);
    expect(error.exitCode).toBe(ExitCode.failed);
  });

  it('is not lifted by allow_mounted_write, which is answered', () => {
    const text = `${write}allow_mounted_write=1\n`;
    const uses = [{ device: '/dev/vdz', by: 'mounted at /home' }];
    const used = settings({ '/dev/vdz': { uses } }, { destructive: ['/dev/vdz'] });
    expect(refusal(text, used).message).toMatch(/mounted at \/home/);
    const { warnings } = plan(text, settings(world, { destructive: ['/dev/vdz'] }));
    expect(warnings.map(({ code }) => code)).toContain('mounted-write-not-allowed');
  });

  it('looks at devices that are reached by a pattern of names', () => {
    const text = '[vdz]\nrw=write\nsize=1m\nfilename_format=/dev/$jobname\n';
    expect(refusal(text, settings(world)).message).toMatch(/would overwrite the block device \/dev\/vdz/);
  });

  it('warns of a permission that nobody needs, and refuses one for what is no device', () => {
    const { warnings } = plan('[r]\nsize=1m\n', settings(world, { destructive: ['/dev/vdz'] }));
    expect(warnings.map(({ code }) => code)).toContain('destructive-unused');
    expect(refusal('[r]\nsize=1m\n', settings(world, { destructive: ['/x'] })).message).toMatch(/no such device/);
  });
});

describe('engines', () => {
  const job = '[r]\nrw=randread\nfilename=/dev/vdz\nsize=1m\niodepth=32\ndirect=1\n';
  const world = { '/dev/vdz': {} };

  it('each get a step of their own, phase by phase', () => {
    const { steps } = plan(
      `${job}[s]\nstonewall\nfilename=/dev/vdz\nsize=1m\n`,
      settings(world, { engines: ['psync', 'io_uring'] }),
    );
    expect(steps.map((step) => [step.engineLabel, step.workers[0]!.job.name])).toEqual([
      ['psync', 'r'],
      ['io_uring', 'r'],
      ['psync', 's'],
      ['io_uring', 's'],
    ]);
  });

  it('do the same I/O: the same seed and worker number on each', () => {
    const { steps } = plan(
      job.replace('[r]', '[r]\nrandrepeat=0'),
      settings(world, { engines: ['psync', 'io_uring'], repeat: 2 }),
    );
    const seeds = steps.map(({ workers, repetition }) => [repetition, workers[0]!.seed]);
    expect(seeds[0]).toEqual(seeds[1]);
    expect(seeds[2]).toEqual(seeds[3]);
    expect(seeds[0]![1]).not.toBe(seeds[2]![1]);
  });

  it('take the order that is drawn for a repetition, and their own in the first', () => {
    const drawn = [true, false];
    expect(orderOf(() => drawn.shift()!)).toEqual(['psync io_uring', 'io_uring psync', 'psync io_uring']);
    expect(drawn).toEqual([]);
  });

  /** Of three repetitions. */
  function orderOf(drawOrder: () => boolean): string[] {
    const { steps } = plan(job, settings(world, { engines: ['psync', 'io_uring'], repeat: 3, drawOrder }));
    return [0, 1, 2].map((repetition) =>
      steps
        .filter((step) => step.repetition === repetition)
        .map(({ engineLabel }) => engineLabel)
        .join(' '),
    );
  }

  it('say when depth means nothing, and get the depth they can have', () => {
    const { steps, warnings } = plan(job, settings(world, { engines: ['psync'] }));
    expect(steps[0]!.workers[0]!.engine.depth).toBe(1);
    expect(warnings.map(({ code }) => code)).toContain('depth-ignored');
  });

  it('are refused polling where the device has no poll queues, with the driver’s parameter', () => {
    const error = refusal(job, settings(world, { engines: ['io_uring+iopoll'] }));
    expect(error.message).toMatch(/vdz does not poll/);
    expect(error.problems[0]!.advice).toMatch(/nvme.poll_queues/);
    expect(error.exitCode).toBe(ExitCode.failed);
    const nullBlock = { '/dev/vdz': { queue: { ...disk.queue!, driver: 'nullb' } } };
    const advice = refusal(job, settings(nullBlock, { engines: ['io_uring+iopoll'] })).problems[0]!.advice;
    expect(advice).toMatch(/^load null_blk with poll_queues=2/);
  });

  it('poll no deeper than the queue', () => {
    const polling = settings(
      { '/dev/vdz': { queue: { ...disk.queue!, polls: true } } },
      { engines: ['io_uring+iopoll'] },
    );
    const { steps, warnings } = plan(job.replace('iodepth=32', 'iodepth=128'), polling);
    expect(steps[0]!.workers[0]!.engine.depth).toBe(64);
    expect(warnings.map(({ code }) => code)).toContain('depth-capped-polling');
    expect(refusal(job.replace('direct=1', ''), polling).message).toMatch(/only with O_DIRECT/);
  });

  it('are refused atomic writes where they are impossible, each with its reason', () => {
    const atomic = job.replace('rw=randread', 'rw=write').replace(/$/, '\natomic=1\n');
    const of = (text: string, facts: Partial<TargetFacts> = {}, engine = 'io_uring') =>
      refusal(text, settings({ '/dev/vdz': facts }, { engines: [engine], destructive: ['/dev/vdz'] })).message;
    expect(of(atomic)).toMatch(/\/dev\/vdz takes no atomic writes .*vdz\/queue\/atomic_write_unit_max_bytes/);
    const able = { atomicWrite: { unitBytesMin: 4096, unitBytesMax: 16384 } };
    expect(of(atomic.replace('direct=1', ''), able)).toMatch(/only with O_DIRECT/);
    expect(of(atomic, able, 'psync')).toMatch(/psync has no atomic writes/);
    expect(of(`${atomic}bs=32k\n`, able)).toMatch(/from 4096 to 16384 bytes, and bs is 32768/);
    expect(of(`${atomic}bs=12k\n`, able)).toMatch(/power of two/);
    const allowed = settings({ '/dev/vdz': able }, { destructive: ['/dev/vdz'], engines: ['libaio'] });
    expect(plan(atomic, allowed).steps[0]!.workers[0]!.engine.atomic).toBe(true);
    const reading = plan(`${job}ioengine=io_uring\natomic=1\nuncached=1\n`, settings(world));
    expect(reading.steps[0]!.workers[0]!.engine).toMatchObject({ atomic: false, uncached: false });
    expect(reading.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['atomic-without-writes', 'uncached-with-direct']),
    );
  });

  it('are refused buffers beyond the memory before anything is allocated', () => {
    expect(refusal('[r]\nsize=1t\niodepth=65536\nbs=16m\nioengine=null\n').message).toMatch(
      /bytes of memory are available/,
    );
  });
});

describe('the amount of I/O', () => {
  const bytes = (options: string): number | null => plan(`[r]\nsize=1m\n${options}`).steps[0]!.workers[0]!.ioBytes;

  it('is the size, io_size, or unlimited, times the loops', () => {
    expect(bytes('')).toBe(1 << 20);
    expect(bytes('io_size=64k\n')).toBe(64 << 10);
    expect(bytes('io_size=25%\n')).toBe(256 << 10);
    expect(bytes('loops=3\n')).toBe(3 << 20);
    expect(bytes('runtime=1\n')).toBe(1 << 20);
    expect(bytes('runtime=1\ntime_based\n')).toBeNull();
  });

  it('counts whole blocks only', () => {
    expect(bytes('size=10000\nbs=4k\n')).toBe(8192);
  });
});
