import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { UserError } from '../support/errors.js';
import { sampleTarget } from '../testing/sample-result.js';
import { makePlan } from './plan.js';

const commands = {
  blockDevice: '/dev/nvme0n1',
  namespaceId: 1,
  blockBytes: 4096,
  metadataBytes: 0,
  transferBytesMax: 1 << 19,
};
const device: Partial<TargetFacts> = {
  kind: 'block',
  sizeBytes: 1 << 30,
  directAlignBytes: 4096,
  fileSystem: null,
  uses: [],
  commands,
};

function planOf(options: string, facts: Partial<TargetFacts> = {}, destructive: readonly string[] = []) {
  const text = `[job]\nfilename=/dev/ng0n1\n${options}\n`;
  const parsed = parseJobFile(text, 'job.ini', {
    overrides: [],
    sections: [],
    environment: {},
    cpuCount: 4,
    pageBytes: 4096,
  });
  return makePlan([{ name: null, jobSet: parsed.jobSet }], {
    engines: [],
    repeat: 1,
    destructive,
    inspect: (path) => ({ ...sampleTarget(), ...device, path, realPath: path, ...facts }),
    listFiles: () => [],
    allowExec: false,
    memoryAvailableBytes: 2 ** 33,
    drawSeed: () => 1,
    drawOrder: () => false,
  });
}

function problemOf(...given: Parameters<typeof planOf>): string {
  try {
    planOf(...given);
  } catch (error) {
    if (error instanceof UserError)
      return error.problems.map(({ message, advice }) => `${message} -> ${advice}`).join('\n');
    throw error;
  }
  return 'none';
}

describe('io_uring_cmd', () => {
  it('runs on a namespace, in whole logical blocks even without direct=1', () => {
    const [step] = planOf('ioengine=io_uring_cmd\niodepth=4').steps;
    expect(step!.workers[0]!.files[0]).toMatchObject({ kind: 'block', alignBytes: 4096, regionBytes: 1 << 30 });
    expect(problemOf('ioengine=io_uring_cmd\nbs=512')).toMatch(/4096/);
  });

  it('is refused on what takes no commands, and other engines on what takes nothing else', () => {
    expect(problemOf('ioengine=io_uring_cmd', { commands: null })).toMatch(/takes none -> .*\/dev\/ng0n1/);
    expect(problemOf('ioengine=io_uring')).toMatch(/takes NVMe commands only.* -> .*block device \/dev\/nvme0n1/);
    expect(problemOf('ioengine=psync')).toMatch(/ioengine=psync sends none/);
  });

  it('writes only where the namespace is named, and never where its block device is in use', () => {
    const writes = 'ioengine=io_uring_cmd\nrw=randwrite';
    expect(problemOf(writes)).toMatch(/would overwrite .*--destructive \/dev\/ng0n1/);
    expect(problemOf(writes, {}, ['/dev/ng0n1'])).toBe('none');
    const uses = [{ device: '/dev/nvme0n1p2', by: 'mounted at /' }];
    expect(problemOf(writes, { uses }, ['/dev/ng0n1'])).toMatch(/refusing to overwrite .*nvme0n1p2 is mounted at \//);
  });

  it('refuses blocks that no command moves, and metadata that is not sent', () => {
    expect(problemOf('ioengine=io_uring_cmd\nbs=1m')).toMatch(/at most 524288 bytes.* -> use bs=524288/);
    const facts = { commands: { ...commands, metadataBytes: 8 } };
    expect(problemOf('ioengine=io_uring_cmd', facts)).toMatch(/8 bytes of metadata.* -> use ioengine=io_uring on/);
  });

  it.each(['end_fsync=1', 'fsync_on_close=1', 'pre_read=1', 'sync=1', 'write_hint=short', 'chain=write,fsync'])(
    'refuses %s',
    (option) => {
      const problem = problemOf(`ioengine=io_uring_cmd\nrw=write\n${option}`, {}, ['/dev/ng0n1']);
      expect(problem).toMatch(new RegExp(`${option.split('=')[0]} is for files and block devices`));
    },
  );

  it('polls without direct=1, where the namespace has poll queues', () => {
    const queue = { ...sampleTarget().queue!, polls: true, requestsMax: 32 };
    const polled = 'ioengine=io_uring_cmd\nhipri=1\niodepth=64';
    expect(planOf(polled, { queue }).steps[0]!.workers[0]!.engine.depth).toBe(32);
    expect(problemOf(polled, { queue: { ...queue, polls: false } })).toMatch(/IOPOLL is impossible/);
  });
});
