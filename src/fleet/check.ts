/** What would become of a run on these hosts: each is reached, asked, and left; nothing is opened for writing or run. */

import { packageOf } from '../run/document.js';
import type { Problem } from '../support/errors.js';
import type { ClockOffset } from './clock-offset.js';
import type { Fleet } from './hosts.js';
import { type FleetJob, jobMessages } from './job-messages.js';
import type { Hello, PlannedTarget } from './protocol.js';
import { problemsOf } from './refusals.js';
import type { HostSession } from './session.js';
import { Sessions } from './sessions.js';
import { sharedTargetProblems } from './shared-targets.js';

interface CheckedHost {
  readonly name: string;
  /** null where no agent answered. */
  readonly hello: Omit<Hello, 'type' | 'nowNs'> | null;
  readonly clock: ClockOffset | null;
  /** null without a job, and where it refuses. */
  readonly targets: readonly PlannedTarget[] | null;
  /** Why nothing would run there. */
  readonly problems: readonly Problem[];
}

export interface FleetCheck {
  readonly hosts: readonly CheckedHost[];
  /** Of several hosts together. */
  readonly problems: readonly Problem[];
}

/** @param job null = the hosts alone are looked at; `root`: the package's folder */
export async function checkFleet(fleet: Fleet, job: FleetJob | null, root: string): Promise<FleetCheck> {
  const silent = { say: () => {}, changed: () => {}, lost: () => {} };
  const sessions = new Sessions(fleet, packageOf(root).version, () => silent);
  try {
    await sessions.greeted();
    const messages = job === null ? null : jobMessages(job);
    const hosts = await Promise.all(
      sessions.all.map(async (session, index): Promise<CheckedHost> => {
        const clock = session.hello === null || session.end !== null ? null : await session.measureClock();
        const planned = messages === null || session.end !== null ? null : await session.plan(messages[index]!);
        return { ...checkedHost(session), clock, targets: planned?.targets ?? null };
      }),
    );
    const targets = hosts.map(({ name, targets: own }) => ({ name, targets: own ?? [] }));
    return { hosts, problems: sharedTargetProblems(targets) };
  } finally {
    await sessions.leave();
  }
}

function checkedHost({ host, hello, end }: HostSession): Pick<CheckedHost, 'name' | 'hello' | 'problems'> {
  const problems = end === null || end.kind === 'result' ? [] : problemsOf(host.name, end);
  if (hello === null) return { name: host.name, hello: null, problems };
  const { type: _, nowNs: __, ...facts } = hello;
  return { name: host.name, hello: facts, problems };
}
