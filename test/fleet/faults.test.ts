/** What goes wrong between machines: nothing that was measured elsewhere is lost, and nobody goes on without a leader. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ended, executable, iotest, scratchFolder, start } from '../cli/command.js';
import { documentIn, hostsIn, idleJob, onScripts } from './local-hosts.js';

/** Runs where its own pid stands in a file of its name, so that a test can end it. */
const tellsPid = 'echo $$ > pid-$HOST; exec "$real" "$@"';

async function until<T>(look: () => T | null | undefined | false, forMs = 60_000, everyMs = 50): Promise<T> {
  const endMs = performance.now() + forMs;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > endMs) throw new Error('it did not come about');
    await sleep(everyMs);
  }
}

const pidOf = (cwd: string, name: string): number | null => {
  const path = join(cwd, `pid-${name}`);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) || null : null;
};

/** A zombie has ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Settles when the run is on: status lines are asked for until every host is in its measured time. */
async function running(leader: ChildProcess, cwd: string, names: readonly string[]): Promise<void> {
  let said = '';
  leader.stderr!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const hasEnded = () => leader.exitCode !== null || leader.signalCode !== null;
  // Before it has come so far, the signal would end it.
  await until(() => hasEnded() || names.every((name) => pidOf(cwd, name) !== null));
  const look = () => {
    if (hasEnded()) throw new Error(`it has ended: ${said}`);
    leader.kill('SIGUSR1');
    return names.every((name) => new RegExp(`${name}: run `).test(said));
  };
  await until(look, 60_000, 300);
}

function lead(cwd: string, words: readonly string[]) {
  const child = start(['run', 'job.ini', '--no-save', '--format', 'json', ...words], { cwd });
  return { child, end: ended(child) };
}

describe('a host that is lost while it measures', () => {
  it.each([
    ['killed', 'SIGKILL', /the connection ended/],
    ['stopped', 'SIGSTOP', /nothing was heard of it for 5 s/],
  ] as const)('%s: the others stop, and what they measured is kept', async (_, signal, reason) => {
    const cwd = scratchFolder({ 'job.ini': idleJob(60) });
    const { child, end } = lead(cwd, onScripts('a,b', tellsPid));
    await running(child, cwd, ['a', 'b']);
    const pid = pidOf(cwd, 'b')!;
    process.kill(pid, signal);
    const { status, stdout, stderr } = await end;
    expect({ status, stderr }).toMatchObject({ status: 1 });
    expect(stderr).toMatch(/b: lost/);
    const hosts = hostsIn(documentIn(stdout));
    expect(hosts.map(({ lost }) => lost === null)).toEqual([true, false]);
    expect(hosts[1]!.lost).toMatch(reason);
    expect(documentIn(stdout).jobs[0]!.read.total_ios).toBe(hosts[0]!.document!.jobs[0]!.read.total_ios);
    await until(() => !isAlive(pid) || process.kill(pid, 'SIGCONT'), 1000).catch(() => {});
    await until(() => !isAlive(pidOf(cwd, 'a')!) && !isAlive(pid), 12_000);
  });

  it('is gone on without, when asked to', async () => {
    const cwd = scratchFolder({ 'job.ini': idleJob(4) });
    const { child, end } = lead(cwd, ['--keep-going', ...onScripts('a,b', tellsPid)]);
    await running(child, cwd, ['a', 'b']);
    process.kill(pidOf(cwd, 'b')!, 'SIGKILL');
    const { status, stdout } = await end;
    expect(status).toBe(1);
    const [kept] = hostsIn(documentIn(stdout));
    expect(kept!.document!.iotest.interrupted).toBe(false);
    expect(kept!.document!.jobs[0]!.read.runtime).toBeGreaterThanOrEqual(4000);
  });
});

