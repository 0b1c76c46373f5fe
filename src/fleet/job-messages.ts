/** The job as it is sent to each host: the same for all, but for what is a host's own. */
import { randomInt } from 'node:crypto';
import type { JobFlags } from '../cli/flags.js';
import type { JobInput } from '../run/variant-flags.js';
import type { Fleet, Host } from './hosts.js';
import type { JobMessage } from './protocol.js';

export interface FleetJob {
  readonly fleet: Fleet;
  /** What was read of the job files here. */
  readonly input: JobInput;
  readonly flags: JobFlags;
  readonly explains: boolean;
  readonly commandLine: readonly string[];
}

/** In the order of the hosts. */
export function jobMessages({ fleet, input, flags, explains, commandLine }: FleetJob): JobMessage[] {
  const included = new Map(
    input.variants.flatMap((variant) => variant.included.map((file) => [file.path, file] as const)),
  );
  const orderSeed = randomInt(2 ** 32);
  return fleet.hosts.map((host, index) => ({
    type: 'job',
    files: input.files.map(({ path, text }) => ({ path, text })),
    included: [...included.values()].map(({ path, text }) => ({ path, text })),
    flags: flagsFor(flags, host),
    explains,
    index,
    count: fleet.hosts.length,
    orderSeed,
    commandLine: [...commandLine],
  }));
}

function flagsFor(flags: JobFlags, host: Host): JobMessage['flags'] {
  const { engine, section, runtime, variant, repeat, readonly } = flags;
  return {
    ...(engine === undefined ? {} : { engine: [...engine] }),
    set: [...(flags.set ?? []), ...host.set],
    ...(section === undefined ? {} : { section: [...section] }),
    ...(runtime === undefined ? {} : { runtime }),
    destructive: [...host.destructive],
    ...(readonly === undefined ? {} : { readonly }),
    ...(flags['allow-exec'] === undefined ? {} : { 'allow-exec': flags['allow-exec'] }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(variant === undefined ? {} : { variant: [...variant] }),
  };
}
