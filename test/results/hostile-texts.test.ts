/**
 * Every text of a result, hostile, through every format of every command that reads results: nothing may move the cursor,
 * write to the clipboard, hide, be a command for CI, or break out of its cell, element or string. Fields come from the
 * schema and formats from the commands' flags, so that new ones are tried by themselves. `HOSTILE_TEXTS=all` tries each text
 * in each field.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Config } from '@oclif/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { fail } from '../../src/cli/fail.js';
import { resultDocument } from '../../src/results/document.js';
import { parseResult } from '../../src/results/parse.js';
import { UserError } from '../../src/support/errors.js';
import { sampleEnginesResult, sampleResult } from '../../src/testing/sample-result.js';
import { sampleSweep } from '../../src/testing/sample-sweep.js';
import { root, scratchFolder } from '../cli/command.js';

const corpus: readonly string[] = [
  '\u001b[31mred\u001b[0m',
  '\u001b]8;;https://example.org\u0007link\u001b]8;;\u0007',
  '\u001b]52;c;cm0gLXJm\u0007',
  '\u009b2J\u009d0;title\u009c\u0090q\u009c',
  'a\rb\nc\r\nd\u0085e\u2028f\u2029g\u000bh\u000ci',
  '\u0007\u0008\u007f\u0000\u0001',
  '\n::error file=a.c,line=1::injected\n',
  '::set-output name=token::injected',
  'see ::add-mask::injected and ::warning::more',
  '##[error]injected ##vso[task.complete result=Failed;]injected',
  'exe.\u202egpj.\u2066x\u2069\u200f',
  'zero\u200bwidth\u200d\ufeff\u2060\u00ad',
  '\ud800lone\udfff',
  "=cmd|' /C calc'!A0",
  '+1+cmd|x',
  '-2+3+cmd|x',
  '@SUM(A1:A9)',
  '\t=1+1',
  'a|b`c`|d\\|e',
  '<script>alert(1)</script>',
  '</script></style></svg><img src=x onerror=alert(1)>',
  '" onload="alert(1)" x=\'',
  ']]> <!-- --> &lt; &#x1b;',
  '[click](javascript:alert(1)) ![x](http://example.org/x.png)',
  '__proto__',
  'constructor',
  '',
  ' ',
  'x'.repeat(20_000),
  '\u{e0041}\u{e0042}\u{e007f}',
];

// ------------------------------------------------------------------------------------ a document from the schema

/** What must be as it is to be read at all. */
const meaning = new Set(['data', 'startedAt']);
type AnySchema = { readonly def: Record<string, never> & { readonly type: string } } & z.ZodType;

class Filler {
  #count: number;
  readonly #leaveOut: ReadonlySet<string>;
  readonly #keepsFields: boolean;

  /** @param keepsFields the names of the fingerprint's fields, so that results are alike enough to be judged */
  constructor(first: number, leaveOut: readonly string[], keepsFields: boolean) {
    this.#keepsFields = keepsFields;
    this.#count = first;
    this.#leaveOut = new Set(leaveOut);
  }

