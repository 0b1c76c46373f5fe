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
export function holmByEvidence(tests: readonly { readonly key: readonly number[]; readonly p: number }[]): number[] {
  const groups = evidenceGroups(tests);
  const largest: number[] = [];
  tests.forEach(({ p }, index) => {
    const group = groups[index]!;
    largest[group] = Math.max(p, largest[group] ?? 0);
  });
  const adjusted = holm(largest);
  return groups.map((group) => adjusted[group]!);
}

/** The number, from 0, of the distinct evidence that each has. */
export function evidenceGroups(tests: readonly { readonly key: readonly number[] }[]): number[] {
  const distinct: (readonly number[])[] = [];
  return tests.map(({ key }) => {
    const found = distinct.findIndex(
      (other) => other.length === key.length && other.every((value, index) => value === key[index]),
    );
    return found >= 0 ? found : distinct.push(key) - 1;
  });
}
