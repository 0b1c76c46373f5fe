/** Settles what depends on several options of order and size, as fio does after parsing, but saying so. */
import { directionsOf, drawsSizes, effectiveShares, sizeLimits } from '../block-sizes.js';
import { isChain } from '../chain.js';
import type { JobDraft } from '../draft.js';
import type { Findings } from './findings.js';
import { dropPointers, settlePointers, settleZoneCounts } from './zones.js';

export function settleOrder(draft: JobDraft, findings: Findings): void {
  settleTime(draft, findings);
  settleZoneCounts(draft, findings);
  settleZones(draft, findings);
  settleSizes(draft, findings);
  settleRandomMap(draft, findings);
  warnOfIdleOptions(draft, findings);
}

function settleTime({ schedule, workload, engine }: JobDraft, { warn }: Findings): void {
  if (!schedule.timeBased) return;
  if (schedule.runtimeMs === null) {
    schedule.timeBased = false;
    warn('time-based-without-runtime', 'time_based=1 has no effect without a runtime', 'set runtime');
  } else if (workload.ioCountMax !== null && !isChain(engine.chain)) {
    workload.ioCountMax = null;
    const message = 'number_ios has no effect with time_based: as in fio only the time ends the job';
    warn('number-ios-without-effect', message, 'leave one of them out');
  }
}

function settleZones(draft: JobDraft, { refuse, warn }: Findings): void {
  const { order } = draft.workload;
  const { zoneBytes, zoneRangeBytes, zoneSkipBytes } = order;
  let mode = order.zoneMode ?? (zoneBytes > 0 ? 'strided' : 'none');
  if (order.zoneMode === 'none' && zoneBytes > 0) {
    refuse('zonemode', 'zonemode=none has no zones, but zonesize is given', 'write zonemode=strided, or drop zonesize');
  }
  if (mode === 'strided' && zoneBytes === 0) {
    refuse('zonemode', 'zonemode=strided needs a zonesize', 'write zonesize=1m, for example');
  }
  if (mode === 'zbd') {
    settlePointers(draft, { refuse, warn });
    return;
  }
  dropPointers(draft, warn);
  if (mode === 'none' && order.zoneMode === null && (zoneRangeBytes > 0 || zoneSkipBytes > 0)) {
    const option = zoneRangeBytes > 0 ? 'zonerange' : 'zoneskip';
    warn('zones-without-size', `${option} has no effect without a zonesize`, 'set zonesize');
  }
  const fileCount = draft.target.filenames?.length ?? draft.target.fileCount;
  if (mode === 'strided' && fileCount > 1) {
    warn('zones-of-several-files', 'zones work with one file only: this job goes without them, as in fio', null);
    mode = 'none';
  }
  const range = zoneRangeBytes === 0 ? zoneBytes : zoneRangeBytes;
  // What has no effect is dropped, so that the job says what is done.
  draft.workload.order =
    mode === 'strided'
      ? { ...order, zoneMode: mode, zoneRangeBytes: range }
      : { ...order, zoneMode: mode, zoneBytes: 0, zoneRangeBytes: 0, zoneSkipBytes: 0 };
}

function settleSizes({ workload }: JobDraft, { isGiven, warn }: Findings): void {
  const { range, split, unaligned } = workload.sizes;
  const directions = directionsOf(workload);
  if (isGiven('bs') && directions.every((direction) => range[direction] !== null || split[direction] !== null)) {
    const stronger = directions.some((direction) => split[direction] !== null) ? 'bssplit' : 'bsrange';
    warn('bs-without-effect', `bs has no effect beside ${stronger}, as in fio`, `leave bs or ${stronger} out`);
  }
  for (const direction of directions) {
    const shares = split[direction];
    if (shares === null) continue;
    const effective = effectiveShares(shares, unaligned);
    const rounded = shares.filter(({ bytes }, index) => bytes !== effective[index]!.bytes);
    if (rounded.length === 0) continue;
    const { min } = sizeLimits(workload, direction);
    const list = rounded.map(({ bytes }) => `${bytes} to ${bytes - (bytes % min)}`).join(', ');
    warn(
      'sizes-rounded-down',
      `bssplit: sizes are rounded down to multiples of the smallest, ${min}, as in fio: ${list}`,
      'choose multiples, or add bs_unaligned=1',
    );
  }
}

function settleRandomMap({ workload }: JobDraft, { isGiven, warn }: Findings): void {
  const { alignBytes } = workload.sizes;
  const aligned = directionsOf(workload).filter((direction) => {
    const align = alignBytes[direction];
    return align !== null && align !== sizeLimits(workload, direction).min;
  });
  if (aligned.length === 0 || !workload.random || !workload.randomMap) return;
  workload.randomMap = false;
  if (isGiven('norandommap') || workload.order.distribution.kind !== 'random') return;
  warn('blockalign-repeats', 'blockalign: blocks may repeat before all have been used, as in fio', 'set norandommap=1');
}

/** Options that fio takes and does nothing with, for this pattern. */
function warnOfIdleOptions({ workload }: JobDraft, { isGiven, warn }: Findings): void {
  const { order, sizes, random } = workload;
  const idle = (option: string, isIdle: boolean, why: string, advice: string): void => {
    if (isIdle && isGiven(option)) warn('option-without-effect', `${option} has no effect ${why}`, advice);
  };
  const whenSequential = 'on sequential I/O';
  const random1 = 'use a random pattern, as rw=randread';
  idle('random_distribution', !random && order.distribution.kind !== 'random', whenSequential, random1);
  idle('ba', !random, whenSequential, random1);
  const { read, write, trim } = order.randomPercent;
  idle('percentage_random', !random && read + write + trim < 300, whenSequential, random1);
  const jumps = random && order.randomEvery > 1;
  idle('rw_sequencer', order.sequencer === 'identical' && !jumps, 'without rw=randread:N', 'write rw=randread:8');
  const isSequence = random && order.distribution.kind === 'sequence';
  idle(
    'random_sequence_stride',
    order.sequenceStrides && !isSequence,
    'without random_distribution=sequence',
    'leave it out',
  );
  idle(
    'random_generator',
    order.generator === 'lfsr' && random && order.distribution.kind !== 'random',
    `beside random_distribution=${order.distribution.kind}`,
    'leave it out',
  );
  idle('bs_unaligned', sizes.unaligned && !drawsSizes(workload), 'on a single size', 'use it with bsrange or bssplit');
}