  /** Of `sample` what there is, of the schema what it lacks; texts are the corpus's in turn. */
  fill(given: unknown, sample: unknown, key = ''): unknown {
    const schema = given as AnySchema;
    const def = schema.def as unknown as Record<string, unknown> & { readonly type: string };
    switch (def.type) {
      case 'string':
        // An axis is found again by its name.
        if (key === 'option' && sample !== undefined) return sample;
        return meaning.has(key) ? (sample ?? '2026-11-22T12:00:00.000Z') : this.#next();
      case 'optional':
      case 'default':
      case 'prefault':
        return this.#leaveOut.has(key) ? sample : this.fill(def.innerType, sample, key);
      case 'nullable':
        return sample === null ? null : this.fill(def.innerType, sample, key);
      case 'object':
        return this.#object(def.shape as Record<string, unknown>, sample);
      case 'array': {
        // Errors of jobs would keep them from being judged.
        if (this.#keepsFields && Array.isArray(sample) && sample.length === 0) return [];
        const items = Array.isArray(sample) && sample.length > 0 ? sample : [undefined];
        return items.map((item) => this.fill(def.element, item, key));
      }
      case 'tuple':
        return (def.items as readonly unknown[]).map((item, index) =>
          this.fill(item, (sample as readonly unknown[] | undefined)?.[index], key),
        );
      case 'record': {
        const entries = Object.entries((sample ?? {}) as object);
        const filled = entries.map(([name, value]) => [name, this.fill(def.valueType, value, key)]);
        const name = this.#next();
        const isKey = (def.keyType as z.ZodType).safeParse(name).success;
        return Object.fromEntries(isKey ? [...filled, [name, this.fill(def.valueType, undefined, key)]] : filled);
      }
      case 'union': {
        const options = def.options as readonly z.ZodType[];
        const chosen = options.find((option) => sample !== undefined && option.safeParse(sample).success);
        return this.fill(chosen ?? options[0], sample, key);
      }
      case 'number':
        return sample ?? (key === 'scale' ? 1 : 0);
      case 'unknown':
        return sample ?? this.#next();
      case 'boolean':
        return sample ?? false;
      case 'null':
        return null;
      case 'enum':
        return sample ?? Object.values(def.entries as object)[0];
      case 'literal':
        return sample ?? (def.values as readonly unknown[])[0];
      case 'custom':
        return sample ?? [];
      default:
        throw new Error(`the schema has a ${def.type}, which this test does not know`);
    }
  }

  #object(shape: Record<string, unknown>, sample: unknown): object {
    const known = (sample ?? {}) as Record<string, unknown>;
    const isKept = (key: string) => this.#keepsFields && key === 'name' && 'momentary' in shape;
    const filled = Object.entries(shape).map(([key, inner]) => [
      key,
      isKept(key) ? known[key] : this.fill(inner, known[key], key),
    ]);
    return { ...known, ...Object.fromEntries(filled.filter(([, value]) => value !== undefined)) };
  }

  #next(): string {
    return corpus[this.#count++ % corpus.length]!;
  }
}

/** Parts that make another kind of document of it, and histograms, which are no text. */
const kinds = [
  'hosts',
  'sweep',
  'characterize',
  'histograms',
  'completion',
  'submission',
  'openLoop',
  'priorities',
  'sync',
  'mixed',
];
const more = [...kinds, 'read', 'write', 'trim', 'chain', 'prios'];

function hostile(sample: unknown, first: number, leaveOut: readonly string[] = more, keepsFields = false): string {
  const copy = JSON.parse(JSON.stringify(sample)) as unknown;
  return JSON.stringify(new Filler(first, leaveOut, keepsFields).fill(resultDocument, copy));
}

// -------------------------------------------------------------------------------------------- commands and formats

type CommandClass = {
  readonly flags: Readonly<Record<string, { readonly options?: readonly string[] }>>;
  run(argv: readonly string[], config: Config): Promise<unknown>;
};
const folder = join(root, 'src/commands');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /(?<!\.test)\.ts$/.test(name),
);
const commands = new Map<string, CommandClass>();
for (const name of files) {
  const { default: command } = (await import(join(folder, name))) as { readonly default: CommandClass };
  commands.set(name.replace(/\.ts$/, '').replace('/', ' '), command);
}

