/** Targets that several hosts see as one: found before anything is opened for writing. Pure. */
import type { Problem } from '../support/errors.js';
import type { PlannedTarget } from './protocol.js';
import { hostNames } from './refusals.js';

interface HostTargets {
  readonly name: string;
  readonly targets: readonly PlannedTarget[];
}

/** A sentence for each target that one host writes and another one uses too. */
export function sharedTargetProblems(hosts: readonly HostTargets[]): Problem[] {
  const users = new Map<string, { readonly name: string; readonly target: PlannedTarget }[]>();
  for (const { name, targets } of hosts) {
    for (const target of targets) {
      if (target.identity === null) continue;
      const known = users.get(target.identity);
      if (known === undefined) users.set(target.identity, [{ name, target }]);
      else known.push({ name, target });
    }
  }
  return [...users.values()].flatMap((uses): Problem[] => {
    const names = [...new Set(uses.map(({ name }) => name))];
    if (names.length < 2 || !uses.some(({ target }) => target.isWritten)) return [];
    const [first] = uses;
    const others = hostNames(names);
    return [
      {
        place: null,
        message: `${first!.target.path} is one and the same on ${others}, and is written`,
        advice: 'give each host a file of its own: $hostname or $host_index in filename= or directory=',
      },
    ];
  });
}
