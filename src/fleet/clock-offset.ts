/** How the clock of a host stands to ours, from round trips (Cristian 1989): the shortest says it best. Pure. */

export interface RoundTrip {
  /** Ours, before and after. */
  readonly sentNs: number;
  readonly receivedNs: number;
  /** The host's, in between. */
  readonly hostNs: number;
}

export interface ClockOffset {
  /** Host's clock minus ours. */
  readonly offsetNs: number;
  /** How far that may be wrong. */
  readonly boundNs: number;
}

/** @param trips at least one */
export function clockOffset(trips: readonly RoundTrip[]): ClockOffset {
  const took = ({ sentNs, receivedNs }: RoundTrip) => receivedNs - sentNs;
  const best = trips.reduce((shortest, trip) => (took(trip) < took(shortest) ? trip : shortest));
  const boundNs = took(best) / 2;
  return { offsetNs: best.hostNs - best.sentNs - boundNs, boundNs };
}

/** How long from now until all begin: time for the word to get to each of them. */
export function leadNs(boundsNs: readonly number[]): number {
  const roundTripNs = 2 * Math.max(0, ...boundsNs);
  return Math.max(200e6, 20 * roundTripNs + boundsNs.length * 5e6);
}
