import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { UserError } from '../support/errors.js';
import { type FleetFlags, fleetOf } from './hosts.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function hostsFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'iotest-hosts-'));
  folders.push(folder);
  writeFileSync(join(folder, 'hosts.txt'), text);
  return `@${folder}/hosts.txt`;
}

function problemsOf(flags: FleetFlags): string[] {
  try {
    fleetOf(flags);
    return [];
  } catch (error) {
    return (error as UserError).problems.map(({ message, place }) => `${place?.line ?? ''}${message}`);
  }
}

describe('--hosts', () => {
  it('takes names with commas, as ssh has them', () => {
    const { hosts, launcher } = fleetOf({ hosts: 'h1, root@h2,10.0.0.3,[fe80::1%eth0]' });
    expect(hosts.map(({ name }) => name)).toEqual(['h1', 'root@h2', '10.0.0.3', '[fe80::1%eth0]']);
    expect(launcher.kind).toBe('ssh');
  });

  it('takes a file, a host a line, with what is its own', () => {
    const text = '# rack 1\n\na\nb set.filename=/dev/nvme1n1 set.description="of b" destructive=/dev/nvme1n1 ; b\r\n';
    expect(fleetOf({ hosts: hostsFile(text) }).hosts).toEqual([
      { name: 'a', set: [], destructive: [] },
      { name: 'b', set: ['filename=/dev/nvme1n1', 'description=of b'], destructive: ['/dev/nvme1n1'] },
    ]);
  });

  it.each([
    ['', ['--hosts names no host']],
    [',', ['--hosts names no host']],
    ['a,a', ['--hosts names a twice']],
    ['-oProxyCommand=reboot', ['--hosts: "-oProxyCommand=reboot" is no name of a host']],
    ['a,b;reboot', ['--hosts: "b;reboot" is no name of a host']],
    ['a b', ['--hosts: "a b" is no name of a host']],
    ['$(reboot)', ['--hosts: "$(reboot)" is no name of a host']],
  ])('refuses %j', (hosts, expected) => expect(problemsOf({ hosts })).toEqual(expected));

  it('refuses what a host cannot have, with its line', () => {
    const hosts = hostsFile('a size=4k\nb -x\n');
    expect(problemsOf({ hosts })).toEqual([
      '1size=4k is nothing that a host can have',
      '2-x is nothing that a host can have',
    ]);
  });
});

describe('--destructive', () => {
  const permissions = (destructive: string[]) =>
    fleetOf({ hosts: 'a,ab,fe80::1', destructive }).hosts.map((host) => host.destructive);

  it('permits on the host that it names', () => {
    expect(permissions(['a:/dev/x', 'ab:/dev/y', 'fe80::1:/dev/z'])).toEqual([['/dev/x'], ['/dev/y'], ['/dev/z']]);
  });

  it('permits on all hosts where it says so', () => {
    expect(permissions(['*:/dev/x'])).toEqual([['/dev/x'], ['/dev/x'], ['/dev/x']]);
  });

  it.each(['/dev/x', 'c:/dev/x', 'a:', ':/dev/x'])('permits nothing where it says %s', (text) => {
    expect(problemsOf({ hosts: 'a,ab', destructive: [text] })).toEqual([
      `--destructive ${text} names none of the hosts`,
    ]);
  });
});
