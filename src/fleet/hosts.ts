/** Which hosts a run is on, and what of each is its own: `--hosts`, a file of hosts, `--destructive HOST:/dev/X`. */
import { type Problem, UserError } from '../support/errors.js';
import { readInput } from '../system/input-file.js';
import { checkFleetFlags, type Launcher, type LaunchFlags, launcherOf, listedBy } from './launcher.js';

export interface Host {
  readonly name: string;
  /** `option=value`, set on this host after all that is set on every host. */
  readonly set: readonly string[];
  /** What may be overwritten there. */
  readonly destructive: readonly string[];
}

export interface Fleet {
  readonly launcher: Launcher;
  readonly hosts: readonly Host[];
}

export interface FleetFlags extends LaunchFlags {
  readonly hosts: string;
  readonly destructive?: readonly string[] | undefined;
}

/** More is a slip: each is a process here. */
const hostCountMax = 1024;
const fileBytesMax = 2 ** 20;

/** @throws UserError with all that is wrong */
export function fleetOf(flags: FleetFlags): Fleet {
  checkFleetFlags(flags);
  const launcher = launcherOf(flags);
  const named = namedHosts(flags.hosts, launcher);
  const problems = [...problemsOfNames(named), ...problemsOfPermissions(flags.destructive ?? [], named)];
  if (problems.length > 0) throw new UserError(problems);
  const given = flags.destructive ?? [];
  return {
    launcher,
    hosts: named.map((host) => ({
      ...host,
      destructive: [...host.destructive, ...given.flatMap((text) => permissionOn(text, host.name) ?? [])],
    })),
  };
}

function namedHosts(text: string, launcher: Launcher): Host[] {
  if (text.startsWith('@')) return hostsOfFile(text.slice(1));
  const names = listedBy(launcher) ?? text.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '').map((name) => ({ name, set: [], destructive: [] }));
}

function problem(message: string, advice: string, place: Problem['place'] = null): Problem {
  return { place, message, advice };
}

function hostsOfFile(path: string): Host[] {
  const input = readInput(path, { bytesMax: fileBytesMax, pipes: true });
  if (!input.ok)
    throw UserError.of(`--hosts: ${path} ${input.problem}`, 'name a file with a host in each line: @hosts.txt');
  const problems: Problem[] = [];
  const hosts = input.bytes
    .toString('utf8')
    .split(/\r?\n/)
    .flatMap((line, index): Host[] => {
      const words = line.replace(/(?:^|\s)[#;].*$/, '').match(/(?:"[^"]*"|\S)+/g) ?? [];
      const [name, ...rest] = words.map((word) => word.replaceAll('"', ''));
      if (name === undefined) return [];
      const of = (begin: string) => rest.flatMap((word) => (word.startsWith(begin) ? [word.slice(begin.length)] : []));
      const place = { file: path, line: index + 1, column: 0, text: line };
      for (const word of rest) {
        if (/^(?:set\.[^=]+(?:=|$)|destructive=.)/.test(word)) continue;
        const advice = 'write set.OPTION=VALUE or destructive=/dev/X after the name of the host';
        problems.push(problem(`${word} is nothing that a host can have`, advice, place));
      }
      return [{ name, set: of('set.'), destructive: of('destructive=') }];
    });
  if (problems.length > 0) throw new UserError(problems);
  return hosts;
}

/** A name goes to ssh, srun or kubectl as one word, and must be no option of theirs. */
const hostName = /^[A-Za-z0-9_[][A-Za-z0-9_.:@%[\]-]*$/;

function problemsOfNames(hosts: readonly Host[]): Problem[] {
  if (hosts.length === 0) return [problem('--hosts names no host', 'write --hosts h1,h2 or --hosts @hosts.txt')];
  if (hosts.length > hostCountMax) {
    return [problem(`--hosts names ${hosts.length} hosts`, `give at most ${hostCountMax}`)];
  }
  const names = hosts.map(({ name }) => name);
  const wrong = names.filter((name) => !hostName.test(name));
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [
    ...wrong.map((name) =>
      problem(`--hosts: "${name}" is no name of a host`, 'give names as ssh takes them: h1, user@h1'),
    ),
    ...[...twice].map((name) => problem(`--hosts names ${name} twice`, 'name each host once')),
  ];
}

/** The path, where the words permit something on that host; undefined where they mean another one. */
function permissionOn(text: string, name: string): string | undefined {
  const own = [`${name}:`, '*:'].find((begin) => text.startsWith(begin));
  return own === undefined ? undefined : text.slice(own.length);
}

/** Nothing on a host is overwritten by words that do not name it. */
function problemsOfPermissions(texts: readonly string[], hosts: readonly Host[]): Problem[] {
  return texts.flatMap((text) => {
    const paths = hosts.flatMap(({ name }) => permissionOn(text, name) ?? []);
    if (paths.length > 0 && paths.every((path) => path !== '')) return [];
    return [
      problem(
        `--destructive ${text} names none of the hosts`,
        "write HOST:/dev/X, or '*:/dev/X' for that of every host",
      ),
    ];
  });
}
