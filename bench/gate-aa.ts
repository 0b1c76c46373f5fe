/**
 * Counts false alarms of `iotest gate` for real: a job against itself, again and again. Every regression is one.
 *
 *   node dist/.bench/bench/gate-aa.js --gates 30 --target /srv/bench/data --repeat 20 --runtime 2s
 *
 * `--target` is a file (made when missing, `--size` long) or a block device that is only read.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gate, optionsFrom, report } from './gate-command.js';

const options = optionsFrom(process.argv.slice(2), {
  gates: 30,
  target: join(tmpdir(), 'iotest-gate-aa.data'),
  size: '256m',
  repeat: 20,
  runtime: '2s',
  ramp: '500ms',
  engine: 'io_uring',
  depth: 8,
});

const folder = mkdtempSync(join(tmpdir(), 'iotest-gate-aa-'));
const counts = new Map<string, number>();
let doubtful = 0;
try {
  const job = join(folder, 'job.ini');
  writeFileSync(
    job,
    `[global]
ioengine=${options.engine}
iodepth=${options.depth}
direct=1
bs=4k
filename=${options.target}
size=${options.size}
runtime=${options.runtime}
ramp_time=${options.ramp}
time_based

[randread]
rw=randread
`,
  );
  for (let number = 1; number <= options.gates; number++) {
    const found = gate(['--aa', job, '--repeat', String(options.repeat), '--no-save']);
    report(number, found);
    counts.set(found.verdict, (counts.get(found.verdict) ?? 0) + 1);
    if (found.confirmed === 'done') doubtful++;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const verdicts = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
console.log(
  `${options.gates} A/A gates on ${options.target}, ${options.repeat} pairs of ${options.runtime}: ${verdicts}`,
);
console.log(`${counts.get('regression') ?? 0} false regressions; ${doubtful} gates needed a second run`);
