import { existsSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand, colorFlag } from '../cli/base.js';
import { probeAio } from '../cli/probe-aio.js';
import { type FingerprintField, readFingerprint } from '../machine/fingerprint.js';
import { readMachine } from '../machine/machine.js';
import { supportsNowait } from '../machine/nowait.js';
import { pollQueuesLoaded } from '../machine/poll-queues.js';
import { inspectTarget } from '../machine/target.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { fingerprintLines } from '../report/fingerprint-text.js';
import { formatProbe, type ProbeDocument, type TargetReads } from '../report/probe-text.js';
import { entriesMax } from '../ring/abi.js';
import { registrationLimits } from '../ring/limits.js';
import { probeRing } from '../ring/probe.js';
import { UserError } from '../support/errors.js';
import { jsonText } from '../support/printable.js';
import { suggest } from '../support/suggest.js';

export default class Probe extends BaseCommand {
  static override summary = 'Show what this machine, and a file or device, can do.';
  static override description = `Sets up and closes empty rings: flags, features, operations, limits, and how
a ring lies in memory. Of the target it reads the first block, to see
whether that can be done without blocking, and says first what it found;
flags, operations and the map are left out then. Nothing is written.`;
  static override examples = [
    '<%= config.bin %> probe',
    '<%= config.bin %> probe --entries 8',
    '<%= config.bin %> probe /dev/nvme0n1 --format json',
  ];
  static override args = {
    target: Args.string({ description: 'file, directory or block device' }),
  };
  static override flags = {
    entries: Flags.integer({
      description: 'draw the memory of a ring with so many submission entries',
      helpValue: 'N',
      min: 1,
      max: entriesMax,
      default: 32,
    }),
    format: Flags.string({ description: 'how to print', options: ['text', 'json'], default: 'text' }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Probe);
    const ring = probeRing(flags.entries);
    const target = args.target === undefined ? null : inspectTarget(args.target);
    if (target?.kind === 'missing') throw nothingThere(args.target!);
    const probe: ProbeDocument = {
      kernel: release(),
      architecture: process.arch,
      io_uring: { ...ring, limits: ring.available ? registrationLimits() : null },
      libaio: probeAio(),
      target,
      targetReads: target === null ? null : readsOf(target),
    };
    const fingerprint = fingerprintOf(probe.target);
    const style = this.styleOf(process.stdout, flags['no-color']);
    process.stdout.write(
      flags.format === 'json'
        ? jsonText({ ...probe, fingerprint })
        : `${formatProbe(probe, style)}\n${fingerprintLines(fingerprint, style).join('\n')}\n`,
    );
  }
}

/** With what of the same folder is meant, where one is near. */
function nothingThere(path: string): UserError {
  const folder = dirname(path);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const near = suggest(basename(path), names);
  const advice = near === null ? 'name a file, a directory or a block device' : `did you mean ${join(folder, near)}?`;
  return UserError.of(`there is no ${path}`, advice);
}

function readsOf({ kind, realPath, queue }: TargetFacts): TargetReads {
  // Opening anything else could wait for ever, or do something.
  const isReadable = kind === 'file' || kind === 'block';
  return {
    nowaitDirect: isReadable ? supportsNowait(realPath, true) : null,
    nowaitBuffered: isReadable ? supportsNowait(realPath, false) : null,
    pollQueues: pollQueuesLoaded(queue?.driver ?? null),
  };
}

/** As a run records it for direct I/O; without a target, without the fields of targets and disks. */
function fingerprintOf(target: TargetFacts | null): FingerprintField[] {
  const targets = target === null ? [] : [target];
  const fields = readFingerprint({ machine: readMachine(), targets, isBuffered: false, environment: process.env });
  return target === null ? fields.filter(({ name }) => !/^(target|fileSystem|disk)\./.test(name)) : fields;
}
