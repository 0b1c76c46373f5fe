/** The value of `ignore_error`: `EIO:28,ENOSPC` is EIO and 28 for reads, ENOSPC for writes. */
import os from 'node:os';
import { suggestion } from '../../support/suggest.js';
import { errnoName, errnoNumber } from '../../system/errno.js';
import { done, type Failure, failed, type ValueType } from '../value-type.js';
import { quote } from '../values.js';

export interface ErrnoLists {
  /** null = nothing was written for this direction. */
  readonly read: readonly number[] | null;
  readonly write: readonly number[] | null;
  readonly verify: readonly number[] | null;
}

const errnoMax = 4095;
const names: Readonly<Record<string, number>> = os.constants.errno;

export const errnoLists: ValueType<ErrnoLists> = {
  word: 'errors, as in EIO:28,ENOSPC',
  parse: (text) => {
    // As fio: no list for any direction.
    if (text === null || text.trim() === '') return done({ read: null, write: null, verify: null });
    const parts = text.split(',');
    const lists: (number[] | null)[] = [];
    let offset = 0;
    for (const part of parts) {
      const list = part.trim() === '' ? null : errnoList(part, offset);
      if (list !== null && 'ok' in list) return list;
      lists.push(list);
      offset += part.length + 1;
    }
    const [read = null, write = null, verify = null, ...more] = lists;
    if (more.length > 0) return failed('more than three lists', 'write at most reads,writes,verification', 0);
    if (read === null && write === null && verify === null) {
      return failed('names no error', 'write errors: EIO,ENOSPC', 0);
    }
    return done({ read, write, verify });
  },
  print: ({ read, write, verify }) => {
    const list = (numbers: readonly number[] | null) => (numbers ?? []).map(printErrno).join(':');
    const text = [read, write, verify].map(list).join(',').replace(/,+$/, '');
    return text === '' ? null : text;
  },
};

function errnoList(text: string, offset: number): number[] | Failure {
  const numbers = new Set<number>();
  let at = offset;
  for (const word of text.split(':')) {
    const number = errnoOfWord(word.trim());
    if (number === null) {
      const near = suggestion(word.trim().toUpperCase(), Object.keys(names));
      const advice = near ?? 'write names as in errno(3), or their numbers: EIO:ENOSPC or 5:28';
      return failed(`there is no error ${quote(word.trim())}`, advice, at);
    }
    numbers.add(number);
    at += word.length + 1;
  }
  return [...numbers];
}

/** Numbers with either sign, as fio takes them. */
function errnoOfWord(word: string): number | null {
  if (Object.hasOwn(names, word)) return names[word]!;
  if (!/^-?(0x[0-9a-f]{1,4}|[0-9]{1,5})$/i.test(word)) return null;
  const number = Number(word.replace('-', ''));
  return number > 0 && number <= errnoMax ? number : null;
}

function printErrno(number: number): string {
  const name = errnoName(number);
  return errnoNumber(name) === number && names[name] === number ? name : String(number);
}
