/** What rates, pauses and latency limits must agree in: as fio checks it, but saying where and what to write. */

import type { JobDraft } from '../draft.js';
import { engineTraits } from '../engine-traits.js';
import { type Direction, directions } from '../per-direction.js';
import type { Findings } from './findings.js';

const windowMsDefault = 1000;

export function settlePacing(draft: JobDraft, findings: Findings): void {
  settleRates(draft, findings);
  settlePauses(draft, findings);
  settleLatencyTarget(draft, findings);
  settleSubmitMode(draft, findings);
  settleReplay(draft, findings);
}

function settleRates({ pacing }: JobDraft, findings: Findings): void {
  const { bytesPerSecond, iops, bytesPerSecondMin, iopsMin } = pacing;
  const any = (rates: Readonly<Record<Direction, number>>) => directions.some((direction) => rates[direction] > 0);
  if (any(bytesPerSecond) && any(iops)) {
    findings.refuse('rate_iops', 'rate and rate_iops exclude each other', 'leave one of them out');
  }
  if (any(bytesPerSecondMin) && any(iopsMin)) {
    findings.refuse('rate_iops_min', 'rate_min and rate_iops_min exclude each other', 'leave one of them out');
  }
  for (const direction of directions) {
    const low = (rate: number, least: number) => rate > 0 && rate < least;
    if (low(bytesPerSecond[direction], bytesPerSecondMin[direction])) {
      const message = `the minimum of ${bytesPerSecondMin[direction]} exceeds the rate of ${bytesPerSecond[direction]} for ${direction}s`;
      findings.refuse('rate_min', message, 'lower rate_min, or raise rate');
    }
    if (low(iops[direction], iopsMin[direction])) {
      const message = `the minimum of ${iopsMin[direction]} exceeds the rate of ${iops[direction]} for ${direction}s`;
      findings.refuse('rate_iops_min', message, 'lower rate_iops_min, or raise rate_iops');
    }
  }
}

function settlePauses({ thinkTime }: JobDraft, findings: Findings): void {
  const parts: readonly (readonly [string, boolean])[] = [
    ['thinktime_spin', thinkTime.spinMs > 0],
    ['thinktime_blocks', thinkTime.blockCount !== null],
    ['thinktime_iotime', thinkTime.ioTimeMs > 0],
  ];
  const given = parts.filter(([, isGiven]) => isGiven).map(([name]) => name);
  if (thinkTime.pauseMs === 0 && given.length > 0) {
    findings.warn('no-thinktime', `without thinktime there are no pauses: ${given.join(', ')} has no effect`, null);
  }
  if (thinkTime.pauseMs > 0 && thinkTime.spinMs > thinkTime.pauseMs) {
    findings.warn('spin-above-thinktime', 'thinktime_spin is above thinktime; the whole pause is spent so', null);
    thinkTime.spinMs = thinkTime.pauseMs;
  }
}

function settleLatencyTarget({ latencyTarget }: JobDraft, findings: Findings): void {
  if (latencyTarget.targetMs === null || latencyTarget.windowMs > 0) return;
  const message = 'latency_target without latency_window: each depth is tried for 1 s (fio judges after every I/O)';
  findings.warn('no-latency-window', message, 'set latency_window, long enough for a few hundred I/Os');
  latencyTarget.windowMs = windowMsDefault;
}

/** fio's offload has as many submitting threads as iodepth: for synchronous engines that is their only parallelism. */
function settleSubmitMode({ pacing, engine }: JobDraft, findings: Findings): void {
  if (pacing.submitMode === 'inline') return;
  const isSynchronous = engineTraits(engine.name).depthMax === 1;
  if (isSynchronous && engine.depth > 1) {
    const message = `offload would make ${engine.depth} threads for ${engine.name}, and it has one here`;
    findings.refuse('io_submit_mode', message, `use numjobs=${engine.depth} with a share of the rate, or io_uring`);
    return;
  }
  const message =
    'io_submit_mode=offload: the job itself submits; with a rate, latency from the intended start is reported anyway, ' +
    'beside the service time, and lat_ns is the service time';
  findings.warn('submits-inline', message, 'leave it out');
}

/** A recording says itself when its I/Os start. */
function settleReplay({ replay, pacing, thinkTime, flow, latencyTarget }: JobDraft, findings: Findings): void {
  if (replay.iologs === null || replay.noStall) return;
  const any = (rates: Readonly<Record<Direction, number>>) => directions.some((direction) => rates[direction] > 0);
  const given: readonly (readonly [string, boolean])[] = [
    ['rate', any(pacing.bytesPerSecond)],
    ['rate_iops', any(pacing.iops)],
    ['rate_min', any(pacing.bytesPerSecondMin)],
    ['rate_iops_min', any(pacing.iopsMin)],
    ['thinktime', thinkTime.pauseMs > 0],
    ['thinkcycles', thinkTime.cycleCount > 0],
    ['flow', flow.weight > 0],
    ['latency_target', latencyTarget.targetMs !== null],
  ];
  for (const [option] of given.filter(([, isGiven]) => isGiven)) {
    findings.refuse(option, 'not possible with a recording that is replayed at its own times', 'set replay_no_stall=1');
  }
}
