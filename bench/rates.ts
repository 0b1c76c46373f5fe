/**
 * How well rates are kept: `rate_iops` of 1000, 10 000 and 100 000 on several engines, each beside the same job without a
 * rate (which shows that the machine could), and what a log of every I/O takes from the highest rate.
 *
 *   npm run build && npx tsc -p tsconfig.bench.json && node dist/.bench/bench/rates.js --runs 3 --seconds 3
 *
 * Reads a file that it makes in `--directory`, from memory. Nothing else should be running.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { iotest, optionsFrom } from './gate-command.js';
import { median } from './lib/pairs.js';
import { cachedSize, makeTargets, warmCache } from './lib/targets.js';

const options = optionsFrom(process.argv.slice(2), { runs: 3, seconds: 3, directory: process.cwd() });
const rates = [1_000, 10_000, 100_000];
const fileBytes = 256 << 20;

interface Document {
  readonly jobs: readonly { readonly read: { readonly iops: number } }[];
  readonly iotest: { readonly jobs: readonly { readonly garbageCollectionCount: number }[] };
}

const targets = makeTargets(options.directory, { fileBytes, zram: false });
const folder = mkdtempSync(join(tmpdir(), 'iotest-rates-'));
let collectionCount = 0;

/** IOPS of one run. */
function run(lines: readonly string[]): number {
  const job = join(folder, 'job.ini');
  const common = ['[job]', 'rw=randread', 'bs=4k', `runtime=${options.seconds}`, 'ramp_time=500ms', 'time_based'];
  writeFileSync(job, [...common, ...lines, ''].join('\n'));
  const document = JSON.parse(iotest(['run', job, '--no-save', '--quiet', '--format', 'json'])) as Document;
  collectionCount += document.iotest.jobs.reduce((sum, { garbageCollectionCount }) => sum + garbageCollectionCount, 0);
  return document.jobs[0]!.read.iops;
}

const cached = [`filename=${targets.file}`, `size=${cachedSize}`, 'invalidate=0'];
const engines: readonly { readonly label: string; readonly lines: readonly string[] }[] = [
  { label: 'null', lines: ['ioengine=null', 'size=1g'] },
  { label: 'psync, cached', lines: ['ioengine=psync', ...cached] },
  { label: 'libaio, cached, depth 16', lines: ['ioengine=libaio', 'iodepth=16', ...cached] },
  { label: 'io_uring, cached, depth 16', lines: ['ioengine=io_uring', 'iodepth=16', ...cached] },
];

try {
  warmCache(targets.file);
  console.log(
    '| engine | without a rate | asked for | reached (each run) | within 1 % |\n| --- | --- | --- | --- | --- |',
  );
  for (const { label, lines } of engines) {
    const free = Math.round(median([run(lines), run(lines)]));
    for (const rate of rates) {
      const shares = Array.from({ length: options.runs }, () => run([...lines, `rate_iops=${rate}`]) / rate);
      const isKept = shares.every((share) => Math.abs(share - 1) <= 0.01);
      const texts = shares.map((share) => `${(share * 100).toFixed(2)} %`).join(', ');
      console.log(`| ${label} | ${free} | ${rate} | ${texts} | ${isKept ? 'yes' : 'NO'} |`);
    }
  }
  const logged = (isLogged: boolean) =>
    run([
      'ioengine=io_uring',
      'iodepth=16',
      ...cached,
      'rate_iops=100000',
      ...(isLogged ? [`write_lat_log=${join(folder, 'log')}`, 'log_avg_msec=0'] : []),
    ]);
  const ratios: number[] = [];
  for (let pair = 0; pair < options.runs; pair++) {
    const without = logged(false);
    ratios.push(logged(true) / without);
  }
  console.log(
    `\n100 000 IOPS with a log line for each I/O, against without: ${ratios.map((r) => r.toFixed(3)).join(', ')}`,
  );
  console.log(`Garbage collections in the measured time, all runs together: ${collectionCount}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
  targets.remove();
}
