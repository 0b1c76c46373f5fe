/** Jobs that send NVMe commands (io_uring_cmd), and the devices that take them: which fit each other. Pure. */

import { isChain } from '../job/chain.js';
import { engineTraits } from '../job/engine-traits.js';
import type { Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';

export function sendsCommands(job: Job): boolean {
  return engineTraits(job.engine.name).commands;
}

/** Whether the engine and the target speak the same language; with a finding where not. */
export function checkCommandTarget(job: Job, facts: TargetFacts, blockBytesMax: number, findings: Findings): boolean {
  const commands = facts.commands ?? null;
  if (commands === null) {
    if (!sendsCommands(job)) return true;
    findings.usage(
      job,
      `ioengine=io_uring_cmd sends NVMe commands, and ${facts.path} takes none`,
      'name the character device of a namespace, as in filename=/dev/ng0n1 (ls /dev/ng*), or use ioengine=io_uring',
    );
    return false;
  }
  if (!sendsCommands(job)) {
    findings.usage(
      job,
      `${facts.path} takes NVMe commands only, and ioengine=${job.engine.name} sends none`,
      `use ioengine=io_uring_cmd, or name the block device ${commands.blockDevice}`,
    );
    return false;
  }
  if (commands.metadataBytes > 0) {
    findings.machine(
      job,
      `${facts.path} keeps ${commands.metadataBytes} bytes of metadata with each block, which iotest does not send`,
      `use ioengine=io_uring on ${commands.blockDevice}`,
    );
  }
  if (blockBytesMax > commands.transferBytesMax) {
    findings.usage(
      job,
      `${facts.path}: a command moves at most ${commands.transferBytesMax} bytes, and a block has ${blockBytesMax}`,
      `use bs=${commands.transferBytesMax} or less; only the block layer splits what is larger`,
    );
  }
  return true;
}

/** What is done to files by calls that a device for commands does not have. */
export function checkCommandOptions(job: Job, findings: Findings): void {
  if (!sendsCommands(job)) return;
  const { target, workload } = job;
  const foreign: [string, boolean][] = [
    ['chain', isChain(job.engine.chain)],
    ['end_fsync', workload.endFsync],
    ['fsync_on_close', target.fsyncOnClose],
    ['end_syncfs', target.endSyncfs],
    ['sync_file_range', workload.syncRange !== null],
    ['pre_read', target.preRead],
    ['sync', target.sync !== 'none'],
    ['write_hint', target.writeHint !== null],
  ];
  for (const [option] of foreign.filter(([, isGiven]) => isGiven)) {
    findings.usage(
      job,
      `${option} is for files and block devices, and io_uring_cmd sends commands`,
      `leave ${option} out; fsync=1 sends a flush after each write`,
    );
  }
}
