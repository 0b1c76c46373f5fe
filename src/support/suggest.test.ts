import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suggest, suggestion } from './suggest.js';

const names = [
  'iodepth',
  'iodepth_low',
  'rw',
  'bs',
  'blocksize',
  'group_reporting',
  'size',
  'io_size',
  'sync',
  'fsync',
];

describe('suggest', () => {
  it.each([
    ['iodpeth', 'iodepth'],
    ['IODEPTH', 'iodepth'],
    ['blocksze', 'blocksize'],
    ['group-reporting', 'group_reporting'],
    ['groupreporting', 'group_reporting'],
    ['bz', 'bs'],
    ['siz', 'size'],
    ['snyc', 'sync'],
  ])('%s is taken for %s', (typed, meant) => expect(suggest(typed, names)).toBe(meant));

  it.each(['xyzzy', '', 'q', 'numberofjobs', 'x'.repeat(10_000)])('has nothing to say about %j', (typed) =>
    expect(suggest(typed, names)).toBeNull(),
  );

  it('makes a question of it', () => {
    expect(suggestion('iodpeth', names)).toBe('did you mean "iodepth"?');
    expect(suggestion('xyzzy', names)).toBeNull();
  });

  it('finds a name that is there', () => {
    fc.assert(fc.property(fc.constantFrom(...names), (name) => suggest(name, names) === name));
  });
});
