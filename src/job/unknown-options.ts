/**
 * Lines that name no option. They are shown only as far as they look like a job file's: what is read may be any file that
 * this user may read (`include /etc/shadow`), and what it says is for nobody's terminal or CI log.
 */
import type { Problem } from '../support/errors.js';
import { quote } from '../support/quote.js';
import { type RawOption, wholeLine } from './ini.js';
import { findOptions, suggestOption } from './options/index.js';

/** Told of each file; more say no more. */
const toldMax = 3;
const listAdvice = 'write name=value; iotest options lists the names';

export class UnknownOptions {
  readonly #unlike = new Map<string, number>();

  /** null when enough has been said of the file. */
  problemOf(raw: RawOption): Problem | null {
    const { key, value, keyPlace } = raw;
    const before = this.#unlike.get(keyPlace.file) ?? 0;
    if (before > toldMax) return null;
    const advice = suggestOption(key);
    const isOption = advice !== null || findOptions(key.split(' ')[0]!).length > 0;
    // Words of the command line are the user's own.
    if (isOption || keyPlace.line === 0) {
      const bare = value === null && key.includes(' ') ? 'write name=value, each option on its own line' : null;
      return { place: keyPlace, message: `unknown option ${quote(key)}`, advice: advice ?? bare };
    }
    this.#unlike.set(keyPlace.file, before + 1);
    const place = wholeLine(keyPlace);
    if (before === toldMax) return { place, message: 'this line is no option, and there are more', advice: listAdvice };
    const isName = value !== null && /^[a-z][a-z0-9_-]{0,31}$/.test(key);
    return { place, message: isName ? `unknown option "${key}"` : 'this line is no option', advice: listAdvice };
  }
}
