/** Which errors end a job, and which are counted. */
import { listOf, membersOf, orNull, trueOrFalse, wholeNumber } from '../schema.js';
import { bool, choice } from '../values.js';
import { type ErrnoLists, errnoLists } from './errno-lists.js';
import { type Option, supported } from './option.js';
import { type DraftWith, held, optionsOf, row, rows } from './row.js';

/** Where errors do not end the job; `verify`: wrong blocks. */
export interface ContinueOnError {
  readonly read: boolean;
  readonly write: boolean;
  readonly verify: boolean;
}

export const continueRows = rows('', {
  /** Directions in which errors are counted instead of ending the job; which ones: `errors`. */
  continueOnError: held<ContinueOnError>(
    { read: false, write: false, verify: false },
    membersOf<ContinueOnError>({ read: trueOrFalse, write: trueOrFalse, verify: (z) => z.boolean().default(false) }),
  ),
});

const errnos = orNull(listOf(wholeNumber));

/** Errors that do not end a job; `continueOnError` says in which directions there are such. */
export const errorRows = rows('errors', {
  /** `ignore_error`: which errno these are; null = EIO and EILSEQ. Trims count as writes, as in fio. */
  ignoredErrnos: held<Readonly<ErrnoLists>>(
    { read: null, write: null, verify: null },
    membersOf<ErrnoLists>({ read: errnos, write: errnos, verify: (z) => errnos(z).default(null) }),
  ),
  /** Say of each one what it was. */
  dump: row({
    name: 'error_dump',
    initial: false,
    tier: 2,
    help: 'Say of each error that was passed over what it was; of the first thousand of each worker.',
    type: bool,
  }),
});

type Draft = DraftWith<typeof continueRows> & DraftWith<typeof errorRows>;

export const continueOnErrorOption = supported({
  name: 'continue_on_error',
  default: 'none',
  tier: 1,
  help: 'Count errors of the medium in these directions, or wrong blocks, instead of ending the job.',
  type: choice<ContinuesWord>({
    ...{ none: 'none', read: 'read', write: 'write', io: 'io', verify: 'verify', all: 'all' },
    '0': 'none',
    '1': 'all',
  }),
  get: continuesWord,
  set: (draft: Draft, value) => {
    draft.continueOnError = continuesWith(value);
  },
});

const ignoreError = supported({
  name: 'ignore_error',
  tier: 2,
  help: 'Errors to count, lists for reads, writes and verification; the job goes on. Sets continue_on_error.',
  example: 'EIO,EIO:ENOSPC',
  type: errnoLists,
  get: ({ errors: { ignoredErrnos } }: Draft) => ignoredErrnos,
  set: (draft: Draft, value) => {
    const { read, write, verify } = draft.continueOnError;
    draft.errors.ignoredErrnos = { ...draft.errors.ignoredErrnos, ...given(value) };
    draft.continueOnError = {
      read: read || value.read !== null,
      write: write || value.write !== null,
      verify: verify || value.verify !== null,
    };
  },
});

export const errorOptions: readonly Option[] = optionsOf(errorRows, { ignoredErrnos: [ignoreError] });

type ContinuesWord = 'none' | 'read' | 'write' | 'io' | 'verify' | 'all';

function continuesWith(word: ContinuesWord): ContinueOnError {
  return {
    read: word === 'read' || word === 'io' || word === 'all',
    write: word === 'write' || word === 'io' || word === 'all',
    verify: word === 'verify' || word === 'all',
  };
}

/** The largest that says nothing too much; `ignore_error` says the rest. */
function continuesWord({ continueOnError, errors: { ignoredErrnos } }: Draft): ContinuesWord {
  const kinds = ['read', 'write', 'verify'] as const;
  const says = (word: ContinuesWord): boolean =>
    kinds.every((kind) => {
      const said = continuesWith(word)[kind];
      return continueOnError[kind] ? said || ignoredErrnos[kind] !== null : !said;
    });
  return (['all', 'io', 'read', 'write', 'verify'] as const).find(says) ?? 'none';
}

function given(lists: ErrnoLists): Partial<ErrnoLists> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== null));
}
