/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${VAR} is the job file's syntax */
/**
 * The language under fire: whatever the text, the parser answers with jobs or with a `UserError`, soon; and what it
 * accepts it can print and read again. Values are taken from the table itself, so that new options join by themselves.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectRoundTrip, parseOrNull } from '../testing/job-round-trip.js';
import { createDraft } from './draft.js';
import { engineNames } from './job.js';
import { type Option, optionTable } from './options/index.js';

/** Texts of every kind that some option takes; each option is tried with those that it accepts. */
const pool = [
  ...['0', '1', '2', '3', '7', '8', '20', '50', '99', '100', '500', '512', '1000', '4096', '65536', '0x10', '-1', '-5'],
  ...['1k', '4k', '4K', '64k', '1m', '1M', '1g', '2t', '4.5k', '4kib', '8ki', '(1+1)*4k', '(2*3)', '(1m)', '(10)'],
  ...[
    '10%',
    '12.5%',
    '50%',
    '100%',
    '4k,8k',
    ',8k',
    '4k,8k,',
    '1k,2k,4k',
    '50,60,70',
    '10,20',
    '1-2',
    '4k-64k',
    '64k:4k',
  ],
  ...[
    '4k-8k,16k-32k',
    '1k-4k,2k-8k,4k-4k',
    '10us',
    '500ms',
    '0.25',
    '30s',
    '2m',
    '1h',
    '1d',
    '1s-2s',
    '99.9',
    '50:99.9',
  ],
  ...[
    '0.000001:100',
    '0-7',
    '0,5',
    '5,1',
    'a',
    'x y',
    'a:b',
    '/dev/x\\:y:c',
    'dir/with blank',
    'file.$jobnum.$filenum',
  ],
  ...['4k/50:8k/50', '4k/:8k/10', '512/10:1k/5,4k/', 'zipf:1.2', 'zipf:1.1:0.5', 'pareto:0.3', 'normal:10', 'gauss:5'],
  ...[
    'zoned:50/5:50/95',
    'zoned_abs:60/1m:40/4m',
    'sequence:7',
    'random:8',
    'roundrobin:4',
    'randread:8',
    'read:4k',
    'write:-8k',
  ],
  ...['iops:10%', 'iops_slope:0.3%', 'bw:5', 'lat:1000', 'wait_before:8', 'write:16', 'write,wait_after:4'],
  ...[
    '0xdeadbeef',
    '"abcd"',
    '"ab"-1',
    'EIO',
    'EIO:28',
    'EIO,ENOSPC:5',
    'read',
    'write,trim',
    'vendor',
    'none',
    'mixed',
  ],
];

const context = { kiloBase: 1024, cpuCount: 8 } as const;

function textsOf(option: Option): string[] {
  const words = option.type.split(/, | or /);
  const own = [option.example, option.defaultText].filter((text) => text !== null);
  return [...new Set([...own, ...words, ...pool])].filter((text) => option.read!(text, context).ok).slice(0, 12);
}

const choices = optionTable
  .filter(({ read, name }) => read !== null && name !== 'ioengine')
  .map((option) => ({ option, texts: textsOf(option) }));

const enginesOf = ({ scope }: Option): readonly string[] => (scope === 'job' ? ['io_uring'] : scope);

describe('every option', () => {
  it.each(
    choices.map(({ option, texts }) => [`${option.name} (${enginesOf(option).join(', ')})`, option, texts] as const),
  )('parse(print(job)) is the job: %s', (_, option, texts) => {
    let accepted = 0;
    for (const text of texts) {
      for (const engine of enginesOf(option)) {
        const jobSet = parseOrNull(`[job]\nioengine=${engine}\nsize=64m\n${option.name}=${text}\n`);
        if (jobSet === null) continue;
        accepted++;
        expectRoundTrip(jobSet);
      }
    }
    // Where it needs others beside it the sections below have them; it must take something at all.
    expect(texts.length, `${option.name} takes none of the values in the pool: give it an example`).toBeGreaterThan(0);
    if (accepted === 0) expect(needOthers).toContain(option.name);
  });

  /** Options that are refused when they stand alone. */
  const needOthers: readonly string[] = ['wait_for'];

  it('shows in the printed file when it differs from its default', () => {
    for (const { option, texts } of choices) {
      const changed = texts.some((text) => {
        const draft = createDraft();
        const before = JSON.stringify(draft);
        const parsed = option.read!(text, context);
        if (parsed.ok) parsed.value(draft);
        return JSON.stringify(draft) !== before;
      });
      expect(`${option.name} ${changed}`).toBe(`${option.name} true`);
    }
  });
});

