import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Args, Flags, type Interfaces } from '@oclif/core';
import { BaseCommand, colorFlag } from '../cli/base.js';
import { jobFlags } from '../cli/flags.js';
import { planJobs } from '../cli/job-input.js';
import { writeWhole } from '../cli/output.js';
import { checkDestinations } from '../run/destinations.js';
import { readJobInput } from '../run/variant-flags.js';
import { ExitCode, UserError } from '../support/errors.js';
import { writeOutputNow } from '../system/output-file.js';
import { type FlameFormat, renderFlame, sampleRuns } from '../trace/flame.js';
import { recordTimeline } from '../trace/timeline.js';
import { topFunctions } from '../trace/top.js';

const endings = { svg: 'svg', folded: 'folded', speedscope: 'speedscope.json' } as const;

export default class Trace extends BaseCommand {
  static override summary = 'Run a job under perf and draw where its CPU time went.';
  static override description = `Writes a flame graph of kernel, native and JavaScript functions in the
measured time; with two engines one that shows what differs. With --events
io_uring a timeline of one second of requests instead, for ui.perfetto.dev.
Needs perf (Debian: linux-perf), and the right to sample the kernel.`;
  static override examples = [
    '<%= config.bin %> trace job.ini --output flame.svg',
    '<%= config.bin %> trace job.ini --engine psync --engine io_uring --output difference.svg',
    '<%= config.bin %> trace job.ini --format speedscope',
    '<%= config.bin %> trace job.ini --events io_uring --output timeline.json',
  ];
  static override args = {
    file: Args.string({ description: 'job file, or - for standard input', required: true }),
  };
  static override flags = {
    ...jobFlags,
    output: Flags.string({
      char: 'o',
      description: 'file to write; flame.svg, flame.folded, flame.speedscope.json or timeline.json when not given',
      helpValue: 'FILE',
    }),
    format: Flags.string({
      description: 'a flame graph, folded stacks (FlameGraph, inferno), or JSON for speedscope.app',
      options: ['svg', 'folded', 'speedscope'],
    }),
    frequency: Flags.integer({
      description: 'samples per second of CPU time',
      helpValue: 'HZ',
      min: 1,
      max: 50_000,
      default: 999,
    }),
    events: Flags.string({
      description: 'a timeline of requests from these tracepoints instead of a flame graph',
      options: ['io_uring'],
    }),
    quiet: Flags.boolean({ char: 'q', description: 'no notes on stderr, errors only', default: false }),
    'no-color': colorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Trace);
    const engines = flags.engine ?? [];
    refuseWhatDoesNotFit(flags, engines.length);
    const output = flags.output ?? (flags.events ? 'timeline.json' : `flame.${endings[formatOf(flags)]}`);
    // Everything that is wrong with the job is said before perf begins.
    const { jobFile, variants } = readJobInput([args.file], flags, this.config.root);
    planJobs(variants, flags);
    checkDestinations({ ...flags, format: 'text', output, results: '.', 'no-save': true });
    const folder = mkdtempSync(join(tmpdir(), 'iotest-job-'));
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    // Also when a signal ends this process.
    process.once('exit', remove);
    try {
      // What came by standard input is gone once it was read.
      const file = args.file === '-' ? join(folder, 'stdin.ini') : args.file;
      if (args.file === '-') writeOutputNow(file, jobFile.text, false);
      const runArguments = ['run', file, ...forwarded(flags)];
      if (flags.events) await this.#traceEvents(runArguments, engines, output, flags.quiet);
      else await this.#traceSamples(basename(jobFile.path), runArguments, engines, output, flags);
    } finally {
      remove();
    }
  }

  async #traceSamples(
    name: string,
    runArguments: readonly string[],
    engines: readonly string[],
    output: string,
    flags: TraceFlags,
  ): Promise<void> {
    const runs =
      engines.length === 0
        ? [{ label: name, runArguments }]
        : engines.map((engine) => ({ label: engine, runArguments: [...runArguments, '--engine', engine] }));
    const flame = await sampleRuns(runs, flags.frequency, this.config.root);
    const title = engines.length === 0 ? name : `${name}: ${engines.join(' against ')}`;
    await writeWhole(output, renderFlame(flame, formatOf(flags), title, `iotest ${this.config.version}`));
    const style = this.styleOf(process.stdout, flags['no-color']);
    process.stdout.write(
      topFunctions(flame, style)
        .map((line) => `${line}\n`)
        .join(''),
    );
    if (flame.profiles.some(({ interrupted }) => interrupted)) process.exitCode = ExitCode.interrupted;
    if (flags.quiet) return;
    if (!flame.hasKernel) {
      process.stderr.write(
        "iotest: the kernel's functions are hidden: run as root, or sysctl kernel.perf_event_paranoid=1 kernel.kptr_restrict=0\n",
      );
    }
    process.stderr.write(`written to ${output}\n`);
  }

  async #traceEvents(
    runArguments: readonly string[],
    engines: readonly string[],
    output: string,
    quiet: boolean,
  ): Promise<void> {
    const engine = engines.flatMap((each) => ['--engine', each]);
    const { json, requestCount, isCut } = await recordTimeline([...runArguments, ...engine], this.config.root);
    await writeWhole(output, json);
    if (quiet) return;
    const first = isCut ? `the first ${requestCount} requests` : `${requestCount} requests`;
    process.stderr.write(`${first} written to ${output}: open it in ui.perfetto.dev or chrome://tracing\n`);
  }
}

type TraceFlags = Interfaces.InferredFlags<(typeof Trace)['flags']>;

function formatOf({ format }: TraceFlags): FlameFormat {
  return (format ?? 'svg') as FlameFormat;
}

function refuseWhatDoesNotFit({ events, format, engine = [] }: TraceFlags, engineCount: number): void {
  if (events !== undefined && format !== undefined) {
    throw UserError.of('a timeline has a format of its own', 'leave --format off with --events');
  }
  if (engineCount > (events === undefined ? 2 : 1)) {
    throw UserError.of(
      `${engine.length} engines are too many for one ${events === undefined ? 'graph' : 'timeline'}`,
      events === undefined ? 'give one engine, or two to see what differs' : 'give one engine with --events',
    );
  }
}

/** The flags that the run under perf gets as well. A timeline is of one second, whatever the job says. */
function forwarded({ set = [], section = [], runtime, destructive = [], events, ...flags }: TraceFlags): string[] {
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const time = runtime ?? (events === undefined ? undefined : '1s');
  return [
    ...each('--set', set),
    ...each('--section', section),
    ...each('--destructive', destructive),
    ...(flags.readonly === true ? ['--readonly'] : []),
    ...(time === undefined ? [] : ['--runtime', time]),
    ...(flags['allow-exec'] === true ? ['--allow-exec'] : []),
  ];
}