/** They read no result. */
const others = [
  ...['agent', 'characterize', 'check', 'completion', 'crashtest', 'fio', 'hosts check', 'jobs'],
  ...['options', 'probe', 'run', 'sweep', 'trace'],
];
const gates = ['--junit', 'gate.xml', '--markdown', 'gate.md', '--vary', 'job,kernel,cpu,disk'];
const words: Readonly<Record<string, readonly (readonly string[])[]>> = {
  compare: [['a.json', 'b.json'], ['a.json'], ['fio.json', 'a.json'], ['sweep.json']],
  history: [[]],
  gate: [
    ['--baseline', 'like.json', '--current', 'alike.json', ...gates],
    ['--baseline', 'a.json', '--current', 'b.json', ...gates],
  ],
  report: [['a.json', 'b.json'], ['sweep.json', 'fio.json'], ['characterize.json']],
  'results accept': [['b', '\u001b[31m\u202e::error::x']],
  'results export': [['a'], ['fio'], ['sweep']],
  'results index': [[]],
  'results list': [[]],
  'results label': [['b', '\u001b[31m\u202e::error::x']],
  'results rm': [['c\u001b[31m'], ['a', 'b']],
  'results show': [['a'], ['fio'], ['sweep'], ['characterize'], ['a', '--fingerprint'], ['sweep', '--charts']],
};

function* callsOf(id: string, command: CommandClass): Generator<string[]> {
  const formats = command.flags.format?.options ?? [null];
  for (const given of words[id]!) {
    for (const format of formats) {
      // A picture is made by other programs.
      if (format === 'png') continue;
      const chart = id === 'report' && (format === 'svg' || format === 'csv') ? ['--chart', 'rates'] : [];
      yield [...given, ...(format === null ? [] : ['--format', format]), ...chart];
    }
  }
}

let config: Config;
beforeAll(async () => {
  config = await Config.load({ root, enablePerf: false, userPlugins: false, devPlugins: false });
});

it('knows every command', () => {
  const known = [...others, ...Object.keys(words)].sort();
  expect([...commands.keys()].sort(), 'say in this test how a new command is called').toEqual(known);
});

interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

