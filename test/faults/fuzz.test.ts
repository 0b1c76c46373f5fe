/**
 * All that comes from outside, mutated: it is read, or refused with a `UserError` that says what is wrong; nothing else is
 * thrown, and no answer takes long. A small seeded run; `FUZZ_RUNS=1000000 FUZZ_SEED=1` makes another (reliability.md).
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compareAll } from '../../src/compare/all.js';
import { compareCsv, compareJson, compareMarkdown } from '../../src/compare/export.js';
import { subjectsOf } from '../../src/compare/inputs.js';
import { formatCompare } from '../../src/compare/text.js';
import { readArguments } from '../../src/fio/arguments.js';
import { parseJobFileTolerances, parseToleranceFlags } from '../../src/gate/tolerances.js';
import { createDraft } from '../../src/job/draft.js';
import { parseJobFile } from '../../src/job/expand.js';
import { optionTable } from '../../src/job/options/index.js';
import { parseIolog } from '../../src/logs/iolog.js';
import { htmlPage } from '../../src/page/page.js';
import { fingerprintLines } from '../../src/report/fingerprint-text.js';
import { csv, formatFioResult } from '../../src/report/results-text.js';
import { plainStyle } from '../../src/report/terminal.js';
import type { IotestDocument, ResultDocument } from '../../src/results/document.js';
import { resultHistogramLog, resultRows } from '../../src/results/export.js';
import { bencherJson, benchstatText } from '../../src/results/export-benchmarks.js';
import { openMetricsText, prometheusText } from '../../src/results/export-metrics.js';
import { serialiseResult, withBins } from '../../src/results/fio-json.js';
import { entryOf } from '../../src/results/index-entry.js';
import { parseResult } from '../../src/results/parse.js';
import { readManifest } from '../../src/results/sweep-manifest.js';
import { UserError } from '../../src/support/errors.js';
import { formatSaved } from '../../src/sweep/text.js';
import { parseAxes } from '../../src/sweep/values.js';
import { sampleEnginesResult, sampleResult } from '../../src/testing/sample-result.js';
import { sampleSweep } from '../../src/testing/sample-sweep.js';
import { PerfScriptReader } from '../../src/trace/perf-script.js';
import { parseTraceEvent } from '../../src/trace/timeline-text.js';

const runs = Number(process.env.FUZZ_RUNS ?? 4000);
const seed = Number(process.env.FUZZ_SEED ?? 20261130);
/** Far above any answer, and below what would be called a hang on a machine that does other things too. */
const answerMsMax = 20_000;

const told = new Map<string, { count: number; refused: number; longestMs: number }>();
afterAll(() => {
  if (process.env.FUZZ_RUNS === undefined) return;
  process.stdout.write(`${[...told].map(([what, each]) => `${what}: ${JSON.stringify(each)}`).join('\n')}\n`);
});

/** @param share of all runs */
function fuzz<T>(what: string, share: number, input: fc.Arbitrary<T>, read: (value: T) => void): void {
  const count = Math.max(50, Math.round(runs * share));
  it(`${what}: ${count} times`, { timeout: 4 * 3_600_000 }, () => {
    const sum = { count: 0, refused: 0, longestMs: 0 };
    told.set(what, sum);
    fc.assert(
      fc.property(input, (value) => {
        const startMs = performance.now();
        sum.count++;
        try {
          read(value);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          sum.refused++;
          expect(error.problems.length).toBeGreaterThan(0);
          for (const { message } of error.problems) expect(message).not.toMatch(/^$|\[object Object\]/);
        }
        const ms = performance.now() - startMs;
        sum.longestMs = Math.max(sum.longestMs, Math.round(ms));
        expect(ms).toBeLessThan(answerMsMax);
      }),
      { seed, numRuns: count },
    );
    expect(sum.count).toBeGreaterThanOrEqual(count);
  });
}

// ------------------------------------------------------------------------------------------------------------- texts

const rubbish = [
  ...[
    '\n',
    '=',
    '[',
    ']',
    '%',
    ':',
    ',',
    '-',
    '/',
    '(',
    ')',
    '*',
    '^',
    ' ',
    '\t',
    '\r\n',
    '\0',
    '"',
    "'",
    '{',
    '}',
    '\\',
  ],
  ...['99999999999999999999', '-1', '1e308', '0x', '0', 'NaN', 'Infinity', '__proto__', 'constructor', '${', '$ncpus'],
  ...[
    '\u202e',
    '\ud800',
    '\u001b[2J',
    'null',
    'true',
    '9007199254740993',
    '1k',
    '(1+',
    '64k:',
    '4k/50:',
    '\n[global]\n',
  ],
];
const names = optionTable.map(({ name }) => name);
const insert = fc.oneof(
  fc.constantFrom(...rubbish),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(...names).map((name) => `\n${name}=`),
  fc.integer().map(String),
);
const edits = fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), remove: fc.nat(12), insert }), {
  maxLength: 6,
});

