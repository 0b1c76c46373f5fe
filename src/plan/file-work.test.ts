import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { UserError } from '../support/errors.js';
import { makePlan } from './plan.js';

const disk = { type: 'ext4', mountPoint: '/', options: 'rw', freeBytes: 2 ** 40 };

function factsOf(path: string): TargetFacts {
  const isDirectory = path === '.' || path === '/' || path === '/data';
  return {
    path,
    realPath: '/',
    kind: isDirectory ? 'directory' : 'missing',
    sizeBytes: 0,
    allocatedBytes: 0,
    directAlignBytes: 512,
    readOnly: false,
    fileSystem: disk,
    queue: null,
    uses: [],
  };
}

function plan(lines: string, engines: readonly string[] = []) {
  const machine = { overrides: [], sections: [], environment: {}, cpuCount: 2, pageBytes: 4096 };
  const { jobSet } = parseJobFile(`[j]\n${lines}\n`, 'job.ini', machine);
  return makePlan([{ name: null, jobSet }], {
    engines,
    repeat: 1,
    destructive: [],
    inspect: factsOf,
    listFiles: () => [],
    allowExec: false,
    memoryAvailableBytes: 2 ** 33,
    drawSeed: () => 1,
    drawOrder: () => false,
  });
}

function problems(lines: string): string[] {
  try {
    plan(lines);
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ message, advice }) => `${message} | ${advice}`);
    throw error;
  }
  return [];
}

describe('names of jobs that operate on files', () => {
  it('are generated like those of other jobs, and not opened', () => {
    const { steps, targets } = plan('ioengine=filecreate\nnrfiles=3\nnumjobs=2\ndirectory=/data\nfilesize=4k');
    const [first, second] = steps[0]!.workers;
    expect(first!.fileWork).toEqual({
      kind: 'create',
      directories: false,
      paths: ['/data/j.0.0', '/data/j.0.1', '/data/j.0.2'],
      generated: true,
      layOutBytes: 4096,
      blockBytes: 4096,
    });
    expect(second!.fileWork!.paths[0]).toBe('/data/j.1.0');
    expect(first!.files.map(({ kind, layOut }) => ({ kind, layOut }))).toEqual([{ kind: 'memory', layOut: 'nothing' }]);
    expect(first).toMatchObject({ ioBytes: 3 * 4096, passBytes: 3 * 4096 });
    expect(targets.map(({ kind }) => kind)).toEqual(['directory']);
  });

  it('lie in numbered directories', () => {
    const { steps } = plan('ioengine=filedelete\nnrfiles=5\nfiles_per_directory=2');
    expect(steps[0]!.workers[0]!.fileWork!.paths).toEqual([
      'j.0.d0/j.0.0',
      'j.0.d0/j.0.1',
      'j.0.d1/j.0.2',
      'j.0.d1/j.0.3',
      'j.0.d2/j.0.4',
    ]);
  });

  it('serve both ways into the kernel alike', () => {
    const { steps } = plan('ioengine=filestat\nnrfiles=9\niodepth=4\nloops=2\nfilesize=4k', [
      'filestat',
      'io_uring_filestat',
    ]);
    expect(steps.map(({ workers }) => workers[0]!.engine.depth)).toEqual([1, 4]);
    expect(steps[0]!.workers[0]!.fileWork).toEqual(steps[1]!.workers[0]!.fileWork);
    expect(steps[0]!.workers[0]!.ioBytes).toBe(18 * 4096);
  });

  it('are warned of when fio would count otherwise', () => {
    const { warnings } = plan('ioengine=filestat\nfilesize=8k\nnrfiles=2');
    expect(warnings.map(({ code }) => code)).toEqual(['one-operation-per-file']);
    expect(plan('ioengine=filestat\nfilesize=8k\nbs=8k\nnrfiles=2').warnings).toEqual([]);
  });
});

describe('what operations on files cannot have', () => {
  it.each([
    ['rw=randread', 'a random rw | use file_service_type=random'],
    ['rw=readwrite', 'rw=readwrite | use rw=write or rw=read'],
    ['rw=write\nfsync=1', 'fsync | use file_create=commit'],
    ['direct=1', 'direct=1 | use it with file_create=write or commit'],
    ['file_create=commit', 'file_create=commit with rw=read | add rw=write'],
    ['loops=2', 'loops=2: filecreate goes through its names once | give more files with nrfiles'],
    ['time_based\nruntime=1s', 'time_based: filecreate goes through its names once'],
    ['filename=a\nfiles_per_directory=2', 'files_per_directory is for generated names'],
    ['filename=a:a', 'a is named twice'],
    ['bsrange=1k-4k', 'blocks of several sizes | give one bs'],
    ['write_iolog=x', 'write_iolog'],
    ['filesize=1k-4k', 'filesize is a range'],
  ])('%s', (lines, expected) => {
    expect(problems(`ioengine=filecreate\nnrfiles=2\n${lines}`).join('\n')).toContain(expected);
  });

  it('and files_per_directory means nothing to others', () => {
    expect(problems('files_per_directory=2\nsize=4k').join('\n')).toContain('ioengine=psync moves data');
  });
});
