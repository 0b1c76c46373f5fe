import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { readArguments } from './arguments.js';
import { showCommand } from './show-command.js';

const sections = (...words: string[]) =>
  readArguments(words).jobs.sections.map(({ name, isGlobal, options }) => ({
    name: isGlobal ? '[global]' : name,
    options: options.map(({ key, value }) => (value === null ? key : `${key}=${value}`)),
  }));

function problemsOf(...words: string[]): string[] {
  try {
    readArguments(words);
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ message, advice }) => `${message}; ${advice}`);
    throw error;
  }
  return [];
}

describe('words as getopt_long_only sorts them', () => {
  it.each([
    [['--name=a', '--bs=8k']],
    [['-name=a', '-bs=8k']],
    [['--name', 'a', '--bs', '8k']],
    [['-name', 'a', '--blocksize=8k'], 'blocksize=8k'],
    [['--name=a', '--blocksiz=8k'], null],
    [['--na=a', '--bs=8k']],
  ])('%j', (words, last: string | null = 'bs=8k') => {
    if (last === null) expect(problemsOf(...words)[0]).toContain('--blocksize, --blocksize_range');
    else expect(sections(...words)).toEqual([{ name: 'a', options: ['name=a', last] }]);
  });

  it('takes switches bare or with = only', () => {
    expect(sections('--name=a', '--group_reporting', '--time_based=1', '--thread')).toEqual([
      { name: 'a', options: ['name=a', 'group_reporting', 'time_based=1', 'thread'] },
    ]);
    expect(readArguments(['--name=a', '--thread', 'job.fio']).files).toEqual(['job.fio']);
  });

  it('finds job files anywhere, and standard input', () => {
    expect(readArguments(['one.fio', '--name=a', 'two.fio', '-', '--', '--name']).files).toEqual([
      ...['one.fio', 'two.fio', '-', '--name'],
    ]);
  });

  it('keeps an exact name from being an abbreviation', () => {
    expect(sections('--name=a', '--rate=4k', '--size=1m')[0]!.options).toEqual(['name=a', 'rate=4k', 'size=1m']);
  });

  it('lets what follows --section be a job even when it looks like an option of ours', () => {
    expect(readArguments(['--section', 'a', '--section=b', 'x.fio']).settings.sections).toEqual(['a', 'b']);
  });
});

describe('jobs on the command line', () => {
  it('begin with defaults, then at each --name', () => {
    expect(sections('--bs=4k', '--name=a', '--rw=read', '--name=global', '--bs=8k', '--name=b')).toEqual([
      { name: '[global]', options: ['bs=4k'] },
      { name: 'a', options: ['name=a', 'rw=read'] },
      { name: '[global]', options: ['bs=8k'] },
      { name: 'b', options: ['name=b'] },
    ]);
  });

  it('know where each option stands', () => {
    const [section] = readArguments(['--name=a', '--bs', '4x', '-rw=foo']).jobs.sections;
    const [, bs, rw] = section!.options;
    expect(bs!.valuePlace).toEqual({ file: '--bs', line: 0, column: 6, text: '--bs 4x' });
    expect(rw!.valuePlace).toEqual({ file: '-rw', line: 0, column: 5, text: '-rw=foo' });
  });

  it('come back from --showcmd', () => {
    const word = fc.constantFrom('--bs=4k', '--thread', '--description=two words', "--description=it's", '--rw=read');
    const job = fc.tuple(fc.constantFrom('a', 'b c', 'global'), fc.array(word, { maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(job, { minLength: 1, maxLength: 4 }), (jobs) => {
        const words = jobs.flatMap(([name, options]) => [`--name=${name}`, ...options]);
        const shown = showCommand(readArguments(words).jobs.sections);
        expect(sections(...shellWords(shown).slice(1))).toEqual(sections(...words));
      }),
    );
  });
});

/** As a shell splits them: quotes of one kind, and a quote behind a backslash. */
function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|\\'|[^\s'])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|\\'/g, (_, inner: string | undefined) => inner ?? "'"),
  );
}

describe('settings', () => {
  it('have defaults', () => {
    const { settings } = readArguments([]);
    expect(settings).toMatchObject({ terseVersion: 3, output: null, eta: 'auto', etaIntervalMs: 1000, results: null });
    expect([...settings.formats]).toEqual(['normal']);
  });

  it('are read', () => {
    const { settings } = readArguments([
      ...['--output-format=json+,terse', '--terse-version=5', '--output=o', '--eta-interval=500ms', '--eta=never'],
      ...['--status-interval=2', '--bandwidth-log', '--readonly', '--max-jobs=16', '--alloc-size=99', '--debug=parse'],
      ...['--destructive=/dev/x', '--destructive', '/dev/y'],
    ]);
    expect(settings).toMatchObject({
      ...{ withBins: true, terseVersion: 5, output: 'o', etaIntervalMs: 500, eta: 'never', statusIntervalMs: 2000 },
      ...{ bandwidthLog: 'agg', readOnly: true, destructive: ['/dev/x', '/dev/y'] },
    });
    expect([...settings.formats].sort()).toEqual(['json', 'terse']);
    expect([...settings.debug]).toEqual(['parse']);
  });

  it('--minimal replaces, --append-terse adds', () => {
    expect([...readArguments(['--minimal']).settings.formats]).toEqual(['terse']);
    expect([...readArguments(['--append-terse']).settings.formats]).toEqual(['normal', 'terse']);
  });

  it('answer the first question, whatever follows', () => {
    expect(readArguments(['--version', '--help', '--nonsense']).settings.question).toEqual({ kind: 'version' });
    expect(readArguments(['--cmdhelp=bs']).settings.question).toEqual({ kind: 'command help', about: 'bs' });
    expect(readArguments(['--enghelp']).settings.question).toEqual({ kind: 'engine help', about: null });
  });
});

describe('refusals', () => {
  it.each([
    ['--iodpeth=4', 'unrecognized option "--iodpeth"; did you mean "--iodepth"?'],
    ['--verify', 'option "--verify" requires an argument; write --verify=VALUE'],
    ['--readonly=1', 'option "--readonly" takes no value; write --readonly'],
    ['--output-format=jsn', '--output-format: "jsn" is no format; did you mean "json"?'],
    ['--terse-version=6', '--terse-version: there is no version "6"; write 2, 3, 4 or 5'],
    ['--eta-interval=100ms', '--eta-interval: 100ms is too short; write 250ms or more'],
    ['--debug=zbd', '--debug=zbd is not supported: iotest does not trace that; categories: parse, random, job, all'],
    ['--client=host', 'option "--client" is not supported: iotest runs on the machine it is started on'],
    ['--idle-prof=system', 'option "--idle-prof" is not supported'],
    ['--profile=tiobench', 'option "--profile" is not supported'],
    ['--trigger-remote=x', 'option "--trigger-remote" is not supported'],
    ['--trigger=x', '--trigger has nothing that pulls it'],
    ['--r=1', 'option "--r" is ambiguous'],
  ])('%s', (word, text) => expect(problemsOf(word).join()).toContain(text));

  it('come all at once', () => {
    expect(problemsOf('--server', '--iodpeth=4', '--terse-version=9')).toHaveLength(3);
  });

  it('are all there is to fear', () => {
    const word = fc.oneof(
      fc.string(),
      fc.string().map((text) => `--${text}`),
      fc.constantFrom('--name=a', '--bs', '-rw=read', '--', '-', '--output', '--debug=all', '--section', 'x.fio'),
    );
    fc.assert(fc.property(fc.array(word), (words) => problemsOf(...words).every((problem) => problem.length > 0)));
  });
});