function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, edits).map(([start, changes]) =>
    changes.reduce((before, { at, remove, insert: added }) => {
      const from = Math.floor(at * before.length);
      return before.slice(0, from) + added + before.slice(from + remove);
    }, start),
  );
}

const optionLine = fc
  .tuple(fc.constantFrom(...optionTable), fc.constantFrom(...rubbish, '4k', '1', '50', '10:20', 'read', '1s'))
  .map(([{ name, example, defaultText }, other]) => `${name}=${example ?? defaultText ?? other}`);
const jobText = fc.oneof(
  fc.constantFrom(...readdirSync('jobs').map((name) => readFileSync(`jobs/${name}`, 'utf8'))),
  fc.array(optionLine, { maxLength: 8 }).map((lines) => `[a]\nsize=1m\nfilename=x\n${lines.join('\n')}\n`),
);
const settings = {
  overrides: [],
  sections: [],
  environment: { A: 'b' },
  cpuCount: 4,
  pageBytes: 4096,
  memoryBytes: 2 ** 33,
};

describe('job files', () => {
  fuzz('job files', 0.3, mutated(jobText), (text) => void parseJobFile(text, 'job.ini', settings));
  fuzz('tolerances in job files', 0.05, mutated(jobText), (text) => void parseJobFileTolerances(text, 'job.ini'));
});

const word = fc.oneof(
  fc.constantFrom(...names).chain((name) => insert.map((value) => `--${name}=${value.trim()}`)),
  fc.constantFrom('--output', '--output-format', '--terse-version', '--eta', '--section', '--readonly', '--debug', '-'),
  fc.constantFrom('--name=a', '--cmdhelp', '--enghelp=', '--showcmd', '--help=x', '--version', 'job.fio', '--', '--='),
  mutated(fc.constantFrom('--status-interval=1s', '--rw=read', '--bs=4k-8k', '--output-format=json+,normal')),
);

describe('command lines', () => {
  fuzz('words of fio', 0.2, fc.array(word, { maxLength: 8 }), (words) => void readArguments(words));
  const axis = mutated(
    fc.constantFrom('iodepth=1,2,4', 'bs=4k..1m', 'iodepth=1..64+8', 'engine=psync,io_uring', 'rw=a'),
  );
  fuzz('axes of sweeps', 0.05, fc.array(axis, { maxLength: 3 }), (texts) => void parseAxes(texts));
  const tolerance = mutated(fc.constantFrom('p99=10%', 'randread:iops=3%', 'cpu=off', 'write:p99.9=1%'));
  fuzz('tolerances', 0.05, fc.array(tolerance, { maxLength: 3 }), (texts) => void parseToleranceFlags(texts));
});

// ------------------------------------------------------------------------------------------------------------- lines

const iolog = [
  'fio version 3 iolog\n0 data add\n5 data open\n10 data read 0 4096\n30 data write 8192 512\n40 data sync 0 0\n60 data close\n',
  'fio version 2 iolog\ndata add\ndata open\ndata wait 5 0\ndata trim 0 1073741824\ndata datasync 0 0\ndata close\n',
];
const perf = [
  'node 812/815  5012.123456789:  250250 cpu-clock:pppH:\n\tffffffff81 io_submit_sqes ([kernel.kallsyms])\n\n',
  '   node   812/815 [001]  5012.123456: io_uring:io_uring_submit_req: ring 0xff, req 0xfe, user_data 0x1, opcode READ\n',
];
const manifest = JSON.stringify({
  ...{
    manifestVersion: 1,
    id: 'a',
    toolVersion: '1',
    source: '-',
    jobFileText: '[a]',
    repeat: 1,
    set: [],
    section: [],
  },
  ...{ axes: [{ option: 'bs', values: ['4k'] }], runtime: null, orderSeed: 1 },
});

describe('recordings and other lines', () => {
  const { replay } = createDraft();
  fuzz('recordings', 0.2, mutated(fc.constantFrom(...iolog)), (text) => {
    const { recording, problems } = parseIolog(Buffer.from(text), 'log', replay);
    if (problems.length > 0) throw new UserError(problems);
    expect(recording.count).toBeGreaterThan(0);
  });
  fuzz('what perf prints', 0.05, mutated(fc.constantFrom(...perf)), (text) => {
    const reader = new PerfScriptReader();
    for (const line of text.split('\n')) {
      reader.line(line);
      parseTraceEvent(line);
    }
    reader.end();
  });
  fuzz('manifests of sweeps', 0.03, mutated(fc.constant(manifest)), (text) => void readManifest(text));
});

