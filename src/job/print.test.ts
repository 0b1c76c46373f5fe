/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${VAR} is the job file's syntax */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { type JobFileSettings, parseJobFile } from './expand.js';
import type { Job, JobSet } from './job.js';
import { optionTable } from './options/index.js';
import { effectiveOptions, printJobFile } from './print.js';

const settings: JobFileSettings = { overrides: [], sections: [], environment: {}, cpuCount: 8, pageBytes: 4096 };
const parse = (text: string) => parseJobFile(text, 'job.ini', settings).jobSet;

/** What a job is, without where and how it was written; groups count from the first one there is. */
function essence(jobSet: JobSet): unknown[] {
  return jobSet.jobs.map(({ source, typedOptions: _, ...job }: Job) => ({ ...job, section: source.section }));
}

const shipped = readdirSync('jobs').filter((name) => name.endsWith('.ini'));

/** Texts that an option may take, right ones in the main. */
const valueTexts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  size: fc.oneof(
    fc.integer({ min: 1, max: 2 ** 40 }).map(String),
    fc.constantFrom('4k', '1m', '0x1000', '4.5k', '8kib'),
  ),
  'elements, as in write:4,fdatasync': fc.constantFrom('read', 'read:2,nop', 'nop,read,statx', 'openat,read,close'),
  'size or percentage': fc.constantFrom('1g', '0', '50%', '12.5%', '123456789'),
  'size or range of sizes': fc.constantFrom('1m', '1m-4m', '4m-1m', '4096:8192'),
  'size, or three as read,write,trim': fc.constantFrom('4k', '4k,8k', '1k,2k,3k', ',8k', '512,,4k', '16k,8k,'),
  'time, or three as read,write,trim': fc.constantFrom('100', '1ms,2ms', ',5', '1s,2s,3s'),
  number: fc.integer({ min: 0, max: 40 }).map(String),
  time: fc.constantFrom('0', '10', '500ms', '0.25', '123us', '2m', '1h', '1d'),
  'time or range of times': fc.constantFrom('5', '1-2', '500ms-100us', '0'),
  '0 or 1': fc.constantFrom('0', '1'),
  'bare, or 0 or 1': fc.constantFrom('0', '1'),
  text: fc
    .stringMatching(/^[a-z][a-z0-9 =,.$]{0,10}[a-z]$/)
    .filter((text) => !/\$(ncpus|pagesize|mb_memory)/.test(text)),
  'path, several separated by ":"': fc.constantFrom('a', 'a:b', '/dev/x\\:y:c', 'dir/with blank'),
  'number, or two as read,write': fc.constantFrom('1', '1,2', '3'),
  'sizes with shares and priorities': fc.constantFrom('4k/10:8k/20', '4k/50/2/3,8k/0', '1m/30/1/0/5:1m/70'),
  pattern: fc.constantFrom('0xdeadbeef', '"abc"', '-1', '1"x"0xfff0x1'),
  'figure:limit, as in iops_slope:0.1%': fc.constantFrom('iops:10', 'bw_slope:.5%', 'lat:10us', 'lat:1.5', 'bw:1m'),
  'errors, as in EIO:28,ENOSPC': fc.constantFrom('EIO', 'EIO:28', ',ENOSPC', '5:0x1c,-95', ',200'),
  'numbers separated by ":"': fc.constantFrom('50', '99.9:50', '0.000001:100'),
  'size or range of sizes, or three as read,write,trim': fc.constantFrom('4k-64k', '512:1m', ',8k-16k', '4k,8k-1m,'),
  'sizes with shares as in 4k/60:64k/40, or three as read,write,trim': fc.constantFrom(
    '4k/60:64k/40',
    '512/25:1k/:2k/:4k/',
    ',8k,',
    '1k/12.5:2k/,4k',
  ),
  'number, or three as read,write,trim': fc.constantFrom('50', '0,100', ',30,', '1,2,3'),
  'random, zipf:θ, pareto:h, normal:dev, zoned:…, sequence:…': fc.constantFrom(
    'random',
    'zipf',
    'zipf:0.9:0.25',
    'pareto:0.3',
    'normal:12.5',
    'zoned:60/10:40/90',
    'zoned:50/:50/20,,100/',
    'zoned_abs:60/1m:40/9m',
    'sequence:2,0,1',
  ),
  'roundrobin, random, sequential, zipf:θ, pareto:h or normal:dev': fc.constantFrom(
    'roundrobin:4',
    'random',
    'sequential',
    'gauss:10',
    'zipf:1.2:0.5',
  ),
  'flags wait_before, write, wait_after, and :N': fc.constantFrom('write', 'wait_after,write:8', 'wait_before:2'),
  'read, write, trim, randread, randwrite, randtrim, rw, readwrite, randrw, trimwrite, randtrimwrite': fc.constantFrom(
    'read',
    'randrw:8',
    'write:112k',
    'read:-8k',
    'readwrite',
    'trimwrite',
  ),
  'CPU numbers, as in 0,5,8-15': fc.constantFrom('0', '0-7', '5,1'),
};

