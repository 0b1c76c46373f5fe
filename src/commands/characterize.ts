import { randomBytes } from 'node:crypto';
import { Flags } from '@oclif/core';
import { checkSections, isOf, loadCharacterization, runSections } from '../characterize/run.js';
import { leftOutTexts, type PlannedSection, plannedSections, preconditionSeconds } from '../characterize/sections.js';
import { regionBytes, sectionFacts, settingsOf } from '../characterize/settings.js';
import { characterizeSummary } from '../characterize/text.js';
import { BaseCommand, colorFlag } from '../cli/base.js';
import { resultsArgument, resultsFlagFor } from '../cli/results-flags.js';
import { readMachine } from '../machine/machine.js';
import { busyWarnings } from '../report/warnings.js';
import { timeStem } from '../results/files.js';
import { checkDestinations } from '../run/destinations.js';
import { ExitCode, UserError } from '../support/errors.js';
import { formatDurationSeconds } from '../support/units.js';

export default class Characterize extends BaseCommand {
  static override summary = 'Measure what a disk can do, section by section, for a report.';
  static override description = `Preconditions the target, then measures throughput, IOPS by mix and block
size, latency at depth 1, latency against rate, engines side by side,
response times and sustained writes. A file that does not exist is made. A
file or device that exists is only read unless --destructive names it too:
all of its data is lost. Takes about an hour, with --quick 5 minutes, with
--pts days. Each section is saved in results/ when it is done; --resume goes
on after an interruption. The pages are drawn by iotest report
--characterize ID.
Exit status: 0 done, 1 a job had errors, 2 bad usage, 4 not steady (with
--require-steady), 130 interrupted.`;
  static override examples = [
    '<%= config.bin %> characterize /mnt/disk/characterize.tmp --quick',
    '<%= config.bin %> characterize /dev/nvme1n1 --destructive /dev/nvme1n1',
    '<%= config.bin %> characterize /dev/nvme0n1 --quick',
    '<%= config.bin %> characterize --resume 20261125-133000-1f0a9c',
  ];
  static override usage = 'characterize FILE|DEVICE [FLAGS]';
  static override strict = false;
  static override flags = {
    destructive: Flags.string({
      description: 'the target once more: it may be overwritten, and all of its data is lost',
      helpValue: 'TARGET',
    }),
    'reads-only': Flags.boolean({ description: 'write nothing, also to a target of ours', default: false }),
    quick: Flags.boolean({ description: 'about 5 minutes', default: false }),
    pts: Flags.boolean({
      description: 'with the durations of the SNIA performance test specification: many hours',
      default: false,
    }),
    engine: Flags.string({
      description: 'the first is used throughout, all are compared; as found on this machine unless given',
      helpValue: 'NAME[+MODE]',
      multiple: true,
      multipleNonGreedy: true,
    }),
    size: Flags.string({
      description: 'use so much of the target; of a new file 1g with --quick, 4g, or 16g with --pts unless given',
      helpValue: 'SIZE',
    }),
    scale: Flags.string({
      description: 'multiply all durations, for trying it out: the figures are not comparable any more',
      helpValue: 'FACTOR',
    }),
    resume: Flags.string({ description: 'go on with this characterization', helpValue: 'ID' }),
    'require-steady': Flags.boolean({
      description: 'exit with 4 when the rounds of the IOPS matrix did not become steady, or are too few to tell',
      default: false,
    }),
    results: resultsFlagFor('folder in which the sections are saved'),
    quiet: Flags.boolean({ char: 'q', description: 'no progress and no notes on stderr, errors only', default: false }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Characterize);
    checkDestinations({ ...flags, format: 'text', 'no-save': false });
    const before = flags.resume === undefined ? [] : await loadCharacterization(flags.results, flags.resume);
    if (flags.resume !== undefined) refuseOthers(argv, flags);
    const settings = before[0]?.iotest.characterize?.settings ?? settingsOf(targetOf(argv), flags);
    const sections = plannedSections(settings, sectionFacts(settings));
    checkSections({ sections, settings });
    const done = before.filter((document) => sections.some((section) => isOf(document, section)));
    const left = sections.filter((section) => !done.some((document) => isOf(document, section)));
    const id = flags.resume ?? newId();
    const say = (text: string): void => {
      if (!flags.quiet) process.stderr.write(`${text}\n`);
    };
    const seconds = left.reduce((sum, section) => sum + section.seconds, 0);
    const fill = left.some(({ section }) => section === 'throughput')
      ? preconditionSeconds(settings, regionBytes(settings))
      : 0;
    say(
      `characterization ${id} of ${settings.target}: ${countOf(left.length)}, ${settings.level === 'pts' ? 'at most' : 'about'} ${formatDurationSeconds(seconds + fill)}`,
    );
    for (const text of leftOutTexts(settings)) say(`note: ${text}`);
    for (const { message, advice } of left.length > 0 ? busyWarnings(readMachine()) : []) {
      say(`warning: ${message}\n  ${advice}`);
    }
    const resume = `iotest characterize --resume ${id}${resultsArgument(flags.results)}`;
    const characterized = await runSections({
      id,
      settings,
      sections,
      done,
      results: flags.results,
      commandLine: this.commandLine,
      root: this.config.root,
      quiet: flags.quiet,
      onSection: (section, index) =>
        say(`${index + 1}/${sections.length} ${nameOf(section)}, ${formatDurationSeconds(section.seconds)}`),
    }).catch((error: unknown) => {
      say(`what was measured before is kept: ${resume}`);
      throw error;
    });
    const { documents, status, isSteady } = characterized;
    process.stdout.write(characterizeSummary(documents, this.styleOf(process.stdout, flags['no-color'])));
    if (status === ExitCode.interrupted) say(`interrupted; to go on: ${resume}`);
    else say(`a page of it: iotest report --characterize ${id}${resultsArgument(flags.results)} --output report.html`);
    const unsteady = flags['require-steady'] && isSteady !== true && status === ExitCode.ok;
    if (unsteady)
      say(isSteady === null ? 'not known to be steady: fewer than five rounds' : 'the rounds did not become steady');
    process.exitCode = unsteady ? ExitCode.inconclusive : status;
  }
}

function targetOf(argv: readonly unknown[]): string {
  const [target, ...more] = argv.map(String);
  if (target === undefined) {
    throw UserError.of(
      'no target is given',
      'name a file or a block device: iotest characterize /mnt/disk/characterize.tmp --quick',
    );
  }
  if (more.length > 0)
    throw UserError.of(
      `one target at a time: ${more.join(' ')} is too much`,
      'characterize each by itself, and give both to iotest report',
    );
  return target;
}

/** What is resumed goes on as it began. */
function refuseOthers(argv: readonly unknown[], flags: Readonly<Record<string, unknown>>): void {
  const given = ['destructive', 'reads-only', 'quick', 'pts', 'engine', 'size', 'scale'].filter(
    (name) => flags[name] !== undefined && flags[name] !== false,
  );
  if (argv.length === 0 && given.length === 0) return;
  const what = argv.length > 0 ? String(argv[0]) : `--${given[0]}`;
  throw UserError.of(
    `--resume goes on as it began: ${what} has no place`,
    'leave it out, or begin a new characterization',
  );
}

/** `20261125-133000-1f0a9c`, as results are named. */
function newId(): string {
  return `${timeStem(new Date())}-${randomBytes(3).toString('hex')}`;
}

function nameOf({ title, round }: PlannedSection): string {
  return round === null ? title : `${title}, round ${round}`;
}

function countOf(count: number): string {
  return `${count} section${count === 1 ? '' : 's'}`;
}
