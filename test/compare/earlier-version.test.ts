/** A result of a version that had fewer options, kept as that version wrote it, against results of today. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';

const earlier = new URL('./fixtures/result-0.1-early.json', import.meta.url).pathname;

interface Field {
  readonly name: string;
  readonly value: unknown;
}
interface Saved {
  readonly iotest: {
    readonly jobFile: { readonly text: string };
    readonly fingerprint: { readonly fields: readonly Field[]; readonly jobHashVersion?: number };
  };
}
const saved = JSON.parse(readFileSync(earlier, 'utf8')) as Saved;

/** The blocking differences in jobs between the earlier result and one of this job file today. */
async function jobDifferences(
  jobText: string,
): Promise<{ field: string; left: string | null; right: string | null }[]> {
  const cwd = scratchFolder({ 'both.ini': jobText });
  expect((await iotest(['run', 'both.ini', '--quiet', '--format', 'json'], { cwd })).status).toBe(0);
  const [today] = readdirSync(join(cwd, 'results')).filter((name) => name.endsWith('.json'));
  const { stdout, status } = await iotest(['compare', earlier, join('results', today!), '--format', 'json'], { cwd });
  expect(status).toBe(0);
  const { compare } = JSON.parse(stdout) as { compare: { comparisons: { fingerprint: readonly Difference[] }[] } };
  return compare.comparisons[0]!.fingerprint.filter(
    (each) => each.class === 'blocking' && /^job(\.|$)/.test(each.field),
  ).map(({ field, left, right }) => ({ field, left: left.value, right: right.value }));
}
interface Side {
  readonly value: string | null;
}
interface Difference {
  readonly field: string;
  readonly class: string;
  readonly left: Side;
  readonly right: Side;
}

describe('a result of a version with fewer options', () => {
  const { text } = saved.iotest.jobFile;

  it('is of the same job as one of today', async () => {
    expect(saved.iotest.fingerprint.jobHashVersion).toBeUndefined();
    expect(await jobDifferences(text)).toEqual([]);
  });

  it('is of another job where an option differs, which is named', async () => {
    expect(await jobDifferences(text.replace('bs=4k,8k', 'bs=4k,16k'))).toEqual([
      { field: 'job.mixed.bs', left: '4096,8192,8192', right: '4096,16384,16384' },
    ]);
  });
});