// --------------------------------------------------------------------------------------------------------- documents

const samples = [
  sampleResult(),
  withBins(sampleEnginesResult()),
  sampleSweep({ depths: [1, 8], repeat: 2 }),
  JSON.parse(readFileSync('test/compare/fixtures/result-0.1-early.json', 'utf8')) as IotestDocument,
];
const ofFio = samples.slice(0, 2).map(({ iotest: _, ...fio }) => fio as ResultDocument);

const oddValues: readonly unknown[] = [
  ...[
    null,
    true,
    '',
    'x',
    '4k',
    'constructor',
    '__proto__',
    '\u001b[2J',
    -1,
    0,
    1,
    0.5,
    1e308,
    -1e308,
    2 ** 53,
    1e-320,
  ],
  ...[[], {}, [null], [[]], [0], { a: 1 }, { __proto__: null, constructor: 1 }, [1e308, -1], 'x'.repeat(5000)],
];
const change = fc.record({
  /** Which way to go at each level. */
  way: fc.array(fc.nat(60), { minLength: 1, maxLength: 9 }),
  what: fc.constantFrom('replace', 'remove', 'repeat', 'rename', 'scale'),
  value: fc.constantFrom(...oddValues),
  factor: fc.constantFrom(-1, 0, 0.001, 1000, 1e300),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(document: unknown, { way, what, value, factor }: Change): void {
  let parent = document as Record<string, unknown>;
  let key = '';
  for (const step of way) {
    const keys = Object.keys(key === '' ? parent : (parent[key] as object));
    if (keys.length === 0) break;
    if (key !== '') parent = parent[key] as Record<string, unknown>;
    key = keys[step % keys.length]!;
    if (typeof parent[key] !== 'object' || parent[key] === null) break;
  }
  const old = parent[key];
  const list = Array.isArray(parent) ? (parent as unknown[]) : null;
  if (what === 'replace') parent[key] = value;
  else if (what === 'remove' && list !== null) list.splice(Number(key), 1);
  else if (what === 'remove') delete parent[key];
  else if (what === 'repeat' && list !== null) list.push(structuredClone(old));
  else if (what === 'repeat') parent[key] = [old, old];
  else if (what === 'rename') Object.assign(parent, { [typeof value === 'string' ? value.slice(0, 20) : 'x']: old });
  else if (typeof old === 'number') parent[key] = old * factor;
}

function changedDocument(from: readonly ResultDocument[]): fc.Arbitrary<string> {
  const texts = from.map((document) => JSON.stringify(document));
  return fc.tuple(fc.constantFrom(...texts), fc.array(change, { maxLength: 4 })).map(([text, changes]) => {
    const document = JSON.parse(text) as unknown;
    for (const each of changes) apply(document, each);
    return JSON.stringify(document);
  });
}

const style = plainStyle(true, true);

/** What every command makes of it; one may refuse where another does not. */
function use(text: string): void {
  const document = parseResult(text, 'r.json');
  const subjects = [0, 1].flatMap((run) => subjectsOf({ document, label: `r${run}` }, run, false));
  const report = () => compareAll({ subjects, notes: [] });
  const readers: (() => unknown)[] = [
    () => entryOf(document, 'r.json'),
    () => csv(resultRows(document).map((row) => ({ ...row }))),
    () => resultHistogramLog(document),
    () => prometheusText(document, 'r'),
    () => openMetricsText(document, 'r'),
    () => benchstatText(document),
    () => bencherJson(document),
    () => JSON.parse(serialiseResult(document)),
    () => formatFioResult(document, style),
    () => document.iotest && formatSaved(document as IotestDocument, document.iotest.warnings, style),
    () => fingerprintLines(document.iotest?.fingerprint?.fields ?? [], style),
    () => formatCompare(report(), style),
    () => [compareCsv(report()), compareMarkdown(report()), compareJson(report())],
    () =>
      htmlPage({
        title: 'x',
        subjects: [{ label: 'r', document }],
        comparisons: report().comparisons,
        fingerprints: [],
        notes: [],
      }),
  ];
  let refusal: UserError | null = null;
  for (const read of readers) {
    try {
      read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusal = error;
    }
  }
  if (refusal !== null) throw refusal;
}

describe('documents', () => {
  fuzz('texts of results', 0.03, mutated(fc.constantFrom(...samples.map(serialiseResult))), use);
  fuzz('results', 0.02, changedDocument(samples), use);
  fuzz("fio's results", 0.02, changedDocument(ofFio), use);
});
