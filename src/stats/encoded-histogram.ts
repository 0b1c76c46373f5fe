/** A histogram as text, apart from the library that reads it: writing a result must not load that. */

export const histogramEncoding = 'HdrHistogram V2 compressed base64';

/** The exact sum, minimum and maximum stand beside `data`, which holds them to 1/1024 only. */
export interface EncodedHistogram {
  readonly encoding: typeof histogramEncoding;
  readonly data: string;
  readonly count: number;
  readonly minNs: number;
  readonly maxNs: number;
  readonly sumNs: number;
}
