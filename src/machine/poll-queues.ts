/** How many poll queues a driver was loaded with (/sys/module/NAME/parameters). */
import fs from 'node:fs';
import { pollQueueParameter } from '../support/poll-queue-parameters.js';

/** Null where the driver has no such parameter, or does not show it. @param sys for tests. */
export function pollQueuesLoaded(driver: string | null, sys = '/sys'): number | null {
  const known = pollQueueParameter(driver);
  if (known === null) return null;
  try {
    const text = fs.readFileSync(`${sys}/module/${known.module}/parameters/${known.parameter}`, 'utf8').trim();
    const count = Number(text);
    return text === '' || !Number.isInteger(count) ? null : count;
  } catch {
    return null;
  }
}
