/** The thread of a job and what surrounds it, against fio: asked of the kernel by the job's own commands. */
import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fioMissing, runBoth } from './fio.js';

const missing =
  fioMissing() ??
  (process.getuid?.() === 0 ? null : 'priorities need root') ??
  (availableParallelism() < 2 ? 'there is one CPU only' : null);

const ask =
  '(grep Cpus_allowed_list /proc/self/status && nice && ionice -p $$ && id -g && grep VmLck /proc/$PPID/status)';

describe('a job', () => {
  it.skipIf(missing !== null)(
    missing === null
      ? 'has the CPUs, priorities, group and locked memory that it has with fio'
      : `has the CPUs and priorities that it has with fio [skipped: ${missing}]`,
    async () => {
      const sections = [
        'cpus_allowed=0,1\ncpus_allowed_policy=split',
        'cpumask=3\ncpus_allowed_policy=split\nnice=5\nexec_postrun=echo after',
        'cpumask=0x2\nprio=3\nprioclass=2',
        'prioclass=2',
        'prioclass=1\nprio=6',
        'gid=12345\nlockmem=1m',
      ].map((lines, index) => `[job${index}]\nstonewall\n${lines}\n`);
      const text = `[global]\nsize=64k\nrw=write\nfilename=data\nexec_prerun=${ask}\n${sections.join('')}`;
      const { fioFolder, ourFolder } = await runBoth(text, { argv: ['--allow-exec'] });
      const outputs = (folder: string) => {
        const names = fs.readdirSync(folder).filter((name) => name.endsWith('.txt'));
        return Object.fromEntries(names.sort().map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]));
      };
      expect(outputs(ourFolder)).toEqual(outputs(fioFolder));
      expect(Object.keys(outputs(ourFolder))).toContain('job1.postrun.txt');
      expect(outputs(ourFolder)['job5.prerun.txt']).toMatch(/12345\nVmLck:\s+1024 kB/);
    },
  );
});
