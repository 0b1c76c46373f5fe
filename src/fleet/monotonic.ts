/** CLOCK_MONOTONIC in ns, as hosts name instants to each other; exact to some ns in the first years after a boot. */
export function monotonicNs(): number {
  return Number(process.hrtime.bigint());
}
