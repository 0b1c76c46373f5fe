/**
 * In the machine: brings two devices into the states in which power cuts could have left one that dm-log-writes recorded
 * (Documentation/admin-guide/device-mapper/log-writes.rst: entries of 32 bytes, each in a sector of its own, before its
 * data; numbers have the lowest byte first).
 *
 *   node replay-writes.js LOG TARGET HONEST-AT LYING-AT
 *
 * At HONEST-AT: what had been flushed, and nothing that came after the last flush. At LYING-AT: the same, but for the last
 * writes before that flush: a device that says it has flushed and has not.
 */
import fs from 'node:fs';

const magic = 0x6a736677736872n;
const [flush, fua, discard, mark] = [1n, 2n, 4n, 8n];
const lostCount = 8;
const sectorBytes = 512;

const [log, target, honestAt, lyingAt] = process.argv.slice(2);
const source = fs.openSync(log, 'r');
const into = fs.openSync(target, 'r+');

function sectorsAt(sector, count) {
  const bytes = Buffer.alloc(count * sectorBytes);
  fs.readSync(source, bytes, 0, bytes.length, sector * sectorBytes);
  return bytes;
}

const head = sectorsAt(0, 1);
if (head.readBigUInt64LE(0) !== magic) throw new Error(`${log} is no log of dm-log-writes`);
const entryCount = Number(head.readBigUInt64LE(16));
const entries = [];
for (let index = 0, at = 1; index < entryCount; index++) {
  const entry = sectorsAt(at, 1);
  const [sector, count, flags] = [0, 8, 16].map((byte) => entry.readBigUInt64LE(byte));
  const hasData = (flags & (discard | mark)) === 0n;
  entries.push({ sector: Number(sector), count: hasData ? Number(count) : 0, flags, dataAt: at + 1 });
  at += 1 + (hasData ? Number(count) : 0);
}

const lastFlush = entries.findLastIndex(({ flags }) => (flags & (flush | fua)) !== 0n);
const flushed = entries.slice(0, lastFlush + 1).filter(({ count }) => count > 0);
function replay(kept, base) {
  for (const { sector, count, dataAt } of kept) {
    fs.writeSync(into, sectorsAt(dataAt, count), 0, count * sectorBytes, base + sector * sectorBytes);
  }
}
replay(flushed, Number(honestAt));
replay(flushed.slice(0, -lostCount), Number(lyingAt));
fs.fsyncSync(into);
process.stdout.write(
  `${entryCount} entries, ${flushed.length} of ${entries.filter(({ count }) => count > 0).length} writes flushed\n`,
);
