/** Of engines that send and receive, what holds where a job says nothing. */
import * as z from 'zod';
import { type NetworkOptions, networkProtocols } from './job.js';

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

/** In result documents; earlier versions have none of it. */
export const networkSchema = z
  .object({
    hostname: z.string().nullable(),
    port: z.number().nullable(),
    protocol: z.enum(networkProtocols),
    listens: z.boolean(),
    pingPong: z.boolean(),
    noDelay: z.boolean(),
    windowBytes: z.number(),
    segmentBytes: z.number(),
    sendsZeroCopy: z.boolean(),
    receivesMultishot: z.boolean(),
  })
  .default(defaultNetwork);
