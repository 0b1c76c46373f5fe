// Builds dist/ from nothing: bundles what ships, so that a start opens few files, then writes oclif.manifest.json, which
// spares it the loading of every command, and from that the man page. Types are checked by `npm run typecheck`, not here.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { manPage } from './man-page.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifestPath = `${root}/oclif.manifest.json`;

rmSync(`${root}/dist`, { recursive: true, force: true });
rmSync(manifestPath, { force: true });

const commands = readdirSync(`${root}/src/commands`, { recursive: true }).filter((name) =>
  /(?<!\.test)\.ts$/.test(name),
);
/** CommonJS libraries ask for Node's modules by `require`; one chunk has esbuild's door to it. */
const requireDoor = 'var __require = ';
const requireBanner = "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n";

/** zod brings its messages in fifty languages. We write our own. */
const oneLanguage = {
  name: 'one language',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    })),
};

/** Code that several of the entries need stands once, in chunks; each file costs a start about half a millisecond. */
async function bundle(entryPoints) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints,
    outbase: 'src',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Brings its binary, which it looks for beside itself.
    external: ['koffi'],
    plugins: [oneLanguage],
    metafile: true,
    write: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.includes(requireDoor) ? requireBanner + text : text);
  }
  return Object.keys(metafile.inputs);
}

const inputs = [
  ...(await bundle([
    'src/cli/compile-cache.ts',
    'src/cli/main.ts',
    'src/cli/signals.ts',
    'src/fio/main.ts',
    'src/runner/head-start.ts',
    ...commands.map((name) => `src/commands/${name}`),
  ])),
  // By themselves, in few files: a thread starts while somebody waits. They are addressed from chunks too, which lie one
  // folder deep like the rooms.
  ...(await bundle(['src/worker/thread.ts', 'src/runner/log-thread.ts'])),
];

/** The terms under which the bundled libraries may be passed on, each with its text. */
function licenses() {
  const packages = [
    ...new Set(inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])),
  ];
  return packages.sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
}
writeFileSync(`${root}/dist/LICENSES.txt`, licenses().join(`\n${'-'.repeat(80)}\n\n`));

const { Plugin } = await import('@oclif/core/config');
const plugin = new Plugin({ root, type: 'core', isRoot: true, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
writeFileSync(manifestPath, `${JSON.stringify(plugin.manifest, null, 2)}\n`);
mkdirSync(`${root}/man`, { recursive: true });
writeFileSync(
  `${root}/man/iotest.1`,
  manPage(plugin.manifest, JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))),
);
