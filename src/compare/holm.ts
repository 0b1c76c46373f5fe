/** Adjustment for testing many things at once (S. Holm 1979): bounds the chance of any false alarm, whatever they share. */

/** Adjusted p values in the order given: below α means significant with all tests together at level α. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((index, place) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - place) * pValues[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}

/**
 * As `holm`, where equal keys mark one and the same evidence: bandwidth at a fixed block size is IOPS in another unit,
 * and asking twice is no second question.
 */
export function holmByEvidence(tests: readonly { readonly key: string; readonly p: number }[]): number[] {
  const distinct = new Map<string, number>();
  for (const { key, p } of tests) distinct.set(key, Math.max(p, distinct.get(key) ?? 0));
  const keys = [...distinct.keys()];
  const adjusted = holm([...distinct.values()]);
  return tests.map(({ key }) => adjusted[keys.indexOf(key)]!);
}
