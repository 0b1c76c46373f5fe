/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${VAR} is the job file's syntax */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIni } from './ini.js';

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
    ['include=x', 'include', 'x'],
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
    ['bs=4k\nrw=read\n[a]\n', ['1:1: option outside of a section']],
    ['[a\nbs=4k\n', ['1:3: section header without "]"']],
    ['[a] bs=4k\n', ['1:4: text after the section header']],
    ['[]\n', ['1:1: section without a name']],
    [`[${'x'.repeat(256)}]\n`, ['1:1: section name of 256 characters']],
    ['[a\u001b[31m]\n', ['1:1: control character in a section name']],
    ['[a]\n=4k\n', ['2:1: no option name before "="']],
    ['[a]\n  include other.fio\n', ['2:3: "include" is not supported yet']],
    ['[a]\nsize=${SIZE\n', ['2:6: an environment variable without its closing "}"']],
    ['[a]\nsize=$mb_memory\n', ['2:6: "$mb_memory" is not supported yet']],
    ['[a]\nnumjobs=$ncpus*2\n', ['2:9: arithmetic with $ncpus is not supported yet']],
  ])('%j', (text, expected) => expect(problems(text)).toEqual(expected));
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
        expect(lines[place.line - 1]).toBe(place.text);
        expect(place.column).toBeGreaterThanOrEqual(1);
        expect(place.column).toBeLessThanOrEqual(place.text.length + 1);
      }
    }),
    { numRuns: 2000 },
  );
});
