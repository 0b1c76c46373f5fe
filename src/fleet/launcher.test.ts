import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkFleetFlags, launcherOf, wordsOf } from './launcher.js';

afterEach(() => vi.unstubAllEnvs());

const commandOf = (flags: Parameters<typeof launcherOf>[0], host = 'h1') => {
  const { command, arguments: words } = launcherOf(flags).commandFor(host);
  return [command, ...words].join(' ');
};

describe('an agent is started', () => {
  it('over ssh, as its own configuration has it, and never with a password asked for', () => {
    const command = commandOf({ hosts: 'h1' });
    expect(command).toMatch(/^ssh -T .*-o BatchMode=yes .*-- h1 iotest agent$/);
    expect(launcherOf({ hosts: 'h1' }).trial('h1')).toBe('ssh h1 iotest --version');
  });

  it('by a template', () => {
    const launch = `docker exec -i {host} env 'A=b c' "D={host}"`;
    expect(launcherOf({ hosts: 'h1', launch, agent: '/opt/io test' }).commandFor('h1')).toEqual({
      command: 'docker',
      arguments: ['exec', '-i', 'h1', 'env', 'A=b c', 'D=h1', '/opt/io', 'test', 'agent'],
    });
  });

  it('by one step of srun for each node, inside an allocation', () => {
    vi.stubEnv('SLURM_JOB_NODELIST', 'n[1-3]');
    expect(commandOf({ hosts: 'slurm' }, 'n2')).toBe('srun --overlap -N1 -n1 -w n2 iotest agent');
    expect(launcherOf({ hosts: 'slurm' }).list).toEqual({
      command: 'scontrol',
      arguments: ['show', 'hostnames', 'n[1-3]'],
    });
  });

  it('by kubectl in each pod that a label selects', () => {
    expect(commandOf({ hosts: 'k8s:app=iotest' }, 'pod-1')).toBe('kubectl exec -i pod-1 -- iotest agent');
    expect(commandOf({ hosts: 'k8s:bench/app=iotest' }, 'pod-1')).toBe(
      'kubectl exec -i -n bench pod-1 -- iotest agent',
    );
    expect(launcherOf({ hosts: 'k8s:bench/app=iotest' }).list?.arguments.slice(0, 6)).toEqual([
      ...['get', 'pods', '-n', 'bench', '-l', 'app=iotest'],
    ]);
  });
});

describe('is refused', () => {
  it.each([
    [{ hosts: 'a', launch: 'docker exec' }, 'has no {host}'],
    [{ hosts: 'slurm', launch: 'x {host}' }, 'and so does --hosts'],
    [{ hosts: 'k8s:a=b', launch: 'x {host}' }, 'and so does --hosts'],
  ])('%j', (flags, message) => expect(() => checkFleetFlags(flags)).toThrow(message));

  it.each([
    [{ hosts: 'slurm' }, 'there is no allocation'],
    [{ hosts: 'k8s:' }, 'is no selector'],
    [{ hosts: 'k8s:-n/x=y' }, 'is no selector'],
    [{ hosts: 'a', agent: '/opt/x; reboot' }, 'would be read by the shell of the host'],
    [{ hosts: 'a', agent: '$HOME/iotest' }, 'would be read by the shell of the host'],
    [{ hosts: 'a', agent: ' ' }, 'is empty'],
    [{ hosts: 'a', launch: "x '{host}" }, 'a quote is not closed'],
  ])('%j', (flags, message) => {
    vi.stubEnv('SLURM_JOB_NODELIST', undefined);
    vi.stubEnv('SLURM_NODELIST', undefined);
    expect(() => launcherOf(flags)).toThrow(message);
  });
});

it('words are split as a shell does it, and mean nothing else', () => {
  expect(wordsOf(`a  'b c' d"e f"g "" $H`, 'x')).toEqual(['a', 'b c', 'de fg', '', '$H']);
});
