/**
 * Hosts behind real sshd: each with a host name and a monotonic clock of its own (namespaces of this machine), keys and
 * configuration in a folder that is gone afterwards. Nothing of the user's own ~/.ssh is touched.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, executable, scratchFolder, start } from '../cli/command.js';
import { documentIn, hostsIn, idleJob } from './local-hosts.js';

const sshd = '/usr/sbin/sshd';
const names = ['nA', 'nB', 'nC'];
const shiftSeconds = (index: number) => (index + 1) * 1000;

function missingPart(): string | null {
  if (process.getuid?.() !== 0) return 'sshd and namespaces need root';
  if (!existsSync(sshd)) return 'the package openssh-server is not installed';
  const { status } = spawnSync('unshare', ['-u', '-T', '--monotonic', '1000', '-f', 'true']);
  return status === 0 ? null : 'no time namespaces (unshare -T) here';
}

const missing = missingPart();
const folder = mkdtempSync(join(tmpdir(), 'iotest-sshd-'));
const servers: ChildProcess[] = [];
const ports: number[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function startServer(name: string, index: number): Promise<string> {
  const port = await freePort();
  ports.push(port);
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host_key`,
    `PidFile ${folder}/pid-${name}`,
    `AuthorizedKeysFile ${folder}/id.pub`,
    ...['StrictModes no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'UsePAM no'],
  ];
  const path = put(`sshd_config.${name}`, `${config.join('\n')}\n`);
  const command = `hostname ${name}; exec ${sshd} -D -f ${path} -E ${folder}/log-${name}`;
  const namespaces = ['-u', '-T', '--monotonic', String(shiftSeconds(index)), '-f', '--kill-child'];
  servers.push(spawn('unshare', [...namespaces, 'sh', '-c', command], { stdio: 'ignore' }));
  for (let tries = 0; !existsSync(`${folder}/pid-${name}`) && tries < 200; tries++) await sleep(50);
  return `Host ${name}\n  Port ${port}\n`;
}

beforeAll(async () => {
  if (missing !== null) return;
  mkdirSync('/run/sshd', { recursive: true });
  for (const key of ['host_key', 'id'])
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${folder}/${key}`]);
  const hosts: string[] = [];
  for (const [index, name] of names.entries()) hosts.push(await startServer(name, index));
  const common = [
    ...['HostName 127.0.0.1', `User ${userInfo().username}`, `IdentityFile ${folder}/id`, 'IdentitiesOnly yes'],
    ...[`UserKnownHostsFile ${folder}/known_hosts`, 'StrictHostKeyChecking accept-new'],
  ];
  const config = put('config', `${hosts.join('')}Host *\n${common.map((line) => `  ${line}\n`).join('')}`);
  mkdirSync(join(folder, 'bin'));
  const ssh = put('bin/ssh', `#!/bin/sh\nexec /usr/bin/ssh -F ${config} "$@"\n`);
  chmodSync(ssh, 0o755);
});

afterAll(() => {
  for (const server of servers) server.kill('SIGKILL');
  for (const name of names) {
    const path = join(folder, `pid-${name}`);
    if (existsSync(path)) spawnSync('kill', [readFileSync(path, 'utf8').trim()]);
  }
  rmSync(folder, { recursive: true });
});

function lead(cwd: string, words: readonly string[]) {
  const environment = { PATH: `${folder}/bin:${process.env.PATH}` };
  const child = start(['run', join(cwd, 'job.ini'), '--no-save', '--agent', executable, ...words], {
    cwd,
    environment,
  });
  return { child, end: ended(child) };
}

describe.skipIf(missing !== null)(`over ssh${missing === null ? '' : ` [skipped: ${missing}]`}`, () => {
  it('hosts with clocks and names of their own begin together, and are one result', async () => {
    const cwd = scratchFolder();
    writeFileSync(join(cwd, 'job.ini'), `[r]\nrw=randread\nsize=64k\nfilename=${cwd}/$hostname\n`);
    const { end } = lead(cwd, ['--hosts', names.join(','), '--format', 'json', '-q']);
    const { status, stdout, stderr } = await end;
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const hosts = hostsIn(documentIn(stdout));
    expect(hosts.map(({ hostname }) => hostname)).toEqual(names);
    expect(names.filter((name) => existsSync(join(cwd, name)))).toEqual(names);
    for (const [index, { clock, steps }] of hosts.entries()) {
      const wrongNs = Math.abs(clock!.offsetNs - shiftSeconds(index) * 1e9);
      expect(wrongNs).toBeLessThanOrEqual(clock!.boundNs + 1);
      // By wall clocks or by ours, they would have been off by their shift.
      expect(Math.abs(steps[0]!.lateNs)).toBeLessThan(100e9);
    }
    expect(documentIn(stdout).jobs[0]!.read.total_ios).toBe(3 * 16);
  });

  it('a host that is not there is told with what ssh says, and how to try it', async () => {
    const cwd = scratchFolder({ 'job.ini': idleJob(1) });
    const { status, stderr } = await lead(cwd, ['--hosts', 'nA,nowhere.invalid']).end;
    expect(status).toBe(1);
    expect(stderr).toMatch(/nowhere\.invalid: no agent runs there: ssh ended with status 255: /);
    expect(stderr).toMatch(/try it: ssh nowhere\.invalid /);
  });

  it('a client that is killed costs its host alone, and leaves no agent behind', async () => {
    const cwd = scratchFolder({ 'job.ini': idleJob(30) });
    const { child, end } = lead(cwd, ['--hosts', 'nA,nB', '--format', 'json']);
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const clients = () => {
      const { stdout } = spawnSync('pgrep', ['-P', String(child.pid), '-a'], { encoding: 'utf8' });
      return stdout.split('\n').filter((line) => line.includes('-- nB '));
    };
    for (let tries = 0; clients().length === 0 && tries < 600; tries++) await sleep(100);
    for (let tries = 0; !/nB: run /.test(said) && tries < 300; tries++) {
      child.kill('SIGUSR1');
      await sleep(300);
    }
    process.kill(Number(clients()[0]!.split(' ')[0]), 'SIGKILL');
    const { status, stdout } = await end;
    expect(status).toBe(1);
    const hosts = hostsIn(documentIn(stdout));
    expect(hosts.map(({ lost }) => lost === null)).toEqual([true, false]);
    expect(hosts[0]!.document!.jobs[0]!.read.total_ios).toBeGreaterThan(0);
    const agents = () => spawnSync('pgrep', ['-f', 'run.js agent'], { encoding: 'utf8' }).stdout;
    const own = (pid: string) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8')
          .split('\0')
          .some((each) => each.startsWith('SSH_CONNECTION=') && ports.some((port) => each.endsWith(` ${port}`)));
      } catch {
        return false;
      }
    };
    const left = () =>
      agents()
        .split('\n')
        .filter((pid) => pid !== '' && own(pid));
    for (let tries = 0; left().length > 0 && tries < 120; tries++) await sleep(100);
    expect(left()).toEqual([]);
  });
});
