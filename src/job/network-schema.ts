/** How the options of engines that send and receive stand in result documents; earlier ones have none of them. */
import * as z from 'zod';
import { networkProtocols } from './job.js';
import { defaultNetwork } from './network.js';

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
