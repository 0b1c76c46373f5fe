/** Both ends as two jobs of one file. */
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { iotest, root, scratchFolder, warmUpBriefly } from './command.js';

warmUpBriefly();

interface Job {
  readonly jobname: string;
  readonly error: number;
  readonly read: { readonly total_ios: number; readonly io_bytes: number; readonly lat_ns: { readonly N: number } };
  readonly write: { readonly total_ios: number; readonly io_bytes: number; readonly lat_ns: { readonly N: number } };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function run(text: string, argv: readonly string[] = []): Promise<{ jobs: Job[]; cwd: string }> {
  const cwd = scratchFolder({ 'job.ini': text });
  const end = await iotest(['run', 'job.ini', '--no-save', '--format', 'json', ...argv], { cwd });
  expect(end.status, end.stderr).toBe(0);
  return { jobs: (JSON.parse(end.stdout) as { jobs: Job[] }).jobs, cwd };
}

const ends = (port: number, lines: string, receiver = '', sender = ''): string =>
  `[global]\nbs=4k\nsize=2m\n${port === 0 ? '' : `port=${port}\n`}${lines}\n[r]\nrw=read\n${receiver}\n[w]\nrw=write\n${port === 0 ? '' : 'hostname=localhost\n'}${sender}\n`;

describe('two jobs that talk to each other', () => {
  it.each([
    ['net', '', 'listen', ''],
    ['net', 'pingpong\nnodelay=1', 'listen', ''],
    ['io_uring_net', '', 'listen', ''],
    ['io_uring_net', 'iodepth=8', 'listen', 'send_zc=1'],
    ['io_uring_net', 'iodepth=4', 'listen\nrecv_multishot=1', ''],
    ['io_uring_net', 'pingpong', 'listen', ''],
    ['io_uring_net', 'bs=64k\nwindow_size=64k', 'listen\nrecv_multishot=1', 'send_zc=1\niodepth=2'],
    ['net', 'protocol=udp\npingpong', '', ''],
    ['io_uring_net', 'protocol=udp\npingpong', '', ''],
  ])(
    '%s %j %j %j',
    async (engine, lines, receiver, sender) => {
      const port = await freePort();
      const { jobs } = await run(ends(port, `ioengine=${engine}\n${lines}`, receiver, sender));
      const [r, w] = jobs as [Job, Job];
      expect([r.error, w.error]).toEqual([0, 0]);
      expect([r.read.io_bytes, w.write.io_bytes]).toEqual([2 ** 21, 2 ** 21]);
      expect(r.read.total_ios).toBe(w.write.total_ios);
      expect([r.read.lat_ns.N, w.write.lat_ns.N]).toEqual([r.read.total_ios, w.write.total_ios]);
    },
    60_000,
  );

  it.each(['net', 'io_uring_net'])(
    'by %s over a UNIX socket, which is gone afterwards',
    async (engine) => {
      const { jobs, cwd } = await run(ends(0, `ioengine=${engine}\nprotocol=unix\nhostname=socket`));
      expect(jobs.map(({ read, write }) => read.io_bytes + write.io_bytes)).toEqual([2 ** 21, 2 ** 21]);
      expect(fs.existsSync(path.join(cwd, 'socket'))).toBe(false);
    },
    60_000,
  );

  it.each(['net', 'io_uring_net'])(
    'by %s until the time is over, and neither fails',
    async (engine) => {
      const text = `[global]\nport=${await freePort()}\nbs=16k\ntime_based\nruntime=300ms\nioengine=${engine}\n[r]\nrw=read\nlisten\n[w]\nrw=write\nhostname=localhost\n`;
      const { jobs } = await run(text);
      expect(jobs.map(({ error }) => error)).toEqual([0, 0]);
      expect(jobs[0]!.read.total_ios).toBeGreaterThan(0);
      expect(jobs[1]!.write.total_ios).toBeGreaterThan(0);
    },
    60_000,
  );

  it.each(['net', 'io_uring_net'])(
    'by %s: one that reads ends when the other has closed',
    async (engine) => {
      const text = `[global]\nport=${await freePort()}\nbs=4k\nioengine=${engine}\n[r]\nrw=read\nlisten\nsize=1g\n[w]\nrw=write\nhostname=localhost\nsize=64k\n`;
      const { jobs } = await run(text);
      expect(jobs[0]!.read.io_bytes).toBe(65536);
      expect(jobs[0]!.error).toBe(0);
    },
    60_000,
  );
});

describe('one job alone', () => {
  it('says that nobody listens', async () => {
    const port = await freePort();
    const cwd = scratchFolder({
      'job.ini': `[w]\nioengine=net\nport=${port}\nhostname=127.0.0.1\nrw=write\nsize=4k\n`,
    });
    const end = await iotest(['run', 'job.ini', '--no-save'], { cwd });
    expect(end.status).toBe(1);
    expect(end.stderr).toContain(`cannot connect to 127.0.0.1:${port}`);
    expect(end.stderr).toContain('start the receiving end first');
  }, 60_000);

  it('does not push out what is at the path of its socket', async () => {
    const cwd = scratchFolder({
      'job.ini': '[r]\nioengine=net\nprotocol=unix\nhostname=mine\nrw=read\nsize=4k\n',
      mine: 'precious',
    });
    const end = await iotest(['run', 'job.ini', '--no-save'], { cwd });
    expect(end.status).toBe(1);
    expect(fs.readFileSync(path.join(cwd, 'mine'), 'utf8')).toBe('precious');
  }, 60_000);

  it('does not push out a socket that somebody listens at, and takes the place of one that nobody does', async () => {
    const cwd = scratchFolder({
      'job.ini': '[r]\nioengine=net\nprotocol=unix\nhostname=mine\nrw=read\nsize=4k\n',
      'both.ini': '[global]\nioengine=net\nprotocol=unix\nhostname=mine\nsize=4k\n[r]\nrw=read\n[s]\nrw=write\n',
    });
    const other = createServer().listen(path.join(cwd, 'mine'));
    await once(other, 'listening');
    const inode = fs.statSync(path.join(cwd, 'mine')).ino;
    const end = await iotest(['run', 'job.ini', '--no-save'], { cwd });
    expect(end.status).toBe(1);
    expect(`${end.stdout}${end.stderr}`.replace(/\s+/g, ' ')).toContain('somebody listens at mine already');
    expect(fs.statSync(path.join(cwd, 'mine')).ino).toBe(inode);
    // As a program leaves it that was killed.
    fs.linkSync(path.join(cwd, 'mine'), path.join(cwd, 'left'));
    other.close();
    await once(other, 'close');
    fs.renameSync(path.join(cwd, 'left'), path.join(cwd, 'mine'));
    const both = await iotest(['run', 'both.ini', '--no-save'], { cwd });
    expect(both.status, both.stderr).toBe(0);
  }, 60_000);

  it('is told in check which end it is', async () => {
    const cwd = scratchFolder({ 'job.ini': fs.readFileSync(path.join(root, 'jobs/network-ping-pong.ini'), 'utf8') });
    const end = await iotest(['check', 'job.ini'], { cwd });
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain('receive tcp port 18888');
    expect(end.stdout).toContain('send tcp localhost:18888');
  });
});
