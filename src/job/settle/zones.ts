/** Settles what is said of zones with write pointers, and amounts that are counted in zones. */
import { isChain } from '../chain.js';
import { type JobDraft, plainJob } from '../draft.js';
import { engineTraits } from '../engine-traits.js';
import type { Amount } from '../value-type.js';
import type { Findings } from './findings.js';

const plainZones = plainJob().workload.zones;

/** `size=4z`: so many zones of `zonesize`. */
export function settleZoneCounts({ target, workload }: JobDraft, { refuse }: Pick<Findings, 'refuse'>): void {
  const { zoneBytes } = workload.order;
  const inBytes = <T extends Amount | null>(option: string, amount: T): T | { readonly bytes: number } => {
    if (amount === null || !('bytes' in amount) || amount.zoneCount === undefined) return amount;
    if (zoneBytes === 0)
      refuse(option, `${amount.zoneCount}z counts zones, and there is no zonesize`, 'write zonesize as well');
    const bytes = amount.zoneCount * zoneBytes;
    if (!Number.isSafeInteger(bytes))
      refuse(option, `${amount.zoneCount}z of ${zoneBytes} bytes is too large`, 'use fewer zones');
    return { bytes };
  };
  target.size = inBytes('size', target.size);
  target.offset = inBytes('offset', target.offset);
  target.offsetIncrement = inBytes('offset_increment', target.offsetIncrement);
  workload.ioSize = inBytes('io_size', workload.ioSize);
}

/** `zonemode=zbd`: what has no meaning with write pointers, and what is not done with them. */
export function settlePointers(draft: JobDraft, { refuse, warn }: Pick<Findings, 'refuse' | 'warn'>): void {
  const { workload, target, verify } = draft;
  const { order, zones } = workload;
  const no = (option: string, isGiven: boolean, why: string, advice: string): void => {
    if (isGiven) refuse(option, `${option} is not supported with zonemode=zbd: ${why}`, advice);
  };
  const fileCount = target.filenames?.length ?? target.fileCount;
  const oneFile = 'a job follows the write pointers of one file';
  no(target.filenames === null ? 'nrfiles' : 'filename', fileCount > 1, oneFile, 'write a job for each file');
  no('opendir', target.openDirectory !== null, oneFile, 'write a job for each file');
  const { commands } = engineTraits(draft.engine.name);
  no(
    'ioengine',
    commands,
    "commands go past the kernel's zones",
    'use ioengine=io_uring or libaio on the block device',
  );
  no('zoneskip', order.zoneSkipBytes > 0, 'zones are gone through one after the other', 'leave it out');
  no('read_iolog', draft.replay.iologs !== null, 'a recording says itself where each write goes', 'leave zonemode out');
  no('chain', isChain(draft.engine.chain), 'a zone takes one write after the other', 'leave one of them out');
  no('serialize_overlap', workload.serializesOverlap, 'writes at write pointers never overlap', 'leave it out');
  no(
    'sync_file_range',
    workload.syncRange !== null,
    'where writes go is known too late for it',
    'use fsync or fdatasync',
  );
  no('experimental_verify', verify.experimental, 'as in fio', 'leave it out');
  no('verify_only', verify.only, 'where an earlier run wrote is not known', 'use rw=read with verify');
  no('trim_percentage', verify.trimPercent > 0, 'only whole zones can be trimmed', 'use rw=trim with bs=,,ZONESIZE');
  const resets = zones.resetFrequency > 0;
  const both = 'a zone would be reset before it is verified';
  no('zone_reset_frequency', resets && verify.kind !== 'none', both, 'leave one of them out');
  if (zones.resetThreshold > 0 && !resets) {
    const message = 'zone_reset_threshold has no effect without a zone_reset_frequency';
    warn('option-without-effect', message, 'set zone_reset_frequency');
  }
  if (order.zoneRangeBytes > 0) {
    warn('option-without-effect', 'zonerange has no effect with zonemode=zbd, as in fio', 'leave it out');
  }
  workload.order = { ...order, zoneMode: 'zbd', zoneRangeBytes: 0, zoneSkipBytes: 0 };
}

/** As fio, which takes these and does nothing with them. */
export function dropPointers({ workload }: JobDraft, warn: Findings['warn']): void {
  const { capacityBytes, readsBeyondPointer, openMax, jobOpenMax, ignoresDeviceLimit, resetThreshold, resetFrequency } =
    workload.zones;
  const given = {
    zonecapacity: capacityBytes > 0,
    read_beyond_wp: readsBeyondPointer,
    max_open_zones: openMax > 0,
    job_max_open_zones: jobOpenMax > 0,
    ignore_zone_limits: ignoresDeviceLimit,
    zone_reset_threshold: resetThreshold > 0,
    zone_reset_frequency: resetFrequency > 0,
  };
  const names = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (names.length === 0) return;
  const message = `without zonemode=zbd there is no effect of ${names.join(', ')}`;
  warn('option-without-effect', message, 'add zonemode=zbd, or leave it out');
  workload.zones = { ...plainZones };
}
