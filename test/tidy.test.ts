/**
 * Rules of the tree that no compiler checks: who may import whom, one importer per library, what hot files may not
 * contain. A rule that is not tested is a rule that will be broken.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

function filesBelow(folder: string, accept: (path: string) => boolean): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path, accept);
    return accept(path) ? [path] : [];
  });
}

interface Import {
  readonly specifier: string;
}

const textOf = (path: string) => readFileSync(join(root, path), 'utf8');

/** Static imports, re-exports and `import('…')`. */
function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const match of text.matchAll(/^\s*(?:import|export)\s[^;'"]*?from\s+['"]([^'"]+)['"]/gm)) {
    found.push({ specifier: match[1]! });
  }
  for (const match of text.matchAll(/^\s*import\s+['"]([^'"]+)['"]/gm)) {
    found.push({ specifier: match[1]! });
  }
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ specifier: match[1]! });
  }
  return found;
}

const sources = filesBelow('src', (path) => path.endsWith('.ts'));
const product = sources.filter((path) => !path.endsWith('.test.ts') && !path.startsWith('src/testing/'));

/**
 * The rooms of src/ from top to bottom, as docs/architecture.md shows them: each may import those below it, values and
 * types alike, and none above it.
 */
const rooms = [
  'commands',
  'characterize',
  'gate',
  'history',
  'sweep',
  'crashtest',
  'fio',
  'page',
  'fleet',
  'run',
  'compare',
  'trace',
  'explain',
  'cli',
  'report',
  'results',
  'runner',
  'worker',
  'plan',
  'workload',
  'engines',
  'logs',
  'stats',
  'ring',
  'calls',
  'job',
  'machine',
  'system',
  'support',
];
const roomOf = (path: string) => path.split('/')[1]!;

/** Files of the tree that `path` imports, by their own paths. */
function targetsOf(path: string): string[] {
  return importsOf(textOf(path)).flatMap(({ specifier }) =>
    specifier.startsWith('.') ? [relative(root, resolve(root, dirname(path), specifier)).replace(/\.js$/, '.ts')] : [],
  );
}