/** Sections whose options suit their engines; values may still exclude each other. */
const section = fc
  .tuple(
    fc.constantFrom(...engineNames),
    fc.stringMatching(/^[a-z0-9 _-]{1,8}$/).filter((name) => !name.startsWith('global')),
    fc.array(
      fc
        .constantFrom(...choices)
        .chain(({ option, texts }) =>
          fc.constantFrom(...texts).map((text) => ({ option, text: `${option.name}=${text}` })),
        ),
      { maxLength: 8 },
    ),
  )
  .map(([engine, name, lines]) => {
    const fitting = lines.filter(({ option: { scope } }) => scope === 'job' || scope.includes(engine));
    return [`[${name}]`, `ioengine=${engine}`, 'size=64m', ...fitting.map(({ text }) => text)].join('\n');
  });

const jobFile = fc.array(section, { minLength: 1, maxLength: 4 }).map((sections) => `${sections.join('\n')}\n`);

/** The shipped jobs; fio's examples are mutated in test/job/example-fuzz.test.ts. */
const shipped = readdirSync('jobs')
  .filter((name) => name.endsWith('.ini'))
  .map((name) => readFileSync(join('jobs', name), 'utf8'));

describe('generated files', () => {
  it('parse(print(job)) is the job', () => {
    let accepted = 0;
    fc.assert(
      fc.property(jobFile, (text) => {
        const jobSet = parseOrNull(text);
        if (jobSet === null) return;
        accepted++;
        expectRoundTrip(jobSet);
      }),
      { seed: 20261125, numRuns: 400, interruptAfterTimeLimit: 15_000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

/** Cuts, doubles and strange characters at any place. */
const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat(12),
    insert: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('\n', '=', '[', ']', '%', ':', ',', '-', '/', '(', ')', '*', '^', '$ncpus', '$mb_memory', '\\:'),
      fc.constantFrom('99999999999999999999', '__proto__=1\n', '\n[global]\n', '\ninclude x\n', '0x', '\t', '\r\n'),
    ),
  }),
  { maxLength: 6 },
);

function mutate(text: string, changes: readonly { at: number; remove: number; insert: string }[]): string {
  return changes.reduce((before, { at, remove, insert }) => {
    const start = Math.floor(at * before.length);
    return before.slice(0, start) + insert + before.slice(start + remove);
  }, text);
}

describe('mutated files', () => {
  it('are answered with jobs or a UserError, and jobs survive printing', () => {
    const base = fc.oneof(jobFile, fc.constantFrom(...shipped));
    fc.assert(
      fc.property(base, edits, (text, changes) => {
        const jobSet = parseOrNull(mutate(text, changes));
        if (jobSet !== null && jobSet.jobs.length < 50) expectRoundTrip(jobSet);
      }),
      { seed: 7, numRuns: 600, interruptAfterTimeLimit: 15_000 },
    );
  });
});

describe('large rubbish', () => {
  const times = 4_000;
  const lines = ['bs=', 'filename=', 'percentile_list=', 'cpus_allowed=', 'rw=', 'size=', 'description=', 'include '];
  const parts = [
    '9',
    'a',
    ':',
    ',',
    '-',
    '/',
    '(',
    ')',
    ' ',
    '\t',
    '\\',
    '\\:',
    '1,',
    '1:',
    '1-',
    '4k/1:',
    '(1+',
    '$ncpus',
    '${a}',
    '${',
    '1^',
  ];

  it('is answered soon', () => {
    for (const line of lines)
      for (const part of parts) parseOrNull(`[a]\n${line}${part.repeat(Math.floor(times / part.length))}\n`);
    for (const part of parts) parseOrNull(`[a]\n${part.repeat(Math.floor(times / part.length))}\n`);
  });

  it('of many lines is answered soon', () => {
    for (const line of ['x=1', 'bs=4x', '[a', 'filename=a', '[a]', 'bs=4kib', 'rw=raed', '${X}=1', 'include x']) {
      parseOrNull(`[a]\n${`${line}\n`.repeat(500)}`);
    }
  });

  it.each(choices.map(({ option }) => [option.name, option] as const))('in %s is answered soon', (name, option) => {
    const engine = enginesOf(option)[0];
    for (const part of parts)
      parseOrNull(`[a]\nioengine=${engine}\n${name}=${part.repeat(Math.floor(2000 / part.length))}\n`);
  });
});
