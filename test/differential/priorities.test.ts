/** Priorities of single I/Os, against fio: the same priorities in `prios`, by the same shares. */
import { describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/results/document.js';
import { fioMissing, runBoth } from './fio.js';

const missing = fioMissing() ?? (process.getuid?.() === 0 ? null : 'only root may have priorities');
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

const sections: Readonly<Record<string, string>> = {
  'by percentage': 'ioengine=libaio\ncmdprio_percentage=30\ncmdprio_class=2\ncmdprio=3',
  'in real time': 'ioengine=io_uring\ncmdprio_percentage=40,80',
  'beside its own': 'ioengine=io_uring\nprio=5\nprioclass=2\ncmdprio_percentage=0,50\ncmdprio_class=2\ncmdprio=1',
  'all of them': 'ioengine=libaio\ncmdprio_percentage=100\ncmdprio_class=3',
  'by size': 'ioengine=libaio\nbs=4k,8k\ncmdprio_bssplit=4k/20/2/1:4k/30/3/0:8k/90,8k/50/2/6:4k/10\nlat_percentiles=1',
  'of both directions together': 'ioengine=libaio\ncmdprio_percentage=30\nunified_rw_reporting=1',
  'of each and of both': 'ioengine=libaio\ncmdprio_percentage=30\nunified_rw_reporting=both',
  none: 'ioengine=libaio',
};

type Priorities = Readonly<Record<string, number>>;

/** Job and direction → class and level → I/Os; with the kinds of latencies that are told. */
function prioritiesOf(document: ResultDocument): Readonly<Record<string, Priorities>> {
  return Object.fromEntries(
    document.jobs.flatMap((job) =>
      (['read', 'write', 'mixed'] as const).map((direction) => [
        `${job.jobname} ${direction}`,
        Object.fromEntries(
          (job[direction]?.prios ?? []).map((entry) => {
            const kind = entry.clat_ns === undefined ? 'lat_ns' : 'clat_ns';
            return [`${entry.prioclass}/${entry.prio} ${kind}`, entry[kind]!.N];
          }),
        ),
      ]),
    ),
  );
}

describe('priorities of single I/Os', () => {
  itWithFio(withFio(`prios of ${Object.keys(sections).length} jobs`), async () => {
    const texts = Object.entries(sections).map(([name, lines], index) => `[${name}]\nfilename=f${index}\n${lines}\n`);
    const job = `[global]\nrw=randrw\nsize=4m\nbs=4k\niodepth=4\ndirect=0\n${texts.join('')}`;
    const { fio, ours } = await runBoth(job);
    const [theirs, own] = [prioritiesOf(fio), prioritiesOf(ours)];
    for (const [what, priorities] of Object.entries(own)) {
      const expected = theirs[what]!;
      expect(Object.keys(priorities).sort(), what).toEqual(Object.keys(expected).sort());
      const [ourCount, theirCount] = [priorities, expected].map((all) =>
        Object.values(all).reduce((sum, count) => sum + count, 0),
      );
      for (const [name, count] of Object.entries(priorities)) {
        const [share, theirShare] = [count / ourCount!, expected[name]! / theirCount!];
        // Six standard deviations of the difference of two shares.
        const bound = 6 * Math.sqrt((theirShare * (1 - theirShare) + 0.01) * (1 / ourCount! + 1 / theirCount!));
        expect(Math.abs(share - theirShare), `${what} ${name}`).toBeLessThan(bound);
      }
    }
    // All I/Os of one priority, or no priorities at all, are nothing to tell apart.
    expect(own['all of them read']).toEqual({});
    expect(own['none write']).toEqual({});
    expect(Object.keys(own['of both directions together mixed']!)).toHaveLength(2);
    expect(Object.keys(own['of each and of both mixed']!)).toHaveLength(2);
    expect(Object.keys(own['by size read']!)).toHaveLength(3);
    const total = ours.jobs.find(({ jobname }) => jobname === 'by percentage')!.read.total_ios;
    expect(Object.values(own['by percentage read']!).reduce((sum, count) => sum + count, 0)).toBe(total);
  });

  itWithFio(withFio('jobs of a group with priorities of their own'), async () => {
    const job = (prio: number) => `[p${prio}]\nprio=${prio}\nprioclass=2\nfilename=f${prio}\n`;
    const text = `[global]\nioengine=psync\nrw=write\nsize=256k\ngroup_reporting\n${job(2)}${job(6)}`;
    const { fio, ours } = await runBoth(text);
    expect(prioritiesOf(ours)).toEqual(prioritiesOf(fio));
    expect(Object.keys(prioritiesOf(ours)['p2 write']!)).toHaveLength(2);
  });
});