/** Groups of files that reach each other by imports (Tarjan 1972). */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (path.includes(next)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(next)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = path.splice(path.indexOf(file));
    if (circle.length > 1) found.push(circle.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}

describe('imports', () => {
  it('lead from each room to those below it', () => {
    const wrong = product.flatMap((path) =>
      targetsOf(path)
        .filter((target) => rooms.indexOf(roomOf(target)) < rooms.indexOf(roomOf(path)))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('go in no circle', () => {
    expect(circlesOf(new Map(product.map((path) => [path, targetsOf(path)])))).toEqual([]);
  });

  it('know every room, and the map shows each with its line, in this order', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'testing')
      .map((entry) => entry.name);
    expect(folders.sort()).toEqual([...rooms].sort());
    const shown = [...textOf('docs/architecture.md').matchAll(/^\| `(\w+)\/` \|/gm)].map(([, room]) => room);
    expect(shown).toEqual(rooms);
  });

  it('lead nowhere in the map that is not there', () => {
    const named = [...textOf('docs/architecture.md').matchAll(/`(?:src\/)?([\w/-]+\.ts)`/g)].map(([, path]) => path!);
    const missing = named.filter(
      (path) => path.includes('/') && !existsSync(join(root, path)) && !sources.includes(`src/${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('never lead from the product into tests and fakes', () => {
    const wrong = product.filter((path) =>
      importsOf(textOf(path)).some(({ specifier }) => /\/testing\/|\.test\.js$/.test(specifier)),
    );
    expect(wrong).toEqual([]);
  });

  it('end in the file that exists', () => {
    const known = new Set(sources);
    const wrong = product.flatMap((path) =>
      targetsOf(path)
        .filter((target) => !known.has(target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

it('a type that is exported is named in another file', () => {
  const readers = [
    ...sources,
    ...filesBelow('test', (path) => path.endsWith('.ts')),
    ...filesBelow('bench', () => true),
  ];
  const namedIn = new Map<string, number>();
  for (const path of readers) {
    for (const word of new Set(textOf(path).match(/[\w$]+/g))) namedIn.set(word, (namedIn.get(word) ?? 0) + 1);
  }
  const exported = /^export (?:type|interface) ([\w$]+)/gm;
  const lonely = product.flatMap((path) =>
    [...textOf(path).matchAll(exported)]
      .filter(([, name]) => namedIn.get(name!) === 1)
      .map(([, name]) => `${path}: ${name}`),
  );
  expect(lonely).toEqual([]);
});

it('what is true of an engine is asked of its traits, and not of its name', () => {
  const asked = /\bname(?:\.startsWith\(| [!=]== )'(?:io_uring|libaio|p?v?sync|pvsync2|mmap|null|net)/;
  // Names are read there, or code is chosen by them.
  const homes = [
    'src/engines/chains/registry.ts',
    'src/job/engine-label.ts',
    'src/plan/chain.ts',
    'src/trace/timeline-text.ts',
  ];
  expect(product.filter((path) => asked.test(textOf(path)) && !homes.includes(path))).toEqual([]);
});

it('no merge was left half done', () => {
  const marker = /^(?:<{7}|>{7}) /m;
  const texts = ['docs', 'src', 'test', 'bench', 'scripts', 'jobs'].flatMap((folder) =>
    filesBelow(folder, (path) => /\.(?:md|ts|js|ini|json|sh)$/.test(path)),
  );
  expect([...texts, 'README.md', 'package.json'].filter((path) => marker.test(textOf(path)))).toEqual([]);
});

describe('libraries', () => {
  /** Where each may be imported; a folder stands for all in it. */
  const homes: Readonly<Record<string, readonly string[]>> = {
    koffi: ['src/system/libc.ts'],
    'hdr-histogram-js': ['src/stats/encoded-histogram.ts'],
    '@oclif/core': ['src/commands/', 'src/cli/'],
    chalk: ['src/report/terminal.ts'],
    'cli-table3': ['src/report/table.ts'],
    zod: [
      'src/crashtest/state.ts',
      'src/fleet/protocol.ts',
      // Of the types alone: `check` goes without it.
      'src/job/schema.ts',
      'src/support/described.ts',
      'src/results/document.ts',
      'src/results/fio-schema.ts',
      'src/results/characterize-part.ts',
      'src/results/job-part.ts',
      'src/results/ends-part.ts',
      'src/results/hosts-part.ts',
      'src/results/chain-part.ts',
      'src/results/sweep-part.ts',
      'src/results/sweep-manifest.ts',
    ],
    'd3-scale': ['src/page/axis.ts'],
    'd3-shape': ['src/page/chart.ts'],
    'fastest-levenshtein': ['src/support/suggest.ts'],
  };

  it('are imported in their own place alone', () => {
    const wrong: string[] = [];
    for (const path of product) {
      for (const { specifier } of importsOf(textOf(path))) {
        if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
        if (!(homes[specifier] ?? []).some((home) => path === home || (home.endsWith('/') && path.startsWith(home)))) {
          wrong.push(`${path} imports ${specifier}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('have exact versions, and each dependency has a place', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const versions = Object.entries({ ...dependencies, ...devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    // All but the one with a binary are bundled: who installs iotest gets no other package.
    expect(Object.keys(dependencies!)).toEqual(['koffi']);
    const known = Object.keys({ ...dependencies, ...devDependencies });
    expect(Object.keys(homes).filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string }>;
  };

  it('has the packages of every platform: npm ci refuses a lock without them', () => {
    const named = Object.values(packages).flatMap((each) => Object.keys(each.optionalDependencies ?? {}));
    const missing = named.filter((name) => !Object.keys(packages).some((key) => key.endsWith(`node_modules/${name}`)));
    expect(missing).toEqual([]);
  });

  it('names no registry', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

/** Code alone: comments gone, strings emptied. Good enough for searching words, not for compiling. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, "''")
    .replace(/\/\/.*$/gm, '');
}

/** The bodies of all `for`, `while` and `do` loops that have braces. */
function loopBodiesOf(code: string): string[] {
  const bodies: string[] = [];
  for (const match of code.matchAll(/\b(?:for|while)\s*\(|\bdo\s*\{/g)) {
    let index = match.index + match[0].length;
    if (match[0].endsWith('(')) {
      index = endOf(code, index, '(', ')');
      while (/\s/.test(code[index] ?? '')) index++;
      if (code[index] !== '{') continue;
      index++;
    }
    bodies.push(code.slice(index, endOf(code, index, '{', '}') - 1));
  }
  return bodies;
}

/** Index after the bracket that closes the one opened just before `index`. */
function endOf(code: string, index: number, open: string, close: string): number {
  let depth = 1;
  let at = index;
  while (depth > 0 && at < code.length) {
    if (code[at] === open) depth++;
    else if (code[at] === close) depth--;
    at++;
  }
  return at;
}

it('files that comments name exist', () => {
  const known = [...sources, ...['test', 'bench', 'scripts'].flatMap((folder) => filesBelow(folder, () => true))];
  const namedIn = (text: string) =>
    (text.match(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*$/gm) ?? []).flatMap((comment) =>
      [...comment.matchAll(/(?<![\w.*/-])(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)*\.ts\b/g)].map(([name]) => name),
    );
  expect(namedIn("/** As in a/b.ts, *.ts. */\nconst c = 'd.ts'; // e.test.ts")).toEqual(['a/b.ts', 'e.test.ts']);
  const missing = sources.flatMap((path) =>
    namedIn(textOf(path))
      .filter((name) => !known.some((each) => each === name || each.endsWith(`/${name}`)))
      .map((name) => `${path} names ${name}`),
  );
  expect(missing).toEqual([]);
});

describe('reading', () => {
  /** Of node:fs: what reads a file that is named, or goes on in one. */
  const readers = /\b(?:readFileSync|createReadStream|readSync|readvSync)\b|\b(?:promises|handle)\.read(?:File)?\(/;
  const importsReadFile = /import\s*\{[^}]*\breadFile\b[^}]*\}\s*from\s*'node:fs(?:\/promises)?'/;
  const readsIn = (text: string): boolean => readers.test(codeOf(text)) || importsReadFile.test(text);

  /** What is read there is none of a stranger's: the kernel's own files, and those of the package and of this process. */
  const ownFiles: readonly string[] = [
    ...['machine/cpu-frequency', 'machine/fingerprint', 'machine/nvme', 'machine/poll-queues'],
    ...['ring/setup', 'system/buffer-memory', 'system/small-files', 'system/tracefs', 'system/tracepoint-counters'],
    ...[
      'worker/kernel-watch',
      'cli/png',
      'cli/shipped-jobs',
      'fio/main',
      'run/document',
      'trace/perf',
      'trace/bundled-source',
    ],
    // The targets of jobs, which are read as far as their regions.
    ...['worker/open-files', 'crashtest/read-back'],
    'system/output-file',
  ].map((path) => `src/${path}.ts`);

  it('goes through one function: nothing else reads files from outside', () => {
    const found = product.filter((path) => readsIn(textOf(path)) && !ownFiles.includes(path));
    expect(found).toEqual(['src/system/input-file.ts']);
  });

  it('is found where it is', () => {
    expect(ownFiles.filter((path) => !readsIn(textOf(path)))).toEqual([]);
    expect(readsIn("import { readFile } from 'node:fs/promises';")).toBe(true);
    expect(readsIn('const text = fs.readFileSync(path);')).toBe(true);
    expect(readsIn("import { statSync } from 'node:fs';\nreadDocument();")).toBe(false);
  });
});

describe('writing', () => {
  /** Of node:fs: what makes, replaces or fills a file by its name. */
  const writers =
    'writeFile|appendFile|createWriteStream|copyFile|cp|rename|link|symlink|truncate|openAsBlob|mkdtempDisposable';
  const names = `(?:${writers})(?:Sync)?`;
  const uncommented = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');

  /** What of a file's text opens something for writing, or gives it another name. */
  function writesIn(text: string): string[] {
    const code = uncommented(text);
    const imports = [...code.matchAll(/import\s*\{([^}]*)\}\s*from\s*'node:fs(?:\/promises)?'/g)].flatMap((match) =>
      (match[1] ?? '').split(',').map((name) => name.trim().split(/\s+as\s+/)[0] ?? ''),
    );
    return [
      ...imports.filter((name) => new RegExp(`^${names}$`).test(name)),
      ...(code.match(new RegExp(`\\b(?:fs|promises)\\.${names}\\b`, 'g')) ?? []),
      ...[...code.matchAll(/(?<![\w.#])(?:fs\.)?(?:promises\.)?(?:openSync|open)\(([^;]*?)\);/g)]
        .map((match) => match[0])
        .filter((call) =>
          /O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b|'(?:w|a|r\+|as|rs\+)[sx+]*'|\bflags\b/.test(call),
        ),
      ...(code.match(/\bfunc\(\s*'(?:open|openat|openat2|creat|rename\w*|link|linkat|truncate|fopen)'/g) ?? []),
    ];
  }

  /** The door for output, and where the targets of jobs are opened, which have guards of their own. */
  const doors: readonly string[] = [
    'src/system/output-file.ts',
    'src/machine/open-target.ts',
    'src/machine/target.ts',
    'src/worker/file-places.ts',
    'src/system/buffer-memory.ts',
    'src/engines/file-calls-engine.ts',
    'src/engines/chains/blocking-steps.ts',
  ];

  it('goes through one door: nothing else opens a file for it', () => {
    const found = product
      .filter((path) => !doors.includes(path))
      .flatMap((path) => writesIn(textOf(path)).map((what) => `${path}: ${what}`));
    expect(found).toEqual([]);
  });

  it('is found where it is', () => {
    for (const path of doors) expect({ path, found: writesIn(textOf(path)).length > 0 }).toEqual({ path, found: true });
    for (const line of [
      "import { readFileSync, writeFileSync } from 'node:fs';",
      "import { rename as move } from 'node:fs/promises';",
      "fs.appendFileSync(path, 'x');",
      "const file = openSync(path, 'w');",
      "const file = fs.openSync(path, 'wx', 0o644);",
      'const file = await fs.promises.open(path, O_WRONLY | O_CREAT);',
      "const creat = libc.func('creat', 'int', ['str', 'int']);",
    ]) {
      expect({ line, found: writesIn(line).length }).toEqual({ line, found: 1 });
    }
    for (const line of [
      "fs.openSync(folder, 'r');",
      'fs.openSync(path, O_RDONLY | O_DIRECT);',
      'truncate(text, 20);',
    ]) {
      expect(writesIn(line)).toEqual([]);
    }
  });
});

describe('hot files', () => {
  /** Run for each I/O, or next to it. */
  const hot = product.filter(
    (path) =>
      [
        'src/worker/run-loop.ts',
        'src/worker/io-logs.ts',
        'src/logs/record-ring.ts',
        'src/ring/ring.ts',
        'src/stats/latency.ts',
      ].includes(path) ||
      ['src/workload/', 'src/engines/', 'src/worker/pacing/'].some((folder) => path.startsWith(folder)),
  );

  it('exist', () => {
    expect(hot).toEqual(expect.arrayContaining(['src/worker/run-loop.ts', 'src/ring/ring.ts', 'src/stats/latency.ts']));
  });

  it('have no BigInt: it is boxed on the heap', () => {
    // Engines have addresses of 64 bits in hand when they are opened.
    const looked = hot.filter((path) => !path.startsWith('src/engines/'));
    expect(looked.filter((path) => /\b\d[\d_]*n\b|\b0x[\da-f]+n\b|\bBigInt\b/i.test(codeOf(textOf(path))))).toEqual([]);
  });

  it('allocate nothing in loops', () => {
    const wrong: string[] = [];
    for (const path of hot) {
      for (const body of loopBodiesOf(codeOf(textOf(path)))) {
        // Throwing ends the loop, so what it makes is not made per round.
        const found = /\bnew\b|=>|\bfunction\b|\btry\b|\.{3}|\.(?:map|filter|forEach|slice)\(/.exec(
          body.replace(/\bthrow\b[^;]*;/g, ''),
        );
        if (found !== null) wrong.push(`${path}: "${found[0]}" in a loop`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** Name and lines of each function or method above `linesMax`. Trusts the formatter: a body ends at its own indentation. */
function longFunctionsOf(text: string, linesMax: number): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, start) => {
    const named =
      /^( *)(?:export |default |async |static |private |override |get )*(function\*? |const )?(#?\w+)(?:<[^(]*>)?(?: = (?:async )?)?\(/.exec(
        line,
      );
    if (named === null || /^(?:if|for|while|switch|catch)$/.test(named[3]!)) return [];
    const [, indent, keyword] = named;
    const opens = lines.findIndex(
      (each, at) => at >= start && (at === start || each.startsWith(`${indent})`)) && each.endsWith(' {'),
    );
    const isOtherStatement = lines.slice(start + 1, Math.max(opens, 0)).some((each) => !each.startsWith(`${indent}  `));
    if (opens < 0 || isOtherStatement || (keyword === undefined && lines[opens]!.includes('=>'))) return [];
    const length = lines.findIndex((each, at) => at > opens && each.startsWith(`${indent}}`)) - start + 1;
    return length > linesMax ? [`${named[3]}: ${length}`] : [];
  });
}

describe('the check itself', () => {
  it('sees what it looks for', () => {
    expect(importsOf("import type { A } from './a.js';\nexport { b } from '../b/b.js';")).toEqual([
      { specifier: './a.js' },
      { specifier: '../b/b.js' },
    ]);
    expect(importsOf("import {\n  a,\n  b,\n} from 'lib';\nconst c = await import('./c.js');")).toEqual([
      { specifier: 'lib' },
      { specifier: './c.js' },
    ]);
    expect(
      circlesOf(
        new Map([
          ['a', ['b']],
          ['b', ['c', 'd']],
          ['c', ['a']],
          ['d', []],
        ]),
      ),
    ).toEqual([['a', 'b', 'c']]);
    expect(longFunctionsOf('function a(\n  b,\n): void {\n  if (b) {\n  }\n}\nconst c = 1;', 3)).toEqual(['a: 6']);
    expect(loopBodiesOf(codeOf('for (let i = 0; i < f(1); i++) { a(); while (b) { c(); } }'))).toEqual([
      ' a(); while (b) { c(); } ',
      ' c(); ',
    ]);
    expect(codeOf("const a = 'new // x'; // new\n/* 1n */ b")).toBe("const a = ''; \n b");
  });
});

describe('texts', () => {
  const folders = ['src', 'test', 'bin', 'scripts', 'jobs', 'bench', 'docs', '.ci'];
  const texts = [
    ...folders.flatMap((folder) => filesBelow(folder, (path) => /\.(ts|js|json|ini|md|sh)$|\/run$/.test(path))),
    ...readdirSync(root).filter((name) => /\.(md|json|ts|sh)$/.test(name) && statSync(join(root, name)).isFile()),
  ];

  const containing = (pattern: RegExp) => texts.filter((path) => pattern.test(textOf(path)));

  it('are there', () => {
    expect(texts.length).toBeGreaterThan(20);
  });

  it('name no place of the machine they were written on', () => {
    expect(containing(new RegExp(['/wo', 'rk/|\\.\\./sha', 'red/|/home/[a-z]|/ro', 'ot/'].join('')))).toEqual([]);
  });

  it('leave nothing to be done', () => {
    expect(containing(new RegExp(['\\bTO', 'DO\\b|\\bFIX', 'ME\\b|\\bX', 'XX\\b'].join('')))).toEqual([]);
  });

  it('skip no test without a reason, and single none out', () => {
    const tests = texts.filter((path) => path.endsWith('.test.ts') && path !== 'test/tidy.test.ts');
    expect(tests.filter((path) => /\b(it|test|describe)\.(only|skip|todo)\(|\.skip\(\)/.test(textOf(path)))).toEqual(
      [],
    );
  });
});

it('source files stay small enough to be read at once', () => {
  const linesMax = 600;
  const long = product
    .map((path) => ({ path, lines: textOf(path).split('\n').length }))
    .filter(({ lines }) => lines > linesMax);
  expect(long).toEqual([]);
});

it('functions fit a screen', () => {
  // Those that were longer when this rule came: none of them may grow, and no other may join them.
  const longest: Readonly<Record<string, number>> = {
    'src/characterize/sections.ts plannedSections': 94,
    'src/job/draft.ts createDraft': 222,
    'src/plan/network.ts refuseWhatMeansNothing': 97,
    'src/results/export-metrics.ts commonFamilies': 111,
    'src/worker/run-loop.ts runUntil': 106,
    'src/worker/worker.ts run': 111,
  };
  const long = product.flatMap((path) => longFunctionsOf(textOf(path), 80).map((each) => `${path} ${each}`));
  const grown = long.filter((each) => {
    const [name, lines] = each.split(': ');
    return Number(lines) > (longest[name!] ?? 0);
  });
  expect(grown).toEqual([]);
});

it('only the start of the command ends the process', () => {
  const allowed = ['src/cli/signals.ts', 'src/cli/streams.ts', 'src/cli/uncaught.ts'];
  expect(product.filter((path) => /\bprocess\.exit\(/.test(codeOf(textOf(path))) && !allowed.includes(path))).toEqual(
    [],
  );
});
