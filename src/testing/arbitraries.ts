/** What properties are tried on. */
import fc from 'fast-check';

/** Latencies of three ranges, each as often: up to 5 us, 2.1 s, 9.8 hours. */
export const manyNanoseconds = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 5000 }),
    fc.integer({ min: 0, max: 2 ** 31 }),
    fc.integer({ min: 0, max: 2 ** 45 }),
  ),
  { minLength: 1, maxLength: 200 },
);
