/** Requests that depend on each other: what a chain is made of, and what holds its order. */
import { suggestion } from '../../support/suggest.js';
import { type ChainElement, chainOperations, chainStepCountMax, chainText } from '../chain.js';
import { listOf, membersOf, oneOfThese, wholeNumber } from '../schema.js';
import { done, failed, type KeptType, type Parsed } from '../value-type.js';
import { oneOf, quote, withText } from '../values.js';
import type { Option } from './option.js';
import { optionsOf, row, rows } from './row.js';

function parseElement(text: string): Parsed<ChainElement> {
  const [, name = '', countText] = /^\s*([^:]*?)\s*(?::\s*(.*?)\s*)?$/.exec(text) ?? [];
  const offset = text.length - text.trimStart().length;
  if (name === '')
    return failed('an element is missing', 'write elements separated by commas: write,fdatasync', offset);
  const operation = chainOperations.find((known) => known === name);
  if (operation === undefined) {
    const near = suggestion(name, chainOperations) ?? `the elements are ${chainOperations.join(', ')}`;
    return failed(`${quote(name)} is not an element of a chain`, near, offset);
  }
  if (countText === undefined) return done({ operation, count: 1 });
  const count = /^\d{1,9}$/.test(countText) ? Number(countText) : 0;
  if (count < 1) {
    const message = `${quote(countText)} is no number of times`;
    return failed(message, `write ${name}:4 for four of them`, text.indexOf(':') + 1);
  }
  return done({ operation, count });
}

const elements: KeptType<readonly ChainElement[]> = {
  schema: listOf(membersOf<ChainElement>({ operation: oneOfThese(...chainOperations), count: wholeNumber })),
  word: 'elements, as in write:4,fdatasync',
  parse: (text) =>
    withText(text, 'write,fdatasync', (given): Parsed<readonly ChainElement[]> => {
      const parsed: ChainElement[] = [];
      let offset = 0;
      for (const part of given.split(',')) {
        const element = parseElement(part);
        if (!element.ok) return { ...element, offset: offset + element.offset };
        parsed.push(element.value);
        offset += part.length + 1;
      }
      const stepCount = parsed.reduce((sum, { count }) => sum + count, 0);
      if (stepCount > chainStepCountMax) {
        return failed(`${stepCount} requests are too many for a chain`, `write at most ${chainStepCountMax} in all`);
      }
      return done(parsed);
    }),
  print: (value) => (value.length === 0 ? null : chainText(value)),
};

/** The other options say nothing without a chain. */
const hasElements = (part: Readonly<Record<string, unknown>>): boolean =>
  (part.elements as readonly ChainElement[]).length > 0;

/** Requests that depend on each other; see docs/chains.md. */
export const chainRows = rows('engine.chain', {
  /** Empty = single I/Os. */
  elements: row({
    name: 'chain',
    initial: [],
    tier: 2,
    help: 'Each I/O is a chain of requests, each of which waits for the one before (docs/chains.md).',
    example: 'read:4,fsync',
    ours: true,
    type: elements,
  }),
  /** What holds the order, and so what becomes of the rest when one fails. */
  mode: row({
    name: 'chain_mode',
    initial: 'link',
    tier: 2,
    help: 'What holds the order of a chain: a link, a hard link, a drain, or a wait for each.',
    ours: true,
    type: oneOf(['link', 'hardlink', 'drain', 'wait']),
    isShown: hasElements,
  }),
  /** Each element is waited for and timed, or the chain alone. */
  timing: row({
    name: 'chain_timing',
    initial: 'elements',
    tier: 2,
    help: 'Time each element of a chain, which wakes the job for each; or the chain alone.',
    ours: true,
    type: oneOf(['elements', 'chain']),
    isShown: hasElements,
  }),
});

export const chainOptions: readonly Option[] = optionsOf(chainRows);
