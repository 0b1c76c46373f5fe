/** Warnings about rates that were asked for. */
import { directions } from '../job/per-direction.js';
import type { FioJob, IotestJob } from '../results/document.js';
import type { Warning } from '../support/warning.js';
import { rateReached } from './open-loop-text.js';

const shareMin = 0.99;
const secondsMin = 0.5;

/** The rate was not held: the latency from the intended starts then grows with the length of the run. */
export function rateNotHeld({ fio, iotest }: { readonly fio: FioJob; readonly iotest: IotestJob }): Warning | null {
  for (const name of directions) {
    const direction = fio[name];
    const rate = rateReached(iotest, direction, name);
    const seconds = direction.runtime / 1000;
    if (rate === null || seconds < secondsMin) continue;
    // Chance alone makes a Poisson schedule miss its mean: three standard deviations are let pass.
    const isPoisson = iotest.options.pacing.process === 'poisson';
    const slack = isPoisson ? 3 / Math.sqrt(Math.max(1, direction.total_ios)) : 0;
    const share = rate.reached / rate.asked;
    if (share >= shareMin - slack) continue;
    const cause = causeOf(fio, iotest, name, rate.asked / rate.reached);
    return {
      code: 'rate-not-held',
      jobName: iotest.jobName,
      message: `${name}s came to ${(share * 100).toFixed(1)} % of the rate asked for: ${cause.reason}`,
      advice: cause.advice,
    };
  }
  return null;
}

/** @param times how often the reached rate goes into the one asked for */
function causeOf(
  fio: FioJob,
  { options, workerCount }: IotestJob,
  name: 'read' | 'write' | 'trim',
  times: number,
): { readonly reason: string; readonly advice: string } {
  if (options.thinkTime.pauseMs > 0) {
    return { reason: 'pauses (thinktime) take their time', advice: 'shorten the pauses, or lower the rate' };
  }
  const direction = fio[name];
  const slots = options.engine.depth * workerCount;
  const inFlight = (direction.iops * times * direction.lat_ns.mean) / 1e9;
  if (direction.lat_ns.N > 0 && inFlight > slots * 0.9) {
    return {
      reason: `at this latency it needs ${inFlight.toFixed(1)} I/Os in flight, and there are ${slots}`,
      advice: 'raise iodepth (on io_uring or libaio) or numjobs, or lower the rate to what the device can do',
    };
  }
  if (fio.usr_cpu + fio.sys_cpu > 90) {
    return { reason: 'the job used up its CPU', advice: 'spread the rate over several jobs (numjobs)' };
  }
  return {
    reason: 'neither queue nor CPU were used up, so the job was kept from running',
    advice: 'see what else runs on the machine (top), or pin the job (cpus_allowed)',
  };
}