/** What names another job needs one above; endings.test.ts prints and reads such files. */
const drawn = optionTable.filter(({ name, read }) => read !== null && name !== 'wait_for');
const optionLine = fc.constantFrom(...drawn).chain((option) => {
  const texts = valueTexts[option.type] ?? fc.constantFrom(...option.type.split(', '));
  return texts.map((text) => ({ option, text: `${option.name}=${text}` }));
});

/** A section whose options suit its engine, with values that may still be out of range. */
const section = fc
  .tuple(
    fc.constantFrom('psync', 'pvsync2', 'io_uring', 'libaio', 'null'),
    fc.stringMatching(/^[a-z0-9 _-]{1,8}$/).filter((name) => !name.startsWith('global')),
    fc.array(optionLine, { maxLength: 15 }),
  )
  .map(([engine, name, lines]) => {
    const fitting = lines.filter(({ option: { name: key, scope } }) =>
      scope === 'job' ? key !== 'ioengine' : scope.includes(engine),
    );
    return [`[${name}]`, `ioengine=${engine}`, ...fitting.map(({ text }) => text)].join('\n');
  });

const jobFile = fc.array(section, { minLength: 1, maxLength: 4 }).map((sections) => `${sections.join('\n')}\n`);

function parseOrNull(text: string): JobSet | null {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

describe('printJobFile', () => {
  it.each(shipped)('parse(print(job)) is the job: %s', (name) => {
    const jobSet = parse(readFileSync(`jobs/${name}`, 'utf8'));
    expect(essence(parse(printJobFile(jobSet)))).toEqual(essence(jobSet));
  });

  it('parse(print(job)) is the job, for generated files', () => {
    let accepted = 0;
    const runs = 1500;
    fc.assert(
      fc.property(jobFile, (text) => {
        const jobSet = parseOrNull(text);
        if (jobSet === null) return;
        accepted++;
        const printed = printJobFile(jobSet);
        const again = parse(printed);
        expect(essence(again)).toEqual(essence(jobSet));
        expect(printJobFile(again)).toBe(printed);
      }),
      { numRuns: runs },
    );
    expect(accepted).toBeGreaterThan(runs / 4);
  });

  it('marks what is not as by default, and stays a job file', () => {
    const jobSet = parse('[a]\niodepth=32\nsize=1m\n');
    const text = printJobFile(jobSet, { marksChanges: true });
    expect(text).toMatch(/^iodepth=32 +; default 1$/m);
    expect(text).toMatch(/^size=1048576 +; default none$/m);
    expect(text).toMatch(/^rw=read$/m);
    expect(essence(parse(text))).toEqual(essence(jobSet));
  });

  it('prints what was written alone, as what it came to, on demand', () => {
    const jobSet = parse(
      '[global]\nreadwrite=randread\n[a]\nnumjobs=2\nblocksize=8k\nsize=${N}m\n[b]\nsize=1m\n'.replace('${N}', '3'),
    );
    expect(printJobFile(jobSet, { onlyTyped: true })).toBe(
      '[a]\nnumjobs=2\nsize=3145728\nrw=randread\nbs=8192\n\n[b]\nsize=1048576\nrw=randread\n',
    );
  });

  it('says what no job file can hold', () => {
    const overrides = [{ key: 'description', value: 'a;b', label: '--set' }];
    const { jobSet } = parseJobFile('[a]\n', 'job.ini', { ...settings, overrides });
    expect(printJobFile(jobSet)).toContain(
      '; the next value can be given on the command line only, a job file reads it otherwise\ndescription=a;b\n',
    );
  });

  it('prints each option once, defaults and all, and hides what is hidden', () => {
    const job = parse('[a]\nioengine=io_uring\nrunetime=1\n'.replace('runetime', 'runtime')).jobs[0]!;
    const names = effectiveOptions(job).map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['rw', 'bs', 'iodepth', 'numjobs', 'ioengine', 'runtime', 'hipri']));
    expect(names).not.toContain('nop');
    expect(printJobFile({ globalOptions: {}, jobs: [{ ...job, engine: { ...job.engine, nop: true } }] })).toContain(
      'nop=1',
    );
  });
});

