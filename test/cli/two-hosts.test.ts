/** Both ends as runs of their own, on two hosts with a cable between them: network namespaces of this machine. */
import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type Ended, ended, executable, scratchFolder } from './command.js';

const hosts = [`iotest-a-${process.pid}`, `iotest-b-${process.pid}`] as const;
const [receiving, sending] = hosts;
const receiverAddress = '10.231.77.1';
const port = 18888;

const removeHosts = () => {
  for (const host of hosts) spawnSync('ip', ['netns', 'delete', host]);
};

/** Why there cannot be two hosts here; null when there are. */
function createHosts(): string | null {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const [a, b] = [`va${process.pid}`, `vb${process.pid}`];
  const commands = [
    `netns add ${receiving}`,
    `netns add ${sending}`,
    `link add ${a} netns ${receiving} type veth peer name ${b} netns ${sending}`,
    `-n ${receiving} address add ${receiverAddress}/24 dev ${a}`,
    `-n ${sending} address add 10.231.77.2/24 dev ${b}`,
    `-n ${receiving} link set ${a} up`,
    `-n ${sending} link set ${b} up`,
  ];
  for (const command of commands) {
    const { status, stderr, error } = spawnSync('ip', command.split(' '), { encoding: 'utf8' });
    if (error !== undefined) return 'the command ip (iproute2) is not installed';
    if (status === 0) continue;
    removeHosts();
    return `no network namespaces with a cable between them: ${stderr.trim()}`;
  }
  return null;
}

const missing = createHosts();
afterAll(() => {
  if (missing === null) removeHosts();
});

const job = `[global]
ioengine=net
bs=4k
size=2m
port=${port}
[receiver]
rw=read
[sender]
hostname=localhost
rw=write
`;

function startOn(host: string, section: string, argv: readonly string[]): Promise<Ended> {
  const cwd = scratchFolder({ 'job.ini': job });
  const run = [executable, 'run', 'job.ini', '--section', section, '--no-save', '--format', 'json', ...argv];
  return ended(spawn('ip', ['netns', 'exec', host, ...run], { cwd, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** A TCP sender tries for ten seconds to find its receiver, but what UDP sends before is lost. */
async function listening(protocol: string): Promise<void> {
  const hexPort = port.toString(16).toUpperCase();
  const sockets = () =>
    spawnSync('ip', ['netns', 'exec', receiving, 'cat', `/proc/net/${protocol}`], { encoding: 'utf8' });
  while (!sockets().stdout.includes(`:${hexPort} `)) await sleep(50);
}

interface Side {
  readonly io_bytes: number;
  readonly total_ios: number;
  readonly lat_ns: { readonly min: number };
}

function sideOf({ status, stdout, stderr }: Ended, direction: 'read' | 'write'): Side {
  expect(status, stderr).toBe(0);
  const { jobs } = JSON.parse(stdout) as { jobs: Record<'read' | 'write', Side>[] };
  return jobs[0]![direction];
}

describe('two hosts, a job file, a section each', () => {
  it.skipIf(missing !== null).each([
    ['net', 'tcp', 'pingpong=1'],
    ['io_uring_net', 'tcp', 'pingpong=1'],
    ['io_uring_net', 'tcp', 'iodepth=4'],
    ['net', 'udp', 'pingpong=1'],
  ])(`%s, %s, %s${missing === null ? '' : ` [skipped: ${missing}]`}`, async (engine, protocol, setting) => {
    const both = ['--engine', engine, '--set', `protocol=${protocol}`, '--set', setting];
    const receiver = startOn(receiving, 'receiver', protocol === 'tcp' ? [...both, '--set', 'listen=1'] : both);
    await listening(protocol);
    const sender = await startOn(sending, 'sender', [...both, '--set', `hostname=${receiverAddress}`]);
    const [sent, received] = [sideOf(sender, 'write'), sideOf(await receiver, 'read')];
    expect([sent.io_bytes, received.io_bytes]).toEqual([2 ** 21, 2 ** 21]);
    expect(received.total_ios).toBe(sent.total_ios);
    expect(sent.lat_ns.min).toBeGreaterThan(0);
  });
});
