import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { promiseRecordBytes, putRecord } from '../worker/verify/promise-records.js';
import { followUntilKilled } from './kill.js';
import { Promised } from './promised.js';

const file = { path: 'data', regionOffsetBytes: 0, regionBytes: 1 << 20 };
const job = { name: 'w', workerIndex: 0, promise: 'sync=dsync', unitBytes: 4096, files: [file] };

let child: ChildProcess | null = null;
afterEach(() => child?.kill('SIGKILL'));

/** A process that has promised one write; its records end when `last` is over. */
function writer(command: string, last: (running: ChildProcess) => Promise<unknown>) {
  const running = spawn('sh', ['-c', command]);
  child = running;
  const ended = once(running, 'exit').then(([status]) => status as number | null);
  async function* records() {
    const bytes = Buffer.alloc(2 * promiseRecordBytes);
    const place = { job: 0, file: 0 };
    putRecord(bytes, 0, { kind: 'write', ...place, offset: 0, byteCount: 4096, number: 0, floor: 0 });
    putRecord(bytes, 32, { kind: 'sync', ...place, covered: 0, own: 1, doneUs: 1, tookUs: 1 });
    yield bytes;
    await last(running);
  }
  return { child: running, ended, records };
}

const killed = (running: ChildProcess) => once(running, 'exit');
/** The kill is sent and meets a process that has ended, whose end nobody has heard of yet. */
const endedUnheard = async (running: ChildProcess) => {
  const heard = once(running, 'exit');
  const kill = running.kill.bind(running);
  running.kill = () => true;
  await heard;
  running.kill = kill;
};

it('is killed', async () => {
  expect(await followUntilKilled(writer('exec sleep 600', killed), new Promised([job]), 0)).toBe(true);
});

it('has ended by itself where the kill came too late', async () => {
  expect(await followUntilKilled(writer('exit 0', endedUnheard), new Promised([job]), 0)).toBe(false);
});

it.each([
  ['exit 1', 'the writer ended with status 1 before it was killed'],
  ['kill -SEGV $$', 'the writer ended by SIGSEGV before it was killed'],
])('%s is an end of its own that is told', async (command, message) => {
  await expect(followUntilKilled(writer(command, endedUnheard), new Promised([job]), 0)).rejects.toThrow(message);
});
