/** How values of the thread and of its memory are written in job files; see `values.ts`. */
import { suggestion } from '../support/suggest.js';
import { anyText, membersOf, oneOfThese, orNull } from './schema.js';
import { done, failed, type KeptType, type ValueType } from './value-type.js';
import { integer, line, quote } from './values.js';

const mask = integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

/** CPUs as the bits of a number: `5` and `0x5` are the CPUs 0 and 2. */
export const cpuMask: ValueType<readonly number[]> = {
  word: 'number',
  parse: (text, context) => {
    const parsed = mask.parse(text, context);
    if (!parsed.ok) return parsed;
    const bits = BigInt(parsed.value).toString(2);
    if (bits.length > context.cpuCount) {
      const advice = `this machine has the CPUs 0 to ${context.cpuCount - 1}; cpus_allowed takes their numbers`;
      return failed(`there is no CPU ${bits.length - 1}`, advice);
    }
    const cpus = Array.from({ length: bits.length }, (_, cpu) => cpu).filter((cpu) => bits.at(-1 - cpu) === '1');
    return done(cpus, parsed.notes);
  },
  print: (cpus) => String(cpus.reduce((sum, cpu) => sum + 2 ** cpu, 0)),
};

/** The kernel keeps 15 bytes of a thread's name (prctl(2) PR_SET_NAME). */
const threadNameBytesMax = 15;

/** Name of a thread; what the kernel would cut off is cut off here, with a note. */
export const threadName: KeptType<string> = {
  word: 'text',
  schema: anyText,
  parse: (text, context) => {
    const parsed = line.parse(text, context);
    if (!parsed.ok) return parsed;
    // A character is a byte at least, so that what is cut one by one below is short.
    let name = parsed.value.slice(0, threadNameBytesMax);
    while (Buffer.byteLength(name) > threadNameBytesMax) name = [...name].slice(0, -1).join('');
    if (name === parsed.value) return parsed;
    const message = `the kernel keeps ${threadNameBytesMax} bytes of a name: ${quote(name)}`;
    return done(name.trimEnd(), [{ code: 'name-cut-off', message, advice: 'choose a shorter one' }]);
  },
  print: (name) => name,
};

const bufferMemoryKinds = ['malloc', 'shm', 'shmhuge', 'mmap', 'mmapshared', 'mmaphuge'] as const;
type BufferMemoryKind = (typeof bufferMemoryKinds)[number];

interface BufferMemoryChoice {
  readonly kind: BufferMemoryKind;
  /** File to map. */
  readonly path: string | null;
}

/** `mmaphuge`, or with a file to map `mmaphuge:/mnt/huge/buffers`. */
export const bufferMemory: KeptType<BufferMemoryChoice> = {
  word: bufferMemoryKinds.join(', '),
  schema: membersOf<BufferMemoryChoice>({ kind: oneOfThese(...bufferMemoryKinds), path: orNull(anyText) }),
  parse: (text, context) => {
    const parsed = line.parse(text, context);
    if (!parsed.ok) return { ...parsed, advice: 'write a value: mmaphuge' };
    const given = parsed.value;
    const colon = given.indexOf(':');
    const word = colon < 0 ? given : given.slice(0, colon);
    if (word === 'cudamalloc') {
      return failed(`${quote(word)} is not supported: iotest reaches no memory of graphics cards`, 'leave mem out');
    }
    const kind = bufferMemoryKinds.find((known) => known === word);
    if (kind === undefined) {
      const near = suggestion(word, bufferMemoryKinds);
      return failed(
        `${quote(word)} is not one of its values`,
        near ?? `the values are ${bufferMemoryKinds.join(', ')}`,
      );
    }
    if (colon < 0) return done<BufferMemoryChoice>({ kind, path: null }, []);
    if (!kind.startsWith('mmap')) return failed(`${kind} takes no file`, `write ${kind} alone`, colon);
    const path = line.parse(given.slice(colon + 1), context);
    return path.ok ? done<BufferMemoryChoice>({ kind, path: path.value }, []) : { ...path, offset: colon + 1 };
  },
  print: ({ kind, path }) => (path === null ? kind : `${kind}:${path}`),
};
