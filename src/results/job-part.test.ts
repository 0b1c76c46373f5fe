import { expect, it } from 'vitest';
import { plainJob } from '../job/draft.js';
import { sampleJob } from '../testing/sample-result.js';
import { jobOptions } from './job-part.js';

const own = { source: { file: 'old.fio', line: 1, section: 'old' }, typedOptions: {}, groupIndex: 0, cloneIndex: 0 };

it('reads what a job says as it was written', () => {
  const job = sampleJob({ name: 'written' });
  expect(jobOptions.parse(JSON.parse(JSON.stringify(job)))).toEqual(job);
});

it('reads what an earlier version did not have as its default, at any depth', () => {
  expect(jobOptions.parse(own)).toEqual({ ...plainJob(), ...own });
  const { verify, engine, ...older } = sampleJob();
  const { network, uncached, ...olderEngine } = engine;
  const read = jobOptions.parse({ ...older, engine: olderEngine });
  expect(read).toEqual({ ...older, verify, engine: { ...olderEngine, network, uncached } });
});

it('refuses values that no version wrote, by their place', () => {
  const wrong = { ...sampleJob(), engine: { ...sampleJob().engine, depth: 'many', binding: 'magic' } };
  expect(jobOptions.safeParse(wrong).error?.issues.map(({ path }) => path.join('.'))).toEqual([
    'engine.depth',
    'engine.binding',
  ]);
});