/** In this process, without the last look of the streams. */
async function outputOf(command: CommandClass, argv: string[], folder: string): Promise<Written> {
  const written: [string[], string[]] = [[], []];
  const streams = [process.stdout, process.stderr] as const;
  const writes = streams.map((stream) => stream.write);
  const [cwd, exitCode, summary] = [process.cwd(), process.exitCode, process.env.GITHUB_STEP_SUMMARY];
  for (const [index, stream] of streams.entries()) {
    stream.write = (chunk: unknown) => written[index]!.push(String(chunk)) > 0;
  }
  process.chdir(folder);
  process.env.GITHUB_ACTIONS = 'true';
  try {
    await command.run(argv, config);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    fail(error, argv);
  } finally {
    for (const [index, stream] of streams.entries()) stream.write = writes[index]!;
    process.chdir(cwd);
    process.exitCode = exitCode;
    delete process.env.GITHUB_ACTIONS;
    if (summary !== undefined) process.env.GITHUB_STEP_SUMMARY = summary;
  }
  const [stdout, stderr] = written.map((texts) => texts.join(''));
  return { stdout: stdout!, stderr: stderr! };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/u;
const invisible = /[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}|[\u{e0000}-\u{e007f}]/u;
const ownAnnotation = /^::(?:error|warning) title=iotest gate(?:%3A \w+)?::/;

function expectHarmless(text: string, what: string): void {
  const bad = text.split('\n').filter((line) => controls.test(line.replace(/\r$/, '')) || invisible.test(line));
  expect.soft(bad, `${what}: characters that are not to be seen`).toEqual([]);
  const injected = text
    .split('\n')
    .filter((line) => /^\s*::[a-z][\w-]*.*::|##\[|##vso\[/i.test(line) && !ownAnnotation.test(line));
  expect.soft(injected, `${what}: a command for CI`).toEqual([]);
  expect.soft(text, what).not.toMatch(/this is a bug of iotest|^\s+at .*:\d+:\d+/m);
}

const fieldsOf = (line: string) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => m[1] ?? m[2]!);

function expectInForm(text: string, format: string | null, what: string): void {
  if (format === 'json' || format === 'bencher') JSON.parse(text.slice(text.indexOf('{')));
  if (format === 'csv') {
    const fields = text.split('\r\n').flatMap(fieldsOf);
    expect
      .soft(
        fields.filter((field) => /^\s*[=+\-@](?!\d+(\.\d+)?$)/.test(field) && !/^[+-]?[\d.e+-]+ ?%?$/.test(field)),
        what,
      )
      .toEqual([]);
  }
  if (format === 'markdown') {
    const pipes = (line: string) => line.replace(/\\./g, '').split('|').length;
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    for (const [index, row] of rows.entries()) {
      if (/^\| ---/.test(row)) expect.soft(pipes(row), what).toBe(pipes(rows[index - 1]!));
      if (/^\| ---/.test(rows[index - 1] ?? '')) expect.soft(pipes(row), what).toBe(pipes(rows[index - 1]!));
    }
    expect.soft(text.replace(/\\./g, ''), what).not.toMatch(/<\/?[a-z]|`|\]\(/i);
  }
  if (format === 'html' || format === 'svg' || format === 'xml') {
    expect.soft(text, what).not.toMatch(/<script|<img|<\/script|<!-- -->|\]\]>/i);
    for (const [tag] of text.matchAll(/<[a-z][^>]*>/gi))
      expect.soft(tag.replace(/="[^"]*"/g, ''), what).not.toMatch(/=|\son\w/);
  }
  if (format === 'prometheus' || format === 'openmetrics') {
    const line = /^(?:#(?: .*)?|[a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})? [\dNaInf.e+-]+)?$/;
    expect
      .soft(
        text.split('\n').filter((each) => !line.test(each)),
        what,
      )
      .toEqual([]);
  }
}

/** Every field has another text each time; all of them take minutes. */
const step = process.env.HOSTILE_TEXTS === 'all' ? 1 : 6;

describe.each(Array.from({ length: corpus.length / step }, (_, index) => index * step))(
  'texts in turn from number %i on',
  (first) => {
    it('are harmless wherever they come out', async () => {
      const label = corpus[first]!;
      const files = {
        'a.json': hostile(sampleEnginesResult(), first),
        'b.json': hostile(sampleEnginesResult(), first),
        'like.json': hostile(sampleResult(), first, more, true),
        'alike.json': hostile(sampleResult(), first, more, true),
        'sweep.json': hostile(
          sampleSweep({ depths: [1, 8], engines: ['io_uring', 'libaio'], repeat: 2 }),
          first,
          more.filter((part) => part !== 'sweep'),
        ),
        'characterize.json': hostile(
          sampleEnginesResult(),
          first,
          more.filter((part) => part !== 'characterize'),
        ),
      };
      const { iotest: _, ...fio } = JSON.parse(files['a.json']) as Record<string, unknown>;
      const all = { ...files, 'fio.json': JSON.stringify(fio), 'broken.json': `{"fio version": ${label}` };
      for (const [name, text] of Object.entries(files)) parseResult(text, name);
      for (const [id, command] of commands) {
        if (words[id] === undefined) continue;
        for (const argv of callsOf(id, command)) {
          const folder = scratchFolder(all);
          for (const name of ['a', 'b', 'sweep']) writeFileSync(join(folder, `${name}.label`), label);
          const results = command.flags.results === undefined ? [] : ['--results', '.'];
          const what = [id, ...argv].join(' ');
          const { stdout, stderr } = await outputOf(command, [...argv, ...results], folder);
          expectHarmless(stdout, what);
          expectHarmless(stderr, what);
          const format = argv.includes('--format') ? argv[argv.indexOf('--format') + 1]! : null;
          if (stdout !== '') expectInForm(stdout, format, what);
          if (id !== 'gate' || !stdout.includes('gate')) continue;
          for (const [file, form] of [
            ['gate.xml', 'xml'],
            ['gate.md', 'markdown'],
          ] as const) {
            const kept = readFileSync(join(folder, file), 'utf8');
            expectHarmless(kept, `${what}: ${file}`);
            expectInForm(kept, form, `${what}: ${file}`);
          }
        }
      }
    }, 120_000);
  },
);
