/**
 * The name under which figures of an engine go. A mode that was asked for and refused by the kernel, as memory that could
 * not be registered, must not lend its name to figures that were measured without it.
 */
import type { EngineFacts } from '../stats/engine-facts.js';

/** Modes that are part of an engine's name, and can be refused while the job goes on without them. */
const refusableModes = ['fixedbufs', 'registerfiles'];

/** @param label as planned: `io_uring+fixedbufs`; with what was not granted `io_uring+fixedbufs: not in force` */
export function labelInForce(
  label: string,
  reports: readonly ({ readonly engine: Pick<EngineFacts, 'fallbacks'> } | null)[],
): string {
  const isRefused = reports.some((report) =>
    report?.engine.fallbacks.some(({ asked }) => refusableModes.includes(asked)),
  );
  return isRefused ? `${label}: not in force` : label;
}
