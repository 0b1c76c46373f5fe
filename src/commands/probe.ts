import { release } from 'node:os';
import { Args, Flags } from '@oclif/core';
import { fingerprintLines } from '../report/fingerprint-text.js';
import { formatProbe, type ProbeDocument } from '../report/probe-text.js';
import { probeRing } from '../ring/probe.js';
import { inspectTarget } from '../system/files.js';
import { type FingerprintField, readFingerprint } from '../system/fingerprint.js';
import { readMachine } from '../system/machine.js';
import type { TargetFacts } from '../system/target-facts.js';
import { BaseCommand, colorFlag } from './start/base.js';
import { probeAio } from './start/probe-aio.js';

export default class Probe extends BaseCommand {
  static override summary = 'Show what this machine, and a file or device, can do.';
  static override description =
    'Sets up and closes empty rings; reads nothing from the target and writes nothing to it.';
  static override examples = ['<%= config.bin %> probe', '<%= config.bin %> probe /dev/nvme0n1 --format json'];
  static override args = {
    target: Args.string({ description: 'file, directory or block device' }),
  };
  static override flags = {
    format: Flags.string({ description: 'how to print', options: ['text', 'json'], default: 'text' }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Probe);
    const probe: ProbeDocument = {
      kernel: release(),
      architecture: process.arch,
      io_uring: probeRing(),
      libaio: probeAio(),
      target: args.target === undefined ? null : inspectTarget(args.target),
    };
    const fingerprint = fingerprintOf(probe.target);
    const style = this.styleOf(process.stdout, flags['no-color']);
    process.stdout.write(
      flags.format === 'json'
        ? `${JSON.stringify({ ...probe, fingerprint }, null, 2)}\n`
        : `${formatProbe(probe, style)}\n${fingerprintLines(fingerprint, style).join('\n')}\n`,
    );
  }
}

/** As a run records it for direct I/O; without a target, without the fields of targets and disks. */
function fingerprintOf(target: TargetFacts | null): FingerprintField[] {
  const targets = target === null ? [] : [target];
  const fields = readFingerprint({ machine: readMachine(), targets, isBuffered: false, environment: process.env });
  return target === null ? fields.filter(({ name }) => !/^(target|fileSystem|disk)\./.test(name)) : fields;
}
