/**
 * Counts the lights of `iotest gate` for real: a job against itself (none may be red, nearly all should be green), and
 * against the same job held to a rate that is 10 % or 20 % lower (all should be red). Each gate is written down as it
 * ends, so that a run of hours can be stopped and taken up again; what there is is printed as a table.
 *
 *   node dist/.bench/bench/gate-proof.js --state proof.jsonl --name zram --target /dev/zram1 --engine psync --depth 1
 *
 * `--target` is a file (made when missing, `--size` long), a block device that is only read, `null` for no device at
 * all, or `known` for one whose latency is known: there a slow-down is one of the device, `--latency` µs against a tenth
 * or a fifth more. Elsewhere it is a rate: of 7 tenths of what the job does freely, unless `--rate` says it.
 * `--gates 0` only prints.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gate, iotest, optionsFrom, report } from './gate-command.js';
import { openKnownDevice } from './lib/known-device.js';

const options = optionsFrom(process.argv.slice(2), {
  state: 'gate-proof.jsonl',
  name: '',
  target: 'null',
  size: '256m',
  engine: 'io_uring',
  depth: 8,
  runtime: '2s',
  ramp: '500ms',
  rate: 0,
  latency: 1000,
  budget: '10m',
  aa: 30,
  ten: 20,
  twenty: 20,
  gates: 1000,
});

/** One gate, as it is written down. */
interface Line {
  readonly name: string;
  /** True slow-down, per cent. */
  readonly percent: number;
  readonly verdict: string;
  readonly pairs: number;
  readonly seconds: number;
  readonly load: number;
  readonly at: string;
}

const name = options.name === '' ? options.target : options.name;

function readLines(): Line[] {
  if (!existsSync(options.state)) return [];
  const lines = readFileSync(options.state, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}

/** @param target a file or device */
function jobText(rate: number, target = options.target): string {
  const isNull = options.target === 'null';
  return [
    '[global]',
    `ioengine=${isNull ? 'null' : options.engine}`,
    `iodepth=${options.depth}`,
    `direct=${isNull ? 0 : 1}`,
    'bs=4k',
    ...(isNull ? [] : [`filename=${target}`]),
    `size=${options.size}`,
    `runtime=${options.runtime}`,
    `ramp_time=${options.ramp}`,
    'time_based',
    ...(rate === 0 ? [] : [`rate_iops=${rate}`]),
    '',
    '[randread]',
    'rw=randread',
    '',
  ].join('\n');
}

/** What the job does when nothing holds it back: the median of three runs. */
function freeRate(job: string): number {
  writeFileSync(job, jobText(0));
  const { jobs } = JSON.parse(iotest(['run', job, '--no-save', '--quiet', '--repeat', '3', '--format', 'json'])) as {
    readonly jobs: readonly { readonly read: { readonly iops: number } }[];
  };
  return jobs.map(({ read }) => read.iops).sort((a, b) => a - b)[1]!;
}

function printTable(lines: readonly Line[]): void {
  console.log('| device | truth | gates | green | red | not decided | pairs, median | wall time, median | load |');
  console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const key = `${line.name} | ${line.percent === 0 ? 'the same' : `${line.percent} % slower`}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  for (const [key, all] of groups) {
    const count = (...verdicts: string[]) => all.filter(({ verdict }) => verdicts.includes(verdict)).length;
    const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
    const loads = all.map(({ load }) => load);
    const cells = [
      all.length,
      count('pass', 'improved'),
      count('regression'),
      count('inconclusive'),
      middle(all.map(({ pairs }) => pairs)),
      `${Math.round(middle(all.map(({ seconds }) => seconds)))} s`,
      `${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}`,
    ];
    console.log(`| ${key} | ${cells.join(' | ')} |`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'iotest-gate-proof-'));
const known = options.target === 'known' && options.gates > 0 ? await openKnownDevice() : null;
try {
  const kinds = [
    { percent: 0, wanted: options.aa },
    { percent: 10, wanted: options.ten },
    { percent: 20, wanted: options.twenty },
  ];
  let left = options.gates;
  for (const { percent, wanted } of kinds) {
    const done = readLines().filter((line) => line.name === name && line.percent === percent).length;
    const [old, current] = [join(folder, 'old.ini'), join(folder, 'new.ini')];
    for (let number = done + 1; number <= wanted && left > 0; number++, left--) {
      const isRated = percent > 0 && known === null;
      const rate = isRated ? options.rate || Math.round(freeRate(old) * 0.7) : 0;
      const texts =
        known === null
          ? [jobText(rate), jobText(Math.round(rate / (1 + percent / 100)))]
          : [0, percent].map((more) => jobText(0, known.path(Math.round(options.latency * (1 + more / 100)))));
      writeFileSync(old, texts[0]!);
      writeFileSync(current, texts[1]!);
      const argv = percent === 0 ? ['--aa', old] : ['--ab', old, current];
      const begin = Date.now();
      const found = gate([...argv, '--budget', options.budget, '--no-save']);
      const line: Line = {
        name,
        percent,
        verdict: found.verdict,
        pairs: Math.max(0, ...found.metrics.map(({ currentCount }) => currentCount)),
        seconds: (Date.now() - begin) / 1000,
        load: loadavg()[0]!,
        at: new Date(begin).toISOString(),
      };
      appendFileSync(options.state, `${JSON.stringify(line)}\n`);
      report(number, found);
    }
  }
} finally {
  known?.close();
  rmSync(folder, { recursive: true, force: true });
}
printTable(readLines());
