/** When the figures of a job count as steady, and what is done beforehand so that they are. */

/** `steadystate`: the job ends when its figures have become steady. With group_reporting those of the group. */
export interface SteadyStateOptions {
  readonly figure: 'iops' | 'bw' | 'lat';
  /** `steadystate=snia`: both criteria of the SNIA's definition, over five rounds of `intervalMs`; the limit says nothing. */
  readonly isSnia: boolean;
  /** Judge the slope of the regression line; else the largest distance from the mean. */
  readonly isSlope: boolean;
  /** Per cent of the mean, or I/Os per second, bytes per second, ns (a slope: the same per interval). */
  readonly limit: number;
  readonly isPercent: boolean;
  /** Length of the window; 0 = the job does not end for that. */
  readonly durationMs: number;
  readonly rampMs: number;
  readonly intervalMs: number;
}

/** Write the region once, or twice, in sequence; or run the job itself until it is steady. */
export type Precondition = 'none' | 'fill' | '2x' | 'until-steady';
