/** Rounds of a steady state as the SNIA defines it (Solid State Storage Performance Test Specification 2.0.2, 2.1.24). */

/** The measurement window: so many rounds are judged, always the last ones. */
export const sniaWindowRounds = 5;
/** After so many rounds the test ends, steady or not. */
export const sniaRoundsMax = 25;
/** How long a round is unless the job says it; the specification's own are a minute. */
export const sniaRoundMs = 10_000;
