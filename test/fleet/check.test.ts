/** `iotest hosts check`: what would become of a run, and nothing is there afterwards. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';
import { onHosts, onScripts } from './local-hosts.js';

interface Checked {
  readonly hosts: readonly {
    readonly name: string;
    readonly hello: { readonly version: string } | null;
    readonly clock: { readonly boundNs: number } | null;
    readonly targets: readonly { readonly path: string; readonly isWritten: boolean }[] | null;
    readonly problems: readonly { readonly message: string }[];
  }[];
  readonly problems: readonly { readonly message: string }[];
}

describe('iotest hosts check', () => {
  it('reaches each host, and tells what it would open there', async () => {
    const cwd = scratchFolder({ 'job.ini': '[w]\nrw=write\nsize=64k\nfilename=data-$host_index\n' });
    writeFileSync(join(cwd, 'data-1'), 'of somebody else');
    const words = ['hosts', 'check', 'job.ini', ...onHosts('a,b'), '--format', 'json'];
    const { status, stdout, stderr } = await iotest(words, { cwd });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const { hosts, problems } = JSON.parse(stdout) as Checked;
    expect(problems).toEqual([]);
    expect(hosts.map(({ name, targets }) => [name, targets?.map(({ path, isWritten }) => [path, isWritten])])).toEqual([
      ['a', [['data-0', true]]],
      ['b', undefined],
    ]);
    expect(hosts[1]!.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('would overwrite data-1'),
    ]);
    for (const { clock, hello } of hosts) {
      expect(clock!.boundNs).toBeGreaterThan(0);
      expect(hello!.version).toMatch(/^\d/);
    }
    expect(readdirSync(cwd).sort()).toEqual(['data-1', 'job.ini']);
  });

  it('says of each host that is not ready why, and what to try', async () => {
    const script = 'if [ $HOST = b ]; then exit 3; fi; exec "$real" "$@"';
    const { status, stdout } = await iotest(['hosts', 'check', ...onScripts('a,b', script)]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^a +yes +\d/m);
    expect(stdout).toMatch(/^b +no +- /m);
    expect(stdout).toMatch(/b: no agent runs there: env ended with status 3\n.*try it: env HOST=b /);
  });

  it('is the only thing to do with hosts alone', async () => {
    expect(await iotest(['hosts'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is: hosts check'),
    });
    const { status, stderr } = await iotest(['hosts', 'reboot']);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('"hosts reboot"') });
  });
});
