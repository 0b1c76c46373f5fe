/** Windows behind bw_* and iops_*, of widths of their own: as many samples as fio takes, or nearly so. */
import { describe, expect, it } from 'vitest';
import { fioMissing, runBoth } from './fio.js';

const missing = fioMissing();
const job = '[a]\nioengine=null\nsize=1g\nrw=read\ntime_based\nruntime=1\nthinktime=1ms\n';

describe('windows of rates, against fio', () => {
  // A busy machine can make windows longer, never more of them.
  it.for(['bwavgtime=100 iopsavgtime=500', 'write_bw_log=x log_avg_msec=100'])(
    '%s',
    { timeout: 60_000 },
    async (options, { skip }) => {
      if (missing !== null) skip(missing);
      const { fio, ours } = await runBoth(job + options.replaceAll(' ', '\n'));
      for (const document of [fio, ours]) {
        const { bw_samples = 0, iops_samples = 0 } = document.jobs[0]!.read;
        expect(bw_samples).toBeGreaterThan(2);
        expect(bw_samples).toBeLessThanOrEqual(10);
        expect(iops_samples).toBeLessThanOrEqual(2);
      }
    },
  );
});
