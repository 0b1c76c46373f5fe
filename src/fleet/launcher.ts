/** How an agent is started on a host: one function per kind gives a command. Nothing else knows ssh, srun or kubectl. */
import { spawnSync } from 'node:child_process';
import { ExitCode, UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';

export interface LaunchFlags {
  readonly hosts: string;
  /** `docker exec -i {host}`. */
  readonly launch?: string | undefined;
  /** How iotest is called there. */
  readonly agent?: string | undefined;
}

interface LaunchCommand {
  readonly command: string;
  readonly arguments: readonly string[];
}

export interface Launcher {
  readonly kind: 'ssh' | 'launch' | 'slurm' | 'k8s';
  readonly commandFor: (host: string) => LaunchCommand;
  /** What lists the hosts where they are not named; null = they are. */
  readonly list: LaunchCommand | null;
  /** From the command line of a user, to try by hand. */
  readonly trial: (host: string) => string;
}

/** Throws `UserError`. */
export function checkFleetFlags({ hosts, launch }: LaunchFlags): void {
  if (launch === undefined) return;
  if (!launch.includes('{host}')) {
    throw UserError.of(`--launch ${launch} has no {host}`, "say where the name goes: --launch 'docker exec -i {host}'");
  }
  if (hosts === 'slurm' || hosts.startsWith('k8s:')) {
    throw UserError.of('--launch says how hosts are reached, and so does --hosts', 'name the hosts: --hosts h1,h2');
  }
}

export function launcherOf({ hosts, launch, agent = 'iotest' }: LaunchFlags): Launcher {
  const words = [...wordsOf(agent, '--agent'), 'agent'];
  if (launch !== undefined) return byTemplate(launch, words);
  if (hosts === 'slurm') return bySlurm(words);
  if (hosts.startsWith('k8s:')) return byKubernetes(hosts.slice('k8s:'.length), words);
  return bySsh(words);
}

/** @param options words that do not matter to somebody who tries it */
function launcher(
  kind: Launcher['kind'],
  commandFor: Launcher['commandFor'],
  list: Launcher['list'] = null,
  options: readonly string[] = [],
): Launcher {
  const trial = (host: string) => {
    const { command, arguments: words } = commandFor(host);
    return [command, ...words.slice(0, -1).filter((word) => !options.includes(word)), '--version'].join(' ');
  };
  return { kind, commandFor, list, trial };
}

/** The shell there splits and reads what ssh is given, so only words that mean themselves to any shell. */
const shellSafe = /^[A-Za-z0-9_./@%+=:,~-]+$/;

function bySsh(agent: readonly string[]): Launcher {
  const unsafe = agent.find((word) => !shellSafe.test(word));
  if (unsafe !== undefined) {
    throw UserError.of(
      `--agent: ${unsafe} would be read by the shell of the host`,
      'give a path without blanks and quotes',
    );
  }
  // Nobody is there to be asked, and a pseudo-terminal would change what goes through.
  const options = ['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15', '-o', 'ServerAliveInterval=5'];
  const commandFor = (host: string) => ({ command: 'ssh', arguments: [...options, '--', host, ...agent] });
  return launcher('ssh', commandFor, null, [...options, '--']);
}

function byTemplate(template: string, agent: readonly string[]): Launcher {
  const words = wordsOf(template, '--launch');
  return launcher('launch', (host) => {
    const [command, ...rest] = words.map((word) => word.replaceAll('{host}', () => host));
    return { command: command!, arguments: [...rest, ...agent] };
  });
}

/** One step per node: several tasks of one step share a channel that cuts lines. */
function bySlurm(agent: readonly string[]): Launcher {
  const nodes = process.env.SLURM_JOB_NODELIST ?? process.env.SLURM_NODELIST;
  if (nodes === undefined) {
    throw UserError.of(
      '--hosts slurm: there is no allocation of Slurm here',
      'run it inside one: salloc -N3 iotest run … --hosts slurm, or in a script for sbatch',
    );
  }
  const options = ['--overlap', '-N1', '-n1'];
  return launcher('slurm', (host) => ({ command: 'srun', arguments: [...options, '-w', host, ...agent] }), {
    command: 'scontrol',
    arguments: ['show', 'hostnames', nodes],
  });
}

/** @param selector `app=iotest` or `NAMESPACE/app=iotest` */
function byKubernetes(selector: string, agent: readonly string[]): Launcher {
  const [, namespace, label] = /^(?:([a-z0-9][a-z0-9-]*)\/)?([A-Za-z0-9_./,=!() -]+)$/.exec(selector) ?? [];
  if (label === undefined || label.startsWith('-')) {
    throw UserError.of(`--hosts k8s:${selector} is no selector`, 'write k8s:LABEL=VALUE or k8s:NAMESPACE/LABEL=VALUE');
  }
  const where = namespace === undefined ? [] : ['-n', namespace];
  return launcher(
    'k8s',
    (host) => ({ command: 'kubectl', arguments: ['exec', '-i', ...where, host, '--', ...agent] }),
    {
      command: 'kubectl',
      arguments: [
        ...['get', 'pods', ...where, '-l', label, '--field-selector', 'status.phase=Running'],
        ...['-o', 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}'],
      ],
    },
  );
}

/** The hosts that there are; null where they are named. Throws `UserError`. */
export function listedBy({ list }: Launcher): string[] | null {
  if (list === null) return null;
  const { command, arguments: words } = list;
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    encoding: 'utf8',
    maxBuffer: 2 ** 20,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  });
  if (error !== undefined || status !== 0) {
    const reason = error?.message ?? `it ended with ${status}: ${stderr.trim().split('\n').at(-1) ?? ''}`;
    throw UserError.of(
      printable(`${command} does not say which hosts there are: ${reason}`),
      printable(`try it: ${command} ${words.join(' ')}`),
      ExitCode.failed,
    );
  }
  const names = stdout.split('\n').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

/** As a shell splits words: blanks, and quotes around them; nothing else means anything. */
export function wordsOf(text: string, flag: string): string[] {
  const words: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const [whole] = /^(?:"[^"]*"|'[^']*'|[^\s"'])+/.exec(rest) ?? [];
    if (whole === undefined) throw UserError.of(`${flag} ${text}: a quote is not closed`, 'close it');
    words.push(whole.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''));
    rest = rest.slice(whole.length);
    if (rest !== '' && !/^\s/.test(rest)) throw UserError.of(`${flag} ${text}: a quote is not closed`, 'close it');
    rest = rest.trim();
  }
  if (words.length === 0) throw UserError.of(`${flag} is empty`, 'give a command, or leave it out');
  return words;
}
