/** `iotest run --hosts` with agents that are children of the test: what one user sees of several machines. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from '../cli/command.js';
import { documentIn, hostsIn, idleJob, onHosts } from './local-hosts.js';

const ownFiles = `[global]
rw=read
bs=4k
size=256k
filename=data-$host_index
[first]
[second]
stonewall
rw=randread
`;

describe('a run on several hosts', () => {
  it('is one result: totals, and each host by itself', async () => {
    const cwd = scratchFolder({ 'job.ini': ownFiles });
    const words = ['run', 'job.ini', ...onHosts('a,b,c'), '--format', 'json'];
    const { status, stdout, stderr } = await iotest(words, { cwd });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const document = documentIn(stdout);
    const hosts = hostsIn(document);
    expect(hosts.map(({ name, lost }) => [name, lost])).toEqual([
      ['a', null],
      ['b', null],
      ['c', null],
    ]);
    expect(document.jobs.map(({ jobname, read }) => [jobname, read.total_ios, read.io_bytes])).toEqual([
      ['first', 3 * 64, 3 * 262144],
      ['second', 3 * 64, 3 * 262144],
    ]);
    for (const host of hosts) {
      expect(host.document!.jobs.map(({ read }) => read.total_ios)).toEqual([64, 64]);
      expect(host.steps).toEqual([expect.objectContaining({}), expect.objectContaining({})]);
      expect(host.clock!.boundNs).toBeLessThan(1e9);
    }
    expect(document.iotest.jobs[0]!.files.map(({ path }) => path)).toEqual(
      [`a:${cwd}/data-0`, `b:${cwd}/data-1`, `c:${cwd}/data-2`].map((path) => path.replace(`${cwd}/`, '')),
    );
    expect(readdirSync(join(cwd, 'results')).filter((name) => name.endsWith('.json')).length).toBeGreaterThan(0);
    const shown = await iotest(['results', 'show', 'latest'], { cwd });
    expect(shown.stdout).toMatch(/3 hosts, start skew/);
    expect(shown.stdout).toMatch(/^ {2}host +IOPS +BW +p50 +p99 +by median +late$/m);
  });

  it('alternates variants on all hosts together, in one order', async () => {
    const cwd = scratchFolder({ 'job.ini': '[r]\nioengine=null\nrw=read\nsize=64k\n' });
    const variants = ['--variant', 'small:bs=4k', '--variant', 'large:bs=16k', '--repeat', '3'];
    const words = ['run', 'job.ini', ...variants, ...onHosts('a,b'), '--no-save', '--format', 'json'];
    const { status, stdout, stderr } = await iotest(words, { cwd });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const document = documentIn(stdout);
    const orderOf = ({ iotest: { steps } }: typeof document) =>
      steps.map(({ variant, repetition }) => `${variant} ${repetition}`);
    expect(orderOf(document)).toHaveLength(6);
    for (const host of hostsIn(document)) expect(orderOf(host.document!)).toEqual(orderOf(document));
    expect(document.jobs.map(({ read }) => read.io_bytes)).toEqual(Array(6).fill(2 * 65536));
  });

  it('is text with the total first and then a line for each host', async () => {
    const cwd = scratchFolder({ 'job.ini': idleJob(1) });
    const { status, stdout } = await iotest(['run', 'job.ini', ...onHosts('a,b'), '--no-save', '-q'], { cwd });
    expect(status).toBe(0);
    expect(stdout.indexOf('2 hosts, start skew')).toBeGreaterThan(stdout.indexOf('idle: null'));
    expect(stdout).toMatch(/^ {2}a +\d+ .*\n {2}b +\d+ /m);
  });
});

describe('before anything is opened for writing', () => {
  it('every refusal of every host is told, and no host has laid anything out', async () => {
    const cwd = scratchFolder({ 'job.ini': '[w]\nrw=write\nsize=64k\nfilename=data-$host_index\n' });
    writeFileSync(join(cwd, 'data-1'), 'somebody else has written this');
    writeFileSync(join(cwd, 'data-2'), 'and this');
    const { status, stderr } = await iotest(['run', 'job.ini', ...onHosts('a,b,c'), '--no-save'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(/job\.ini:1:1: b: .*data-1/);
    expect(stderr).toMatch(/job\.ini:1:1: c: .*data-2/);
    expect(stderr).toMatch(/--destructive b:\S*data-1/);
    expect(existsSync(join(cwd, 'data-0'))).toBe(false);
  });

  it('a permission reaches the host that it names, and no other', async () => {
    const cwd = scratchFolder({ 'job.ini': '[w]\nrw=write\nsize=4k\nfilename=data-$host_index\n' });
    for (const name of ['data-0', 'data-1']) writeFileSync(join(cwd, name), 'x');
    const words = ['run', 'job.ini', ...onHosts('a,b'), '--no-save', '--destructive', `b:${cwd}/data-1`];
    const { status, stderr } = await iotest(words, { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(/ a: .*data-0/);
    expect(stderr).not.toMatch(/data-1/);
  });

  it('a file that two hosts would write is recognised', async () => {
    const cwd = scratchFolder({ 'job.ini': '[w]\nrw=write\nsize=4k\nfilename=data\n' });
    const { status, stderr } = await iotest(['run', 'job.ini', ...onHosts('a,b'), '--no-save'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(/data is one and the same on a, b, and is written/);
    expect(existsSync(join(cwd, 'data'))).toBe(false);
  });
});

describe('a file of hosts', () => {
  it('has options and permissions of each', async () => {
    const cwd = scratchFolder({
      'job.ini': '[w]\nrw=write\nsize=8k\nfilename=one\n',
      'hosts.txt': '# two\na\nb set.filename=two set.size=16k destructive=two  ; its own\n',
    });
    writeFileSync(join(cwd, 'two'), 'x');
    const words = ['run', 'job.ini', ...onHosts('@hosts.txt'), '--no-save', '--format', 'json'];
    const { status, stdout, stderr } = await iotest(words, { cwd });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(hostsIn(documentIn(stdout)).map(({ document }) => document!.jobs[0]!.write.io_bytes)).toEqual([8192, 16384]);
  });
});
