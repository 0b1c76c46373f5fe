#!/usr/bin/env node
// The command `iotest`, and `fio` where a link of that name leads here. Two things are answered before anything is
// loaded: `--version`, which scripts call often and which must not wait for oclif, and a source tree that has not been
// built yet. fio's command line goes past oclif: its options are not ours to parse twice.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const isFio = basename(process.argv[1] ?? '') === 'fio';

if (existsSync(main) && (isFio || process.argv[2] !== '--version')) {
  const { enableCompileCache } = await import(new URL('compile-cache.js', main).href);
  enableCompileCache();
}

if (existsSync(main) && (isFio || process.argv[2] === 'fio')) {
  const { startFio } = await import(new URL('../fio/main.js', main).href);
  await startFio(process.argv.slice(isFio ? 2 : 3), root);
} else if (process.argv[2] === '--version') {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else if (existsSync(main)) {
  const { start } = await import(main.href);
  await start(process.argv.slice(2), root);
} else {
  process.stderr.write('iotest: not built yet (no dist/)\n  → run `npm ci` or `npm run build` in the source tree\n');
  process.exitCode = 1;
}
