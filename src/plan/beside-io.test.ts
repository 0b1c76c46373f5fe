import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../job/expand.js';
import { UserError } from '../support/errors.js';
import { sampleTarget } from '../testing/sample-result.js';
import { makePlan } from './plan.js';

function plan(text: string, { engines = [], allowExec = false }: { engines?: string[]; allowExec?: boolean } = {}) {
  const machine = { overrides: [], sections: [], environment: {}, cpuCount: 2, pageBytes: 4096 };
  const { jobSet } = parseJobFile(text, 'job.ini', machine);
  return makePlan([{ name: null, jobSet }], {
    engines,
    repeat: 1,
    destructive: [],
    inspect: (path) => sampleTarget({ path }),
    listFiles: () => [],
    allowExec,
    memoryAvailableBytes: 2 ** 33,
    drawSeed: () => 1,
    drawOrder: () => false,
  });
}

function problems(text: string): string {
  try {
    plan(text);
  } catch (error) {
    if (error instanceof UserError)
      return error.problems.map(({ message, advice }) => `${message} | ${advice}`).join('\n');
    throw error;
  }
  return '';
}

const computing = '[c]\nioengine=cpuio\ncpuload=25\nruntime=1s\n';

describe('a job that computes', () => {
  it('has no file, no amount, and pauses by its load', () => {
    const { steps, targets } = plan(computing);
    expect(steps[0]!.workers[0]).toMatchObject({
      engineLabel: 'cpuio',
      ioBytes: null,
      files: [{ kind: 'memory', regionBytes: 0 }],
      job: { thinkTime: { pauseMs: 150 } },
    });
    expect(targets).toEqual([]);
  });

  it.each([
    [100, 0],
    [150, 0],
    [1, 4950],
  ])('at cpuload=%i pauses %i ms after each 50 ms', (load, pauseMs) => {
    const { steps } = plan(computing.replace('25', String(load)));
    expect(steps[0]!.workers[0]!.job.thinkTime.pauseMs).toBe(pauseMs);
  });

  it('takes nothing from what a global section says of I/O', () => {
    const io = 'rw=randwrite\nbs=1m\nsize=1g\ndirect=1\nrate=1m\nnumber_ios=3\nfilename=/dev/sdz\niodepth=32';
    const { steps, targets, warnings } = plan(`[global]\n${io}\n${computing}`);
    expect(steps[0]!.workers[0]!.job.workload).toMatchObject({ directions: 'read', ioCountMax: null });
    expect(steps[0]!.workers[0]!.engine.depth).toBe(1);
    expect([targets, warnings]).toEqual([[], []]);
  });

  it('stays what it is where engines are compared', () => {
    const { steps } = plan(`${computing}[n]\nioengine=psync\nsize=1m\n`, { engines: ['null', 'libaio'] });
    expect(steps.map(({ workers }) => workers.map(({ engineLabel }) => engineLabel))).toEqual([
      ['cpuio', 'null'],
      ['cpuio', 'libaio'],
    ]);
  });

  it.each([
    ['[c]\nioengine=cpuio\nruntime=1\n', 'ioengine=cpuio needs to know how much | write cpuload=50'],
    ['[c]\nioengine=cpuio\ncpuload=0\nruntime=1\n', 'ioengine=cpuio needs to know how much'],
    ['[c]\nioengine=cpuio\ncpuload=50\n', 'would compute for ever: it has no runtime, and no job beside it does I/O'],
    [`[n]\nioengine=null\nsize=1m\n[c]\nstonewall\nioengine=cpuio\ncpuload=50\n`, 'would compute for ever'],
    [`${computing}read_iolog=x\n`, 'it cannot do read_iolog | leave read_iolog out'],
  ])('%j is refused', (text, message) => {
    expect(problems(text)).toContain(message);
  });

  it('needs no runtime beside a job that does I/O', () => {
    expect(problems('[n]\nioengine=null\nsize=1m\n[c]\nioengine=cpuio\ncpuload=50\n')).toBe('');
  });
});

describe('a job that runs a program', () => {
  const running = '[e]\nioengine=exec\nprogram=/bin/sleep\narguments=1\n';

  it('needs permission', () => {
    expect(problems(running)).toBe(
      'program: job "e" would run a command: /bin/sleep 1 | if you trust the job file, add --allow-exec; or leave the option out',
    );
    expect(plan(running, { allowExec: true }).steps[0]!.workers[0]).toMatchObject({
      engineLabel: 'exec',
      ioBytes: null,
    });
  });

  it('needs a program', () => {
    expect(problems('[e]\nioengine=exec\n')).toContain('ioengine=exec needs a program | write program=');
  });
});
