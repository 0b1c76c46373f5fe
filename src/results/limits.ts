/**
 * How large the text of a result may be inside: looked at before it is parsed, and before it is validated, for both take
 * many times the memory of the text.
 */
import { isNumbers } from '../stats/series.js';

/** Results nest some 12 levels. */
const depthMax = 64;
/** A sweep of 3,000 job objects has some 4 million. */
const valuesMax = 16e6;
/** In one job, or in the rest of a document, without the columns of its series. */
const partValuesMax = 500_000;

/** Columns of time series: as long as the run, and validated as one. */
const columnKeys: ReadonlySet<string> = new Set([
  ...['startMs', 'durationMs', 'ioCount', 'byteCount', 'meanNs', 'endMs', 'ns'],
]);

/** What is too much in a text of JSON, or null. Whether it is JSON at all is not looked at. */
export function excessOf(json: string): string | null {
  let depth = 0;
  let valueCount = 1;
  let isText = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (isText) {
      if (code === backslash) index++;
      else if (code === quote) isText = false;
    } else if (code === quote) isText = true;
    else if (code === openBrace || code === openBracket) {
      if (++depth > depthMax) return `it nests more than ${depthMax} levels`;
      valueCount++;
    } else if (code === closeBrace || code === closeBracket) depth--;
    else if (code === comma && ++valueCount > valuesMax) return `it holds more than ${valuesMax} values`;
  }
  return null;
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Whether a job, or a document without its jobs, has more in it than any of ours. */
export function isCrowded(part: unknown): boolean {
  let left = partValuesMax;
  const open: unknown[] = [part];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, member] of Object.entries(value)) {
      if (--left < 0) return true;
      if (!columnKeys.has(key) || !isNumbers(member)) open.push(member);
    }
  }
  return false;
}
