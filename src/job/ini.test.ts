/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${VAR} is the job file's syntax */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blamingVariables, parseIni } from './ini.js';

const settings = { environment: { SIZE: '1g', OPTION: 'bs=8k', EMPTY: '' }, cpuCount: 4, pageBytes: 4096 };
const parse = (text: string) => parseIni(text, 'job.ini', settings);
const options = (text: string) => parse(text).sections.flatMap((section) => section.options);
const problems = (text: string) =>
  parse(text).problems.map(({ place, message }) => `${place?.line}:${place?.column}: ${message}`);

describe('lines', () => {
  it('makes sections with options and their places', () => {
    const { sections, problems: found } = parse('; head\n\n[global]\n  rw = randread ; inline\n[a b]\ntime_based\n');
    expect(found).toEqual([]);
    expect(sections.map(({ name, isGlobal, place }) => [name, isGlobal, place.line])).toEqual([
      ['global', true, 3],
      ['a b', false, 5],
    ]);
    const option = sections[0]!.options[0]!;
    expect(option).toMatchObject({ key: 'rw', value: 'randread', literal: true });
    expect(option.keyPlace).toEqual({ file: 'job.ini', line: 4, column: 3, text: '  rw = randread ; inline' });
    expect(option.valuePlace.column).toBe(8);
    expect(sections[1]!.options[0]).toMatchObject({ key: 'time_based', value: null });
  });

  it.each([
    ['bs=4k', 'bs', '4k'],
    ['bs = 4k', 'bs', '4k'],
    ['\tbs=\t4k  ', 'bs', '4k'],
    ['bs=4k # why', 'bs', '4k'],
    ['bs=4k;why', 'bs', '4k'],
    ['bs=4k\r', 'bs', '4k'],
    ['description=a=b', 'description', 'a=b'],
    ['size=', 'size', ''],
    ['included=x', 'included', 'x'],
  ])('%j', (line, key, value) => expect(options(`[a]\n${line}\n`)[0]).toMatchObject({ key, value }));

  it('keeps sections of one name apart, and takes every name that begins with global for one', () => {
    const { sections } = parse('[a]\n[a]\n[globalfoo]\n');
    expect(sections.map(({ name, isGlobal }) => [name, isGlobal])).toEqual([
      ['a', false],
      ['a', false],
      ['globalfoo', true],
    ]);
  });

  it('reads a file with a byte order mark and CRLF', () => {
    expect(parse('\uFEFF[a]\r\nbs=4k\r\n').sections[0]).toMatchObject({
      name: 'a',
      options: [{ key: 'bs', value: '4k' }],
    });
  });

  it.each([
    ['bs=4k\nrw=read\n[a]\n', ['1:0: option outside of a section']],
    ['[a\nbs=4k\n', ['1:3: section header without "]"']],
    ['[a] bs=4k\n', ['1:4: text after the section header']],
    ['[]\n', ['1:1: section without a name']],
    [`[${'x'.repeat(256)}]\n`, ['1:1: section name of 256 characters']],
    ['[a\u001b[31m]\n', ['1:1: control character in a section name']],
    ['[a]\n=4k\n', ['2:1: no option name before "="']],
    ['[a]\n  include other.fio\n', ['2:11: include is not possible here']],
    ['[a]\ninclude\n', ['2:8: include without a file']],
    ['include a\n[a]\n', ['1:0: option outside of a section']],
    ['[a]\nsize=${SIZE\n', ['2:6: an environment variable without its closing "}"']],
    ['[a]\nsize=$mb_memory\n', ['2:6: $mb_memory is not known here']],
  ])('%j', (text, expected) => expect(problems(text)).toEqual(expected));
});

