/** From names to addresses, before the start. */
import type { Endpoint } from '../engines/engine.js';
import type { PlannedNetwork } from '../plan/types.js';
import { UserError } from '../support/errors.js';
import { internetAddress, unixAddress } from '../system/sockets.js';

/** Throws `UserError` when the name means no address of the protocol's family. */
export async function resolveEndpoint({ protocol, listens, hostname, port }: PlannedNetwork): Promise<Endpoint> {
  const datagrams = protocol.startsWith('udp');
  if (protocol === 'unix') return { address: unixAddress(hostname!), listens, datagrams };
  const family = protocol.endsWith('v6') ? 6 : 4;
  if (listens) return { address: internetAddress(family === 6 ? '::' : '0.0.0.0', port), listens, datagrams };
  const { lookup } = await import('node:dns/promises');
  try {
    const { address } = await lookup(hostname!, { family });
    return { address: internetAddress(address, port), listens, datagrams };
  } catch (error) {
    throw UserError.of(
      `hostname=${hostname} has no IPv${family} address (${error instanceof Error ? error.message : String(error)})`,
      family === 6 ? 'check the name, or use the protocol without v6' : 'check the name, or use the protocol with v6',
      1,
    );
  }
}
