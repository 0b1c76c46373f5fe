import { expect, it } from 'vitest';
import { blockRange } from './block-range.js';

const each = <T>(value: T) => ({ read: value, write: value, trim: value });
const none = { range: each(null), split: each(null) };

it('is what was drawn from, or bs', () => {
  expect(blockRange({ blockBytes: each(4096), sizes: none }, 'read')).toEqual({ min: 4096, max: 4096 });
  const range = { ...none, range: { ...each(null), write: { min: 512, max: 65536 } } };
  expect(blockRange({ blockBytes: each(4096), sizes: range }, 'write')).toEqual({ min: 512, max: 65536 });
  const split = { ...none, split: { ...each(null), trim: [{ bytes: 8192 }, { bytes: 1024 }] } };
  expect(blockRange({ blockBytes: each(4096), sizes: split }, 'trim')).toEqual({ min: 1024, max: 8192 });
});