describe('include', () => {
  const files: Record<string, string> = {
    'common.fio': '; options\ndirect=1\n  bs = 8k ; why\n',
    'outer.fio': 'include inner.fio\niodepth=4\n',
    'inner.fio': 'iodpeth=8\n',
    'circle.fio': 'include round.fio\n',
    'round.fio': 'include circle.fio\n',
    'sections.fio': 'bs=4k\n[b]\nsize=1m\n',
    'twice.fio': 'include twice2.fio\ninclude twice2.fio\n',
    'twice2.fio': Array.from({ length: 150 }, () => 'include inner.fio').join('\n'),
  };
  const read = (text: string) =>
    parseIni(text, 'job.ini', {
      ...settings,
      include: {
        identityOf: (path) => path,
        read: (name) =>
          files[name] === undefined
            ? { ok: false, message: `there is no file ${name} to include`, advice: 'x' }
            : { ok: true, path: name, text: files[name], doubt: null },
      },
    });
  const messages = (text: string) =>
    read(text).problems.map(({ place, message }) => `${place?.file}:${place?.line}:${place?.column}: ${message}`);

  it('puts the options where it stands, each with its own place', () => {
    const { sections, problems: found, included } = read('[a]\nsize=1m\ninclude common.fio\nrw=write\n[b]\n');
    expect(found).toEqual([]);
    expect(sections[0]!.options.map(({ key, value }) => `${key}=${value}`)).toEqual([
      'size=1m',
      'direct=1',
      'bs=8k',
      'rw=write',
    ]);
    expect(sections[0]!.options[2]!.valuePlace).toEqual({
      file: 'common.fio',
      line: 3,
      column: 8,
      text: '  bs = 8k ; why',
      includedFrom: { file: 'job.ini', line: 3, column: 9, text: 'include common.fio' },
    });
    expect(included.map(({ path }) => path)).toEqual(['common.fio']);
  });

  it('reads includes within includes, and keeps the way there', () => {
    const { sections } = read('[a]\ninclude=outer.fio\n');
    const [inner, outer] = sections[0]!.options.map(({ keyPlace }) => keyPlace);
    expect([outer!.file, outer!.line]).toEqual(['outer.fio', 2]);
    expect(inner).toMatchObject({ file: 'inner.fio', includedFrom: { file: 'outer.fio', includedFrom: { line: 2 } } });
  });

  it('replaces variables in the name', () => {
    expect(messages('[a]\ninclude ${SIZE}.fio\n')).toEqual(['job.ini:2:9: there is no file 1g.fio to include']);
  });

  it.each([
    [
      'circle.fio',
      ['round.fio:1:9: the file includes itself: job.ini includes circle.fio includes round.fio includes circle.fio'],
    ],
    ['sections.fio', ['sections.fio:2:0: section in an included file']],
    ['nothing.fio', ['job.ini:2:9: there is no file nothing.fio to include']],
    ['a\u0007b', ['job.ini:2:9: control character in a file name']],
  ])('refuses %s', (name, expected) => expect(messages(`[a]\ninclude ${name}\n`)).toEqual(expected));

  it('ends where files multiply', () => {
    expect(messages('[a]\ninclude twice.fio\n')[0]).toContain('more than 200 files are included');
  });
});

it('takes no text of another encoding', () => {
  const text = Buffer.from('[a]\nsize=1g\n', 'utf16le').toString('utf8');
  expect(parse(text)).toMatchObject({
    sections: [],
    problems: [
      { place: { line: 1 }, message: 'no plain text: there is a NUL byte', advice: 'save it as UTF-8, not UTF-16' },
    ],
  });
});

describe('substitution', () => {
  it('puts variables in, also where they hold a whole option', () => {
    expect(options('[a]\nsize=${SIZE}\n${OPTION}\nname=x${EMPTY}y\n')).toMatchObject([
      { key: 'size', value: '1g', literal: false },
      { key: 'bs', value: '8k' },
      { key: 'name', value: 'xy' },
    ]);
  });

  it('puts the number of CPUs and the page size in', () => {
    expect(options('[a]\nnumjobs=$ncpus\nbs=$pagesize\n')).toMatchObject([{ value: '4' }, { value: '4096' }]);
  });

  it('warns of a variable that is not set, at its place', () => {
    const { warnings, sections } = parse('[a]\nname=x${NO}\n[b]\nname=${constructor}y\n');
    expect(warnings.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'undefined-variable job.ini:2:7: the environment variable "NO" is not set; it is read as empty, as fio does',
      'undefined-variable job.ini:4:6: the environment variable "constructor" is not set; it is read as empty, as fio does',
    ]);
    expect(sections[0]!.options[0]!.value).toBe('x');
  });

  it('may be the cause of a problem', () => {
    const place = { file: 'job.ini', line: 2, column: 6, text: 'size=${NO}${SIZE}${constructor}' };
    const problem = { place, message: 'size: has no value', advice: 'write a value: 1g' };
    expect(blamingVariables(problem, { SIZE: '1g' })).toEqual({
      place,
      message: 'size: has no value: NO, constructor are not set in the environment',
      advice: 'set them, as NO=… iotest run job.ini, or: write a value: 1g',
    });
    expect(blamingVariables({ ...problem, place: null }, {})).toEqual({ ...problem, place: null });
    const known = { ...problem, place: { ...place, text: 'size=${SIZE}' } };
    expect(blamingVariables(known, { SIZE: '1x' })).toBe(known);
    const other = { ...problem, message: 'unknown option "siez"' };
    expect(blamingVariables(other, {})).toBe(other);
  });

  it('does not put variables into section names', () => {
    expect(parse('[a${SIZE}]\n').sections[0]!.name).toBe('a${SIZE}');
  });
});

it('never throws, and every place is in the text', () => {
  const piece = fc.constantFrom(
    '[a]',
    '[global]',
    '\n',
    '\r\n',
    '=',
    ';',
    '#',
    '${',
    '}',
    '$ncpus',
    'bs',
    '4k',
    ' ',
    ']',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      const lines = given.replace(/^\uFEFF/, '').split(/\r?\n/);
      const { sections, problems: found } = parse(given);
      const places = [
        ...found.map(({ place }) => place!),
        ...sections.flatMap(({ place, options: all }) => [
          place,
          ...all.flatMap(({ keyPlace, valuePlace }) => [keyPlace, valuePlace]),
        ]),
      ];
      for (const place of places) {
        expect(lines.length).toBeGreaterThanOrEqual(place.line);
        // A line that may be no option's is named, and not shown.
        if (place.column === 0) continue;
        expect(lines[place.line - 1]).toBe(place.text);
        expect(place.column).toBeGreaterThanOrEqual(1);
        expect(place.column).toBeLessThanOrEqual(place.text.length + 1);
      }
    }),
    { numRuns: 2000 },
  );
});
