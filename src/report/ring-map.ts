/** The memory of a ring, drawn: both mappings with their parts at their offsets. */
import type { RingAnatomy } from '../support/ring-facts.js';
import { formatBytesIec } from '../support/units.js';
import type { Style } from './terminal.js';

const nameColumns = 12;
const useColumns = 42;

export function ringMapLines(anatomy: RingAnatomy, style: Style): string[] {
  const { entriesAsked, sqEntries, cqEntries, ringsBytes, sqesBytes, sqeBytes, ringsMapOffset, sqesMapOffset } =
    anatomy;
  const granted = entriesAsked === sqEntries ? '' : ` (${entriesAsked} asked, rounded up to a power of two)`;
  const width = nameColumns + useColumns + 1;
  const [line, side] = style.unicode ? ['─', '│'] : ['-', '|'];
  const [top, middle, bottom] = style.unicode
    ? [`┌${line.repeat(width)}┐`, `├${line.repeat(width)}┤`, `└${line.repeat(width)}┘`]
    : Array.from({ length: 3 }, () => `+${line.repeat(width)}+`);
  const row = (offset: string, name: string, use: string) =>
    `  ${offset.padStart(8)} ${side}${` ${name}`.padEnd(nameColumns)} ${use.padEnd(useColumns)}${side}`;
  const indent = ' '.repeat(11);
  const partRows = anatomy.parts.flatMap(({ name, offsetBytes, byteCount, use }, index) => {
    const before = anatomy.parts[index - 1];
    const gap = before === undefined ? 0 : offsetBytes - before.offsetBytes - before.byteCount;
    // Each group of words has a cache line of its own.
    const separator = before !== undefined && (gap > 0 || byteCount > 4) ? [`${indent}${middle}`] : [];
    return [...separator, row(hex(offsetBytes), name, use)];
  });
  return [
    style.heading(`ring of ${sqEntries} entries${granted}`),
    `  first mapping: both rings, ${formatBytesIec(ringsBytes)} at mmap offset ${hex(ringsMapOffset)} (IORING_OFF_SQ_RING)`,
    `${indent}${top}`,
    ...partRows,
    `${indent}${bottom}`,
    `  ${hex(ringsBytes).padStart(8)} end`,
    `  second mapping: the SQEs, ${formatBytesIec(sqesBytes)} at mmap offset ${hex(sqesMapOffset)} (IORING_OFF_SQES)`,
    `${indent}${top}`,
    row(hex(0), 'SQEs', `${sqEntries} x ${sqeBytes} bytes: what is to be done`),
    `${indent}${bottom}`,
    `  ${hex(sqesBytes).padStart(8)} end`,
    `  without CQSIZE there are ${cqEntries} completions; iotest asks for as many as iodepth`,
  ];
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
