/** One end is fio, the other ours, both ways: as many blocks and bytes on either side. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { executable, scratchFolder, warmUpBriefly } from '../cli/command.js';
import { fioMissing } from './fio.js';

warmUpBriefly();

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);

interface Counts {
  readonly error: number;
  readonly read: { readonly total_ios: number; readonly io_bytes: number };
  readonly write: { readonly total_ios: number; readonly io_bytes: number };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const socketName = (port: number) => `socket-${port}`;

/** Resolves when somebody waits there. Sources: proc_net(5). */
async function listening(protocol: 'tcp' | 'udp' | 'unix', port: number): Promise<void> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const socket = {
    tcp: new RegExp(`:${hexPort} [0-9A-F]+:0000 0A `),
    udp: new RegExp(`:${hexPort} [0-9A-F]+:0000 07 `),
    unix: new RegExp(` 00010000 .*/?${socketName(port)}$`, 'm'),
  }[protocol];
  const tables = protocol === 'unix' ? ['unix'] : [protocol, `${protocol}6`];
  const text = () => tables.map((table) => fs.readFileSync(`/proc/net/${table}`, 'utf8')).join('');
  while (!socket.test(text())) await sleep(20);
}

function end(program: readonly string[], cwd: string, name: string, job: string): Promise<Counts> {
  fs.writeFileSync(path.join(cwd, `${name}.fio`), job);
  const words = ['-s', 'KILL', '90', ...program, '--output-format=json', `--output=${name}.json`, `${name}.fio`];
  const child: ChildProcess = spawn('timeout', words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let messages = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text) => (messages += String(text)));
  return new Promise((resolve, reject) => {
    child.once('close', (status) => {
      const file = path.join(cwd, `${name}.json`);
      const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
      const from = text.search(/^\{$/m);
      // fio's status is the number of jobs that failed, which their errors say as well.
      if (status === null || from < 0) reject(new Error(`${name} ended with ${status}: ${messages}${text}`));
      else resolve((JSON.parse(text.slice(from)) as { jobs: Counts[] }).jobs[0]!);
    });
  });
}

const fio = ['fio'];
const ours = [executable, 'fio'];

describe('a connection between fio and iotest', () => {
  const cases = (['tcp', 'unix'] as const).flatMap((protocol) =>
    ['', 'pingpong'].flatMap((lines) =>
      (['net', 'io_uring_net'] as const).flatMap((engine) => [
        { protocol, lines, engine, weSend: true },
        { protocol, lines, engine, weSend: false },
      ]),
    ),
  );
  itWithFio.each([
    ...cases,
    { protocol: 'udp', lines: 'pingpong', engine: 'net', weSend: true } as const,
    { protocol: 'udp', lines: 'pingpong', engine: 'net', weSend: false } as const,
  ])(
    withFio('$protocol $lines, ours is $engine and sends: $weSend'),
    async ({ protocol, lines, engine, weSend }) => {
      const cwd = scratchFolder();
      const port = await freePort();
      const where = protocol === 'unix' ? `hostname=${socketName(port)}` : `port=${port}`;
      const common = (name: string) =>
        `[j]\nioengine=${name}\nprotocol=${protocol}\n${where}\nbs=1k\nsize=256k\n${lines}\n`;
      const receiving = `rw=read\n${protocol === 'tcp' ? 'listen\n' : ''}`;
      const sending = `rw=write\n${protocol === 'unix' ? '' : 'hostname=127.0.0.1\n'}`;
      const receives = end(weSend ? fio : ours, cwd, 'receiver', common(weSend ? 'net' : engine) + receiving);
      // fio gives up at once where nobody listens.
      if (!weSend) await Promise.race([receives, listening(protocol, port)]);
      const [receiver, sender] = await Promise.all([
        receives,
        end(weSend ? ours : fio, cwd, 'sender', common(weSend ? engine : 'net') + sending),
      ]);
      // Of fio's own making, even between two of it: it names the address of a UNIX stream that is connected (EISCONN).
      const fiosError = protocol === 'unix' ? 106 : 0;
      expect([receiver.error, sender.error]).toEqual(weSend ? [fiosError, 0] : [0, fiosError]);
      // A block that comes in pieces fio counts as several I/Os, and loses bytes of it: ours are exact on either end.
      const done = weSend ? sender.write : receiver.read;
      const theirs = weSend ? receiver.read : sender.write;
      expect([done.total_ios, done.io_bytes]).toEqual([256, 256 * 1024]);
      expect(theirs.total_ios).toBeGreaterThanOrEqual(256);
      expect(theirs.io_bytes).toBeGreaterThan(128 * 1024);
      expect(theirs.io_bytes).toBeLessThanOrEqual(256 * 1024);
    },
    120_000,
  );
});
