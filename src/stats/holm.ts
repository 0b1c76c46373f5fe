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

/** As `holm`, where an equal measurement marks one and the same evidence: asking twice is no second question. */
export function holmByMeasurement(tests: readonly { readonly measurement: string; readonly p: number }[]): number[] {
  const names = [...new Set(tests.map(({ measurement }) => measurement))];
  const adjusted = holm(
    names.map((name) => Math.max(...tests.filter(({ measurement }) => measurement === name).map(({ p }) => p))),
  );
  return tests.map(({ measurement }) => adjusted[names.indexOf(measurement)]!);
}
