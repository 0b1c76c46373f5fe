/**
 * `node dist/.bench/bench/verify.js` after `npm run bench -- --list`: how fast blocks of 4 KiB are verified on one core, by
 * each checksum, header and all, beside the checksum alone as fio's `--crctest` gives it (by the clock, so that other work
 * on the machine slows it). Prints a table in Markdown.
 */
import { spawnSync } from 'node:child_process';
import { createRequests } from '../src/engines/requests.js';
import { plainJob } from '../src/job/draft.js';
import { Operation } from '../src/job/operation.js';
import { checksumNames } from '../src/job/verify.js';
import { BlockChecker, createExpectedWrite, Wrong } from '../src/workload/verify/block-checker.js';
import { BlockWriter } from '../src/workload/verify/block-writer.js';
import { createBlockFormat } from '../src/workload/verify/format.js';

const blockBytes = 4096;
const roundMs = 200;
const rounds = 5;

/** GB/s of CPU time, the best of the rounds: other work on the machine takes nothing from it. */
function speedOf(once: () => void): number {
  let best = 0;
  for (let round = 0; round <= rounds; round++) {
    let count = 0;
    const start = process.cpuUsage();
    let elapsedNs = 0;
    while (elapsedNs < roundMs * 1e6) {
      for (let at = 0; at < 256; at++) once();
      count += 256;
      const { user, system } = process.cpuUsage(start);
      elapsedNs = (user + system) * 1e3;
    }
    // The first one is for the compiler.
    if (round > 0) best = Math.max(best, (count * blockBytes) / elapsedNs);
  }
  return best;
}

function fioSpeeds(): Map<string, number> {
  const { stdout } = spawnSync('fio', ['--crctest'], { encoding: 'utf8' });
  const lines = [...(stdout ?? '').matchAll(/^([a-z0-9-]+):\s+([\d.]+) MiB\/sec/gm)];
  return new Map(lines.map(([, name, speed]) => [name!, (Number(speed) * 2 ** 20) / 1e9]));
}

const fio = fioSpeeds();
const shown = (speed: number | undefined): string => (speed === undefined ? 'no test' : speed.toFixed(2));
console.log('| checksum | verify, GB/s | write, GB/s | fio --crctest, GB/s |\n| --- | --- | --- | --- |');
for (const kind of [...checksumNames, 'salt'] as const) {
  const format = createBlockFormat({ ...plainJob().verify, kind });
  const words = new Int32Array(blockBytes / 4);
  const view = { words, bytes: new Uint8Array(words.buffer) };
  const requests = createRequests(1);
  requests.operation[0] = Operation.write;
  requests.byteCount[0] = blockBytes;
  const clock = { record: (into: Float64Array, at: number) => void into.fill(1, at, at + 1) };
  const key = Int32Array.of(1, 2);
  const writer = new BlockWriter({ format, requests, views: [view], key, thread: 1, content: null, clock });
  const writes = speedOf(() => writer.prepare(0, blockBytes));
  const checker = new BlockChecker(format, blockBytes);
  const expected = createExpectedWrite();
  const verifies = speedOf(() => {
    if (checker.check(view, blockBytes, expected) !== Wrong.nothing) throw new Error(`${kind}: a block is not right`);
  });
  console.log(`| ${kind} | ${shown(verifies)} | ${shown(writes)} | ${shown(fio.get(kind))} |`);
}
