import { describe, expect, it } from 'vitest';
import * as values from './process-values.js';
import type { Parsed, ValueContext } from './value-type.js';

const context: ValueContext = { kiloBase: 1024, cpuCount: 16 };

function outcome<T>(parsed: Parsed<T>): T | string {
  return parsed.ok ? parsed.value : `${parsed.message} @${parsed.offset} | ${parsed.advice}`;
}

describe('values of the thread', () => {
  it.each([
    ['5', [0, 2]],
    ['0x8001', [0, 15]],
    ['1k', [10]],
    ['0', '0 is too small @0 | the smallest value is 1'],
    ['0x10000', 'there is no CPU 16 @0 | this machine has the CPUs 0 to 15; cpus_allowed takes their numbers'],
  ])('cpumask=%s', (text, expected) => expect(outcome(values.cpuMask.parse(text, context))).toEqual(expected));

  it.each([
    ['malloc', { kind: 'malloc', path: null }],
    ['mmaphuge:/mnt/huge/a:b', { kind: 'mmaphuge', path: '/mnt/huge/a:b' }],
    ['mmapshard', '"mmapshard" is not one of its values @0 | did you mean "mmapshared"?'],
    ['shm:/x', 'shm takes no file @3 | write shm alone'],
    ['mmap:', 'has no value @5 | write a value: text'],
    ['cudamalloc', '"cudamalloc" is not supported: iotest reaches no memory of graphics cards @0 | leave mem out'],
  ])('mem=%s', (text, expected) => expect(outcome(values.bufferMemory.parse(text, context))).toEqual(expected));

  it('comm keeps what the kernel keeps, and says so', () => {
    expect(values.threadName.parse('worker', context)).toMatchObject({ value: 'worker', notes: [] });
    const long = values.threadName.parse('ä123456789 1234567', context);
    expect(long).toMatchObject({ value: 'ä123456789 123', notes: [{ code: 'name-cut-off' }] });
  });

  it.each([
    [values.cpuMask, '0x8001'],
    [values.threadName, 'a name'],
    [values.bufferMemory, 'mmapshared:/a:b'],
    [values.bufferMemory, 'shm'],
  ])('reads what it prints (%#)', (type, text) => {
    const value = outcome<unknown>(type.parse(text, context));
    const printed = (type.print as (given: unknown) => string | null)(value);
    expect(outcome<unknown>(type.parse(printed, context))).toEqual(value);
  });
});
