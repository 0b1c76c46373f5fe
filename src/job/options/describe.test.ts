import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../expand.js';
import { describeOptions } from './describe.js';
import { optionTable } from './index.js';

const options = describeOptions();
const settings = { overrides: [], sections: [], environment: {}, cpuCount: 4, pageBytes: 4096 };

describe('describeOptions', () => {
  it('describes every option that is not hidden, once', () => {
    const visible = optionTable.filter(({ hidden }) => !hidden);
    expect(options.map(({ name }) => name)).toEqual(visible.map(({ name }) => name));
  });

  const working = options.filter(({ state }) => state === 'supported' || state === 'partly');

  it.each(working.map((option) => [option.example ?? option.name, option] as const))(
    'shows an example that is accepted: %s',
    (_, { name, example, engines }) => {
      expect(example, `give ${name} an example`).not.toBeNull();
      expect(example!.split('=')[0]).toBe(name);
      const engine = engines === null ? '' : `ioengine=${engines[0]}\n`;
      // The job that wait_for's example names; a group of its own, as some options must be the same for all of one.
      const above = '[writers]\nsize=1m\n';
      const text = `${above}[a]\nnew_group\nsize=1m\n${engine}${example}\n`;
      expect(parseJobFile(text, 'job.ini', settings).jobSet.jobs.length).toBeGreaterThan(1);
    },
  );

  it('gives a reason and what comes nearest for all others, and no example', () => {
    for (const { state, reason, nearest, example } of options) {
      if (state === 'supported' || state === 'partly') continue;
      expect({ reason, nearest }).toEqual({ reason: expect.any(String), nearest: expect.any(String) });
      expect(example).toBeNull();
    }
  });

  it('shows examples that change something where there is anything to change', () => {
    const byName = (name: string) => options.find((option) => option.name === name)?.example;
    expect(byName('direct')).toBe('direct=1');
    expect(byName('invalidate')).toBe('invalidate=0');
    expect(byName('bs')).toBe('bs=64k');
    expect(byName('time_based')).toBe('time_based');
  });
});