describe('the parser', () => {
  it('throws nothing but UserError, for mutated job files', () => {
    const base = fc.oneof(jobFile, fc.constantFrom(...shipped.map((name) => readFileSync(`jobs/${name}`, 'utf8'))));
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat(12),
      insert: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 6 }),
        fc.constantFrom(
          '\n',
          '=',
          '[',
          ']',
          '%',
          ':',
          ',',
          '-',
          '${HOME}',
          '99999999999999999999',
          '__proto__=1\n',
          '\n[global]\n',
        ),
      ),
    });
    fc.assert(
      fc.property(base, fc.array(edit, { maxLength: 6 }), (text, edits) => {
        const mutated = edits.reduce((before, { at, remove, insert }) => {
          const start = Math.floor(at * before.length);
          return before.slice(0, start) + insert + before.slice(start + remove);
        }, text);
        parseOrNull(mutated);
      }),
      { numRuns: 2000 },
    );
  });

  it('throws nothing but UserError, for any text and any flag', () => {
    const override = fc.record({
      key: fc.oneof(fc.string(), fc.constantFrom(...optionTable.map(({ name }) => name))),
      value: fc.option(fc.string({ unit: 'binary' })),
      label: fc.constant('--set'),
    });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(override, { maxLength: 4 }), (text, overrides) => {
        try {
          parseJobFile(`[a]\n${text}`, 'job.ini', { ...settings, overrides });
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.problems.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('does not hang on a large file of rubbish', () => {
    const rubbish = 'a'.repeat(200_000);
    for (const text of [rubbish, `[a]\n${rubbish}`, `[a]\nbs=${'9'.repeat(200_000)}`, `[a]\n${'${'.repeat(100_000)}`]) {
      expect(parseOrNull(text)).toBeNull();
    }
    expect(parseOrNull(`[a]\nfilename=${'a:'.repeat(100_000)}`)).not.toBeNull();
  });
});

describe('the shipped jobs', () => {
  it.each(shipped)('%s says in its first line what it is for, and gives no cause for a warning', (name) => {
    const text = readFileSync(`jobs/${name}`, 'utf8');
    expect(text).toMatch(/^; [A-Z][^\n]{20,110}[^.\n]\n;\n; Shows: /);
    expect(text).toContain('; Does not show: ');
    expect(parseJobFile(text, name, settings).warnings).toEqual([]);
  });

  it('quickstart takes about 15 seconds and leaves nothing behind', () => {
    const { jobs } = parse(readFileSync('jobs/quickstart.ini', 'utf8'));
    const total = jobs.reduce((sum, { schedule }) => sum + schedule.runtimeMs! + schedule.rampMs, 0);
    expect(total).toBeGreaterThanOrEqual(10_000);
    expect(total).toBeLessThanOrEqual(14_000);
    expect(jobs.map(({ target }) => target.unlink)).toEqual([false, false, true]);
    expect(new Set(jobs.map(({ target }) => target.filenames?.join()))).toEqual(new Set(['iotest-quickstart.tmp']));
  });
});
