/** Hosts of an allocation and pods of a label, by stand-ins on the PATH that take the words of srun, scontrol and kubectl. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, executable, scratchFolder, start } from '../cli/command.js';
import { documentIn, hostsIn } from './local-hosts.js';

/** Each takes exactly what we say, and ends with 64 for anything else. */
const standIns = {
  scontrol: '[ "$1 $2 $3" = "show hostnames n[1-2]" ] || exit 64; echo n1; echo n2',
  srun: '[ "$1 $2 $3 $4" = "--overlap -N1 -n1 -w" ] || exit 64; HOST=$5; shift 5; export HOST; exec "$@"',
  kubectl: `case "$*" in
    "get pods -n bench -l app=iotest "*) echo pod-0; echo pod-1 ;;
    "exec -i -n bench pod-"*) shift 5; [ "$1" = -- ] || exit 64; shift; exec "$@" ;;
    *) echo "the server could not find it" >&2; exit 1 ;;
  esac`,
};

async function run(hosts: string, added: Readonly<Record<string, string>> = {}) {
  const cwd = scratchFolder({ 'job.ini': '[r]\nioengine=null\nrw=read\nsize=64k\n' });
  for (const [name, script] of Object.entries(standIns)) {
    writeFileSync(join(cwd, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(cwd, name), 0o755);
  }
  const environment = { PATH: `${cwd}:${process.env.PATH}`, ...added };
  const words = ['run', 'job.ini', '--no-save', '-q', '--format', 'json', '--hosts', hosts, '--agent', executable];
  return ended(start(words, { cwd, environment }));
}

describe('hosts that are listed by others', () => {
  it.each([
    ['slurm', { SLURM_JOB_NODELIST: 'n[1-2]' }, ['n1', 'n2']],
    ['k8s:bench/app=iotest', {}, ['pod-0', 'pod-1']],
  ])('%s', async (hosts, environment, expected) => {
    const { status, stdout, stderr } = await run(hosts, environment);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const document = documentIn(stdout);
    expect(hostsIn(document).map(({ name }) => name)).toEqual(expected);
    expect(document.jobs[0]!.read.io_bytes).toBe(2 * 65536);
  });

  it('are refused with what the other said when it does not list them', async () => {
    const { status, stdout } = await run('k8s:app=other');
    expect(status).toBe(1);
    expect(stdout).toMatch(/kubectl does not say which hosts there are: it ended with 1: the server could not find it/);
  });
});
