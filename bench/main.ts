/**
 * `npm run bench -- [--only CASE]… [--pairs N] [--seconds S] [--directory DIR] [--json FILE] [--list]`
 *
 * iotest against fio on the same targets, in interleaved pairs, as ratios; the only figures worth quoting from a machine
 * that others use as well. Prints a table in Markdown to stdout.
 */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { type Case, cases } from './lib/cases.js';
import { fioVersion } from './lib/contenders.js';
import { type Cost, measureCosts } from './lib/costs.js';
import { describeGoal, type Row, runCase } from './lib/pairs.js';
import { makeTargets, warmCache } from './lib/targets.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    directory: { type: 'string', default: process.cwd() },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

const names = [...cases.map(({ name }) => name), 'costs'];
if (values.list) {
  console.log(names.join('\n'));
  process.exit();
}
const unknown = values.only.filter((name) => !names.includes(name));
const [pairs, seconds] = [Number(values.pairs), Number(values.seconds)];
if (unknown.length > 0 || !(pairs >= 1) || !(seconds >= 1)) {
  console.error(
    unknown.length > 0
      ? `no such case: ${unknown.join(', ')}; there are ${names.join(', ')}`
      : '--pairs and --seconds take numbers from 1 on',
  );
  process.exit(2);
}
const fio = fioVersion();
if (fio === null) {
  console.error('fio is not installed: there is nothing to compare with');
  process.exit(1);
}

const isWanted = (name: string) => values.only.length === 0 || values.only.includes(name);
const wanted = cases.filter(({ name }) => isWanted(name));
const needed = (what: Case['needs']) => wanted.some(({ needs }) => needs === what);

const note = (line: string) => process.stderr.write(`${line}\n`);
const number = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(3)).toString() : '–');
const verdict = (isMet: boolean | null) => (isMet === null ? '' : isMet ? 'met' : 'MISSED');

const targets = makeTargets(values.directory, {
  fileBytes: needed('file') ? 1 << 30 : needed('cached file') ? 256 << 20 : 0,
  zram: needed('zram'),
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    targets.remove();
    process.exit(130);
  });
}

const rows: Row[] = [];
const skipped: string[] = [];
let costs: Cost[] = [];
let garbageCollections = 0;
try {
  for (const benchCase of wanted) {
    if (benchCase.needs === 'zram' && targets.zram === null) {
      skipped.push(`${benchCase.title}: ${targets.zramMissing}`);
      continue;
    }
    if (benchCase.needs === 'cached file') warmCache(targets.file);
    note(`${benchCase.name}: ${pairs} pairs of ${seconds} s …`);
    const result = await runCase(benchCase, targets, { pairs, seconds });
    rows.push(...result.rows);
    garbageCollections += result.garbageCollections;
    if (result.garbageCollections > 0) note(`  garbage collections: ${result.garbageCollections}`);
    for (const row of result.rows) note(`  ${row.metric}: ${number(row.median)} ${verdict(row.isMet)}`);
  }
  if (isWanted('costs')) {
    note('costs …');
    costs = await measureCosts(pairs);
  }
} finally {
  targets.remove();
}

const machine = `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.cpus().length} CPUs, Linux ${os.release()}`;
const heading = `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}, ${fio}; ${pairs} pairs of ${seconds} s`;
console.log(`${heading}\n`);
if (rows.length > 0) {
  console.log('| case | figure | ratio (min–max) | values | goal | |\n| --- | --- | --- | --- | --- | --- |');
  for (const {
    title,
    metric,
    median,
    ratios,
    values: [a, b],
    contenders,
    goal,
    isMet,
  } of rows) {
    const range = `${number(median)} (${number(Math.min(...ratios))}–${number(Math.max(...ratios))})`;
    console.log(
      `| ${title} | ${metric} | ${range} | ${contenders[0]} ${number(a)}, ${contenders[1]} ${number(b)} | ${describeGoal(goal)} | ${verdict(isMet)} |`,
    );
  }
  console.log(`\nGarbage collections in the measured time, all runs together: ${garbageCollections}`);
}
if (costs.length > 0) {
  console.log('\n| cost | median (min–max) | goal | |\n| --- | --- | --- | --- |');
  for (const { name, unit, value, samples, goal, isMet } of costs) {
    const range = `${number(value)} (${number(Math.min(...samples))}–${number(Math.max(...samples))}) ${unit}`;
    console.log(`| ${name} | ${range} | ${describeGoal(goal)} | ${verdict(isMet)} |`);
  }
}
for (const line of skipped) console.log(`\nskipped: ${line}`);
if (values.json !== undefined) {
  const document = { heading, pairs, seconds, rows, costs, garbageCollections, skipped };
  writeFileSync(values.json, `${JSON.stringify(document, null, 2)}\n`);
}
