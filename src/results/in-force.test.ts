import { describe, expect, it } from 'vitest';
import { labelInForce } from './in-force.js';

const refused = (asked: string) => ({ engine: { fallbacks: [{ asked, reason: 'ENOMEM', advice: 'ulimit -l' }] } });

describe('labelInForce', () => {
  it('says of modes that were refused that they are not in force', () => {
    const granted = { engine: { fallbacks: [] } };
    expect(labelInForce('io_uring+fixedbufs', [granted, null])).toBe('io_uring+fixedbufs');
    expect(labelInForce('io_uring+fixedbufs', [granted, refused('fixedbufs')])).toBe(
      'io_uring+fixedbufs: not in force',
    );
    expect(labelInForce('io_uring+fixed', [refused('registerfiles')])).toBe('io_uring+fixed: not in force');
  });

  it('leaves names alone that say nothing of what was refused', () => {
    expect(labelInForce('io_uring', [refused('SINGLE_ISSUER')])).toBe('io_uring');
  });
});
