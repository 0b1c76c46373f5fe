import { Command } from '@oclif/core';
import { startFio } from '../fio/main.js';

/** For help and completion; the executable hands its words to `startFio` without loading any of this. */
export default class Fio extends Command {
  static override summary = "Take fio's command line, and print what fio prints.";
  static override description = `Job files and job options as fio takes them, with fio's output formats and
exit status.
A link named fio to this executable behaves the same. iotest fio --help
lists the options.`;
  static override usage = 'fio [OPTIONS] [--name=JOB --rw=read ...] [FILE...]';
  static override examples = [
    '<%= config.bin %> fio --name=a --rw=randread --bs=4k --size=1g --filename=data',
    '<%= config.bin %> fio --output-format=json --output=out.json job.fio',
  ];
  static override strict = false;

  async run(): Promise<void> {
    await startFio(this.argv, this.config.root);
  }
}
