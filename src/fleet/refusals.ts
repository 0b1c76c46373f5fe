/** Why hosts give no result, as problems for people: what several of them say alike is told once. */
import { ExitCode, type Problem, UserError } from '../support/errors.js';
import type { HostEnd, HostSession } from './session.js';

/** Names of hosts that one sentence has. */
const namedMax = 4;

export function hostNames(names: readonly string[]): string {
  return names.length > namedMax ? `${names.length} hosts` : names.join(', ');
}

/** Throws `UserError` where a host has ended without a result. */
export function throwRefusals(
  sessions: readonly Pick<HostSession, 'host' | 'end'>[],
  isTold: (end: HostEnd) => boolean = () => true,
): void {
  const found = new Map<string, { readonly problem: Problem; readonly names: string[]; readonly exitCode: ExitCode }>();
  for (const { host, end } of sessions) {
    if (end === null || end.kind === 'result' || !isTold(end)) continue;
    for (const problem of problemsOf(host.name, end)) {
      const key = JSON.stringify(problem);
      const known = found.get(key);
      const exitCode = end.kind === 'failed' ? end.exitCode : ExitCode.failed;
      if (known === undefined) found.set(key, { problem, names: [host.name], exitCode });
      else known.names.push(host.name);
    }
  }
  if (found.size === 0) return;
  const all = [...found.values()];
  throw new UserError(
    all.map(({ problem, names }) => ({ ...problem, message: `${hostNames(names)}: ${problem.message}` })),
    Math.max(...all.map(({ exitCode }) => exitCode)) as ExitCode,
  );
}

export function problemsOf(name: string, end: Exclude<HostEnd, { kind: 'result' }>): Problem[] {
  if (end.kind === 'lost') return [{ place: null, message: end.reason, advice: end.advice }];
  return end.problems.map((problem) => ({
    ...problem,
    // A host knows nothing of its name here, by which alone a permission reaches it.
    advice: problem.advice?.replace(/(add --destructive )(?=\S)/g, (flag) => `${flag}${name}:`) ?? null,
  }));
}
