/** What verification found, as text: how much was looked at, and each wrong block so that it can be argued with. */
import type { IotestJob } from '../results/document.js';
import { printable } from '../support/printable.js';
import { formatBytesIec, formatCount } from '../support/units.js';
import { factLines, wrap } from './layout.js';
import type { Style } from './terminal.js';

type Verify = NonNullable<IotestJob['verify']>;
type Mismatch = Verify['mismatches'][number];

/** Blocks that are told one by one; the result has more of them. */
const toldMax = 4;
const rangesMax = 6;

/** Nothing for jobs without `verify`. */
export function verifyLines({ verify }: Pick<IotestJob, 'verify'>, style: Style): string[] {
  if (verify === undefined) return [];
  const { kind, checkedCount, checkedBytes, wrongCount, mismatches, dryWrites, stateFiles } = verify;
  const wrong = wrongCount === 0 ? 'all as written' : style.bad(`${formatCount(wrongCount)} wrong`);
  const looked = `${formatCount(checkedCount)} I/Os (${formatBytesIec(checkedBytes)}) checked`;
  return [
    ...factLines('  verify  : ', [
      printable(kind),
      looked,
      ...(checkedCount === 0 ? [] : [wrong]),
      ...(dryWrites === undefined ? [] : ['nothing was written (verify_only)']),
    ]),
    ...mismatches.slice(0, toldMax).flatMap((mismatch) => mismatchLines(mismatch, style)),
    ...(wrongCount > toldMax && mismatches.length > toldMax
      ? wrap(`the first ${mismatches.length} of ${formatCount(wrongCount)} are in the result`, '    ')
      : []),
    ...(stateFiles === undefined ? [] : wrap(`state saved in ${stateFiles.map(printable).join(', ')}`, '    ')),
  ];
}

/** One wrong block: where, what, what it looks like, and the evidence. */
export function mismatchLines(mismatch: Mismatch, style: Style): string[] {
  const { path, offset, byteCount, what, explanation, header, ranges, dumps } = mismatch;
  const where = printable(`${path}, ${byteCount} bytes at offset ${offset}: ${what}`);
  const { expectedChecksum, foundChecksum } = mismatch;
  return [
    ...wrap(style.bad(where), '    '),
    ...(explanation === null ? [] : wrap(printable(`looks like ${explanation}`), '      ')),
    ...(expectedChecksum === null || foundChecksum === null
      ? []
      : [
          ...wrap(printable(`expected ${expectedChecksum}`), '      '),
          ...wrap(printable(`found    ${foundChecksum}`), '      '),
        ]),
    ...(header === null ? [] : wrap(printable(headerText(header)), '      ')),
    ...(ranges === null || ranges.length === 0 ? [] : wrap(rangesText(ranges), '      ')),
    ...(dumps.length === 0 ? [] : wrap(`saved: ${dumps.map(printable).join(', ')}`, '      ')),
  ];
}

function headerText(header: NonNullable<Mismatch['header']>): string {
  const { form, type, lengthBytes, seed, offset, thread, number, timeNs, isIntact } = header;
  const state = isIntact ? '' : ', damaged';
  const seconds = (timeNs / 1e9).toFixed(6);
  return `header of ${form}${state}: ${type}, ${lengthBytes} bytes at offset ${offset}, write ${number} of thread ${thread}, seed ${seed}, at ${seconds} s`;
}

function rangesText(ranges: readonly (readonly [number, number])[]): string {
  const bytes = ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  const shown = ranges.slice(0, rangesMax).map(([from, to]) => (to - from === 1 ? `${from}` : `${from}-${to - 1}`));
  const more = ranges.length > rangesMax ? ` and ${ranges.length - rangesMax} more` : '';
  return `bytes that differ: ${shown.join(', ')}${more}, ${formatCount(bytes)} bytes`;
}
