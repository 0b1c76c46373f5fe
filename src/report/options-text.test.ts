import { describe, expect, it } from 'vitest';
import { describeOptions } from '../job/options/describe.js';
import type { OptionDescription } from '../job/options/description.js';
import { formatOptionList, formatOptions, optionsPage } from './options-text.js';
import { plainStyle } from './terminal.js';

const style = plainStyle(true);
const depth: OptionDescription = {
  name: 'iodepth',
  aliases: ['depth', 'qd'],
  group: 'Engines',
  engines: null,
  type: 'number',
  unit: null,
  default: '1',
  tier: 1,
  help: 'I/Os on the way at once.',
  state: 'supported',
  values: [],
  reason: null,
  nearest: null,
  example: 'iodepth=32',
  ours: false,
};
const refused: OptionDescription = {
  ...depth,
  name: 'cgroup',
  aliases: [],
  group: 'Refused',
  engines: ['libaio', 'io_uring'],
  unit: 'bytes',
  default: null,
  tier: 3,
  help: 'A|B.',
  state: 'refused',
  reason: 'not supported: it is better done outside',
  nearest: 'use systemd-run',
  example: null,
  ours: true,
};
const partly: OptionDescription = {
  ...depth,
  name: 'verify',
  state: 'partly',
  values: ['0', 'null'],
  reason: 'not yet',
};

describe('formatOptionList', () => {
  it('groups names with their help, and says what is not shown', () => {
    expect(formatOptionList([depth, refused], '3 of 5 options are not shown', style)).toBe(`Engines
  iodepth  I/Os on the way at once.

Refused
  cgroup   A|B. (libaio, io_uring) Refused: not supported: it is better done
           outside.

iotest options NAME shows one in full
3 of 5 options are not shown
`);
  });

  it('keeps within 80 columns for the whole table, and so does the full form', () => {
    const text = `${formatOptionList(describeOptions(), null, style)}${formatOptions(describeOptions(), style)}`;
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('formatOptions', () => {
  it('says all there is to say', () => {
    expect(formatOptions([depth, refused, partly], style)).toBe(`iodepth
  I/Os on the way at once.

  aliases  depth, qd
  type     number
  default  1
  where    any job
  tier     1
  state    supported
  example  iodepth=32

cgroup
  A|B.

  type     number
  unit     bytes
  default  none
  where    jobs with ioengine=libaio or io_uring
  tier     3, an option of iotest alone
  state    refused: not supported: it is better done outside
  instead  use systemd-run

verify
  I/Os on the way at once.

  aliases  depth, qd
  type     number
  default  1
  where    any job
  tier     1
  state    only 0, null: not yet
  example  iodepth=32
`);
  });
});

describe('optionsPage', () => {
  it('is a table for each group', () => {
    const page = optionsPage([depth, refused]);
    expect(page).toContain('few of our own: 1 supported, 0 partly, 1 refused, 0 ignored.');
    expect(page).toContain('## Engines\n\n| option | type');
    expect(page).toContain('| `iodepth`, `depth`, `qd` | number | 1 | 1 | I/Os on the way at once. `iodepth=32` |\n');
    expect(page).toContain(
      '| `cgroup` (libaio, io_uring) | number, bytes |  | 3 | A\\|B. An option of iotest alone. Refused:',
    );
  });
});
