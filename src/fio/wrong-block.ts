/** A wrong block in the words of fio's stderr, which scripts search for; what it looks like is ours, on a line of its own. */
import type { MismatchNotice } from '../stats/verify-report.js';
import { printable } from '../support/printable.js';

const headerNames = {
  magic: 'magic header',
  length: 'header length',
  seed: 'header rand_seed',
  offset: 'header offset',
  number: 'header numberio',
  crc: 'header crc',
} as const;

export function formatMismatch(notice: MismatchNotice): string {
  const { explanation, dumps } = notice;
  const lines = [
    ...mismatchLines(notice),
    ...dumps.map((file) => `       ${file.slice(file.lastIndexOf('.') + 1)} data dumped as ${file}`),
    ...(explanation === null ? [] : [`       Looks like ${explanation}`]),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function mismatchLines(notice: MismatchNotice): string[] {
  const { path, offset, byteCount, ioOffset, ioBytes, check, found, expected, firstByte } = notice;
  const { expectedChecksum, foundChecksum } = notice;
  const block = `requested block: offset=${ioOffset}, length=${ioBytes}`;
  const where = ` at file ${path} offset ${offset}, length ${byteCount} (${block})`;
  // fio cuts names; of both patterns it says the same.
  const name = notice.kind.startsWith('pattern') ? 'pattern' : notice.kind.slice(0, 8);
  const failed = `${name}: verify failed at file ${path} offset ${offset}, length ${byteCount} (${block}, flags=0)`;
  switch (check) {
    case 'zeros':
      return [
        `trim: verify failed at file ${path} offset ${offset}, length ${byteCount}, block offset ${firstByte?.at ?? 0}`,
      ];
    case 'type':
      return [`fio: verify type mismatch (${found} media, ${expected} given)`, failed];
    case 'version':
      return [`verify: unsupported header version ${found}, wanted ${expected}${where}`];
    case 'data':
      if (expectedChecksum !== null && foundChecksum !== null) {
        return [failed, `       Expected CRC: ${expectedChecksum}`, `       Received CRC: ${foundChecksum}`];
      }
      return firstByte === null ? [failed] : [...patternLines(firstByte), failed];
    case 'seed':
      return [`verify: bad ${headerNames.seed} ${BigInt(`0x${found}`)}, wanted ${BigInt(`0x${expected}`)}${where}`];
    default: {
      const word = check === 'crc' ? 'calculated' : 'wanted';
      return [`verify: bad ${headerNames[check]} ${found}, ${word} ${expected}${where}`];
    }
  }
}

function patternLines({ at, found, expected }: NonNullable<MismatchNotice['firstByte']>): string[] {
  const bits = (found ^ expected).toString(2).replaceAll('0', '').length;
  const hex = (byte: number) => byte.toString(16).padStart(2, '0');
  return [
    `fio: got pattern '${hex(found)}', wanted '${hex(expected)}'. Bad bits ${bits}`,
    `fio: bad pattern block offset ${at}`,
  ];
}
