/** docs/compatibility.md: each of fio's options and example files with its state, who reads our output, what differs. */
import type { OptionDescription } from '../job/options/description.js';

export interface ExampleState {
  readonly state: 'equal' | 'fio cannot run it' | 'refused';
  /** What is compared with fio: counts, sums, bytes, directions; null where nothing is. */
  readonly agreement: string | null;
  /** What was changed for the comparison, or why there is none. */
  readonly reasons: readonly string[];
}

interface ExampleStates {
  readonly fioVersion: string;
  readonly examples: Readonly<Record<string, ExampleState>>;
}

const agreements: Readonly<Record<string, string>> = {
  counts: 'runs; equal in I/Os and bytes of each direction, names, groups, errors, status',
  sums: 'runs; equal in I/Os and bytes, names, groups, errors, status (directions are drawn by lot)',
  bytes: 'runs; equal in bytes, names, groups, errors, status (sizes and directions are drawn by lot)',
  directions: 'runs; equal in directions, names, groups, errors, status (time ends it)',
};

/** What is meant to be otherwise; where no page says more, the source does. */
const differences: readonly string[] = [
  'Block devices are written only with `--destructive` (or `IOTEST_DESTRUCTIVE` for scripts), and never while in use.',
  '`unlink=1` deletes what the run has made, and nothing that was there before ([your-data.md](your-data.md)).',
  'Mistakes are reported all at once, with place and advice. What fio misreads in silence (`bs=4x`, `runtime=10x`, numbers beyond 2³²) is refused; blanks around `=` are read as meant.',
  '`/dev/null`, `/dev/zero` and other character devices are refused as targets: use `ioengine=null`.',
  'Unless submission is timed by itself, one latency exists, from submission begun to completion seen: it stands as `lat_ns` and `clat_ns`, and `slat_ns` has N = 0. Compare it with fio’s `lat_ns`.',
  'With a rate, the latency from the intended start is reported beside the service time, below the root key `iotest`.',
  'Percentiles and bins carry the largest ns of our buckets, not the middle of fio’s wider ones.',
  'Shares (`iodepth_*`, `latency_*`) are true per cents; fio lifts small ones, and its depth levels can exceed 100 in sum.',
  'All completions there are get reaped at once; fio takes one unless `iodepth_batch_complete` says otherwise, and counts those that wait as in flight. Where data is cached, or nothing is done (`ioengine=null`), `iodepth_level` therefore shows less than the full depth, where fio shows hardly anything else.',
  'Before the first pass, what is dirty is synced, so that it can leave the page cache; later passes begin as with fio.',
  'Windows without I/O count as 0 in `bw_*` and `iops_*`.',
  '`total_ios` and `iops` count I/Os that were done; fio counts those that failed as well.',
  '`error` is never 0 for a job that failed, not even in its setup.',
  'fdatasync is counted and timed as fsync is; fio does not count it.',
  'A sync that `fsync=N` makes due is done after the very last write too. fio leaves it out there, and before 3.38 does two where a loop ends with one.',
  '`disable_bw_measurement` changes nothing: `bw_*` and `iops_*` are in the result, as with fio, which leaves out the lines of `write_bw_log` alone.',
  'A sequential job ends at its size; fio’s last block may go beyond it where the file is longer.',
  'Offsets that are drawn have the same distribution as fio’s and cover the same blocks, in another order.',
  'With `zonemode=zbd` a job has one file, writes to one zone of a device wait for each other where the kernel does not keep their order, and each variant and repetition begins with zones as another run of fio would ([zones.md](zones.md)).',
  'Where versions of fio differ, output is that of 3.42: the line `latency   : target=…` has units, which 3.33 leaves out.',
  'Every job is a thread, with or without `thread`.',
  '`fsync=N`, `fdatasync=N` and `end_fsync` sync what `falloc` and `ftruncate` have changed, as they do for all other engines; fio’s two engines end with EINVAL there.',
  'A job with `ftruncate` beside one with `mmap` on the same file is refused: fio dies of SIGBUS.',
  '`cpuio`: a job without a `runtime` ends with the last job beside it that does I/O, as fio’s man page has it (fio ends such a job only with `thread`), and is refused where there is none. What is begun is cut at the end of the job.',
  '`exec` needs `--allow-exec`. Its job ends with its program, where fio’s lasts for its `runtime`; without a `runtime` the program runs to its end, where fio ends it at once. A program that cannot be found, or ends by itself with a status other than 0, fails the job. It and all in its process group are killed with the job, also when iotest is killed.',
  '`posixaio` is refused: glibc does it by threads that each make a synchronous call. `io_uring` does the same without them, `libaio` with `direct=1`.',
  'Lines of windowed logs stand at multiples of `log_avg_msec`; fio’s stand where its timer noticed.',
];

export function compatibilityPage(
  options: readonly OptionDescription[],
  { fioVersion, examples }: ExampleStates,
): string {
  const ofFio = options.filter(({ ours }) => !ours);
  const states = ['supported', 'partly', 'refused', 'ignored'] as const;
  const counts = ([1, 2, 3] as const).map((tier) =>
    row([tier, ...states.map((state) => ofFio.filter((each) => each.tier === tier && each.state === state).length)]),
  );
  const entries = Object.entries(examples);
  const equal = entries.filter(([, { state }]) => state === 'equal').length;
  return [
    '# Compatibility with fio',
    '',
    '<!-- Generated by `npm run docs`. Do not edit. -->',
    '',
    `Of Debian's example files ${equal} of ${entries.length} run and agree with fio. Each option and each file has its state below: what is not`,
    'supported is refused by name, or ignored with a note where it changes nothing that is measured here.',
    '',
    'The command line is described in [fio.md](fio.md), rates in [rates.md](rates.md), logs and replay in [logs.md](logs.md).',
    '',
    '## What differs on purpose',
    '',
    ...differences.map((each) => `- ${each}`),
    '',
    '## Readers',
    '',
    'Which of fio’s own tools read our logs, and how they were tried: [logs.md](logs.md#readers). `fio_jsonplus_clat2csv` reads',
    'our json+, in the tests. Which of fio’s own black-box tests pass: [fio-tests.md](fio-tests.md).',
    '',
    '## Examples',
    '',
    `The job files of Debian's package fio-examples: ${equal} of ${entries.length} run and agree with fio ${fioVersion}; each other has its`,
    'reason. For the comparison sizes, times and clones are cut down, and devices are replaced by files',
    '(`test/differential/corpus.ts`); what else is changed stands beside the file.',
    '',
    '| file | state | changed, or why not |',
    '| --- | --- | --- |',
    ...entries.map(([file, { state, agreement, reasons }]) =>
      row([file, state === 'equal' ? agreements[agreement ?? '']! : state, reasons.join('; ')]),
    ),
    '',
    '## Options',
    '',
    '`partly` stands for options of which some values are taken; [options.md](options.md) has each in full.',
    '',
    '| tier | supported | partly | refused | ignored |',
    '| --- | --- | --- | --- | --- |',
    ...counts,
    '',
    '| option | tier | state | reason | instead |',
    '| --- | --- | --- | --- | --- |',
    ...ofFio.map(({ name, tier, state, reason, nearest }) =>
      row([`\`${name}\``, tier, state, reason ?? '', nearest ?? '']),
    ),
    '',
  ].join('\n');
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
}