describe('without a leader', () => {
  it('killed: no agent is left', async () => {
    const cwd = scratchFolder({ 'job.ini': idleJob(60) });
    const { child, end } = lead(cwd, onScripts('a,b', tellsPid));
    await running(child, cwd, ['a', 'b']);
    child.kill('SIGKILL');
    await end;
    await until(() => !isAlive(pidOf(cwd, 'a')!) && !isAlive(pidOf(cwd, 'b')!), 12_000);
  });

  it('that holds the pipe and says nothing: the agent ends with its lease', async () => {
    const agent = spawn(executable, ['agent'], { cwd: scratchFolder(), stdio: ['pipe', 'pipe', 'pipe'] });
    const end = ended(agent);
    const beganMs = performance.now();
    const { status, stderr } = await end;
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'iotest agent: nothing was heard for 10 s\n' });
    expect(performance.now() - beganMs).toBeGreaterThan(9500);
  });

  it.each([
    ['nonsense', 'hello\n', /not understood: it sent a line that is no JSON/],
    ['an unknown message', '{"type":"reboot"}\n', /not understood: it sent what is no message/],
    ['a run that was not planned', '{"type":"prepare"}\n', /not understood: it asked to run what was not planned/],
  ])('but with %s on the pipe: the agent ends', async (_, text, said) => {
    const agent = spawn(executable, ['agent'], { cwd: scratchFolder(), stdio: ['pipe', 'pipe', 'pipe'] });
    agent.stdin.write(text);
    const { status, stderr } = await ended(agent);
    expect(status).toBe(1);
    expect(stderr).toMatch(said);
  });
});

it('Ctrl-C stops all hosts, and what they measured is the result', async () => {
  const cwd = scratchFolder({ 'job.ini': idleJob(60) });
  const { child, end } = lead(cwd, onScripts('a,b', tellsPid));
  await running(child, cwd, ['a', 'b']);
  child.kill('SIGINT');
  const { status, stdout } = await end;
  expect(status).toBe(130);
  const document = documentIn(stdout);
  expect(document.iotest.interrupted).toBe(true);
  expect(hostsIn(document).every(({ lost, document: own }) => lost === null && own !== null)).toBe(true);
  expect(document.jobs[0]!.read.total_ios).toBeGreaterThan(0);
});

describe('what is said on the way', () => {
  it('a login that prints is no harm', async () => {
    const cwd = scratchFolder({ 'job.ini': idleJob(1) });
    const banner = 'echo "Welcome to $HOST"; echo "{"; echo unprintable >&2; exec "$real" "$@"';
    const { status, stderr } = await lead(cwd, ['-q', ...onScripts('a', banner)]).end;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  const hello = (version: string) =>
    `echo '{"type":"hello","protocol":1,"version":"${version}","schema":1,"node":"20","arch":"x","kernel":"k","hostname":"h","bootId":null,"nowNs":1}'`;
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };

  it.each([
    ['no iotest', 'exec /nowhere/iotest', /a: no agent runs there: env ended with status 12[67]/],
    ['another version', `${hello('9.9.9')}; sleep 5`, /a: it has iotest 9\.9\.9, and here is/],
    ['words without end', 'while :; do echo no; done', /a: it prints, and no agent begins to speak/],
    ['one line without end', 'cat /dev/zero', /a: it sent a line of more than 1048576 bytes/],
    ['garbage after hello', `${hello(version)}; echo garbage; sleep 5`, /a: it sent a line that is no JSON/],
    ['an unknown message', `${hello(version)}; echo '{"type":"x"}'; sleep 5`, /a: it sent what is no message/],
    ['a line that is cut', `${hello(version)}; printf '{"type":"planned"'`, /a: the connection ended/],
    ['a second hello', `${hello(version)}; ${hello(version)}; sleep 5`, /a: it said hello twice/],
    [
      'a refusal with controls',
      `${hello(version)}; echo '{"type":"refused","exitCode":2,"problems":[{"places":[],"message":"\\\\u001b[2J","advice":null}]}'; sleep 5`,
      /a: \?\[2J/,
    ],
  ])('%s: told of the host, and nothing runs', async (_, script, said) => {
    const cwd = scratchFolder({ 'job.ini': idleJob(1) });
    const { status, stdout, stderr } = await iotest(['run', 'job.ini', '--no-save', ...onScripts('a', script)], {
      cwd,
    });
    expect(stderr).toMatch(said);
    expect({ status: status === 0, stdout }).toEqual({ status: false, stdout: '' });
  });
});
