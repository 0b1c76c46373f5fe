/** Zones with write pointers: `zonemode=zbd`. */
import { anyNumber } from '../schema.js';
import { done, failed, type KeptType } from '../value-type.js';
import { bool, integer, printDecimal, readDecimal, size, withText } from '../values.js';
import type { Option } from './option.js';
import { optionsOf, row, rows } from './row.js';

/** As fio, which keeps a list of so many. */
const zoneCount = integer({ min: 0, max: 4096, maxReason: 'as in fio' });

const share: KeptType<number> = {
  word: 'a number from 0 to 1',
  schema: anyNumber,
  parse: (text) =>
    withText(text, '0.5', (given) => {
      const value = readDecimal(given);
      if (value === null) return failed('is not a number from 0 to 1', 'write 0.5, for example');
      return value <= 1 ? done(value) : failed(`${given.trim()} is too large`, 'the largest share is 1');
    }),
  print: (value) => (value === 0 ? null : printDecimal(value)),
};

const unlessZero = (type: KeptType<number>): KeptType<number> => ({
  ...type,
  print: (value) => (value === 0 ? null : type.print(value)),
});

export const zoneRows = rows('workload.zones', {
  /** Of emulated zones; 0 = all of a zone. */
  capacityBytes: row({
    name: 'zonecapacity',
    unit: 'bytes',
    default: '0',
    initial: 0,
    tier: 3,
    help: 'What can be written of an emulated zone, from its start; 0 = all of it.',
    example: '60m',
    type: unlessZero(size({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  }),
  readsBeyondPointer: row({
    name: 'read_beyond_wp',
    initial: false,
    tier: 3,
    help: 'Read zones behind their write pointers too, where nothing was written.',
    type: bool,
  }),
  /** 0 = no limit but the device's. */
  openMax: row({
    name: 'max_open_zones',
    default: '0',
    initial: 0,
    tier: 3,
    help: "How many zones of a device all jobs together write at once; 0 = no limit but the device's.",
    type: unlessZero(zoneCount),
  }),
  jobOpenMax: row({
    name: 'job_max_open_zones',
    default: '0',
    initial: 0,
    tier: 3,
    help: 'How many of these a job has; 0 = no limit of its own.',
    type: unlessZero(zoneCount),
  }),
  ignoresDeviceLimit: row({
    name: 'ignore_zone_limits',
    initial: false,
    tier: 3,
    help: 'Take max_open_zones alone, whatever the device says that it allows.',
    type: bool,
  }),
  resetThreshold: row({
    name: 'zone_reset_threshold',
    default: '0',
    initial: 0,
    tier: 3,
    help: 'Share of the region, 0 to 1, that must be written before zone_reset_frequency takes effect.',
    example: '0.5',
    type: share,
  }),
  resetFrequency: row({
    name: 'zone_reset_frequency',
    default: '0',
    initial: 0,
    tier: 3,
    help: 'Resets of zones per write, 0 to 1; 0 = zones are reset only when they are full.',
    example: '0.01',
    type: share,
  }),
});

export const zoneOptions: readonly Option[] = optionsOf(zoneRows);
