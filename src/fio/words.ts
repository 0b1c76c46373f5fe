/**
 * The words of fio's command line → options with their values, as getopt_long_only(3) sorts them: one or two dashes,
 * `=value` or the next word, unambiguous abbreviations, and job files between them. What options mean is not known here.
 */
import type { Place, Problem } from '../support/errors.js';
import { suggest } from '../support/suggest.js';
import type { Takes } from './own-options.js';

export interface OptionWord {
  /** In full, also where it was abbreviated. */
  readonly name: string;
  /** null = none was given. */
  readonly value: string | null;
  readonly keyPlace: Place;
  readonly valuePlace: Place;
}

interface SortedWords {
  readonly options: readonly OptionWord[];
  /** Job files; `-` is standard input. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** What options there are. An abbreviation of one in an earlier list is not ambiguous for one in a later list. */
type NameLists = readonly ReadonlyMap<string, Takes>[];

/** Sorts the words. Never throws: what is wrong is in `problems`. */
export function sortWords(words: readonly string[], lists: NameLists): SortedWords {
  const options: OptionWord[] = [];
  const files: string[] = [];
  const problems: Problem[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === '--') {
      files.push(...words.slice(index + 1));
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      files.push(word);
      continue;
    }
    const [, dashes, typed, attached] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(word) as unknown as [
      string,
      string,
      string,
      string | undefined,
    ];
    const found = find(typed, lists);
    if ('problem' in found) {
      problems.push({ place: placeOf(word, typed, dashes, 1), ...found.problem });
      continue;
    }
    const { name, takes } = found;
    const keyPlace = placeOf(word, name, dashes, 1);
    let value = attached ?? null;
    let valuePlace = value === null ? keyPlace : placeOf(word, name, dashes, word.length - value.length + 1);
    if (takes === 'nothing' && value !== null) {
      problems.push({ place: valuePlace, message: `option "--${name}" takes no value`, advice: `write --${name}` });
      continue;
    }
    if (takes === 'value' && value === null) {
      const next = words[index + 1];
      if (next === undefined) {
        const advice = `write --${name}=VALUE`;
        problems.push({ place: keyPlace, message: `option "--${name}" requires an argument`, advice });
        continue;
      }
      index++;
      value = next;
      valuePlace = placeOf(`${word} ${next}`, name, dashes, word.length + 2);
    }
    options.push({ name, value, keyPlace, valuePlace });
  }
  return { options, files, problems };
}

function placeOf(text: string, name: string, dashes: string, column: number): Place {
  return { file: `${dashes}${name}`, line: 0, column, text };
}

type Found =
  | { readonly name: string; readonly takes: Takes }
  | { readonly problem: { readonly message: string; readonly advice: string } };

function find(typed: string, lists: NameLists): Found {
  for (const list of lists) {
    const takes = list.get(typed);
    if (takes !== undefined) return { name: typed, takes };
  }
  for (const list of lists) {
    const begun = [...list].filter(([name]) => typed !== '' && name.startsWith(typed));
    const [first] = begun;
    if (first !== undefined && begun.length === 1) return { name: first[0], takes: first[1] };
    if (first !== undefined) {
      const names = begun.map(([name]) => `--${name}`);
      const shown =
        names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
      return { problem: { message: `option "--${typed}" is ambiguous`, advice: `it may be ${shown}` } };
    }
  }
  const near = suggest(
    typed,
    lists.flatMap((list) => [...list.keys()]),
  );
  const advice = near === null ? 'iotest fio --help and --cmdhelp list the options' : `did you mean "--${near}"?`;
  return { problem: { message: `unrecognized option "--${typed}"`, advice } };
}
