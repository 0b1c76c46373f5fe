/** Of engines that send and receive, what holds where a job says nothing. */
import type { NetworkOptions } from './job.js';

export const defaultNetwork: NetworkOptions = {
  hostname: null,
  port: null,
  protocol: 'tcp',
  listens: false,
  pingPong: false,
  noDelay: false,
  windowBytes: 0,
  segmentBytes: 0,
  sendsZeroCopy: false,
  receivesMultishot: false,
};
