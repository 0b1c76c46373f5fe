import { expect, it } from 'vitest';
import * as shared from './shared-state.js';

it('no two control words, and no two marks, lie at one place', () => {
  for (const prefix of ['control', 'mark']) {
    const places = Object.entries(shared).filter(
      ([name, value]) => new RegExp(`^${prefix}[A-Z]`).test(name) && typeof value === 'number',
    );
    expect(places.length).toBeGreaterThan(3);
    expect(new Set(places.map(([, place]) => place)).size).toBe(places.length);
  }
});
