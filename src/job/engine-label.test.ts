import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { createDraft } from './draft.js';
import { applyEngineLabel, engineLabel, optionsLostByLabel, splitEngineLabel } from './engine-label.js';
import { type EngineOptions, engineNames } from './job.js';

const plain: EngineOptions = { ...createDraft().engine, depth: 32, depthLow: 32, bufferAlignBytes: 4096 };

function problemsOf(variant: string): string[] {
  try {
    splitEngineLabel(variant);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems.map(({ message, advice }) => `${message} | ${advice}`);
  }
}

describe('applyEngineLabel', () => {
  it.each([
    ['io_uring', {}],
    ['io_uring+sqpoll', { sqpoll: true }],
    ['io_uring+sqpoll+iopoll', { sqpoll: true, iopoll: true }],
    ['io_uring+fixed', { fixedBuffers: true, fixedFiles: true }],
    ['pvsync2+iopoll', { highPriority: true }],
    ['null', {}],
  ])('%s', (variant, changes) => {
    expect(applyEngineLabel(plain, variant)).toEqual({ ...plain, name: variant.split('+')[0], ...changes });
  });

  it('keeps what the engine has, and switches off what it has not', () => {
    const uring = { ...plain, name: 'io_uring', fixedBuffers: true, sqpoll: true, sqpollCpu: 1 } as const;
    expect(applyEngineLabel(uring, 'io_uring+iopoll')).toEqual({ ...uring, iopoll: true });
    expect(applyEngineLabel(uring, 'psync')).toEqual({ ...plain, name: 'psync' });
    expect(optionsLostByLabel(uring, 'psync')).toEqual(['sqthread_poll', 'sqthread_poll_cpu', 'fixedbufs']);
    expect(optionsLostByLabel(uring, 'io_uring')).toEqual([]);
  });

  it.each([
    ['io_urng', ['unknown engine "io_urng" | did you mean "io_uring"?']],
    ['posix', [`unknown engine "posix" | the engines are ${engineNames.join(', ')}`]],
    ['io_uring+sqpol', ['unknown mode "sqpol" in "io_uring+sqpol" | did you mean "sqpoll"?']],
    [
      'io_uring+turbo',
      [
        'unknown mode "turbo" in "io_uring+turbo" | the modes are sqpoll, iopoll, fixed, fixedbufs, registerfiles, nowait, uncached',
      ],
    ],
    ['psync+turbo', ['unknown mode "turbo" in "psync+turbo" | psync has no modes']],
    ['psync+sqpoll', ['engine "psync" has no mode "sqpoll" | it is a mode of io_uring and io_uring_cmd']],
    ['', [`unknown engine "" | the engines are ${engineNames.join(', ')}`]],
  ])('refuses %j', (variant, expected) => expect(problemsOf(variant)).toEqual(expected));
});

it('engineLabel is the way back', () => {
  const flags = fc.record({
    name: fc.constantFrom(...engineNames),
    iopoll: fc.boolean(),
    sqpoll: fc.boolean(),
    fixedBuffers: fc.boolean(),
    fixedFiles: fc.boolean(),
    highPriority: fc.boolean(),
    nowait: fc.boolean(),
    nop: fc.boolean(),
  });
  fc.assert(
    fc.property(flags, (drawn) => {
      // What an engine does not have is never set in a job.
      const engine = applyEngineLabel({ ...plain, ...drawn }, drawn.name);
      expect(applyEngineLabel(plain, engineLabel(engine))).toEqual(engine);
    }),
  );
});
